"""A reproduction that was kept in `results/`: every cell made again from the raw scores, what differs is refused.

results/reproductions/<name>/reproduction.json                       the record, whose figures are not believed
results/reproductions/<name>/steps/<step>-<hash>/{step.json,made/…}  of each step behind a cell its run, packed
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from weval.errors import ConfigError, DataError
from weval.files import one_line, os_message, read_json, write_json
from weval.leaderboard.bundle import read_once, regular_file, unpacking
from weval.leaderboard.card import slug_of
from weval.leaderboard.checked import MAX_SAID, Finding, faultless
from weval.leaderboard.recompute import differences
from weval.leaderboard.replacing import replace, staging
from weval.leaderboard.tree import REPRODUCTIONS
from weval.leaderboard.writers.packed import MAX_UNPACKED
from weval.reproduce.finished import FINISHED, Finished
from weval.reproduce.graph import MADE, STEPS, Graph
from weval.reproduce.keeping import PACKED, RECORD, keep, kept_files, unlike
from weval.reproduce.manifest import FOLDER, PLACE, Bench, Doing, Profile, Run, Table, read_cells, read_profile
from weval.reproduce.outcome import Cell, Reproduction, StepOutcome
from weval.reproduce.reading import GOLD
from weval.reproduce.tabulate import NOT_RECOMPUTED, tabulate
from weval.store import RESULT, RUN, RunRecord
from weval.tasks import read_spec

MAX_SECONDS = 1e9
"""More than thirty years."""

MAX_TOLD = 2000
"""Characters of why a step is not done, and of what to do."""


def check_reproduction(folder: Path) -> Finding[Reproduction]:
    """What is wrong with a reproduction; in the end its tables, made again here. Raises WevalError.

    A cell whose data are not on this machine has no figure then, and says so.
    """
    stated = read_once(folder, RECORD, Reproduction)
    profile = read_profile(stated.profile)
    tables = _tables(stated)
    steps = yield from _steps(stated, profile)
    kept = [step for step in steps if step.state == "done" and isinstance(profile.steps[step.name], Run | Bench)]
    yield from _strays(folder, kept, profile)
    for step in kept:
        mark = read_once(folder / str(step.folder), FINISHED, Finished)
        if (mark.step, mark.fingerprint) != (step.name, step.fingerprint):
            yield f"{step.name}: {FINISHED} is that of another step"
        record = read_once(folder / str(step.folder) / MADE, RUN, RunRecord)
        for said in unlike(profile.steps[step.name], record):
            yield f"{step.name}: is not the run of this step: {said}"
    with _unpacked(folder, kept, profile) as place:
        found = tabulate(tables, profile, Graph(profile, place, {}, {}), steps)
    told = [*_stated_otherwise(stated, found)]
    yield from islice(told, MAX_SAID)
    if len(told) > MAX_SAID:
        yield f"and {len(told) - MAX_SAID} more differences; no figure is written by hand"
    return found


def submit_reproduction(folder: Path, root: Path, name: str | None = None) -> tuple[Path, Reproduction]:
    """Keeps a reproduction below a folder `results`, in the place of one of that name, which by default is that of its
    profile; gives where, and its tables as they were made again of what is kept.

    Raises WevalError for what would be refused, and nothing has changed then.
    """
    name = slug_of(name or read_json(folder / RECORD, Reproduction).profile)
    if not name:
        raise ConfigError("--set name=…: a reproduction needs a name with letters or digits in it")
    place = root.absolute() / REPRODUCTIONS / name
    with staging(root.absolute()) as scratch:
        keep(folder, scratch / name)
        found = faultless(check_reproduction(scratch / name))
        place.parent.mkdir(exist_ok=True)
        replace(scratch / name, place)
    return place, found


def _tables(stated: Reproduction) -> list[Table]:
    """The tables that it has, with their rows. Raises DataError for what the manifest does not have."""
    known = {table.id: table for table in read_cells().tables}
    tables = list[Table]()
    for told in stated.tables:
        if told.id not in known:
            raise DataError(f"{RECORD}: {told.id} is no table of this weval")
        if any(told.id == table.id for table in tables):
            raise DataError(f"{RECORD}: {told.id} is there twice")
        names = {row.name for row in told.rows}
        if strange := names - {row.name for row in known[told.id].rows}:
            raise DataError(f"{RECORD}: {told.id}: {one_line(repr(min(strange)), 80)} is no row of this table")
        rows = tuple(row for row in known[told.id].rows if row.name in names)
        tables.append(known[told.id].model_copy(update={"rows": rows}))
    return tables


def _steps(stated: Reproduction, profile: Profile) -> Finding[list[StepOutcome]]:
    """What is wrong with what is said of the steps; in the end those that can be, as the manifest describes them."""
    found: dict[str, StepOutcome] = {}
    for step in stated.steps:
        name = one_line(step.name, 80)
        if step.name not in profile.steps or step.name in found:
            yield f"{RECORD}: {name} is {'there twice' if step.name in found else 'no step of this profile'}"
            continue
        if step.state == "done" and not _is_place(step):
            yield f"{RECORD}: {name}: folder is {one_line(str(step.folder), 80)}, which is not that of this step"
            continue
        if not _is_ours(step.command):
            yield f"{RECORD}: {name}: command is not one of weval, with what a shell could take for its own in quotes"
        if step.seconds is not None and not 0 <= step.seconds <= MAX_SECONDS:
            yield f"{RECORD}: {name}: seconds is {step.seconds:g}, which no step takes"
        ours = {"about": profile.steps[step.name].about, "does": profile.steps[step.name].does}
        said = {key: text and one_line(text, MAX_TOLD) for key, text in (("why", step.why), ("remedy", step.remedy))}
        found[step.name] = step.model_copy(update={**ours, **said})
    return [*found.values()]


def _is_place(step: StepOutcome) -> bool:
    is_hash = re.fullmatch(r"[0-9a-f]{16}", step.fingerprint) is not None
    return is_hash and step.folder == f"{STEPS}/{step.name}-{step.fingerprint[:8]}"


def _is_ours(command: str) -> bool:
    """Whether a command starts weval and nothing else, whatever stands in it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    return words[:1] == ["weval"] and shlex.join(words) == command


