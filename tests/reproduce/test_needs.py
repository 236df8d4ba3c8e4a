from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from weval.machine import EXTRAS, Gpu, Lack, Machine
from weval.pins import Pin
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Bench, Build, Profile, Run, Server, Step, Train, read_profile
from weval.reproduce.needs import ELSEWHERE, has_token, lacking, memory_of

PAPER = read_profile("paper")
GRAPH = Graph(PAPER, Path("/out"), {}, {})
EIGHT = Machine(frozenset(EXTRAS), tuple(Gpu("NVIDIA H200", 150.7) for _ in range(8)), 2000)
BARE = Machine(frozenset(), (), 16)
KEYS = ("OPENAI_API_KEY", "GEMINI_API_KEY", "DEEPSEEK_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH")
RAW, HUB = "raw.githubusercontent.com:443", "huggingface.co:443"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Everywhere(dict[str, bool]):
    """Every machine answers."""

    def get(self, key: str, default: Any = None) -> bool:
        return True

    def __contains__(self, key: object) -> bool:
        return True


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No keys, and nothing of the Hub."""
    for name in (*KEYS, "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))  # elsewhere, as on a large disk
    return tmp_path / "hub"


def said(
    step: Step | str,
    machine: Machine = EIGHT,
    reached: dict[str, bool] | None = None,
    brought: Mapping[str, Path] = MappingProxyType({}),
) -> list[str]:
    steps = {"one": step} if not isinstance(step, str) else {}
    graph = Graph(PAPER.model_copy(update={"steps": {**PAPER.steps, **steps}}), Path("/out"), brought, {})
    found = PAPER.steps[step] if isinstance(step, str) else step
    return [lack.what for lack in lacking(found, graph, machine, reached)]


def download(cache: Path, repository: str) -> None:
    snapshot = cache / f"models--{repository.replace('/', '--')}" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").touch()


def test_a_machine_with_everything_lacks_only_what_must_be_brought_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS[:4]:
        monkeypatch.setenv(name, "k")
    left = {name: what for name in PAPER.steps if (what := said(name, reached=Everywhere()))}
    arena, people, pairs = (
        f"{PAPER.brought[name].what}: {PAPER.brought[name].why}"
        for name in ("arena-write", "human-rankings", "rewardbench")
    )
    needing = {name: [arena] for name in PAPER.steps if name.startswith("aw-")}
    assert left == {**needing, "t4-human": [people], "rb-rm-32b": [pairs]}


def test_what_is_brought_is_not_lacking() -> None:
    assert said("t4-human", brought={"human-rankings": Path("people.jsonl")}) == []


# --- software, keys, licences -----------------------------------------------------------------------------------


def test_extras_are_those_of_the_step_and_of_its_models() -> None:
    def extras(step: Step | str) -> list[str]:
        return [what for what in said(step, BARE, {}) if what.startswith("extra ")]

    assert extras("fetch-weval") == [] and extras("t4-human") == []
    assert extras("t4-qwen-7b") == ["extra vllm"] and extras("t4-skywork-llama") == ["extra hf"]
    assert extras("rm") == ["extra train"], "what its base needs comes with it"
    assert extras("grpo-wrl-skywork") == ["extra train", "extra vllm", "extra hf"]
    assert extras("grpo-judge-rl") == ["extra train", "extra vllm", "extra api"]
    assert extras("build-answers") == ["extra build", "extra api"] and extras("build-gpt4o") == ["extra api"]
    assert extras("aw-base") == ["extra vllm", "extra api"]


def test_a_key_is_lacking_until_it_is_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    (lack,) = [one for one in lacking(PAPER.steps["build-gpt4o"], GRAPH, EIGHT) if one.kind == "key"]
    assert lack == Lack("key OPENAI_API_KEY", "export OPENAI_API_KEY=…, with a key from api.openai.com")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert said("build-gpt4o") == []
    assert "key DEEPSEEK_API_KEY" in said("build-answers") and "key GEMINI_API_KEY" in said("race-base-1.5b")


def test_gated_weights_want_a_licence_until_they_are_here_or_somebody_is_logged_in(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated = "meta-llama/Llama-3.1-8B-Instruct: a licence accepted on the Hub (gated)"
    assert gated in said("wb-base-llama-8b") and gated in said("grpo-wrl-rm-llama-8b")
    assert gated not in said("wb-wrl-rm-llama-8b"), "that one is made here"
    assert not has_token()
    token = cache.parent / "home" / "token"
    token.parent.mkdir()
    token.touch()
    assert has_token() and gated not in said("wb-base-llama-8b")
    token.unlink()
    download(cache, "meta-llama/Llama-3.1-8B-Instruct")
    assert gated not in said("wb-base-llama-8b")


def test_a_gated_data_set_wants_a_licence_where_it_is_read_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    build = Build(does="build", about="a", recipe="weval")
    gated = "lmsys/lmsys-chat-1m: a licence accepted on the Hub"
    assert gated in said(build)
    assert gated not in said(build.model_copy(update={"settings": {"seeds.sets.0.path": "copy"}}))
    monkeypatch.setenv("HF_TOKEN", "t")
    assert gated not in said(build)


# --- GPUs and memory ---------------------------------------------------------------------------------------------


def gpus(step: Step | str, *sizes: float) -> list[str]:
    machine = Machine(frozenset(EXTRAS), tuple(Gpu("g", size) for size in sizes), 64)
    return [what for what in said(step, machine, {"127.0.0.1:8001": True}) if "GPU" in what]


def test_a_step_that_names_gpus_needs_so_many_that_are_large_enough() -> None:
    assert gpus("t4-qwen-7b") == ["1 GPU of 24 GB or more (has 0)"]
    assert gpus("t4-qwen-7b", 12) == ["1 GPU of 24 GB or more (has 0)"]
    assert gpus("t4-qwen-7b", 17) == [], "it needs 16.72 GB; what GPUs come with is only said"
    assert gpus("t4-qwen-72b", *[85.0] * 3) == ["4 GPUs of 48 GB or more (has 3)"]
    assert gpus("t4-qwen-72b", *[85.0] * 4) == []
    (lack,) = [one for one in lacking(PAPER.steps["t4-rm"], GRAPH, BARE, {}) if "GPU" in one.what]
    assert lack.how == ELSEWHERE


def test_a_training_needs_room_for_who_rewards_it_as_well() -> None:
    wrl, alone = memory_of(PAPER.steps["grpo-wrl-rm"], GRAPH), memory_of(PAPER.steps["grpo-judge-rl"], GRAPH)
    assert wrl is not None and alone is not None
    without = wrl - 15.2 * 1.1
    assert without == pytest.approx(alone - 0.2 * 141, abs=1), "vLLM has 0.6 of the memory there, 0.8 here"
    assert gpus("grpo-wrl-rm", *[85.0] * 8) == ["8 GPUs of 141 GB or more (has 0)"]


def test_a_step_without_gpus_is_slow_there_and_begins_all_the_same() -> None:
    run = Run(does="run", about="a", model="skywork-rm-qwen3-0.6b", task="weval-mini")
    assert said(run, Machine(frozenset(EXTRAS), (), 16)) == []
    large = run.model_copy(update={"model": "skywork-rm"})
    assert said(large, Machine(frozenset(EXTRAS), (), 8)) == [
        "Skywork/Skywork-Reward-V2-Llama-3.1-8B: 17 GB of memory (has 8)"
    ]


# --- files ---------------------------------------------------------------------------------------------------------


def test_files_are_lacking_where_no_step_before_fetches_them() -> None:
    alone = Run(does="run", about="a", model="qwen2.5-7b-judge", task="weval")
    assert said(alone)[:2] == ["the files of weval", "the files of requirement-binary"]
    after = alone.model_copy(update={"after": ("fetch-weval", "fetch-requirement-binary")})
    assert said(after) == []
    assert said(Run(does="run", about="a", model="length", task="weval-mini")) == []
    assert said(Run(does="run", about="a", model="length")) == ["the files of weval"], (
        "which is the task where none is named"
    )


def test_a_published_prompt_is_needed_where_it_is_asked_by() -> None:
    def prompts(**more: Any) -> list[str]:
        bench = {"does": "bench", "about": "a", "benchmark": "finder", "model": "server/m", "judge": "server/j"}
        step = Bench.model_validate(
            {**bench, "after": ("fetch-finder", "fetch-writingbench", "fetch-longbench-write"), **more}
        )
        return [what for what in said(step) if what.startswith("the files of")]

    urls = {"writer.base_url": "http://127.0.0.1:1", "judge.base_url": "http://127.0.0.1:1"}
    assert prompts(settings=urls) == []
    assert prompts(benchmark="writingbench", judge="writing-critic-official") == ["the files of critic-10"]
    assert prompts(benchmark="writingbench", judge="server/j", settings=urls) == []
    official = {**urls, "wording": "official"}
    assert prompts(benchmark="longbench-write", settings=official) == ["the files of writing-quality-6"]


def test_an_unreleased_task_is_lacking_with_how_it_is_built() -> None:
    (lack,) = lacking(Run(does="run", about="a", model="length", task="weval-gpt4o"), GRAPH, EIGHT)
    assert lack.what == "weval-gpt4o: its items were never released" and "weval build all weval-gpt4o" in lack.how
    build = Build(does="build", about="a", recipe="weval-gpt4o", settings={"answer.model": "transformers/x"})
    assert said(build) == ["the files of weval"]


def test_a_fetch_needs_nothing_but_the_network() -> None:
    assert said("fetch-weval", BARE) == []
    assert said("fetch-weval", BARE, {RAW: True}) == []
    (lack,) = lacking(PAPER.steps["fetch-weval"], GRAPH, BARE, {})
    assert lack == Lack(
        "the files of weval (raw.githubusercontent.com is not reachable)", "weval fetch weval --from DIR"
    )


def test_what_was_fetched_before_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pin, "is_here", True)
    assert said("fetch-weval", BARE, {}) == []


# --- network and servers --------------------------------------------------------------------------------------------


def test_weights_that_are_not_here_are_lacking_only_where_the_hub_cannot_be_reached(cache: Path) -> None:
    away = "Skywork/Skywork-Reward-V2-Llama-3.1-8B (not here, and the Hub is not reachable)"
    assert away in said("t4-skywork-llama", reached={})
    assert said("t4-skywork-llama", reached={HUB: True}) == [] and said("t4-skywork-llama") == []
    download(cache, "Skywork/Skywork-Reward-V2-Llama-3.1-8B")
    assert said("t4-skywork-llama", reached={}) == []
    (lack,) = lacking(PAPER.steps["t4-skywork-qwen3"], GRAPH, EIGHT, {})
    assert lack.how == "hf download Skywork/Skywork-Reward-V2-Qwen3-8B (15.2 GB)"


def test_apis_and_data_sets_are_lacking_where_they_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", "k")
    found = said("build-prompts", reached={"api.deepseek.com:443": False, HUB: False})
    assert found[1:] == ["allenai/WildChat-1M (the Hub is not reachable)", "a way to api.deepseek.com"]
    assert said("build-prompts", reached={"api.deepseek.com:443": True, HUB: True}) == []


def test_a_server_has_to_answer_also_where_the_network_is_not_looked_at(free_port: int) -> None:
    server = Server(url=f"http://127.0.0.1:{free_port}", how="weval serve it")
    step = Run(does="run", about="a", model="length", task="weval-mini", server=server)
    (lack,) = lacking(step, GRAPH, EIGHT)
    assert lack == Lack(f"a server at http://127.0.0.1:{free_port}", "weval serve it")
    with socket.create_server(("127.0.0.1", free_port)):
        assert said(step) == []
    assert said(step, reached={f"127.0.0.1:{free_port}": True}) == [], "who was asked already is not asked again"


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_a_step_that_is_wrong_lacks_what_is_wrong_with_it(tmp_path: Path) -> None:
    train = Train(does="train", about="a", recipe="sft", profile="tiny", settings={"data.sauce": "x"})
    assert said(train) == ["--set data.sauce: is not a known key"]
    broken = tmp_path / "judge.yaml"
    broken.write_text("family: judge\n", encoding="utf-8")
    profile = Profile.model_validate(
        {"name": "p", "title": "P", "about": "p", "is_check": True,
         "brought": {"judge": {"what": "a judge", "why": "w", "how": "write one"}},
         "steps": {"one": {"does": "run", "about": "a", "model": "preset:{brought:judge}", "task": "weval-mini"}}}
    )  # fmt: skip
    step = profile.steps["one"]
    assert [lack.what for lack in lacking(step, Graph(profile, tmp_path, {}, {}), EIGHT)] == ["a judge: w"]
    (lack,) = lacking(step, Graph(profile, tmp_path, {"judge": broken}, {}), EIGHT)
    assert "judge.yaml" in lack.what and "about" in lack.what


def test_no_step_is_begun_by_looking_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*asked: Any, **more: Any) -> Any:
        raise AssertionError("opened a connection")

    monkeypatch.setattr(socket, "create_connection", never)
    monkeypatch.chdir(tmp_path)
    for step in PAPER.steps.values():
        if step.server is None:
            lacking(step, GRAPH, BARE)
    assert list(tmp_path.iterdir()) == []
