"""Preferences that `weval build pairs` made: its folder with pairs.jsonl, pairs_test.jsonl and quadruples.jsonl."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeVar

from weval.build.records import Pair, Quadruple, StepRecord
from weval.build.step import STEP
from weval.errors import ConfigError, DataError
from weval.files import Problems, read_json, read_jsonl
from weval.training.rewardmodels.preferences import Preference
from weval.training.sections import RewardHead
from weval.types import Record, Request, Requirement
from weval.types.items import joined

PAIRS, PAIRS_TEST, QUADRUPLES = "pairs.jsonl", "pairs_test.jsonl", "quadruples.jsonl"

Split = Literal["train", "test"]

R = TypeVar("R", bound=Record)

JUDGED_ON = {"requirement": "requirement", "response": "query"}
"""What pairs are judged on, by the unit of the model that is trained on them."""

UNKNOWN = {"requirement": ("{query}",), "response": ("{instruction}", "{requirement}")}
"""Places of a wire format that cannot be filled from pairs, by unit: of the query they say what they were judged on."""


def is_built(folder: Path) -> bool:
    """Whether a folder has pairs in it that `weval build` made."""
    return (folder / PAIRS).is_file()


def built_files(folder: Path, head: RewardHead) -> list[Path]:
    """The files that are read of a folder for an objective; those for testing only where they are there."""
    names = (PAIRS, PAIRS_TEST, QUADRUPLES) if head.objective == "double-difference" else (PAIRS, PAIRS_TEST)
    return [folder / name for name in names if name != PAIRS_TEST or (folder / name).is_file()]


def check_built(folder: Path, head: RewardHead) -> None:
    """Raises ConfigError where pairs on the whole query are to train a model by requirement, or the other way round,
    and for places of the wire format that pairs do not tell; DataError for a broken step.json.
    """
    for place in UNKNOWN[head.unit]:
        if place in (head.wire or ""):
            raise ConfigError(
                f"reward_head.wire: {place} is not in the pairs of {folder}; with unit={head.unit} there is {{asked}}"
            )
    if not (folder / STEP).is_file():
        return
    judged_on = read_json(folder / STEP, StepRecord).settings.get("judged_on", "query")
    if judged_on != JUDGED_ON[head.unit]:
        raise ConfigError(
            f"{folder}: its pairs are judged on the {judged_on}, and reward_head.unit is {head.unit}; build others "
            f"with pairs.judged_on: {JUDGED_ON[head.unit]}"
        )


def built_preferences(folder: Path, head: RewardHead, split: Split) -> list[Preference]:
    """The preferences of one split, in the order of their file. Raises DataError for a broken file."""
    if head.objective == "double-difference":
        known = _requirements(folder)
        rows = _rows(folder / QUADRUPLES, Quadruple)
        return [_crossed(row, known, folder) for row in rows if row.split == split]
    path = folder / (PAIRS if split == "train" else PAIRS_TEST)
    return [_preference(row, head) for row in _rows(path, Pair)] if split == "train" or path.is_file() else []


def _rows(path: Path, record: type[R]) -> Iterator[R]:
    problems = Problems(path)
    for _, row in read_jsonl(path, record, problems):
        yield row
    problems.check()


def _preference(pair: Pair, head: RewardHead) -> Preference:
    margin = pair.margin if head.margin == "dropped" else 0.0
    if head.unit == "response":
        asked = Request(pair.id, pair.item_id, pair.prompt, pair.prompt, pair.language, (), (pair.chosen,))
        return Preference(asked, _answered(asked, pair.rejected), margin)
    requirement = _only(pair)
    asked = _asked(pair.id, pair.prompt, pair.language, requirement, pair.chosen)
    return Preference(asked, _answered(asked, pair.rejected), margin)


def _only(pair: Pair) -> Requirement:
    """The requirement that a pair is judged on."""
    return Requirement(id=pair.requirement_ids[0], type=pair.requirement_types[0], text=pair.requirement_texts[0])


Known = dict[tuple[str, str], tuple[str | None, Requirement]]
"""By item and requirement: the item's language, and the requirement."""


def _requirements(folder: Path) -> Known:
    """The requirements of all pairs: quadruples name theirs only."""
    files = (folder / name for name in (PAIRS, PAIRS_TEST) if (folder / name).is_file())
    rows = (row for path in files for row in _rows(path, Pair) if row.requirement_ids)
    return {(row.item_id, row.requirement_ids[0]): (row.language, _only(row)) for row in rows}


def _crossed(row: Quadruple, known: Known, folder: Path) -> Preference:
    asked = []
    for name, prompt, response in (
        (row.requirement_a, row.prompt_a, row.first),
        (row.requirement_b, row.prompt_b, row.second),
    ):
        if (row.item_id, name) not in known:
            raise DataError(
                f"{folder / QUADRUPLES}: {row.id}: no pair is about requirement {name} of item {row.item_id}, so its "
                "text is not known; build the pairs with pairs.against: all and length_matched: false"
            )
        language, requirement = known[row.item_id, name]
        asked.append(_asked(row.id, prompt, language, requirement, response))
    over, under = asked
    return Preference(over, _answered(over, row.second), other=(under, _answered(under, row.first)))


def _asked(name: str, prompt: str, language: str | None, requirement: Requirement, response: str) -> Request:
    """A response put to one requirement; `prompt` is the instruction with it at its end."""
    instruction = prompt.removesuffix(requirement.text)
    if joined(language, "x", "y") != "xy":
        instruction = instruction.removesuffix(" ")
    return Request(name, name, prompt, instruction, language, (requirement,), (response,), requirement)


def _answered(request: Request, response: str) -> Request:
    """The same question about another response."""
    return replace(request, responses=(response,))
