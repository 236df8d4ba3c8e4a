from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.started import RECIPE, Started, Teacher, draft, put
from tests.textmodels.servers import chatting
from weval.build.estimate import Estimate, Line, estimate
from weval.errors import ConfigError, DataError, ResultError

PRICED = """\
name: small
title: Small
description: A few requests.
filter: {per_category: 20}
requirements: {model: openai/gpt-4o, usual_tokens: 400, n: 5}
answer: {model: openai/gpt-4o-mini, usual_tokens: 1000}
verify: {judge: "judge:openai/gpt-4o", reader: "judge:anthropic/claude-opus-4-8"}
"""


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def priced(folder: Path, recipe: str = PRICED) -> Started:
    started = Started(folder)
    started.recipe.write_text(recipe, encoding="utf-8")
    return started


def told(started: Started, step: str = "all", fresh: bool = False, **settings: str) -> Estimate:
    given = started.spec(step, fresh, **settings)
    plain = {name: value for name, value in given.settings.items() if name in {k.replace("__", ".") for k in settings}}
    return estimate(type(given)(given.step, given.recipe, plain, given.out, given.fresh))


def by_role(found: Estimate) -> dict[str, Line]:
    return {f"{line.step}: {line.role}": line for line in found.lines}


def test_a_whole_recipe_is_priced_before_anything_is_there(tmp_path: Path) -> None:
    found = told(priced(tmp_path))
    lines = by_role(found)
    assert found.items == 20 * 5  # the categories of weval-mini
    assert {name: line.calls for name, line in lines.items()} == {
        "requirements: writer": 100,
        "answer: teacher": 500,
        "verify: judge": 2500,
        "verify: reader": 800,
    }
    teacher = lines["answer: teacher"]
    assert teacher.tokens_out == 500_000
    assert teacher.usd == pytest.approx((teacher.tokens_in * 0.15 + 500_000 * 0.6) / 1e6, rel=0.01)
    assert found.usd == pytest.approx(sum(line.usd or 0 for line in found.lines))
    assert all(line.usd for line in found.lines)
    assert not list(tmp_path.glob("build*"))


def test_a_batch_costs_half(tmp_path: Path) -> None:
    started = priced(tmp_path)
    live, batch = told(started, "answer").usd, told(started, "answer", answer__settings__batch="leave").usd
    assert live and batch == pytest.approx(live / 2)


def test_models_of_ones_own_and_those_that_are_not_named_have_no_price(tmp_path: Path) -> None:
    started = priced(tmp_path)
    for model in ("server/gpt-4o", "transformers/gpt-4o", "openai/nobody-knows", ""):
        settings = {"answer__model": model, "answer__settings__base_url": "http://localhost:1/v1"}
        (line,) = told(started, "answer", **settings).lines
        assert (line.usd, line.model) == (None, model or None)
    found = told(started, answer__model="", verify__judge="classifier:a/b")
    assert found.usd is not None
    assert [line.model for line in found.lines][1:3] == [None, None]


def test_a_judge_by_name_is_priced_as_what_it_names(tmp_path: Path) -> None:
    line = by_role(told(priced(tmp_path), "verify", verify__judge="gpt-4o-judge"))["verify: judge"]
    assert line.model and line.model.startswith("openai/gpt-4o") and line.usd


def test_a_judge_that_nobody_knows_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown backend 'opnai'"):
        told(priced(tmp_path), "verify", verify__judge="judge:opnai/gpt-4o")


def test_what_is_here_already_is_counted_as_it_is(tmp_path: Path) -> None:
    started = priced(tmp_path)
    seeds = [
        {"id": f"s{n}", "text": "word " * 80, "source": "file", "category": "a", "similarity": 0.5} for n in range(7)
    ]
    put(started.root / "filter" / "seeds.jsonl", seeds)
    (writer,) = told(started, "requirements").lines
    assert (writer.calls, writer.tokens_in) == (7, 7 * (600 + 100))
    put(started.root / "requirements" / "drafts.jsonl", [draft(number, n=3) for number in range(4)])
    assert told(started, "answer").lines[0].calls == 12
    started.make("dropout")
    path = started.root / "dropout" / "queries.jsonl"
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    assert told(started, "answer").lines[0].calls == 11


def test_a_tasks_own_versions_are_counted(tmp_path: Path) -> None:
    recipe = RECIPE + "requirements: {how: task, task: weval-mini}\ndropout: {how: task}\n"
    found = told(priced(tmp_path, recipe))
    assert (found.items, found.lines[0].calls) == (60, 300)


