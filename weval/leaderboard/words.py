"""What is said of submissions: in a terminal of 80 columns, and as JSON for machines."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from weval.bench.result import BenchResult
from weval.errors import visible
from weval.leaderboard.changes import figures_of
from weval.leaderboard.check import Verdict
from weval.leaderboard.rerun import Repeated
from weval.leaderboard.submit import Submitted
from weval.leaderboard.tree import Entry
from weval.report.reproduced_wording import counts_of_cells
from weval.report.tables import hanging, table
from weval.reproduce.outcome import Reproduction
from weval.results import Estimate, Result
from weval.wording import counted, interval_of, value_of

PUBLIC = "public: all that is in these files; the model's own words in its answers were left out"
PUBLIC_OF_WRITERS = "public: all that is in these files, of writers every text and every verdict on one"


def submitted_text(found: Sequence[Submitted], pull_request: str | None, eval_results: str | None) -> str:
    """What was written, what of it is public, and what to do next."""
    lines = [line for one in found for line in _submitted(one)]
    public = PUBLIC_OF_WRITERS if any(one.entry.is_writer for one in found) else PUBLIC
    lines += ["", *hanging("", public), ""]
    lines += [f"pull request: {pull_request}"] if pull_request else _next(found)
    if eval_results:
        lines += ["", "for .eval_results/weval.yaml in the model's own repository on the Hub:", "", eval_results]
    return "\n".join(lines)


def kept_text(place: Path, found: Reproduction) -> str:
    """Where a reproduction was written to, what of it could be made again, and what of it is public."""
    lines = [f"{visible(place.name)}: written to {visible(_near(place))}"]
    lines += hanging("  ", f"made again of what is kept: {counts_of_cells(found)}")
    return "\n".join([*lines, "", *hanging("", PUBLIC_OF_WRITERS)])


def _submitted(one: Submitted) -> Iterator[str]:
    figures = [
        (name, value_of(estimate, decimals), interval_of(estimate, decimals))
        for name, estimate, decimals in _figures(one.result)
        if estimate
    ]
    what = "replaced in" if one.replaced else "written to"
    yield f"{visible(one.card.name)} on {one.entry.task}: {what} {visible(_near(one.entry.folder))}"
    yield from (f"  {line}" for line in table(["", "value", "95 % interval"], figures).splitlines())
    if one.probes:
        yield from hanging("  ", f"with the probes {', '.join(one.probes)}")
    for probe in one.left_out:
        yield from hanging("  note: ", f"the probe {probe} that it had was of other scores, and is left out")
    for doubt in one.verdict.doubts:
        yield from hanging("  note: ", doubt)


def _figures(result: Result | BenchResult | None) -> list[tuple[str, Estimate | None, int]]:
    """The figures that are told first, each with its decimals: a benchmark's headline, or correlation and reading."""
    if isinstance(result, BenchResult):
        stamp = result.stamps[result.headline]
        return [(stamp.label, result.figures[result.headline].estimate, stamp.decimals)]
    metrics = result.metrics if result else {}
    return [(name, metrics[name], 3) for name in ("correlation", "reading") if name in metrics]


def _plain(result: Result | BenchResult | None) -> dict[str, float | None] | None:
    """The figures of a result by name."""
    if isinstance(result, BenchResult):
        return {name: one.estimate.value if one.estimate else None for name, one in result.figures.items()}
    return {str(name): value for name, value in figures_of(result).items()} if result else None


def _next(found: Sequence[Submitted]) -> Iterator[str]:
    """How a pull request is made of what was written: one for all."""
    models = {one.entry.owner: one for one in found}
    branch = f"submit-{next(iter(models)).replace('/', '-')}" + (
        f"-and-{len(models) - 1}-more" if len(models) > 1 else ""
    )
    tasks = sorted({one.entry.task for one in found})
    if not _in_a_clone(found[0].entry.root):
        yield from hanging(
            "", "next: look at it, then fork and clone the leaderboard's repository, copy into its results/"
        )
        yield from (f"  {shlex.quote(_near(one.entry.model_folder))}" for one in models.values())
        yield "and open a pull request with it"
        return
    yield "next: look at it, then open a pull request with it:"
    yield f"  git checkout -b {branch}"
    yield from (f"  git add {shlex.quote(_near(one.entry.model_folder))}" for one in models.values())
    message = f"Submit {', '.join(models)} ({', '.join(tasks)})"
    yield f"  git commit -m {shlex.quote(message)}"
    yield f"  git push origin {branch}"


