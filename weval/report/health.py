"""Judge health in words: how answers ended, what order and chance do to them, and what missing ones could change."""

from __future__ import annotations

from collections.abc import Iterator

from weval.health import position_bias
from weval.report import charts
from weval.report.charts import Mark
from weval.report.panel import Panel, Table, spoken
from weval.report.wording import cost_text
from weval.results import AnswerShare, Estimate, Health, Interval, PairEstimate, Result
from weval.wording import DASH, counted, interval, interval_of, number

TITLE, TITLE_OF_OTHERS = "Judge health", "Missing answers"

Row = tuple[str, str, str, str]


def health_lines(result: Result) -> list[str]:
    """One line for each thing that is to be said; none of a model that computes and has answered everything."""
    health = result.health
    if health is None:
        return []
    parts = {
        "answers": _ends(result, health) if _is_judge(result) or _is_lacking(result, health) else [],
        "order": [*_order_parts(health)],
        "samples": [*_sample_parts(health)],
        "mass": [f"{number(health.mass.mean)} on average", f"{number(health.mass.smallest)} at least"]
        if health.mass
        else [],
        "bounds": [*_bound_parts(result)],
        "cost": [cost_text(result.cost)] if result.cost.usd is not None else [],
    }
    return [f"{name:9}{' · '.join(said)}" for name, said in parts.items() if said]


def health_panel(result: Result) -> Iterator[Panel]:
    """The panel of a judge, or of a model that left questions without an answer."""
    health = result.health
    if health is None or not (_is_judge(result) or _is_lacking(result, health) or result.n_missing):
        return
    title = TITLE if _is_judge(result) else TITLE_OF_OTHERS
    marks = [*_faults(health)]
    yield Panel(
        title,
        " ".join(_sentences(result, health)),
        lambda: charts.faults(marks, spoken(title, marks)),
        Table(("", "value", "95 % interval", "of"), [*_rows(result, health)]),
    )


def _is_judge(result: Result) -> bool:
    """Whether answers were written, or texts shown side by side."""
    health = result.health
    told = health and (health.first_wins or health.samples_per_question or health.mass)
    return bool(told) or result.cost.tokens_out is not None


def _is_lacking(result: Result, health: Health) -> bool:
    return bool(result.statuses.get("unanswered")) or any(
        share.count for status, share in health.answers.items() if status != "ok"
    )


def percent(share: float) -> str:
    """With one decimal; only what is all or nothing is said to be.

    >>> percent(0.123), percent(0.0001), percent(0.9999), percent(1.0)
    ('12.3 %', '<0.1 %', '>99.9 %', '100.0 %')
    """
    if 0 < share < 0.0005:
        return "<0.1 %"
    return ">99.9 %" if 0.9995 <= share < 1 else f"{100 * share:.1f} %"


def _ends(result: Result, health: Health) -> list[str]:
    """How answers ended: `ok` in any case, others where there are any; and how many never came."""
    ended = {_name(status): share for status, share in health.answers.items() if share.count or status == "ok"}
    waiting = result.statuses.get("unanswered", 0)
    shares = [f"{percent(share.value)} {name}" for name, share in ended.items()]
    return [*shares, f"{waiting:,} unanswered"] if waiting else shares


def _name(status: str) -> str:
    return "read" if status == "ok" else status


def _order_parts(health: Health) -> Iterator[str]:
    if flips := health.order_flips:
        yield f"{percent(flips.value)} of pairs flip"
    if first := health.first_wins:
        if health.order_flips:
            yield f"first shown wins {percent(first.value)}{_ends_of(first)}"
        else:
            chance = percent(health.first_wins_chance or 0.0)
            yield f"first shown ranked first {percent(first.value)}{_ends_of(first)}, by chance {chance}"


def _ends_of(estimate: Estimate) -> str:
    return "" if estimate.ci is None else f" [{100 * estimate.ci[0]:.0f}, {100 * estimate.ci[1]:.0f}]"


def _sample_parts(health: Health) -> Iterator[str]:
    if health.samples_per_question is None:
        return
    if agreement := health.self_agreement:
        yield f"{percent(agreement.value)} agree{_ends_of(agreement)}"
    yield f"{health.samples_per_question:.3g} per question"
    if health.samples_without_verdict:
        yield f"{percent(health.samples_without_verdict)} without a verdict"


