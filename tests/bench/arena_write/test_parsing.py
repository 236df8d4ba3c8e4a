from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.arena_write import VERDICTS, parse_verdict, points_of_a
from weval.bench.arena_write.parsing import Rule

RULES: list[Rule] = ["v2", "v0.1", "repaired"]


@pytest.mark.parametrize(
    ("reply", "v2", "v01", "repaired"),
    [
        ("A rambles.\n[[B>>A]]", "B>>A", "B>>A", "B>>A"),
        ("[[B<A]]", "B<A", "B<A", "A>B"),
        ("[[A > B]]", None, None, "A>B"),
        ("[[a>b]]", "A>B", None, None),
        ("[A>B]", "A>B", None, None),
        ("[[A]]", "A", "A", None),
        ("A list: [A], [B].", "B", None, None),
        ("<think>[[B>A]]</think>\n[[A>B]]", "A>B", None, "A>B"),
        ("[[A>B]]\n\nOr rather\n\n[[B>A]]", "B>A", None, None),
        ("The prompt says to end in [[A>B]] or [[B>A]]. I cannot.", "B>A", None, None),
        ("My final verdict is tie: [[A=B]]", "A=B", "A=B", "A=B"),
        ("My final verdict is: Assistant A is slightly better: [[A>B]].", "A>B", "A>B", "A>B"),
        ("**Assistant B is significantly better: [[B>>A]]**", "B>>A", "B>>A", "B>>A"),
        ("Assistant B is significantly better: [[A<<B]]", "A<<B", "A<<B", "B>>A"),
        ("Assistant B is slightly better: [[A>B]]", "A>B", "A>B", None),
        ("Assistant B is slightly better: [[B>>A]]", "B>>A", "B>>A", None),
        ("I doubt that Assistant A is slightly better: [[A>B]]", "A>B", "A>B", None),
        ("", None, None, None),
    ],
)
def test_verdicts(reply: str, v2: str | None, v01: str | None, repaired: str | None) -> None:
    assert [parse_verdict(reply, rule) for rule in RULES] == [v2, v01, repaired]


pieces = st.sampled_from(
    ["[[", "]]", "A", "B", ">", "<", "=", "Tie: ", "Assistant A is slightly better: ", "\ud800", "\n"]
)


@given(st.lists(pieces | st.text(max_size=3)).map("".join))
def test_any_text_gives_a_verdict_or_none(text: str) -> None:
    assert parse_verdict(text) in {None, *VERDICTS}
    for rule in RULES:
        points_of_a(parse_verdict(text, rule))


@pytest.mark.parametrize("unit", ["[", "[[A", "A", "tie: ", "tie: [[A=B]]", "assistant A is ", "<think>", "\n"])
def test_a_long_reply_takes_no_time(unit: str) -> None:
    with cpu_within(10):  # what is quadratic takes many minutes
        for rule in RULES:
            parse_verdict(unit * (1_000_000 // len(unit)), rule)


def test_points_of_the_mirrored_verdict_are_those_of_the_other_text() -> None:
    swap = str.maketrans("AB<>", "AB><")
    for label, points in VERDICTS.items():
        strong = len(label) == 4
        assert points_of_a(label) == (points, strong)
        assert points_of_a(label.translate(swap)) == (1 - points, strong)
        assert points_of_a(label[::-1].translate(swap)) == (points, strong)
    assert points_of_a(None) is points_of_a("A>>>B") is None
