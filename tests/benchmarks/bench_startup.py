"""Start-up of the command line, beside importing typer and rich, and beside other harnesses."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.records import Figure, Measured
from tests.benchmarks.timing import command, in_turn

HELP = [sys.executable, "-m", "weval", "--help"]
LIST = [sys.executable, "-m", "weval", "list"]


def measure(quick: bool) -> Measured:
    """CPU time of whole commands. `weval --help` is to take 1.6 times the import of typer and rich at most."""
    ours = ("weval --help", partial(command, HELP))
    imports = ("import typer, rich", partial(command, [sys.executable, "-c", "import typer, rich"]))
    ratios = [in_turn(ours, imports, 2 if quick else 7, warm=not quick)]
    if quick:
        return Measured(ratios=tuple(ratios), figures=(memory("weval --help", HELP),))
    lm_eval, place, missing = Path(sys.executable).with_name("lm_eval"), peers.place(), []
    if lm_eval.exists():
        ratios.append(in_turn(ours, ("lm_eval --help", partial(command, [str(lm_eval), "--help"])), 3))
    else:
        missing.append("lm-eval is not installed: pip install 'weval[lm-eval]'")
    if place:
        helped = ("rewardbench --help", partial(command, [str(place / "rewardbench"), "--help"]))
        ratios.append(in_turn(ours, helped, 2, warm=False))
    else:
        missing.append(f"rewardbench is not installed: {peers.HOW}")
    return Measured(
        ratios=tuple(ratios),
        figures=(memory("weval --help", HELP), memory("weval list", LIST)),
        missing=tuple(missing),
        versions=peers.installed_here("typer", "rich", "lm-eval") | peers.rewardbench(),
    )


def memory(name: str, words: list[str]) -> Figure:
    """The most memory that a command holds."""
    return Figure(name=f"peak memory of {name}", value=command(words).mb or 0.0, unit="MB")
