"""Prompts from every source: the same for the same seed, none of them an item of a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import write_items
from tests.training.rewards.tea import make_items, make_prompt, make_training, write_tea
from weval.errors import ConfigError, DataError
from weval.tasks import load_task
from weval.training.rewards.prompts import chat_of, fitting, prompt_ids, read_prompts, rows
from weval.training.rewards.reasoned import SYSTEM
from weval.training.small import make_tokenizer


def read(folder: Path, source: Path | str, *settings: str):
    return read_prompts(make_training(folder / "out", Path(source), *settings))


def test_items_are_shuffled_by_the_seed_and_parted(tmp_path: Path) -> None:
    source = write_tea(tmp_path)
    found = read(tmp_path, source)
    again, other = read(tmp_path, source), read(tmp_path, source, "data.shuffle_seed=2")
    names = [each.prompt.id for each in (*found.train, *found.held)]
    assert (len(found.train), len(found.held)) == (8, 4)
    assert sorted(names) == sorted(item.id for item in make_items())
    assert found == again
    assert found.train != other.train
    first = next(each for each in found.train + found.held if each.prompt.id == "i0")
    assert first.prompt.prompt[-1].content == "Say how you like tea. Mention sugar. Be brief. Be kind."
    assert first.answers[0] == "We like tea."


@pytest.mark.parametrize("inside", ["own.jsonl", "build/prompts/prompts.jsonl"])
def test_prompts_that_weval_build_made_have_no_answers(tmp_path: Path, inside: str) -> None:
    path = tmp_path / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(make_prompt(f"p{n}").model_dump_json() + "\n" for n in range(12)))
    found = read(tmp_path, tmp_path / inside.partition("/")[0])
    assert len(found.train) == 8
    assert not any(each.answers for each in found.train)
    assert list(found.hashes) == [str(tmp_path / inside.partition("/")[0]), "without items of tasks"]


def test_items_of_a_task_are_left_out_and_counted(tmp_path: Path) -> None:
    theirs = next(load_task("weval-mini").items())
    source = write_items(tmp_path / "mixed.jsonl", [*make_items(), theirs])
    found = read(tmp_path, source)
    assert found.left_out == {"weval-mini": 1}
    assert theirs.id not in [each.prompt.id for each in (*found.train, *found.held)]


def test_too_few_prompts_are_counted_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has 12 prompts, which is not enough for 8 to train on and 9 held out"):
        read(tmp_path, write_tea(tmp_path), "data.holdout=9")


def test_a_broken_file_is_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(make_prompt().model_dump_json() + '\n{"prompt": []}\n')
    with pytest.raises(DataError, match=r"broken\.jsonl:2"):
        read(tmp_path, path)


def test_prompts_that_are_too_long_are_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, write_tea(tmp_path))
    tokenizer = make_tokenizer(found.texts, 320)
    lengths = [len(prompt_ids(each.prompt, tokenizer, reasoning=False)) for each in found.train]
    fit = fitting(found.train, tokenizer, min(lengths), reasoning=False)
    assert [each.prompt.id for each in fit] == [
        each.prompt.id for each, n in zip(found.train, lengths, strict=True) if n == min(lengths)
    ]
    assert not fitting(found.train, tokenizer, min(lengths), reasoning=True)


def test_a_reasoning_policy_is_told_its_form(tmp_path: Path) -> None:
    prompt = make_prompt()
    assert chat_of(prompt, reasoning=True) == [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": prompt.prompt[0].content},
    ]
    found = read(tmp_path, write_tea(tmp_path))
    (row, *_) = rows(found.train, reasoning=False)
    assert [turn["role"] for turn in row["prompt"]] == ["user"]
    assert type(found.train[0].prompt).model_validate_json(row["about"]) == found.train[0].prompt