def test_seeds_that_nobody_counted_are_no_estimate(tmp_path: Path) -> None:
    started = priced(tmp_path, PRICED.replace("filter: {", "filter: {how: none, "))
    with pytest.raises(ResultError, match="how many seeds there are is not known yet: weval build seeds first"):
        told(started)
    put(started.root / "seeds" / "seeds.jsonl", [{"id": "s", "text": "Write.", "source": "file"}] * 3)
    assert told(started).items == 3


def test_fewer_seeds_than_the_categories_could_take(tmp_path: Path) -> None:
    started = priced(tmp_path)
    put(started.root / "seeds" / "seeds.jsonl", [{"id": "s", "text": "Write.", "source": "file"}] * 30)
    assert told(started).items == 30


def test_a_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    started = priced(tmp_path)
    put(started.root / "requirements" / "drafts.jsonl", [draft(1), {"id": "i2"}])
    with pytest.raises(DataError, match=r"drafts\.jsonl:2: instruction: is missing"):
        told(started)
    put(started.root / "filter" / "seeds.jsonl", [{"id": "s1", "text": "Write.", "source": "file"}, {"id": "s2"}])
    (started.root / "requirements" / "drafts.jsonl").unlink()
    with pytest.raises(DataError, match=r"seeds\.jsonl:2: text: is missing"):
        told(started)


LADDER = RECIPE + (
    "requirements: {how: extract, model: server/m}\n"
    "references:\n  writers: [{model: openai/gpt-4o}, {model: server/m}, {model: server/n}]\n"
    "  grader: {model: 'judge:openai/gpt-4o'}\n"
)


@pytest.mark.parametrize(
    "model, prompt, calls, shown",
    [
        ("judge:openai/gpt-4o", None, 550 * 3 * 5, 1),  # by requirement
        ("judge:openai/gpt-4o", "rubric-10", 550 * 3, 1),
        ("judge:openai/gpt-4o", "pairwise", 550 * 6, 2),
        ("judge:openai/gpt-4o", "listwise", 550, 3),
        ("classifier:a/b", None, 550 * 3, 1),
    ],
)
def test_writers_and_grader_of_references(
    tmp_path: Path, model: str, prompt: str | None, calls: int, shown: int
) -> None:
    own = {"references__grader__settings__prompt": prompt} if prompt else {}
    lines = by_role(told(priced(tmp_path, LADDER), references__grader__model=model, **own))
    assert [lines[f"references: writer {number}"].calls for number in (1, 2, 3)] == [550, 550, 550]
    grader = lines["references: grader"]
    assert (grader.calls, grader.tokens_in) == (calls, calls * (300 + 1000 * shown))


def test_prompts_that_are_here_are_those_that_are_written_to(tmp_path: Path) -> None:
    started = priced(tmp_path, LADDER)
    prompt = {"prompt": [{"role": "user", "content": "word " * 80}], "id": "p", **draft(1)}
    put(started.root / "requirements" / "drafts.jsonl", [draft(number) for number in range(9)])
    put(started.root / "prompts" / "prompts.jsonl", [prompt] * 4)
    lines = by_role(told(started, "references"))
    assert (lines["references: writer 1"].calls, lines["references: writer 1"].tokens_in) == (4, 400)
    assert lines["references: grader"].calls == 4 * 3 * 3


def test_samples_and_batches_of_judges_are_priced(tmp_path: Path) -> None:
    started = priced(tmp_path)
    one, three, batch, own = (
        by_role(told(started, "verify", **{f"verify__judge_settings__{name}": value}))
        for name, value in (("samples", "1"), ("samples", "3"), ("batch", "leave"), ("base_url", "http://h:1/v1"))
    )
    for role in ("verify: judge", "verify: reader"):
        assert three[role].calls == 3 * one[role].calls
        assert batch[role].usd == pytest.approx((one[role].usd or 0) / 2)
        assert own[role].usd is None


def test_what_is_made_is_not_counted_and_what_is_kept_is_told_and_nothing_is_asked(tmp_path: Path) -> None:
    teacher = Teacher(n_more=5)
    with chatting(teacher) as server:
        started = Started(tmp_path, server.url).write([draft(number) for number in range(4)])
        url = {"answer__settings__base_url": f"{server.url}/v1"}
        started.make("dropout")
        with pytest.raises(ResultError, match="did not come"):
            started.make("answer", answer__settings__timeout_s="1")
        half = told(started, "answer", **url)
        assert (half.lines[0].calls, half.kept, half.made) == (12, 5, ())
        teacher.n_more = None
        started.make("answer")
        before = teacher.asked.total()
        whole = told(started, "answer", **url)
        assert (whole.lines, whole.kept, whole.made, whole.usd) == ((), 0, ("answer",), None)
        assert told(started, "answer", **url, answer__settings__temperature="1").lines[0].calls == 12
        assert told(started, "answer", fresh=True, **url).lines[0].calls == 12
        assert teacher.asked.total() == before
