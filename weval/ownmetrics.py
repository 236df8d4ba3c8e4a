"""Metrics of one's own: functions that the user names, held to the contract of weval.metrics.METRICS.

A metric is a function of gold (m, n) and scores (m, n), m items of n candidates each, to m numbers; NaN is undefined.
It is named as MODULE:FUNCTION, or as an installed package has it in the entry-point group `weval.metrics`. Only what
the user names now is ever imported: a run folder may say which metrics its figures are of; nothing is made of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from pydantic import Field

from weval.adapters.plugin import imported, loaded, told
from weval.errors import AdapterError, ConfigError, unknown
from weval.estimates import means
from weval.joined import SCORED, Joined
from weval.metrics import LIMITS, METRICS, FloatArray, IntArray
from weval.results import Estimate
from weval.types import Record

ENTRY_POINTS = "weval.metrics"

LARGEST = 1e150
"""Values beyond have no mean: sums of them, and squares, could overflow."""


class MetricOptions(Record):
    """Which metrics of their own a user wants beside those of weval."""

    metric: str | None = Field(default=None, description="metrics of your own: MODULE:FUNCTION, several with commas")


@dataclass(frozen=True, slots=True)
class OwnMetric:
    """A metric of the user's under the name that it was given by. `limits` are the ends of its range, if it says them.

    They are an attribute `limits` of the function: a mean at an end then has Wilson's interval.
    """

    name: str
    function: Callable[..., Any]
    limits: tuple[float, float] | None = None

    def of(self, joined: Joined) -> FloatArray:
        """Its value of each item in task order, (n_items,); NaN where it is undefined or the item is not scored.

        Raises AdapterError where the function fails or gives what it should not.
        """
        found = np.full(joined.n_items, np.nan)
        for block in joined.blocks:
            scored = block.states() == SCORED
            if scored.any():
                found[block.positions[scored]] = self._values(block.gold[scored], block.candidate_scores()[scored])
        return found

    def mean(self, values: FloatArray, resamples: int | None) -> Estimate | None:
        """The mean of its values of items over those that are not NaN, with its interval; None where all are."""
        return means([self.name], values[:, None], resamples, self.limits or (np.nan, np.nan))[self.name]

    def tried(self, gold: Sequence[int]) -> None:
        """Asks it about one item as if its scores were gold, and as if all were tied, before anything is paid for.

        Raises AdapterError.
        """
        self._values(np.array([gold, gold]), np.array([gold, [0] * len(gold)], dtype=np.float64))

    def _values(self, gold: IntArray, scores: FloatArray) -> FloatArray:
        """Its values, which neither the other items nor the order of the candidates may change: that order is gold's,
        and who leaves ties to it lets gold decide them.
        """
        values = self._called(gold, scores)
        alone, turned = self._called(gold[-1:], scores[-1:])[0], self._called(gold[:, ::-1], scores[:, ::-1])
        if not _same(values[-1:], alone):
            raise self._broken(f"gives an item {alone} by itself and {values[-1]} among others, or is left to chance")
        if not _same(values, turned):
            raise self._broken("depends on the order in which candidates stand, as where ties are left to it")
        return values

    def _called(self, gold: IntArray, scores: FloatArray) -> FloatArray:
        try:
            with np.errstate(all="ignore"):  # 0 / 0 is undefined, which is what it may say
                values = self.function(_read_only(gold), _read_only(scores))
        except (Exception, SystemExit) as error:
            raise self._broken(told(error)) from error
        if not isinstance(values, np.ndarray):
            raise self._broken(f"gave {type(values).__name__}, not an array of one number per item")
        if values.shape != gold.shape[:1]:
            raise self._broken(f"gave shape {values.shape} for gold {gold.shape}, not {gold.shape[:1]}")
        if values.dtype.kind not in "biuf":
            raise self._broken(f"gave {values.dtype}, not numbers")
        values = values.astype(np.float64)
        known = values[~np.isnan(values)]
        if (np.abs(known) > LARGEST).any():
            raise self._broken(f"gave {known[np.abs(known).argmax()]}; a value is finite, or NaN where it is undefined")
        low, high = self.limits or (-LARGEST, LARGEST)
        if (outside := known[(known < low) | (known > high)]).size:
            raise self._broken(f"gave {outside[0]}, which is not within its limits {low} to {high}")
        return values

    def _broken(self, how: str) -> AdapterError:
        return AdapterError(f"--set metric={self.name}: {how}")


def own_metrics(names: str | None) -> tuple[OwnMetric, ...]:
    """The metrics that a user names, with commas between, as --set metric takes them. They are imported now.

    Raises ConfigError for one that cannot be found, and for a name given twice.
    """
    found: dict[str, OwnMetric] = {}
    for name in [part.strip() for part in names.split(",")] if names is not None else ():
        if name in found:
            raise ConfigError(f"--set metric={name}: given twice")
        found[name] = _found(name)
    return tuple(found.values())


def own_figures(metrics: Sequence[OwnMetric], joined: Joined, resamples: int | None) -> dict[str, Estimate | None]:
    """The mean of each over the scored items that have a value, with its interval and their number; None without any.

    On the same resamples of items as weval's own figures of the run. Raises AdapterError.
    """
    scored = np.full(joined.n_items, False)
    for block in joined.blocks:
        scored[block.positions] = block.states() == SCORED
    return {metric.name: metric.mean(metric.of(joined)[scored], resamples) for metric in metrics}


def undefined(figures: Mapping[str, Estimate | None]) -> Iterator[str]:
    """A notice of each such figure that no item has a value of.

    >>> list(undefined({"mine:top2": None}))
    ['mine:top2 is undefined (NaN) for every item']
    """
    yield from (f"{name} is undefined (NaN) for every item" for name, found in figures.items() if found is None)


def installed() -> Mapping[str, metadata.EntryPoint]:
    """Metrics of installed packages by name. A figure of ours cannot be replaced."""
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINTS) if point.name not in LIMITS}


def metric_lines() -> dict[str, str]:
    """The metrics of weval, each with the first line of what its docstring says, then those of installed packages."""
    ours = {name: str(metric.__doc__).partition("\n")[0] for name, metric in METRICS.items()}
    return ours | {name: f"from {point.value}" for name, point in sorted(installed().items())}


def _found(name: str) -> OwnMetric:
    said = f"--set metric={name}"
    module, colon, function = name.partition(":")
    if colon:
        if not module or not function:
            raise ConfigError(f"{said}: is written --set metric=MODULE:FUNCTION")
        found = imported(name, said, "function")
    elif name in (points := installed()):
        found = loaded(points[name], said)
        if not callable(found):
            raise ConfigError(f"{said}: {points[name].value} is no function")
    elif name in LIMITS:
        raise ConfigError(f"{said}: is a figure that every result has")
    else:
        raise ConfigError(f"{unknown('metric', name, [*METRICS, *points])}; one of your own is MODULE:FUNCTION")
    return OwnMetric(name, found, _limits(found, said))


def _limits(function: Callable[..., Any], said: str) -> tuple[float, float] | None:
    limits = getattr(function, "limits", None)
    if limits is None:
        return None
    try:
        low, high = (float(end) for end in limits)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{said}: its `limits` are not two numbers, the lowest and the highest value") from error
    if not -LARGEST <= low < high <= LARGEST:
        raise ConfigError(f"{said}: its `limits` are {low} and {high}, not the lowest and the highest value")
    return low, high


def _read_only(array: Any) -> Any:  # noqa: ANN401 - an array of either kind
    """A copy that cannot be written to."""
    array = array.astype(np.int64 if array.dtype.kind == "i" else np.float64)
    array.flags.writeable = False
    return array


def _same(values: FloatArray, others: FloatArray) -> bool:
    """Whether they are the same but for the rounding of sums in another order."""
    return bool(np.allclose(values, others, rtol=1e-9, atol=1e-12, equal_nan=True))
