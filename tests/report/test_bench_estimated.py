from __future__ import annotations

from weval.bench.estimate import BenchEstimate, Line
from weval.report.bench_estimated import bench_estimate_text


def test_a_line_per_step_and_what_is_known_of_the_price() -> None:
    writing = Line("responses", "writer", "transformers/x", 120, 120, 9000, 360000, None)
    judging = Line("replies", "judge", "openai/gpt-4o", 120, 360, 1_500_000, 30000, 4.05)
    text = bench_estimate_text(BenchEstimate(120, (writing, judging), 4.05))
    assert "1,500,000" in text and "360,000" in text and "4.05" in text
    assert "about 4.05 USD for 120 items; calls again, for replies that cannot be read, come on top" in " ".join(
        text.split()
    )
    assert "1 of 2 steps: no price is known" in text
    assert max(map(len, text.splitlines())) <= 80


def test_of_a_long_name_the_step_is_whole() -> None:
    writing = Line("responses", "writer", "anthropic/" + "x" * 30 + "-4-5", 120, 120, 9000, 360000, None)
    text = bench_estimate_text(BenchEstimate(120, (writing,), None))
    assert "x-4-5  responses" in text
    assert max(map(len, text.splitlines()[:2])) <= 80


def test_nothing_is_asked() -> None:
    assert bench_estimate_text(BenchEstimate(120, (), None)) == "nothing is asked of a model"
