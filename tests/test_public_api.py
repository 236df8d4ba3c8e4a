"""What is public does not change unnoticed, and holds for who checks types."""

from __future__ import annotations

import ast
import difflib
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import weval
from tests.public_api import FILE, text

ROOT = Path(__file__).parents[1]
CHANGED = """
The public interface is not what tests/public_api.txt says (- was, + is):

{diff}

If that is meant: say it in CHANGELOG.md. What is taken away or renamed is deprecated first, and stays for the time that
docs/versioning.md promises (weval/deprecation.py); a file format that older files do not keep needs a new schema number
and a reader for the old one. Then write the list anew: python -m tests.public_api
"""


def test_the_public_interface_is_the_one_that_is_written_down() -> None:
    written, found = FILE.read_text(encoding="utf-8").splitlines(), text().splitlines()
    diff = "\n".join(line for line in difflib.ndiff(written, found) if line[0] in "+-")
    if diff:
        pytest.fail(CHANGED.format(diff=diff), pytrace=False)


def test_a_change_of_a_name_a_command_or_a_field_would_be_seen() -> None:
    written = FILE.read_text(encoding="utf-8")
    for line in (
        "run_model(spec: RunSpec, watcher: Watcher | None = None) -> Outcome",
        "RunSpec.limit: int | None = …",
        "Adapter.unit: Unit",
        "metrics.correlation(gold: npt.ArrayLike, scores: npt.ArrayLike) -> FloatArray",
        "weval run --model (required)",
        "weval run --fresh (flag)",
        "weval run: metric: str | None = None",
        "Result.schema: Literal[1] = 1",
        "Cost.usd: float | None",
        "ScoreRow.status: Status",
    ):
        assert line in written.splitlines(), line
    assert len(set(written.splitlines())) > 500


def test_every_public_name_is_there_described_and_told_to_type_checkers() -> None:
    tree = ast.parse(inspect.getsource(weval))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    told = {
        alias.asname or alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    listed = [name for names in weval._PLACES.values() for name in names]
    assert sorted(told) == sorted(listed) == weval.__all__ == sorted(set(weval.__all__))
    assert set(weval.__all__) <= set(dir(weval))
    for name in weval.__all__:
        assert inspect.getdoc(getattr(weval, name)), name


def test_nothing_else_is_offered_whatever_was_imported() -> None:
    importlib.import_module("weval.run")
    assert [name for name in dir(weval) if not name.startswith("__")] == weval.__all__


def test_places_and_settings_may_be_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {"seed": 1, "resamples": 200}
    made = weval.run_model(weval.RunSpec("length", task="weval-mini", settings=settings, out="runs/one"))
    weval.run_model(weval.RunSpec("random", task="weval-mini", settings=settings, out="runs/two"))
    assert weval.read_result("runs/one") == made.result
    assert weval.rescore("runs/one", {"resamples": 200}).result == made.result
    assert weval.read_back("runs/one").identity.plan.seed == 1
    assert weval.compare_runs(["runs/one", "runs/two"]).comparison.n_items == 60
    with pytest.raises(weval.ResultError, match="no run is given"):
        weval.compare_runs([])


def test_what_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'weval' has no attribute 'brew'"):
        _ = weval.brew
    with pytest.raises(ImportError):
        exec("from weval import brew")


def test_public_names_load_one_by_one() -> None:
    program = """
import sys, weval
assert not {"numpy", "pydantic", "yaml"} & set(sys.modules), "importing weval is light"
weval.ConfigError
assert "numpy" not in sys.modules
from weval import RunSpec, run_model, compare_runs, metrics
import weval.run, weval.compare
from weval import run_model as again, metrics as same
assert again is run_model is weval.run.run and compare_runs is weval.compare.compare and metrics is same
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.slow
def test_a_program_that_uses_weval_passes_strict_types_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    """With the cache that checking weval itself leaves, it takes seconds."""
    right, wrong = Path(__file__).parent / "typing" / "consumer.py", tmp_path / "wrong.py"
    source = right.read_text(encoding="utf-8")
    wrong.write_text(source.replace('RunSpec("length"', "RunSpec(3"), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(right), str(wrong)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    (line,) = checked.stdout.splitlines()
    assert re.search(r'wrong\.py:\d+: error: Argument 1 to "RunSpec" has incompatible type "int"', line), checked.stdout
