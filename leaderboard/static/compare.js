// Compares models in the browser: differences with intervals and tests, and the items on which two disagree most.
// The address after "#" says which: #task=weval-mini&models=rules,length
"use strict";
(() => {
  const tasks = window.wevalData.models ?? [];
  const { compare, holm } = window.wevalStatistics;
  const MOST = 4;
  const STEP = 10;
  const SEVERAL = {
    false: "",
    true: " p is adjusted by Holm for the several pairs, and decides what is told apart; each interval is of its pair alone, and may leave out 0 where p does not.",
  };
  const FIGURES = { correlation: "correlation", reading: "reading" };
  const [form, choice, models, said, result] = ["choose", "task", "models", "state", "result"].map((id) =>
    document.getElementById(id),
  );

  /** An element with attributes and children; text is never read as HTML. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const number = (value) => (value === null || value === undefined ? "–" : value.toFixed(3).replace(/^-(0\.0+)$/, "$1"));
  const chance = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

  function table(label, heads, rows) {
    const head = make("tr", {}, ...heads.map(([text, kind]) => make("th", { scope: "col", class: kind ?? "" }, text)));
    const body = rows.map((cells) =>
      make("tr", {}, ...cells.map((cell, at) => (at ? make("td", cell.kind ? { class: cell.kind } : {}, cell.show ?? cell) : make("th", { scope: "row" }, cell)))),
    );
    const content = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, content);
  }

  const task = () => tasks.find((one) => one.task === choice.value);
  const picked = () => [...models.querySelectorAll("input:checked")].map((box) => box.value);
  const nameOf = (model) => task().models.find((one) => one.model === model).name;
  const isolated = (text) => make("bdi", {}, text);

  function list(chosen) {
    const search = make("input", { type: "search", placeholder: "find a model …", "aria-label": "Find a model" });
    const boxes = task().models.map((one) => {
      const box = make("input", { type: "checkbox", value: one.model });
      box.checked = chosen.includes(one.model);
      return make("label", {}, box, " ", isolated(one.name));
    });
    search.addEventListener("input", () => {
      const words = search.value.toLocaleLowerCase();
      for (const box of boxes) box.hidden = !box.textContent.toLocaleLowerCase().includes(words);
    });
    models.replaceChildren(make("legend", {}, "Models"), ...(boxes.length > 12 ? [search] : []), ...boxes);
  }

  function limit() {
    const full = picked().length >= MOST;
    for (const box of models.querySelectorAll("input[type=checkbox]")) box.disabled = full && !box.checked;
  }

  function write() {
    history.replaceState(null, "", `#task=${encodeURIComponent(choice.value)}&models=${picked().join()}`);
  }

  let unknown = "";
  let asked = 0;
  async function show() {
    limit();
    const now = ++asked;
    const chosen = picked();
    if (chosen.length < 2) {
      said.textContent = `${unknown} Tick two models or more, at most ${MOST}.`.trim();
      result.replaceChildren();
      return;
    }
    said.textContent = "Loading …";
    try {
      const name = task().task;
      const [items, ...rows] = await Promise.all(["_items", ...chosen].map((part) => window.wevalLoad(`${name}/${part}`)));
      if (now !== asked) return; // somebody has ticked another box since
      const broken = chosen.find((_, at) => [rows[at].figures?.correlation, rows[at].scores].some((part) => part?.length !== items.length));
      if (broken) throw new Error(`${name}/${broken} is damaged`);
      said.textContent = unknown;
      const both = together(rows);
      result.replaceChildren(...differences(chosen, both), ...browser(chosen, both, items));
    } catch (error) {
      if (now !== asked) return;
      said.textContent = `${error.message}. Is the whole folder of the site there?`;
      result.replaceChildren();
    }
  }

  /** The same without the figures of items that one of them has no score for: as in `weval compare`, nobody has them. */
  function together(rows) {
    const there = rows[0].scores.map((_, at) => rows.every((row) => row.scores[at].every((score) => score !== null)));
    const kept = (figures) => Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, values.map((value, at) => (there[at] ? value : null))]));
    return rows.map((row) => ({ ...row, figures: kept(row.figures) }));
  }

  function* pairs(chosen) {
    for (let one = 0; one < chosen.length; one += 1)
      for (let other = one + 1; other < chosen.length; other += 1) yield [one, other];
  }

  /** The figures that are compared. Where somebody has missed an item they are not those of the table. */
  function levels(chosen, rows) {
    const lines = chosen.map((model, at) => [
      isolated(nameOf(model)),
      ...Object.keys(FIGURES).map((figure) => {
        const values = rows[at].figures[figure].filter((value) => value !== null);
        return number(values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null);
      }),
      String(rows[at].figures.correlation.filter((value) => value !== null).length),
    ]);
    return [make("p", { class: "soft" }, "On the items that all of them scored; reading is of those among them that have one."), table("Figures", [["model"], ...Object.values(FIGURES).map((label) => [label]), ["items"]], lines)];
  }

  function differences(chosen, rows) {
    const parts = [make("h2", {}, "Figures"), ...levels(chosen, rows), make("h2", {}, "Differences")];
    parts.push(make("p", { class: "soft" }, `First minus second, over the items that all of them scored; for reading, those of them on which both have one. The interval is BCa from 10,000 resamples of items, and p is of the paired sign-flip test.${SEVERAL[chosen.length > 2]}`));
    for (const [figure, label] of Object.entries(FIGURES)) {
      const found = [...pairs(chosen)].map(([one, other]) => [one, other, compare(rows[one].figures[figure], rows[other].figures[figure])]);
      const known = found.filter(([, , difference]) => difference);
      if (!known.length) continue;
      const adjusted = holm(known.map(([, , difference]) => difference.p));
      const lines = known.map(([one, other, difference], at) => {
        const sure = adjusted[at] <= 0.05;
        const verdict = !sure ? "not told apart" : difference.value > 0 ? `${nameOf(chosen[one])} is better` : `${nameOf(chosen[other])} is better`;
        return [
          make("span", {}, isolated(nameOf(chosen[one])), " − ", isolated(nameOf(chosen[other]))),
          number(difference.value),
          difference.ci ? `${number(difference.ci[0])} … ${number(difference.ci[1])}` : "–",
          chance(adjusted[at]),
          String(difference.n),
          { kind: "text", show: isolated(verdict) },
        ];
      });
      parts.push(make("h3", {}, label));
      parts.push(table(`Differences in ${label}`, [["models"], ["difference"], ["95 % interval"], ["p"], ["items"], ["at the 5 % level", "text"]], lines));
    }
    return parts;
  }

  function browser(chosen, rows, items) {
    const categories = [...new Set(items.map((item) => item.category).filter(Boolean))].sort();
    const filter = make("select", { id: "category" }, make("option", { value: "" }, "all categories"), ...categories.map((name) => make("option", { value: name }, name)));
    const sides = make("select", { id: "side" });
    for (const [one, other] of pairs(chosen))
      for (const [a, b] of [[one, other], [other, one]])
        sides.append(make("option", { value: `${a},${b}` }, `${nameOf(chosen[a])} ahead of ${nameOf(chosen[b])}`));
    const place = make("div");
    const more = make("button", { type: "button" }, "More");
    let shown = STEP;
    const fill = () => {
      const [a, b] = sides.value.split(",").map(Number);
      const found = items
        .map((item, at) => ({ item, at, lead: lead(rows[a], rows[b], at) }))
        .filter(({ item, lead }) => lead > 0 && (!filter.value || item.category === filter.value))
        .sort((one, other) => other.lead - one.lead || one.at - other.at);
      const lines = found.slice(0, shown).map(({ item, at }) => [
        item.page ? make("a", { href: item.page }, isolated(item.id)) : isolated(item.id),
        { kind: "text", show: isolated(item.category ?? "–") },
        ...[a, b].flatMap((which) => [number(rows[which].figures.correlation[at]), { kind: "text scores", show: scores(item, rows[which].scores[at]) }]),
      ]);
      const heads = [["item"], ["category", "text"], ...[a, b].flatMap((which) => [[nameOf(chosen[which])], ["its scores, best candidate first", "text"]])];
      place.replaceChildren(lines.length ? table("Items", heads, lines) : make("p", {}, "None."));
      more.hidden = found.length <= shown;
      more.textContent = `Show more (${Math.min(shown, found.length)} of ${found.length} shown)`;
    };
    for (const select of [filter, sides])
      select.addEventListener("change", () => {
        shown = STEP;
        fill();
      });
    more.addEventListener("click", () => {
      shown += STEP;
      fill();
    });
    fill();
    return [
      make("h2", {}, "Where they disagree"),
      make("p", { class: "soft" }, "Items by how much higher the correlation of the one is."),
      make("p", { class: "controls" }, make("label", {}, make("span", {}, "Where"), sides), make("label", {}, make("span", {}, "in"), filter)),
      place,
      more,
    ];
  }

  function lead(first, second, at) {
    const [one, other] = [first.figures.correlation[at], second.figures.correlation[at]];
    return one === null || other === null ? 0 : one - other;
  }

  function scores(item, values) {
    const order = item.gold.map((_, at) => at).sort((one, other) => item.gold[other] - item.gold[one]);
    return order.map((at) => (values[at] === null ? "–" : String(Number(values[at].toPrecision(4))))).join("  ");
  }

  function read() {
    const hash = new URLSearchParams(location.hash.slice(1));
    if (tasks.some((one) => one.task === hash.get("task"))) choice.value = hash.get("task");
    const wanted = (hash.get("models") ?? "").split(",").filter(Boolean);
    const there = task().models.map((one) => one.model);
    const strange = wanted.filter((model) => !there.includes(model));
    unknown = strange.length ? `Not among the models on ${task().title}: ${strange.join(", ")}.` : "";
    list(there.filter((model) => wanted.includes(model)).slice(0, MOST));
    show();
  }

  if (!tasks.length) {
    said.textContent = "There are no submissions yet.";
    return;
  }
  choice.append(...tasks.map((one) => make("option", { value: one.task }, one.title)));
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  choice.addEventListener("change", () => {
    unknown = "";
    list([]);
    write();
    show();
  });
  models.addEventListener("change", (event) => {
    if (event.target.type !== "checkbox") return;
    unknown = "";
    write();
    show();
  });
  addEventListener("hashchange", () => {
    if (!location.hash || location.hash.includes("=")) read(); // a place on this page says nothing of the models
  });
  read();
})();
