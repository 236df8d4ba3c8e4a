from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.reproduce.reproductions import (
    ABSENT,
    FIGURE3,
    RESAMPLES,
    RUN_COLUMNS,
    TABLE1,
    TABLE4,
    TABLE5,
    make_steps,
    outcome,
    outcomes,
    profile,
    tabulated,
)
from weval.errors import DataError
from weval.published import read_published
from weval.readback import read_result
from weval.reproduce.graph import MADE, STEPS
from weval.reproduce.manifest import Row, Table
from weval.reproduce.outcome import Cell, ReproducedTable, Reproduction
from weval.reproduce.tabulate import verdict_of
from weval.rooms import room


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_steps(tmp_path_factory.mktemp("reproduction"))


@pytest.fixture(scope="module")
def found(folder: Path) -> Reproduction:
    return tabulated(folder)


def table(found: Reproduction, name: str) -> ReproducedTable:
    return next(table for table in found.tables if table.id == name)


def cells(found: Reproduction, name: str) -> Mapping[tuple[str, str], Cell]:
    return {(row.name, cell.column): cell for row in table(found, name).rows for cell in row.cells}


def renamed(of: Table, **row: Any) -> Table:
    return of.model_copy(update={"rows": (of.rows[0].model_copy(update=row),)})


def test_a_run_fills_a_row_in_the_units_of_print(found: Reproduction, folder: Path) -> None:
    result = read_result(folder / STEPS / "t4-rules-00000000" / MADE)
    printed = {
        row.name: row.values for one in read_published(room("results")) for row in one.rows if one.task == "weval"
    }
    for at, name in enumerate(("correlation", "il", "pl")):
        cell = cells(found, "table4")["Qwen2.5-7B-Instruct-as-a-judge", name]
        estimate = result.metrics[name]
        assert cell.headline and cell.released and estimate and estimate.ci and result.released
        assert cell.step == "t4-rules"
        assert cell.published == printed["Qwen2.5-7B-Instruct-as-a-judge"][at]
        assert cell.headline.value == pytest.approx(100 * estimate.value)
        assert cell.headline.ci == pytest.approx(tuple(100 * end for end in estimate.ci))
        assert cell.headline.n == estimate.n
        assert cell.released.value == pytest.approx(100 * result.released[name])
        assert cell.difference == pytest.approx(cell.released.value - (cell.published or 0))


def test_a_verdict_is_by_the_interval_of_what_the_script_computes(found: Reproduction) -> None:
    every = cells(found, "table4")
    judge, critic = (every[name, "correlation"] for name in ("Qwen2.5-7B-Instruct-as-a-judge", "Writing-Critic-7B"))
    assert judge.released and judge.released.ci and judge.headline and judge.headline.ci and judge.published
    assert judge.released.ci[0] < judge.published < judge.released.ci[1]
    assert judge.verdict == "within"
    assert judge.headline.ci[1] < judge.published  # by our definition it is another figure
    assert critic.verdict == "outside"
    assert judge.why is critic.why is None


def test_a_cell_without_a_figure_says_why(found: Reproduction) -> None:
    four, five = cells(found, "table4"), cells(found, "table5")
    blocked = four["Our-RM-7B", "il"]
    assert (blocked.headline, blocked.released, blocked.difference) == (None, None, None)
    assert (blocked.published, blocked.verdict) == (97.3, "not run")
    assert blocked.why == "t4-blocked: needs 1 GPU, here is none"
    assert four["Human", "pl"].why == ABSENT
    assert five["SFT", "writingbench"].why == "somebody else's system"
    assert five["SFT", "writingbench"].step is None


def test_a_benchmark_has_what_was_printed_and_ours(found: Reproduction, folder: Path) -> None:
    five = cells(found, "table5")
    good = five["Qwen-2.5-7B-Instruct", "writingbench"]
    assert good.headline and good.released and good.released.ci
    assert good.released.value == pytest.approx(25 * (4 + 3 + 2 + 3 + 4 + 4) / 6)
    assert good.verdict == "outside"
    # Its script takes the mean of two means over different texts, which has no interval here: the headline's stands in.
    poor = five["Qwen-2.5-7B-Instruct", "arena_write"]
    assert poor.released and poor.released.ci is None
    assert poor.headline and poor.headline.ci
    assert poor.verdict == verdict_of(poor.published, 2, poor.headline.ci)
    notes = table(found, "table5").notes
    own = [note.partition(": ") for note in notes if note.startswith("Qwen-2.5-7B-Instruct")]
    assert [(of, said[:30]) for of, _, said in own] == [
        ("Qwen-2.5-7B-Instruct", "some of its data are not the p"),
        ("Qwen-2.5-7B-Instruct (Arena-Write)", "16.7% of the items have no sco"),
        ("Qwen-2.5-7B-Instruct (Arena-Write)", "what the published script make"),
    ]


