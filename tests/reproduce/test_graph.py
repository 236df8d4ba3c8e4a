from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from weval.errors import ConfigError
from weval.reproduce.graph import Graph, reads
from weval.reproduce.manifest import Bench, Build, Fetch, Profile, Run, Train

STEPS: dict[str, dict[str, Any]] = {
    "get": {"does": "fetch", "about": "a", "name": "weval"},
    "pairs": {"does": "build", "about": "a", "recipe": "{bundled:pairs.yaml}", "settings": {"seeds.n": 3}},
    "rm": {
        "does": "train",
        "about": "a",
        "recipe": "rm_bradley_terry",
        "profile": "tiny",
        "settings": {"data.path": "{step:pairs}/pairs", "model.lora": True},
    },
    "t4-rm": {"does": "run", "about": "a", "model": "classifier:{step:rm}/model", "task": "weval", "after": ["get"]},
    "t4-human": {"does": "run", "about": "a", "model": "human:{brought:ranks}", "task": "weval", "limit": 5},
    "wb": {"does": "bench", "about": "a", "benchmark": "writingbench", "model": "hf/{step:rm}/model", "judge": "a/b"},
}

BRINGS = {"ranks": {"what": "a", "why": "b", "how": "c"}}


def profile(**steps: dict[str, Any]) -> Profile:
    usual = {"name": "p", "title": "t", "about": "a", "is_check": True, "brought": BRINGS}
    return Profile.model_validate_json(json.dumps(usual | {"steps": STEPS | steps}))


def graph(brought: dict[str, Path] | None = None, contents: dict[str, str] | None = None, **steps: Any) -> Graph:
    return Graph(profile(**steps), Path("out"), brought or {}, contents or {}, Path("manifests"))


def changed(other: Graph) -> set[str]:
    """The steps that are known by another fingerprint than in the usual graph."""
    usual = graph().fingerprints
    return {name for name, found in other.fingerprints.items() if found != usual[name]}


def test_a_closure_has_every_step_after_those_it_needs() -> None:
    assert graph().closure(["wb", "t4-rm"]) == ["pairs", "rm", "wb", "get", "t4-rm"]
    assert graph().closure(["no-such-step"]) == []


def test_what_is_done_needs_nothing_before_it() -> None:
    assert graph().closure(["wb", "t4-rm"], done={"rm", "get"}) == ["rm", "wb", "get", "t4-rm"]
    assert graph().closure(["t4-rm"], done={"t4-rm"}) == ["t4-rm"]


def test_steps_that_need_each_other_are_an_error_that_names_the_way() -> None:
    with pytest.raises(ConfigError, match="profile p: steps need each other: wb > rm > pairs > wb"):
        graph(pairs=STEPS["pairs"] | {"after": ["wb"]}).closure(["wb"])


def test_commands_have_their_places_filled() -> None:
    found = graph({"ranks": Path("my ranks.jsonl")})
    at = {name: str(found.step_folder(name) / "made") for name in STEPS}
    assert found.command("get") == ["fetch", "weval"]
    assert found.command("pairs") == [
        "build",
        "all",
        "manifests/pairs.yaml",
        "--set",
        "seeds.n=3",
        "--out",
        at["pairs"],
    ]
    assert found.command("rm") == [
        *("train", "rm_bradley_terry", "--profile", "tiny"),
        *("--set", f"data.path={at['pairs']}/pairs", "--set", "model.lora=true", "--out", at["rm"]),
    ]
    human = ["run", "--model", "human:my ranks.jsonl", "--task", "weval", "--limit", "5", "--out", at["t4-human"]]
    assert found.command("t4-human") == human
    assert found.command_text("t4-human").startswith("weval run --model 'human:my ranks.jsonl' --task weval")
    assert found.command("wb")[:6] == ["bench", "writingbench", "--model", f"hf/{at['rm']}/model", "--judge", "a/b"]


def test_a_place_in_what_was_brought_is_no_place() -> None:
    odd = Path("{step:rm}")
    assert f"human:{odd}" in graph({"ranks": odd}).command("t4-human")


def test_without_what_was_to_be_brought_there_is_a_text_and_no_command() -> None:
    with pytest.raises(ConfigError, match="--bring ranks=PATH is missing"):
        graph().command("t4-human")
    assert graph().command_text("t4-human") == "weval run --model 'human:{brought:ranks}' --task weval --limit 5"
    assert graph().command("get") == ["fetch", "weval"]


def test_a_place_of_a_step_that_is_not_there_is_an_error() -> None:
    odd = graph(wb=STEPS["wb"] | {"model": "hf/{step:nothing}"})
    with pytest.raises(ConfigError, match="the profile p has no step nothing"):
        odd.command("wb")
    assert "{step:nothing}" in odd.command_text("wb")


def test_only_what_the_profile_takes_can_be_brought() -> None:
    with pytest.raises(ConfigError, match="--bring rank: the profile p takes ranks"):
        graph({"rank": Path("x")})


def test_a_fingerprint_changes_with_the_step_and_all_before_it() -> None:
    assert changed(graph(pairs=STEPS["pairs"] | {"settings": {"seeds.n": 4}})) == {"pairs", "rm", "t4-rm", "wb"}
    assert changed(graph(**{"t4-human": STEPS["t4-human"] | {"limit": 6}})) == {"t4-human"}
    assert changed(graph(wb=STEPS["wb"] | {"after": ["get"]})) == {"wb"}


def test_a_fingerprint_does_not_change_with_words_and_machines() -> None:
    server = {"url": "http://127.0.0.1:8000", "how": "start it"}
    assert changed(graph(rm=STEPS["rm"] | {"about": "other", "gpus": 8, "server": server})) == set()
    assert changed(graph({"ranks": Path("elsewhere")})) == set()
    moved = replace(graph(), folder=Path("other"), manifests=Path("others"))
    assert changed(moved) == set()


@pytest.mark.parametrize(
    ("key", "steps"),
    [
        ("brought:ranks", {"t4-human"}),
        ("bundled:pairs.yaml", {"pairs", "rm", "t4-rm", "wb"}),
        ("recipe:rm_bradley_terry", {"rm", "t4-rm", "wb"}),
        ("task:writingbench", {"wb"}),
        ("task:weval", {"get", "t4-rm", "t4-human"}),
        ("task:weval-mini", set()),
    ],
)
def test_a_fingerprint_changes_with_the_files_that_are_read(key: str, steps: set[str]) -> None:
    assert changed(graph(contents={key: "1"})) == steps


def test_models_and_what_settings_name_are_read() -> None:
    run = Run(does="run", about="a", model="qwen2.5-7b-judge:hf/x", task="weval", settings={"prompt": "rubric-10"})
    assert reads(run) == [("named", "rubric-10"), ("task", "weval"), ("preset", "qwen2.5-7b-judge")]
    bench = Bench(does="bench", about="a", benchmark="race", model="a/b", judge="judge:writing-critic")
    assert reads(bench) == [("task", "race"), ("preset", "a/b"), ("preset", "writing-critic")]
    assert reads(Train(does="train", about="a", recipe="sft", profile="tiny")) == [("recipe", "sft")]
    assert reads(Build(does="build", about="a", recipe="wildchat-prompts")) == [("task", "wildchat-prompts")]
    assert reads(Fetch(does="fetch", about="a", name="weval")) == [("task", "weval")]


def test_a_step_lies_under_its_name_and_fingerprint() -> None:
    found = graph()
    assert found.step_folder("rm") == Path("out/steps") / f"rm-{found.fingerprints['rm'][:8]}"
