"""The house rules that no linter holds: light imports, sizes, tests that mirror the code."""

from __future__ import annotations

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "weval").rglob("*.py"))
HEAVY = (
    "torch",
    "transformers",
    "evalica",
    "scipy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "httpx",
    "jinja2",
    "sentencex",
    "markdown_it",
    "trl",
    "peft",
    "datasets",
    "accelerate",
)
MAX_LINES = 300
UNTESTED = {"py.typed"}


def loaded(code: str) -> set[str]:
    """The top-level modules that are loaded after running some code in a fresh interpreter."""
    program = f"{code}\nimport sys; print(' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return {name.partition(".")[0] for name in ran.stdout.splitlines()[-1].split()}


def test_importing_the_whole_library_loads_nothing_heavy() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if path.name != "__main__.py"
    ]
    assert not loaded("import " + ", ".join(names)) & set(HEAVY)


def test_the_command_line_starts_without_numpy_and_pydantic() -> None:
    assert not loaded("import weval.cli.main") & {"numpy", "pydantic", "yaml", *HEAVY}


def test_importing_reads_no_environment_and_opens_no_socket() -> None:
    code = """
import os, socket
import numpy, pydantic, yaml, rich.progress, typer, filelock, platformdirs  # what they do is their business
read = set()
class Watched(dict):
    def __getitem__(self, key): read.add(key); return super().__getitem__(key)
    def get(self, key, default=None): read.add(key); return super().get(key, default)
    def __contains__(self, key): read.add(key); return super().__contains__(key)
def closed(*a, **k): raise AssertionError("opened a socket")
socket.socket = closed
os.environ = Watched(os.environ)
import weval.run, weval.report, weval.tasks
assert not {key for key in read if "KEY" in key or "TOKEN" in key or key.startswith(("WEVAL", "HF", "XDG"))}, read
"""
    assert "weval" in loaded(code)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_functions_say_what_they_give(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name not in ("__init__.py", "__main__.py")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_module_has_a_test_file_of_its_name(path: Path) -> None:
    inside = path.relative_to(ROOT / "weval")
    assert (ROOT / "tests" / inside.with_name(f"test_{inside.name}")).exists()


def test_no_folder_of_tests_or_examples_is_passed_over(pytestconfig: pytest.Config) -> None:
    """Left to itself pytest passes over every folder called build, and says nothing of it."""
    assert pytestconfig.getini("testpaths") == ["tests", "weval"]
    folders = {path.parent for top in ("tests", "weval") for path in (ROOT / top).rglob("*.py")}
    assert ROOT / "tests" / "build" in folders
    patterns = pytestconfig.getini("norecursedirs")
    assert [f for f in folders for part in f.relative_to(ROOT).parts for p in patterns if fnmatch(part, p)] == []