def test_a_gain_is_over_the_items_that_both_have(found: Reproduction) -> None:
    gain = cells(found, "figure3")["Qwen2.5-7B-Instruct", "arena_write"]
    assert gain.published == 4.6
    assert gain.headline and gain.headline.n == 5
    assert gain.headline.value == pytest.approx(25 * 11 / 5)


def test_a_gain_over_what_is_not_there_is_none(folder: Path) -> None:
    of = profile()
    without = [
        outcome(name, of, "failed", why="exit code 1") if name == "poor" else outcome(name, of) for name in of.steps
    ]
    gain = cells(tabulated(folder, of, tables=[FIGURE3], outcomes=without), "figure3")
    cell = gain["Qwen2.5-7B-Instruct", "arena_write"]
    assert cell.verdict == "not run"
    assert cell.why == "what it is a gain over is not there: poor: exit code 1"


def test_counts_are_compared_as_they_are(found: Reproduction) -> None:
    every = cells(found, "table1")
    assert every["WEval", "instructions"].headline == every["WEval", "instructions"].released
    assert every["WEval", "instructions"].difference == 60 - 550
    assert every["WEval", "instructions"].verdict == "outside"
    assert every["WEval", "candidates_per_instruction"].verdict == "within"


def test_notes_are_of_the_manifest_the_published_table_and_the_runs(found: Reproduction) -> None:
    notes = table(found, "table4").notes
    assert notes[0] == "On WEval-mini."
    assert any(note.startswith("The script puts tied scores in gold order") for note in notes)
    assert any(note.startswith("Human: pl is ") for note in notes)
    assert not any("Qwen2.5-72B" in note for note in notes)  # is not in this table
    assert notes[-1] == "Qwen2.5-7B-Instruct-as-a-judge, Writing-Critic-7B: only the first 12 items were judged"


def test_a_check_has_figures_and_nothing_to_compare_them_with(folder: Path) -> None:
    found = tabulated(folder, profile(is_check=True))
    assert found.is_check
    for every in found.tables:
        for row in every.rows:
            for cell in row.cells:
                assert cell.published is None
                assert cell.difference is None
                assert cell.verdict == ("not compared" if cell.headline else "not run")
                assert bool(cell.why) is (cell.verdict == "not run")
    assert cells(found, "table4")["Qwen2.5-7B-Instruct-as-a-judge", "pl"].headline
    assert table(found, "table4").notes[:1] == ("On WEval-mini.",)
    assert not any("what the released script computes" in note for one in found.tables for note in one.notes)
    assert not any("the verdict is by" in note for one in found.tables for note in one.notes)


def test_what_was_never_published_is_not_compared(folder: Path) -> None:
    genrm = Table(
        id="table8",
        label="Table 8",
        title="RewardBench",
        published="weval-table8",
        columns=(TABLE5.columns[0].model_copy(update={"name": "chat"}),),
        rows=(Row(name="Pairwise GenRM (Writing-Zero)", step="good"),),
    )
    cell = cells(tabulated(folder, tables=[genrm]), "table8")["Pairwise GenRM (Writing-Zero)", "chat"]
    assert (cell.verdict, cell.published, cell.difference) == ("not compared", None, None)
    assert cell.headline
    assert cell.why == "no value was published, or it cannot be read"


def test_broken_scores_are_a_cell_without_a_figure(tmp_path: Path) -> None:
    folder = make_steps(tmp_path)
    before = cells(tabulated(folder), "table4")
    scores = folder / STEPS / "t4-rules-00000000" / MADE / "scores.jsonl"
    scores.write_text(scores.read_text() + '{"id": \x1b[31m\n')
    (folder / STEPS / "good-00000000" / MADE / "replies.jsonl").write_bytes(b"\xff\xfe\x00")
    shutil.rmtree(folder / STEPS / "poor-00000000")
    found = tabulated(folder)
    four = cells(found, "table4")
    cell = four["Qwen2.5-7B-Instruct-as-a-judge", "correlation"]
    assert (cell.verdict, cell.headline, cell.published) == ("not run", None, 85.4)
    assert cell.why and cell.why.startswith("t4-rules: cannot be read: steps/t4-rules-00000000/made/scores.jsonl:")
    assert "\x1b" not in cell.why
    assert str(tmp_path) not in found.model_dump_json()
    assert four["Writing-Critic-7B", "il"] == before["Writing-Critic-7B", "il"]
    five = cells(found, "table5")
    for name in ("writingbench", "arena_write"):
        assert "cannot be read" in (five["Qwen-2.5-7B-Instruct", name].why or "")


