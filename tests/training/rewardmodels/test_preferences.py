from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.factories import make_item
from tests.small_models import make_tokenizer
from tests.training.rewardmodels.asked import make_profile
from weval.adapters.classifier.reading import Read, Reader
from weval.build.training.pairing import kept_by
from weval.errors import ConfigError
from weval.plan import PlanOptions, plan
from weval.tasks import load_task
from weval.training.rewardmodels.preferences import Preference, order_by_length, tokenised
from weval.training.rewardmodels.reading import head_of, training_reader
from weval.training.rewardmodels.splitting import item_preferences


@pytest.fixture(scope="module")
def reader() -> Reader:
    return training_reader(make_profile(), make_tokenizer(), SimpleNamespace())


def test_training_and_scoring_read_the_same_tokens(reader: Reader) -> None:
    item = next(iter(load_task("weval-mini").items()))
    scored = {
        (source.candidates[0], source.requirement): found.ids.tolist()
        for request, source in plan(item, "requirement", PlanOptions(seed=5))
        for found in reader.read([request])
        if isinstance(found, Read)
    }
    found = list(item_preferences(item, head_of(make_profile())))
    columns = tokenised(found, reader).columns
    kept = {candidate.id: kept_by(item, candidate) or frozenset() for candidate in item.candidates}
    pairs = [
        (requirement, chosen, rejected)
        for requirement in item.requirement_ids
        for chosen in kept
        for rejected in kept
        if requirement in kept[chosen] - kept[rejected]
    ]
    assert len(found) == len(pairs) > 10
    for n, (requirement, chosen, rejected) in enumerate(pairs):
        assert columns["chosen_ids"][n] == scored[chosen, requirement]
        assert columns["rejected_ids"][n] == scored[rejected, requirement]


def test_long_texts_are_cut_and_counted_and_none_is_lost(reader: Reader) -> None:
    item = make_item(kept=((1, 2), (1,)), n_requirements=2)
    (short,) = item_preferences(item, head_of(make_profile()))
    long = replace(short, chosen=replace(short.chosen, responses=("word " * 500,)))
    both = replace(long, rejected=replace(short.rejected, responses=("word " * 600,)))
    found = tokenised([short, long, both], reader)
    assert (len(found), found.n_texts, found.cut, found.same) == (3, 6, 3, 1)
    assert found.told() == (
        "trained on 3 preferences; 3 of 6 texts were longer than the model reads and were cut, which made the two of "
        "1 preference alike"
    )
    lengths = [[len(ids) for ids in found.columns[name]] for name in ("chosen_ids", "rejected_ids")]
    assert lengths[0][1:] == [96, 96] and lengths[1][2] == 96
    assert found.columns["length"] == [max(pair) for pair in zip(*lengths, strict=True)]


def test_batches_are_of_texts_about_as_long() -> None:
    lengths = [(n * 37) % 101 + 1 for n in range(1003)]
    order = order_by_length(lengths, 8, seed=0)
    assert sorted(order) == list(range(1003)) and order == order_by_length(lengths, 8, seed=0)
    assert order != order_by_length(lengths, 8, seed=1)
    batches = [[lengths[n] for n in order[at : at + 8]] for at in range(0, 1003, 8)]
    padded = sum(8 * max(batch) for batch in batches[:-1])
    assert padded < 1.12 * sum(map(sum, batches[:-1])) and len(batches[-1]) == 3
    means = [sum(batch) / 8 for batch in batches[:-1]]
    assert abs(sum(means[:60]) - sum(means[60:120])) < 0.2 * sum(means[:60])  # short and long ones follow each other


def test_an_order_is_of_all_columns(reader: Reader) -> None:
    found = tokenised(list(item_preferences(make_item(), head_of(make_profile()))), reader)
    ordered = found.in_batches(2, seed=3)
    assert [*zip(*ordered.columns.values(), strict=True)] != [*zip(*found.columns.values(), strict=True)]
    assert sorted(zip(*ordered.columns.values(), strict=True)) == sorted(zip(*found.columns.values(), strict=True))
    assert ordered.told() == found.told()


def test_margins_and_second_pairs_have_columns_of_their_own(reader: Reader) -> None:
    crossed = make_item(kept=((1,), (2,)), n_requirements=2)
    (found,) = item_preferences(crossed, head_of(make_profile(objective="double-difference")))
    columns = tokenised([found], reader).columns
    assert sorted(columns) == ["chosen_ids", "length", "other_chosen_ids", "other_rejected_ids", "rejected_ids"]
    single = replace(found, other=None, margin=2.0)
    assert tokenised([single], reader, margins=True).columns["margin"] == [2.0]
    assert sorted(tokenised([], reader).columns) == ["chosen_ids", "length", "rejected_ids"]
    with pytest.raises(ConfigError, match="double difference"):
        tokenised([found, single], reader)


def test_a_text_without_a_token_is_refused() -> None:
    empty = training_reader(make_profile(wire="{response}", unit="response"), make_tokenizer(), SimpleNamespace())
    (found,) = item_preferences(make_item(kept=((1, 2), (1,)), n_requirements=2), head_of(make_profile()))
    bare = Preference(replace(found.chosen, responses=("",)), found.rejected)
    with pytest.raises(ConfigError, match=r"reward_head.wire: the text is empty"):
        tokenised([bare], empty)
