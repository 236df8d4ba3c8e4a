"""Reproductions as they lie in `results/`, of a small profile that this weval is made to know."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.reproduce.reproductions import TABLES, make_steps, profile, tabulated, write_steps
from weval.files import write_json
from weval.published import read_published
from weval.reproduce.keeping import RECORD, keep
from weval.reproduce.manifest import Cells, Profile

CHECK = "small-check"


def known(monkeypatch: pytest.MonkeyPatch, of: Profile | None = None) -> None:
    """Makes weval know the profile `small`, and the same as a check."""
    profiles = {"small": of or profile(), CHECK: profile(name=CHECK, is_check=True, title="A check of the machinery")}
    for module in ("weval.reproduce.keeping", "weval.leaderboard.reproductions"):
        monkeypatch.setattr(f"{module}.read_profile", lambda name: profiles[name])
    monkeypatch.setattr("weval.reproduce.tabulate.read_published", cache(read_published))
    monkeypatch.setattr("weval.leaderboard.reproductions.read_cells", lambda: Cells(tables=TABLES))


def make_kept(root: Path, scratch: Path, *, is_check: bool = False) -> Path:
    """A reproduction in the folder `root`/reproductions. The profile has to be known."""
    of = profile(name=CHECK, is_check=True, title="A check of the machinery") if is_check else profile()
    made = write_steps(make_steps(scratch), of)
    write_json(made / RECORD, tabulated(made, of))
    keep(made, root / "reproductions" / of.name)
    return root / "reproductions" / of.name


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Changes a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_lines(path: Path, change: Callable[[list[Any]], None]) -> None:
    """Changes a packed JSON Lines file."""
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    change(rows)
    path.write_bytes(gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode()))
