"""The guide tells the truth: links lead somewhere, commands parse, what is shown is what comes out."""

from __future__ import annotations

import contextlib
import doctest
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel, TypeAdapter

from tests.pages import Reader, assert_is_shown, blocks, free_port, prose
from weval.adapters import ADAPTERS
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.http import HttpOptions
from weval.adapters.judge import JudgeOptions
from weval.adapters.judge.folder import read_judge
from weval.adapters.recorded import ScoreLine
from weval.bench.catalogue import CLASSES, benchmark_class
from weval.bench.construction.criteria import CriteriaOptions
from weval.bench.construction.preferences import PreferencesOptions
from weval.bench.construction.queries import QueriesOptions
from weval.bench.longbench_write.benchmark import PromptRow
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.spec import bench_names
from weval.cli.main import app
from weval.errors import ResultError
from weval.leaderboard.card import Card
from weval.plan import PROBES
from weval.presets import Preset, preset_names, read_preset, read_preset_file
from weval.ratings import RatingLine
from weval.report.wording import LABELS
from weval.results import Diagnosis, Estimate, PairEstimate, Result
from weval.run import RunSpec, run, setting_lines
from weval.serving.options import ServeOptions
from weval.settings import updated
from weval.store import ScoreRow
from weval.tasks import task_names
from weval.types import Check, Item
from weval.wording import number, value_of

ROOT = Path(__file__).parents[1]
GUIDE = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*GUIDE, ROOT / "README.md", *sorted((ROOT / "tasks").glob("*/README.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]*)\)")
SETTING = re.compile(r"--set (\w+)=")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|…")
ELSEWHERE = ("mentions",)
"""Models of packages that are only imagined."""

page_param = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
guide_param = pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page: Path) -> Iterator[list[str]]:
    """The arguments of every weval command in the page's shell blocks."""
    for block in blocks(page):
        for line in block.text.splitlines() if block.language in ("sh", "console") else ():
            command = line.removeprefix("$ ").partition("  #")[0]
            if command.startswith("weval ") and not PLACEHOLDER.search(command):
                yield shlex.split(command)[1:]


@page_param
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@page_param
def test_commands_parse_as_the_command_line_does(page: Path) -> None:
    group: Any = typer.main.get_command(app)
    for arguments in commands(page):
        with contextlib.suppress(typer.Exit):  # --version
            parent = group.make_context("weval", list(arguments))
            name, verb, rest = group.resolve_command(parent, [*parent._protected_args, *parent.args])
            given = verb.make_context(name, rest, parent=parent).params
            if given.get("model") and not given["model"].endswith(".yaml"):
                assert given["model"].partition(":")[0] in (*ADAPTERS, *preset_names(), *ELSEWHERE)
            if given.get("task"):
                assert given["task"] in task_names()


@page_param
def test_settings_exist(page: Path) -> None:
    known = {line.partition("=")[0] for line in setting_lines()} | {
        "min_letters",
        *ClassifierOptions.model_fields,
        *HttpOptions.model_fields,
        *JudgeOptions.model_fields,
        *ServeOptions.model_fields,
        *Card.model_fields,
        *(field for making in (CriteriaOptions, PreferencesOptions, QueriesOptions) for field in making.model_fields),
        *(field for name in bench_names() for field in benchmark_class(name).options_type.model_fields),
    }
    assert set(SETTING.findall(page.read_text(encoding="utf-8"))) - {"key"} <= known


def record_of(value: dict[str, Any]) -> TypeAdapter[Any]:
    """The record that a JSON example is meant to be."""
    kinds: dict[str, Any] = {
        "sample": dict[str, Any],
        "requirements": Item, "kind": Check, "status": ScoreRow, "annotator": RatingLine, "candidate_id": ScoreLine,
        "length": PromptRow, "text": ReplyRow,
    }  # fmt: skip
    return TypeAdapter(next(kind for key, kind in kinds.items() if key in value))


@guide_param
def test_json_examples_are_what_they_show(page: Path) -> None:
    for block in blocks(page):
        if block.language in ("json", "jsonl") and block.file != "bad.jsonl":
            lines = [block.text] if block.language == "json" else block.text.splitlines()
            for line in lines:
                record_of(json.loads(line)).validate_json(line)


