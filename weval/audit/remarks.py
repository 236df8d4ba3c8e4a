"""What a reader of a task's card must know of its gold, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from weval.audit.records import Audit, KeptSets, RequirementJudge, ResponseJudge, Share
from weval.errors import visible
from weval.results import Estimate, Interval
from weval.wording import counted, interval, number

FEW = 20
"""Below so many items an interval is not believed, and nothing is concluded from one."""


def remarks(audit: Audit) -> Iterator[str]:
    """The sentences, the weightiest first."""
    if audit.n_items < FEW:
        yield f"{counted(audit.n_items, 'item')}: too few to believe an interval, so nothing is concluded from one"
    yield from _checks(audit)
    yield from _length(audit)
    yield from _texts(audit)
    yield from _systems(audit)
    yield from _kept_sets(audit)
    for judge in audit.judges:
        yield from _judge(judge, audit.n_items)


def _checks(audit: Audit) -> Iterator[str]:
    if not audit.n_checked:
        yield "nothing here can be checked mechanically: whether kept requirements are met takes a judge (--judge RUN)"
        return
    of_all = f"{audit.n_checked:,} of {audit.n_requirements:,} requirements can be checked"
    met = audit.adherence.overall if audit.adherence else None
    if met is None:
        yield f"{of_all}, but nobody recorded which of them a candidate kept"
    else:
        kept = "" if met.kept is None else f"; kept, they are met in {_percent(met.kept.value)} of the cases"
        yield f"{of_all}{kept}"
    ceiling = audit.order.noise_ceiling if audit.order else None
    if met and met.dropped and ceiling:
        rate = _percent(met.dropped.value)
        often = f"are met anyway in {rate} of the cases" if met.dropped.count else "are never met"
        reached = number(ceiling.correlation.value)
        yield f"dropped requirements {often}: a perfect reader is expected to reach a correlation of {reached}"
    if audit.order and audit.order.falling and audit.order.falling.count:
        yield (
            f"in {_percent(audit.order.falling.value)} of the pairs that gold puts in order, checks find more "
            "requirements met by the text that kept fewer"
        )


def _length(audit: Audit) -> Iterator[str]:
    found = audit.length.correlation
    if found is None or not _believed(found):
        return
    figure = f"length correlates with gold at {number(found.value)} ({interval(found.ci)})"
    if _apart(found.ci):
        more, done = ("more", "rewarded") if found.value > 0 else ("less", "punished")
        yield f"longer texts kept {more}: {figure}, so that a scorer is {done} for liking long texts"
    else:
        yield f"no trend of length with gold is shown: {figure}"


def _texts(audit: Audit) -> Iterator[str]:
    found = audit.duplicates
    if found.near and found.near.count:
        item = found.near_examples[0]
        first, second = item.candidates
        yield (
            f"{_of(found.near, 'pair')} of candidates are nearly the same text, as "
            f"{_name(item.item)} {_name(first)} and {_name(second)} (similarity {item.similarity:.2f}): "
            "gold puts in order what a reader can hardly tell apart"
        )
    if found.responses and found.responses.count:
        here, there = found.response_examples[0]
        yield (
            f"{_of(found.responses, 'response')} stand in another item too, as {_name(here.item)} "
            f"{_name(here.candidate)} in {_name(there.item)} {_name(there.candidate)}"
        )
    if found.instructions and found.instructions.count:
        one, other = found.instruction_examples[0]
        yield (
            f"{_of(found.instructions, 'instruction')} stand in another item too, as that of {_name(one)} in "
            f"{_name(other)}: items are not independent, and intervals too narrow"
        )
    if found.empty and found.empty.count:
        place = found.empty_examples[0]
        yield f"{_of(found.empty, 'response')} are empty, as {_name(place.item)} {_name(place.candidate)}"


def _systems(audit: Audit) -> Iterator[str]:
    found = audit.writing_systems
    if found.foreign and found.foreign.count:
        case = found.examples[0]
        trend = found.correlation
        goes = ""
        if trend and _believed(trend) and _apart(trend.ci):
            goes = f", and the more so the {'more' if trend.value > 0 else 'fewer'} requirements they kept"
        yield (
            f"{_of(found.foreign, 'response')} are in another writing system than the instruction{goes}, as "
            f"{_name(case.item)} {_name(case.candidate)} ({case.response}, asked in {case.instruction}); "
            "a requirement may want it"
        )


def _kept_sets(audit: Audit) -> Iterator[str]:
    if audit.n_sets_known < audit.n_items:
        unknown = audit.n_items - audit.n_sets_known
        yield f"{unknown:,} of {audit.n_items:,} items say only how many requirements a candidate kept, not which"
    if audit.kept_sets is None:
        return
    yield from _positions(audit.kept_sets)
    nested = audit.kept_sets.nested
    if nested.count:
        yield f"kept sets are nested in {nested.count:,} of {counted(nested.n, 'item')}, which have no reading figure"


def _positions(found: KeptSets) -> Iterator[str]:
    """One sentence about all positions that were kept more, or less, often than chance explains."""
    parts = []
    for more, often in ((True, "more"), (False, "less")):
        leaks = [
            f"{name} ({_percent(position.kept.value)})"
            for name, position in found.positions.items()
            if _believed(position.excess) and _apart(position.excess.ci) and (position.excess.value > 0) == more
        ]
        if leaks:
            parts.append(f"{often} often at position {', '.join(leaks)}")
    if parts:
        yield (
            f"requirements are kept {' and '.join(parts)} than if positions told nothing: a reader can guess gold from "
            "their order"
        )


def _judge(judge: RequirementJudge | ResponseJudge, n_items: int) -> Iterator[str]:
    name = _name(judge.model)
    if judge.n_items < n_items:
        yield f"{name} was asked about the first {judge.n_items:,} of {n_items:,} items only"
    if not judge.n_answers:
        yield f"{name} gave no value, so it says nothing"
        return
    if judge.n_missing:
        yield f"{name} left {counted(judge.n_missing, 'question')} without a value; they are left out"
    if isinstance(judge, ResponseJudge):
        yield from _trend(name, judge.correlation)
    elif judge.adherence:
        met = judge.adherence.overall
        said = [
            f"{side} requirements are met {how}in {_percent(share.value)} of the cases"
            for side, how, share in (("kept", "", met.kept), ("dropped", "anyway ", met.dropped))
            if share
        ]
        yield f"{name} says: {', '.join(said)}"


def _trend(name: str, found: Estimate | None) -> Iterator[str]:
    if found is None or not _believed(found):
        return
    figure = f"correlation with gold {number(found.value)} ({interval(found.ci)})"
    if not _apart(found.ci):
        yield f"{name} shows no trend with what was kept: {figure}"
    else:
        low = "lower" if found.value > 0 else "higher"
        yield f"{name} scores texts that kept fewer requirements {low}: {figure}"


def _believed(found: Estimate) -> bool:
    return found.n >= FEW and found.ci is not None


def _apart(ci: Interval) -> bool:
    """Whether an interval leaves out 0."""
    return ci is not None and not ci[0] <= 0 <= ci[1]


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _of(share: Share, noun: str) -> str:
    return f"{share.count:,} of {counted(share.n, noun)}"


def _name(name: str) -> str:
    """Somebody's name in a sentence: on one line, and not longer than one."""
    return visible(name if len(name) <= 60 else f"{name[:59]}…")
