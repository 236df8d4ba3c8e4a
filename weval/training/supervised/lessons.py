"""What is learnt as it is: a chat, and the text that is to follow it. With it, what is held out to be tried on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from weval.build.training.holdout import Groups
from weval.errors import ConfigError
from weval.training.sections import Data
from weval.types import Role
from weval.wording import counted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One text to be learnt after the turns of a chat, oldest first."""

    asked: tuple[tuple[Role, str], ...]
    text: str

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is said in it."""
        return (*(said for _, said in self.asked), self.text)


@dataclass(frozen=True, slots=True)
class Division(Generic[T]):
    """What is trained on and what is held out, each in the order drawn; `alike` would have been trained on, but say the
    same as what is held out, and are in neither.
    """

    train: list[T]
    held: list[T]
    alike: list[T]


def divided(found: Sequence[T], data: Data, asked: Callable[[T], str]) -> Division[T]:
    """Shuffled by `data.shuffle_seed`: `data.train` of them first (None: the rest), then `data.holdout`.

    `asked` gives the text by which two are one (`data.overlap` of their word runs). Raises ConfigError where there are
    not as many.
    """
    shuffled = list(found)
    random.Random(data.shuffle_seed).shuffle(shuffled)
    n_train = len(shuffled) - data.holdout if data.train is None else data.train
    if n_train < 1 or n_train + data.holdout > len(shuffled):
        raise ConfigError(
            f"data.train, data.holdout: {data.source} has {counted(len(shuffled), 'prompt')} that may be used, which "
            f"is not enough for {max(1, n_train):,} to train on and {data.holdout:,} held out"
        )
    train, held = shuffled[:n_train], shuffled[n_train : n_train + data.holdout]
    if not held:
        return Division(train, [], [])
    groups = Groups(data.overlap)
    numbers = [groups.add(asked(each)) for each in (*train, *held)]
    taken = {groups.group(number) for number in numbers[n_train:]}
    is_alike = [groups.group(number) in taken for number in numbers[:n_train]]
    return Division(
        [each for each, alike in zip(train, is_alike, strict=True) if not alike],
        held,
        [each for each, alike in zip(train, is_alike, strict=True) if alike],
    )


def reasons_told(left_out: Mapping[str, int]) -> list[str]:
    """What was left out, in words, a line each.

    >>> reasons_told({"an item of weval": 2, "nothing": 0})
    ['left out: 2, an item of weval']
    """
    return [f"left out: {n:,}, {reason}" for reason, n in left_out.items() if n]
