// The file that is downloaded, a line of JSON per item: what `weval agree` and `human:FILE` read, and Import takes.

const ITEM_AT = new Map(ITEMS.map((item, at) => [item.id, at]));

function linesOf(name, entries) {
  const lines = ITEMS.flatMap((item, at) => {
    const { ranking, category } = entries[at];
    const line = { item_id: item.id, annotator: name };
    const idOf = (one) => item.responses[one].id;
    if (ranking.length) line.ranking = ranking.map((place) => (place.length > 1 ? place.map(idOf) : idOf(place[0])));
    if (category !== null) line.category = category;
    return ranking.length || category !== null ? [JSON.stringify(line)] : [];
  });
  return lines.map((line) => `${line}\n`).join("");
}

function fileName(name) {
  const plain = (text) => text.replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${["ratings", plain(TASK), plain(name)].filter(Boolean).join("-").slice(0, 120)}.jsonl`;
}

// {problem}, or {name, entries, nStrange}: items with what the file says of them, and how many lines are of others.
function readLines(text, name) {
  const lines = text.replace(/^\uFEFF/, "").split("\n").map((line) => line.trim());
  const found = [];
  for (const [number, line] of lines.entries()) {
    if (!line) continue;
    const row = parsed(line);
    if (!row) return { problem: `Line ${number + 1} of the file is no rating; nothing was taken from it.` };
    found.push(row);
  }
  const names = [...new Set(found.map((row) => row.annotator))];
  if (!names.length) return { problem: "The file is empty." };
  const shownNames = names.slice(0, 5).join(", ") + (names.length > 5 ? " …" : "");
  if (!name && names.length > 1) return { problem: `The file has ratings by ${shownNames}. Enter your name first.` };
  const whose = name || names[0];
  if (!names.includes(whose)) return { problem: `The file has ratings by ${shownNames}, and none by ${whose}.` };
  return { name: whose, ...collected(found.filter((row) => row.annotator === whose)) };
}

const MOST_LETTERS = 200; // of a name, as `weval agree` takes it and the page's own field

function parsed(line) {
  let row;
  try {
    row = JSON.parse(line);
  } catch {
    return null;
  }
  const isText = (value) => typeof value === "string" && value !== "";
  const isPlace = (place) => isText(place) || (Array.isArray(place) && place.length > 0 && place.every(isText));
  const { item_id: item, annotator, ranking, category } = row ?? {};
  if (!isText(item) || !isText(annotator) || annotator.length > MOST_LETTERS) return null;
  if (ranking != null && !(Array.isArray(ranking) && ranking.length && ranking.every(isPlace))) return null;
  return category == null || isText(category) ? row : null;
}

function collected(rows) {
  const entries = new Map();
  let nStrange = 0;
  for (const { item_id: id, ranking, category } of rows) {
    const at = ITEM_AT.get(id);
    const places = at === undefined ? null : numbered(ITEMS[at], ranking ?? []);
    if (!places || (category != null && !isCategory(category))) {
      nStrange += 1;
      continue;
    }
    const entry = entries.get(at) ?? done.entries[at];
    entries.set(at, {
      ...entry,
      ranking: ranking ? places : entry.ranking,
      category: category ?? entry.category,
      skipped: false,
    });
  }
  return { entries: [...entries], nStrange };
}

// Names as numbers of responses; null where one is of no response here, or there twice.
function numbered(item, ranking) {
  const ids = item.responses.map((response) => response.id);
  const places = ranking.map((place) => [place].flat().map((id) => ids.indexOf(id)));
  return areNumbers(places.flat(), ids.length) ? places : null;
}
