"""A small profile of baselines on weval-mini, run by real processes, one of them as slow as a test wants it to be."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from weval.reproduce.attempts import LOG
from weval.reproduce.running import ReproduceSpec

CELLS = """\
tables:
  - id: table4
    label: Table 4
    title: Small
    published: weval-table4
    columns:
      - { name: correlation, label: Correlation, figure: correlation, times: 100 }
    rows:
      - { name: Our-RM-7B, step: length }
      - { name: Human, step: slow }
"""

STEPS: Mapping[str, Mapping[str, Any]] = {
    "data": {"does": "fetch", "about": "the bundled set", "name": "weval-mini"},
    "length": {"does": "run", "about": "the longer, the better", "model": "length", "limit": 4, "after": ["data"]},
    "slow": {"does": "run", "about": "takes its time", "model": "plugin:slow:Slow", "limit": 4, "after": ["data"]},
}

SLOW = """\
import time
from pathlib import Path
from weval.types import Score

class Slow:
    unit = "response"
    def score(self, requests):
        for number, request in enumerate(requests):
            if number == 3:
                Path("waits").touch()
                while not Path("gate").exists():
                    time.sleep(0.02)
            yield Score.ok(request, float(len(request.responses[0])))
"""
"""A model that gives three scores and waits for a file called gate."""

DRIVER = """\
import os, signal, sys
from pathlib import Path
from weval.reproduce import running

def killed(*of):
    if any(sys.argv[2] in str(one) for one in of[:2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*of)

if len(sys.argv) > 1:
    kept = getattr(running, sys.argv[1])
    setattr(running, sys.argv[1], killed)
spec = running.ReproduceSpec("mini", ("table4",), out=Path("out"), manifests=Path("manifests"))
try:
    for one in running.reproduce(spec, running.graph_of(spec)):
        print(one.name, one.state)
except KeyboardInterrupt:
    sys.exit(130)
"""


def manifests(home: Path, steps: Mapping[str, Mapping[str, Any]] = STEPS, **more: Any) -> Path:
    """A folder with the cells and a profile called mini of these steps, each on weval-mini unless it says otherwise."""
    folder = home / "manifests"
    folder.mkdir(exist_ok=True)
    (folder / "cells.yaml").write_text(CELLS, encoding="utf-8")
    told = {name: ({"task": "weval-mini"} if step["does"] == "run" else {}) | step for name, step in steps.items()}
    profile = {"name": "mini", "title": "Mini", "about": "Baselines.", "is_check": True, "steps": told} | more
    (folder / "mini.yaml").write_text(json.dumps(profile), encoding="utf-8")
    (home / "slow.py").write_text(SLOW, encoding="utf-8")
    return folder


def spec(home: Path, **more: Any) -> ReproduceSpec:
    """What `weval reproduce --profile mini --table 4` would ask for."""
    usual = {"tables": ("table4",), "out": home / "out", "manifests": home / "manifests"}
    return ReproduceSpec("mini", **(usual | more))


def driven(home: Path, *killed: str) -> subprocess.Popen[str]:
    """A process that reproduces. `killed`: before this function of `running` is called for this folder's name."""
    command = [sys.executable, "-c", DRIVER, *killed]
    return subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str], code: int) -> list[str]:
    """The lines that a process wrote until it ended with this code."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    return out.splitlines()


def until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Waits for something to hold."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def attempts(folder: Path) -> int:
    """How often a step was begun."""
    log = folder / LOG
    return sum(" weval " in line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("# 20"))