@guide_param
def test_yaml_examples_are_presets_that_make_sense(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.language == "yaml" and block.text.startswith("family:"):
            file = tmp_path / block.file
            file.write_text(block.text, encoding="utf-8")
            preset = read_preset_file(file)
            if preset.family == "judge":
                updated(JudgeOptions(), preset.strings()).check()
            else:
                updated(ClassifierOptions(), preset.strings()).check(str(preset.reference))


@guide_param
def test_python_sessions_give_what_they_show(page: Path) -> None:
    session = "\n".join(block.text for block in blocks(page) if block.language == "pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, page.name, str(page), 0)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


# --- commands with their output -------------------------------------------------------------------------------


@guide_param
def test_console_blocks_show_what_comes_out(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["weval"])
    (tmp_path / "tasks").symlink_to(ROOT / "tasks")
    reader = Reader(tmp_path, free_port())
    for block in blocks(ROOT / "docs" / "first-run.md"):
        if block.file == "tea.jsonl":  # other pages use it, too
            reader.keeps(block.file, block.text)
    try:
        for command, output, expected in reader.follows(page):
            assert_is_shown(output, expected, command)
    finally:
        reader.leave()


# --- tables ----------------------------------------------------------------------------------------------------


def table_rows(text: str) -> list[list[str]]:
    """The cells of every table row, code marks taken off and minus signs made plain."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`").replace("−", "-") for cell in row] for row in rows]


def kinds_of(union: Any) -> Iterator[str]:
    """Every `kind` of a union of records."""
    for member in get_args(union):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield from get_args(member.model_fields["kind"].annotation)
        else:
            yield from kinds_of(member)


def test_every_benchmark_and_its_settings_are_documented() -> None:
    guide = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert set(bench_names()) == set(CLASSES)
    assert all(f"`{name}`" in guide for name in CLASSES)
    assert all(f"| `{field}` |" in guide for field in BenchOptions.model_fields)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_card_of_a_benchmark_names_its_figures_and_its_own_settings(name: str) -> None:
    card = (ROOT / "tasks" / name / "README.md").read_text(encoding="utf-8")
    found = benchmark_class(name)
    own = set(found.options_type.model_fields) - set(BenchOptions.model_fields)
    assert [field for field in own if not re.search(rf"\b{field}\b", card)] == []
    assert found.figures[0].label.casefold() in card.casefold()
    assert f"weval bench {name}" in card


def test_every_check_kind_is_documented() -> None:
    tables = [t for t in prose(ROOT / "docs" / "checks.md").split("\n\n") if t.startswith("| kind ")]
    documented = [row[0] for table in tables for row in table_rows(table)[1:]]
    assert sorted(documented) == sorted(kinds_of(Check))


def test_every_field_of_a_card_is_documented() -> None:
    text = (ROOT / "docs" / "leaderboard.md").read_text(encoding="utf-8")
    for name in Card.model_fields:
        assert name == "schema_" or f"| `{name}` |" in text


def test_every_model_is_documented() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name, family in ADAPTERS.items():
        assert f"{name}:{family.reference}" in text if family.reference else f"| `{name}` |" in text


def test_every_field_of_a_result_is_documented() -> None:
    section = (ROOT / "docs" / "data.md").read_text(encoding="utf-8").partition("### result.json")[2]
    for name, field in Result.model_fields.items():
        assert f"`{field.alias or name}`" in section


def test_every_field_of_a_diagnosis_is_documented() -> None:
    section = (ROOT / "docs" / "data.md").read_text(encoding="utf-8").partition("In `diagnosis`")[2]
    for name in Diagnosis.model_fields:
        assert f"`{name}`" in section


def with_interval(found: Estimate | PairEstimate | None) -> str:
    if found is None or found.ci is None:
        return value_of(found)
    return f"{value_of(found)} [{number(found.ci[0])}, {number(found.ci[1])}]"


def measured(result: Result) -> list[str]:
    """A row of the guide's table of figures."""
    figures, released = result.metrics, result.released or {}
    return [
        with_interval(figures["correlation"]),
        value_of(figures["il"]),
        value_of(figures["pl"]),
        with_interval(figures["reading"]),
        " / ".join(number(released[name]) for name in ("correlation", "il", "pl")),
        value_of(figures["tie_rate"]),
        with_interval(result.diagnosis.length_bias),
    ]


def test_figures_of_weval_mini_are_those_measured(tmp_path: Path) -> None:
    section = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8").split("\n## ")[1]
    all_models, by_type, by_gap, effects = [
        {row[0]: row[1:] for row in table_rows(part)} for part in section.split("\n\n") if part.startswith("|")
    ]
    results = {
        model: run(RunSpec(model, "weval-mini", out=tmp_path / model)).result
        for model in ("rules", "keywords", "shortest", "constant", "first", "random", "length")
    }
    assert {model: measured(result) for model, result in results.items()} == {
        model: row for model, row in all_models.items() if model in results
    }
    chosen = [results[model] for model in ("rules", "keywords", "length")]
    three = [result.by for result in chosen]
    for kind, cells in list(effects.items())[1:]:
        found = [result.diagnosis.requirement_effect[kind] for result in chosen]
        assert cells == [f"{number(e.beta)} [{number(e.ci[0])}, {number(e.ci[1])}]" for e in found if e.ci]
    for kind, found in three[2].requirement_type.items():
        assert by_type[kind] == [str(found.n_pairs), *(with_interval(by.requirement_type[kind]) for by in three)]
    for gap in three[2].dropped:
        assert by_gap[gap] == [with_interval(by.dropped[gap]) for by in three]


def test_figures_under_the_probes_are_those_measured(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    header, *rows = table_rows(text.partition("\n## Under the probes\n")[2].partition("\n## ")[0])
    assert header[3:] == list(PROBES)
    for model in {row[0] for row in rows}:
        found = []
        for probe in ("", *PROBES):
            spec = RunSpec(
                model, "weval-mini", settings={"probe": probe} if probe else {}, out=tmp_path / model / probe
            )
            try:
                found.append(run(spec).result.metrics)
            except ResultError:  # rules, which sees no requirement
                found.append(dict.fromkeys(LABELS))
        by_label = {label: [metrics[name] for metrics in found] for name, label in LABELS.items()}
        for _, label, *cells in (row for row in rows if row[0] == model):
            shown = value_of if label == "tied pairs" else with_interval
            assert cells == [shown(estimate) for estimate in by_label[label]]


def described(name: str, preset: Preset) -> list[str]:
    """A row of the guide's table of presets."""
    memory = f"{preset.memory_gb:g} GB" if preset.memory_gb else "–"
    context = f"{preset.context:,}" if preset.context else "–"
    unit, head = preset.settings["unit"], preset.settings["head"]
    return [name, preset.reference or "–", str(unit), str(head), preset.licence, memory, context]


def described_judge(name: str, preset: Preset) -> list[str]:
    """A row of the guide's table of judges."""
    prompt = str(preset.settings["prompt"])
    price = preset.price.told() if preset.price else "–"
    return [name, preset.reference or "–", prompt, read_judge(prompt).spec.unit, preset.licence, price]


@pytest.mark.parametrize(
    "title, family, row", [("Reward models", "classifier", described), ("Judges", "judge", described_judge)]
)
def test_every_preset_is_documented_as_it_is(title: str, family: str, row: Callable[[str, Preset], list[str]]) -> None:
    text = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    (table,) = [part for part in section.strip().split("\n\n") if part.startswith("| name ")]
    presets = {name: read_preset(name) for name in preset_names()}
    assert {preset.family for preset in presets.values()} == {"classifier", "judge"}
    assert table_rows(table)[1:] == [row(name, preset) for name, preset in presets.items() if preset.family == family]


def test_every_field_of_a_preset_is_documented() -> None:
    section = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8").partition("## Add one")[2]
    (table,) = [part for part in section.split("\n\n") if part.startswith("| field ")]
    documented = {name for row in table_rows(table)[1:] for name in re.findall(r"\w+", row[0])}
    assert documented == set(Preset.model_fields)
