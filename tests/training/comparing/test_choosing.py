"""From prompts to what is trained on: own texts, grades, selection, done once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from tests.adapters.servers import Asked, Handler
from tests.textmodels.servers import chatting, completion, last
from tests.training.comparing.ladders import made
from tests.training.comparing.runs import WORDS, Notices, profile, prompts, training
from weval.adapters import open_adapter
from weval.errors import ConfigError, DataError
from weval.training.comparing.choosing import LADDERS, as_rows, choose, own_texts, read_chosen
from weval.training.rewards.prompts import Example, Prompts
from weval.types import Adapter, Request, Score

GIVEN = prompts()


class Grader:
    """Grades the policy's texts by the number in them; none where there is none, or where it is negative."""

    unit = "response"
    reads_ids = False
    fingerprint: ClassVar[dict[str, Any]] = {}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            grade = float(request.responses[0].split()[-1])
            yield Score.ok(request, grade) if grade >= 0 else Score.missing(request, "unparsed", "no verdict")


def policy(train: Iterable[Any], held: Iterable[Any] = ()) -> Any:
    """What `prepare` gives, as far as it is needed: the data sets of what fits."""
    about = ({"about": [prompt.model_dump_json() for prompt in each]} for each in (train, held))
    return SimpleNamespace(model=None, tokenizer=None, **dict(zip(("train", "held"), about, strict=True)))


def data(train: Iterable[Any], held: Iterable[Any] = ()) -> Prompts:
    return Prompts(*(tuple(Example(each) for each in some) for some in (train, held)), hashes={})


def chosen(run: Any, grader: Adapter | None = None, fitting: int = 6) -> list[str]:
    found = choose(
        run, data(GIVEN[:6], GIVEN[6:]), policy(GIVEN[:fitting], GIVEN[6:]), grader or open_adapter("length", {})
    )
    assert [each.id for each in found.held] == WORDS[6:]
    return [each.id for each in found.train]


def by_file(tmp_path: Path, **said: Any) -> Any:
    """A run whose policy has grades in a file: 2, 1, 0 …, and none of its last prompt."""
    path = tmp_path / "grades.jsonl"
    grades = [2.0, 1.0, 0.0, 1.5, 0.5, None]
    rows = [json.dumps({"id": name, "grade": grade}) for name, grade in zip(WORDS[:6], grades, strict=True)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    about = profile(comparison={"selection": "margin", "grades": str(path), **said})
    return training(tmp_path / "out", about, Notices())


def test_grades_from_a_file_select_by_margin(tmp_path: Path) -> None:
    run = by_file(tmp_path, keep=2)
    assert chosen(run) == [WORDS[2], WORDS[4]]
    found = read_chosen(run.out)
    assert (found.n_prompts, found.n_kept, found.left_out) == (6, 2, {"no_grade": 1, "not_chosen": 3})
    assert (found.potential, found.own_grade) == (1.75, 0.25)
    assert run.watcher.said == [
        "trained on 2 prompts of 6 (selection: margin, learning potential 1.75, 1 no grade, 3 not chosen)"
    ]


def test_it_is_done_once(tmp_path: Path) -> None:
    run = by_file(tmp_path, keep=2)
    first = chosen(run)
    (tmp_path / "grades.jsonl").unlink()
    assert chosen(run) == first
    (run.out / LADDERS).unlink()  # a run that was killed before it was done does it again
    (run.out / "selection.json").unlink()
    with pytest.raises(DataError, match="no such file"):
        chosen(run)


def test_all_asks_nobody(tmp_path: Path) -> None:
    run = training(tmp_path)
    assert chosen(run, fitting=5) == WORDS[:5]
    assert read_chosen(tmp_path).left_out == {"too_long": 1}
    assert not (tmp_path / "own.jsonl").exists()


def writing(handler: Handler, asked: Asked) -> Any:
    """A policy on loopback: to the prompt about the n-th word it writes n, to those about rain nothing comes."""
    from tests.adapters.servers import Answer

    word = last(asked).removeprefix("Write about ").removesuffix(".")
    return Answer(b"", 500) if word == "rain" else Answer(completion(f"I write {WORDS.index(word)}"))


def test_the_policy_writes_and_is_graded(tmp_path: Path) -> None:
    with chatting(writing) as server:
        section = {"selection": "difficulty", "keep": 3, "samples": 2, "writer": "server/policy"}
        run = training(tmp_path, profile(comparison=section))
        settings = {"base_url": f"{server.url}/v1", "attempts": 1}
        run = training(tmp_path, profile(comparison=section | {"writer_settings": settings}), Notices())
        assert chosen(run, Grader()) == [WORDS[0], WORDS[2], WORDS[3]]
        assert len(server.asked) == 16, "two of each prompt, held ones too"
        body = server.asked[0].body
        assert (body["temperature"], body["max_tokens"]) == (1.0, 16)
        again = own_texts(run, [prompt for prompt in GIVEN], policy(GIVEN))
        assert len(server.asked) == 16
    assert again["tea"] == ["I write 0"] * 2
    assert again["rain"] == [None, None]
    assert read_chosen(tmp_path).left_out == {"no_grade": 1, "not_chosen": 2}


def test_references_made_here_take_a_grader_of_single_texts(tmp_path: Path) -> None:
    plain = [Example(made(name, "a", "b"), ("one 1", "two 2", "bad -1")) for name in WORDS[:2]]
    bare = [each.prompt.model_dump(exclude={"references"}) for each in plain]
    from weval.build.records import TrainingPrompt

    texts = tuple(Example(TrainingPrompt(**each), plain[0].answers) for each in bare)
    run = training(tmp_path)
    fits = policy([each.prompt for each in texts])
    found = choose(run, Prompts(texts, (), {}), fits, Grader())
    assert [[each.grade for each in prompt.references] for prompt in found.train] == [[1.0, 2.0]] * 2
    judge = open_adapter("judge:server/m", {"prompt": "writing-rl", "base_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(ConfigError, match="take one that grades a text by itself"):
        choose(training(tmp_path / "o"), Prompts(texts, (), {}), fits, judge)


def test_references_that_were_graded_before_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="graded before stay as they are"):
        chosen(training(tmp_path, profile(comparison={"cut_words": 5})))


def test_nothing_left_is_told(tmp_path: Path) -> None:
    grades = tmp_path / "grades.jsonl"
    grades.write_text('{"id": "somebody", "grade": 1.0}\n', encoding="utf-8")
    about = profile(comparison={"selection": "margin", "grades": str(grades)})
    with pytest.raises(DataError, match=r"no prompt is left to train on \(selection: margin, 6 no grade\)"):
        chosen(training(tmp_path / "out", about))


def test_rows_have_the_chat_and_the_references() -> None:
    (row,) = as_rows(GIVEN[:1])
    assert row["prompt"] == [{"role": "user", "content": "Write about tea."}]
    assert len(json.loads(row["about"])["references"]) == 3
