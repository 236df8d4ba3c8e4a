from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.cells import cell_len

from tests.build.test_records import step
from weval.build.estimate import Estimate, Line
from weval.build.perform import Done
from weval.report.built import built_text, estimate_text


def done(name: str, *, is_new: bool = True, by_hand: tuple[str, ...] = (), **fields: Any) -> Done:
    record = step(step=name, files={f"{name}.jsonl": "0"}, **fields)
    return Done(record, Path("builds") / "small" / name / f"{name}.jsonl", is_new, by_hand)


def test_a_line_for_each_step_and_why_things_were_left_out() -> None:
    spent = {"replies": 2750, "tokens_in": 5, "tokens_out": 6, "cost_usd": 12.345}
    text = built_text(
        [
            done("dropout", is_new=False, n_rows=2750),
            done("answer", n_rows=2700, left_out={"no_kept_sets": 1, "refused": 49}, spent=spent),
        ]
    )
    assert text == (
        "step      rows  left out  replies    USD  state\n"
        "dropout  2,750         0        –      –   here\n"
        "answer   2,700        50    2,750  12.35   made\n"
        "\n"
        "answer left out: 1 no kept sets, 49 refused\n"
        "\n"
        "builds/small/answer/answer.jsonl"
    )


def test_rows_of_an_edited_file_are_not_counted() -> None:
    line = built_text([done("dropout", is_new=False, by_hand=("dropout.jsonl",), n_rows=7)]).splitlines()[1]
    assert line.split() == ["dropout", "–", "0", "–", "–", "edited"]


def test_an_estimate_says_what_it_knows_and_what_it_does_not() -> None:
    lines = (
        Line("requirements", "writer", "openai/gpt-4o", 550, 390_000, 220_000, 3.175),
        Line("answer", "teacher", "server/m", 2750, 412_500, 3_300_000, None),
        Line("verify", "judge", None, 13_750, 20_000_000, 0, None),
    )
    text = estimate_text(Estimate(550, lines, 3.175, made=("references",), kept=1200))
    assert text == (
        "who                    calls   tokens in  tokens out   USD\n"
        "requirements: writer     550     390,000     220,000  3.17\n"
        "answer: teacher        2,750     412,500   3,300,000     –\n"
        "verify: judge         13,750  20,000,000           0     –\n"
        "\n"
        "about 3.17 USD for 550 items; attempts after bad replies come on top\n"
        "\n"
        "1 of 3 roles: no price is known, or it is not paid by tokens\n"
        "\n"
        "1 of 3 roles: no model is named yet, or one that writes no text\n"
        "\n"
        "replies kept already: 1,200; what they answer is neither asked nor paid again\n"
        "\n"
        "made already, and not counted here: references"
    )
    assert max(map(cell_len, text.splitlines())) <= 80


def test_a_build_that_asks_nobody() -> None:
    assert estimate_text(Estimate(60, (), None)) == "nothing is asked of a model"
    assert estimate_text(Estimate(60, (), None, made=("answer",))).endswith(
        "made already, and not counted here: answer"
    )


def test_long_reasons_stay_within_a_terminal() -> None:
    reasons = {f"a_reason_that_is_long_{number}": number for number in range(12)}
    text = built_text([done("requirements", n_rows=1, left_out=reasons)])
    assert max(map(cell_len, text.splitlines())) <= 80
