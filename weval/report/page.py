"""report.html: one self-contained page per run. No script, nothing from another host, every foreign text escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weval.errors import ConfigError, missing_extra
from weval.files import os_message, write_text
from weval.plan import Probe
from weval.readback import Outcome, ScoredRun, probes_of
from weval.report.certified import certificate_lines
from weval.report.excerpts import excerpt, shown
from weval.report.insights import insights
from weval.report.panel import Panel
from weval.report.panels import panels
from weval.report.svg import can_draw, drawing
from weval.report.wording import LABELS, MEANINGS, PROBED, RELEASED_WHY, cost_text, counts, heading, remarks
from weval.report.worst import worst_items
from weval.results import Estimate, PairEstimate, Result
from weval.store import REPORT
from weval.wording import interval, number, value_of

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

FINGERPRINT_BYTES = 4_000

_MARK, _MARKED_WITHIN = b'<meta name="generator" content="weval">', 400
"""What tells a page of ours from other files."""


def write_report(outcome: Outcome) -> Path:
    """Writes the page into the run folder and returns where it lies."""
    path = outcome.folder / REPORT
    write_text(path, page(outcome))
    return path


def page(outcome: Outcome) -> str:
    """The page as HTML: the same for the same run, under 1.5 MB whatever the texts are."""
    result = outcome.result
    found = panels(outcome, _probes(outcome.run))
    return (
        environment()
        .get_template("run.html.j2")
        .render(
            result=result,
            heading=heading(result),
            counts=counts(result),
            remarks=remarks(result),
            labels=LABELS,
            meanings=MEANINGS,
            released_why=RELEASED_WHY,
            insights=insights(result),
            panels=list(zip(found, draw(found), strict=True)),
            no_charts=None if can_draw() else how_to_draw("weval rescore RUN"),
            worst=worst_items(outcome.run),
            worst_intro=_worst_intro(outcome.run),
            fingerprint=fingerprint_text(result.model.fingerprint),
            cost=cost_text(result.cost),
            certificate=certificate_lines(outcome.run.certificate) if outcome.run.certificate else [],
            recomputed=bool(outcome.run.certificate and outcome.run.certificate.drift),
        )
    )


def check_page(path: Path) -> None:
    """Raises ConfigError where a page may not be written: over a folder, or a file that is no page of ours."""
    try:
        if path.is_dir() or not path.name:
            raise ConfigError(f"--out {path}: is a folder; name a file in it, as {path / 'compare.html'}")
        if path.exists() and not path.is_file():  # a pipe or a device could be waited for, or replaced
            raise ConfigError(f"--out {path}: is not a regular file")
        if path.exists():
            with path.open("rb") as file:
                if _MARK not in file.read(_MARKED_WITHIN):
                    raise ConfigError(f"--out {path}: is there already, and no page of weval; name another file")
    except OSError as error:
        raise ConfigError(f"--out {path}: {os_message(error)}") from error


@cache
def environment() -> Environment:
    """The templates of a run's page. Compiled once."""
    from jinja2 import PackageLoader

    return templates(PackageLoader("weval.report"))


def templates(loader: BaseLoader) -> Environment:
    """Templates that escape all they are given, in a sandbox, and are strict about what is missing."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    found: Environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: shown(value) if type(value) is str else value,  # names too, wherever they are printed
    )
    found.filters |= {"number": number, "interval": interval, "value": value_of, "bar": _bar}
    return found


def draw(found: list[Panel]) -> list[Markup | None]:
    """The charts of the panels; None where there is nothing to draw, or matplotlib is not installed."""
    if not can_draw():
        return [None] * len(found)
    with drawing():
        return [panel.draw() if panel.draw else None for panel in found]


def how_to_draw(command: str) -> str:
    """How to get the charts where matplotlib is not installed; `command` writes the page again."""
    return f"{missing_extra('matplotlib', 'analysis', 'Drawing charts')}, then: {command}"


def fingerprint_text(fingerprint: Mapping[str, Any]) -> str:
    """What a model says it is; the whole of it stands in result.json."""
    found = excerpt(json.dumps(fingerprint, ensure_ascii=False), FINGERPRINT_BYTES)
    return found.text + ("…" if found.left_out else "")


def _probes(run: ScoredRun) -> dict[Probe, Result]:
    """The probes of a run; a probe has none of its own."""
    return {} if run.identity.plan.probe else probes_of(run)


def _worst_intro(run: ScoredRun) -> str:
    said = (
        "The scored items with the lowest correlation, lowest first. Candidates stand in gold order, best first. For "
        "each requirement: whether the text was written to it, whether a check finds it met (if it has one)"
    )
    said += ", and its score." if run.joined.unit == "requirement" else "."
    return said + (f" {PROBED[run.identity.plan.probe]}" if run.identity.plan.probe else "")


def _bar(estimate: Estimate | PairEstimate | None, low: float, high: float) -> dict[str, float] | None:
    """Where a value and its interval stand between two ends, in percent."""
    if estimate is None:
        return None
    ends = estimate.ci or (estimate.value, estimate.value)
    at, start, end, zero = (100 * (min(max(x, low), high) - low) / (high - low) for x in (estimate.value, *ends, 0.0))
    return {"at": at, "start": start, "width": end - start, "zero": zero}
