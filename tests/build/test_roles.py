from __future__ import annotations

import re

import pytest

from weval.build.chain import STEPS
from weval.build.recipe import Recipe
from weval.build.roles import check_roles, judges, roles, text_model_of
from weval.errors import ConfigError

TWO = [{"model": "server/a"}, {"model": "server/b"}]


def recipe(**sections: object) -> Recipe:
    return Recipe.model_validate({"name": "n", "title": "t", "description": "d", **sections}, strict=False)


def test_each_writer_is_named_as_the_recipe_names_it() -> None:
    given = recipe(references={"writers": [{"model": "server/a"}, {"model": "server/b"}]})
    assert [role.place for step in STEPS.values() for role in roles(step, given)] == [
        "requirements", "answer", "references.writers.0", "references.writers.1",
    ]  # fmt: skip


def test_a_tasks_requirements_are_written_by_nobody() -> None:
    assert not list(roles(STEPS["requirements"], recipe(requirements={"how": "task", "task": "weval-mini"})))


def test_everything_that_is_wrong_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    given = recipe(answer={"model": "openai/gpt-4o"}, references={"writers": [{"model": "server/a"}]})
    with pytest.raises(ConfigError) as error:
        check_roles(STEPS.values(), given)
    first, second, third = str(error.value).split("; --set requirements.model")[0], *str(error.value).split("; ")[2:4]
    assert first == "requirements.model: the recipe names none"
    assert second.startswith("answer: --set key_env=OPENAI_API_KEY: ")
    assert third.startswith("references.writers.0: server/a: say where it is")
    check_roles([STEPS["dropout"]], given)


def test_judges_are_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    given = recipe(
        verify={"judge": "gpt-4o-judge", "reader": "classifier:no/such-model"},
        references={
            "writers": TWO,
            "grader": {"model": "judge:server/m", "settings": {"prompt": "nosuch", "resamples": "10"}},
        },
    )
    assert [judge.place for step in STEPS.values() for judge in judges(step, given)] == [
        "verify.judge", "verify.reader", "references.grader",
    ]  # fmt: skip
    with pytest.raises(ConfigError, match=r"^verify\.judge: --set key_env=OPENAI.*; verify\.reader: .*by pair$"):
        check_roles([STEPS["verify"]], given)
    with pytest.raises(ConfigError, match=r"references\.grader: .*nosuch"):
        check_roles([STEPS["references"]], given)
    for judge in ("lenght", "length"):
        with pytest.raises(ConfigError, match=rf"^verify\.judge: .*{judge}"):
            check_roles([STEPS["verify"]], recipe(verify={"judge": judge}))


@pytest.mark.parametrize(
    "references, said",
    [
        ({"writers": [{"model": "vllm/a"}], "grader": {"model": "length"}}, "references.writers: names 1; a ladder"),
        ({"writers": [{"model": "vllm/a"}] * 2}, "references.grader.model: the recipe names none"),
    ],
)
def test_too_few_for_a_ladder_are_told_before_anything_is_asked(references: object, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        check_roles([STEPS["references"]], recipe(references=references))


def test_the_text_model_behind_a_judge() -> None:
    assert text_model_of("judge:server/m") == "server/m"
    assert text_model_of("lm-eval:hf,pretrained=a/b,device=cpu") == "lm-eval/hf"
    assert str(text_model_of("gpt-4o-judge")).startswith("openai/gpt-4o")
    assert text_model_of("classifier:a/b") is None and text_model_of("rules") is None
