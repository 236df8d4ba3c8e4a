from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.report.conftest import HOSTILE
from weval.report import comparison_text, details_text, result_text, volume_text
from weval.report.wording import LABELS
from weval.results import AnswerShare, Estimate, Result
from weval.run import Volume
from weval.wording import DASH, number


def test_everything_fits_80_columns(result: Result, poor: Result) -> None:
    long = result.model_copy(update={"model": result.model.model_copy(update={"name": "scores:" + "x" * 200})})
    for text in (result_text(result), details_text(result), details_text(poor), comparison_text([result, long])):
        assert max(map(len, text.splitlines())) <= 80


def test_the_headline_shows_every_figure_with_its_interval(result: Result) -> None:
    lines = result_text(result).splitlines()
    for name, label in LABELS.items():
        line = next(line for line in lines if line.startswith(label))
        estimate = result.metrics[name]
        assert estimate is not None
        assert estimate.ci is not None
        assert number(estimate.value) in line
        assert f"{number(estimate.ci[0])} … {number(estimate.ci[1])}" in line
    assert any(line.startswith("correlation") and line.endswith("0.900") for line in lines)
    assert "released" in lines[3]
    assert "pessimistic" not in lines[3]


def test_what_is_undefined_or_missing_is_said(poor: Result) -> None:
    text = result_text(poor)
    assert "pessimistic" in text
    assert "note: not publishable: 3 items have no score" in text
    assert next(line for line in text.splitlines() if line.startswith("IL")).split()[1] == DASH


def test_details_hold_every_part(result: Result) -> None:
    text = details_text(result)
    for name in (*result.by.category, *result.by.language, *result.by.dropped, *result.by.requirement_type):
        assert f"\n{name} " in text
    assert "Length bias" in text
    for name, effect in result.diagnosis.requirement_effect.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{name} ") and number(effect.beta) in line)
        assert effect.ci is not None
        assert f"{number(effect.ci[0])} … {number(effect.ci[1])}" in line


def test_runs_of_one_model_are_told_apart_by_their_folders(result: Result) -> None:
    other = result.model_copy(update={"model": result.model.model_copy(update={"name": "other"})})
    text = comparison_text([result, other, result], ["runs/critic", "runs/x", "runs/pairs"])
    assert "(runs/critic)" in text and "(runs/pairs)" in text and "runs/x" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_comparison_is_ordered_by_correlation(result: Result, poor: Result, hostile: Result) -> None:
    worse = result.model_copy(
        update={
            "model": result.model.model_copy(update={"name": "worse"}),
            "metrics": result.metrics | {"correlation": Estimate(value=0.1, ci=None, n=1)},
        }
    )
    text = comparison_text([worse, result])
    assert text.index("rules") < text.index("worse")


def test_runs_of_other_items_stand_in_tables_of_their_own(result: Result, hostile: Result) -> None:
    other = result.model_copy(update={"task": result.task.model_copy(update={"sha256": "f" * 64})})
    text = comparison_text([result, other, hostile])
    assert [line for line in text.splitlines() if line.startswith("weval-mini")] == [
        f"weval-mini 1.0 (sha256 {result.task.sha256[:12]}…)",
        "weval-mini 1.0 (sha256 ffffffffffff…)",
    ]
    assert text.count("model  ") == 3


def test_what_is_not_publishable_is_marked(result: Result, poor: Result) -> None:
    assert "*" not in comparison_text([result, result])
    text = comparison_text([result, poor])
    assert text.count("rules *") == 1
    assert "* not publishable" in text


@pytest.mark.parametrize("name", ["scores:" + "x" * 200, "写" * 60, "a" * 37, ""])
def test_names_are_cut_and_figures_never(result: Result, name: str) -> None:
    long = result.model_copy(update={"model": result.model.model_copy(update={"name": name})})
    by = result.by.model_copy(update={"category": {name or "c": result.by.category["academic_writing"]}})
    details = details_text(long.model_copy(update={"by": by}))
    for text in (comparison_text([long, result]), details):
        assert max(cell_len(line) for line in text.splitlines()) <= 80
        assert "0.614" in text
        assert "0.550 … 0.667" in text
    assert "0.483" in details


def test_names_are_text_and_not_markup(hostile: Result) -> None:
    assert HOSTILE[:20] in details_text(hostile)
    assert "[bold red]" in result_text(hostile)


def test_an_estimate_is_one_line() -> None:
    assert volume_text(Volume(60, 300, 4000)) == (
        "60 items, 300 requests, 4,000 characters (about 1,000 tokens of English) to be read"
    )


def test_an_estimate_counts_replies_and_dollars() -> None:
    said = volume_text(Volume(60, 300, 4000, replies=5, usd=1234.5))
    assert "300 requests of 5 replies" in said and said.endswith("about $1,234.50, more where a model reasons first")


def test_lines_of_health_break_between_their_parts(result: Result) -> None:
    share, known = AnswerShare(value=0.2, ci=(0.1, 0.3), count=60, n=300), result.health
    assert known is not None
    health = known.model_copy(update={"answers": dict.fromkeys(known.answers, share)})
    said = result_text(result.model_copy(update={"health": health}))
    lines = [line for line in said.splitlines() if "%" in line and "·" in line]
    assert lines and all(len(line) <= 80 and not line.rstrip(" ·").endswith("%") for line in lines)
