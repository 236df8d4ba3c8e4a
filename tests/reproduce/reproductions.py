"""Small reproductions of real steps, made in this process: baselines on weval-mini, given texts for LongBench-Write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.benches import made
from tests.factories import make_item, write_items
from weval.files import write_json
from weval.reproduce.finished import Finished, write_finished
from weval.reproduce.graph import MADE, STEPS, Graph
from weval.reproduce.manifest import Column, Profile, Row, Table
from weval.reproduce.outcome import Reproduction, State, StepOutcome
from weval.reproduce.tabulate import tabulate
from weval.run import RunSpec, run

RESAMPLES = 200
LIMIT = 12

RUN_COLUMNS = (
    Column(name="correlation", label="Correlation", figure="correlation", times=100),
    Column(name="il", label="IL", figure="il", times=100),
    Column(name="pl", label="PL", figure="pl", times=100),
)

ABSENT = "nobody's rankings were released"

TABLE4 = Table(
    id="table4",
    label="Table 4",
    title="WEval: answers by DeepSeek-R1",
    published="weval-table4",
    columns=RUN_COLUMNS,
    rows=(
        Row(name="Qwen2.5-7B-Instruct-as-a-judge", step="t4-rules"),
        Row(name="Writing-Critic-7B", step="t4-length"),
        Row(name="Our-RM-7B", step="t4-blocked"),
        Row(name="Human", step="t4-human"),
    ),
    notes=("On WEval-mini.",),
)

TABLE5 = Table(
    id="table5",
    label="Table 5",
    title="Writers",
    published="weval-table5",
    columns=(
        Column(name="writingbench", label="WritingBench", figure="s_q"),
        Column(name="arena_write", label="Arena-Write", figure="s_bar", decimals=2),
    ),
    rows=(
        Row(name="Qwen-2.5-7B-Instruct", steps={"writingbench": "good", "arena_write": "poor"}),
        Row(name="SFT", why="somebody else's system"),
    ),
)

FIGURE3 = Table(
    id="figure3",
    label="Figure 3",
    title="Gains",
    published="weval-figure3",
    columns=(Column(name="arena_write", label="Arena-Write", figure="s_q"),),
    rows=(Row(name="Qwen2.5-7B-Instruct", step="good", minus="poor"),),
)

TABLE1 = Table(
    id="table1",
    label="Table 1",
    title="Size",
    published="weval-table1",
    columns=tuple(
        Column(name=name, label=name.replace("_", " "), figure=name, decimals=0)
        for name in ("instructions", "candidates_per_instruction", "responses", "requirement_judgements")
    ),
    rows=(Row(name="WEval", step="data"),),
)

TABLES = (TABLE1, TABLE4, TABLE5, FIGURE3)


def profile(**changes: Any) -> Profile:
    """One with a step of every kind that has figures."""
    asked: dict[str, Any] = {"does": "run", "task": "weval-mini", "limit": LIMIT, "settings": {"resamples": RESAMPLES}}
    judged = {"does": "bench", "benchmark": "longbench-write", "judge": "referee", "settings": {"resamples": 100}}
    steps: dict[str, dict[str, Any]] = {
        "data": {"does": "fetch", "name": "weval-mini", "about": "a small set"},
        "t4-rules": {**asked, "model": "rules", "about": "checks instead of a judge"},
        "t4-length": {**asked, "model": "length", "about": "the longer, the better"},
        "t4-blocked": {**asked, "model": "preset:rm", "about": "a reward model"},
        "rm": {"does": "train", "recipe": "rm_bradley_terry", "profile": "paper", "about": "training"},
        "good": {**judged, "model": "good", "data": "{brought:requests}", "about": "a writer"},
        "poor": {**judged, "model": "poor", "data": "{brought:requests}", "about": "a worse writer"},
    }
    return Profile.model_validate(
        {
            "name": "small",
            "title": "A small profile",
            "about": "For tests.",
            "is_check": False,
            "absent": {"t4-human": ABSENT},
            "brought": {"requests": {"what": "requests", "why": "they are ours", "how": "write some"}},
            "steps": steps,
        }
        | changes
    )


def outcome(name: str, of: Profile, state: State = "done", **more: Any) -> StepOutcome:
    """What became of a step, in its folder."""
    step: Any = of.steps[name]
    return StepOutcome(
        name=name,
        does=step.does,
        about=step.about,
        state=state,
        fingerprint="0" * 16,
        folder=f"{STEPS}/{name}-00000000",
        command=f"weval {step.does} --out out/{STEPS}/{name}-00000000/{MADE}",
        seconds=61.5,
        **more,
    )


def outcomes(of: Profile) -> list[StepOutcome]:
    """All done but for the reward model, which lacks a GPU."""
    lacks: dict[str, Any] = {"state": "blocked", "why": "needs 1 GPU, here is none", "remedy": "rent one"}
    return [outcome(name, of, **(lacks if name in ("t4-blocked", "rm") else {})) for name in of.steps]


def make_steps(folder: Path) -> Path:
    """A reproduction's folder with the steps of `profile` in it, as their commands write them."""
    at = {name: folder / STEPS / f"{name}-00000000" / MADE for name in ("t4-rules", "t4-length", "good", "poor")}
    for name, model in (("t4-rules", "rules"), ("t4-length", "length")):
        run(RunSpec(model, task="weval-mini", limit=LIMIT, out=at[name], settings={"resamples": str(RESAMPLES)}))
    made(at["good"], marks=(5, 4, 3, 4, 5, 5), model="good")
    written = (100, 150, 600, 1000, 4000, 30)
    made(at["poor"], written=written, marks=(3, 4, 1, None, 1, 2), model="poor")
    return folder


def write_steps(folder: Path, of: Profile) -> Path:
    """Says of every step in its folder that it came to its end."""
    for place in (folder / STEPS).iterdir():
        name = place.name.rpartition("-")[0]
        command = (str(getattr(of.steps[name], "does", "")), "--out", str(place / MADE))
        versions = {"weval": "1", "python": "3"}
        finished = Finished(step=name, fingerprint="0" * 16, command=command, seconds=61.5, versions=versions)
        write_finished(place, finished)
    return folder


OWN = TABLE4.model_copy(update={"rows": (Row(name="Our-RM-7B", step="own"),)})


def built_profile() -> Profile:
    """One with a run of items that another of its steps builds."""
    return profile(
        steps={
            "built": {"does": "build", "recipe": "weval-gpt4o", "about": "a set"},
            "own": {"does": "run", "model": "length", "data": "{step:built}/export/items.jsonl", "about": "length"},
        }
    )


def make_built(folder: Path) -> Path:
    """The reproduction of such a profile, with its record."""
    of = built_profile()
    built, own = (folder / STEPS / f"{name}-00000000" / MADE for name in ("built", "own"))
    (built / "export").mkdir(parents=True)
    items = write_items(built / "export" / "items.jsonl", [make_item(f"i{at}") for at in range(5)])
    run(RunSpec("length", data=items, out=own))
    write_steps(folder, of)
    done = [outcome(name, of) for name in of.steps]
    write_json(folder / "reproduction.json", tabulated(folder, of, tables=[OWN], outcomes=done))
    return folder


def tabulated(folder: Path, of: Profile | None = None, **more: Any) -> Reproduction:
    """The tables of what `make_steps` made."""
    chosen = of or profile()
    graph = Graph(chosen, folder, {}, {})
    return tabulate(more.pop("tables", TABLES), chosen, graph, more.pop("outcomes", outcomes(chosen)), **more)
