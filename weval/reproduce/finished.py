"""step.json: a step that came to its end. It is written last of all, so where it is not, the step is not done."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from weval.errors import DataError
from weval.files import is_file, read_json, write_json
from weval.reproduce.fetched import is_fetched
from weval.reproduce.graph import MADE, Graph
from weval.reproduce.manifest import Fetch, StepName
from weval.types import Record

FINISHED = "step.json"

Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Finished(Record):
    """A finished step: what it was, by what fingerprint it is known, and how it was made.

    `command` are the words after `weval` as they were run, `seconds` all that it took, over several goes too,
    `versions` those of weval and of Python.
    """

    step: StepName
    fingerprint: Fingerprint
    command: tuple[str, ...]
    seconds: Annotated[float, Field(ge=0)]
    versions: dict[str, str]


def read_finished(folder: Path) -> Finished | None:
    """What a step's folder says of its end; None where it has not come to one. Raises DataError for a broken file."""
    path = folder / FINISHED
    return read_json(path, Finished) if is_file(path) else None


def write_finished(folder: Path, finished: Finished) -> None:
    """Says that a step came to its end. Raises ResultError."""
    write_json(folder / FINISHED, finished)


def is_done(graph: Graph, name: str) -> bool:
    """Whether a step has been finished as the manifest has it now.

    A folder that was copied, or of another step whose fingerprint begins alike, does not count; nor does one from which
    what was made has been removed, or a fetch whose files are not here any more, or one with a broken mark: made again,
    it gets another.
    """
    folder, step = graph.step_folder(name), graph.profile.steps[name]
    try:
        found = read_finished(folder)
    except DataError:
        return False
    if found is None or (found.step, found.fingerprint) != (name, graph.fingerprints[name]):
        return False
    if isinstance(step, Fetch):
        return is_fetched(step.name)
    return (folder / MADE).is_dir()


def done_steps(graph: Graph) -> set[str]:
    """The steps of the profile that are finished."""
    return {name for name in graph.profile.steps if is_done(graph, name)}
