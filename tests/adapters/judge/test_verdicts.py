from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.adapters.judge.folder import judge_names, read_judge
from weval.adapters.judge.verdicts import (
    NoVerdict,
    Verdict,
    read_brackets,
    read_label,
    read_ranking,
    read_score,
)
from weval.errors import ConfigError

BINARY = {"1": 1.0, "0": 0.0}
FIVE = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}
TEN = {str(number % 10): float(number) for number in range(1, 11)}

Read = Callable[[str], Verdict]
READERS: dict[str, Read] = {
    "binary": lambda text: read_brackets(text, BINARY),
    "five": lambda text: read_brackets(text, FIVE),
    "score": lambda text: read_score(text, "score", 1, 10),
    "ranking": lambda text: read_ranking(text, 3),
    "label": lambda text: read_label(text, {"A": 1.0, "B": 0.0, "C": 0.5}),
}


def read_or_none(read: Read, text: str) -> Verdict | None:
    try:
        return read(text)
    except NoVerdict as none:
        assert none.status in ("unparsed", "refused")
        assert str(none).isprintable()
        assert 0 < len(str(none)) < 400
        return None


# --- what the forms are ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("[[1]]", "1"),
        ("It has no question.\n\n**Final verdict:** [[ 0 ]].", "0"),
        ("It ends with a question.\n结论：[[1]]。\n", "1"),
        ("<think>\n[[0]]? No.\n</think>\n\n[[1]]", "1"),
        ("hm, [[0]]?\n</think>\n\n[[1]]", "1"),
        ("Verdict: [[1]]\nIn short:\n[[1]]", "1"),
        ("I thought of [[0]] first.\n[[1]]", "1"),
        ("> [[0]]\n[[1]]", "1"),
        ("The text ends in [[category]] links.\n[[x]]\n[[1]]", "1"),
        ("Asked for [[1]] or [[0]], I say\n[[0]]", "0"),
        ("It has two.\n[[0]]<|im_end|>", "0"),
        ("Two were asked for.\n\nTherefore, the verdict is [[1]].", "1"),
    ],
)
def test_brackets(text: str, label: str) -> None:
    assert read_brackets(text, BINARY) == Verdict((BINARY[label],), label)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "[[2]]",
        "[[１]]",
        "[[01]]",
        "[[1.0]]",
        "[[-1]]",
        "[[]]",
        "[[1",
        "[[1]",
        "Either [[1]] or [[0]]",
        "[[1]]\n[[0]]",
        "Verdict: [[0]]\nOn reflection:\n[[1]]",
        "- [[1]]: it does\n- [[0]]: it does not\n\n[[1]]",
        "Reply with one line:\n- [[1]]\n- [[0]]",
        "[[0]] would be unfair.\n[[1]]",
        "The verdict is [[0]] if titles count.\n[[1]]",
        "[[1]]<|im_end|>\n<|im_start|>user\nWhy?",
        "```\n[[0]]\n```\n[[1]]",
        "<think>[[1]]",
        "<think>It is [[1]].\n[[1]]",
        "<think>so</think>",
        "[[1]]\n</think>",
        'The response says "output [[1]]"',
        'The response says: "\n[[1]]"',
        "Verdict: [[0]]\nThe response closes with\n</think>\n[[1]]",
        "A",
    ],
)
def test_what_is_no_verdict_in_brackets(text: str) -> None:
    assert read_or_none(READERS["binary"], text) is None


@pytest.mark.parametrize(
    ("inside", "label"),
    [
        *((label, label) for label in FIVE),
        (" A > B ", "A>B"),
        ("A  >>  B", "A>>B"),
        ("A<B", "B>A"),
        ("A << B", "B>>A"),
        ("B<A", "A>B"),
        ("B<<A", "A>>B"),
        ("B=A", "A=B"),
    ],
)
def test_both_ways_to_write_a_comparison(inside: str, label: str) -> None:
    assert read_brackets(f"[[{inside}]]", FIVE) == Verdict((FIVE[label],), label)
    assert read_brackets(f"[[{label}]]\nSo it is\n[[{inside}]]", FIVE).label == label


@pytest.mark.parametrize(
    "inside",
    ["a>b", "A>>>B", "A>=B", "A==B", "A> >B", "A>A", "A", ">", "A»B", "A&gt;B", "A>B>", "Ａ>B", "A\n>B", "A>B, A=B"],
)
def test_what_is_no_comparison(inside: str) -> None:
    assert read_or_none(READERS["five"], f"[[{inside}]]") is None


def test_a_label_that_is_given_is_not_read_from_the_other_side() -> None:
    assert read_brackets("[[A<B]]", {"A<B": 0.0, "B>A": 0.25}).label == "A<B"
    assert read_or_none(lambda text: read_brackets(text, {"A>B": 1.0, "B>A": 0.0}), "[[A=B]]") is None


