"""What a critic is worth: run as a judge on instances that it did not see, its scores beside its teacher's."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from pydantic import Field

from weval.adapters import open_adapter
from weval.estimates import shares_of_pairs
from weval.evaluate import EvaluateOptions
from weval.files import one_line, write_json
from weval.folders import new_folder
from weval.plan import PlanOptions
from weval.results import PairEstimate
from weval.run import Watcher
from weval.settings import divide
from weval.tasks import DataOptions
from weval.training.card import add_section
from weval.training.folder import PRESET, RUNS
from weval.training.measuring import as_set
from weval.training.start import Training
from weval.training.supervised.critic import Asking
from weval.training.supervised.instances import Instance
from weval.types import Adapter, Paid, Record
from weval.wording import DASH, interval_of, value_of

JUDGED = "judged.json"
"""In the folder of a training run."""

HEADING = "As a judge"
"""Of its section in the card."""

EXPLAINED = (
    "Asked as a judge about responses that it did not see. *Error*: the mean difference from the teacher's score, 1 to "
    "10, over replies that could be read; beside it that of one who always gives the teacher's median score. "
    "*Ranking*: of two instances of a query that the teacher scored differently, the share ranked as the teacher did "
    "minus the share ranked the other way (equal scores count for neither). 95 % intervals over queries."
)

FARTHEST = 9.0
"""Between the lowest score and the highest."""

Scores = Mapping[str, float]
"""By instance; what could not be read is not there."""


class Judged(Record):
    """judged.json. `gain` is the error of the constant minus the critic's, on the same instances. `reasons` are those
    of replies that could not be read, the most frequent first.
    """

    n_instances: int
    constant: int
    readable: PairEstimate | None
    error: PairEstimate | None
    error_of_constant: PairEstimate | None
    gain: PairEstimate | None
    ranking: PairEstimate | None
    reasons: dict[str, int] = Field(default_factory=dict)


def measure_critic(training: Training, held: Sequence[Instance], taught: Sequence[Instance], asking: Asking) -> None:
    """Asks the finished critic about instances that were held out; writes judged.json and a table into the card.

    `taught` are those that it was trained on: the constant is their median. Nothing where none was held out. Raises
    WevalError where it cannot be asked.
    """
    if not held:
        return
    _, own = divide(as_set(training.profile.measure.settings), PlanOptions, EvaluateOptions, DataOptions)
    adapter = open_adapter(f"preset:{training.out / PRESET}", own)
    scores, reasons = scores_by(adapter, held, asking, training.out / RUNS / "heldout", training.watcher)
    found = judged(held, scores, constant_of(taught)).model_copy(update={"reasons": reasons})
    write_json(training.out / JUDGED, found)
    add_section(training.out, HEADING, f"{EXPLAINED}\n\n{judged_table(found)}")


def scores_by(
    adapter: Adapter, instances: Sequence[Instance], asking: Asking, folder: Path, watcher: Watcher
) -> tuple[dict[str, float], dict[str, int]]:
    """What a judge gives each instance, and why replies had no score. Replies are kept in the folder, so that they need
    not be made again.
    """
    if isinstance(adapter, Paid):
        adapter.keep_in(new_folder(folder))
    names = {asking.request(one).id: one.id for one in instances}
    found, reasons = dict[str, float](), dict[str, int]()
    watcher.counts("scoring", "scored")
    watcher.started(len(instances), 0)
    for score in adapter.score(asking.request(one) for one in instances):
        if score.status == "ok":
            found[names[score.request_id]] = score.values[0]
        else:
            reason = one_line(score.reason or score.status, 80)
            reasons[reason] = reasons.get(reason, 0) + 1
        watcher.scored()
    return found, dict(sorted(reasons.items(), key=lambda each: -each[1])[:5])


def constant_of(taught: Iterable[Instance]) -> int:
    """The score that is nearest to all of them: their median, the lower one of two."""
    return int(statistics.median_low(one.score for one in taught))


def judged(instances: Sequence[Instance], scores: Scores, constant: int) -> Judged:
    """Figures of scores beside the teacher's. A reply without a score counts in `readable` only."""
    queries: dict[str, list[Instance]] = {}
    for one in instances:
        queries.setdefault(one.query, []).append(one)
    read = {query: [one for one in each if one.id in scores] for query, each in queries.items()}
    own = {query: [abs(scores[one.id] - one.score) for one in each] for query, each in read.items()}
    fixed = {query: [float(abs(constant - one.score)) for one in each] for query, each in read.items()}
    gains = {query: [b - a for a, b in zip(own[query], fixed[query], strict=True)] for query in own}
    seen = {query: [float(one.id in scores) for one in each] for query, each in queries.items()}
    ranked = {query: _ranked(each, scores) for query, each in read.items()}
    return Judged(
        n_instances=len(instances),
        constant=constant,
        readable=_share(seen, (0.0, 1.0)),
        error=_share(own, (0.0, FARTHEST)),
        error_of_constant=_share(fixed, (0.0, FARTHEST)),
        gain=_share(gains, (-FARTHEST, FARTHEST)),
        ranking=_share(ranked, (-1.0, 1.0)),
    )


def _ranked(instances: Sequence[Instance], scores: Scores) -> list[float]:
    """Of each pair that the teacher scored differently: 1 ranked the same, -1 the other way, 0 neither."""
    return [
        float(np.sign(one.score - other.score) * np.sign(scores[one.id] - scores[other.id]))
        for one, other in combinations(instances, 2)
        if one.score != other.score
    ]


def _share(values: Mapping[str, Sequence[float]], limits: tuple[float, float]) -> PairEstimate | None:
    """The mean over all values; queries are resampled."""
    known = [each for each in values.values() if each]
    if not known:
        return None
    sums, counts = np.array([sum(each) for each in known]), np.array([len(each) for each in known], dtype=np.int64)
    return shares_of_pairs({"": (sums, counts)}, limits=limits)[""]


def judged_table(found: Judged) -> str:
    """The figures as a table in Markdown."""
    rows = {
        "readable replies": found.readable,
        "error": found.error,
        f"error of always {found.constant}": found.error_of_constant,
        "gain over that": found.gain,
        "ranking": found.ranking,
    }
    lines = ["| figure | value | 95 % interval | of |", "|---|---|---|---|"]
    for name, figure in rows.items():
        n = f"{figure.n_pairs:,}" if figure else DASH
        lines.append(f"| {name} | {value_of(figure)} | {interval_of(figure)} | {n} |")
    if found.reasons:
        said = "; ".join(f"{n:,} × {reason}" for reason, n in found.reasons.items())
        lines += ["", f"Not read: {said}.".replace("|", "\\|").replace("<", "&lt;")]
    return "\n".join(lines)
