"""Published tables: as printed, complete, and refused where they do not fit together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from weval.errors import DataError
from weval.published import (
    PublishedTable,
    ReportedRow,
    as_printed,
    read_published,
    reported_rows,
    tables_about,
)

RESULTS = Path(__file__).parents[1] / "results"

FACTS = {
    "weval-table1": ("weval", "table1_dataset"),
    "weval-table2": ("weval", "table2_writingbench"),
    "weval-table3": ("weval", "table3_longbench_write"),
    "weval-table4": ("weval", "table4_deepseek_r1"),
    "weval-table5": ("weval", "table5_ablation"),
    "weval-table6": ("weval", "table6_gpt4o"),
    "weval-table7": ("weval", "table7_gemini25pro"),
    "weval-table8": ("weval", "table8_rewardbench"),
    "weval-figure3": ("weval", "figure3_arena_write_gains"),
    "weval-figure4-race": ("weval", "figure4_gains", "race"),
    "weval-figure4-finder": ("weval", "figure4_gains", "finder_pass_rate"),
    "writingbench-human-agreement": ("writingbench", "human_agreement"),
    "writingbench-table3": ("writingbench", "table3_critic_model"),
    "writingbench-table8": ("writingbench", "table8_claude_3_5_sonnet"),
    "writingbench-table9": ("writingbench", "table9_critic_model_sft"),
    "writing-rl-main": ("writing_rl",),
    "writing-rl-judge-agreement": ("writing_rl", "judge_agreement_with_humans"),
    "writing-rl-longbench-v2": ("writing_rl", "longbench_v2"),
    "writing-rl-longbench-write": ("writing_rl", "longbench_write_gpt4o"),
    "writing-rl-sft-saturation": ("writing_rl", "sft_saturation_writingbench"),
}
"""Where each committed table stands among the facts."""

ARXIV = {"weval": "2604.27453", "writingbench": "2503.05244", "writing_rl": "2506.05760"}


@pytest.fixture(scope="module")
def tables() -> dict[str, PublishedTable]:
    return {table.id: table for table in read_published(RESULTS)}


# --- what is committed


def test_every_table_is_there_and_names_its_paper(tables: dict[str, PublishedTable]) -> None:
    assert sorted(tables) == sorted(FACTS)
    for name, (paper, *_) in FACTS.items():
        assert tables[name].source.arxiv == ARXIV[paper]
        number = re.search(r"table\d|figure\d", name)
        assert tables[name].source.table == (number and number[0].capitalize().replace("e", "e ", 1))


def test_the_tables_that_are_about_tasks(tables: dict[str, PublishedTable]) -> None:
    about = {table.id: table for table in tables.values() if table.task}
    assert {name: table.task for name, table in about.items()} == {
        "weval-table4": "weval",
        "weval-table6": "weval-gpt4o",
        "weval-table7": "weval-gemini",
    }
    families = {
        "Qwen2.5-7B-Instruct-as-a-judge": "judge",
        "Qwen2.5-72B-Instruct-as-a-judge": "judge",
        "Writing-Critic-7B": "judge",
        "Skywork-Reward-V2-Llama-3.1-8B": "scalar RM",
        "Skywork-Reward-V2-Qwen3-8B": "scalar RM",
        "Our-RM-7B": "scalar RM",
        "Human": "human",
    }
    for table in about.values():
        assert table.columns == ("correlation", "il", "pl")
        assert all(row.family == families[row.name] for row in table.rows)


def test_their_il_can_only_be_that_of_the_released_script(tables: dict[str, PublishedTable]) -> None:
    """Of five, (1 + tau)/2 <= the script's IL <= (3 + tau)/4, and the paper's is at most PL + 0.6 (1 - PL)."""
    rows = [row for task in ("weval", "weval-gpt4o", "weval-gemini") for row in reported_rows(tables.values(), task)]
    assert len(rows) == 15
    for row in rows:
        tau, il, pl = row.figures["correlation"], row.figures["il"], row.figures["pl"]
        assert tau and il and pl
        assert (1 + tau) / 2 - 0.001 <= il <= (3 + tau) / 4 + 0.001
        assert il > pl + 0.6 * (1 - pl)


def test_cells_that_were_hard_to_read_say_so(tables: dict[str, PublishedTable]) -> None:
    noted = {(table.id, row.name) for table in tables.values() for row in table.rows if row.note}
    holes = {(table.id, row.name) for table in tables.values() for row in table.rows if None in row.values}
    assert holes == {("weval-table2", "o3-2025-04-16"), ("weval-table8", "Pairwise GenRM (Writing-Zero)")}
    garbled = {("weval-table3", "LongWriter-llama3.1-8B"), ("weval-table3", "Qwen2.5-1.5B-Instruct-WRL")}
    assert noted >= holes | garbled


def _given(content: Any) -> dict[str, list[float | None]]:
    """A table of the facts: rows of values; what is nested in it is another table."""
    return {
        name: value if isinstance(value, list) else [value]
        for name, value in content.items()
        if not isinstance(value, dict)
    }


def test_every_cell_is_the_one_of_the_facts(shared: Path, tables: dict[str, PublishedTable]) -> None:
    facts = yaml.safe_load((shared / "facts" / "paper_tables.yaml").read_text(encoding="utf-8"))
    for name, path in FACTS.items():
        content = facts
        for part in path:
            content = content[part]
        rows = {row.name: list(row.values) for row in tables[name].rows}
        expected = _given(content)
        if name == "weval-table1":  # one row there, its columns named
            assert list(tables[name].columns) == list(expected)
            expected = {"WEval": [value for (value,) in expected.values()]}
        assert list(rows.items()) == list(expected.items()), name


def test_no_table_of_the_facts_is_left_out(shared: Path) -> None:
    facts = yaml.safe_load((shared / "facts" / "paper_tables.yaml").read_text(encoding="utf-8"))
    there = {(paper, key) for paper, keys in facts.items() for key, value in keys.items() if isinstance(value, dict)}
    assert there == {path[:2] for path in FACTS.values() if len(path) > 1}


# --- fractions


def test_percent_become_fractions_with_their_source(tables: dict[str, PublishedTable]) -> None:
    rows = reported_rows(tables.values(), "weval")
    paper = "From Coarse to Fine: Benchmarking and Reward Modeling for Writing-Centric Generation Tasks"
    assert rows[0] == ReportedRow(
        "Qwen2.5-7B-Instruct-as-a-judge",
        "judge",
        {"correlation": 0.854, "il": 0.929, "pl": 0.609},
        f"{paper} (arXiv 2604.27453), Table 4",
    )
    assert [row.name for row in rows][-1] == "Human"
    assert {row.source[-7:] for row in reported_rows(tables.values(), "weval-gemini")} == {"Table 7"}


def test_a_task_nobody_published_on_has_no_rows(tables: dict[str, PublishedTable]) -> None:
    assert reported_rows(tables.values(), "weval-mini") == []


GOOD = """\
tables:
  - id: tea-table1
    title: Tea
    source: {paper: On Tea, arxiv: "2601.00001"}
    task: tea
    scale: percent
    columns: [correlation, pl]
    rows:
      - {name: a, family: judge, values: [-12.5, null]}
      - name: b
        family: human
        values: [100, 0]
        note: hard to read
