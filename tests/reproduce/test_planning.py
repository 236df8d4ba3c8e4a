from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.reproduce.test_needs import KEYS, Everywhere
from weval.errors import ConfigError
from weval.machine import EXTRAS, Gpu, Machine
from weval.reproduce import planning
from weval.reproduce.finished import Finished, write_finished
from weval.reproduce.graph import MADE, Graph
from weval.reproduce.manifest import read_profile
from weval.reproduce.planning import Plan, PlannedCell, PlannedStep, make_plan, plan_of
from weval.reproduce.reach import reachable
from weval.reproduce.running import ReproduceSpec, graph_of

PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

RANKINGS, ARENA = (
    f"{read_profile('paper').brought[name].what}: {read_profile('paper').brought[name].why}"
    for name in ("human-rankings", "arena-write")
)

MANIFEST = """\
name: small
title: Small
about: Small steps.
is_check: true
absent: { never: nobody has it }
brought: { people: { what: rankings, why: not released, how: ask people } }
steps:
  text: { does: run, about: the longer the better, model: length, task: weval-mini }
  base: { does: run, about: at random, model: random, task: weval-mini }
  rm: { does: train, about: a reward model, recipe: rm_bradley_terry, profile: tiny, gpus: 1 }
  scored: { does: run, about: by the model, model: "preset:{step:rm}/preset.yaml", task: weval-mini }
  people: { does: run, about: by people, model: "human:{brought:people}", task: weval-mini }
  orphan: { does: run, about: waits for ever, model: length, task: weval-mini, after: [never] }
"""

CELLS = """\
tables:
  - id: table4
    label: Table 4
    title: Small
    published: weval-table4
    columns: [{ name: il, label: IL, figure: il }, { name: pl, label: PL, figure: pl }]
    rows:
      - { name: Length, step: text }
      - { name: Model, steps: { il: scored, pl: text } }
      - { name: People, step: people }
      - { name: Orphan, step: orphan }
      - { name: Never, step: never }
      - { name: Others, why: "not ours" }
  - id: figure4-race
    label: Figure 4
    title: Gains
    published: weval-figure4-race
    columns: [{ name: race, label: Gain, figure: il }]
    rows: [{ name: Gain, step: text, minus: base }]
"""


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with all extras and no GPU, no keys, no network."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(planning, "this_machine", lambda: Machine(frozenset(EXTRAS), (), 64))
    monkeypatch.setattr(planning, "reachable", lambda addresses: dict.fromkeys(addresses, False))


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    (manifests / "small.yaml").write_text(MANIFEST, encoding="utf-8")
    (manifests / "cells.yaml").write_text(CELLS, encoding="utf-8")
    return graph_of(ReproduceSpec("small", out=tmp_path / "out", manifests=manifests))


def finish(graph: Graph, *names: str) -> None:
    for name in names:
        finished = Finished(step=name, fingerprint=graph.fingerprints[name], command=(), seconds=1, versions={})
        write_finished(graph.step_folder(name), finished)
        (graph.step_folder(name) / MADE).mkdir()


def steps(plan: Plan) -> dict[str, PlannedStep]:
    return {step.name: step for step in plan.steps}


def cells(plan: Plan, row: str) -> list[PlannedCell]:
    return [cell for table in plan.tables for one in table.rows if one.name == row for cell in one.cells]


def lacks(plan: Plan, cell: PlannedCell) -> list[str]:
    return [plan.missing[place].what for place in cell.waits_for]


def test_a_step_is_done_ready_or_blocked_by_itself_or_by_one_before_it(graph: Graph) -> None:
    finish(graph, "text")
    plan = plan_of(graph)
    found = steps(plan)
    assert {name: step.state for name, step in found.items()} == {
        "text": "done", "rm": "blocked", "scored": "blocked", "people": "blocked", "orphan": "blocked",
    }  # fmt: skip
    assert found["rm"].lacks and found["rm"].blocked_by == ()
    assert found["scored"].lacks == () and found["scored"].blocked_by == ("rm",)
    assert list(found).index("rm") < list(found).index("scored")


def test_a_cell_waits_for_what_its_step_and_all_before_it_lack(graph: Graph) -> None:
    plan = plan_of(graph)
    il, pl = cells(plan, "Model")
    assert (il.state, lacks(plan, il)) == ("blocked", ["1 GPU of 16 GB or more (has 0)"])
    assert (pl.state, pl.waits_for) == ("ready", ())
    assert [lacks(plan, cell) for cell in cells(plan, "People")] == [["rankings: not released"]] * 2
    assert plan.missing[cells(plan, "People")[0].waits_for[0]].how == "ask people; then --bring people=PATH"


def test_a_cell_without_a_step_says_why(graph: Graph) -> None:
    plan = plan_of(graph)
    assert {cell.why for cell in cells(plan, "Never")} == {"nobody has it"}
    assert {cell.why for cell in cells(plan, "Others")} == {"not ours"}
    orphan = cells(plan, "Orphan")[0]
    assert (orphan.state, lacks(plan, orphan)) == ("blocked", ["the step never: nobody has it"])


def test_a_gain_waits_for_both_of_its_steps(graph: Graph) -> None:
    finish(graph, "text")
    (gain,) = cells(plan_of(graph, ("figure4",)), "Gain")
    assert gain.state == "ready"
    finish(graph, "base")
    (gain,) = cells(plan_of(graph, ("figure4",)), "Gain")
    assert gain.state == "done"


def test_what_nobody_needs_any_more_is_not_planned(graph: Graph) -> None:
    finish(graph, "scored")
    found = steps(plan_of(graph))
    assert found["scored"].state == "done" and "rm" not in found


