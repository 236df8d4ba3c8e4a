"""Metrics of other people: found, held to the contract, and one line for each way to break it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest

from tests.factories import make_item, write_items
from weval.cli.output import print_outcome
from weval.compare import CompareOptions, compare
from weval.errors import AdapterError, ConfigError, WevalError
from weval.metrics import LIMITS, METRICS
from weval.ownmetrics import ENTRY_POINTS, OwnMetric, metric_lines, own_metrics
from weval.readback import read_result, rescore
from weval.report import compared_text, comparison_text, details_text
from weval.report.compared_page import comparison_page
from weval.report.page import page
from weval.run import RunSpec, run
from weval.store import RESULT, RUN, SCORES

TOP2 = """
import numpy as np

def top2(gold, scores):
    best = np.take_along_axis(scores, gold.argmax(axis=1)[:, None], axis=1)
    above, tied = (scores > best).sum(axis=1), (scores == best).sum(axis=1)
    return np.clip((2 - above) / tied, 0.0, 1.0)

top2.limits = (0.0, 1.0)
"""
NAME = "metrics_of_mine:top2"

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a module where the user stands and gives the name of the function in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for module in ("page", "compared_page"):
        monkeypatch.setattr(f"weval.report.{module}.can_draw", lambda: False)  # charts take a while
    names: list[str] = []

    def written(text: str = TOP2, function: str = "top2", name: str = "metrics_of_mine") -> str:
        Path(f"{name}.py").write_text(dedent(text), encoding="utf-8")
        sys.modules.pop(name, None)
        names.append(name)
        return f"{name}:{function}"

    yield written
    for name in names:
        sys.modules.pop(name, None)


def gives(body: str) -> str:
    """A module whose metric `f` does one thing."""
    return f"import numpy as np\ndef f(gold, scores):\n    {body}\n"


def run_of(model: str, *metrics: str, out: str = "", **more: str) -> Path:
    settings = {"resamples": "200"} | more | ({"metric": ",".join(metrics)} if metrics else {})
    return run(RunSpec(model, task="weval-mini", settings=settings, out=Path(out or model))).folder


# --- the figures


def test_it_stands_in_the_result_with_its_interval(write: Write) -> None:
    name = write()
    result = read_result(run_of("rules", name))
    found = result.own[name]
    assert found and found.ci
    assert (found.n, found.ci[0] < found.value < found.ci[1]) == (result.n_scored, True)
    assert set(result.metrics).isdisjoint(result.own)
    assert read_result(run_of("rules", out="without")).own == {}


def test_a_copy_of_a_figure_of_ours_is_that_figure(write: Write) -> None:
    text = "from weval.metrics import correlation\ndef mine(gold, scores): return correlation(gold, scores)\n"
    text += "mine.limits = [-1, 1]"
    result = read_result(run_of("keywords", write(text, "mine")))
    assert result.own["metrics_of_mine:mine"] == result.metrics["correlation"]


def test_ties_are_taken_by_expectation(write: Write) -> None:
    name = write()
    found = read_result(run_of("constant", name)).own[name]
    assert found and found.value == pytest.approx(2 / 5)


@pytest.mark.parametrize(("limits", "has_a_width"), [("f.limits = (0, 1)", True), ("", False)])
def test_at_the_end_of_a_range_the_interval_is_wilsons(write: Write, limits: str, has_a_width: bool) -> None:
    name = write(gives("return np.ones(len(gold))") + limits, "f")
    found = read_result(run_of("length", name)).own[name]
    assert found and found.ci and found.value == found.ci[1] == 1.0
    assert (found.ci[0] < 1.0) is has_a_width


def test_undefined_items_are_left_out_and_undefined_everywhere_is_null(write: Write) -> None:
    write(gives("return np.where(scores[:, 0] > scores[:, -1], 1.0, np.nan) * 0 + 1"), "f")  # looks at both ends only
    symmetric = gives("return np.where(scores.max(axis=1) > 1500, 1.0, np.nan)")
    some = write(symmetric, "f", "some_metric")
    none = write(gives("return np.full(len(gold), 0.0) / 0"), "f", "no_metric")
    result = read_result(run_of("length", some, none))
    own = result.own
    assert own[none] is None
    assert [notice for notice in result.notices if "metric" in notice] == [f"{none} is undefined (NaN) for every item"]
    compared = compare([Path("length"), run_of("rules")], CompareOptions(metric=f"{some},{none}", resamples=200))
    said = [notice for notice in compared.comparison.notices if "no_metric" in notice]
    assert said == [f"{model}: {none} is undefined (NaN) for every item" for model in ("length", "rules")]
    assert (found := own[some]) and 0 < found.n < 60


@pytest.mark.parametrize("kind", ["bool", "int", "np.uint8", "np.float32"])
def test_truths_and_whole_numbers_are_numbers(write: Write, kind: str) -> None:
    found = read_result(run_of("constant", write(gives(f"return (gold.max(axis=1) > 0).astype({kind})"), "f"))).own
    assert (figure := found["metrics_of_mine:f"]) and figure.value == 1.0


def test_a_module_that_python_has_itself_hides_one_of_the_folder(write: Write) -> None:
    import statistics

    kept = sys.modules.copy()
    try:
        Path("statistics.py").write_text(TOP2, encoding="utf-8")
        for name in ("statistics:top2", "statistics:mean"):
            with pytest.raises(ConfigError) as caught:
                own_metrics(name)
            assert f"statistics.py here is hidden by {statistics.__file__}; give it another name" in str(caught.value)
    finally:
        sys.modules.update(kept)


def test_items_without_a_score_are_not_shown_to_it(write: Write, tmp_path: Path) -> None:
    items = [make_item("i1"), make_item("i2"), make_item("i3", kept=((1, 2), (1,)), n_requirements=2)]
    data = write_items(tmp_path / "items.jsonl", items)
    scores = [{"item_id": "i1", "candidate_id": f"a{n}", "score": float(-n)} for n in (1, 2, 3)]
    scores += [{"item_id": "i3", "candidate_id": f"a{n}", "score": float(-n)} for n in (1, 2)]
    Path("mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in scores), encoding="utf-8")
    name = write(gives("return gold.sum(axis=1) + 0.0"), "f")
    result = run(RunSpec("scores:mine.jsonl", data=data, settings={"metric": name}, out=Path("out"))).result
    assert (found := result.own[name]) and (found.n, found.value) == (2, (6 + 3) / 2)


# --- naming


def test_several_are_given_with_commas(write: Write) -> None:
    names = [write(), write(gives("return gold.max(axis=1) + 0.5"), "f", "other_metric")]
    assert list(read_result(run_of("length", *names)).own) == names
    assert [metric.name for metric in own_metrics(" , ".join(names))] == names
    assert own_metrics(None) == ()


def test_installed_packages_offer_metrics(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path.cwd())
    points = [metadata.EntryPoint(name, write(), ENTRY_POINTS) for name in ("top2", "correlation")]
    broken = metadata.EntryPoint("broken", "no_such_module_at_all:f", ENTRY_POINTS)
    asked: list[str] = []

    def entry_points(group: str) -> list[metadata.EntryPoint]:
        asked.append(group)
        return [*points, broken]

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    assert own_metrics("top2")[0].limits == (0.0, 1.0)
    assert set(asked) == {"weval.metrics"}
    assert list(metric_lines()) == [*METRICS, "broken", "top2"]
    assert metric_lines()["top2"] == f"from {NAME}"
    for name, said in (
        ("correlation", "is a figure that every result has"),  # ours cannot be replaced
        ("broken", "cannot load no_such_module_at_all:f"),
        ("topp2", "did you mean top2?"),
    ):
        with pytest.raises(ConfigError, match=said):
            own_metrics(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_module:f", "--set metric=no_such_module:f: no module no_such_module here"),
        ("no_such_module.part:f", "no module no_such_module.part here"),
        ("metrics_of_mine.py:top2", "a module is named without .py: metrics_of_mine:top2"),
        ("metrics_of_mine:none", "metrics_of_mine has no function none"),
        ("metrics_of_mine:topp2", "metrics_of_mine has no function topp2; did you mean top2?"),
        ("metrics_of_mine:np", "metrics_of_mine has no function np"),
        ("metrics_of_mine:", "is written --set metric=MODULE:FUNCTION"),
        (":top2", "is written --set metric=MODULE:FUNCTION"),
        (f"{NAME},{NAME}", "given twice"),
        ("", "unknown metric ''"),
        ("correlaton", "unknown metric 'correlaton'; did you mean correlation?"),
        ("mine", "; one of your own is MODULE:FUNCTION"),
    ],
)
def test_what_cannot_be_found_is_said_before_anything_is_asked(write: Write, name: str, said: str) -> None:
    write()
    with pytest.raises(ConfigError) as caught:
        run_of("length", name)
    assert said in str(caught.value) and str(caught.value).isprintable()
    assert not Path("length").exists()


@pytest.mark.parametrize("limits", ["3", "(1, 0)", "(0, 1, 2)", "'ab'", "(0, float('nan'))", "(0, float('inf'))"])
def test_limits_are_two_numbers(write: Write, limits: str) -> None:
    with pytest.raises(ConfigError, match="its `limits` are"):
        own_metrics(write(gives("return gold") + f"f.limits = {limits}", "f"))


# --- the contract


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise KeyError('tea')", "KeyError at metrics_of_mine.py:3: 'tea'"),
        ("raise SystemExit(3)", "SystemExit at metrics_of_mine.py:3: 3"),
        ("return correlation(gold)", "NameError at metrics_of_mine.py:3"),
        ("gold[0] = 0; return gold[:, 0]", "ValueError at metrics_of_mine.py:3: assignment destination is read-only"),
        ("scores.sort(); return scores[:, 0]", "ValueError at metrics_of_mine.py:3: sort array is read-only"),
        ("return None", "gave NoneType, not an array"),
        ("return [0.0] * len(gold)", "gave list, not an array"),
        ("return scores", "gave shape (2, 5) for gold (2, 5), not (2,)"),
        ("return scores.mean()", "gave float64, not an array"),
        ("return scores[:, 0] + 1j", "gave complex128, not numbers"),
        ("return np.array(['x'] * len(gold))", "gave <U1, not numbers"),
        ("return 1.0 / (scores[:, 0] * 0)", "gave inf; a value is finite, or NaN"),
        ("return np.full(len(gold), 1e200)", "gave 1e+200; a value is finite"),
        ("return np.random.default_rng().random(len(gold))", "or is left to chance"),
        ("return scores.max(axis=1) - scores.max()", "by itself and"),
        ("return (scores.argmax(axis=1) == gold.argmax(axis=1)) * 1.0", "depends on the order in which candidates"),
    ],
)
def test_each_way_to_break_it_is_one_line_before_anything_is_asked(write: Write, body: str, said: str) -> None:
    name = write(gives(body), "f")
    with pytest.raises(AdapterError) as caught:
        run_of("length", name)
    message = str(caught.value)
    assert message.startswith(f"--set metric={name}: ") and said in message
    assert message.isprintable()
    assert not Path("length").exists()


def test_a_value_outside_of_its_limits_is_refused(write: Write) -> None:
    with pytest.raises(AdapterError, match=r"gave 5\.0, which is not within its limits 0\.0 to 1\.0"):
        run_of("length", write(gives("return gold.max(axis=1) * 1.0") + "f.limits = (0, 1)", "f"))


def test_a_function_of_other_arguments_is_named_without_a_line_of_ours(write: Write) -> None:
    with pytest.raises(AdapterError) as caught:
        run_of("length", write("def f(gold): return gold", "f"))
    assert "TypeError: f() takes 1 positional argument" in str(caught.value)


def test_what_was_scored_is_kept_where_it_fails_at_the_end(write: Write) -> None:
    name = write(gives("return np.where(scores.max(axis=1) > 500, 1 / 0 if (scores > 500).any() else 0, 0.0)"), "f")
    with pytest.raises(AdapterError, match=r"ZeroDivisionError.*; what was scored is kept: weval rescore length"):
        run_of("length", name)
    assert len(Path("length", SCORES).read_text().splitlines()) == 300
    assert not Path("length", RESULT).exists()
    assert rescore(Path("length")).left_out == (name,)


def test_others_do_not_see_what_one_has_made_of_its_arrays(write: Write) -> None:
    bad = write(gives("gold.flags.writeable = True; gold[:] = 0; return np.zeros(len(gold))"), "f", "bad_metric")
    good = write(gives("return gold.max(axis=1) + 0.0"), "f")
    try:
        result = read_result(run_of("length", bad, good))
    except AdapterError as error:
        assert "WRITEABLE" in str(error)
    else:
        assert (found := result.own[good]) and found.value == 5.0
        assert result.metrics == read_result(run_of("length", out="alone")).metrics


# --- rescore, and whose word is believed


def test_rescore_computes_what_is_named_and_leaves_out_what_is_not(write: Write) -> None:
    name = write()
    folder = run_of("rules", name)
    before = read_result(folder)
    again = rescore(folder, {"metric": name})
    assert (again.result, again.left_out) == (before, ())
    without = rescore(folder)
    assert (without.result.own, without.left_out) == ({}, (name,))
    assert without.result == before.model_copy(update={"own": {}})
    assert rescore(folder, {"metric": name}).result == before
    with pytest.raises(ConfigError, match=r"unknown setting 'seed'.*metric"):
        rescore(folder, {"seed": "3"})


def test_nothing_that_a_folder_names_is_imported(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_of("rules", write())
    theirs = write("from pathlib import Path\nPath('called').touch()\ndef f(gold, scores): Path('called').touch()", "f")
    record, result = (json.loads((folder / name).read_text()) for name in (RUN, RESULT))
    record["settings"]["metric"] = f"{theirs},os:getcwd\x1b[31m"
    result["own"] = {theirs: result["own"].pop(NAME)}
    (folder / RUN).write_text(json.dumps(record))
    (folder / RESULT).write_text(json.dumps(result))
    details_text(read_result(folder))
    other = run_of("length", out="other")
    compare([folder, other])
    outcome = rescore(folder)
    assert outcome.left_out == (theirs, "os:getcwd\x1b[31m")
    run_of("rules")  # continues it
    assert not Path("called").exists()
    print_outcome(outcome, as_json=True)
    said = capsys.readouterr()
    assert "note: left out: metrics_of_mine:f, os:getcwd\\x1b[31m" in said.err
    assert json.loads(said.out)["own"] == {}


def test_a_record_cannot_smuggle_one_into_how_figures_are_computed(write: Write) -> None:
    folder = run_of("length")
    record = json.loads((folder / RUN).read_text())
    record["evaluate"]["metric"] = write()
    (folder / RUN).write_text(json.dumps(record))
    with pytest.raises(WevalError, match=r"evaluate\.metric"):
        rescore(folder)


# --- where it is shown


def test_it_is_shown_in_tables_and_pages(write: Write) -> None:
    name = write()
    outcome = run(RunSpec("rules", task="weval-mini", settings={"metric": name}, out=Path("rules")))
    (row,) = [line for line in details_text(outcome.result).splitlines() if "mine:top2" in line]
    assert row.split()[1:] == ["0.937", "0.897", "…", "0.966", "58", "–"]
    plain = read_result(run_of("length"))
    table = comparison_text([outcome.result, plain])
    assert f"{name}  value" in table and table.count("0.937") == 1
    assert f'<tr><th scope="row"><bdi>{name}</bdi></th><td>0.937</td>' in page(outcome)


def test_names_from_files_are_shown_escaped(write: Write) -> None:
    outcome = run(RunSpec("rules", task="weval-mini", settings={"metric": write()}, out=Path("rules")))
    evil = "<script>alert(1)</script>\x1b[31m"
    result = outcome.result.model_copy(update={"own": {evil: outcome.result.own[NAME]}})
    made = page(replace(outcome, result=result))
    assert "<script>" not in made and "&lt;script&gt;" in made and "\x1b" not in made
    assert "\x1b" not in details_text(result) + comparison_text([result, result])


def test_runs_are_compared_by_it(write: Write) -> None:
    name = write()
    folders = [run_of(model, name) for model in ("rules", "length")]
    found = compare(folders, CompareOptions(metric=name, resamples=500))
    ours, theirs = (run_.metrics[name] for run_ in found.comparison.runs)
    difference = found.comparison.duels[0].metrics[name]
    assert ours and theirs and difference
    assert difference.value == pytest.approx(ours.value - theirs.value)
    assert 0 < difference.p < 0.001 and difference.detectable
    assert compared_text(found.comparison).count("mine:top2") == 2
    assert name in comparison_page(found)
    assert list(compare(folders).comparison.runs[0].metrics) == ["correlation", "reading", "il", "pl", "top1"]
    three = compare([*folders, run_of("keywords")], CompareOptions(metric=name, resamples=500))
    assert compared_text(three.comparison).count("mine:top2") == 1


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_of_weval_keeps_the_contract(name: str) -> None:
    OwnMetric(name, METRICS[name], LIMITS[name]).tried([5, 3, 2, 1])