def _strays(folder: Path, steps: Sequence[StepOutcome], profile: Profile) -> Iterator[str]:
    """What lies there and belongs to no step."""
    known = {RECORD}
    for step in steps:
        made = f"{step.folder}/{MADE}"
        packed = [*kept_files(profile.steps[step.name], folder / made), GOLD]
        known |= {f"{step.folder}/{FINISHED}", f"{made}/{RUN}", f"{made}/{RESULT}"}
        known |= {f"{made}/{name}{PACKED}" for name in packed}
    for place, folders, names in os.walk(folder):
        at = Path(place)
        for name in sorted(names) + [name for name in folders if (at / name).is_symlink()]:
            path = (at / name).relative_to(folder).as_posix()
            if path not in known or (at / name).is_symlink():
                yield f"{one_line(path, 80)}: does not belong in a reproduction"


@contextmanager
def _unpacked(folder: Path, steps: Sequence[StepOutcome], profile: Profile) -> Iterator[Path]:
    """The folder as weval reproduce has it, for as long as it is needed. Raises DataError."""
    with TemporaryDirectory(prefix="weval-") as made:
        place = Path(made).resolve()
        try:
            for step in steps:
                to = place / str(step.folder) / MADE
                to.mkdir(parents=True)
                _unpack(folder / str(step.folder) / MADE, to, profile.steps[step.name])
        except OSError as error:
            raise DataError(f"{folder}: {os_message(error)}") from error
        yield place


def _unpack(made: Path, to: Path, step: Doing) -> None:
    """One step's folder; what its data were is looked for beside the manifest, where it may be named."""
    record = read_once(made, RUN, RunRecord)
    data = getattr(step, "data", None)
    if data is not None:
        data = PLACE.sub(lambda found: str(FOLDER / found[2]) if found[1] == "bundled" else found[0], data)
    write_json(to / RUN, record.model_copy(update={"data": data}))
    names = kept_files(step, made)
    if isinstance(step, Run) and (made / f"{GOLD}{PACKED}").exists() and not _is_here(step.task):
        names.append(GOLD)
    for name in names:
        with (to / name).open("wb") as file:
            file.writelines(
                unpacking(regular_file(made, f"{name}{PACKED}"), MAX_UNPACKED, "step of a reproduction takes")
            )


def _is_here(task: str | None) -> bool:
    """Whether a task's items are here, which go before a gold that somebody else made of them."""
    return task is not None and read_spec(task).source.is_here


def _stated_otherwise(stated: Reproduction, found: Reproduction) -> Iterator[str]:
    """What the record says of cells otherwise than their scores, where these could be looked at."""
    if stated.is_check is not found.is_check:
        yield f"{RECORD}: is_check is {stated.is_check}, and that of the profile {found.is_check}"
    ours = {
        (table.id, row.name, cell.column): cell for table in found.tables for row in table.rows for cell in row.cells
    }
    for table in stated.tables:
        for row in table.rows:
            for cell in row.cells:
                other = ours.get((table.id, row.name, cell.column))
                if other is None:
                    yield f"{RECORD}: {table.id}, {row.name}: {one_line(cell.column, 80)} is no column of it"
                elif not (other.verdict == "not run" and NOT_RECOMPUTED in (other.why or "")):
                    yield from (f"{table.id}, {row.name}, {cell.column}: {said}" for said in _differ(cell, other))


def _differ(stated: Cell, found: Cell) -> Iterator[str]:
    """Not why something is not there: that is words."""
    yield from differences(stated.model_copy(update={"why": None}), found.model_copy(update={"why": None}))
