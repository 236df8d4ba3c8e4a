"""Prompts with references of rising quality: from `weval build references`, or made here of texts that items have."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from weval.build.records import Laddered, Reference, TrainingPrompt
from weval.build.training.references import FEWEST, ladder
from weval.errors import ConfigError
from weval.files import Problems, is_file, is_folder, read_jsonl
from weval.hashes import sha256_of
from weval.training.clean import clean, kept_hash
from weval.training.comparing.grading import Named, scores_of
from weval.training.rewards.prompts import Example, Prompts, read_prompts
from weval.training.sections import Comparison
from weval.training.start import Training
from weval.types import Adapter

BUILT = Path("references") / "references.jsonl"
"""Where a folder of `weval build` has its ladders."""

OWN = "policy"
"""The writer of what the policy itself wrote before training."""


def read_ladders(training: Training) -> Prompts:
    """The prompts of a profile, as `read_prompts` reads them; also those of `weval build references`, which
    have their references with them.

    Raises DataError for a broken file and where nothing is left, ConfigError where there are too few.
    """
    data = training.profile.data
    path = Path(data.source)
    if is_folder(path) and is_file(path / BUILT):
        path = path / BUILT
    if not (is_file(path) and _has_references(path)):
        return read_prompts(training)
    problems = Problems(path)
    rows = [row for _, row in read_jsonl(path, Laddered, problems)]
    problems.check()
    kept, left_out = clean(rows, data.allow, data.overlap, texts=_known_by, watcher=training.watcher)
    random.Random(data.shuffle_seed).shuffle(kept)
    n = data.train if data.train is not None else len(kept) - data.holdout
    if n < 1 or n + data.holdout > len(kept):
        raise ConfigError(
            f"data.train, data.holdout: {data.source} has {len(kept):,} prompts, which is not enough for "
            f"{max(1, n):,} to train on and {data.holdout:,} held out"
        )
    examples = [Example(row, tuple(each.response for each in row.references)) for row in kept]
    hashes = {data.source: sha256_of(path)} | kept_hash(row.id for row in kept)
    return Prompts(tuple(examples[:n]), tuple(examples[n : n + data.holdout]), hashes, left_out)


def _known_by(prompt: Laddered) -> tuple[str, ...]:
    """What tells whether a prompt is an item of a task."""
    return prompt.instruction, prompt.prompt[-1].content


def shortened(text: str, n_words: int | None) -> str:
    """The text up to its n-th word, with what stands between the words as it was.

    >>> shortened("One two  three.", 2), shortened("One two  three.", None)
    ('One two', 'One two  three.')
    """
    if n_words is None:
        return text
    at = 0
    for word in text.split()[:n_words]:
        at = text.index(word, at) + len(word)
    return text[:at]


@dataclass(frozen=True, slots=True)
class Laddering:
    """Prompts with their ladders, and how many prompts have none for which reason."""

    prompts: tuple[Laddered, ...]
    left_out: dict[str, int]


def laddered(
    examples: Iterable[Example], own: Mapping[str, Sequence[str]], grader: Adapter, how: Comparison
) -> Laddering:
    """Ladders of the examples' texts, and of the policy's own where they are to be references too, graded by one model.

    A text without a grade is no reference. Left out and counted: prompts with fewer than two texts that have one
    (`few_graded`), and those whose texts are all as good (`no_gain`).
    """
    texts = {example.prompt.id: list(_texts(example, own, how)) for example in examples}
    prompts = {example.prompt.id: example.prompt for example in examples}
    named: list[Named] = [(writer, prompts[name], text) for name, each in texts.items() for writer, text in each]
    grades = iter(scores_of(grader, named))
    kept, left_out = list[Laddered](), {"few_graded": 0, "no_gain": 0}
    for name, each in texts.items():
        found = [
            Reference(writer=writer, response=text, grade=grade)
            for writer, text in each
            if (grade := next(grades)) is not None
        ]
        rungs = ladder(found, how.least_gain)
        if len(rungs) >= FEWEST:
            kept.append(Laddered(references=tuple(rungs), **_fields(prompts[name])))
        else:
            left_out["few_graded" if len(found) < FEWEST else "no_gain"] += 1
    return Laddering(tuple(kept), {reason: n for reason, n in left_out.items() if n})


def _texts(example: Example, own: Mapping[str, Sequence[str]], how: Comparison) -> Iterable[tuple[str, str]]:
    others = [(f"writer{n}", shortened(text, how.cut_words)) for n, text in enumerate(example.answers, start=1)]
    mine = [(f"{OWN}{n}", text) for n, text in enumerate(own.get(example.prompt.id, ()), start=1) if how.own_texts]
    seen = dict[str, str]()
    for writer, text in (*mine, *others):
        if text.strip():
            seen.setdefault(text, writer)
    return ((writer, text) for text, writer in seen.items())


def _fields(prompt: TrainingPrompt) -> dict[str, Any]:
    return {name: getattr(prompt, name) for name in TrainingPrompt.model_fields}


def _has_references(path: Path) -> bool:
    """Whether the first line has references; what is wrong with it is told by who reads the file."""
    with path.open("rb") as file:
        try:
            first = from_json(file.readline(2**25))
        except ValueError:
            return False
    return isinstance(first, dict) and "references" in first
