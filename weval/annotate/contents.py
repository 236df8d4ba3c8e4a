"""What is on a page: items as a person is to see them, with nothing by which gold could be told."""

from __future__ import annotations

from itertools import islice

from pydantic import Field

from weval.annotate.categories import Category, offered
from weval.randomness import digest, generator
from weval.ratings import shown_ids
from weval.tasks import Task
from weval.types import Id, Item, Record


class AnnotateOptions(Record):
    """What is chosen about a page."""

    seed: int = Field(default=0, description="of the order in which an item's responses are shown")


class ShownResponse(Record):
    """A response under the name that a page gives it."""

    id: Id
    text: str


class ShownItem(Record):
    """An item without its category, what was kept and how it is checked; its responses in an order of chance."""

    id: Id
    language: Id | None
    instruction: str
    requirements: tuple[str, ...]
    responses: tuple[ShownResponse, ...]


class Contents(Record):
    """Everything that a page knows."""

    task: Id
    version: Id
    categories: tuple[Category, ...]
    items: tuple[ShownItem, ...]

    @property
    def digest(self) -> str:
        """A hash of it all: what a person has done is kept by it, and never shown on a page of other contents."""
        return digest(self.model_dump_json(), size=16).hex()


def contents(task: Task, limit: int | None = None, options: AnnotateOptions | None = None) -> Contents:
    """The first `limit` items of a task, or all, in task order. The categories are of all items, shown or not.

    The order of an item's responses depends on seed and item alone, so all annotators see the same.
    """
    seed = (options or AnnotateOptions()).seed
    shown = tuple(shown_item(item, seed) for item in islice(task.items(), limit))
    categories = offered({item.category for item in task.items()})
    return Contents(task=task.name, version=task.version, categories=categories, items=shown)


def shown_item(item: Item, seed: int) -> ShownItem:
    """An item as it is shown."""
    names = shown_ids(item)
    order = generator(seed, item.id, "annotated").permutation(len(item.candidates)).tolist()
    candidates = [item.candidates[i] for i in order]
    return ShownItem(
        id=item.id,
        language=item.language,
        instruction=item.instruction,
        requirements=tuple(requirement.text for requirement in item.requirements),
        responses=tuple(ShownResponse(id=names[c.id], text=c.response) for c in candidates),
    )
