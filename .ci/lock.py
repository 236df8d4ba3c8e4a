"""The versions that CI installs, and what is in a release: `make lock`, `make sbom`, and the check of every CI run.

    python .ci/lock.py check             .ci/constraints.txt holds what is installed, all of it and nothing else
    python .ci/lock.py renew [--newest]  writes it: what is new or no longer asked for, or the newest of everything
    python .ci/lock.py tools             writes .ci/tools.txt, the newest tools of audits and releases, by hash
    python .ci/lock.py sbom BOM DIR      of an SBOM of this environment, one for each extra of the wheel

Versions are those of Linux on x86-64 with Python 3.11, where CI runs. They have no hashes: an editable install can have
none, and PyTorch has a wheel without CUDA beside the public one, under the same version with other bytes.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
LOCK, TOOLS, PROJECT = HERE / "constraints.txt", HERE / "tools.txt", HERE.parent / "pyproject.toml"

ALONE = ("antlr4-python3-runtime", "hydra-core", "omegaconf", "verl")
"""What .ci/run installs without its dependencies."""

TOOL_NAMES = ("build", "cyclonedx-bom", "hatchling", "pip-audit")

NOT_RELEASED = ("dev", "docs", "fuzz")
"""Extras for work on weval itself."""

HEAD = """\
# Exact versions for CI only; the library itself asks for ranges. Written by `make lock`, held by `.ci/lock.py check`.
# torch: CI may take a build without CUDA under this version.
"""
TOOLS_HEAD = """\
# Tools of `make audit`, `make sbom` and releases, with the hashes of their wheels for Linux on x86-64 and Python 3.11.
# Written by `.ci/lock.py tools`.
"""


def read_lock(text: str) -> dict[str, str]:
    """Version by name. Raises ValueError for a line that is no exact version, and for a name that is there twice."""
    found: dict[str, str] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        pinned = re.fullmatch(r"([A-Za-z0-9][\w.-]*)==([\w.!+-]+)", line)
        if not pinned:
            raise ValueError(f"{line}: is not NAME==VERSION")
        if (name := canonicalize_name(pinned[1])) in found:
            raise ValueError(f"{name}: is there twice")
        found[name] = pinned[2]
    return found


def lock_text(versions: Mapping[str, str]) -> str:
    """The lock as it is written: one version a line, by name."""
    return HEAD + "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def asked(project: Mapping[str, Any], extra: str | None) -> Iterator[Requirement]:
    """What pyproject.toml asks for, with an extra, whose own mentions of other extras are followed."""
    if extra is None:
        yield from map(Requirement, project["dependencies"])
        return
    for one in map(Requirement, project["optional-dependencies"][extra]):
        if one.name == project["name"]:
            for other in one.extras:
                yield from asked(project, other)
        else:
            yield one


def closure(requirements: Iterable[Requirement]) -> tuple[dict[str, str], list[str]]:
    """Version by name of all that the requirements bring on this machine, and what of it is not installed."""
    found: dict[str, str] = {}
    absent: list[str] = []
    seen: set[tuple[str, str]] = set()
    waiting = [(one, "") for one in requirements]
    while waiting:
        one, within = waiting.pop()
        if one.marker and not one.marker.evaluate({"extra": within}):
            continue
        name = canonicalize_name(one.name)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            absent.append(name)
            continue
        found[name] = installed.version.partition("+")[0]
        for extra in ("", *one.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(Requirement(text), extra) for text in installed.requires or ()]
    return found, sorted(set(absent))


def problems(lock: Mapping[str, str], found: Mapping[str, str], absent: Iterable[str]) -> Iterator[str]:
    """What keeps the lock from being that of the environment."""
    yield from (f"{name}: is asked for, and not installed" for name in absent)
    for name in sorted({*found, *lock} - {*ALONE}):
        if name not in lock:
            yield f"{name}=={found[name]}: is installed, and not in the lock"
        elif name not in found:
            yield f"{name}=={lock[name]}: is in the lock, and nothing asks for it"
        elif found[name] != lock[name]:
            yield f"{name}: {found[name]} is installed, and {lock[name]} is in the lock"
    yield from (f"{name}: is installed by .ci/run, and not in the lock" for name in ALONE if name not in lock)


def pruned(bom: Mapping[str, Any], names: Iterable[str], direct: Iterable[str], version: str) -> dict[str, Any]:
    """The SBOM of an environment with only the packages of these names, the root asking for the direct ones."""
    kept, first = set(names), set(direct)
    parts = [part for part in bom["components"] if canonicalize_name(part["name"]) in kept]
    refs = {part["bom-ref"]: canonicalize_name(part["name"]) for part in parts}
    root = bom["metadata"]["component"]["bom-ref"]
    edges = [
        {**edge, "dependsOn": [ref for ref in edge.get("dependsOn", ()) if ref in refs]}
        for edge in bom["dependencies"]
        if edge["ref"] in refs
    ]
    edges.append({"ref": root, "dependsOn": sorted(ref for ref, name in refs.items() if name in first)})
    component = {**bom["metadata"]["component"], "version": version}
    return {**bom, "metadata": {**bom["metadata"], "component": component}, "components": parts, "dependencies": edges}


def _resolved(*arguments: str) -> list[dict[str, Any]]:
    """What pip would install anew; it looks at files' metadata and installs nothing."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    done = subprocess.run([*command, *arguments], cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return sorted(found, key=lambda one: str(canonicalize_name(one["metadata"]["name"])))


