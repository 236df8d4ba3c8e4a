// The board: the responses of an item as rows, in their places or not ranked, moved by buttons, keys and pointers.

const tierList = document.getElementById("tiers");
const pool = document.getElementById("pool");
const unranked = document.getElementById("unranked");
const STILL_PX = 5; // a pointer that moves less has pressed, not dragged
const EDGE_PX = 70; // nearer to an end of the screen than this, a drag scrolls

let rows = []; // one for each response of the item shown
let chosen = 0;
let drag = null;

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const MOVES = [
  ["up", "↑", "Move up", (ranking, one) => moved(ranking, one, -1)],
  ["down", "↓", "Move down", (ranking, one) => moved(ranking, one, 1)],
  ["tie", "=", "Tie with the place above", tied],
  ["untie", "≠", "Take out of the tie", untied],
  ["off", "×", "Take off the ranking", without],
];

function makeRows(item) {
  chosen = 0;
  rows = item.responses.map((_, one) => {
    const letter = letterOf(one);
    const pick = make("button", { type: "button", class: "pick", "aria-pressed": "false" });
    pick.append(make("b", {}, letter), " ", make("span", { class: "ticks" }));
    pick.addEventListener("focus", () => choose(one));
    pick.addEventListener("click", () => isWide() && showResponse(one));
    const buttons = MOVES.map(([name, sign, what, move]) => {
      const label = `${letter}: ${what}`;
      const button = make("button", { type: "button", class: `move ${name}`, "aria-label": label, title: what }, sign);
      button.addEventListener("click", () => rank(one, move));
      return button;
    });
    const handle = make("span", { class: "handle", "aria-hidden": "true" }, "⠿");
    const row = make("li", { class: "row", "data-response": one }, handle, pick, ...buttons);
    row.addEventListener("pointerdown", (event) => beginDrag(event, one));
    return row;
  });
}

// Puts the rows where the ranking has them. What had the focus keeps it.
function drawBoard(item, entry) {
  const focused = document.activeElement;
  const places = entry.ranking.map((place, at) => {
    const from = rankAt(entry.ranking, at);
    const told = place.length > 1 ? `Place ${from}, ${place.length} tied` : `Place ${from}`;
    const inside = make("ul", {}, ...place.map((one) => rows[one]));
    const number = make("span", { class: "number", "aria-hidden": "true" }, String(from));
    return make("li", { class: place.length > 1 ? "tier tied" : "tier", "aria-label": told }, number, inside);
  });
  tierList.replaceChildren(...places);
  const left = item.responses.flatMap((_, one) => (placeOf(entry.ranking, one) < 0 ? [one] : []));
  unranked.replaceChildren(...left.map((one) => rows[one]));
  pool.classList.toggle("empty", left.length === 0);
  const isCounted = entry.met.some((ticks) => ticks.length);
  rows.forEach((row, one) => {
    const count = `${entry.met[one].length} of ${item.requirements.length}`;
    row.querySelector(".ticks").textContent = isCounted ? count : "";
    for (const [at, button] of row.querySelectorAll(".move").entries()) {
      const isIdle = same(MOVES[at][3](entry.ranking, one), entry.ranking);
      button.setAttribute("aria-disabled", String(isIdle));
    }
  });
  showChosen();
  if (focused !== document.activeElement && focused?.closest(".row")) focused.focus({ preventScroll: true });
}

function same(first, second) {
  return JSON.stringify(first) === JSON.stringify(second);
}

function choose(one) {
  chosen = one;
  showChosen();
}

function showChosen() {
  rows.forEach((row, one) => {
    row.classList.toggle("chosen", one === chosen);
    row.querySelector(".pick").setAttribute("aria-pressed", String(one === chosen));
    for (const button of row.querySelectorAll(".move")) button.tabIndex = one === chosen ? 0 : -1;
  });
  for (const card of document.querySelectorAll(".response")) {
    card.classList.toggle("chosen", Number(card.dataset.response) === chosen);
  }
}

// To the row above or below the chosen one, as they stand.
function chooseNeighbour(step) {
  const order = [...document.querySelectorAll("#tiers .row, #unranked .row")];
  const next = order[order.indexOf(rows[chosen]) + step];
  next?.querySelector(".pick").focus();
}