def test_each_lack_is_told_once_with_the_steps_that_have_it_themselves(graph: Graph) -> None:
    plan = plan_of(graph)
    assert {missing.what: missing.steps for missing in plan.missing} == {
        "1 GPU of 16 GB or more (has 0)": ("rm",),
        "rankings: not released": ("people",),
        "the step never: nobody has it": ("orphan",),
    }


def test_totals_are_of_what_is_not_done(graph: Graph) -> None:
    before = plan_of(graph).totals
    finish(graph, "text")
    after = plan_of(graph).totals
    assert (before.steps, before.done, before.ready, before.blocked) == (5, 0, 1, 4)
    assert (after.steps, after.done, after.ready, after.blocked) == (5, 1, 0, 4)
    assert before.gpus == 1 and "rm" in before.unknown


def test_rows_and_only_leave_the_others_out(graph: Graph) -> None:
    rows = plan_of(graph, rows=("people",))
    assert [row.name for table in rows.tables for row in table.rows] == ["People"] and list(steps(rows)) == ["people"]
    only = plan_of(graph, only=("text",))
    assert list(steps(only)) == ["text"]
    assert {cell.why for cell in cells(only, "People")} == {"not chosen"}
    assert steps(plan_of(graph))["text"].cells == ("Table 4: Length", "Table 4: Model")


def test_unknown_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown profile 'pepar'; did you mean paper"):
        make_plan(ReproduceSpec("pepar", out=tmp_path))
    with pytest.raises(ConfigError, match="unknown table 'table99'"):
        make_plan(ReproduceSpec("paper", ("table99",), out=tmp_path))
    with pytest.raises(ConfigError, match="--bring reports: the profile paper takes"):
        make_plan(ReproduceSpec("paper", brought={"reports": tmp_path}, out=tmp_path))


# --- the profiles that come with weval --------------------------------------------------------------------------


def test_the_papers_cells_each_name_what_they_wait_for(tmp_path: Path) -> None:
    plan = make_plan(ReproduceSpec("paper", out=tmp_path))
    every = [cell for table in plan.tables for row in table.rows for cell in row.cells]
    assert len(every) == 7 * 3 + 5 * 2 + 4 * 3 + 4 * 3
    assert all(cell.state == "blocked" and cell.waits_for for cell in every)
    (human, *_), (rm, *_) = cells(plan, "Human"), cells(plan, "Our-RM-7B")
    assert lacks(plan, human) == [
        "the files of weval (raw.githubusercontent.com is not reachable)", RANKINGS,
    ]  # fmt: skip
    assert "key DEEPSEEK_API_KEY" in lacks(plan, rm) and "8 GPUs of 24 GB or more (has 0)" in lacks(plan, rm)
    assert not any("OPENAI" in what for what in lacks(plan, rm))


def test_on_a_machine_with_everything_only_what_must_be_brought_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS[:3]:
        monkeypatch.setenv(name, "k")
    eight = Machine(frozenset(EXTRAS), tuple(Gpu("H200", 150.7) for _ in range(8)), 2000)
    monkeypatch.setattr(planning, "this_machine", lambda: eight)
    monkeypatch.setattr(planning, "reachable", lambda addresses: Everywhere())
    plan = make_plan(ReproduceSpec("paper", out=tmp_path))
    assert [missing.what for missing in plan.missing] == [RANKINGS, ARENA]
    assert plan.totals.ready == 39 - 6 and not plan.totals.unknown
    assert 300 < plan.totals.gpu_hours < 500 and 100 < plan.totals.usd < 500


def test_the_check_needs_nothing_but_what_nobody_has(tmp_path: Path) -> None:
    plan = make_plan(ReproduceSpec("tiny", out=tmp_path))
    blocked = {row.name: [cell.label for cell in row.cells if cell.state == "blocked"] for row in plan.tables[0].rows}
    assert plan.is_check and {name for name, labels in blocked.items() if labels} == {"Human"}
    assert {
        label for row in plan.tables[1].rows for cell in row.cells if cell.state == "blocked" for label in [cell.label]
    } == {"Arena-Write"}


def test_nothing_is_asked_of_the_network_but_whether_machines_take_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[tuple[str, int]]()

    def noted(address: tuple[str, int], timeout: float) -> Any:
        opened.append(address)
        raise OSError("not reachable")

    class Closed(socket.socket):
        def __init__(self, *said: Any, **more: Any) -> None:
            raise AssertionError("opened a socket")

    monkeypatch.setattr(planning, "reachable", reachable)  # the real check is made
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "create_connection", noted)
    monkeypatch.setattr(socket, "socket", Closed)
    plan = make_plan(ReproduceSpec("paper", out=tmp_path / "out"))
    assert len(opened) == len(set(opened)) == len(plan.reached)
    assert {host for host, _ in opened} == {name.rpartition(":")[0] for name in plan.reached}
    assert not (tmp_path / "out").exists(), "a plan writes nothing"


def test_a_network_that_swallows_everything_costs_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging(*asked: Any, **more: Any) -> Any:
        time.sleep(20)
        raise OSError

    monkeypatch.setattr(planning, "reachable", reachable)
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    make_plan(ReproduceSpec("tiny", out=tmp_path))  # what is read and imported once
    began = time.monotonic()
    plan = make_plan(ReproduceSpec("paper", ("table4",), rows=("Our-RM",), out=tmp_path))
    assert time.monotonic() - began < 15
    assert plan.reached and not any(plan.reached.values())


def test_no_heavy_library_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from weval.reproduce import planning; "
        "planning.reachable = lambda addresses: dict.fromkeys(addresses, False); "
        f"planning.make_plan(planning.ReproduceSpec('paper', out=Path({str(tmp_path)!r}))); "
        "heavy = {'torch', 'transformers', 'httpx', 'scipy', 'pandas', 'datasets', 'openai', 'anthropic', 'trl'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == ""