def _pinned(one: Mapping[str, Any]) -> str:
    return f"{canonicalize_name(one['metadata']['name'])}=={one['metadata']['version'].partition('+')[0]}"


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return project


def check() -> list[str]:
    """What is wrong with the lock in this environment."""
    project = _project()
    found, absent = closure([*asked(project, None), *asked(project, "dev")])
    return list(problems(read_lock(LOCK.read_text(encoding="utf-8")), found, absent))


def renew(*, newest: bool) -> None:
    """Writes the lock anew."""
    kept = () if newest else ("--constraint", str(LOCK))
    lines = [_pinned(one) for one in _resolved(*kept, ".[dev]") if one["metadata"]["name"] != _project()["name"]]
    lines += [_pinned(one) for one in _resolved(*kept, "--no-deps", *ALONE)]
    versions = read_lock("\n".join(lines))
    LOCK.write_text(lock_text(versions), encoding="utf-8")


def tools() -> None:
    """Writes the tools with their hashes."""
    lines = [
        f"{_pinned(one)} --hash=sha256:{one['download_info']['archive_info']['hashes']['sha256']}\n"
        for one in _resolved(*TOOL_NAMES)
    ]
    TOOLS.write_text(TOOLS_HEAD + "".join(lines), encoding="utf-8")


def sbom(environment: Path, out: Path) -> None:
    """Writes weval.cdx.json, of what is always installed, and weval-EXTRA.cdx.json for each extra that is here."""
    project, bom = _project(), json.loads(environment.read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    for extra in (None, *(name for name in project["optional-dependencies"] if name not in NOT_RELEASED)):
        wanted = [*asked(project, None), *(asked(project, extra) if extra else ())]
        found, absent = closure(wanted)
        if absent:
            sys.stderr.write(f"{extra}: left out, as {', '.join(absent)} is not installed here\n")
            continue
        content = pruned(bom, found, {canonicalize_name(one.name) for one in wanted}, distribution("weval").version)
        (out / f"{'-'.join(filter(None, ('weval', extra)))}.cdx.json").write_text(json.dumps(content, indent=1) + "\n")


def main() -> int:
    """The command line; 1 where the lock is not that of the environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("check")
    verbs.add_parser("renew").add_argument("--newest", action="store_true")
    verbs.add_parser("tools")
    of_bom = verbs.add_parser("sbom")
    of_bom.add_argument("bom", type=Path)
    of_bom.add_argument("dir", type=Path)
    said = parser.parse_args()
    if said.verb == "check":
        found = check()
        sys.stderr.write("".join(f".ci/constraints.txt: {one}\n" for one in found))
        return int(bool(found))
    if said.verb == "renew":
        renew(newest=said.newest)
    elif said.verb == "tools":
        tools()
    else:
        sbom(said.bom, said.dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
