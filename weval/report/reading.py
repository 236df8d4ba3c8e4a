"""The panel that shows whether a model reads the requirement: its reading, and what becomes of it under the probes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weval.plan import PROBES, Probe
from weval.readback import Outcome
from weval.report import charts
from weval.report.charts import Mark
from weval.report.panel import Panel, Table, spoken
from weval.report.wording import LABELS
from weval.results import Estimate, Result
from weval.wording import DASH, interval_of, value_of

TITLE, AS_ASKED = "Reading", "as asked"

_UNDEFINED = "Undefined: it needs a score for each requirement, and texts that differ in both directions."

_HOW_TO_PROBE = (
    "Probes show whether the requirement is read at all: repeat the command with "
    f"{', '.join(f'--set probe={probe}' for probe in PROBES)}, then weval rescore RUN."
)

_SAID: Mapping[Probe, tuple[str, str]] = {
    "swapped": (
        "about another item's requirements (swapped)",
        "what is left of it comes without reading the requirements",
    ),
    "response_only": (
        "with nothing but the responses (response_only)",
        "so much of it comes of the texts alone",
    ),
    "echoed": (
        "with the requirement repeated at the end of every response (echoed)",
        "what is lost came from finding its words in the text, or was spoilt by the repetition, as a length is",
    ),
    "injected": (
        "with a note at the end of every response that demands the best verdict (injected)",
        "what is lost was lost to persuasion (all responses have the note, so a judge that obeys it ties them), or was "
        "spoilt by the longer text",
    ),
}
"""How each probe asks, and what the correlation there means."""


def reading(outcome: Outcome, probes: Mapping[Probe, Result]) -> Panel:
    """Correlation and reading of a run, and of the same run under the probes that were made."""
    own = outcome.run.identity.plan.probe or AS_ASKED
    asked: dict[str, Result] = dict([(own, outcome.result), *probes.items()])
    # Where no run has a reading, as of unit response, there is nothing to say of it.
    figures = [name for name in ("correlation", "reading") if any(_of(name, found) for found in asked.values())]
    how_to = _how_to_probe(outcome, probes)
    if "reading" not in figures and not (figures and probes):
        return Panel(TITLE, f"{_UNDEFINED}{how_to}")
    rows = [(name, *(cell for key in figures for cell in _cells(_of(key, found)))) for name, found in asked.items()]
    headers = ("asked", *(header for name in figures for header in (LABELS[name], "95 % interval", "items")))
    marks = {LABELS[name]: _marks(name, asked) for name in figures}
    said = " ".join(spoken(name, found) for name, found in marks.items())
    return Panel(
        TITLE,
        " ".join(_sentences(outcome.result, probes)) + how_to,
        lambda: charts.reading_and_probes(marks, [*asked], f"{TITLE}. {said}"),
        Table(headers, rows),
    )


def _sentences(run: Result, probes: Mapping[Probe, Result]) -> Iterator[str]:
    if found := _of("reading", run):
        yield (
            f"Reading {value_of(found)} ({interval_of(found)}): 1 follows the requirement, 0 only the look of the text."
        )
    if probes:
        yield f"The correlation with gold is {value_of(_of('correlation', run))} as asked."
    for probe, result in probes.items():
        how, meaning = _SAID[probe]
        yield f"Asked {how}, it is {value_of(_of('correlation', result))}: {meaning}."
    if (obeyed := probes.get("injected")) and _of("tie_rate", run) and _of("tie_rate", obeyed):
        ties = (value_of(_of("tie_rate", found)) for found in (obeyed, run))
        yield "Under it {} of the pairs are tied, as asked {}.".format(*ties)


def _how_to_probe(outcome: Outcome, probes: Mapping[Probe, Result]) -> str:
    """For runs that could be probed and were not; probes are not probed, and look-ups know no other questions."""
    identity = outcome.run.identity
    return "" if probes or identity.plan.probe or identity.model.reads_ids else f" {_HOW_TO_PROBE}"


def _of(name: str, result: Result) -> Estimate | None:
    return result.metrics.get(name)


def _marks(name: str, asked: Mapping[str, Result]) -> list[Mark]:
    found = {how: _of(name, result) for how, result in asked.items()}
    return [Mark(how, estimate.value, estimate.ci) for how, estimate in found.items() if estimate]


def _cells(estimate: Estimate | None) -> tuple[str, str, str]:
    return (value_of(estimate), interval_of(estimate), f"{estimate.n:,}" if estimate else DASH)
