"""A judge is a folder: judge.yaml says what it is, user.txt and system.txt how it is asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from weval.adapters.judge.spec import JudgeSpec, faults
from weval.adapters.judge.template import OWN_PLACES, PLACES, filled, places_in
from weval.errors import ConfigError, DataError, unknown
from weval.files import Problems, os_message, read_lines, read_yaml
from weval.types import Request, Role
from weval.yamltree import parse

if TYPE_CHECKING:
    from weval.adapters.judge.official import Official

__all__ = ["FOLDER", "JudgeFolder", "JudgeSpec", "is_judge", "judge_lines", "judge_names", "read_judge"]

FOLDER = Path(__file__).parents[2] / "prompts"
SPEC, SYSTEM, USER = "judge.yaml", "system.txt", "user.txt"
MAX_TEMPLATE_BYTES = 2**18

Turns = tuple[tuple[Role, str], ...]


@dataclass(frozen=True, slots=True)
class JudgeFolder:
    """A judge that was read and checked. `reference` is what it was asked for by: its name, or the path of its folder.

    `system` is None where there is no system turn. `sha256` is of the names and bytes of its files: what the judge is
    asked depends on nothing else.
    """

    name: str
    reference: str
    spec: JudgeSpec
    system: str | None
    user: str
    sha256: str

    def check(self, answer: str) -> None:
        """Raises ConfigError where the judge cannot be asked for such an answer."""
        if answer != "reasoned" and not self.spec.labels:
            raise ConfigError(f"--set answer={answer}: the judge {self.name} has no labels; only answer=reasoned")

    def prompt(
        self, request: Request, *, answer: Literal["reasoned", "label"] = "reasoned", official: Official | None = None
    ) -> Turns:
        """The turns of a chat that put a request to the judge, oldest first: in our wording, or as it was published.

        Raises ConfigError for an answer that cannot be asked for.
        """
        if official:
            if answer != "reasoned":
                raise ConfigError(f"--set answer={answer}: the official prompt of {self.name} has a form of its own")
            return official.prompt(request)
        self.check(answer)
        wording = self.spec.answers.label if answer == "label" else self.spec.answers.reasoned
        user = filled(self.user, (wording or "").strip("\n"), request)
        return (("user", user),) if self.system is None else (("system", self.system), ("user", user))


@cache
def judge_names() -> tuple[str, ...]:
    """The names of all judge folders that weval brings."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob(f"*/{SPEC}")))


def judge_lines() -> dict[str, str]:
    """Name and description of every judge folder, with how to get its published prompt where it has one."""
    specs = {name: read_judge(name).spec for name in judge_names()}
    return {
        name: f"{spec.about} (official wording: weval fetch {name})"
        if spec.official and not spec.official.source.is_here
        else spec.about
        for name, spec in specs.items()
    }


def read_judge(name_or_path: str) -> JudgeFolder:
    """A judge by name, or anyone's own by the path of its folder, which has a slash in it.

    Raises ConfigError for an unknown name, DataError naming file, line and field for a bad folder.
    """
    if not is_judge(name_or_path):
        if Path(name_or_path, SPEC).is_file():
            raise ConfigError(f"unknown prompt {name_or_path!r}; the folder here is ./{name_or_path}, with a slash")
        raise unknown("prompt", name_or_path, judge_names())
    if name_or_path in judge_names():
        return _read(FOLDER / name_or_path, name_or_path, name_or_path)
    try:
        path = Path(name_or_path).expanduser()
        if not path.is_dir():
            raise DataError(f"{path}: is not a folder" if path.exists() else f"{path}: no such folder")
        name = path.resolve().name
    except (OSError, RuntimeError) as error:  # RuntimeError: ~nobody
        said = os_message(error) if isinstance(error, OSError) else "has no home folder to start from"
        raise DataError(f"{name_or_path}: {said}") from error
    return _read(path, name or str(path), name_or_path)


