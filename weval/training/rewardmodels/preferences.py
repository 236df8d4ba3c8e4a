"""What a reward model learns from, as requests: one better than another, or (double difference) two such at once."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from weval.adapters.classifier.reading import Read, Reader
from weval.adapters.classifier.sharing import Ids
from weval.errors import ConfigError
from weval.types import Request
from weval.wording import counted

AT_ONCE = 256
"""Requests that are tokenized together."""

SORTED = 16
"""Batches that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Preference:
    """`chosen` should get more than `rejected`, by `margin` more if there is one (0: none).

    With `other`, a second pair in the same order, it is the sum of both differences that should be positive: of the
    quadruple (first, a), (second, a), (second, b), (first, b) what a text is like, and how easy a requirement is,
    cancel.
    """

    chosen: Request
    rejected: Request
    margin: float = 0.0
    other: tuple[Request, Request] | None = None

    @property
    def requests(self) -> tuple[Request, ...]:
        """All of them, chosen before rejected."""
        return (self.chosen, self.rejected, *(self.other or ()))


@dataclass(frozen=True, slots=True)
class Tokenised:
    """Preferences as columns for TRL, in their order, and what was done to their texts.

    `cut` of `n_texts` texts were longer than the model may read and were shortened; of `same` preferences chosen and
    rejected are the same tokens after it, so that nothing can be learnt from them. None is left out.
    """

    columns: dict[str, list[Any]]
    n_texts: int
    cut: int
    same: int

    def __len__(self) -> int:
        return len(self.columns["chosen_ids"])

    def in_batches(self, batch: int, seed: int) -> Tokenised:
        """The same, in an order in which so many that follow each other are about as long; see `order_by_length`."""
        order = order_by_length(self.columns["length"], batch, seed)
        return replace(self, columns={name: [column[n] for n in order] for name, column in self.columns.items()})

    def told(self) -> str:
        """In words: for whoever watches, and for the card.

        >>> Tokenised({"chosen_ids": [[1], [2]]}, n_texts=4, cut=1, same=0).told()
        'trained on 2 preferences; 1 of 4 texts was longer than the model reads and was cut'
        """
        were = "was" if self.cut == 1 else "were"
        said = (
            f"trained on {counted(len(self), 'preference')}; {self.cut:,} of {self.n_texts:,} texts {were} longer than "
        )
        said += f"the model reads and {were} cut"
        return said + (f", which made the two of {counted(self.same, 'preference')} alike" if self.same else "")


def tokenised(preferences: Sequence[Preference], reader: Reader, *, margins: bool = False) -> Tokenised:
    """Preferences as TRL's RewardTrainer takes them: chosen_ids and rejected_ids; with `other` two more columns.

    `margins` adds the column `margin`; `length` (tokens of the longest text) is for `in_batches`.
    Raises ConfigError where some preferences have a second pair and others have none.
    """
    if len({preference.other is None for preference in preferences}) > 1:
        raise ConfigError("a double difference takes quadruples, and no single pairs beside them")
    names = ("chosen_ids", "rejected_ids", "other_chosen_ids", "other_rejected_ids")
    columns: dict[str, list[Any]] = {name: [] for name in names[: len(preferences[0].requests) if preferences else 2]}
    reads = _reads((request for preference in preferences for request in preference.requests), reader)
    lengths, n_texts, cut, same = [], 0, 0, 0
    for preference in preferences:
        found = list(islice(reads, len(preference.requests)))
        for name, read in zip(columns, found, strict=True):
            columns[name].append(read.ids.tolist())
        lengths.append(max(len(read.ids) for read in found))
        n_texts += len(found)
        cut += sum(read.cut is not None for read in found)
        same += _is_same(found[0].ids, found[1].ids)
    columns["length"] = lengths
    if margins:
        columns["margin"] = [preference.margin for preference in preferences]
    return Tokenised(columns, n_texts, cut, same)


def order_by_length(lengths: Sequence[int], batch: int, seed: int) -> list[int]:
    """An order in which the members of a batch are about as long, and batches of all lengths follow each other.

    What was shuffled is sorted, sixteen batches at a time, and these are shuffled; a last one that is not full stays
    last. The same in every epoch, so that a run that goes on, on however many devices, sees what it would have seen.

    >>> order_by_length([5, 1, 4, 2, 3], 2, seed=0)
    [0, 2, 4, 3, 1]
    """
    draw = random.Random(seed)
    order = draw.sample(range(len(lengths)), len(lengths))
    parts = [order[at : at + SORTED * batch] for at in range(0, len(order), SORTED * batch)]
    whole = [n for part in parts for n in sorted(part, key=lambda n: -lengths[n])]
    batches = [whole[at : at + batch] for at in range(0, len(whole), batch)]
    last = [batches.pop()] if batches and len(batches[-1]) < batch else []
    draw.shuffle(batches)
    return [n for one in [*batches, *last] for n in one]


def _is_same(chosen: Ids, rejected: Ids) -> bool:
    return chosen.tobytes() == rejected.tobytes()


def _reads(requests: Iterable[Request], reader: Reader) -> Iterator[Read]:
    """Every request as tokens, in order."""
    stream = iter(requests)
    while part := list(islice(stream, AT_ONCE)):
        for found in reader.read(part):
            if not isinstance(found, Read):  # as a reader that cuts is asked for, only an empty text has no tokens
                raise ConfigError(f"reward_head.wire: {found.reason}")
            yield found
