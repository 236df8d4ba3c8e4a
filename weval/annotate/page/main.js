// What a person does, by whatever means, and what comes of it.

function sayOf(one) {
  return `${letterOf(one)}: ${standing(entry().ranking, one)}`;
}

function update(changes) {
  tell("");
  change([[done.at, { ...entry(), skipped: false, ...changes }]]);
  drawEntry();
}

function rank(one, move) {
  const ranking = move(entry().ranking, one);
  choose(one);
  if (!same(ranking, entry().ranking)) update({ ranking });
  const n = entry().ranking.flat().length;
  say(`${sayOf(one)}. ${n} of ${item().responses.length} ranked.`);
}

function setCategory(name) {
  update({ category: name });
  const title = CATEGORIES.find((category) => category.name === name)?.title;
  say(title ? `Category: ${title}` : "No category");
}

function tick(one, requirement, isMet) {
  const met = entry().met.map((ticks, other) => {
    if (other !== one) return ticks;
    const left = ticks.filter((number) => number !== requirement);
    return isMet ? [...left, requirement].sort((first, second) => first - second) : left;
  });
  update({ met });
}

function orderByTicks() {
  update({ ranking: byCount(entry().met.map((ticks) => ticks.length)) });
  say("Ranked by ticks.");
}

function go(at) {
  if (at === undefined || !(at in ITEMS) || at === done.at) return;
  const hadFocus = document.querySelector("main").contains(document.activeElement);
  done.at = at;
  keep("at", String(at));
  tell("");
  drawItem();
  scrollTo(0, 0);
  for (const side of document.querySelectorAll(".brief, .judgement")) side.scrollTop = 0;
  if (hadFocus) document.getElementById("where").focus({ preventScroll: true });
  say(`Item ${at + 1} of ${ITEMS.length}, ${stateOf(item(), entry())}.`);
}

function skip() {
  if (stateOf(item(), entry()) === "open") update({ skipped: true });
  go(nextUnfinished());
}

function undo() {
  const at = undone();
  if (at === undefined) return;
  tell("");
  if (at === done.at) drawEntry();
  else go(at);
  document.getElementById("name").value = done.name;
  say(`Undone. Item ${done.at + 1}.`);
}

// --- files