def is_judge(name_or_path: str) -> bool:
    """Whether it names a judge that weval brings, or could be the path of another; nothing is looked up there."""
    return (
        name_or_path in judge_names()
        or name_or_path.startswith((".", "~"))
        or bool(set("/" + os.sep) & {*name_or_path})
    )


def _read(folder: Path, name: str, reference: str) -> JudgeFolder:
    hashed = hashlib.sha256()
    for file in (SPEC, SYSTEM, USER):
        content = _bytes(folder / file)
        if content is not None:
            hashed.update(f"{file} {len(content)}\n".encode() + content)
        elif file != SYSTEM:
            raise DataError(f"{folder / file}: no such file; a judge's folder holds {SPEC}, {USER} and maybe {SYSTEM}")
    spec = read_yaml(folder / SPEC, JudgeSpec)
    system, user = _template(folder / SYSTEM), _template(folder / USER)
    assert user is not None
    _check(folder, spec, system, user)
    return JudgeFolder(name, reference, spec, system, user, hashed.hexdigest())


def _bytes(path: Path) -> bytes | None:
    """The content of a small file. A link could lead to what its reader never meant to send to a model."""
    try:
        if path.is_symlink():
            raise DataError(f"{path}: is a symbolic link; put the file itself there")
        if not path.exists():
            return None
        if not path.is_file():
            raise DataError(
                f"{path}: is a directory, not a file" if path.is_dir() else f"{path}: is not a regular file"
            )
        if path.stat().st_size > MAX_TEMPLATE_BYTES:
            raise DataError(f"{path}: is larger than {MAX_TEMPLATE_BYTES // 2**10} KB")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error


def _template(path: Path) -> str | None:
    """The text of a template, without blank lines at its end. None where there is no file."""
    if not path.exists():
        return None
    problems = Problems(path)
    text = "\n".join(line.decode() for _, line in read_lines(path, problems)).rstrip("\n")
    if not text.strip() and not problems.lines:
        problems.add(None, "", "is empty")
    problems.check()
    return text


def _check(folder: Path, spec: JudgeSpec, system: str | None, user: str) -> None:
    """Raises DataError with all that is wrong in one of the files."""
    _check_spec(folder / SPEC, spec)
    problems = Problems(folder / USER)
    for line, message in _user_faults(spec, user):
        problems.add(line, "", message)
    problems.check()
    problems = Problems(folder / SYSTEM)
    for line, place in places_in(system or ""):
        problems.add(line, "", f"{{{place}}}: places are filled in {USER} only")
    problems.check()


def _check_spec(path: Path, spec: JudgeSpec) -> None:
    problems, tree = Problems(path), parse(path.read_text(encoding="utf-8"))
    for loc, message in faults(spec):
        problems.add(tree.line_of(loc), ".".join(map(str, loc)), message)
    for name, wording in spec.answers.model_dump(exclude_none=True).items():
        for _, place in places_in(wording):
            if place == "answer" or place not in OWN_PLACES:
                message = f"{{{place}}} has no place in an answer; known are {{n}} and {{mark}}"
                problems.add(tree.line_of(("answers", name)), f"answers.{name}", message)
    problems.check()


def _user_faults(spec: JudgeSpec, user: str) -> Iterator[tuple[int | None, str]]:
    seen: set[str] = set()
    for line, place in places_in(user):
        if place not in (*PLACES, *OWN_PLACES):
            yield line, f"{{{place}}} is no place; known are {', '.join((*PLACES, *OWN_PLACES))}"
        elif place in PLACES and place not in spec.reads:
            yield line, f"{{{place}}} is not among what {SPEC} says the judge reads"
        elif place in seen and place != "mark" and place != "n":
            yield line, f"{{{place}}} appears twice"
        seen.add(place)
    for place in (*spec.reads, "answer"):
        if place not in seen:
            yield None, f"{{{place}}} is missing"
