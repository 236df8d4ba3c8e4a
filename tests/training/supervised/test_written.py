"""Texts to learn from, out of every source there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.supervised.made import queries, training, write
from weval.errors import ConfigError, DataError, ResultError
from weval.tasks import load_task
from weval.training.supervised import written
from weval.training.supervised.written import WHOLE, read_written


def read(recipe: str, tmp_path: Path, source: str, **settings: str):
    return read_written(training(recipe, tmp_path, data__source=source, **settings))


def test_of_each_item_it_is_the_answer_to_all_requirements(tmp_path: Path) -> None:
    texts = read("sft", tmp_path, "weval-mini", data__allow="weval-mini")
    items = {item.id: item for item in load_task("weval-mini").items()}
    assert (len(texts.train), len(texts.held)) == (48, 12)
    for text in (*texts.train, *texts.held):
        item = items[text.prompt.id]
        best = [candidate.response for candidate in item.candidates if candidate.gold == 5]
        assert [text.response] == best and text.grade is None
        lesson = text.lesson
        assert lesson.asked == (("user", item.query(item.requirement_ids)),) and lesson.text == text.response
    assert texts.hashes["weval-mini"] == load_task("weval-mini").sha256


def test_items_of_tasks_are_not_trained_on_unless_allowed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing is left to train on: all are items of weval-mini"):
        read("sft", tmp_path, "weval-mini", data__allow="")


def test_a_task_that_takes_texts_away_makes_it_other_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hashes() -> dict[str, str]:
        return read("writing_sft", tmp_path, str(queries(tmp_path)), data__train="20", data__holdout="4").hashes

    before = hashes()
    assert hashes() == before
    monkeypatch.setattr(written, "clean", lambda rows, *_, **__: (rows[1:], {"new": 1}))
    after = hashes()
    assert {name for name in before if before[name] != after[name]} == {"without items of tasks"}


def test_an_item_without_an_answer_to_all_is_left_out_and_counted(tmp_path: Path) -> None:
    def item(n: int, kept: int) -> dict[str, object]:
        said = {"id": f"i{n}", "instruction": f"Say {n}.", "requirements": [{"id": "c1", "text": "Loud."}]}
        return said | {
            "candidates": [{"id": "a", "kept": 0, "response": "0"}, {"id": "b", "kept": kept, "response": f"!{n}"}]
        }

    path = write(tmp_path / "items.jsonl", [item(1, 1), item(2, 1), {**item(3, 1), "candidates": [
        {"id": "a", "kept": 0, "response": "0"}, {"id": "b", "kept": 1, "response": "  "}]}])  # fmt: skip
    texts = read("sft", tmp_path, str(path), data__train="2", data__holdout="0")
    assert sorted(text.response for text in texts.train) == ["!1", "!2"]


def test_of_a_ladder_it_is_the_last_rung(tmp_path: Path) -> None:
    def row(n: int) -> dict[str, object]:
        rungs = [{"writer": w, "response": f"{w} {n}", "grade": g} for w, g in (("bad", 0.1), ("good", 0.9))]
        return {
            "id": f"p{n}", "prompt": [{"role": "user", "content": f"Say {n}. Loud."}], "instruction": f"Say {n}.",
            "requirements": [{"id": "c1", "text": "Loud."}], "references": rungs,
        }  # fmt: skip

    (tmp_path / "references").mkdir()
    path = write(tmp_path / "references" / "references.jsonl", [row(n) for n in range(4)])
    for source in (path, tmp_path):
        texts = read("reference_sft", tmp_path, str(source), data__train="3", data__holdout="1")
        assert {text.response for text in (*texts.train, *texts.held)} == {f"good {n}" for n in range(4)}
        assert texts.train[0].grade == 0.9 and list(texts.hashes) == [str(source), "without items of tasks"]


def test_queries_with_responses_have_their_criteria_as_requirements(tmp_path: Path) -> None:
    texts = read("writing_sft", tmp_path, str(queries(tmp_path)), data__train="28", data__holdout="4")
    assert (len(texts.train), len(texts.held)) == (28, 4)
    first = texts.train[0].prompt
    assert first.requirements[0].text.startswith(first.id.split("-")[1]) and "9-10: 9-10!" in first.requirements[0].text
    bare = write(tmp_path / "bare.jsonl", [{"index": n, "query": f"Say {n}.", "response": f"{n}!"} for n in (1, 2)])
    texts = read("writing_sft", tmp_path, str(bare), data__train="2", data__holdout="0")
    assert [one.id for text in texts.train for one in text.prompt.requirements] == [WHOLE, WHOLE]


def test_what_is_no_source_is_said(tmp_path: Path) -> None:
    broken = write(tmp_path / "broken.jsonl", [{"query": "Say.", "response": "!", "id": "1"}, {"query": "", "id": "2"}])
    with pytest.raises(DataError, match=r"broken\.jsonl:2: "):
        read("sft", tmp_path, str(broken))
    with pytest.raises(ConfigError, match="nowhere: is neither a task"):
        read("sft", tmp_path, "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultError, match="holds no run of weval bench"):
        read("sft", tmp_path, str(tmp_path / "empty"))
