// What has been done so far, kept in the browser's storage an item at a time, so that two tabs do not undo each other.

const PREFIX = `weval-annotate:${DIGEST}:`;
const MOST_STEPS = 500;

const unkept = new Map(); // what the browser has refused so far
const steps = []; // to be undone, last first: {before, leftBy}, items with what was said of them, and who left the page
const done = {
  name: stored("name") ?? "",
  at: Math.max(0, Math.min(ITEMS.length - 1, Math.trunc(Number(stored("at"))) || 0)),
  singleKeys: stored("singleKeys") !== "false",
  entries: ITEMS.map((item, at) => storedEntry(at)),
  isDownloaded: true, // or nothing was changed since
};

function stored(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

function storedEntry(at) {
  return entryFrom(stored(`item:${at}`), ITEMS[at]) ?? emptyEntry(ITEMS[at]);
}

// What was refused before is tried again: there may be room now.
function keep(key, text) {
  unkept.set(key, text);
  try {
    for (const [name, value] of unkept) {
      localStorage.setItem(PREFIX + name, value);
      unkept.delete(name);
    }
  } catch {
    // Told below, as soon as and as long as it is so.
  }
  showUnkept(unkept.size > 0);
}

// Says something of items, [number, entry] each, in one step. `leftBy` is whose work ends with it.
function change(entries, leftBy) {
  const before = entries.map(([at]) => [at, done.entries[at]]);
  steps.push({ before, leftBy });
  if (steps.length > MOST_STEPS) steps.shift();
  put(entries);
}

// Takes the last step back, and gives the number of its first item; undefined where there is none.
function undone() {
  const step = steps.pop();
  if (!step) return undefined;
  put(step.before);
  if (step.leftBy !== undefined) setName(step.leftBy);
  return step.before[0][0];
}

// The next person has begun: what was done before is another's, and no step takes it into their file.
function forgetOthers() {
  steps.splice(0, steps.findLastIndex((step) => step.leftBy !== undefined) + 1);
}

// What was said of an item elsewhere since is not to be undone here.
function forgetItem(at) {
  for (const step of steps) step.before = step.before.filter(([other]) => other !== at);
  steps.splice(0, steps.length, ...steps.filter((step) => step.before.length));
}

function put(entries) {
  done.isDownloaded = false;
  for (const [at, entry] of entries) {
    done.entries[at] = entry;
    keep(`item:${at}`, JSON.stringify(entry));
  }
}

// Another tab has gone on: what it said of an item counts, and where it is does not.
function takeFromOtherTab(key) {
  const at = key?.startsWith(`${PREFIX}item:`) ? Number(key.slice(PREFIX.length + 5)) : -1;
  if (at in ITEMS) {
    done.entries[at] = storedEntry(at);
    forgetItem(at);
  }
  if (key === `${PREFIX}name`) done.name = stored("name") ?? "";
  return at in ITEMS || key === `${PREFIX}name`;
}
