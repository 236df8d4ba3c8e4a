"""What `weval reproduce` makes, as data: every cell of the paper's tables, and the steps of a profile that fill them.

`manifests/cells.yaml` says which step fills which cell, whatever the profile; `manifests/<profile>.yaml` says what each
step does. Both are read, never executed: a step is a command of weval, written as a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from weval.errors import unknown
from weval.files import read_yaml
from weval.types import Count, Id, Record, Text

FOLDER = Path(__file__).parent / "manifests"
CELLS, SIZES = "cells.yaml", "sizes.yaml"

StepName = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=60)]
Setting = str | int | float | bool

PLACE = re.compile(r"\{(step|brought|bundled):([a-z0-9_.-]+)\}")
"""A place in a value of a step: {step:NAME} is the folder that step wrote, {brought:NAME} what the user brought by
--bring NAME=PATH, {bundled:FILE} a file beside the manifests."""


class Server(Record):
    """A server that has to answer while a step runs, and the command that starts it."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    how: Text


class Doing(Record):
    """What all steps say. `about` is what the step is or stands for. `after` names steps that come first though no
    value points into them. `gpus` must be there, `server` must answer. `settings` go to the command as --set.
    """

    about: Text
    after: tuple[StepName, ...] = ()
    gpus: Count = 0
    server: Server | None = None
    settings: dict[str, Setting] = Field(default_factory=dict)


class Fetch(Doing):
    """`weval fetch NAME`: the pinned files of a task, a benchmark or an official prompt."""

    does: Literal["fetch"]
    name: Id


class Build(Doing):
    """`weval build all RECIPE`: a variant of the set, or training data."""

    does: Literal["build"]
    step: Id = "all"
    recipe: Id


class Train(Doing):
    """`weval train RECIPE --profile PROFILE`."""

    does: Literal["train"]
    recipe: Id
    profile: Literal["tiny", "paper"]


class Run(Doing):
    """`weval run --model MODEL --task TASK` (or --data): a row of Tables 4, 6 and 7."""

    does: Literal["run"]
    model: Id
    task: Id | None = None
    data: Id | None = None
    limit: Annotated[int, Field(ge=1)] | None = None


class Bench(Doing):
    """`weval bench BENCHMARK --model WRITER --judge JUDGE`: generates, has judged, and scores.

    Without a judge where the benchmark rates pairs by a model alone (rewardbench).
    """

    does: Literal["bench"]
    benchmark: Id
    model: Id
    judge: Id | None = None
    data: Id | None = None
    limit: Annotated[int, Field(ge=1)] | None = None


Step = Annotated[Fetch | Build | Train | Run | Bench, Field(discriminator="does")]


class Brought(Record):
    """What nobody released, so that it has to be brought: what it is, why it is not here, how to get it."""

    what: Text
    why: Text
    how: Text


class Profile(Record):
    """The steps of a profile by name, and the words that go with it.

    `is_check`: figures are of small models made on the spot, which say that the machinery works and nothing of the
    paper: they stand without published values, differences and verdicts. `absent` says of steps that the tables name,
    and this profile does not have, why. `brought` are the things that --bring takes.
    """

    name: Id
    title: Text
    about: Text
    is_check: bool
    brought: dict[StepName, Brought] = Field(default_factory=dict)
    absent: dict[StepName, Text] = Field(default_factory=dict)
    steps: dict[StepName, Step] = Field(min_length=1)


class Column(Record):
    """A column: its name in the published table, and the figure of a step's result that belongs there.

    `figure` is a metric of a run, a figure of a benchmark, or a count of a task (instructions, responses,
    candidates_per_instruction, requirement_judgements); ours times `times` is in the units of print.
    """

    name: Id
    label: Text
    figure: Id
    times: float = 1.0
    decimals: Count = 1


class Row(Record):
    """A row by its published name. `step` fills all columns, or `steps` fill one each; with `minus` the cell is the
    gain over that step on the same items. `why` says of a row of somebody else's system why there is no step.
    """

    name: Id
    step: StepName | None = None
    steps: dict[Id, StepName] = Field(default_factory=dict)
    minus: StepName | None = None
    why: Text | None = None

    def step_of(self, column: str) -> str | None:
        """The step that fills a column of this row, None where nothing does.

        >>> Row(name="SFT", steps={"writingbench": "wb-sft"}).step_of("writingbench")
        'wb-sft'
        """
        return self.steps.get(column, self.step)


class Table(Record):
    """A table or figure of the paper: `published` is the id of its numbers in results/paper."""

    id: Annotated[str, Field(pattern=r"^(table|figure)[0-9]+(-[a-z]+)?$")]
    label: Text
    title: Text
    published: Id
    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[Row, ...] = Field(min_length=1)
    notes: tuple[Text, ...] = ()

    def steps(self) -> Iterator[str]:
        """Every step that fills a cell, or is taken off one; some more than once."""
        for row in self.rows:
            named = [*(row.step_of(column.name) for column in self.columns), row.minus]
            yield from (name for name in named if name is not None)


class Cells(Record):
    """The tables, in the order of print."""

    tables: tuple[Table, ...] = Field(min_length=1)


def read_cells(folder: Path = FOLDER) -> Cells:
    """The manifest of cells. Raises DataError naming file, line and field."""
    return read_yaml(folder / CELLS, Cells)


def profile_names(folder: Path = FOLDER) -> list[str]:
    """The profiles that there are, by name."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.name not in (CELLS, SIZES))


def read_profile(name: str, folder: Path = FOLDER) -> Profile:
    """A profile by name. Raises ConfigError for an unknown one, DataError where its file is broken."""
    if name not in profile_names(folder):
        raise unknown("profile", name, profile_names(folder))
    return read_yaml(folder / f"{name}.yaml", Profile)


def places(step: Doing) -> Iterator[tuple[str, str]]:
    """What a step's values point to: ("step", NAME), ("brought", NAME) or ("bundled", FILE).

    >>> run = Run(does="run", about="a", model="preset:{step:rm}/preset.yaml", task="weval")
    >>> list(places(run))
    [('step', 'rm')]
    """
    content: Mapping[str, object] = step.model_dump(exclude={"about", "after"})
    for value in _strings(content):
        yield from ((found[1], found[2]) for found in PLACE.finditer(value))


def needed_steps(step: Doing) -> list[str]:
    """The steps that come before a step, each once: those it names, then those its values point into."""
    return list(dict.fromkeys([*step.after, *(name for kind, name in places(step) if kind == "step")]))


def _strings(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _strings(value)
