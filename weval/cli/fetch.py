"""`weval fetch`: bring files here, once: of a task, a benchmark, a judge's published prompt, or an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weval.cli.options import AsJson


def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A task, a benchmark, a prompt (see: weval list tasks) or the address of items."
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", readable=False, help="Take the files from a folder instead of the network."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download the files of a task, a benchmark or an official prompt, or take them from a folder, all verified; or the
    items at an address."""
    from weval.adapters.judge.folder import is_judge, judge_names
    from weval.adapters.judge.official import fetch_prompt
    from weval.bench.spec import bench_names
    from weval.cli.output import print_json, print_text
    from weval.errors import unknown
    from weval.progress import Progress
    from weval.tasks import fetch_task, is_url, task_names

    if is_url(name):
        _fetch_data(name, source, as_json=as_json)
        return
    if name in bench_names():
        _fetch_bench(name, source, as_json=as_json)
        return
    is_task = name in task_names()
    if not is_task and not is_judge(name):
        known = [*task_names(), *bench_names(), *judge_names()]
        raise unknown("task, benchmark or prompt", name, known, "tasks|benchmarks|prompts")
    with Progress() as progress:
        path = (fetch_task if is_task else fetch_prompt)(name, source, progress.download)
    kind = "task" if is_task else "prompt"
    print_json({kind: name, "path": str(path)}) if as_json else print_text(str(path))


def _fetch_data(url: str, source: Path | None, *, as_json: bool) -> None:
    """Brings the items at an address, as `weval run --data` does."""
    from weval.cli.output import print_json, print_text
    from weval.errors import ConfigError
    from weval.progress import Progress
    from weval.tasks import fetch_data

    if source:
        raise ConfigError("--from: takes what has a name of weval's; items that are here already are named by --data")
    with Progress() as progress:
        files = fetch_data(url, progress.download)
    print_json({"url": url, "paths": [*map(str, files)]}) if as_json else print_text("\n".join(map(str, files)))


def _fetch_bench(name: str, source: Path | None, *, as_json: bool) -> None:
    """Brings all files of a benchmark that have a pin; those that a folder lacks are named."""
    from weval.bench.data import fetch_bench
    from weval.bench.spec import PinnedFile, read_bench
    from weval.cli.output import print_json, print_text
    from weval.progress import Progress

    with Progress() as progress:
        found = fetch_bench(name, source, progress.download)
        for at, file in read_bench(name).files.items():
            if isinstance(file, PinnedFile) and at not in found:
                where = f"{file.repository}/{file.path} of {file.commit[:8]}"
                progress.notice(f"{source} lacks {at}, {where}" + ("" if file.is_here else ", which is not here yet"))
            elif not isinstance(file, PinnedFile):
                progress.notice(f"{file.name} has no pin: {file.where}; bring it by --data")
    if as_json:
        print_json({"benchmark": name, "paths": {at: str(path) for at, path in found.items()}})
    else:
        print_text("\n".join(map(str, found.values())))