@pytest.mark.parametrize("label", FIVE)
def test_two_strengths_of_one_preference_are_two_verdicts(label: str) -> None:
    for other in FIVE.keys() - {label}:
        with pytest.raises(NoVerdict, match="two different verdicts"):
            read_brackets(f"[[{other}]]\n[[{label}]]", FIVE)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"score": 7, "reason": "fine"}', 7),
        ('{"reason": "a\nb", "score": 10}', 10),
        ('```json\n{"score": 1}\n```', 1),
        ('<think>{"score": 2}</think>{"score": 9}', 9),
        ('A draft: {"score": 9}?\n</think>\n\n{"score": 9}', 9),
        ('A draft: {"score": 2}?\n</think>\n\n{"score": 9}', 9),
        ('{"score": 3, "x": {"score": 9}}', 3),
        ('{"reason": "says {\\"score\\": 10} and </think>", "score": 3}', 3),
        ('Here it is:\n\n{"reason": "a\\_b", "score": 7}</s>', 7),
        ('{"reason": "I cannot help but like it", "score": 8.0}', 8),
    ],
)
def test_scores(text: str, score: int) -> None:
    assert read_score(text, "score", 1, 10) == Verdict((float(score),), str(score))


@pytest.mark.parametrize(
    "text",
    [
        '{"Score": 7}',
        '{"x": {"score": 7}}',
        '{"score": 0}',
        '{"score": 11}',
        '{"score": true}',
        '{"score": "7"}',
        '{"score": 7} trailing',
        '{"score": 7}\n{"score": 7}',
        'Score: 7\n{"score": 7}',
        '{"score": 3}\n</think>\n{"score": 9}',
        '```json\n{"score": 3}\n``` Well.\n</think>\n{"score": 9}',
        '{"score": 7}<think>',
        "7",
    ],
)
def test_what_is_no_score(text: str) -> None:
    verdict = read_or_none(READERS["score"], text)
    assert verdict is None


@pytest.mark.parametrize(
    ("text", "values", "label"),
    [
        ("[[3 > 1 = 2]]", (-2.5, -2.5, -1.0), "3 > 1 = 2"),
        ("[[1>2>3]]", (-1.0, -2.0, -3.0), "1 > 2 > 3"),
        ("[[3=2=1]]", (-2.0, -2.0, -2.0), "1 = 2 = 3"),
        ("2 is best.\n**Final ranking:** [[2 = 3 > 1]]", (-3.0, -1.5, -1.5), "2 = 3 > 1"),
        ("[[2=3>1]]\nTherefore\n[[3 = 2 > 1]]", (-3.0, -1.5, -1.5), "2 = 3 > 1"),
    ],
)
def test_rankings(text: str, values: tuple[float, ...], label: str) -> None:
    assert read_ranking(text, 3) == Verdict(values, label)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("3 > 1", "lacks response 2"),
        ("3", "lacks responses 1, 2"),
        ("3 > 1 > 3", "names response 3 twice"),
        ("1 = 1 > 2", "names response 1 twice"),
        ("3 > 1 > 2 > 4", "names '4', which is no number from 1 to 3"),
        ("3 > 1 > 0", "no number from 1 to 3"),
        ("3 > 1 > ２", "no number from 1 to 3"),
        ("3 > 1 > 02", "no number from 1 to 3"),
        ("3 >> 1 > 2", "names ''"),
        ("3 > 1 >", "names ''"),
        ("3 < 1 < 2", "no number from 1 to 3"),
        ("3, 1, 2", "no number from 1 to 3"),
        ("A > B > C", "no number from 1 to 3"),
        ("9" * 5000, "no number from 1 to 3"),
    ],
)
def test_rankings_that_are_none_say_what_is_wrong(inside: str, said: str) -> None:
    with pytest.raises(NoVerdict, match=re.escape(said)):
        read_ranking(f"[[{inside}]]", 3)


@given(st.integers(2, 12).flatmap(lambda n: st.lists(st.integers(0, n), min_size=n, max_size=n)))
def test_a_ranking_is_read_as_it_was_meant(scores: list[int]) -> None:
    blocks = [[str(i + 1) for i, score in enumerate(scores) if score == level] for level in sorted(set(scores))[::-1]]
    verdict = read_ranking(f"[[{' > '.join(' = '.join(block) for block in blocks)}]]", len(scores))
    ranks = [sum(o > s for o in scores) + (1 + sum(o == s for o in scores)) / 2 for s in scores]
    assert verdict.values == tuple(-rank for rank in ranks)


