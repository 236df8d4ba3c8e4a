"""Marks and rewards of all texts into the curve: what is to be expected of the best of n, for every n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import weval
from weval.bench.best_of.choosing import chances, numbers_of_texts
from weval.bench.best_of.rating import Rated
from weval.bench.best_of.result import BestOf, BestOfResult, Point, Texts
from weval.bench.compare import item_differences
from weval.bench.figures import Sheet, headline_of
from weval.bench.finish import BenchOutcome
from weval.bench.items import Figure, Row, Share
from weval.bench.result import Maker
from weval.errors import ResultError
from weval.estimates import means
from weval.evaluate import MAX_MISSING
from weval.metrics import FloatArray, correlation, default_resamples, pairwise_accuracy
from weval.results import Estimate
from weval.wording import counted

_DECIMALS = 12
"""What items gain beyond so many decimals is rounding."""


def best_of(
    folder: Path, samples: Sequence[BenchOutcome], rated: Rated, reward: Maker, resamples: int | None
) -> BestOf:
    """The result. Raises ResultError where not one item has the headline figure."""
    first = samples[0]
    n_resamples = resamples or default_resamples(len(first.items))
    marks = _Marks(samples, rated.rewards)
    rows = {n: marks.rows(n, rated.rewards) for n in numbers_of_texts(len(samples))}
    lost = [row for row in rows[1] if row.shares.get(marks.headline.name, ()) is None]
    n_scored = sum(bool(row.shares.get(marks.headline.name)) for row in rows[1])
    if not n_scored:
        why = f", for example: {lost[0].why}" if lost else ""
        raise ResultError(f"{folder}: not one of {counted(len(first.items), 'item')} has a best of n{why}")
    kendall, accuracy = _ranking(marks, rated.rewards, n_resamples)
    result = BestOfResult(
        benchmark=first.result.benchmark,
        headline=marks.headline.name,
        stamps=first.result.stamps,
        writer=first.result.writer,
        judge=first.result.judge,
        reward=reward,
        n_texts=len(samples),
        n_items=len(first.items),
        n_scored=n_scored,
        n_missing=len(lost),
        texts=_texts(rated),
        points=_points(marks, rows, rated, n_resamples),
        kendall=kendall,
        accuracy=accuracy,
        unscored=dict(Counter(rated.unscored).most_common(20)),
        missing=dict(Counter(str(row.why) for row in lost).most_common(20)),
        resamples=n_resamples,
        notices=tuple(_notices(rated, len(lost), n_scored)),
        versions={"weval": weval.__version__, "numpy": np.__version__},
    )
    return BestOf(folder, result, samples, rows)


class _Marks:
    """What the benchmark says of every text: the rows of the samples, and the headline as an array (items, N).

    An item has a figure if each of its texts that could be chosen has it, so that it is of the same items for every n.
    """

    def __init__(self, samples: Sequence[BenchOutcome], rewards: FloatArray) -> None:
        self.figures: Sequence[Figure] = samples[0].benchmark.figures
        self._of_items: list[tuple[Row, ...]] = list(zip(*(sample.rows for sample in samples), strict=True))
        self._can_be_chosen = ~np.isnan(rewards)
        self.headline = headline_of(self.figures, [row for sample in samples for row in sample.rows])
        name = self.headline.name
        self.values = np.array([[_value(row.shares.get(name)) for row in rows] for rows in self._of_items])

    def rows(self, n: int, preferred: FloatArray) -> list[Row]:
        """What every item comes to if the best of n by `preferred` (items, N) is taken."""
        return [self._row(at, chances(preferred[at], n)) for at in range(len(self._of_items))]

    def ceiling(self) -> FloatArray:
        """By what the judge itself would choose among the texts that could be chosen: its marks, higher being better;
        NaN for all texts of an item without the headline.
        """
        marks = np.where(self._can_be_chosen, self.values if self.headline.higher else -self.values, np.nan)
        marks[(np.isnan(self.values) & self._can_be_chosen).any(axis=1)] = np.nan
        return marks

    def _row(self, at: int, chance: FloatArray) -> Row:
        texts, able = self._of_items[at], np.flatnonzero(self._can_be_chosen[at]).tolist()
        names: dict[str, Share | None] = {name: None for row in texts for name in row.shares}
        weights = {name: weight for row in texts for name, weight in row.weights.items()}
        if not able:
            said = next((row.why for row in texts if row.why), None)
            return Row(texts[0].item, names, said or "none of its texts has a reward", weights=weights)
        shares: dict[str, Share | None] = {}
        for name in names:
            of_texts = [texts[k].shares.get(name, (0.0, 0.0)) for k in able]
            shares[name] = _expected([share for share in of_texts if share is not None], chance[able], len(of_texts))
        why = next((texts[k].why for k in able if None in texts[k].shares.values()), None)
        return Row(texts[0].item, shares, why, weights=weights)


def _expected(shares: Sequence[Share], chance: FloatArray, n: int) -> Share | None:
    """The share that is to be expected of `n` texts with such chances; None where one of the shares is missing."""
    if len(shares) < n:
        return None
    total, weight = (chance @ np.array(shares)).tolist()
    return total, weight


def _value(share: Share | None) -> float:
    return share[0] / share[1] if share and share[1] else np.nan


def _points(marks: _Marks, rows: dict[int, list[Row]], rated: Rated, n_resamples: int) -> tuple[Point, ...]:
    sheets = {n: Sheet(marks.figures, of_items) for n, of_items in rows.items()}
    k, preferred, points = list(marks.figures).index(marks.headline), marks.ceiling(), []
    for n, sheet in sheets.items():
        gained = gains(sheet, sheets[1], k)
        ceiling = Sheet((marks.headline,), marks.rows(n, preferred)).estimates(n_resamples)[marks.headline.name]
        lengths = np.array(
            [_length(reward, words, n) for reward, words in zip(rated.rewards, rated.words, strict=True)]
        )
        points.append(
            Point(
                n=n,
                figures=sheet.estimates(n_resamples),
                gain=_mean(gained, n_resamples) if n > 1 else None,
                ceiling=ceiling.estimate,
                words=_mean(lengths, n_resamples),
            )
        )
    return tuple(points)


def gains(one: Sheet, two: Sheet, k: int) -> FloatArray:
    """What each item adds to the difference of a figure, as `item_differences`; 0 where only rounding is left of it."""
    found: FloatArray = np.round(item_differences(one, two, k), _DECIMALS)
    return found


def _length(rewards: FloatArray, words: FloatArray, n: int) -> float:
    """How many words the best of n is to be expected to have; NaN where none can be chosen."""
    chance = chances(rewards, n)
    chosen = chance > 0
    return float(chance[chosen] @ words[chosen]) if chosen.any() else np.nan


def _ranking(marks: _Marks, rewards: FloatArray, n_resamples: int) -> tuple[Estimate | None, Estimate | None]:
    """How rewards rank an item's texts by the judge's marks: Kendall's correlation, and the share of pairs."""
    sign = 1.0 if marks.headline.higher else -1.0
    found = np.full((len(rewards), 2), np.nan)
    for at, (reward, mark) in enumerate(zip(rewards, marks.values * sign, strict=True)):
        known = np.isfinite(reward) & ~np.isnan(mark)
        if known.sum() > 1:
            gold, scores = mark[None, known], reward[None, known]
            found[at] = correlation(gold, scores)[0], pairwise_accuracy(gold, scores)[0]
    kendall = means(["kendall"], found[:, :1], n_resamples, (-1.0, 1.0))["kendall"]
    return kendall, means(["accuracy"], found[:, 1:], n_resamples, (0.0, 1.0))["accuracy"]


def _mean(values: FloatArray, n_resamples: int) -> Estimate | None:
    return means(["mean"], values[:, None], n_resamples)["mean"] if len(values) else None


def _texts(rated: Rated) -> Texts:
    unwritten = np.isnan(rated.words)
    return Texts(
        n=rated.rewards.size,
        n_unwritten=int(unwritten.sum()),
        n_empty=int(np.isneginf(rated.rewards).sum()),
        n_unscored=int((np.isnan(rated.rewards) & ~unwritten).sum()),
        n_items_alike=rated.n_alike,
    )


def _notices(rated: Rated, n_lost: int, n_scored: int) -> Iterator[str]:
    if rated.n_alike:
        yield f"all texts are the same on {counted(rated.n_alike, 'item')}: there is nothing to choose"
    unscored = int((np.isnan(rated.rewards) & ~np.isnan(rated.words)).sum())
    if unscored > MAX_MISSING * rated.rewards.size:
        yield f"{unscored / rated.rewards.size:.1%} of the texts have no reward, and are never chosen"
    if n_lost > MAX_MISSING * (n_lost + n_scored):
        yield f"{n_lost / (n_lost + n_scored):.1%} of the items are missing; see the bounds"
