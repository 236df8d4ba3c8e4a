"""The lock of CI: it holds what CI installs, and what is in a release is told from it (.ci/lock.py)."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
CI = ROOT / ".ci"

pytestmark = pytest.mark.skipif(not CI.is_dir(), reason="no checkout: .ci is not here")


@pytest.fixture(scope="module")
def lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", CI / "lock.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_names_what_is_asked_for_and_nothing_else(lock: ModuleType) -> None:
    """That the versions are those installed is for .ci/run to say: a developer may have newer ones."""
    assert [one for one in lock.check() if not re.search(r"is installed, and [\w.!+-]+ is in the lock$", one)] == []


def test_the_lock_is_as_it_would_be_written(lock: ModuleType) -> None:
    text = lock.LOCK.read_text(encoding="utf-8")
    assert text == lock.lock_text(lock.read_lock(text))
    assert "://" not in text


def test_ci_installs_under_the_lock_and_then_holds_it() -> None:
    script = (CI / "run").read_text(encoding="utf-8")
    assert 'export PIP_CONSTRAINT="$PWD/.ci/constraints.txt"' in script
    lines = [line.strip() for line in script.splitlines()]
    assert lines.index(".venv/bin/python .ci/lock.py check") == lines.index("make test") - 1


def test_what_ci_installs_alone_has_its_version_in_the_lock(lock: ModuleType) -> None:
    (names,) = re.findall(r"--no-deps \\\n\s+(.*)", (CI / "run").read_text(encoding="utf-8"))
    assert sorted(names.split()) == sorted(lock.ALONE)


def test_every_way_to_differ_is_told(lock: ModuleType) -> None:
    alone = dict.fromkeys(lock.ALONE, "1")
    assert list(lock.problems({"a": "1", "b": "2", **alone}, {"a": "1", "b": "2"}, [])) == []
    assert list(lock.problems({"a": "1", "b": "2", "verl": "1"}, {"a": "1.1", "c": "3"}, ["d"])) == [
        "d: is asked for, and not installed",
        "a: 1.1 is installed, and 1 is in the lock",
        "b==2: is in the lock, and nothing asks for it",
        "c==3: is installed, and not in the lock",
        *(f"{name}: is installed by .ci/run, and not in the lock" for name in lock.ALONE if name != "verl"),
    ]


@pytest.mark.parametrize(
    "line", ["a", "a>=1", "a==1.*", "-e .", "a @ file:///a", "a==1 ; python_version > '3'", "a==1\nA==2"]
)
def test_a_line_that_pins_nothing_is_refused(lock: ModuleType, line: str) -> None:
    with pytest.raises(ValueError, match=r"is not NAME==VERSION|is there twice"):
        lock.read_lock(line)


def test_requirements_are_followed_through_extras_and_markers(lock: ModuleType) -> None:
    project: dict[str, Any] = {
        "name": "weval",
        "dependencies": ["numpy>=1"],
        "optional-dependencies": {"one": ["httpx[socks]"], "all": ["weval[one]", "pytest>=8 ; os_name == 'nowhere'"]},
    }
    assert [str(one) for one in lock.asked(project, "all")] == ["httpx[socks]", 'pytest>=8; os_name == "nowhere"']
    found, absent = lock.closure([*lock.asked(project, "all"), Requirement("no-such-thing")])
    assert {"httpx", "httpcore", "h11", "certifi", "idna"} <= found.keys()
    assert not {"pytest", "numpy", "brotli"} & found.keys()
    assert absent == ["no-such-thing", "socksio"]


def test_the_sbom_of_an_extra_holds_what_it_brings(lock: ModuleType) -> None:
    names = ("numpy", "scipy", "typing_extensions", "pytest")
    bom = {
        "specVersion": "1.6",
        "metadata": {"component": {"bom-ref": "root", "name": "weval"}},
        "components": [{"bom-ref": f"{name}==1", "name": name} for name in names],
        "dependencies": [
            {"ref": "scipy==1", "dependsOn": ["numpy==1", "pytest==1"]},
            {"ref": "numpy==1"},
            {"ref": "root", "dependsOn": ["pytest==1"]},
        ],
    }
    found = lock.pruned(bom, ["numpy", "scipy", "typing-extensions"], ["scipy"], "1.2")
    assert [part["name"] for part in found["components"]] == ["numpy", "scipy", "typing_extensions"]
    assert found["dependencies"] == [
        {"ref": "scipy==1", "dependsOn": ["numpy==1"]},
        {"ref": "numpy==1", "dependsOn": []},
        {"ref": "root", "dependsOn": ["scipy==1"]},
    ]
    assert found["metadata"]["component"] == {"bom-ref": "root", "name": "weval", "version": "1.2"}


def test_tools_of_releases_are_known_by_hash_and_kept_apart(lock: ModuleType) -> None:
    lines = lock.TOOLS.read_text(encoding="utf-8").removeprefix(lock.TOOLS_HEAD).splitlines()
    found = [re.fullmatch(r"([\w.-]+)==[\w.!+-]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines]
    named = [one[1] for one in found if one]
    assert len(named) == len(lines)
    assert named == sorted(named)
    assert {*lock.TOOL_NAMES} <= {*named}
    made = subprocess.run(["make", "-nB", "audit"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert (
        "tools/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/tools.txt" in made
    )
    assert ".[dev]" not in made
