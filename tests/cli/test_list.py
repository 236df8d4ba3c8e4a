from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from weval import rooms
from weval.adapters import ADAPTERS
from weval.adapters.judge.folder import judge_names
from weval.bench.spec import bench_names
from weval.build.recipe import recipe_lines
from weval.machine import Machine
from weval.presets import preset_names
from weval.tasks import task_names
from weval.training.recipe import training_lines

ROOT = Path(__file__).parents[2]


def test_models_tasks_prompts_and_settings(weval: Weval) -> None:
    models = json.loads(weval("list", "models", "--json").out)
    assert {name.partition(":")[0] for name in models["families"]} >= set(ADAPTERS)
    assert list(models["presets"]) == list(preset_names())
    tasks = json.loads(weval("list", "tasks", "--json").out)
    assert list(tasks) == task_names()
    assert list(json.loads(weval("list", "prompts", "--json").out)) == list(judge_names())
    found = json.loads(weval("list", "recipes", "--json").out)
    assert found == recipe_lines() | training_lines()
    assert "\n\nweval train\n\n" in weval("list", "recipes").out
    assert list(json.loads(weval("list", "benchmarks", "--json").out)) == list(bench_names())
    assert all(json.loads(weval("list", "settings", "--json").out).values())


def test_lists_fit_80_columns(weval: Weval, monkeypatch: object) -> None:
    for what in ("models", "tasks", "benchmarks", "prompts", "recipes", "settings"):
        assert max(map(len, weval("list", what).out.splitlines())) <= 80


def test_presets_say_what_this_machine_lacks(weval: Weval, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("weval.machine.this_machine", lambda: Machine(frozenset(), (), 8))
    preset = json.loads(weval("list", "models", "--json").out)["presets"]["skywork-rm"]
    assert preset["reference"] == "Skywork/Skywork-Reward-V2-Llama-3.1-8B"
    assert preset["lacks"] == ["extra hf", "not downloaded", "17 GB of memory (has 8)"]
    (line,) = [line for line in weval("list", "models").out.splitlines() if line.startswith("skywork-rm ")]
    assert line.endswith("one score per response (lacks: extra hf, not downloaded, 17 GB of memory (has 8))")
    monkeypatch.setattr("weval.machine.lacks", lambda preset, machine: [])
    assert "lacks:" not in weval("list", "models").out


def test_prompts_say_what_can_be_fetched(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    lines = weval("list", "prompts").out.splitlines()
    assert len(lines) == len(judge_names())
    (line,) = [line for line in lines if line.startswith("critic-10 ")]
    assert line.endswith("(official wording: weval fetch critic-10)")


def test_the_folder_of_the_tasks_for_lm_eval_and_nothing_else(
    weval: Weval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = weval("list", "lm-eval-path")
    assert (said.code, said.out, said.err) == (0, f"{ROOT / 'tasks' / 'lm_eval'}\n", "")
    assert json.loads(weval("list", "lm-eval-path", "--json").out) == {"lm-eval-path": said.out.strip()}
    installed = tmp_path / "_rooms" / "tasks" / "lm_eval"
    installed.mkdir(parents=True)
    monkeypatch.setattr(rooms, "PACKAGE", tmp_path)
    assert weval("list", "lm-eval-path").out == f"{installed}\n"
    assert weval("list", "lm-eval-path", "x").code == 2


def test_the_settings_of_a_benchmark_are_its_own_and_those_of_writer_and_judge(weval: Weval) -> None:
    lines = json.loads(weval("list", "settings", "longbench-write", "--json").out)
    assert {"mode=repaired", "writer.max_tokens=32768", "judge.temperature=0.5"} <= lines.keys()
    assert max(map(len, weval("list", "settings", "longbench-write").out.splitlines())) <= 80
    assert "judge." not in weval("list", "settings", "longwrite-ruler").out
    said = weval("list", "settings", "longbench-rite")
    assert said.code == 2 and "unknown model 'longbench-rite'" in said.err
