"""The texts of each item put to the reward model, and what it says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from weval.adapters import open_adapter
from weval.bench.benchmark import Benchmark
from weval.bench.finish import BenchOutcome
from weval.bench.items import BenchItem, Call, Step
from weval.bench.longbench_write.scoring import count_words
from weval.bench.replies import ReplyRow, StepReplies
from weval.bench.run import opened
from weval.bench.told import Told, Written
from weval.errors import ConfigError
from weval.files import one_line
from weval.metrics import FloatArray
from weval.randomness import digest
from weval.types import Adapter, Request, Requirement, Unit

REWARDS = Step("rewards", "rater")

REWARD = "reward."
"""How settings of the reward model begin."""

_REASON = 200
"""Characters of a reason."""


def reward_model(name: str, settings: Mapping[str, str]) -> Adapter:
    """A reward model as `weval run` takes it. Raises ConfigError for one that does not judge a text by itself."""
    try:
        adapter = open_adapter(name, settings)
    except ConfigError as error:  # which speaks of the one model of a run
        said = str(error)
        told = said.replace("--model", "--reward", 1) if said.startswith("--model") else f"--reward {name}: {said}"
        raise ConfigError(told) from error
    if adapter.unit not in ("response", "requirement") or adapter.reads_ids:
        how = "looks scores up in a file" if adapter.reads_ids else f"judges by {adapter.unit}"
        raise ConfigError(f"--reward {name}: {how}; texts are chosen by one that scores a response, or a requirement")
    return adapter


def part_of(text: str) -> str:
    """What a text's reward is found by: the text itself, so that no reward outlives it, and equal ones are asked once.

    >>> part_of("Tea.") == part_of("Tea."), part_of("Tea.") == part_of("Coffee.")
    (True, False)
    """
    return digest("text", text).hex()


class Choice:
    """The texts of all samples, as a reward model is asked about them: each against what the writer was asked.

    A reward model of unit requirement is asked about the whole prompt as its one requirement: items of benchmarks have
    no others, and their judges' criteria are the judge's.
    """

    def __init__(self, benchmark: Benchmark[Any], writing: Step, tolds: Sequence[Told], unit: Unit) -> None:
        self._benchmark, self._writing, self._tolds, self._unit = benchmark, writing, tolds, unit
        self._places: dict[tuple[str, str], int] = {}

    def texts(self, item: BenchItem) -> list[Written]:
        """What was written for an item, sample by sample."""
        (part,) = self._benchmark.parts(self._writing, item, self._tolds[0])
        return [told.text(self._writing.name, item.id, part) for told in self._tolds]

    def parts(self, step: Step, item: BenchItem, told: Told) -> Sequence[str]:
        """Each different text, once; none where there is nothing in it."""
        found = {part_of(one.text): at for at, one in enumerate(self.texts(item)) if one.kind == "text"}
        self._places |= {(item.id, part): at for part, at in found.items()}
        return list(found)

    def call(self, step: Step, item: BenchItem, part: str, told: Told) -> Call:
        """What the writer was asked, and a text."""
        at = self._places[item.id, part]
        (asked,) = self._benchmark.parts(self._writing, item, self._tolds[at])
        messages = self._benchmark.call(self._writing, item, asked, self._tolds[at]).messages
        text = self._tolds[at].text(self._writing.name, item.id, asked).text
        return Call(part, request=request(part, item, "\n\n".join(said for _, said in messages), text, self._unit))


def request(part: str, item: BenchItem, query: str, text: str, unit: Unit) -> Request:
    """What a reward model is asked about a text. See Choice for unit requirement."""
    group = digest("group", item.id).hex()
    if unit != "requirement":
        return Request(part, group, query, query, item.language, (), (text,))
    whole = Requirement(id="prompt", text=query)
    return Request(part, group, query, "", item.language, (whole,), (text,), whole)


def is_rated(row: ReplyRow) -> bool:
    """Whether a reply is one number."""
    return row.status == "ok" and len(row.values) == 1


@dataclass(frozen=True, slots=True)
class Rated:
    """What is known of the texts, each of shape (items, N). `rewards` are NaN for a text without one, and minus
    infinity for an empty one, which the reward model is not asked about; `words` are NaN for one that is not there.

    `unscored` counts why texts have no reward, `n_alike` the items whose texts are all the same.
    """

    rewards: FloatArray
    words: FloatArray
    unscored: Mapping[str, int]
    n_alike: int


@contextmanager
def texts_of(samples: Sequence[BenchOutcome], unit: Unit = "response") -> Iterator[Choice]:
    """The texts of the samples' runs, on disk, as a reward model of such a unit is asked about them."""
    first = samples[0]
    steps = first.benchmark.steps(first.benchmark.options)
    writing = next(step for step in steps if step.role == "writer")
    with ExitStack() as stack:
        tolds = [
            stack.enter_context(opened(sample.folder, sample.benchmark, (writing,), only_reads=True))[1]
            for sample in samples
        ]
        yield Choice(first.benchmark, writing, tolds, unit)


def rewards_in(folder: Path, *, only_reads: bool = False) -> StepReplies:
    """The rewards that are in a folder."""
    return StepReplies(folder / f"{REWARDS.name}.jsonl", is_rated, only_reads=only_reads)


def rated(items: Sequence[BenchItem], choice: Choice, replies: StepReplies) -> Rated:
    """What the texts and their rewards come to."""
    rewards, words, unscored, n_alike = [], [], Counter[str](), 0
    for item in items:
        texts = choice.texts(item)
        said = [_reward(item, one, replies) for one in texts]
        unscored.update(why for _, why in said if why)
        rewards.append([reward for reward, _ in said])
        there = [one.text for one in texts if one.kind in ("text", "empty")]
        words.append([count_words(one.text) if one.kind in ("text", "empty") else np.nan for one in texts])
        n_alike += len(there) > 1 and len(set(there)) == 1
    return Rated(np.array(rewards, dtype=np.float64), np.array(words, dtype=np.float64), unscored, n_alike)


def _reward(item: BenchItem, text: Written, replies: StepReplies) -> tuple[float, str]:
    """The reward of a text, and why it has none where it should have one."""
    if text.kind != "text":
        return (-np.inf if text.kind == "empty" else np.nan), ""
    row = replies.get(item.id, part_of(text.text))
    if row is not None and is_rated(row):
        return row.values[0], ""
    return np.nan, one_line((row.reason or row.status) if row else "was not asked", _REASON)
