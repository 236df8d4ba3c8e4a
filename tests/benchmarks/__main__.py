"""The suite: every benchmark in a process of its own, a table, and JSON. See __init__.py."""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.markdown import put_into
from tests.benchmarks.records import Machine, Measured, Outcome, Report
from tests.benchmarks.telling import told, told_outcome

HERE = Path(__file__).parent
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
OFFLINE = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
FIRST = ("startup", "plan", "score", "resume", "metrics", "leaderboard", "judges")
"""The order of those that have one; the others come after them by name."""


def catalogue() -> dict[str, str]:
    """Name and first line of every module here that can be measured. None is imported."""
    found = {}
    for path in HERE.glob("bench_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "measure" for node in tree.body):
            found[path.stem.removeprefix("bench_")] = (ast.get_docstring(tree) or "").partition("\n")[0]
    order = {name: number for number, name in enumerate(FIRST)}
    return {name: found[name] for name in sorted(found, key=lambda name: (order.get(name, len(order)), name))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where a benchmark failed, 2 for a name that there is none of."""
    given = _arguments(arguments)
    if given.one:
        measured = import_module(f"tests.benchmarks.bench_{given.one}").measure(given.quick)
        given.json.write_text(measured.model_dump_json(), encoding="utf-8")
        return 0
    known = catalogue()
    if strange := [name for name in given.only if name not in known]:
        print(f"no benchmark {strange[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = [name for name in known if not given.only or name in given.only]
    if given.list:
        print("\n".join(f"{name:16} {known[name]}" for name in chosen))
        return 0
    if given.read:
        report = Report.model_validate_json(given.read.read_bytes())
    else:
        _find_peers(given.peers)
        report = run({name: known[name] for name in chosen}, quick=given.quick)
    print(told(report))
    if given.json:
        text = json.dumps(report.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False)
        given.json.write_text(text + "\n", encoding="utf-8")
    if given.into:
        put_into(given.into, report)
    return int(any(outcome.error for outcome in report.benchmarks))


def _find_peers(folder: Path | None) -> None:
    """Without them, what is compared with them says so, and nothing fails."""
    if folder is None:
        return
    try:
        peers.install(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"other programs could not be installed, and are left out: {error}", file=sys.stderr)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these alone")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller, to try it out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="where other programs are, or are to be installed")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="a Markdown page whose tables are to be replaced")
    parser.add_argument("--read", type=Path, metavar="FILE", help="measure nothing, but show what --json has written")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--one", metavar="NAME", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def run(chosen: dict[str, str], *, quick: bool) -> Report:
    """One after the other, each as soon as it is there on standard error."""
    began, busy = time.perf_counter(), _load()
    outcomes = []
    for name, about in chosen.items():
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        outcomes.append(_one(name, about, quick))
        print("\n".join(told_outcome(outcomes[-1])), file=sys.stderr, flush=True)
    return Report(
        date=datetime.now(UTC).date().isoformat(),
        quick=quick,
        seconds=time.perf_counter() - began,
        machine=_machine((busy, _load())),
        versions={"Python": platform.python_version(), "weval": metadata.version("weval")},
        benchmarks=tuple(outcomes),
    )


def _one(name: str, about: str, quick: bool) -> Outcome:
    """One benchmark in a process of its own. What it prints goes to standard error."""
    began, cpu = time.perf_counter(), _children()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "measured.json"
        words = [sys.executable, "-m", "tests.benchmarks", "--one", name, "--json", str(file)]
        ran = subprocess.run(
            [*words, *(["--quick"] if quick else [])],
            cwd=HERE.parents[1], env=os.environ | ONE_THREAD | OFFLINE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        measured = Measured.model_validate_json(file.read_bytes()) if ran.returncode == 0 else None
    error = None if measured else (ran.stderr.strip().splitlines() or [f"ended with {ran.returncode}"])[-1]
    if error:
        print(ran.stderr, file=sys.stderr)
    seconds = time.perf_counter() - began
    return Outcome(name=name, about=about, seconds=seconds, cpu=_children() - cpu, measured=measured, error=error)


def _children() -> float:
    """Seconds of one core of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _machine(load: tuple[float, float]) -> Machine:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(
        system=platform.system(), processor=platform.machine(), cores=cores, memory_gb=round(memory), load=load
    )


def _load() -> float:
    return round(os.getloadavg()[0], 1)


if __name__ == "__main__":
    sys.exit(main())