// --- dragging: with a mouse by any part of a row, with a finger or a pen by its handle: the rest scrolls the page.

function beginDrag(event, one) {
  const isHandle = event.target.closest(".handle") !== null;
  if (drag || event.button !== 0 || event.target.closest(".move")) return;
  if (event.pointerType !== "mouse" && !isHandle) return;
  const row = rows[one];
  const y = event.clientY;
  drag = { one, row, id: event.pointerId, from: y, y, scrolled: 0, isMoving: false, target: null };
  choose(one);
  if (isHandle) event.preventDefault();
  addEventListener("pointermove", moveDrag);
  addEventListener("pointerup", endDrag);
  addEventListener("pointercancel", cancelDrag);
}

function moveDrag(event) {
  if (event.pointerId !== drag?.id) return;
  drag.y = event.clientY;
  if (!drag.isMoving) {
    if (Math.abs(drag.y - drag.from) < STILL_PX) return;
    drag.isMoving = true;
    drag.row.setPointerCapture(drag.id); // not before: the click of a captured pointer is no button's
    drag.row.classList.add("dragged");
    document.body.classList.add("dragging");
    getSelection()?.removeAllRanges();
    requestAnimationFrame(scrollDrag);
  }
  followDrag();
}

function followDrag() {
  drag.row.style.transform = `translateY(${drag.y - drag.from + drag.scrolled}px)`;
  drag.target = targetAt(drag.y);
  for (const tier of tierList.children) tier.classList.remove("before", "after", "into");
  pool.classList.toggle("into", drag.target?.how === "off");
  if (drag.target?.tier) drag.target.tier.classList.add(drag.target.how);
}

// Where a drop at this height goes: before or after a place, into it, or off the ranking.
function targetAt(y) {
  const tiers = [...tierList.children];
  for (const [at, tier] of tiers.entries()) {
    const { top, bottom } = tier.getBoundingClientRect();
    const share = (y - top) / (bottom - top);
    if (y > bottom) continue;
    if (share < 0.28) return { how: "before", tier, at };
    return share > 0.72 ? { how: "after", tier, at } : { how: "into", tier, at };
  }
  const { top } = pool.getBoundingClientRect();
  if (y > top + 8) return { how: "off" };
  return { how: "after", tier: tiers.at(-1), at: tiers.length - 1 };
}

function dropped(ranking, one, { how, at }) {
  if (how === "off") return without(ranking, one);
  if (how === "into") return ranking[at].includes(one) ? ranking : putInto(ranking, one, at);
  return putAlone(ranking, one, how === "before" ? at : at + 1);
}

function scrollDrag() {
  if (!drag?.isMoving) return;
  const speed = drag.y < EDGE_PX ? drag.y - EDGE_PX : Math.max(0, drag.y - innerHeight + EDGE_PX);
  if (speed) {
    const side = drag.row.closest(".judgement");
    const scroller = side.scrollHeight > side.clientHeight && isWide() ? side : document.scrollingElement;
    const before = scroller.scrollTop;
    scroller.scrollTop += speed / 4;
    drag.scrolled += scroller.scrollTop - before;
    followDrag();
  }
  requestAnimationFrame(scrollDrag);
}

function endDrag(event) {
  if (event.pointerId !== drag?.id) return;
  const { one, isMoving, target } = drag;
  stopDrag();
  if (!isMoving) return;
  // The click that a mouse makes of this is not one.
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }));
  if (target) rank(one, (ranking) => dropped(ranking, one, target));
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function cancelDrag(event) {
  if (event.pointerId === drag?.id) stopDrag();
}

function stopDrag() {
  removeEventListener("pointermove", moveDrag);
  removeEventListener("pointerup", endDrag);
  removeEventListener("pointercancel", cancelDrag);
  drag.row.style.transform = "";
  drag.row.classList.remove("dragged");
  document.body.classList.remove("dragging");
  for (const tier of tierList.children) tier.classList.remove("before", "after", "into");
  pool.classList.remove("into");
  drag = null;
}