"""


def published(folder: Path, **files: str) -> Path:
    (folder / "paper").mkdir()
    for name, text in files.items():
        (folder / "paper" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_illegible_stays_undefined(tmp_path: Path) -> None:
    assert reported_rows(read_published(published(tmp_path, tea=GOOD)), "tea") == [
        ReportedRow("a", "judge", {"correlation": -0.125, "pl": None}, "On Tea (arXiv 2601.00001)"),
        ReportedRow("b", "human", {"correlation": 1.0, "pl": 0.0}, "On Tea (arXiv 2601.00001)"),
    ]


# --- wrong files


def wrong(folder: Path, **files: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_published(published(folder, **files))
    return [line.removeprefix(f"{folder}/paper/") for line in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[100, 0]", "[100]", "tea.yaml:12: tables[0].rows[1].values: 'b' has 1 for 2 columns"),
        ("[100, 0]", "[100, 0, 0]", "tea.yaml:12: tables[0].rows[1].values: 'b' has 3 for 2 columns"),
        ("name: b", "name: a", "tea.yaml:10: tables[0].rows[1].name: 'a' appears twice in the table"),
        (", pl]", ", correlation]", "tea.yaml:7: tables[0].columns[1]: 'correlation' appears twice"),
        ("[100, 0]", "[100, .nan]", "tea.yaml:12: tables[0].rows[1].values[1]: must be a number, not '.nan'"),
        ("[100, 0]", "[100, 1e999]", "tea.yaml:12: tables[0].rows[1].values[1]: must be a finite number, not inf"),
        ("[100, 0]", "[853, 0]", "tea.yaml:12: tables[0].rows[1].values[0]: 853 is not on the scale 'percent'"),
        ("[100, 0]", "['100', 0]", "tea.yaml:12: tables[0].rows[1].values[0]: must be a number, not '100'"),
        ("percent", "0-100", "tea.yaml:6: tables[0].scale: must be 'percent' in a table about a task, not '0-100'"),
        (
            "        family: human\n",
            "",
            "tea.yaml:10: tables[0].rows[1].family: is missing; rows of a table about a task have one",
        ),
        (
            "family: human",
            "family: oracle",
            "tea.yaml:11: tables[0].rows[1].family: must be 'scalar RM', 'judge' or 'human', not 'oracle'",
        ),
        ("title: Tea", "titel: Tea", "tea.yaml:3: tables[0].titel: is not a known key"),
        ('"2601.00001"', "2601.00001", "tea.yaml:4: tables[0].source.arxiv: must be a string, not 2601.00001"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert GOOD.count(old) == 1
    assert expected in wrong(tmp_path, tea=GOOD.replace(old, new))


def test_an_id_belongs_to_one_table_of_all_files(tmp_path: Path) -> None:
    assert wrong(tmp_path, a=GOOD, b=GOOD) == [
        "b.yaml:2: tables[0].id: 'tea-table1' is already the id of a table in a.yaml"
    ]


def test_what_is_wrong_in_several_files_is_told_at_once(tmp_path: Path) -> None:
    found = wrong(tmp_path, a=GOOD.replace("[100, 0]", "[]"), b=GOOD.replace("tea-table1", "b"), c="tables: []\n", d="")
    assert found == [
        "a.yaml:12: tables[0].rows[1].values: 'b' has 0 for 2 columns",
        "c.yaml:1: tables: has too few entries (0; at least 1)",
        "d.yaml: is empty",
    ]


def test_files_are_read_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    folder = published(tmp_path, b=GOOD.replace("tea-table1", "b"), a=GOOD.replace("tea-table1", "a"))
    (folder / "paper" / "README.md").write_text("not a table")
    assert [table.id for table in read_published(folder)] == ["a", "b"]


def test_results_without_published_tables_have_none(tmp_path: Path) -> None:
    assert read_published(tmp_path) == []


# --- downstream benchmarks


def test_the_tables_that_are_about_benchmarks(tables: dict[str, PublishedTable]) -> None:
    about = {table.id: table.benchmarks for table in tables.values() if table.benchmarks}
    assert len(about) == 14
    assert about["weval-table5"] == ("writingbench", "arena-write")
    assert about["writing-rl-main"] == ("writingbench", "creative-writing", "longbench-write")
    assert [table.id for table in tables_about(tables.values(), "longbench-write")] == [
        "weval-table3",
        "writing-rl-main",
        "writing-rl-longbench-write",
    ]


def test_a_benchmark_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    (said,) = wrong(tmp_path, a=GOOD.replace("    scale:", "    benchmarks: [race, rase]\n    scale:", 1))
    assert "benchmarks[1]: 'rase' is no benchmark of weval; there are arena-write, " in said


def test_a_column_has_as_many_decimals_as_its_longest_number(tables: dict[str, PublishedTable]) -> None:
    shown = dict(as_printed(tables["writing-rl-main"]))
    assert shown["GPT-4o"] == ["83.42", "80.45", "92.92", "85.60"]
    assert dict(as_printed(tables["weval-table8"]))["Pairwise GenRM (Writing-Zero)"] == ["–", "–", "–", "–", "87.4"]