@pytest.mark.parametrize(
    "text", ["A", " A\n", "**A**", "`A`", "A.", "**A.**", "A。", "<think>B?</think>A", "B?\n</think>\nA"]
)
def test_labels(text: str) -> None:
    assert READERS["label"](text) == Verdict((1.0,), "A")


@pytest.mark.parametrize(
    "text",
    ["", "a", "Ａ", "A response", "A, B", "AB", "A or B", "It is A", "[[A]]", '"A"', "A:", "B\n</think>\nA", "A\nB"],
)
def test_what_is_no_label(text: str) -> None:
    assert read_or_none(READERS["label"], text) is None


def test_a_label_may_be_any_character() -> None:
    assert read_label("*", {"*": 1.0, "-": 0.0}).label == "*"
    assert read_label("0", TEN).values == (10.0,)
    with pytest.raises(ConfigError, match="begins with"):
        read_label("1", {"1": 1.0, "10": 10.0})


@pytest.mark.parametrize("name", READERS)
def test_a_refusal_is_one_in_every_form_and_a_verdict_stands_whatever_goes_before(name: str) -> None:
    for text in ("I\u2019m sorry, but I can\u2019t help.", "<think>no</think>抱歉，我无法评判。"):
        with pytest.raises(NoVerdict) as none:
            READERS[name](text)
        assert none.value.status == "refused"
    assert read_brackets("I cannot score this highly.\n[[0]]", BINARY).label == "0"


def test_the_readers_leave_reasoning_out_themselves() -> None:
    assert read_brackets("<think>x</think>[[1]]", BINARY).label == "1"
    with pytest.raises(NoVerdict, match="nothing after the reasoning"):
        read_brackets("<think>x</think>\n", BINARY)
    with pytest.raises(NoVerdict, match="the reply is empty"):
        read_score(" \n", "score", 1, 10)


# --- what holds for any text ----------------------------------------------------------------------------------------

PIECES = [
    "<think>", "</think>", "◁/think▷", "[[1]]", "[[0]]", "[[ A > B ]]", "[[B>A]]", "[[", "]]", "[[1", "[[3 > 1 = 2]]",
    "A", "B", "1", "Verdict: ", "结论：", "**", "`", "```", "```json", "~~~", "- ", "# ", "> ", '"', "\n", "\n", "\n",
    "\r\n", " ", ".", "words ", '{"score": 3}', '{"score": 7, "reason": "a"}', '{"score": 1', "0", "}", "{",
    "I cannot rate", "\u3000", "\x0b", "</s>", "<|im_end|>", "\\", "So the answer is ",
]  # fmt: skip
ENDS = [
    "",
    "\n[[1]]",
    "\n**Verdict:** [[A>B]].",
    "\n```\n[[0]]\n```",
    '\n{"score": 7}',
    '\n```json\n{"score": 10}\n```',
]
replies = st.tuples(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join), st.sampled_from(ENDS)
).map("".join)


@pytest.mark.parametrize("name", READERS)
@given(replies)
def test_any_text_is_a_verdict_or_none(name: str, text: str) -> None:
    read_or_none(READERS[name], text)


@pytest.mark.parametrize("name", ["binary", "five", "score", "ranking"])
@settings(max_examples=300, deadline=None)
@given(replies)
@example("[[0]] would be unfair.\n[[1]]")
@example("[[0]]\n</think>\n[[1]]")
@example('{"score": 3} is too low\n</think>\n{"score": 7}')
@example('x {y}\n</think>\n{"score": 3} no\n</think>\n{"score": 7}')
def test_a_reply_that_is_cut_off_is_never_another_verdict(name: str, text: str) -> None:
    whole = read_or_none(READERS[name], text)
    for end in range(len(text) if whole else 0):
        assert read_or_none(READERS[name], text[:end]) in (None, whole), text[:end]


LINE = re.compile(
    r"(?:[-*+•]\s+|\#{1,6}\s+)?"
    r"[*_`]*\s*(?:(?:(?:Verdict|结论)\s*[*_`]*\s*[:：]|So the answer is)\s*[*_`]*\s*)?"
    r"\[\[\s*(?P<label>[01])\s*\]\]"
    r"\s*[*_`]*\s*[.。]?\s*[*_`]*"
)


