"""`weval agree` for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weval.agree import Agreement, Annotator, Coefficient, Labels, Majority, RankingAgreement, Rankings
from weval.report.tables import table, wrapped
from weval.report.wording import LABELS, RELEASED_WHY
from weval.results import Estimate
from weval.wording import DASH, counted, interval, number, value_of

_AMONG = "kappa: Fleiss, over pairs of candidates (first, second, tied). alpha: Krippendorff, ordinal, over places. "
_AMONG += "W: Kendall. 1 is perfect agreement; 0 is chance for kappa and alpha, and no common order for W."


def agreement_text(agreement: Agreement) -> str:
    """Agreement among annotators, then with gold, then annotator by annotator."""
    task = agreement.task
    title = agreement.ratings + (f" on {task.name} {task.version}" if task else "")
    parts = [wrapped(title), wrapped(_counts(agreement))]
    if rankings := agreement.rankings:
        parts += ["", *_rankings(rankings), wrapped(_AMONG)]
    if agreement.majority:
        parts += ["", _majority_table(agreement.majority)]
    if labels := agreement.labels:
        parts += ["", *_labels(labels)]
    parts += ["", _annotators_table(agreement.annotators)]
    notes = [f"note: {text}" for text in (*agreement.notices, *_remarks(agreement))]
    if agreement.majority:
        notes.append(RELEASED_WHY)
    return "\n".join([*parts, *(["", *map(wrapped, notes)] if notes else [])])


def _counts(agreement: Agreement) -> str:
    rankings, labels = agreement.rankings, agreement.labels
    parts = [counted(len(agreement.annotators), "annotator")]
    if rankings:
        parts.append(f"{counted(rankings.n_rankings, 'ranking')} of {counted(rankings.n_items, 'item')}")
    if labels:
        parts.append(f"{counted(labels.n_labels, 'label')} of {counted(labels.n_items, 'item')}")
    return ", ".join(parts)


def _rankings(rankings: Rankings) -> Iterator[str]:
    overall = rankings.overall
    yield table(
        ["rankings, among annotators", "value", "95 % interval", "items", "subjects"],
        [
            _row("kappa", overall.kappa, "pairs"),
            _row("alpha", overall.alpha, "candidates"),
            ("W", value_of(overall.w), *_rest(overall.w), ""),
        ],
    )
    yield ""
    if rankings.by_category:
        rows = [_part_row(name, found) for name, found in rankings.by_category.items()]
        yield table(["by category", "kappa", "95 % interval", "alpha", "W", "items"], rows)
        yield ""
    if rankings.by_requirement_type:
        rows = [_row(name, found) for name, found in rankings.by_requirement_type.items()]
        yield table(["by the type of what was dropped", "kappa", "95 % interval", "items", "pairs"], rows)
        yield ""


def _row(name: str, found: Coefficient | None, subjects: str = "") -> tuple[str, ...]:
    if found is None:
        return (name, DASH, DASH, "0", "0")
    counted = f"{found.n_subjects:,} {subjects}".rstrip()
    return (name, number(found.value), interval(found.ci), str(found.n_items), counted)


def _part_row(name: str, found: RankingAgreement) -> tuple[str, ...]:
    kappa, alpha = found.kappa, found.alpha
    return (
        name,
        number(kappa.value if kappa else None),
        interval(kappa.ci if kappa else None),
        number(alpha.value if alpha else None),
        value_of(found.w),
        str(kappa.n_items if kappa else 0),
    )


def _rest(estimate: Estimate | None) -> tuple[str, str]:
    return interval(estimate.ci if estimate else None), str(estimate.n if estimate else 0)


def _majority_table(majority: Majority) -> str:
    rows = [
        (LABELS[name], value_of(found), *_rest(found), number((majority.released or {}).get(name)))
        for name, found in majority.metrics.items()
    ]
    return table(["rankings, the majority and gold", "value", "95 % interval", "items", "released"], rows)


def _labels(labels: Labels) -> Iterator[str]:
    rows = [_row("Fleiss' kappa", labels.kappa)[:4], _row("Krippendorff's alpha, nominal", labels.alpha)[:4]]
    gold = labels.with_gold
    rows.append(("majority has the task's category", value_of(gold), *_rest(gold)))
    yield table(["categories", "value", "95 % interval", "items"], rows)
    if labels.confusions:
        confused = [(f"{found.gold} → {found.majority}", str(found.n)) for found in labels.confusions]
        yield ""
        yield table(["the task's category → the majority's", "items"], confused)


def _annotators_table(annotators: Mapping[str, Annotator]) -> str:
    rows = []
    for name, one in annotators.items():
        others = one.with_others
        rows.append(
            (
                name,
                str(one.n_rankings),
                value_of(one.with_gold),
                interval(one.with_gold.ci if one.with_gold else None),
                value_of(others),
                interval(others.ci if others else None),
                f"{others.n_pairs if others else 0:,}",
            )
        )
    return table(["annotator", "rankings", "gold", "95 % interval", "others", "95 % interval", "pairs"], rows)


def _remarks(agreement: Agreement) -> Iterator[str]:
    """What a reader must know before believing the figures."""
    rankings, labels, majority = agreement.rankings, agreement.labels, agreement.majority
    if len(agreement.annotators) == 1:
        yield "one annotator: agreement among annotators is undefined"
    if rankings and rankings.n_partial:
        of = f"{rankings.n_partial:,} of {counted(rankings.n_rankings, 'ranking')}"
        yield f"{of} leave candidates out, and count in kappa alone, not in alpha and W"
    if rankings and rankings.n_cycles:
        yield f"the majority goes round in a circle (a over b over c over a) in {counted(rankings.n_cycles, 'item')}"
    if majority and majority.n_left_out:
        left = counted(majority.n_left_out, "item")
        yield f"{left} left out of the majority and gold: nobody compared some pair of candidates"
    if labels and labels.n_undecided:
        yield f"{counted(labels.n_undecided, 'item')} without a majority category: two are given as often"
