"""Texts that a judge found good enough, of all that are there to be learnt from (WritingBench, arXiv 2503.05244).

OUT/grades.jsonl    a line per graded text, as grades come: a run that goes on asks for the others only
OUT/filtered.json   who was kept; written once, and from then on nothing is asked
OUT/judged/grader/  what a paid judge replied
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from weval.adapters import open_adapter
from weval.appending import append_line, cut_off_half_line
from weval.errors import ConfigError, DataError
from weval.files import Problems, is_file, read_json, read_jsonl, write_json
from weval.folders import new_folder
from weval.randomness import digest
from weval.training.comparing.grading import scores_of
from weval.training.measuring import as_set
from weval.training.sections import Filtering, Profile
from weval.training.start import Training, in_step
from weval.training.supervised.written import Written
from weval.types import Adapter, Id, Paid, Record

GRADES, FILTERED = "grades.jsonl", "filtered.json"
JUDGED = Path("judged") / "grader"

AT_ONCE = 256
"""So many texts are graded before their grades are written down."""


class Graded(Record):
    """A line of grades.jsonl. `text` is a hash of prompt and text."""

    text: Id
    grade: float


class Filtered(Record):
    """filtered.json: the texts that stay, by hash, and what became of the others. Grades are the judge's own scale.

    `missing` have no grade, `below` one that is too low, `beyond` are good enough, but there are enough better ones.
    """

    judge: str
    n_texts: int
    missing: int
    below: int
    beyond: int
    mean_before: float
    mean_kept: float
    kept: tuple[Id, ...]

    def told(self) -> str:
        """In words, for the card."""
        return (
            f"Of {self.n_texts:,} texts {len(self.kept):,} were kept by the grades of {self.judge} (mean "
            f"{self.mean_before:.3g}, of those kept {self.mean_kept:.3g}); left out: {self.missing:,} without a grade, "
            f"{self.below:,} with one that is too low, {self.beyond:,} as others are better."
        )


@dataclass(frozen=True, slots=True)
class Grader:
    """Who grades: a model, or, where `adapter` is None, whoever graded the texts of the source."""

    name: str
    adapter: Adapter | None

    @property
    def fingerprint(self) -> str:
        """A hash of what grades depend on: a run goes on only with the same."""
        told = dict(self.adapter.fingerprint) if self.adapter else {"grades": self.name}
        return digest(json.dumps(told, sort_keys=True, default=str)).hex()


def open_grader(profile: Profile) -> Grader:
    """The judge of a profile's `filtering`. Raises ConfigError where there is none, or it has no grade for a text
    by itself.
    """
    how = _filtering(profile)
    if how.judge is None:
        return Grader("those who made them", None)
    name = f"preset:{how.judge}" if how.judge.endswith((".yaml", ".yml")) else how.judge
    adapter = open_adapter(name, as_set(how.settings))
    if adapter.reads_ids or adapter.unit not in ("response", "requirement"):
        raise ConfigError(f"filtering.judge={how.judge}: judges by {adapter.unit}, and grades no new text by itself")
    return Grader(how.judge, adapter)


def filtered(training: Training, texts: Sequence[Written], grader: Grader) -> tuple[list[Written], Filtered]:
    """The texts that stay, in their order. Called by all processes after `Training.claim`; only the first one asks.

    Raises DataError where nothing stays, ConfigError where the source has no grades and nobody is to give any.
    """
    file = training.out / FILTERED
    if training.is_main and not is_file(file):
        grades = _given(texts) if grader.adapter is None else _asked(training, texts, grader.adapter)
        write_json(file, select(texts, grades, _filtering(training.profile), grader.name))
    in_step()
    found = read_json(file, Filtered)
    names = set(found.kept)
    training.watcher.notice(found.told())
    return [text for text in texts if text.name in names], found


def select(texts: Sequence[Written], grades: Mapping[str, float], how: Filtering, judge: str) -> Filtered:
    """Which texts stay: those of the least grade or a better one, the best first, as many as are to be kept.

    Of equal grades the first stays. A text without a grade is left out. Raises DataError where nothing stays.
    """
    known = {text.name: grades[text.name] for text in texts if text.name in grades}
    good = [name for name, grade in known.items() if how.least is None or grade >= how.least]
    kept = sorted(good, key=lambda name: -known[name])[: how.keep]
    if not kept:
        best = f"the best grade is {max(known.values()):.3g} (filtering.least)" if known else f"who grades is {judge}"
        raise DataError(
            f"filtering: no text stays: of {len(texts):,}, {len(texts) - len(known):,} have no grade, and {best}"
        )
    return Filtered(
        judge=judge,
        n_texts=len(texts),
        missing=len(texts) - len(known),
        below=len(known) - len(good),
        beyond=len(good) - len(kept),
        mean_before=sum(known.values()) / len(known),
        mean_kept=sum(known[name] for name in kept) / len(kept),
        kept=tuple(kept),
    )


def _filtering(profile: Profile) -> Filtering:
    if profile.filtering is None:
        raise ConfigError("filtering: the profile has no such section; it says which texts are good enough")
    return profile.filtering


def _given(texts: Sequence[Written]) -> dict[str, float]:
    found = {text.name: text.grade for text in texts if text.grade is not None}
    if not found:
        raise ConfigError("filtering.judge: the source has no grades, so somebody has to give them")
    return found


def _asked(training: Training, texts: Sequence[Written], adapter: Adapter) -> dict[str, float]:
    """The grades in the file, and those of all texts that are not there, which are put there as they come."""
    file = training.out / GRADES
    if isinstance(adapter, Paid):
        adapter.keep_in(new_folder(training.out / JUDGED))
    found = read_grades(file)
    open_ = [text for text in texts if text.name not in found]
    training.watcher.counts("grading", "graded")
    training.watcher.started(len(texts), len(texts) - len(open_))
    for name, grade in _grades(open_, adapter):
        if grade is not None:
            found[name] = grade
            append_line(file, Graded(text=name, grade=grade).model_dump_json().encode() + b"\n")
        training.watcher.scored()
    return found


def read_grades(file: Path) -> dict[str, float]:
    """The grades that were given so far, by text. Raises DataError for a broken file."""
    if not is_file(file):
        return {}
    cut_off_half_line(file)
    problems = Problems(file)
    found = {row.text: row.grade for _, row in read_jsonl(file, Graded, problems)} if file.stat().st_size else {}
    problems.check()
    return found


def _grades(texts: Sequence[Written], adapter: Adapter) -> Iterator[tuple[str, float | None]]:
    for at in range(0, len(texts), AT_ONCE):
        some = texts[at : at + AT_ONCE]
        scores = scores_of(adapter, [(text.name, text.prompt, text.response) for text in some])
        yield from zip((text.name for text in some), scores, strict=True)
