"""report.html: one self-contained page per run. No script, nothing from another host, every foreign text escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from weval.files import write_text
from weval.report.wording import (
    LABELS,
    LENGTH_BIAS,
    MEANINGS,
    RELEASED_WHY,
    counts,
    heading,
    interval,
    number,
    remarks,
    value_of,
)
from weval.results import Estimate, PairEstimate, Result
from weval.store import REPORT

if TYPE_CHECKING:
    from jinja2 import Environment


def write_report(result: Result, folder: Path) -> Path:
    """Writes the page into the run folder and returns where it lies."""
    path = folder / REPORT
    write_text(path, page(result))
    return path


def page(result: Result) -> str:
    """The page as HTML."""
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment: Environment = ImmutableSandboxedEnvironment(
        loader=PackageLoader("weval.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"number": number, "interval": interval, "value": value_of}
    return environment.get_template("run.html.j2").render(
        result=result,
        heading=heading(result),
        counts=counts(result),
        remarks=remarks(result),
        labels=LABELS,
        meanings=MEANINGS,
        released_why=RELEASED_WHY,
        length_bias=LENGTH_BIAS,
        bar=_bar,
    )


def _bar(estimate: Estimate | PairEstimate | None, low: float, high: float) -> dict[str, float] | None:
    """Where a value and its interval stand between two ends, in percent."""
    if estimate is None:
        return None
    ends = estimate.ci or (estimate.value, estimate.value)
    at, start, end, zero = (100 * (min(max(x, low), high) - low) / (high - low) for x in (estimate.value, *ends, 0.0))
    return {"at": at, "start": start, "width": end - start, "zero": zero}
