"""What a reward model is trained on and tried on: preferences of items, or those that `weval build pairs` made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from weval.build.rows import rows_of
from weval.build.starting import given_task
from weval.errors import ResultError
from weval.files import write_text
from weval.hashes import sha256_of
from weval.randomness import digest
from weval.run import Watcher
from weval.training.clean import clean, kept_hash
from weval.training.pairs import training_pairs
from weval.training.rewardmodels.built import built_files, built_preferences, check_built, is_built
from weval.training.rewardmodels.preferences import Preference
from weval.training.rewardmodels.reading import head_of
from weval.training.rewardmodels.splitting import item_preferences, split_items
from weval.training.sections import Profile
from weval.types import Item

HELDOUT = "heldout.jsonl"
"""In the folder of a training run: the items that were held out, for `weval run --data`."""

MOST_HELD = 400
"""Of the preferences held out so many are tried after training; which, is drawn by their names alone."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Preferences to train on and to be tried on, the held-out items (none where pairs were built before), what all of
    it was made of by hash, and how many were left out as items of which task.
    """

    train: list[Preference]
    held: list[Preference]
    held_items: list[Item] = field(default_factory=list)
    hashes: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """The texts that are trained on, each once: what a tokenizer made for them is trained on."""
        found = (text for each in self.train for asked in each.requests for text in (asked.asked, *asked.responses))
        return list(dict.fromkeys(found))

    def told(self) -> list[str]:
        """What was left out, in words, for the card."""
        return [f"not trained on, as items of {name}: {n:,}" for name, n in self.left_out.items()]

    def write_held_items(self, folder: Path) -> Path | None:
        """Writes heldout.jsonl, where items were held out. Raises ResultError."""
        if not self.held_items:
            return None
        write_text(folder / HELDOUT, b"".join(rows_of(self.held_items)).decode())
        return folder / HELDOUT


def prepared(profile: Profile, watcher: Watcher | None = None) -> Prepared:
    """The data of a profile, without what is an item of a task (but those allowed); the watcher is told.

    Raises ConfigError, DataError where it cannot be had, ResultError where nothing is left.
    """
    folder = Path(profile.data.source)
    found = (_built if is_built(folder) else _of_items)(profile, watcher)
    if not found.train:
        raise ResultError(f"{profile.data.source}: there is nothing to train on: no answer is known to have kept more")
    return found


def _built(profile: Profile, watcher: Watcher | None) -> Prepared:
    head, data, folder = head_of(profile), profile.data, Path(profile.data.source)
    check_built(folder, head)
    hashes = {path.name: sha256_of(path) for path in built_files(folder, head)}
    found = built_preferences(folder, head, "train")
    train, left_out = clean(found, data.allow, data.overlap, texts=_about, watcher=watcher)
    hashes |= kept_hash(each.chosen.id for each in train)
    return Prepared(train, _some(built_preferences(folder, head, "test")), hashes=hashes, left_out=left_out)


def _about(preference: Preference) -> tuple[str, ...]:
    """The texts that tell which item a preference is of."""
    return tuple(dict.fromkeys(text for asked in preference.requests for text in (asked.instruction, asked.asked)))


def _of_items(profile: Profile, watcher: Watcher | None) -> Prepared:
    head, data = head_of(profile), profile.data
    task = given_task(data.source, Path())
    items, left_out = clean(task.items(), data.allow, data.overlap, watcher=watcher)
    split = split_items(items, data)
    if split.alike:
        left_out["what is held out, in other words"] = len(split.alike)
    if head.pairs is None:
        train = [each for item in split.train for each in item_preferences(item, head)]
    else:
        drawn = training_pairs(split.train, head.pairs, profile.seed)
        train = [Preference(pair.chosen, pair.rejected) for pair in drawn]
    held = [each for item in split.held for each in item_preferences(item, head)]
    hashes = {task.name: task.sha256} | kept_hash(item.id for item in items)
    return Prepared(train, _some(held), split.held, hashes, left_out)


def _some(held: Sequence[Preference]) -> list[Preference]:
    """So many of them that trying takes no time to speak of."""
    return sorted(held, key=lambda each: digest(*(request.id for request in each.requests)))[:MOST_HELD]
