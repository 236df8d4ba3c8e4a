"""Which items are trained on and which are held out, and the preferences that their answers give."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weval.build.sections import Pairs
from weval.build.training.holdout import Groups
from weval.build.training.pairing import Contrast, contrasts, crossed
from weval.errors import ConfigError
from weval.plan import PlanOptions, plan
from weval.training.rewardmodels.preferences import Preference
from weval.training.sections import Data, RewardHead
from weval.types import Item


@dataclass(frozen=True, slots=True)
class Split:
    """Items to train on and items held out, each in the order drawn; `alike` would have been trained on, but say the
    same as one that is held out, and are in neither.
    """

    train: list[Item]
    held: list[Item]
    alike: list[Item]


def split_items(items: Sequence[Item], data: Data) -> Split:
    """Items shuffled by Python's own generator with data.shuffle_seed; the first data.train are trained on, the next
    data.holdout held out. Raises ConfigError where there are too few.
    """
    shuffled = list(items)
    random.Random(data.shuffle_seed).shuffle(shuffled)
    n_train = len(shuffled) - data.holdout if data.train is None else data.train
    if n_train < 1 or n_train + data.holdout > len(shuffled):
        raise ConfigError(
            f"data.source: {data.source} has {len(shuffled):,} items that may be used; "
            f"data.train={data.train or 'rest'} and data.holdout={data.holdout} need more"
        )
    chosen = shuffled[: n_train + data.holdout]
    groups = Groups(data.overlap)
    numbers = [groups.add(item.instruction) for item in chosen]
    held = {groups.group(number) for number in numbers[n_train:]}
    train, alike = list[Item](), list[Item]()
    for item, number in zip(chosen[:n_train], numbers, strict=False):
        (alike if groups.group(number) in held else train).append(item)
    return Split(train, chosen[n_train:], alike)


def item_preferences(item: Item, head: RewardHead) -> Iterator[Preference]:
    """What an item's answers teach, as requests that scoring the item would put, in the order of its answers.

    By unit: an answer that kept more over one that kept less, on the whole query; or one that kept a requirement over
    one that dropped it. For double-difference, two answers and two requirements of which each kept one. Answers that
    are empty or the same teach nothing.
    """
    planned = plan(item, head.unit, PlanOptions())
    asked = {(source.candidates[0], source.requirement): request for request, source in planned}
    answers = {candidate.id: candidate for candidate in item.candidates}
    for contrast, *other in _contrasts(item, head):
        chosen, rejected = answers[contrast.chosen], answers[contrast.rejected]
        if not chosen.response.strip() or chosen.response.strip() == rejected.response.strip():
            continue
        margin = float(chosen.gold - rejected.gold) if head.margin == "dropped" else 0.0
        pairs = [
            (asked[each.chosen, each.requirement], asked[each.rejected, each.requirement])
            for each in (contrast, *other)
        ]
        yield Preference(*pairs[0], margin, pairs[1] if other else None)


def _contrasts(item: Item, head: RewardHead) -> Iterator[tuple[Contrast, ...]]:
    """One contrast each, or the two of a quadruple."""
    if head.objective == "double-difference":
        return crossed(item)
    judged_on = Pairs(judged_on="query" if head.unit == "response" else "requirement", against=head.chosen)
    return ((each,) for each in contrasts(item, judged_on))
