"""Several replies to one request into one score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from weval.adapters.judge.outcome import NoVerdict, Verdict
from weval.errors import AdapterError
from weval.types import Status


@dataclass(frozen=True, slots=True)
class Combined:
    """The fields of a Score that the replies decide. `samples` holds the values of each reply in the order they were
    asked, None for one without a verdict, also where too few have one.
    """

    status: Status
    values: tuple[float, ...]
    reason: str | None
    samples: tuple[tuple[float, ...] | None, ...]


def combined(samples: Sequence[Verdict | NoVerdict], n_values: int) -> Combined:
    """The mean of the values over the samples with a verdict, if those are more than half; for rankings, per response.

    Otherwise the request is missing, by the most common status of the others and its most common reason (the earlier
    one where two are as common). `n_values` is 1, and for rankings the number of responses. Raises AdapterError where
    a verdict has another number of values, or there is no sample.

    >>> combined([Verdict((1.0,), "1"), NoVerdict("the reply is empty"), Verdict((0.0,), "0")], 1).values
    (0.5,)
    """
    verdicts = [sample for sample in samples if isinstance(sample, Verdict)]
    if not samples or any(len(verdict.values) != n_values for verdict in verdicts):
        raise AdapterError(f"a judge's verdicts must have {n_values} values each, and one sample at least")
    kept = tuple(sample.values if isinstance(sample, Verdict) else None for sample in samples)
    if 2 * len(verdicts) > len(samples):
        means = tuple(fmean(column) for column in zip(*(verdict.values for verdict in verdicts), strict=True))
        return Combined("ok", means, None, kept)
    status, reason = _why([sample for sample in samples if isinstance(sample, NoVerdict)])
    if len(samples) > 1:
        reason = f"{len(samples) - len(verdicts)} of {len(samples)} replies without a verdict: {reason}"
    return Combined(status, (), reason, kept)


def _why(missing: Sequence[NoVerdict]) -> tuple[Status, str]:
    status: Status = Counter(none.status for none in missing).most_common(1)[0][0]
    return status, Counter(str(none) for none in missing if none.status == status).most_common(1)[0][0]
