// An item on the screen: its instruction, requirements, category and responses. All of it is text, whatever it says.

const WIDE = matchMedia("(min-width: 62rem)"); // as in page.css: the ranking stands beside the responses
const QUIET = matchMedia("(prefers-reduced-motion: reduce)");

function isWide() {
  return WIDE.matches;
}

function entry() {
  return done.entries[done.at];
}

function item() {
  return ITEMS[done.at];
}

// The elements of an item's texts have its language, "" where nobody knows it, and the direction of their letters.
function fill(into, text) {
  into.textContent = text;
  into.dir = "auto";
  into.lang = /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(item().language ?? "") ? item().language : "";
}

function drawItem() {
  const { id, instruction, requirements, responses } = item();
  document.getElementById("item-id").textContent = id;
  fill(document.getElementById("instruction"), instruction);
  const list = requirements.map((text) => {
    const line = make("li", {}, make("span", { class: "text" }));
    fill(line.firstChild, text);
    return line;
  });
  document.getElementById("requirements").replaceChildren(...list);
  document.getElementById("responses").replaceChildren(...responses.map(cardOf));
  makeRows(item());
  drawEntry();
}

function cardOf(response, one) {
  const letter = letterOf(one);
  const text = make("div", { class: "text said" });
  fill(text, response.text);
  const boxes = item().requirements.map((requirement, number) => {
    const box = make("input", { type: "checkbox", "data-requirement": number });
    box.addEventListener("change", () => tick(one, number, box.checked));
    const told = make("span", { class: "text" });
    fill(told, requirement);
    return make("label", {}, box, make("span", { class: "number" }, `${number + 1}`), told);
  });
  const title = make("h2", { id: `response-${one}`, tabindex: "-1" }, `Response ${letter}`);
  const head = make("header", {}, title, make("span", { class: "standing" }));
  const about = make("span", { class: "soft" }, "A help to count; it stays here.");
  const legend = make("legend", {}, `Which requirements does ${letter} meet? `, about);
  const ticks = make("fieldset", { class: "met" }, legend, ...boxes);
  return make("article", { class: "response", "data-response": one, "aria-labelledby": title.id }, head, text, ticks);
}

// All that changes while an item is rated.
function drawEntry() {
  const { category, met, ranking } = entry();
  for (const radio of document.querySelectorAll("#category-list input")) radio.checked = radio.value === category;
  for (const card of document.querySelectorAll(".response")) {
    const one = Number(card.dataset.response);
    for (const box of card.querySelectorAll(".met input")) {
      box.checked = met[one].includes(Number(box.dataset.requirement));
    }
    card.querySelector(".standing").textContent = standing(ranking, one);
  }
  document.getElementById("by-count").disabled = !met.some((ticks) => ticks.length);
  document.getElementById("clear").disabled = !ranking.length && category === null;
  drawBoard(item(), entry());
  drawProgress();
}

// Where a response stands, in words.
function standing(ranking, one) {
  const at = placeOf(ranking, one);
  if (at < 0) return "not ranked";
  const others = ranking[at].filter((other) => other !== one).map(letterOf);
  const place = `place ${rankAt(ranking, at)}`;
  return others.length ? `${place}, tied with ${others.join(", ")}` : place;
}

function drawCategories() {
  const list = CATEGORIES.map(({ name, title }, number) => {
    const about = `about-${number}`;
    const radio = make("input", { type: "radio", name: "category", value: name, "aria-describedby": about });
    radio.addEventListener("change", () => setCategory(name));
    const key = number < 9 ? make("kbd", { "aria-hidden": "true" }, `${number + 1}`) : "";
    return make("label", {}, radio, make("span", {}, title), key);
  });
  document.getElementById("category-list").replaceChildren(...list);
  const help = CATEGORIES.flatMap(({ title, scope, forms }, number) => {
    const about = scope ? `${scope} For example: ${forms}.` : "A category of this task's own.";
    return [make("dt", {}, title), make("dd", { id: `about-${number}` }, about)];
  });
  document.getElementById("category-help").replaceChildren(...help);
}

function showResponse(one) {
  const card = document.querySelector(`.response[data-response="${one}"]`);
  card.scrollIntoView({ behavior: QUIET.matches ? "auto" : "smooth", block: "start" });
}