def test_what_was_not_asked_for_is_told(folder: Path) -> None:
    of = profile()
    some = [outcome("data", of), outcome("t4-length", of, "waiting", why="not chosen")]
    every = cells(tabulated(folder, of, outcomes=some), "table4")
    assert every["Writing-Critic-7B", "il"].why == "not chosen"
    assert every["Qwen2.5-7B-Instruct-as-a-judge", "il"].why == "t4-rules was not asked for"


def test_a_step_that_no_profile_has_and_a_figure_that_no_step_has(folder: Path) -> None:
    nowhere = renamed(TABLE4, step="t4-nobody")
    cell = cells(tabulated(folder, tables=[nowhere]), "table4")["Qwen2.5-7B-Instruct-as-a-judge", "il"]
    assert cell.why == "the profile small has no step t4-nobody"
    wrong = TABLE4.model_copy(update={"columns": (RUN_COLUMNS[0].model_copy(update={"figure": "s_q"}),)})
    cell = cells(tabulated(folder, tables=[wrong]), "table4")["Writing-Critic-7B", "correlation"]
    assert (cell.why or "").startswith("t4-length: a run has no figure 's_q'")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (renamed(TABLE4, name="Nobody"), "table4: 'Nobody' is not in the published table weval-table4"),
        (TABLE4.model_copy(update={"published": "weval-table99"}), "table4: published: 'weval-table99' is no table"),
        (TABLE4.model_copy(update={"columns": TABLE5.columns}), "table4: 'writingbench' is not in the published table"),
    ],
)
def test_a_manifest_that_names_what_was_not_published_is_an_error(folder: Path, changed: Table, said: str) -> None:
    with pytest.raises(DataError, match=said):
        tabulated(folder, tables=[changed])


def test_the_record_says_what_stood_for_what_and_how_it_was_made(found: Reproduction) -> None:
    rows = {row.name: row.about for row in table(found, "table4").rows}
    assert rows["Writing-Critic-7B"] == "the longer, the better"
    assert rows["Human"] is None
    assert table(found, "table5").rows[0].about == "a writer; a worse writer"
    assert table(found, "table4").source.endswith("(arXiv 2604.27453), Table 4")
    assert found.resamples == RESAMPLES
    assert [step.name for step in found.steps] == [*profile().steps]
    assert Reproduction.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_resamples_can_be_asked_for(folder: Path, found: Reproduction) -> None:
    other = tabulated(folder, tables=[TABLE4], resamples=500)
    assert other.resamples == 500
    one, two = (cells(each, "table4")["Writing-Critic-7B", "il"] for each in (found, other))
    assert one.headline and two.headline and one.headline.value == two.headline.value
    assert one.headline.ci != two.headline.ci


def test_nothing_done_is_no_error(tmp_path: Path) -> None:
    of = profile()
    waiting = [outcome(name, of, "waiting") for name in of.steps]
    found = tabulated(tmp_path, of, outcomes=waiting)
    assert {cell.verdict for one in found.tables for row in one.rows for cell in row.cells} == {"not run"}
    assert found.resamples > 0
    assert outcomes(of)[0].state == "done"


@pytest.mark.parametrize(
    ("published", "decimals", "ci", "verdict"),
    [
        (50.0, 1, (50.0, 60.0), "within"),
        (49.95, 2, (49.955, 60.0), "within"),  # may have been 49.9549 before it was rounded
        (49.9, 1, (49.96, 60.0), "outside"),
        (60.1, 1, (50.0, 60.05), "within"),
        (60.2, 1, (50.0, 60.05), "outside"),
        (550.0, 0, (550.0, 550.0), "within"),
        (551.0, 0, (550.0, 550.0), "outside"),
        (50.0, 1, None, "not compared"),
    ],
)
def test_a_printed_value_stands_for_all_that_is_rounded_to_it(
    published: float, decimals: int, ci: tuple[float, float] | None, verdict: str
) -> None:
    assert verdict_of(published, decimals, ci) == verdict
    assert TABLE1.columns[0].decimals == 0