def _bound_parts(result: Result) -> Iterator[str]:
    ends = _bounds(result)
    if result.n_missing and ends:
        yield f"correlation {number(ends[0])} to {number(ends[1])} if what is missing were worst or best"


def _bounds(result: Result) -> Interval:
    return result.health.bounds.get("correlation") if result.health else None


def _faults(health: Health) -> Iterator[Mark]:
    """What is 0 in a judge without fault."""
    for status, share in health.answers.items():
        if status != "ok":
            yield Mark(status, share.value, share.ci)
    if flips := health.order_flips:
        yield Mark("order flips", flips.value, flips.ci)
    if bias := position_bias(health):
        yield Mark("position bias", bias.value, bias.ci)
    if agreement := health.self_agreement:
        ends = agreement.ci and (1 - agreement.ci[1], 1 - agreement.ci[0])
        yield Mark("disagreement", 1 - agreement.value, ends)


def _sentences(result: Result, health: Health) -> Iterator[str]:
    if read := health.answers.get("ok"):
        yield f"{percent(read.value)} of {counted(read.n, 'question')} ended with an answer that could be read."
    if waiting := result.statuses.get("unanswered"):
        yield f"{counted(waiting, 'more question')} {'has' if waiting == 1 else 'have'} no answer yet."
    if flips := health.order_flips:
        yield (
            f"Shown the other way round, {percent(flips.value)} of the pairs get another verdict; in "
            f"{percent(health.reversals.value if health.reversals else 0.0)} of all pairs the same place wins both "
            "times."
        )
    if first := health.first_wins:
        wins = "wins" if health.order_flips else "is ranked first"
        yield (
            f"The text shown first {wins} {percent(first.value)} of the time; "
            f"{percent(health.first_wins_chance or 0.0)} if the order did not matter."
        )
    yield from _doubts(health)
    if _bounds(result) and result.n_missing:
        low, high = (number(end) for end in _bounds(result) or ())
        missing = counted(result.n_missing, "missing item")
        yield f"With {missing} at the worst or at the best, the correlation would be {low} or {high}."
    yield "Drawn is what a judge without fault has at 0."


def _doubts(health: Health) -> Iterator[str]:
    """Of judges that were asked several times, or that gave probabilities."""
    if agreement := health.self_agreement:
        yield (
            f"Asked the same again, it gives the same verdict {percent(agreement.value)} of the time; that it agrees "
            "with itself does not make it right."
        )
    if mass := health.mass:
        yield (
            f"All answers together have {percent(mass.mean)} of the probability on average, and "
            f"{percent(mass.smallest)} at least. The rest went to other words, unknown to an expected score."
        )


def _rows(result: Result, health: Health) -> Iterator[Row]:
    for status, share in health.answers.items():
        yield _answer_row(_name(status), share)
    if health.order_flips:
        yield _row("pairs that flip with the order", health.order_flips)
        yield _row("the same place wins both times", health.reversals)
    if health.first_wins:
        yield _row("first shown wins" if health.order_flips else "first shown is ranked first", health.first_wins)
        yield "the same, if the order did not matter", number(health.first_wins_chance), "", ""
    if health.early_preference:
        yield _row("rank correlation with being shown early", health.early_preference)
    if health.samples_per_question is not None:
        yield _row("pairs of samples that agree", health.self_agreement)
        yield "samples per question", f"{health.samples_per_question:.3g}", "", ""
        yield "samples without a verdict", number(health.samples_without_verdict), "", ""
    if health.mass:
        questions = counted(health.mass.n, "question")
        yield "probability on answers, mean", number(health.mass.mean), "", questions
        yield "probability on answers, smallest", number(health.mass.smallest), "", questions
    if result.n_missing:
        yield "correlation, missing at worst to best", "", interval(_bounds(result)), counted(result.n_items, "item")


def _answer_row(name: str, share: AnswerShare) -> Row:
    return name, number(share.value), interval(share.ci), f"{share.count:,} of {counted(share.n, 'question')}"


def _row(name: str, found: Estimate | PairEstimate | None) -> Row:
    if found is None:
        return name, DASH, DASH, ""
    of = counted(found.n_pairs, "pair") if isinstance(found, PairEstimate) else counted(found.n, "item")
    return name, number(found.value), interval_of(found), of
