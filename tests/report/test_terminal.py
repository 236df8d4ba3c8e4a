from __future__ import annotations

from tests.report.conftest import HOSTILE
from weval.report import comparison_text, details_text, result_text, volume_text
from weval.report.wording import DASH, LABELS, number
from weval.results import Result
from weval.run import Volume


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
    assert "length bias" in text


def test_a_comparison_is_ordered_by_correlation(result: Result, poor: Result, hostile: Result) -> None:
    text = comparison_text([hostile, result])
    assert text.index("rules") < text.index("<script>")
    assert "2 tasks" in text


def test_names_are_text_and_not_markup(hostile: Result) -> None:
    assert HOSTILE[:20] in details_text(hostile)
    assert "[bold red]" in result_text(hostile)


def test_an_estimate_is_one_line() -> None:
    assert volume_text(Volume(60, 300, 4000)) == (
        "60 items, 300 requests, 4,000 characters (about 1,000 tokens of English) to be read"
    )
