from __future__ import annotations

import pytest

from weval.adapters.judge.lines import final_verdict, named_verdicts
from weval.adapters.judge.outcome import NoVerdict


@pytest.mark.parametrize(
    "answer",
    [
        "[[x]]",
        "[[ x ]]",
        "  [[x]]  \n\n \n",
        "words\r\n[[x]]\r\n",
        "words\r[[x]]",
        "**[[x]]**",
        "***[[x]]***",
        "_[[x]]_",
        "`[[x]]`",
        "```[[x]]```",
        "**`[[x]]`**",
        "[[x]].",
        "[[x]]。",
        "**[[x]].**",
        "**[[x]]**.",
        "- [[x]]",
        "* [[x]]",
        "### [[x]]",
        "- **Verdict:** [[x]]",
        "Verdict: [[x]]",
        "verdict:[[x]]",
        "**Verdict**: [[x]]",
        "**Final verdict: [[x]]**",
        "My final verdict is: [[x]]",
        "The answer is: `[[x]]`.",
        "Final Judgement: [[x]]",
        "结论：[[x]]",
        "**最终判断**：[[x]]",
        "我的最终结论是：[[x]]。",
        "评判结果: [[x]]",
        "The final verdict is [[x]].",
        "**Therefore, the verdict is [[x]].**",
        "So my verdict: [[x]]",
        "Overall assessment: [[x]]",
        "Last line: [[x]]",
        "因此，最终答案为[[x]]。",
        "评价：[[x]]",
        "## Verdict\n\n[[x]]",
        "```\n[[x]]\n```",
        "so\n\n~~~text\n\n[[x]]\n\n~~~\n",
        "````\n[[x]]\n`````",
        "```python\ncode\n```\n[[x]]",
    ],
)
def test_a_line_that_is_a_verdict_and_nothing_else(answer: str) -> None:
    assert final_verdict(answer) == "x"
    assert "x" in list(named_verdicts(answer))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "x",
        "[x]",
        "[[x",
        "[[x]",
        "[[x\n]]",
        "【【x】】",
        "[[x]] it is",
        "It is [[x]]",
        "So [[x]].",
        "[[x]]\nas I said",
        "[[x]] [[x]]",
        "[[x]][[y]]",
        "[[x]] or [[y]]",
        '"[[x]]"',
        "“[[x]]”",
        "「[[x]]」",
        "'[[x]]'",
        "([[x]])",
        "> [[x]]",
        "| [[x]] |",
        "1. [[x]]",
        "Output: [[x]]",
        "Response A: [[x]]",
        "Example verdict: [[x]]",
        "Verdict [[x]]",
        "Is the verdict [[x]]",
        "If so, the verdict is [[x]]",
        "The verdict is not [[x]]",
        "The verdict would be [[x]]",
        "The verdict is [[x]]?",
        "答案不是[[x]]",
        "Verdict, as I said: [[x]]",
        "not the verdict: [[x]]",
        "**[[x]]",
        "[[x]]**",
        "`[[x]]",
        "[[x]]!",
        "[[x]]?",
        "[[x]]..",
        "\\[\\[x\\]\\]",
        "$[[x]]$",
        "\\boxed{[[x]]}",
        "<answer>[[x]]</answer>",
        "[[x]]<|im_end|>",
        "words\x0b[[x]]",
        "words\u2028[[x]]",
        "```\n[[x]]",
        "```\n[[x]]\n``",
        "````\n[[x]]\n```",
        "~~~\n[[x]]\n```",
        "```\n[[x]]\n[[x]]\n```",
        "```\nwords\n[[x]]\n```",
        "```\n```",
        "```[[x]]",
        "[[x]]\n---",
        "A" * 100 + "[[x]]",
        "[[[x]]]",
    ],
)
def test_a_line_that_mentions_quotes_or_breaks_off_is_none(answer: str) -> None:
    try:
        inside = final_verdict(answer)
    except NoVerdict as none:
        assert none.status == "unparsed"
    else:
        assert answer == "[[[x]]]"
        assert inside == "[x"  # which is never a label


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[x]] would be wrong", ["x"]),
        ("Verdict: [[x]] or so\n[[y]]", ["x", "y"]),
        ("**[[x]] is", ["x"]),
        ("- [[x]]: it does\n- [[y]]: it does not", ["x", "y"]),
        ("I thought of [[x]]", []),
        ("> [[x]]", []),
        ("[[x]", []),
        ("no", []),
    ],
)
def test_lines_that_begin_as_a_verdict(text: str, named: list[str]) -> None:
    assert list(named_verdicts(text)) == named
