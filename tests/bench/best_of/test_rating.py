"""Who may choose, and what they are asked."""

from __future__ import annotations

import numpy as np
import pytest

from weval.adapters.baselines import Length
from weval.bench.best_of import BestOf
from weval.bench.best_of.rating import part_of, rated, request, reward_model, rewards_in, texts_of
from weval.bench.items import BenchItem
from weval.bench.told import Told
from weval.errors import ConfigError

ITEM = BenchItem(id="1", prompt="Write.", language="en")


def test_a_reward_model_scores_texts_by_themselves() -> None:
    assert isinstance(reward_model("length", {}), Length)
    refused = {"first": "judges by list", "nobody": "unknown model", "length:x": "--reward length:x: is written"}
    for name, said in refused.items():
        with pytest.raises(ConfigError, match=said):
            reward_model(name, {})
    with pytest.raises(ConfigError, match=r"^--reward length: unknown setting 'foo'"):
        reward_model("length", {"foo": "1"})


def test_requests_do_not_say_which_item_or_sample_they_are_of() -> None:
    asked = request("p", ITEM, "Write.", "Tea.", "response")
    assert (asked.query, asked.instruction, asked.asked, asked.responses) == ("Write.", "Write.", "Write.", ("Tea.",))
    assert asked.source is None and not asked.requirements
    of_requirement = request("p", ITEM, "Write.", "Tea.", "requirement")
    assert of_requirement.asked == "Write." and of_requirement.requirement in of_requirement.requirements


def test_each_text_is_asked_about_against_what_the_writer_was_asked(done: BestOf) -> None:
    first, items = done.samples[0], done.samples[0].items
    with texts_of(done.samples) as choice:
        written = [one.text for one in choice.texts(items[1])]
        parts = choice.parts(first.benchmark.steps(first.benchmark.options)[0], items[1], Told({}))
        assert parts == [part_of(text) for text in written]
        call = choice.call(first.benchmark.steps(first.benchmark.options)[0], items[1], parts[2], Told({}))
    assert call.request is not None
    assert call.request.responses == (written[2],) and call.request.query == "Write text number 2."


def test_rewards_that_are_gone_are_missing_and_told(done: BestOf) -> None:
    path = done.folder / "rewards.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    with texts_of(done.samples) as choice, rewards_in(done.folder) as replies:
        found = rated(done.samples[0].items, choice, replies)
    assert found.rewards.shape == found.words.shape == (3, 4)
    assert np.isnan(found.rewards).sum() == 1 and found.unscored == {"was not asked": 1}
    assert found.words.tolist() == [[20, 40, 60, 80]] * 3 and found.n_alike == 0
