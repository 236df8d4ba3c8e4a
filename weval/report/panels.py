"""What a run's page shows beyond the headline: for each question a chart, what it shows in words, and its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from weval.peritem import BOUNDED
from weval.plan import Probe
from weval.readback import Outcome
from weval.report import charts
from weval.report.beside import score_text
from weval.report.charts import MAX_DOTS, Mark, Span
from weval.report.health import health_panel
from weval.report.lengths import relative_lengths
from weval.report.panel import (
    MAX_ROWS,
    Panel,
    Table,
    first_rows,
    marks_of,
    score_interval,
    short_name,
    spoken,
)
from weval.report.reading import reading
from weval.report.wording import EFFECT, LABELS
from weval.results import Estimate, PairEstimate, RequirementEffect, Result
from weval.wording import interval, interval_of, number, value_of

MAX_CATEGORIES = 20
"""In the chart; the table has more."""

LARGEST = 1e300
"""Score that can be drawn: beyond it the room around it overflows."""

Groups = Mapping[str, Mapping[str, Estimate | None]]


def panels(outcome: Outcome, probes: Mapping[Probe, Result]) -> list[Panel]:
    """All panels of a run, in the order of the page. `probes` are the results of the same run under probes."""
    result = outcome.result
    return [
        _kept(result),
        _effects(result),
        _gaps(result),
        reading(outcome, probes),
        *health_panel(result),
        _length(outcome),
        _ties(result),
        _categories(result),
        *_languages(result),
    ]


def _kept(result: Result) -> Panel:
    title, groups = "Score against requirements kept", result.diagnosis.score_by_kept
    found = {name: estimate for name, estimate in groups.items() if estimate}
    marks = marks_of(found)
    if not marks:
        return Panel(title, "Not known: the scores are too large for a mean.")
    flat = [f"from {low.name} to {high.name}" for low, high in pairwise(marks) if high.value <= low.value]
    ends = f"{score_text(marks[0].value)} at {marks[0].name} kept and {score_text(marks[-1].value)} at {marks[-1].name}"
    finding = f"The mean score, less the item's mean, is {ends}. "
    if not flat:
        finding += "It rises at every step."
    else:
        finding += "It rises at no step." if len(flat) == len(marks) - 1 else f"It does not rise {', '.join(flat)}."
    rows = [(k, score_text(e.value), score_interval(e.ci), f"{e.n:,}") for k, e in found.items()]
    drawable = all(abs(end) < LARGEST for mark in marks for end in mark.ends)
    return Panel(
        title,
        finding,
        (lambda: charts.score_by_kept(marks, spoken(title, marks, score_text))) if drawable else None,
        first_rows(("kept", "score", "95 % interval", "items"), rows),
    )


def _effects(result: Result) -> Panel:
    title, found = "Which requirements move the score", result.diagnosis.requirement_effect
    if not found:
        why = "Not known: no two candidates of an item differ in kept requirements whose types are recorded."
        return Panel(title, why)
    marks = [Mark(name, effect.beta, effect.ci) for name, effect in found.items()]
    groups = {
        "raise it": [mark.name for mark in marks if mark.ci and mark.ci[0] > 0],
        "lower it": [mark.name for mark in marks if mark.ci and mark.ci[1] < 0],
        "cannot be told from no effect": [mark.name for mark in marks if mark.ends[0] <= 0 <= mark.ends[1]],
    }
    said = "; ".join(f"{', '.join(names)} {what}" for what, names in groups.items() if names)
    rows = [_effect_row(name, effect, result.by.requirement_type.get(name)) for name, effect in found.items()]
    return Panel(
        title,
        f"Kept requirements of type {said}. {EFFECT}" if said else EFFECT,
        lambda: charts.requirement_effects(marks, spoken(title, marks)),
        Table(("type", "effect", "95 % interval", "accuracy", "95 % interval", "pairs"), rows),
    )


def _effect_row(name: str, effect: RequirementEffect, accuracy: PairEstimate | None) -> tuple[str, ...]:
    share = (value_of(accuracy), interval_of(accuracy), f"{effect.n_pairs:,}")
    return (name, number(effect.beta), interval(effect.ci), *share)


def _gaps(result: Result) -> Panel:
    title, found = "Accuracy on pairs, by how many requirements apart", result.by.dropped
    if not found:
        return Panel(title, "Not known: no two candidates of an item differ in how many requirements they kept.")
    marks = marks_of(found)
    rows = [(gap, value_of(e), interval(e.ci), f"{e.n_pairs:,}") for gap, e in found.items()]
    first, last = marks[0], marks[-1]
    finding = f"Of the pairs that are {first.name} apart, {first.value:.1%} are in gold order; a tie counts half."
    if len(marks) > 1:
        finding = f"{finding[:-1]}; of those {last.name} apart, {last.value:.1%}."
    return Panel(
        title,
        f"{finding} Guessing gets 50 %.",
        lambda: charts.accuracy_by_gap(marks, spoken(title, marks)),
        first_rows(("apart", "accuracy", "95 % interval", "pairs"), rows),
    )


def _length(outcome: Outcome) -> Panel:
    title, found = "Score against length", relative_lengths(outcome.run.joined)
    n = len(found.doublings)
    if not n:
        return Panel(title, "Undefined: every response is empty.")
    parts = found.parts(outcome.result.resamples)
    marks = [part.score for part in parts]
    finding = (
        f"{n:,} candidates, each against the mean of its item; the line joins the mean scores of shorter and longer "
        "ones. Gold may follow length too: the length bias above takes that off."
    )
    if n > MAX_DOTS:
        finding += " The darker a hexagon, the more candidates."
    if found.drawn:
        finding += f" They are those of {found.drawn:,} items, drawn at random."
    if found.n_empty:
        finding += f" Empty responses, left out: {found.n_empty:,}."
    trend = [(part.doublings, part.score.value) for part in parts]
    rows = [(part.score.name, number(part.score.value), interval(part.score.ci), f"{part.n:,}") for part in parts]
    return Panel(
        title,
        finding,
        lambda: charts.length_scatter(found.doublings, found.scores, trend, spoken(title, marks)),
        Table(("length", "mean score", "95 % interval", "candidates"), rows),
    )


def _ties(result: Result) -> Panel:
    title, rules = "What the rule for ties decides", result.diagnosis.tie_rules
    if not result.diagnosis.resolution.tied:
        return Panel(title, "Nothing: no two candidates of an item have the same score.")
    spans = [
        Span(LABELS[name], low, estimate.value, high, (result.released or {}).get(name))
        for name in BOUNDED
        for low, high in [(rules["adverse"][name], rules["favourable"][name])]
        if (estimate := result.metrics[name]) and low is not None and high is not None
    ]
    if not spans:
        return Panel(title, "Undefined, as the figures are.")
    rows = [(span.name, *(number(value) for value in span[1:])) for span in spans]
    said = ". ".join(
        f"{span.name} {number(span.expected)}, from {number(span.adverse)} to {number(span.favourable)}"
        for span in spans
    )
    finding = (
        f"{result.diagnosis.resolution.tied:.1%} of the pairs are tied. A band runs from ties put against gold to ties "
        "put in gold order; the dot in it is our figure, the expectation over all orders."
    )
    return Panel(
        title,
        finding,
        lambda: charts.tie_rules(spans, f"{title}. {said}."),
        Table(("", "against gold", "expectation", "in gold order", "released"), rows),
    )


def _categories(result: Result) -> Panel:
    title, groups = "By category", _largest(result.by.category, MAX_CATEGORIES)
    found = {name: estimate for name, parts in groups.items() if (estimate := parts.get("correlation"))}
    overall = result.metrics["correlation"]
    if not found or not overall:
        return Panel(title, "The items name no category." if not result.by.category else "Undefined.")
    marks = sorted(marks_of(found), key=lambda mark: -mark.value)
    finding = f"Correlation is highest in {_said(marks[0])} and lowest in {_said(marks[-1])}."
    if marks[0].value == marks[-1].value:
        finding = f"Correlation is the same in every category: {number(marks[0].value)}."
    if len(marks) == 1:
        finding = f"All items with a category are of one: {_said(marks[0])}."
    if len(result.by.category) > len(groups):
        finding += f" Drawn: the {len(groups)} categories with the most items, of {len(result.by.category):,}."
    return Panel(
        title,
        finding,
        lambda: charts.by_category(marks, overall.value, spoken(title, marks)),
        _parts_table("category", result.by.category),
    )


def _languages(result: Result) -> Iterator[Panel]:
    if result.by.language:
        yield Panel("By language", "", None, _parts_table("language", result.by.language))


def _parts_table(what: str, groups: Groups) -> Table:
    kept = _largest(groups, MAX_ROWS)
    rows = []
    for name, found in kept.items():
        estimate = found.get("correlation")
        others = (value_of(found.get(key)) for key in ("il", "pl", "reading"))
        items = f"{estimate.n:,}" if estimate else "0"
        rows.append((short_name(name), value_of(estimate), interval_of(estimate), *others, items))
    headers = (what, "correlation", "95 % interval", "IL", "PL", "reading", "items")
    return Table(headers, rows, len(groups) - len(kept))


def _largest(groups: Groups, limit: int) -> Groups:
    """The groups with the most items, in their own order."""
    sizes = {name: estimate.n if (estimate := found.get("correlation")) else 0 for name, found in groups.items()}
    kept = sorted(groups, key=lambda name: -sizes[name])[:limit]
    return {name: groups[name] for name in groups if name in {*kept}}


def _said(mark: Mark) -> str:
    return f"{mark.name} ({number(mark.value)})"
