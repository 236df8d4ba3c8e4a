"""What steps read that no step makes, as digests: of what was brought, of weval's tasks, recipes, presets, prompts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from weval.adapters.judge.folder import FOLDER as PROMPTS
from weval.adapters.judge.folder import judge_names
from weval.bench.catalogue import benchmark_class
from weval.bench.spec import bench_names
from weval.errors import ConfigError, DataError
from weval.files import is_file, is_folder, os_message
from weval.hashes import sha256_of
from weval.presets import FOLDER as PRESETS
from weval.presets import preset_names, read_preset
from weval.reproduce.graph import reads
from weval.reproduce.manifest import FOLDER, Profile
from weval.rooms import room
from weval.yamltree import YamlProblem, parse

CARD = "README.md"
"""Says what a task or recipe is, and changes nothing of what it does."""

LARGE = 64 * 2**20
"""Bytes from which a file is known by its size and by samples: weights of a model would take a minute to read."""

N_SAMPLES, SAMPLE = 32, 2**16


def contents_of(profile: Profile, brought: Mapping[str, Path], manifests: Path = FOLDER) -> dict[str, str]:
    """The digest of everything that steps of the profile read and that is here, as "kind:name" (see `graph.reads`).

    What was brought is known by its own name too: a run calls its task after the file. Raises ConfigError where it is
    not there, DataError where it cannot be read.
    """
    for name, path in brought.items():
        if not (is_file(path) or is_folder(path)):
            raise ConfigError(f"--bring {name}: {path}: no such file or folder")
    read = dict.fromkeys(pair for step in profile.steps.values() for pair in reads(step))
    found = {f"{kind}:{name}": _digest(_files(kind, name, brought, manifests)) for kind, name in read}
    return {key: digest for key, digest in found.items() if digest is not None}


def _files(kind: str, name: str, brought: Mapping[str, Path], manifests: Path) -> Iterable[tuple[str, Path]]:
    """The files that a name stands for, each with what it is called."""
    match kind:
        case "brought" if name in brought:
            path = brought[name]
            yield from ((f"{path.name}/{within}", file) for within, file in _below(path))
        case "bundled":
            yield from _below(manifests / name)
        case "task":
            yield from _own(room("tasks") / name)
            yield from _own(room("training_recipes") / name)  # of data, which `weval build` takes by name as well
            for asked_by in _prompts_of(name) if name in bench_names() else ():
                yield from _prompt(asked_by)
        case "recipe":
            yield from _own(room("training_recipes") / name)
        case "preset" if name in preset_names():
            yield name, PRESETS / f"{name}.yaml"
            if prompt := read_preset(name).strings().get("prompt"):
                yield from _prompt(prompt)
        case "named":
            yield from _files("task", name, brought, manifests)
            yield from _files("preset", name, brought, manifests)
            yield from _prompt(name)


def _prompts_of(benchmark: str) -> list[str]:
    """The judge folders by which a benchmark asks unless it is told otherwise."""
    kind = benchmark_class(benchmark)
    return [step.prompt for step in kind.steps(kind.options_type()) if step.prompt]


def _prompt(name: str) -> Iterable[tuple[str, Path]]:
    return _below(PROMPTS / name) if name in judge_names() else ()


def _own(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((within, file) for within, file in _below(folder) if within != CARD and "/" not in within)


def _below(path: Path) -> list[tuple[str, Path]]:
    """A file, or all files in a folder, by what they are called there, in the order of these names."""
    if path.is_file():
        return [("", path)]
    try:
        return sorted((file.relative_to(path).as_posix(), file) for file in path.rglob("*") if file.is_file())
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error


def _digest(files: Iterable[tuple[str, Path]]) -> str | None:
    """The sha256 of names and contents; None where there is no file."""
    lines = [f"{name}\0{_digest_of(path)}\n" for name, path in files]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest() if lines else None


def _said(path: Path) -> bytes | None:
    """What YAML says; None where it says nothing that can be read, so that its bytes stand for it."""
    try:
        return json.dumps(parse(path.read_text(encoding="utf-8")).content, sort_keys=True).encode()
    except (YamlProblem, UnicodeDecodeError):
        return None


def _digest_of(path: Path) -> str:
    """The sha256 of a file; of YAML, that of what it says, whatever its comments; of a large one, that of its size and
    of samples at even distances, both ends included.
    """
    try:
        if path.suffix == ".yaml" and (said := _said(path)) is not None:
            return hashlib.sha256(said).hexdigest()
        size = path.stat().st_size
        if size <= LARGE:
            return sha256_of(path)
        hashed = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            for number in range(N_SAMPLES):
                file.seek((size - SAMPLE) * number // (N_SAMPLES - 1))
                hashed.update(file.read(SAMPLE))
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error
    return hashed.hexdigest()
