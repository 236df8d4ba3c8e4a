// Rankings. A ranking is a list of places, best first; a place is a list of responses, by number, that are tied. What
// is in none is not ranked. Every function gives a new ranking and leaves the old one as it is.

function placeOf(ranking, one) {
  return ranking.findIndex((place) => place.includes(one));
}

function without(ranking, one) {
  return ranking.map((place) => place.filter((other) => other !== one)).filter((place) => place.length);
}

// A place of its own, above the one that is number `at` now; `at` may be the length, for the last place.
function putAlone(ranking, one, at) {
  const left = ranking.map((place) => place.filter((other) => other !== one));
  left.splice(at, 0, [one]);
  return left.filter((place) => place.length);
}

// Tied with those in place `at`.
function putInto(ranking, one, at) {
  const next = ranking.map((place, number) => {
    const others = place.filter((other) => other !== one);
    return number === at ? [...others, one].sort((first, second) => first - second) : others;
  });
  return next.filter((place) => place.length);
}

// Above its tie, or above the place above. What is not ranked comes last, whichever way it is moved.
function moved(ranking, one, step) {
  const at = placeOf(ranking, one);
  if (at < 0) return [...ranking, [one]];
  const isTied = ranking[at].length > 1;
  if (step < 0) return isTied ? putAlone(ranking, one, at) : at ? putAlone(ranking, one, at - 1) : ranking;
  return isTied ? putAlone(ranking, one, at + 1) : putAlone(ranking, one, Math.min(at + 2, ranking.length));
}

// Tied with the place above; the first with the one below, and what is not ranked with the last.
function tied(ranking, one) {
  const at = placeOf(ranking, one);
  if (at < 0) return ranking.length ? putInto(ranking, one, ranking.length - 1) : [[one]];
  if (at > 0) return putInto(ranking, one, at - 1);
  return ranking[0].length === 1 && ranking.length > 1 ? putInto(ranking, one, 1) : ranking;
}

// Out of its tie, below the others of it.
function untied(ranking, one) {
  const at = placeOf(ranking, one);
  return at >= 0 && ranking[at].length > 1 ? putAlone(ranking, one, at + 1) : ranking;
}

// All responses by a count of each, the highest first.
function byCount(counts) {
  const values = [...new Set(counts)].sort((first, second) => second - first);
  return values.map((value) => counts.flatMap((count, one) => (count === value ? [one] : [])));
}

// Where a place begins, counted in responses: two that share the first leave the third for the next.
function rankAt(ranking, at) {
  return 1 + ranking.slice(0, at).reduce((sum, place) => sum + place.length, 0);
}
