// The statistics of a comparison, as `weval compare` has them: paired sign-flip test, BCa bootstrap of the mean
// difference over items, Holm over several pairs. Random numbers are seeded: the same page says the same twice.
"use strict";
window.wevalStatistics = (() => {
  const RESAMPLES = 10_000;
  const FLIPS = 20_000;
  const EXACT_UP_TO = 14;

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /** Numbers in [0, 1) by the generator sfc32, of a fixed seed. */
  function generator() {
    let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
    const next = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return (t >>> 0) / 4294967296;
    };
    for (let at = 0; at < 20; at += 1) next();
    return next;
  }

  /** Two-sided p value of a mean difference of 0: the share of sign patterns at least as far out. */
  function signFlip(differences) {
    const values = differences.filter((value) => value !== 0);
    if (!values.length) return 1;
    const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
    const observed = Math.abs(values.reduce((sum, value) => sum + value, 0)) - 1e-9 * total;
    if (values.length <= EXACT_UP_TO) {
      const patterns = 2 ** values.length;
      let reached = 0;
      for (let pattern = 0; pattern < patterns; pattern += 1) {
        let sum = 0;
        for (let at = 0; at < values.length; at += 1) sum += (pattern >> at) & 1 ? -values[at] : values[at];
        if (Math.abs(sum) >= observed) reached += 1;
      }
      return reached / patterns;
    }
    const random = generator();
    let reached = 0;
    for (let flip = 0; flip < FLIPS; flip += 1) {
      let sum = 0;
      for (const value of values) sum += random() < 0.5 ? -value : value;
      if (Math.abs(sum) >= observed) reached += 1;
    }
    return (1 + reached) / (1 + FLIPS);
  }

  /** Both ends of the 95 % BCa interval of the mean; null for fewer than two items. */
  function interval(values) {
    const n = values.length;
    if (n < 2) return null;
    const centre = mean(values);
    const rest = values.map((value) => value - centre);
    if (rest.every((value) => Math.abs(value) <= 1e-12)) return [centre, centre];
    const random = generator();
    const shifts = new Float64Array(RESAMPLES);
    for (let at = 0; at < RESAMPLES; at += 1) {
      let sum = 0;
      for (let draw = 0; draw < n; draw += 1) sum += rest[Math.floor(random() * n)];
      shifts[at] = sum / n;
    }
    const tied = 1e-9 * Math.sqrt(mean([...shifts].map((shift) => shift * shift)));
    let below = 0;
    for (const shift of shifts) below += shift < -tied ? 1 : Math.abs(shift) <= tied ? 0.5 : 0;
    const share = Math.min(Math.max(below / RESAMPLES, 0.5 / RESAMPLES), 1 - 0.5 / RESAMPLES);
    const bias = quantileOfNormal(share);
    const squares = rest.reduce((sum, value) => sum + value * value, 0);
    const cubes = rest.reduce((sum, value) => sum + value ** 3, 0);
    const acceleration = cubes / (6 * squares ** 1.5);
    shifts.sort();
    return [0.025, 0.975].map((probability) => {
      const reach = bias + quantileOfNormal(probability);
      const corrected = bias + reach / Math.max(1 - acceleration * reach, 1e-12);
      const place = shareOfNormal(corrected) * (RESAMPLES - 1);
      const lower = Math.floor(place);
      const upper = Math.min(lower + 1, RESAMPLES - 1);
      return centre + shifts[lower] + (place - lower) * (shifts[upper] - shifts[lower]);
    });
  }

  /** p values adjusted so that the chance of any false finding among them stays below the level. */
  function holm(values) {
    const order = values.map((_, at) => at).sort((one, other) => values[one] - values[other]);
    const adjusted = new Array(values.length);
    let most = 0;
    order.forEach((at, place) => {
      most = Math.max(most, values[at] * (values.length - place));
      adjusted[at] = Math.min(1, most);
    });
    return adjusted;
  }

  /** The difference of two rows of figures over the items that both have, rounded so that equal ones are equal. */
  function compare(first, second) {
    const differences = [];
    first.forEach((value, at) => {
      if (value !== null && second[at] !== null) differences.push(Math.round((value - second[at]) * 1e6) / 1e6);
    });
    if (!differences.length) return null;
    return { value: mean(differences), ci: interval(differences), p: signFlip(differences), n: differences.length };
  }

  function shareOfNormal(z) {
    // The error function by its series near 0, by a continued fraction further out.
    const x = Math.abs(z) / Math.SQRT2;
    let tail;
    if (x < 3) {
      let [term, sum] = [x, x];
      for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && k < 200; k += 1) {
        term *= (-x * x) / k;
        sum += term / (2 * k + 1);
      }
      tail = 0.5 - sum / Math.sqrt(Math.PI);
    } else {
      let fraction = 0;
      for (let k = 60; k > 0; k -= 1) fraction = k / 2 / (x + fraction);
      tail = Math.exp(-x * x) / (2 * Math.sqrt(Math.PI) * (x + fraction));
    }
    return z < 0 ? tail : 1 - tail;
  }

  function quantileOfNormal(share) {
    // By halving: exact enough, and there are only three of them.
    let [low, high] = [-9, 9];
    for (let step = 0; step < 80; step += 1) {
      const middle = (low + high) / 2;
      if (shareOfNormal(middle) < share) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  return { compare, holm, interval, signFlip, shareOfNormal, quantileOfNormal };
})();
