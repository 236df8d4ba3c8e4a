"""Preference pairs for a Bradley-Terry reward model: an answer that kept a requirement over one that dropped it.

From the items of this build, or of a task or a file. The whole-query form, where chosen kept all, is that of the WEval
paper; a model of unit requirement is trained on one requirement at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from weval.build.recipe import Recipe
from weval.build.records import Pair, Quadruple
from weval.build.rows import Rows
from weval.build.sections import Pairs
from weval.build.starting import given_task
from weval.build.step import Work
from weval.build.training.contamination import evaluated, hashes
from weval.build.training.holdout import Groups, held_out
from weval.build.training.matching import length_accuracy, length_counts, length_matched
from weval.build.training.pairing import Contrast, contrasts, crossed, pair_of, quadruple_of
from weval.build.training.vouched import Met, Verdicts, standing
from weval.errors import ConfigError, ResultError
from weval.tasks import task_names
from weval.types import Item, Record

TEST, QUADRUPLES = "pairs_test.jsonl", "quadruples.jsonl"
VERDICTS = "verdicts.jsonl"
"""What the step verify found, beside its items."""

Split = Literal["train", "test"]


def inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The items that pairs are made of, and the tasks that they are held against, each with its hash."""
    section = recipe.pairs
    _check(section)
    found = hashes(section.also, section.allow, home)
    if section.source is not None:
        found[f"pairs of {section.source}"] = given_task(section.source, home).sha256
    return found


def make(work: Work) -> Iterator[Pair]:
    """The pairs for training in the order of items; those for testing go to a file beside it.

    Items are read again and again rather than held, so memory is taken by names and lengths alone. Raises ConfigError
    where the source is a task that models are judged on, ResultError where no pair is left.
    """
    section = work.recipe.pairs
    _check(section)
    pairs, groups = _sound(work, section)
    if not pairs:
        reasons = work.reasons()
        said = ", ".join(f"{n:,} {reason.replace('_', ' ')}" for reason, n in reasons.items())
        hint = "; pairs.allow names tasks whose items may be trained on" if "contaminated" in reasons else ""
        raise ResultError(f"pairs: none is left ({said or 'the source has none'}){hint}")
    test = held_out(groups, section.holdout, section.seed)
    split: dict[Split, list[Contrast]] = {
        "train": [pair for pair in pairs if pair.item not in test],
        "test": [pair for pair in pairs if pair.item in test],
    }
    chosen = {name: _matched(work, name, part, section) for name, part in split.items()}
    yield from _rows(work, chosen["train"])
    _beside(work, TEST, _rows(work, chosen["test"]))
    if section.quadruples:
        _beside(work, QUADRUPLES, _quadruples(work, section, {*groups}, test))


def _check(section: Pairs) -> None:
    """Raises ConfigError for names that are no task's, and for a source that models are judged on."""
    if strangers := [name for name in section.allow if name not in task_names()]:
        raise ConfigError(f"pairs.allow: {strangers[0]}: is no task (weval list tasks)")
    if section.source in task_names() and section.source not in section.allow:
        raise ConfigError(
            f"pairs.source: {section.source} is a task that models are judged on; with pairs.allow: [{section.source}] "
            "its items are trained on all the same, and figures on it say nothing about such a model"
        )


def _items(work: Work) -> Iterator[Item]:
    source = work.recipe.pairs.source
    return work.read("verify", Item, lambda item: item.id) if source is None else given_task(source, work.home).items()


def _verdicts(work: Work) -> Verdicts:
    """What the step verify found of this build's own items; for others mechanical checks alone."""
    return Verdicts(work.sources["verify"].with_name(VERDICTS) if work.recipe.pairs.source is None else None)


def _sound(work: Work, section: Pairs) -> tuple[list[Contrast], dict[str, int]]:
    """The pairs that can be used, and the group of each item that has one. The others are left out, and counted."""
    known = evaluated(work, section.overlap, section.also, section.allow)
    verdicts = _verdicts(work) if section.validated else None
    groups, numbers, pairs = Groups(section.overlap), dict[str, int](), list[Contrast]()
    for item in _items(work):
        if found := known.find(item.instruction, item.query(item.requirement_ids)):
            work.leave_out(item.id, "contaminated", found.told())
            continue
        every = list(contrasts(item, section))
        if not every:
            work.leave_out(item.id, "nothing_to_compare", "no answer is known to have kept what another dropped")
        is_met = verdicts.of(item) if verdicts else None
        sound = [pair for pair in every if not _left_out(work, item, pair, is_met)]
        if sound:
            numbers[item.id] = groups.add(item.instruction)
            pairs += sound
    return pairs, {name: groups.group(number) for name, number in numbers.items()}


def _left_out(work: Work, item: Item, pair: Contrast, is_met: Met | None) -> bool:
    """Notes why a pair cannot be used, if it cannot."""
    responses = {candidate.id: candidate.response for candidate in item.candidates}
    chosen, rejected = responses[pair.chosen].strip(), responses[pair.rejected].strip()
    reason = ""
    if not chosen or not rejected:
        reason = "empty_text"
    elif chosen == rejected:
        reason = "same_text"
    elif is_met and (found := standing(item, pair, is_met)) != "validated":
        reason = found
    if reason:
        work.leave_out(item.id, reason, pair.told())
    return bool(reason)


def _matched(work: Work, name: Split, pairs: list[Contrast], section: Pairs) -> list[Contrast]:
    """The pairs of a file, matched by length where the recipe says so; what length alone gets right is told."""
    chosen = length_matched(pairs, section.seed) if section.length_matched else pairs
    stay = {pair.id for pair in chosen}
    for pair in pairs:
        if pair.id not in stay:
            work.leave_out(pair.item, "length_unmatched", f"{name}: {pair.told()}")
    work.told[name] = {
        "pairs": len(chosen),
        "queries": len({pair.item for pair in chosen}),
        "lengths": length_counts(chosen),
        "length_only_accuracy": length_accuracy(chosen),
        **({"length_only_accuracy_before": length_accuracy(pairs)} if section.length_matched else {}),
    }
    return chosen


def _rows(work: Work, pairs: Iterable[Contrast]) -> Iterator[Pair]:
    by_item: dict[str, list[Contrast]] = {}
    for pair in pairs:
        by_item.setdefault(pair.item, []).append(pair)
    for item in _items(work):
        yield from (pair_of(item, pair) for pair in by_item.get(item.id, ()))


def _quadruples(work: Work, section: Pairs, used: set[str], test: set[str]) -> Iterator[Quadruple]:
    """All of the items that have a pair; validated ones where pairs are."""
    verdicts = _verdicts(work) if section.validated else None
    for item in _items(work):
        is_met = verdicts.of(item) if verdicts else None
        for over, under in crossed(item) if item.id in used else ():
            if is_met is None or standing(item, over, is_met) == standing(item, under, is_met) == "validated":
                yield quadruple_of(item, over, under, "test" if item.id in test else "train")


def _beside(work: Work, name: str, rows: Iterable[Record]) -> None:
    work.beside(name)
    Rows(work.folder / name).write(rows)
