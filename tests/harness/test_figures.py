from __future__ import annotations

import json
from pathlib import Path

import pytest
from lm_eval.utils import make_table

from tests.factories import make_item, write_items
from tests.harness.conftest import Evaluated
from weval.harness import figures
from weval.harness.figures import asked_about
from weval.harness.suite import METRICS, Answer, opened
from weval.types import Status

NAMES = {name: getattr(figures, name) for name in METRICS}


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(write_items(tmp_path / "own.jsonl", [make_item("i1"), make_item("i2"), make_item("i3")]))


def answers(data: str, items: tuple[str, ...] = ("i1", "i2", "i3"), status: Status = "ok") -> list[Answer]:
    """What a reader says who finds exactly the kept requirements met."""
    value = (lambda met: float(met)) if status == "ok" else lambda met: None
    return [
        Answer("weval-mini", data, item, f"a{n}", f"c{q}", status, value(q <= 4 - n))
        for item in items
        for n in (1, 2, 3)
        for q in (1, 2, 3)
    ]


def found(given: list[Answer]) -> dict[str, float | None]:
    return {name: metric(given) for name, metric in NAMES.items()}


PERFECT = {"correlation": 1.0, "il": 1.0, "pl": 1.0, "tie_rate": 0.0, "unparsed": 0.0, "n_missing": 0}


def test_a_perfect_reader_in_any_order(data: str) -> None:
    given = answers(data)
    assert found(given) == found(given[::-1]) == PERFECT


def test_an_item_without_all_its_answers_has_no_figures(data: str) -> None:
    given = answers(data)
    given[4] = given[4]._replace(status="unparsed", value=None)
    assert found(given) == PERFECT | {"unparsed": 1 / 27, "n_missing": 1}
    assert found(given[:9]) == dict.fromkeys(PERFECT) | {"unparsed": 1 / 9, "n_missing": 1}
    assert found(answers(data)[:-1]) == PERFECT | {"n_missing": 1}


def test_items_after_the_last_one_asked_about_do_not_count(data: str) -> None:
    assert found(answers(data, ("i1",))) == PERFECT
    assert found(answers(data, ("i1", "i3"))) == PERFECT | {"n_missing": 1}
    assert [item.id for item in asked_about(opened("weval-mini", data), ["i2"])] == ["i1", "i2"]


def test_what_is_undefined_is_none_in_table_and_file(data: str) -> None:
    undefined = found(answers(data, status="refused"))
    assert undefined == dict.fromkeys(PERFECT) | {"unparsed": 1.0, "n_missing": 3}
    results = {f"{name},none": value for name, value in undefined.items()}
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    table = make_table({"results": {"weval_mini": results}, "versions": {}})
    assert "unparsed" in table and "nan" not in table.lower()


def test_the_same_answers_about_other_gold_have_other_figures(data: str) -> None:
    given = answers(data)
    assert found(given) == PERFECT
    write_items(Path(data), [make_item(name, kept=((1,), (1, 2), (1, 2, 3))) for name in ("i1", "i2", "i3")])
    opened.cache_clear()
    assert found(given)["correlation"] == -1.0


def test_ties_are_decided_by_expectation(data: str) -> None:
    given = [answer._replace(value=1.0) for answer in answers(data)]
    assert found(given) == PERFECT | {"correlation": 0.0, "il": 1 / 3, "pl": 1 / 6, "tie_rate": 1.0}


def test_a_part_of_a_task_by_limit(first: Evaluated) -> None:
    assert (first.figures["sample_len"], first.figures["n_missing"], first.figures["unparsed"]) == (60, 1, 0)