def _in_a_clone(folder: Path) -> bool:
    """Whether a folder lies in the work tree of a repository."""
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def verdicts_text(verdicts: Sequence[Verdict]) -> str:
    """One line for each submission that is accepted, all problems of each that is refused."""
    lines = [line for verdict in verdicts for line in _verdict(verdict)]
    refused = sum(not verdict.accepted for verdict in verdicts)
    said = counted(len(verdicts), "submission")
    return "\n".join([*lines, *([""] if lines else []), f"{said} checked, {refused or 'none'} refused"])


def _verdict(verdict: Verdict) -> Iterable[str]:
    if verdict.reproduction:
        yield from hanging(f"ok       {place(verdict.entry)}: ", f"{counts_of_cells(verdict.reproduction)}; made again")
    elif verdict.accepted:
        name, found, decimals = next(iter(_figures(verdict.result)), ("correlation", None, 3))
        yield f"ok       {place(verdict.entry)}: {name} {value_of(found, decimals)}, recomputed"
    else:
        yield f"refused  {place(verdict.entry)}"
        for problem in verdict.problems:
            yield from hanging("  - ", problem)
    for doubt in verdict.doubts:
        yield from hanging("  note: ", doubt)


def refused_line(entry: Entry, problems: Sequence[str]) -> str:
    """A submission that is left out, on one line, with the first of its problems."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"refused {place(entry)}: {visible(problems[0]) if problems else 'no reason was given'}{more}"


def place(entry: Entry) -> str:
    """model/task, or the model alone; a name of a file, which may hold anything, ends no line."""
    return visible(f"{entry.owner}/{entry.task}" if entry.task else entry.owner)


def repeated_text(found: Repeated) -> str:
    """What a repetition found, and how that was decided."""
    rerun = found.rerun
    lines = [
        f"{'confirmed' if rerun.confirmed else 'not confirmed'}: {place(found.entry)}",
        f"  {counted(rerun.n, 'request')} of {found.n_questions:,} asked again (--seed {rerun.seed} draws the same)",
        f"  {rerun.within:,} as submitted, {found.equal:,} of them the same to the last digit",
        f"  largest change {rerun.largest:.3g}; as submitted is up to {rerun.tolerance:.3g}",
    ]
    lines += hanging("    ", found.rule)
    if not found.compared:
        lines += hanging(
            "  note: ", "none of them has a score on both sides, so nothing can be confirmed; take more: -n"
        )
    for n, before, now in ((found.lost, "an answer", "none"), (found.gained, "no answer", "one")):
        if n:
            lines += hanging(
                "  note: ", f"{counted(n, 'request')} with {before} before and {now} now: not as submitted"
            )
    if found.unlike:
        lines += ["  what was asked is not what the submission names; so this is no confirmation:"]
        for difference in found.unlike:
            lines += hanging("  - ", difference)
    return "\n".join(lines)


def verdict_plain(verdict: Verdict) -> dict[str, Any]:
    """A verdict for machines."""
    return {
        "model": verdict.entry.owner,
        "task": verdict.entry.task or None,
        "accepted": verdict.accepted,
        "problems": verdict.problems,
        "doubts": verdict.doubts,
        "figures": _plain(verdict.result),
    }


def submitted_plain(one: Submitted) -> dict[str, Any]:
    """A submission for machines."""
    return {
        "model": one.entry.owner,
        "task": one.entry.task,
        "folder": str(one.entry.folder),
        "replaced": one.replaced,
        "probes": one.probes,
        "card": one.card.model_dump(mode="json", by_alias=True),
        "doubts": one.verdict.doubts,
        "figures": _plain(one.result),
    }


def repeated_plain(found: Repeated) -> dict[str, Any]:
    """A repetition for machines."""
    return found.rerun.model_dump(mode="json") | {
        "n_questions": found.n_questions,
        "compared": found.compared,
        "equal": found.equal,
        "lost": found.lost,
        "gained": found.gained,
        "unlike": found.unlike,
    }


def _near(path: Path) -> str:
    """A path as seen from here, where it lies below."""
    here = os.path.relpath(path)
    return str(path) if here.startswith(os.pardir) else here
