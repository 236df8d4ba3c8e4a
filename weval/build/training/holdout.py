"""Which queries are kept for testing: whole groups of instructions that say the same, so that none is on both sides."""

from __future__ import annotations

from collections.abc import Mapping

from weval.build.training.overlaps import Overlaps, runs
from weval.randomness import digest


class Groups:
    """Items by instruction: those that have `overlap` of their word runs in common, or are equal, are one group."""

    def __init__(self, overlap: float) -> None:
        self._overlap, self._texts = overlap, Overlaps()
        self._above: list[int] = []

    def add(self, instruction: str) -> int:
        """Takes an item's instruction; items are numbered from 0."""
        found = runs(instruction)
        texts, shares = self._texts.shares(found)
        number = self._texts.add(found)
        self._above.append(number)
        for other in texts[shares >= self._overlap].tolist():
            self._above[self.group(other)] = number
        return number

    def group(self, number: int) -> int:
        """The group of an item, by the number of one of its items."""
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number


def held_out(groups: Mapping[str, int], share: float, seed: int) -> set[str]:
    """The items for testing: groups in an order drawn by the seed, whole, as far as they fit into the share.

    One group at least is for training, and one for testing where a share is asked for and there are two. `groups` has
    the group of each item.

    >>> sorted(held_out({"i1": 1, "i2": 1, "i3": 3, "i4": 4}, 0.5, 0)) in (["i1", "i2"], ["i3", "i4"])
    True
    """
    members: dict[int, list[str]] = {}
    for item, group in groups.items():
        members.setdefault(group, []).append(item)
    names = {group: digest(str(seed), "holdout", *sorted(items)) for group, items in members.items()}
    order = sorted(members, key=lambda group: names[group])
    room = round(share * len(groups))
    test: set[str] = set()
    for group in order[:-1]:
        if len(test) + len(members[group]) <= room:
            test |= set(members[group])
    if not test and share > 0 and len(order) > 1:
        smallest = min(order, key=lambda group: len(members[group]))
        test = set(members[smallest])
    return test
