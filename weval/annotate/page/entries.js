// What a person said of one item: {ranking, category, met, skipped}. `category` is a name or null, `met` holds for each
// response the numbers of the requirements that are ticked.

const element = document.getElementById("contents");
const DIGEST = element.dataset.digest;
const { task: TASK, categories: CATEGORIES, items: ITEMS } = JSON.parse(element.textContent);
element.remove();

function emptyEntry(item) {
  return { ranking: [], category: null, met: item.responses.map(() => []), skipped: false };
}

// An entry from JSON, null where it is none of this item: anything may lie in the storage of a browser.
function entryFrom(text, item) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof raw !== "object" || raw === null || !Array.isArray(raw.ranking) || !Array.isArray(raw.met)) return null;
  const { ranking, category, met, skipped } = raw;
  const n = item.responses.length;
  const isWhole =
    ranking.every((place) => Array.isArray(place) && place.length) &&
    areNumbers(ranking.flat(), n) &&
    met.length === n &&
    met.every((ticks) => areNumbers(ticks, item.requirements.length)) &&
    (category === null || isCategory(category));
  return isWhole ? { ranking, category, met, skipped: skipped === true } : null;
}

function areNumbers(list, end) {
  const isList = Array.isArray(list) && new Set(list).size === list.length;
  return isList && list.every((one) => Number.isInteger(one) && one >= 0 && one < end);
}

function isCategory(name) {
  return CATEGORIES.some((category) => category.name === name);
}

// done: a category, and every response ranked. begun: some of it. skipped: put off with nothing said.
function stateOf(item, entry) {
  const isRanked = entry.ranking.flat().length === item.responses.length;
  if (isRanked && entry.category !== null) return "done";
  if (entry.ranking.length || entry.category !== null || entry.met.flat().length) return "begun";
  return entry.skipped ? "skipped" : "open";
}

// A, B … Z, AA, AB …
function letterOf(one) {
  const last = String.fromCharCode(65 + (one % 26));
  return one < 26 ? last : letterOf(Math.floor(one / 26) - 1) + last;
}
