"""What is said of submissions in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from weval.leaderboard.check import Verdict
from weval.leaderboard.submit import Submitted
from weval.report.tables import table, wrapped
from weval.wording import counted, interval, value_of


def submitted_text(found: Sequence[Submitted], pull_request: str | None, eval_results: str | None) -> str:
    """What was written, what of it is public, and what to do next."""
    lines = [line for one in found for line in _submitted(one)]
    if pull_request:
        lines += ["", f"pull request: {pull_request}"]
    else:
        branch = f"submit-{found[0].entry.model}"
        lines += [
            "",
            "next: look at it, then open a pull request with it:",
            f"  git checkout -b {branch}",
            *(f"  git add {one.entry.model_folder}" for one in {one.entry.model: one for one in found}.values()),
            f"  git commit -m 'Submit {found[0].entry.model}' && git push origin {branch}",
        ]
    if eval_results:
        lines += ["", "for .eval_results/weval.yaml in the model's own repository on the Hub:", "", eval_results]
    return "\n".join(lines)


def _submitted(one: Submitted) -> Iterator[str]:
    figures = [
        (name, value_of(estimate), interval(estimate.ci))
        for name in ("correlation", "reading")
        if (estimate := one.result.metrics.get(name))
    ]
    yield f"{one.card.name} on {one.entry.task}: {'replaced in' if one.replaced else 'written to'} {one.entry.folder}"
    yield table(["", "value", "95 % interval"], figures)
    if one.probes:
        yield f"with the probes {', '.join(one.probes)}"
    yield wrapped("public: all that is in these files; the model's own words in its answers were left out")
    for doubt in one.verdict.doubts:
        yield wrapped(f"note: {doubt}")


def verdicts_text(verdicts: Sequence[Verdict]) -> str:
    """One line for each submission that is accepted, all problems of each that is refused."""
    lines = [line for verdict in verdicts for line in _verdict(verdict)]
    refused = sum(not verdict.accepted for verdict in verdicts)
    said = counted(len(verdicts), "submission")
    return "\n".join([*lines, "", f"{said} checked, {refused or 'none'} refused"])


def _verdict(verdict: Verdict) -> Iterable[str]:
    found = verdict.result.metrics["correlation"] if verdict.result else None
    if verdict.accepted:
        yield f"ok       {verdict.entry}: correlation {value_of(found)}, recomputed"
    else:
        yield f"refused  {verdict.entry.model}{f'/{verdict.entry.task}' if verdict.entry.task else ''}"
        yield from (wrapped(f"  - {problem}") for problem in verdict.problems)
    yield from (wrapped(f"  note: {doubt}") for doubt in verdict.doubts)
