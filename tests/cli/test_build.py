from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build.started import RECIPE, Teacher, draft, put
from tests.cli.conftest import Weval
from tests.textmodels.servers import chatting, error
from weval.build import ALL
from weval.build import STEPS as ALL_STEPS
from weval.cli.build import STEPS


@pytest.fixture
def recipe(weval: Weval) -> str:
    """A recipe in the folder that commands are run from, and drafts where `requirements` would put them."""
    put(Path("builds/small/requirements/drafts.jsonl"), [draft(number) for number in range(4)])
    Path("recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return "recipe.yaml"


def at(url: str, *more: str) -> list[str]:
    return ["--set", f"answer.settings.base_url={url}/v1", *(word for one in more for word in ("--set", one))]


def test_the_steps_are_those_of_the_library() -> None:
    assert STEPS.split(", ") == [ALL, *ALL_STEPS]


def test_a_step_is_made_and_found(weval: Weval, recipe: str) -> None:
    said = weval("build", "dropout", recipe)
    assert said.code == 0
    assert said.out == (
        "step     rows  left out  replies  USD  state\n"
        "dropout    12         0        –    –   made\n"
        "\n"
        "builds/small/dropout/queries.jsonl\n"
    )
    assert said.err == "note: dropout: versions of each query that keep fewer and fewer requirements\n"
    again = weval("build", "dropout", recipe)
    assert again.out.splitlines()[1].endswith(" here") and not again.err


def test_for_machines(weval: Weval, recipe: str) -> None:
    record = json.loads(weval("build", "dropout", recipe, "--json").out)
    assert (record["schema"], record["step"], record["n_rows"]) == (1, "dropout", 12)
    found = json.loads(weval("build", "answer", recipe, "--estimate", "--json").out)
    assert found["lines"][0]["calls"] == 12 and found["usd"] is None


def test_a_teacher_answers_and_faults_are_one_line(weval: Weval, recipe: str) -> None:
    teacher = Teacher(faults={"Write 2.": error(500, "boom")})
    with chatting(teacher) as server:
        weval("build", "dropout", recipe)
        said = weval("build", "answer", recipe, *at(server.url, "answer.settings.attempts=1"))
        assert said.code == 2 and not said.out
        assert said.err.splitlines()[-1].startswith("weval: answer: 3 of 12 replies did not come (")
        teacher.faults = {}
        said = weval("build", "answer", recipe, *at(server.url), "--out", "builds/small")
    assert said.code == 0, said.err
    assert said.out.splitlines()[1].split() == ["answer", "12", "0", "12", "–", "made"]
    assert "9 replies are kept in builds/small/answer/answer" in said.err
    assert set(teacher.answered.values()) == {1}


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("answer", "recipe.yaml"), "builds/small/dropout/queries.jsonl: is not there; answer reads it: weval build"),
        (("answers", "recipe.yaml"), "unknown step 'answers'; did you mean answer? (all: all, answer, card, "),
        (("dropout", "nothing.yaml"), "nothing.yaml: is neither a YAML file nor a recipe that weval brings"),
        (("dropout", "recipe.yaml", "--set", "dropout.sede=1"), "--set dropout.sede: a recipe has no such field"),
        (("dropout", "recipe.yaml", "--set", "dropout.seed=x"), "--set dropout.seed: must be a whole number, not 'x'"),
        (("dropout", "recipe.yaml", "--set", "dropout.seed"), "--set dropout.seed: is not key=value"),
        (("dropout", "recipe.yaml", "--push", "me/mine"), "--push: only with weval build export"),
        (("dropout", "recipe.yaml", "--out", "recipe.yaml"), "cannot make the folder recipe.yaml: File exists"),
    ],
)  # fmt: skip
def test_what_the_user_can_mend_is_one_line(weval: Weval, recipe: str, arguments: tuple[str, ...], said: str) -> None:
    if "answer" in arguments:
        arguments = (*arguments, *at("http://127.0.0.1:9"))
    found = weval("build", *arguments)
    assert found.code == 2 and not found.out
    (line,) = found.err.splitlines()
    assert line.startswith(f"weval: {said}")


def test_an_estimate_asks_nobody_needs_no_key_and_writes_nothing(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    models = RECIPE.replace("server/teacher", "openai/gpt-4o") + "requirements: {model: openai/gpt-4o}\n"
    Path("r.yaml").write_text(models, encoding="utf-8")
    said = weval("build", "all", "r.yaml", "--estimate")
    assert said.code == 0 and not said.err
    names = [line.split("  ")[0] for line in said.out.splitlines()[:3]]
    assert names == ["who", "requirements: writer", "answer: teacher"]
    assert "USD for 550 items" in said.out
    assert [path.name for path in Path().iterdir()] == ["r.yaml"]
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_priced_model_says_what_it_cost(weval: Weval, recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.textmodels.hosting.hosted.AtUrl.host", "api.openai.com")
    monkeypatch.setenv("THE_KEY", "sk-of-a-test")
    with chatting(Teacher()) as server:
        weval("build", "dropout", recipe)
        more = ("answer.model=openai/gpt-4o", "answer.settings.key_env=THE_KEY")
        said = weval("build", "answer", recipe, *at(server.url, *more), "--json")
    assert json.loads(said.out)["spent"]["cost_usd"] == pytest.approx(12 * 55e-6)


def test_what_is_pushed_lies_where_it_is_said(weval: Weval, recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pushed is for the tests of `publishing`; here, that nothing else stands in the way."""
    with chatting(Teacher()) as server:
        for step in ("dropout", "answer", "verify", "card"):
            said = weval("build", step, recipe, *at(server.url))
            assert said.code == 0, said.err
        seen: list[tuple[Path, str]] = []
        monkeypatch.setattr(
            "weval.build.releasing.publishing.push_to_hub",
            lambda folder, name: seen.append((folder, name)) or f"hub/{name}",
        )
        said = weval("build", "export", recipe, *at(server.url), "--push", "me/mine")
    assert said.code == 0, said.err
    assert said.out.endswith("\nhub/me/mine\n")
    assert seen == [(Path("builds/small/export"), "me/mine")]
