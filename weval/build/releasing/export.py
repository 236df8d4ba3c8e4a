"""The data set as a folder: a task for `weval run --data`, the released layout, and its card for people and programs.

The folder is also what a data set on the Hugging Face Hub is made of: README.md begins as its cards do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

from weval.build.releasing.card import sha256_of_items
from weval.build.releasing.datacard import CARD, DataCard
from weval.build.releasing.readme import readme
from weval.build.releasing.released_rows import read_back_by, released_rows
from weval.build.rows import Rows
from weval.build.step import Work
from weval.build.verifying.assembling import refuse_stale
from weval.errors import ResultError
from weval.files import read_json, write_text
from weval.tasks import BundledSource, DataOptions, TaskSpec
from weval.tasks.spec import TASK
from weval.types import Item

ITEMS, RELEASED, README = "items.jsonl", "released.jsonl", "README.md"

FILES = (ITEMS, TASK, README, CARD, RELEASED)
"""What an export holds for others; `released.jsonl` only where it reads back as the same items."""


def make(work: Work) -> Iterator[Item]:
    """The items as they were verified. Raises ResultError where the card is of other items."""
    refuse_stale(work.sources)
    card = read_json(work.sources["card"], DataCard)
    items = list(work.read("verify", Item))
    sha256 = sha256_of_items(items)
    if card.items_sha256 != sha256:
        raise ResultError(f"{work.sources['card']}: is the card of other items; weval build card makes it again")
    spec = TaskSpec(
        name=card.name,
        version=card.version,
        title=card.title,
        description=card.description,
        licence=card.licence,
        languages=tuple(sorted({item.language for item in items if item.language})),
        options=_options(items),
        source=BundledSource(kind="bundled", path=ITEMS, sha256=sha256),
    )
    settings = _released(work, items)
    work.told["released"] = {"settings": settings}
    write_text(work.beside(TASK), _yaml(spec))
    write_text(work.beside(CARD), card.model_dump_json(indent=2) + "\n")
    write_text(work.beside(README), readme(card, spec, settings))
    yield from items


def _options(items: Sequence[Item]) -> DataOptions:
    """How the items are to be read: ties in gold have to be admitted."""
    ties = any(len({one.gold for one in item.candidates}) < len(item.candidates) for item in items)
    return DataOptions(gold="partial") if ties else DataOptions()


def _released(work: Work, items: Sequence[Item]) -> dict[str, str] | None:
    """Writes the released layout, and gives the settings that read it; None, and no file, where none do."""
    rows = Rows(work.folder / RELEASED)
    rows.write(released_rows(items))
    settings = read_back_by(work.beside(RELEASED), items)
    if settings is None:
        rows.forget()
        work.side_files.remove(RELEASED)
        work.watcher.notice(f"export: no {RELEASED}, as the released layout cannot say all that these items say")
    return settings


def _yaml(spec: TaskSpec) -> str:
    content = spec.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)
