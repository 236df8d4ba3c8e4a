"""What is about to go says so, and goes when it said it would."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from packaging.version import Version

import weval
from weval.deprecation import RENAMED_SETTINGS, Renamed, current_name, deprecated
from weval.errors import ConfigError
from weval.settings import parse_settings


@deprecated(since="0.4", removed_in="0.6", instead="call brew")
def steep(minutes: int, *, milk: bool = False) -> str:
    """How tea was made."""
    return f"{minutes} {milk}"


def marks(module: ModuleType) -> Iterator[tuple[str, str]]:
    """What of a module is marked as deprecated, with the version in which it is to be gone; of its classes too."""
    for name, found in vars(module).items():
        inside = vars(found) if isinstance(found, type) else {}
        for key, value in [(name, found), *((f"{name}.{key}", value) for key, value in inside.items())]:
            said = str(getattr(value, "__deprecated__", ""))  # pydantic has such marks, too
            if gone := re.match(r"deprecated since weval [\d.]+, gone in ([\d.]+): ", said):
                yield f"{module.__name__}.{key}", gone[1]


def overdue(marked: dict[str, str], version: str) -> list[str]:
    """What is still there although this version, or the one that is being made, was to be without it."""
    return [name for name, gone in marked.items() if Version(version).release >= Version(gone).release]


def test_a_deprecated_function_warns_whoever_calls_it_and_does_its_work() -> None:
    said = r"deprecated since weval 0\.4, gone in 0\.6: call brew"
    with pytest.warns(DeprecationWarning, match=said) as told:
        assert steep(3, milk=True) == "3 True"
    assert told[0].filename == __file__
    assert (steep.__name__, steep.__doc__) == ("steep", "How tea was made.")


def test_a_renamed_setting_is_taken_with_a_notice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(RENAMED_SETTINGS, "cups", Renamed("n_cups", "0.4", "0.6"))
    assert parse_settings(["cups=3", "seed=1"]) == {"n_cups": "3", "seed": "1"}
    assert capsys.readouterr().err == "note: --set cups is now n_cups (since 0.4), gone in 0.6\n"
    with pytest.raises(ConfigError, match="n_cups: given twice"):
        parse_settings(["cups=3", "n_cups=4"])
    capsys.readouterr()
    assert parse_settings(["cups=tea"], "--bring", "cups=NAME") == {"cups": "tea"}  # no setting
    assert (current_name("seed"), capsys.readouterr().err) == ("seed", "")


def test_nothing_is_here_that_was_to_be_gone() -> None:
    names = [found.name for found in pkgutil.walk_packages(weval.__path__, "weval.") if "__main__" not in found.name]
    marked = dict(mark for name in names for mark in marks(importlib.import_module(name)))
    marked |= {f"--set {name}": renamed.removed_in for name, renamed in RENAMED_SETTINGS.items()}
    assert overdue(marked, weval.__version__) == [], "the version has come in which these go: remove them"


@pytest.mark.parametrize(("version", "late"), [("0.5.9", False), ("0.6.0.dev0", True), ("0.6.0", True), ("1.0", True)])
def test_what_is_overdue_is_found(version: str, late: bool) -> None:
    module = ModuleType("teapot")
    module.steep = steep
    module.Pot = type("Pot", (), {"steep": steep})
    marked = dict(marks(module))
    assert marked == {"teapot.steep": "0.6", "teapot.Pot.steep": "0.6"}
    assert overdue(marked, version) == (list(marked) if late else [])
