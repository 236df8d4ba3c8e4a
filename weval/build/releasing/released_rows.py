"""Items as rows of the released layout: one per candidate, those of an item one after the other, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from weval.errors import DataError
from weval.tasks.released import DataOptions, convert
from weval.tasks.shards import shards_of
from weval.types import Id, Item, Record, Text


class ReleasedRow(Record):
    """What the paper's scripts read: `constraint` are all requirements, `instruction_id_list` the ids of those kept."""

    prompt: Text
    chosen: str
    constraint: tuple[Text, ...]
    instruction_id_list: tuple[Id, ...]


def released_rows(items: Iterable[Item]) -> Iterator[ReleasedRow]:
    """The rows of items whose kept sets are known."""
    for item in items:
        texts = tuple(requirement.text for requirement in item.requirements)
        for candidate in item.candidates:
            kept = candidate.kept if isinstance(candidate.kept, tuple) else ()
            yield ReleasedRow(
                prompt=item.query(kept),
                chosen=candidate.response,
                constraint=texts,
                instruction_id_list=tuple(one for one in item.requirement_ids if one in kept),
            )


def read_back_by(path: Path, items: Sequence[Item]) -> dict[str, str] | None:
    """The --set with which `weval run --data` reads the file as these items again, names and types apart.

    None where it does not: the layout cannot say everything, as that two items share an instruction but not its
    requirements, or a text that ends in white space.
    """
    ties = any(len({one.gold for one in item.candidates}) < len(item.candidates) for item in items)
    first: dict[str, str] = {"gold": "partial"} if ties else {}
    sizes = {len(item.candidates) for item in items}
    for settings in (first, {**first, "group_size": str(max(sizes, default=0))}):
        options = DataOptions.model_validate(settings, strict=False)
        try:
            found = convert(shards_of(path), options).items
        except DataError:
            continue
        if [_said(item) for item in found] == [_said(item) for item in items]:
            return settings
        if len(sizes) > 1:
            break
    return None


def _said(item: Item) -> tuple[object, ...]:
    """What the layout says of an item."""
    texts = {requirement.id: requirement.text for requirement in item.requirements}
    kept = [frozenset(texts[name] for name in one.kept) if isinstance(one.kept, tuple) else one.kept
            for one in item.candidates]  # fmt: skip
    return item.instruction, tuple(texts.values()), tuple(one.response for one in item.candidates), tuple(kept)
