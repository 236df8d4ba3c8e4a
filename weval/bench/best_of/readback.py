"""Bests of n read back from their folders. Nothing is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from weval.bench.best_of.rating import REWARDS
from weval.bench.best_of.result import BestOf, BestOfIdentity, Computed
from weval.bench.best_of.run import finish_best_of
from weval.bench.best_of.samples import SAMPLE, sample_folders
from weval.bench.identity import identity_in
from weval.bench.readback import bench_folders, rescore_bench
from weval.bench.run import held
from weval.errors import DataError, ResultError
from weval.files import is_file
from weval.invalid import complaints, field_name
from weval.store import RUN, is_bench_run, read_run


class Divided(NamedTuple):
    """Folders by what is in them: runs of one text for each item, and bests of n."""

    runs: list[Path]
    bests: list[Path]


def divided(folders: Sequence[Path]) -> Divided:
    """The runs and the bests of n in folders. The runs of a best of n are no runs of others, unless they are named.

    Raises ResultError where a folder holds neither.
    """
    runs, bests = list[Path](), list[Path]()
    for folder in folders:
        if is_best_of(folder):
            bests.append(folder)
            continue
        found = bench_folders(folder)
        ours = [path for path in found if is_best_of(path)]
        roots = {path.parent for path in ours}
        bests += ours
        runs += [
            path
            for path in found
            if path not in ours and (path == folder or not (path.parent in roots and path.name.startswith(SAMPLE)))
        ]
    return Divided(runs, bests)


def is_best_of(folder: Path) -> bool:
    """Whether a folder holds the choice of a reward model. False also for what is broken: bench_folders says it."""
    return is_file(folder / RUN) and is_bench_run(folder) and "reward" in read_run(folder).identity


def rescore_best_of(folder: Path) -> BestOf:
    """A best of n as its folder and those of its texts have it; its result is written.

    Raises ResultError where texts are gone, or it is going on at this moment; DataError where something is broken.
    """
    record = read_run(folder)
    identity = identity_in(record, folder, BestOfIdentity)
    try:
        computed = Computed.model_validate(record.evaluate)
    except ValidationError as error:
        said = [f"{folder / RUN}: evaluate.{field_name(loc)}: {text}" for loc, text in complaints(error, None)]
        raise DataError(said) from error
    places = list(sample_folders(folder.parent, computed.n_texts))
    if gone := [place for place in places if not is_file(place / RUN)]:
        raise ResultError(f"{folder}: its texts are gone: there is no run in {gone[0]}")
    with held(folder, [REWARDS]):
        return finish_best_of(folder, [rescore_bench(place) for place in places], identity.reward, computed)
