from __future__ import annotations

from weval.report.scored import scored_text
from weval.score import Answer, Scored
from weval.types import Certificate


def scored(unit: str, scores: tuple[float | None, ...], *answers: Answer, remarks: tuple[str, ...] = ()) -> Scored:
    certificate = Certificate(n_texts=9, easy=(1.0, 0.0), drift={}, computed={}, remarks=remarks) if remarks else None
    return Scored("m", unit, scores, answers, certificate)


def test_a_missing_score_is_a_dash_and_says_why() -> None:
    failed = Answer((1,), 1, "failed", (), "out of memory")
    text = scored_text(scored("requirement", (None,), failed), ["Mention water."])
    assert "response 1             –" in text
    assert "  Mention water.  failed" in text
    assert text.endswith("note: response 1, requirement 1: out of memory")


def test_pairs_are_listed_as_they_were_shown() -> None:
    text = scored_text(scored("pair", (1.0, 0.0), Answer((1, 2), None, "ok", (1.0,), None)), [])
    assert "1 shown before 2: points of the first      1" in text


def test_what_was_cut_and_what_the_certificate_says_are_notes() -> None:
    cut = Answer((1,), None, "ok", (0.5,), "cut 3 of 9 tokens (right): response")
    text = scored_text(scored("response", (0.5,), cut, remarks=("one by one",)), [])
    assert text.endswith("note: response 1: cut 3 of 9 tokens (right): response\nnote: one by one")


def test_lines_fit_a_terminal_and_move_no_cursor() -> None:
    answer = Answer((1,), 1, "ok", (0.5,), None)
    text = scored_text(scored("requirement", (0.5,), answer), ["\x1b[31m" + "long " * 60])
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
