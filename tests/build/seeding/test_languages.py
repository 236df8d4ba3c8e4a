"""Which language a text is in: real requests, texts without a language, and codes that nobody has."""

from __future__ import annotations

import json
import sys

import pytest

from weval.build.seeding import languages
from weval.build.seeding.languages import check_languages, language_of
from weval.errors import ConfigError
from weval.rooms import room


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Write a short story about a lighthouse keeper who is afraid of the dark.", "en"),
        ("为毕业季朋友圈创作一段祝福语，文字篇幅控制在100-150字之间。", "zh"),  # by itself it looks like Wu
        ("Necesito un cuento breve sobre una panadera de Oaxaca.", "es"),
        ("Schreibe einen höflichen Brief an das Finanzamt wegen der Frist.", "de"),
        ("茶についての短い詩を書いてください。", "ja"),
        ("1234 5678 90", None),
        ("ok", None),
        ("", None),
    ],
)
def test_requests_have_the_language_that_they_are_in(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_instructions_of_weval_mini_have_the_languages_that_people_gave_them() -> None:
    with (room("tasks") / "weval-mini" / "items.jsonl").open(encoding="utf-8") as file:
        items = [json.loads(line) for line in file]
    wrong = [(item["instruction"], language_of(item["instruction"])) for item in items
             if language_of(item["instruction"]) != item["language"]]  # fmt: skip
    assert wrong == []


def test_a_long_text_is_known_by_its_beginning() -> None:
    assert language_of("Schreibe bitte einen Brief an deine Tante. " * 30 + "And now in English. " * 1000) == "de"


def test_codes_are_those_that_are_found() -> None:
    check_languages(["en", "zh", "de"])
    with pytest.raises(ConfigError, match="no text is ever found to be 'english'"):
        check_languages(["en", "english"])
    with pytest.raises(ConfigError, match="no text is ever found to be 'wuu'"):
        check_languages(["wuu"])


def test_without_the_library_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    languages._identifier.cache_clear()
    with pytest.raises(ConfigError, match=r"needs py3langid: pip install 'weval\[build\]'"):
        language_of("Write a poem")