@settings(max_examples=1000, deadline=None)
@given(replies.filter(lambda text: "think" not in text))
def test_brackets_are_read_by_the_rules_and_by_nothing_else(text: str) -> None:
    """A second description of the form, as one pattern for whole lines, agrees on all texts without reasoning."""
    verdict = read_or_none(READERS["binary"], text)
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    if lines and re.fullmatch("`{3,}|~{3,}", lines[-1]) and len(lines) > 1:
        lines.pop()
    found = LINE.fullmatch(lines[-1]) if lines else None
    others = {m["label"] for line in lines if (m := re.match(LINE.pattern.partition(r"\s*[*_`]*\s*[.。]?")[0], line))}
    if verdict:
        assert found
        assert found["label"] == verdict.label
        assert others == {verdict.label}
    elif found and len(others) == 1:
        # What is left are decorations that are not closed, code blocks, and what a colon announces.
        announced = len(lines) > 1 and lines[-2].rstrip("*_` ").endswith((":", "："))
        assert announced or "```" in text or "~~~" in text or set(lines[-1]) & set("*_`")


PROMPTS = [
    "Reply with [[1]] if the response meets the requirement and [[0]] if it does not.",
    "End with one line that holds your verdict and nothing else:\n[[1]] if it does\n[[0]] if it does not",
    "Your last line is one of\n\n- [[A>>B]]\n- [[A>B]]\n- [[A=B]]\n- [[B>A]]\n- [[B>>A]]",
    'Example output: "My final verdict is tie: [[A=B]]".',
    '如果遵循，输出"[[1]]"，否则输出"[[0]]"。',
    'Answer with JSON:\n{"score": an integer from 1 to 10, "reason": "why"}',
    '```json\n{\n"score": an integer score,\n"reason": "a reason"\n}',
    "Rank all responses, best first, as [[3 > 1 = 2]].",
    "Answer with one character only: A, B or C.",
]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize(
    "frame", ["{}", "I was asked: {}", '"{}"', "> {}", "```\n{}\n```", "```\n{}", "<think>{}", "<think>x</think>{}"]
)
def test_a_reply_that_quotes_the_prompt_is_no_verdict(name: str, prompt: str, frame: str) -> None:
    text = frame.replace("{}", prompt)
    for end in range(len(text) + 1):
        # Where the reply ends right behind it, nothing tells the first of a list, or an article, from a verdict.
        if not re.search(r"\n(?:- )?\[\[[^\]]*\]\]\s*$|^(?:<think>x</think>)?A$", text[:end]):
            assert read_or_none(READERS[name], text[:end]) is None, text[:end]


@pytest.mark.parametrize("judge", judge_names())
@pytest.mark.parametrize("frame", ["{}", "I was asked: {}", '"{}"', "> {}", "```\n{}\n```", "<think>x</think>{}"])
def test_a_reply_that_quotes_one_of_our_prompts_is_no_verdict(judge: str, frame: str) -> None:
    folder = read_judge(judge)
    for wording in (folder.spec.answers.reasoned, folder.spec.answers.label or ""):
        for quoted in (wording, folder.user, folder.user.replace("{answer}", wording), f"{folder.system}\n{wording}"):
            for read in (*READERS.values(), lambda text: read_brackets(text, folder.spec.reply.values)):
                assert read_or_none(read, frame.replace("{}", quoted)) is None


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "unit",
    [
        "[[",
        "[[]]\n",
        "[[1]]\n",
        "`",
        "```\n",
        " ",
        "\n",
        "</think>",
        "a</think>",
        "[[1]]\n</think>\n",
        '{"a":',
        "[",
        "1=",
        '"',
        "\\",
        "</s>",
        "</s> ",
    ],
)
def test_a_long_reply_takes_no_time(name: str, unit: str) -> None:
    text = unit * ((1_000_000 if unit in ("[[", "`", " ") else 200_000) // len(unit))
    with cpu_within(20):  # what is quadratic takes many minutes
        for whole in (text, f"[[{text}]]", f'{{"score": {text}}}', f"{text}\n[[1]]"):
            read_or_none(READERS[name], whole)


@pytest.mark.parametrize(
    "before",
    [
        "The response ends with:", "It tells me to output the line:", "The response says the verdict is:",
        "For example:", "> note:", "文中写着：", "**The last line of the text:**",
    ],
)  # fmt: skip
def test_a_line_that_is_announced_as_somebody_elses_is_no_verdict(before: str) -> None:
    for text in (f"{before}\n[[1]]", f"Hm.\n\n{before}\n\n**[[1]]**", f"{before}\n```\n[[1]]\n```"):
        assert read_or_none(READERS["binary"], text) is None, text


@pytest.mark.parametrize(
    "before",
    ["Verdict:", "## Final verdict:", "Since the response is short, the verdict is:", "So:", "结论：", "It is short."],
)
def test_a_line_may_announce_the_judges_own_verdict(before: str) -> None:
    for text in (f"{before}\n[[1]]", f"Hm.\n\n{before}\n\n**[[1]]**", f"{before}\n```\n[[1]]\n```"):
        verdict = read_or_none(READERS["binary"], text)
        assert verdict is not None and verdict.label == "1", text
