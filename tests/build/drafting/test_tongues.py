"""Languages of requirements and requests."""

from __future__ import annotations

import pytest

from weval.build.drafting.tongues import is_foreign

REQUEST = "Write a short story about a lighthouse keeper who is afraid of the dark."
SPANISH = ["Usa entre cien y doscientas palabras en todo el texto.", "Narra la historia en tiempo presente, con humor."]
ENGLISH = ["Use between one and two hundred words in all.", "Tell the whole story in the present tense, with humour."]


@pytest.mark.parametrize(
    ("texts", "request_", "language"),
    [
        (ENGLISH, REQUEST, "en"),
        (ENGLISH, REQUEST, None),
        (SPANISH, "Escribe un cuento sobre un faro y su guardián.", "es"),
        (["Use five words."], "Translate into Chinese: 你好，世界", "en"),
        (["用五句话。"], "写一首诗。", "zh"),
        (["Sé breve."], REQUEST, "en"),
        (["1 2 3"], REQUEST, "en"),
        (ENGLISH, "12 34", None),
    ],
)
def test_at_home(texts: list[str], request_: str, language: str | None) -> None:
    assert is_foreign(texts, request_, language) is None


@pytest.mark.parametrize(
    ("texts", "request_", "language", "found"),
    [
        (SPANISH, REQUEST, "en", "es"),
        (SPANISH, REQUEST, None, "es"),
        (ENGLISH, "Escribe un cuento sobre un faro y su guardián que teme la noche.", "es", "en"),
        ([*ENGLISH, "用五句话。"], REQUEST, "en", "Han"),
        (ENGLISH, "写一首关于灯塔的诗。", "zh", "Latin"),
    ],
)
def test_abroad(texts: list[str], request_: str, language: str | None, found: str) -> None:
    assert is_foreign(texts, request_, language) == found