function download() {
  const name = done.name.trim();
  const text = linesOf(name, done.entries);
  if (!name) {
    tell("Enter your name first: it stands in every line of the file.");
    document.getElementById("name").focus();
    return;
  }
  if (!text) {
    tell("Nothing has been rated yet.");
    return;
  }
  const address = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
  make("a", { href: address, download: fileName(name) }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  done.isDownloaded = true;
  const n = text.split("\n").length - 1;
  tell(`${fileName(name)} has the ratings of ${n} item${n === 1 ? "" : "s"}.`);
}

async function importFile(input) {
  const file = input.files[0];
  if (!file) return;
  let text;
  try {
    text = await file.text();
  } catch {
    text = "\0";
  }
  input.value = "";
  const found = readLines(text, done.name.trim());
  if (found.problem) {
    tell(found.problem);
    return;
  }
  const n = found.entries.length;
  if (n) change(found.entries);
  setName(found.name);
  forgetOthers();
  document.getElementById("name").value = done.name;
  drawEntry();
  const strange = found.nStrange ? ` ${found.nStrange} of its lines are not of this page and were left out.` : "";
  tell(`Taken from the file: ratings of ${n} item${n === 1 ? "" : "s"}.${strange}`);
}

function setName(name) {
  done.name = name;
  keep("name", name);
}

function startOver() {
  const asked = "Take back all ratings and the name, for another person to begin? Download first, if they are to stay.";
  if (!confirm(asked)) return;
  change(ITEMS.map((one, at) => [at, emptyEntry(one)]), done.name);
  setName("");
  document.getElementById("name").value = "";
  drawEntry();
  go(0);
  tell("All ratings were taken back. Undo brings them again, until another name is entered.");
}

// --- keys

const PRESSED = {
  "=": () => rank(chosen, tied),
  "+": () => rank(chosen, tied),
  "-": () => rank(chosen, untied),
  Delete: () => rank(chosen, without),
  Backspace: () => rank(chosen, without),
  ArrowLeft: () => go(done.at - 1),
  ArrowRight: () => go(done.at + 1),
  "?": () => document.getElementById("keys").showModal(),
};
const WITH_SHIFT = {
  ArrowUp: () => rank(chosen, (ranking, one) => moved(ranking, one, -1)),
  ArrowDown: () => rank(chosen, (ranking, one) => moved(ranking, one, 1)),
  ArrowRight: () => go(nextUnfinished()),
};

function onKey(event) {
  const { key, target, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
  if (key === "Escape" && drag) return void stopDrag();
  if (event.defaultPrevented || isComposing || altKey || document.querySelector("dialog[open]")) return;
  if (target.closest("input:not([type=checkbox], [type=radio]), textarea, select")) return;
  const isUndo = (ctrlKey || metaKey) && !shiftKey && key.toLowerCase() === "z";
  if (ctrlKey || metaKey ? !isUndo : !done.singleKeys) return;
  const act = isUndo ? undo : actionOf(key, shiftKey, target);
  if (!act) return;
  event.preventDefault();
  act();
}

function actionOf(key, shiftKey, target) {
  const isOnBoard = target.closest(".judgement") !== null;
  if (shiftKey && Object.hasOwn(WITH_SHIFT, key)) return WITH_SHIFT[key];
  if (isOnBoard && key === "ArrowUp") return () => chooseNeighbour(-1);
  if (isOnBoard && key === "ArrowDown") return () => chooseNeighbour(1);
  if (target.matches("[type=radio]") && key.startsWith("Arrow")) return null; // they go from one radio to the next
  if (Object.hasOwn(PRESSED, key)) return PRESSED[key];
  if (/^[1-9]$/.test(key) && CATEGORIES[key - 1]) {
    const { name } = CATEGORIES[key - 1];
    return () => setCategory(entry().category === name ? null : name);
  }
  const one = /^[a-z]$/i.test(key) ? key.toUpperCase().charCodeAt(0) - 65 : -1;
  return one in rows ? () => chooseByKey(one) : null;
}

function chooseByKey(one) {
  choose(one);
  if (document.activeElement?.closest(".row")) rows[one].querySelector(".pick").focus({ preventScroll: true });
  showResponse(one);
  say(sayOf(one));
}

// --- wiring

function onClick(id, act) {
  document.getElementById(id).addEventListener("click", act);
}

function begin() {
  onClick("previous", () => go(done.at - 1));
  onClick("next", () => go(done.at + 1));
  onClick("unfinished", () => go(nextUnfinished()));
  onClick("skip", skip);
  onClick("undo", undo);
  onClick("download", download);
  onClick("again", startOver);
  onClick("by-count", orderByTicks);
  onClick("clear", () => update({ ranking: [], category: null }));
  onClick("open-keys", PRESSED["?"]);
  onClick("notice", () => tell(""));
  onClick("open-items", () => {
    drawItems();
    document.getElementById("items").showModal();
  });
  for (const button of document.querySelectorAll("dialog .close")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  const name = document.getElementById("name");
  name.value = done.name;
  name.addEventListener("input", () => {
    setName(name.value);
    if (name.value.trim()) forgetOthers();
    drawProgress();
  });
  const singleKeys = document.getElementById("single-keys");
  singleKeys.checked = done.singleKeys;
  singleKeys.addEventListener("change", () => {
    done.singleKeys = singleKeys.checked;
    keep("singleKeys", String(done.singleKeys));
  });
  const file = document.getElementById("import");
  file.addEventListener("change", () => importFile(file));
  addEventListener("keydown", onKey);
  addEventListener("storage", (event) => {
    if (!takeFromOtherTab(event.key)) return;
    name.value = done.name;
    drawEntry();
  });
  addEventListener("beforeunload", (event) => {
    if (unkept.size && !done.isDownloaded) event.preventDefault();
  });
  drawCategories();
  drawItem();
  keep("at", String(done.at)); // is there any room at all?
}

begin();
