from __future__ import annotations

from pathlib import Path

from tests.reproduce.checks.tables import ranked, results, size
from weval.reproduce.checks.printed import read_printed
from weval.reproduce.checks.repeats import OWN, repeats
from weval.rooms import room


def test_what_the_papers_tables_repeat() -> None:
    found = repeats(read_printed(room("results")).rows)
    same = {(each.name, each.figure): each.equal for each in found.across if each.equal}
    every = ("Table 4", "Table 6", "Table 7")
    assert same == {
        ("Writing-Critic-7B", "correlation"): every,
        ("Writing-Critic-7B", "il"): every,
        ("Qwen2.5-7B-Instruct-as-a-judge", "pl"): ("Table 6", "Table 7"),
    }
    assert {each.name: each.spread for each in found.across if each.figure == "pl"} == {
        "Qwen2.5-7B-Instruct-as-a-judge": 1.3,
        "Writing-Critic-7B": 2.0,
        "Skywork-Reward-V2-Llama-3.1-8B": 11.1,
        OWN: 9.6,
    }


def test_the_papers_own_model_is_not_best_in_one_column() -> None:
    found = repeats(read_printed(room("results")).rows)
    (lost,) = found.beaten
    assert (lost.table, lost.figure, lost.own, lost.best) == ("Table 4", "pl", 78.0, 78.7)
    assert lost.by == "Qwen2.5-72B-Instruct-as-a-judge"
    assert found.n_columns == 9


def test_people_are_no_models_and_equal_is_not_above(tmp_path: Path) -> None:
    tables = [
        ranked("Table 4", {"A": (80.0, 90.0, 50.0), OWN: (80.0, 90.0, 50.0), "Human": (99.0, 99.0, 99.0)}),
        ranked("Table 6", {"B": (80.0, 90.0, 60.0), OWN: (70.0, 91.0, 50.0)}),
        ranked("Table 7", {"A": (80.0, 91.0, 51.0)}),
    ]
    found = repeats(read_printed(results(tmp_path, size(), *tables)).rows)
    assert [(each.table, each.figure, each.by) for each in found.beaten] == [
        ("Table 6", "correlation", "B"),
        ("Table 6", "pl", "B"),
    ]
    assert found.n_columns == 6
    assert {each.name for each in found.across} == {"A", OWN}
    assert {(each.name, each.figure) for each in found.across if each.equal} == {("A", "correlation"), (OWN, "pl")}
