"""Requests in English and Chinese, each with material in the other."""

from __future__ import annotations

import pytest

from weval.bench.language import language_of


@pytest.mark.parametrize(
    ("request_", "language"),
    [
        ("写一封信。", "zh"),
        ("以 FT 的风格写一篇评论：" + "The text to discuss. " * 50, "zh"),
        ("Write a letter." + " Please." * 40 + " 端砚", "en"),
        ("", "en"),
        ("手紙を書いてください。", "zh"),  # benchmarks here are of two languages
    ],
)
def test_the_start_of_a_request_tells_its_language(request_: str, language: str) -> None:
    assert language_of(request_) == language
