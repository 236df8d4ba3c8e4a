"""One step of a build: rows in, rows out, and what is kept so that nothing is paid for twice.

A step's files are written beside those of before and take their places when the step ends, so a killed step leaves
those of before. What costs money or hours is kept as it comes, in files of its own (replies.jsonl), and found again by
the next attempt.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from weval.build.recipe import Recipe
from weval.build.records import LeftOut, Spent
from weval.build.rows import Rows
from weval.build.sections import Writer
from weval.errors import ConfigError, ResultError
from weval.files import Problems, one_line, part_of, read_jsonl
from weval.folders import new_folder
from weval.run import Watcher
from weval.textmodels import open_text_model
from weval.textmodels.journal import REPLIES
from weval.types import Prompt, Record, Reply, TextModel

R = TypeVar("R", bound=Record)

LEFT_OUT, STEP = "left_out.jsonl", "step.json"

DETAIL = 300
"""So much of a detail is kept."""

_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a recipe. The function `make` of its `module` takes a Work and gives the rows of `file` in order.

    `needs` are the steps whose files it reads, where the recipe has them, `beside` what it reads beside these files;
    `sections` are the parts of the recipe that decide what comes out. Where the module has a function `inputs`, that
    gives the sha256 of other files and of tasks, by name.
    """

    name: str
    file: str
    about: str
    module: str
    needs: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


class Tally:
    """What was asked for and paid so far. The sum of the costs does not depend on the order of the replies."""

    def __init__(self) -> None:
        self._replies = 0
        self._tokens: dict[str, int] = {}
        self._costs: list[float] = []

    def add(self, one: Reply | Spent) -> None:
        """One more reply, whatever it came to; or what a step asked for and paid."""
        self._replies += one.replies if isinstance(one, Spent) else 1
        for name in ("tokens_in", "tokens_out"):
            if (told := getattr(one, name)) is not None:
                self._tokens[name] = self._tokens.get(name, 0) + told
        if one.cost_usd is not None:
            self._costs.append(one.cost_usd)

    @property
    def spent(self) -> Spent:
        """The sums; null where nothing was told."""
        return Spent(replies=self._replies, cost_usd=math.fsum(self._costs) if self._costs else None, **self._tokens)


@dataclass
class Work:
    """What a step works with. `folder` is its own; `sources` are the main files of the steps that it reads.

    `home` is the folder that paths in the recipe are relative to. What is put into `told` stands in step.json, with
    `models`, the reasons why rows were left out, what was `paid` and the hashes of `side_files`.
    """

    recipe: Recipe
    home: Path
    folder: Path
    sources: Mapping[str, Path]
    watcher: Watcher
    told: dict[str, Any] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)
    side_files: list[str] = field(default_factory=list)
    paid: Tally = field(default_factory=Tally)
    left_out: Rows = field(init=False)
    _reasons: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.left_out = Rows(self.folder / LEFT_OUT)

    def read(self, step: str, record: type[R], key: Callable[[R], str] | None = None) -> Iterator[R]:
        """The rows of an earlier step's file, one in memory at a time; with `key`, no two may have the same.

        Raises DataError naming line and field, where it was edited badly, after the rows that are sound.
        """
        problems, seen = Problems(self.sources[step]), dict[str, int]()
        for line, row in read_jsonl(self.sources[step], record, problems):
            if key and (first := seen.setdefault(key(row), line)) != line:
                problems.add(line, "", f"{key(row)!r} is on line {first} already")
            yield row
        problems.check()

    def leave_out(self, name: str, reason: str, detail: str = "") -> None:
        """Notes that something does not come into the step's file, and why. Raises ResultError."""
        self.left_out.add(LeftOut(id=name, reason=reason, detail=one_line(detail, DETAIL)))
        self._reasons[reason] += 1

    def reasons(self) -> dict[str, int]:
        """How many were left out for each reason."""
        return dict(sorted(self._reasons.items()))

    def beside(self, name: str) -> Path:
        """Where to write another file of the step: it becomes `name` in the step's folder when the main file does."""
        self.side_files.append(name)
        new_folder((self.folder / name).parent)
        return part_of(self.folder / name)

    def open(self, role: str, writer: Writer, place: str | None = None) -> TextModel:
        """The model of a role, which keeps its replies in the step's folder. Raises ConfigError, ResultError.

        `place` is where the recipe names it, if that is not called as the role.
        """
        model = opened(place or role, writer)
        folder = new_folder(self.folder / role)
        if n := n_kept(folder / REPLIES):
            self.watcher.notice(f"{role}: {n:,} replies are kept in {folder}; what they answer is not asked again")
        model.keep_in(folder)
        self.models[role] = dict(model.fingerprint)
        return model

    def count(self, replies: Iterable[Reply]) -> None:
        """Counts replies that were not asked for here, as a judge's, into what was paid."""
        for reply in replies:
            self.paid.add(reply)

    def ask(self, model: TextModel, prompts: Iterable[Prompt], total: int) -> Iterator[Reply]:
        """One reply per prompt, in any order, with progress. What was answered before is not asked again."""
        self.watcher.started(total, 0)
        for reply in model.replies(prompts):
            self.count([reply])
            self.watcher.scored()
            yield reply


def opened(place: str, writer: Writer) -> TextModel:
    """The model that a place in the recipe names. Raises ConfigError for none, or settings that do not fit it."""
    if writer.model is None:
        raise ConfigError(f"{place}.model: the recipe names none; --set {place}.model=BACKEND/MODEL, as openai/gpt-4o")
    return open_text_model(writer.model, writer.settings)


def n_kept(journal: Path) -> int:
    """How many replies a file of them holds; 0 where it is not there. Raises ResultError."""
    try:
        with journal.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise ResultError(f"cannot read {journal}: {error.strerror}") from error
