// Sorts, searches and shares a table that is whole without this script. State is kept in the address after "#".
"use strict";
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  const body = board.tBodies[0];
  const rows = [...body.rows];
  const heads = [...board.tHead.rows[0].cells];
  const columns = heads.map((head) => head.dataset.column);
  const controls = document.getElementById("controls");
  const found = document.getElementById("found");
  const MOST = 4; // as many as the page that compares takes
  const words = ["model", "family", "badge", "organisation", "licence", "trained", "unit"];
  const searched = ["model", "family", "organisation", "licence"].map((name) => columns.indexOf(name));
  const boxes = [...controls.querySelectorAll("input[type=checkbox]")];
  const first = rows.map((row, place) => [row, place]);
  const state = { q: "", sort: "", pick: new Set() };

  // --- what a cell is sorted by: numbers by size, words by letter, what is missing always last
  const keys = new Map(rows.map((row) => [row, columns.map((column, at) => keyOf(row.cells[at], column))]));

  function keyOf(cell, column) {
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    if (text === "–" || text === "") return null;
    if (column === "rank") return Number.parseInt(text, 10);
    if (words.includes(column)) return text.toLocaleLowerCase();
    return /^-?[\d.,]+( ?%)?$/.test(text) ? Number.parseFloat(text.replaceAll(",", "")) : text.toLocaleLowerCase();
  }

  function sort() {
    const down = state.sort.startsWith("-");
    const at = columns.indexOf(state.sort.replace(/^-/, ""));
    for (const [place, head] of heads.entries()) {
      if (place === at) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    const order = [...first];
    if (at >= 0) {
      order.sort(([one, place], [other, otherPlace]) => {
        const [a, b] = [keys.get(one)[at], keys.get(other)[at]];
        if (a === null || b === null) return (a === null) - (b === null) || place - otherPlace;
        const way = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
        return (down ? -way : way) || place - otherPlace;
      });
    }
    // A row that is moved loses the focus of what is in it, and stops being the target of the address.
    if (order.some(([row], place) => body.rows[place] !== row)) body.append(...order.map(([row]) => row));
  }

  function search() {
    const wanted = state.q.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const hits = new Set();
    for (const row of rows) {
      const text = searched.map((at) => row.cells[at]?.textContent ?? "").join(" ").toLocaleLowerCase();
      // The floor stays: what a model found must be compared with.
      const floor = ["baseline", "rules"].includes(row.dataset.family);
      if (wanted.every((word) => text.includes(word))) hits.add(row);
      row.hidden = !floor && !hits.has(row);
    }
    // Only now: between two changes the browser would work out its styles once more for each row.
    const visible = rows.filter((row) => row.checkVisibility());
    const shown = visible.length;
    found.hidden = false;
    found.textContent = visible.some((row) => hits.has(row)) ? `${shown} of ${rows.length} models` : `No model found; ${shown ? "baselines always stand" : "all are hidden"}`;
  }

  // --- the address
  function read() {
    const hash = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    state.q = hash.get("q") ?? "";
    state.sort = columns.includes((hash.get("sort") ?? "").replace(/^-/, "")) ? hash.get("sort") : "";
    state.pick = new Set((hash.get("pick") ?? "").split(",").filter((model) => rows.some((row) => row.dataset.model === model)));
    const [show, hide] = ["show", "hide"].map((name) => (hash.get(name) ?? "").split(","));
    for (const box of boxes) {
      if (box.dataset.group) box.checked = show.includes(box.dataset.group);
      else if (!box.disabled) box.checked = !hide.includes(box.dataset.family);
    }
    query.value = state.q;
    for (const box of body.querySelectorAll(".pick input")) box.checked = state.pick.has(box.value);
    update(false);
  }

  function write() {
    const hash = new URLSearchParams();
    const shown = boxes.filter((box) => box.dataset.group && box.checked).map((box) => box.dataset.group);
    const hidden = boxes.filter((box) => box.dataset.family && !box.checked).map((box) => box.dataset.family);
    const parts = { q: state.q, sort: state.sort, show: shown.join(), hide: hidden.join(), pick: [...state.pick].join() };
    for (const [name, value] of Object.entries(parts)) if (value) hash.set(name, value);
    const text = hash.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  function update(changed = true) {
    sort();
    search();
    const n = state.pick.size;
    compare.disabled = n < 2 || n > MOST;
    compare.textContent = n < 2 ? "Tick two to compare" : n > MOST ? `Tick at most ${MOST}` : `Compare ${n} models`;
    if (changed) write();
  }

  // --- what is added to the page
  const label = document.createElement("label");
  const query = document.createElement("input");
  query.type = "search";
  query.id = "query";
  query.placeholder = "model, organisation …";
  label.append("Search ", query);
  const compare = document.createElement("button");
  compare.type = "button";
  compare.id = "compare";
  controls.prepend(label);
  document.getElementById("state").append(compare);
  // As the style sheet has it, for browsers that cannot show what is in a closed element, and for who reads by ear.
  const options = controls.querySelector("details");
  const wide = matchMedia("(min-width: 48rem)");
  options.open = wide.matches;
  wide.addEventListener("change", () => (options.open = wide.matches));

  for (const [at, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const [up, down] = [columns[at], `-${columns[at]}`];
      const [begin, then] = columns[at] === "rank" || words.includes(columns[at]) ? [up, down] : [down, up];
      state.sort = state.sort === begin ? then : state.sort === then ? "" : begin;
      update();
    });
  }
  const pickHead = document.createElement("th");
  pickHead.className = "pick";
  pickHead.scope = "col";
  pickHead.textContent = "compare";
  board.tHead.rows[0].append(pickHead);
  for (const row of rows) {
    const cell = row.insertCell();
    const box = document.createElement("input");
    cell.className = "pick";
    box.type = "checkbox";
    box.value = row.dataset.model;
    box.setAttribute("aria-label", `compare ${row.querySelector("th a").textContent}`);
    box.addEventListener("change", () => {
      box.checked ? state.pick.add(box.value) : state.pick.delete(box.value);
      update();
    });
    cell.append(box);
  }
  query.addEventListener("input", () => {
    state.q = query.value.trim();
    update();
  });
  for (const box of boxes) box.addEventListener("change", () => update());
  compare.addEventListener("click", () => {
    const root = document.querySelector("a.brand").getAttribute("href").replace(/index\.html$/, "");
    location.href = `${root}compare.html#task=${encodeURIComponent(board.dataset.task)}&models=${[...state.pick].join()}`;
  });
  addEventListener("hashchange", () => {
    // A place on this page, as the skip link's, says nothing of the state.
    if (!location.hash || location.hash.includes("=")) read();
  });
  read();
})();
