"""Prompts with references: from a build, and made of the texts of items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.comparing.ladders import comparison, made
from tests.training.comparing.runs import profile, prompts, training, write
from weval.adapters import open_adapter
from weval.build.records import Laddered
from weval.errors import ConfigError, DataError
from weval.training.comparing.ladders import laddered, read_ladders
from weval.training.rewards.prompts import Example

TEA, RAIN = made("tea", "a", "b"), made("rain", "a", "b")


def examples(*answers: str) -> list[Example]:
    return [Example(TEA, answers), Example(RAIN, ())]


def rungs(found: Any) -> list[tuple[str, str, float]]:
    return [(each.writer, each.response, each.grade) for each in found.prompts[0].references]


def of_texts(answers: tuple[str, ...], own: tuple[str, ...] = (), **said: Any) -> Any:
    return laddered(examples(*answers), {"tea": own}, open_adapter("length", {}), comparison(**said))


def test_texts_become_references_from_worst_to_best() -> None:
    found = of_texts(("four", "12345678", "four", "ab", "wxyz"))
    assert rungs(found) == [("writer4", "ab", 2.0), ("writer1", "four", 4.0), ("writer2", "12345678", 8.0)]
    assert found.left_out == {"few_graded": 1}
    assert [len(rungs(of_texts(("four", "12345678", "ab"), least_gain=2.0)))] == [2]


def test_the_policys_own_texts_are_the_lower_ones_where_they_are_wanted() -> None:
    assert [each[0] for each in rungs(of_texts(("four", "12345678"), ("x",), own_texts=True))] == [
        "policy1",
        "writer1",
        "writer2",
    ]
    assert [each[0] for each in rungs(of_texts(("four", "12345678"), ("x",)))] == ["writer1", "writer2"]


def test_texts_of_others_are_cut_to_what_a_small_policy_can_write() -> None:
    found = of_texts(("one two three four", "one", "one two extraordinary"), cut_words=2)
    assert [each[1] for each in rungs(found)] == ["one", "one two"]


def test_equal_texts_are_no_ladder() -> None:
    assert of_texts(("four", "wxyz")).left_out == {"no_gain": 1, "few_graded": 1}


def run(tmp_path: Path, **data: Any) -> Any:
    source = tmp_path / "builds" / "b" / "references" / "references.jsonl"
    source.parent.mkdir(parents=True)
    write(source, prompts())
    return training(tmp_path / "out", profile(data={"source": str(source), **data}))


def test_a_build_brings_its_references_in_an_order_of_the_seed(tmp_path: Path) -> None:
    about = run(tmp_path)
    found = read_ladders(about)
    assert (len(found.train), len(found.held)) == (6, 2)
    assert all(isinstance(each.prompt, Laddered) and len(each.answers) == 3 for each in found.train)
    names = [each.prompt.id for each in (*found.train, *found.held)]
    assert names != sorted(names) and len({*names}) == 8
    folder = about.profile.model_copy(
        update={"data": about.profile.data.model_copy(update={"source": str(tmp_path / "builds" / "b")})}
    )
    again = read_ladders(training(tmp_path / "out", folder))
    assert [each.prompt.id for each in again.train] == names[:6]


def test_items_of_a_task_bring_their_candidates(tmp_path: Path) -> None:
    data = {"source": "weval-mini", "allow": ["weval-mini"], "train": 50, "holdout": 10}
    found = read_ladders(training(tmp_path, profile(data=data)))
    assert len(found.train[0].answers) >= 2
    assert not isinstance(found.train[0].prompt, Laddered)


def test_too_few_prompts_and_broken_lines_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has 8 prompts, which is not enough for 8 to train on and 1 held out"):
        read_ladders(run(tmp_path, train=8, holdout=1))
    source = tmp_path / "references.jsonl"
    source.write_text('{"references": [], "id": "p1"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"references\.jsonl:1: prompt"):
        read_ladders(training(tmp_path / "o", profile(data={"source": str(source)})))
