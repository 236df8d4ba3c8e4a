// How far a person is: the line at the top, the list of all items, and what the page has to say.

function drawProgress() {
  const states = ITEMS.map((one, at) => stateOf(one, done.entries[at]));
  const count = (state) => states.filter((other) => other === state).length;
  const bar = document.getElementById("bar");
  bar.max = ITEMS.length;
  bar.value = count("done");
  const parts = [`${count("done")} of ${ITEMS.length} done`];
  for (const state of ["begun", "skipped"]) if (count(state)) parts.push(`${count(state)} ${state}`);
  document.getElementById("progress").textContent = parts.join(" · ");
  document.getElementById("number").textContent = `${done.at + 1} of ${ITEMS.length}`;
  document.getElementById("previous").disabled = done.at === 0;
  document.getElementById("next").disabled = done.at === ITEMS.length - 1;
  document.getElementById("undo").disabled = !steps.length;
  document.getElementById("unfinished").disabled = nextUnfinished() === undefined;
}

// The next item that is not done: those after this one first, and those put off when no others are left.
function nextUnfinished() {
  const order = ITEMS.map((_, step) => (done.at + 1 + step) % ITEMS.length).filter((at) => at !== done.at);
  const isIn = (...states) => (at) => states.includes(stateOf(ITEMS[at], done.entries[at]));
  return order.find(isIn("open", "begun")) ?? order.find(isIn("skipped"));
}

function drawItems() {
  const buttons = ITEMS.map((one, at) => {
    const state = stateOf(one, done.entries[at]);
    const label = `Item ${at + 1}, ${one.id}: ${state}`;
    const button = make("button", { type: "button", class: state, "aria-label": label, title: one.id });
    if (at === done.at) button.setAttribute("aria-current", "true");
    button.append(String(at + 1));
    button.addEventListener("click", () => {
      document.getElementById("items").close();
      go(at);
    });
    return button;
  });
  document.getElementById("item-list").replaceChildren(...buttons);
}

// For who reads by ear: the same words twice are read twice.
function say(text) {
  const said = document.getElementById("said");
  said.textContent = said.textContent === text ? `${text}\u00A0` : text;
}

function tell(text) {
  const notice = document.getElementById("notice");
  notice.hidden = !text;
  notice.textContent = text;
}

function showUnkept(isUnkept) {
  const warning = document.getElementById("unkept");
  if (warning.hidden === !isUnkept) return;
  warning.hidden = !isUnkept;
  const told = "Not kept: this browser gives the page no room. Download before you close or reload it; ";
  warning.textContent = isUnkept ? `${told}Import goes on from the file.` : "";
}
