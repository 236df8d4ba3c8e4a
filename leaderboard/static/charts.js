// Draws each chart from the table of numbers beside it, which is all there is of it without this script.
"use strict";
(() => {
  const numberOf = (cell) => (cell?.dataset.v === undefined ? null : Number(cell.dataset.v));

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const widthOf = (text) => Math.ceil(pen.measureText(text).width);

  /** A name cut in its middle, as variants of one model differ at their ends; never within a letter. */
  function short(text, room) {
    const letters = [...text];
    let [cut, most] = [text, Math.min(letters.length, 60)];
    while (widthOf(cut) > room && most > 6) {
      most -= 1;
      const end = Math.floor(most / 3);
      cut = `${letters.slice(0, most - end).join("").trim()}…${letters.slice(-end).join("").trim()}`;
    }
    return cut;
  }

  /** The rows of a figure's table: a name, and its numbers in order. Two rows of one shown name are told apart. */
  function rowsOf(figure, width) {
    const seen = new Map();
    return [...figure.querySelectorAll("tbody tr")].map((row) => {
      const [head, ...cells] = row.cells;
      const cut = short(head.textContent, Math.min(180, 0.36 * width));
      const times = seen.get(cut) ?? 0;
      seen.set(cut, times + 1);
      return { name: cut + "\u200b".repeat(times), full: head.textContent, values: cells.map(numberOf), last: cells.at(-1).textContent };
    });
  }

  const titlesOf = (figure) => [...figure.querySelectorAll("thead th")].map((head) => head.textContent);
  const leftOf = (rows) => 14 + Math.max(...rows.map((row) => widthOf(row.name)), 28);
  const ticksOf = (rows, width) => Math.max(2, Math.min(5, Math.floor((width - leftOf(rows)) / 45)));
  const option = (figure, name) => (figure.dataset[name] === undefined ? null : Number(figure.dataset[name]));
  const known = (rows, at) => rows.filter((row) => row.values[at] !== null);

  const GAP = 48; // between small charts that stand above each other: an axis and a title

  const kinds = {
    /** A value with its interval in each row: value, low, high; how many it is made from. A ring has no interval. */
    intervals(figure, rows, width) {
      const reference = option(figure, "reference");
      const domain = [option(figure, "low"), option(figure, "high")];
      return {
        height: 58 + 26 * rows.length,
        marginLeft: leftOf(rows),
        marginRight: 24 + Math.max(...rows.map((row) => widthOf(row.last)), widthOf(titlesOf(figure)[4])),
        marginTop: 24,
        x: { domain, grid: true, label: titlesOf(figure)[1], labelAnchor: "center", ticks: ticksOf(rows, width) },
        y: { domain: rows.map((row) => row.name), label: null },
        marks: [
          Plot.ruleX([reference], { stroke: "var(--soft)", strokeDasharray: "4,3" }),
          Plot.ruleY(known(rows, 1), { y: "name", x1: (row) => row.values[1], x2: (row) => row.values[2], stroke: "var(--fill)", strokeWidth: 2 }),
          Plot.dot(known(rows, 0), { y: "name", x: (row) => row.values[0], fill: (row) => (row.values[1] === null ? "var(--paper)" : "var(--fill)"), stroke: "var(--fill)", r: 4 }),
          Plot.text(rows, { y: "name", text: "last", frameAnchor: "right", textAnchor: "start", dx: 12, fill: "var(--soft)" }),
          Plot.text([titlesOf(figure)[4]], { frameAnchor: "top-right", textAnchor: "start", dx: 12, dy: -16, fill: "var(--soft)" }),
        ],
      };
    },

    /** A box per row from its quantiles: 5, 25, 50, 75, 95 %. */
    boxes(figure, rows) {
      return {
        height: 230,
        marginLeft: 48,
        x: { type: "band", domain: rows.map((row) => row.name), label: figure.dataset.x, labelAnchor: "center", padding: 0.45 },
        y: { grid: true, label: figure.dataset.y, ticks: 5 },
        marks: [
          Plot.ruleY([0], { stroke: "var(--soft)" }),
          Plot.ruleX(rows, { x: "name", y1: (row) => row.values[0], y2: (row) => row.values[4], stroke: "var(--fill)" }),
          Plot.barY(rows, { x: "name", y1: (row) => row.values[1], y2: (row) => row.values[3], fill: "var(--fill)", fillOpacity: 0.35, inset: 0.5 }),
          Plot.tickY(rows, { x: "name", y: (row) => row.values[2], stroke: "var(--fill)", strokeWidth: 3 }),
          Plot.lineY(rows, { x: "name", y: (row) => row.values[2], stroke: "var(--other)", strokeDasharray: "2,3" }),
        ],
      };
    },

    /** A band per row: against gold, expectation, in gold order; a diamond for the released script. */
    ties(figure, rows, width) {
      const low = Math.min(0, ...known(rows, 0).map((row) => row.values[0]));
      return {
        height: 46 + (rows.length > 20 ? 19 : 26) * rows.length,
        marginLeft: leftOf(rows),
        x: { domain: [low, 1], grid: true, label: figure.dataset.what ?? null, labelAnchor: "center", ticks: ticksOf(rows, width) },
        y: { domain: rows.map((row) => row.name), label: null },
        marks: [
          Plot.ruleX([0], { stroke: "var(--soft)" }),
          Plot.ruleY(known(rows, 0), { y: "name", x1: (row) => row.values[0], x2: (row) => row.values[2], stroke: "var(--fill)", strokeOpacity: 0.35, strokeWidth: 7 }),
          Plot.dot(known(rows, 3), { y: "name", x: (row) => row.values[3], symbol: "diamond", stroke: "var(--other)", strokeWidth: 2, r: 5 }),
          Plot.dot(known(rows, 1), { y: "name", x: (row) => row.values[1], fill: "var(--fill)", r: 4 }),
        ],
      };
    },

    /** A small chart per column: the value of each row in it. */
    multiples(figure, rows, width) {
      const titles = titlesOf(figure).slice(1);
      const most = Math.max(1, Math.min(titles.length, Math.floor((width - leftOf(rows)) / 88)));
      const columns = Math.ceil(titles.length / Math.ceil(titles.length / most)); // no row of charts with one alone
      const place = (at) => ({ fx: at % columns, fy: Math.floor(at / columns) });
      const points = titles.flatMap((title, at) => known(rows, at).map((row) => ({ ...place(at), name: row.name, value: row.values[at] })));
      const heads = titles.map((title, at) => ({ ...place(at), title }));
      const floors = Math.ceil(titles.length / columns);
      const high = (rows.length > 20 ? 18 : 22) * rows.length;
      return {
        height: 50 + floors * high + (floors - 1) * GAP,
        marginLeft: leftOf(rows),
        marginBottom: 24,
        marginTop: 26,
        x: { domain: [0, 1], ticks: [0, 0.5, 1], axis: null, label: null, grid: true },
        y: { domain: rows.map((row) => row.name), label: null },
        fx: { axis: null, padding: 0.16 },
        fy: { axis: null, paddingInner: GAP / (high + GAP), paddingOuter: 0 },
        marks: [
          Plot.axisX({ facetAnchor: null, anchor: "bottom", ticks: [0, 0.5, 1], tickFormat: "~g", label: null }),
          Plot.ruleX([option(figure, "reference")], { stroke: "var(--soft)", strokeDasharray: "4,3" }),
          Plot.dot(points, { fx: "fx", fy: "fy", x: "value", y: "name", fill: "var(--fill)", r: 4 }),
          Plot.text(heads, { fx: "fx", fy: "fy", text: "title", frameAnchor: "top-left", dy: -16, fontWeight: "bold" }),
        ],
      };
    },

    /** A dot per row; the numbers of the columns that data-x and data-y name, x on a logarithmic axis. */
    scatter(figure, rows, width) {
      const titles = titlesOf(figure);
      const [x, y] = [option(figure, "x"), option(figure, "y")];
      const points = rows
        .map((row) => ({ name: row.name, full: row.full, x: row.values[x - 1], y: row.values[y - 1] }))
        .filter((point) => point.x !== null && point.x > 0 && point.y !== null);
      if (!points.length) return null;
      return {
        height: 320,
        marginLeft: 48,
        marginTop: 28,
        x: { type: "log", label: titles[x], labelAnchor: "center", grid: true, inset: 30, ticks: 4, tickFormat: "~g" },
        y: { label: titles[y], grid: true, inset: 14, ticks: 5 },
        marks: [
          Plot.dot(points, { x: "x", y: "y", fill: "var(--fill)", r: 4.5 }),
          Plot.tip(points, Plot.pointer({ x: "x", y: "y", fill: "var(--paper)", title: (point) => `${point.full}\n${point.y} at ${point.x}` })),
        ],
        after: (chart) => label(chart, points, width),
      };
    },
  };

  /** Writes names beside dots, the highest first, where there is room for them; the others have them when pointed at. */
  function label(chart, points, width) {
    const [x, y] = ["x", "y"].map((name) => chart.scale(name));
    const dots = points.map((point) => ({ point, x: x.apply(point.x), y: y.apply(point.y) }));
    const taken = dots.map((dot) => [dot.x - 6, dot.y - 6, dot.x + 6, dot.y + 6]);
    const free = ([left, top, right, bottom]) =>
      left >= 2 && right <= width - 2 && top >= 2 && bottom <= y.range[0] + 12 &&
      taken.every((box) => right < box[0] || left > box[2] || bottom < box[1] || top > box[3]);
    for (const dot of dots.sort((one, other) => one.y - other.y)) {
      const wide = widthOf(dot.point.name);
      const places = [[dot.x + 9, dot.y], [dot.x - 9 - wide, dot.y], [dot.x - wide / 2, dot.y - 14], [dot.x - wide / 2, dot.y + 14]];
      const boxes = places.map(([left, middle]) => [left, middle - 7, left + wide, middle + 7]);
      const box = boxes.find(free);
      if (!box) continue;
      taken.push(box);
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      for (const [name, value] of Object.entries({ class: "name", "text-anchor": "start", x: box[0], y: box[1] + 11 })) text.setAttribute(name, value);
      text.textContent = dot.point.name;
      chart.append(text);
    }
  }

  /** What the signs of a chart of ties mean, in the words of its table. */
  function keyOf(figure, rows) {
    const titles = titlesOf(figure);
    const signs = [["band", `${titles[1]} … ${titles[3]}`], ["dot", titles[2]]];
    if (known(rows, 3).length) signs.push(["diamond", titles[4]]);
    const key = document.createElement("p");
    key.className = "key";
    for (const [sign, words] of signs) {
      const part = document.createElement("span");
      part.className = sign;
      part.textContent = words;
      key.append(part);
    }
    return key;
  }

  function draw(figure, host, width) {
    const rows = rowsOf(figure, width);
    const options = rows.length ? kinds[figure.dataset.chart](figure, rows, width) : null;
    if (!options) {
      host.hidden = true;
      return;
    }
    const { after, ...rest } = options;
    const chart = Plot.plot({ className: "plot", width, marginRight: 16, marginBottom: 40, ...rest });
    after?.(chart);
    // The policy of the pages admits no style of Plot's own; its rules are in site.css. To a reader a chart is one image,
    // and what is in it stands in the table.
    for (const style of chart.querySelectorAll("style")) style.remove();
    chart.setAttribute("aria-hidden", "true");
    host.replaceChildren(...(figure.dataset.chart === "ties" ? [keyOf(figure, rows)] : []), chart);
  }

  const widths = new WeakMap();
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const width = Math.max(280, Math.min(640, target.clientWidth));
      if (widths.get(target) === width) continue; // only its height has changed, by what was drawn
      widths.set(target, width);
      draw(target.parentElement, target, width);
    }
  });
  for (const figure of document.querySelectorAll("figure.chart")) {
    const host = document.createElement("div");
    host.className = "drawn";
    host.setAttribute("role", "img");
    host.setAttribute("aria-label", `Chart: ${figure.querySelector("h3").textContent}; its numbers are in the table below`);
    figure.querySelector("details").before(host);
    watch.observe(host);
  }
})();
