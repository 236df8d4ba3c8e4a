from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from weval.machine import EXTRAS, Machine
from weval.report.planned import numbers, planned_text
from weval.reproduce import planning
from weval.reproduce.costs import StepCost
from weval.reproduce.planning import (
    Missing,
    Plan,
    PlannedCell,
    PlannedRow,
    PlannedStep,
    PlannedTable,
    PlanState,
    Totals,
    make_plan,
)
from weval.reproduce.running import ReproduceSpec


def cell(label: str, *waits: int, state: PlanState | None = "blocked", why: str | None = None) -> PlannedCell:
    return PlannedCell(column=label.lower(), label=label, step="s", state=state, waits_for=waits, why=why)


def step(name: str, does: str, state: PlanState, *lacks: int, **cost: object) -> PlannedStep:
    return PlannedStep(
        name=name, does=does, about="a", state=state, lacks=lacks, blocked_by=(), cost=StepCost.model_validate(cost),
        cells=(), command="weval …",
    )  # fmt: skip


def plan(**changed: object) -> Plan:
    rows = (
        PlannedRow(name="Same", cells=(cell("IL", 0, 1), cell("PL", 0, 1))),
        PlannedRow(name="Two", cells=(cell("IL", 1), cell("PL", state="ready"))),
        PlannedRow(
            name="Left", cells=(cell("IL", state=None, why="of others"), cell("PL", state=None, why="of others"))
        ),
        PlannedRow(name="Done", cells=(cell("IL", state="done"), cell("PL", state="done"))),
    )
    steps = (
        step("rm", "train", "blocked", 0, 1, gpus=8, memory_gb=19.4, gpu_hours=1234.5, gpu_usd=4320.75),
        step("t4-rm", "run", "blocked", gpus=1, gpu_hours=0.01, requests=13750, gpu_usd=0.04),
        step("aw", "bench", "ready", requests=1300, paid_requests=1200, usd=17.1),
        step("fetch-set", "fetch", "done"),
    )
    totals = Totals(
        steps=4, done=1, ready=1, blocked=2, gpus=8, gpu_hours=1234.51, requests=15050, paid_requests=1200, usd=17.1,
        gpu_usd=4320.79, unknown=("t4-rm",),
    )  # fmt: skip
    said: dict[str, object] = {
        "profile": "p", "title": "The tables", "about": "a", "is_check": False, "folder": "out",
        "tables": (PlannedTable(id="table4", label="Table 4", title="Small", rows=rows),),
        "steps": steps,
        "missing": (
            Missing(what="8 GPUs", how="rent them", steps=("rm",)),
            Missing(what="key K", how="", steps=tuple(f"step-{n}" for n in range(9))),
        ),
        "totals": totals,
        "reached": {"api.openai.com:443": False, "127.0.0.1:8001": False, "huggingface.co:443": True},
        "notes": tuple(f"note {n}" for n in range(10)),
    }  # fmt: skip
    return Plan.model_validate({**said, **changed})


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_a_row_tells_once_what_all_of_its_cells_wait_for_and_else_each() -> None:
    text = planned_text(plan())
    assert "Table 4: Small\n  Same: needs 1–2\n  Two\n    IL: needs 2\n    PL: ready\n" in text
    assert "\n  Left: not run: of others\n  Done: done\n" in text


def test_steps_stand_by_what_they_do_with_what_they_take_and_lack() -> None:
    text = planned_text(plan())
    start = lines(text).index(next(line for line in lines(text) if line.startswith("step")))
    shown = [line.split() for line in lines(text)[start + 1 : start + 9]]
    assert [" ".join(line) for line in shown] == [
        "fetch: public files",
        "fetch-set done",
        "train",
        "rm 8 × 20 1,234.5 – 4,321 1–2",
        "run: who ranks the answers right",
        "t4-rm 1 <0.1 13,750 <1 waits",
        "bench: who writes well",
        "aw – – 1,300 17 ready",
    ]


def test_what_is_missing_has_its_number_its_remedy_and_its_steps() -> None:
    text = planned_text(plan())
    assert "what is missing\n1  8 GPUs\n   rent them\n   for rm\n2  key K\n   for step-0, step-1, " in text
    assert "step-5 and 3 more" in text


def test_totals_say_what_is_left_and_what_is_not_known() -> None:
    text = " ".join(planned_text(plan()).split())
    assert "4 steps: 1 done, 1 ready, 2 that lack something, or wait for one that does" in text
    assert (
        "about 1,234.5 GPU hours (4,321 USD) on 8 at once at the most, 15,050 requests to models, 1,200 of them" in text
    )
    assert "to APIs, for 17 USD" in text and "not all that these take is known: t4-rm" in text


def test_machines_without_an_answer_and_what_estimates_stand_on_are_told() -> None:
    text = planned_text(plan())
    assert "without an answer: api.openai.com, 127.0.0.1:8001 what the" in " ".join(text.split())
    assert "huggingface" not in text
    assert "- note 7\n- 2 more in --json" in text and "note 8" not in text
    quiet = planned_text(plan(reached={}, notes=(), missing=()))
    assert "without an answer" not in quiet and "stand on" not in quiet and "missing" not in quiet


def test_a_check_says_so_on_top() -> None:
    said = "This is a check of the machinery: its figures say nothing of the paper's models."
    assert lines(planned_text(plan(is_check=True)))[2] == said
    assert said not in planned_text(plan())


def test_many_lacks_of_a_step_are_counted() -> None:
    scattered = step("rm", "train", "blocked", *range(0, 30, 2))
    assert "15 things" in planned_text(plan(steps=(scattered,)))


def test_what_manifests_say_cannot_move_the_cursor() -> None:
    text = planned_text(plan(title="\x1b[31mred", missing=(Missing(what="a\x1b[2Jb", how="c\x07d", steps=("x",)),)))
    assert "\x1b" not in text and "\x07" not in text and "\\x1b[31mred" in text


def test_the_papers_plan_fits_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "this_machine", lambda: Machine(frozenset(EXTRAS), (), 64))
    monkeypatch.setattr(planning, "reachable", lambda addresses: dict.fromkeys(addresses, False))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    tables = ("table1", "table2", "table3", "table4", "table5", "table6", "table7", "table8", "figure3", "figure4")
    for profile in ("paper", "tiny"):
        text = planned_text(make_plan(ReproduceSpec(profile, tables, out=tmp_path)))
        assert max(cell_len(line) for line in lines(text)) <= 80
    assert "fetch-requirement-binary" in planned_text(make_plan(ReproduceSpec("paper", out=tmp_path))), "no name is cut"


def test_numbers_that_follow_each_other_stand_together() -> None:
    assert numbers(()) == "" and numbers((4, 2, 3, 9)) == "3–5, 10"
