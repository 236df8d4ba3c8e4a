"""Entry point `replies`: what a model wrote, through every reader of it. None may raise anything but its own refusal.

Beyond that: a reply that gives a verdict is never read as another one when it is cut off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from tests.fuzzing.bounds import mended
from tests.fuzzing.source import Source, as_json, decoded, mutated
from weval.adapters.judge.expected import expected_score
from weval.adapters.judge.outcome import NoVerdict, Verdict
from weval.adapters.judge.reasoning import parted
from weval.adapters.judge.released_rules import RELEASED, judged_response
from weval.adapters.judge.verdicts import read_brackets, read_label, read_ranking, read_score
from weval.bench.arena_write import parsing as arena
from weval.bench.construction.criteria import criteria_in
from weval.bench.construction.queries import refined_in, requests_in
from weval.bench.construction.records import FIELDS
from weval.bench.creative_writing import parsing as creative
from weval.bench.creative_writing.criteria import PAIRWISE
from weval.bench.creative_writing.pairwise import parse_pairwise, pluses
from weval.bench.creative_writing.scoring import piece_score
from weval.bench.finder.parsing import parse_answer
from weval.bench.finder.replies import met_original, read_met
from weval.bench.longbench_v2.choice import parse_choice
from weval.bench.longbench_write import parsing as longwriter
from weval.bench.longbench_write.scoring import quality_scores
from weval.bench.race.given import result_of
from weval.bench.race.parsing import DIMENSIONS, extract_json
from weval.bench.race.released import released_shares
from weval.bench.race.replies import read_shares, shares_original
from weval.bench.race.scoring import race_score
from weval.bench.race.tasks import RaceItem
from weval.bench.writing_rl import extracting, verdicts
from weval.bench.writingbench.parsing import parse_reply
from weval.build.drafting.drafts import drafted
from weval.build.records import Chosen
from weval.build.sections import Requirements
from weval.replied import Unsound, object_in

FIVE = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}

WORDS = (
    "[[A>B]]", "[[B>>A]]", "[[A=B]]", "[[A]]", "[[B]]", "[[C]]", "[[1]]", "[[0]]", "[[Yes]]", "[[No]]", "[[", "]]",
    "[[3 > 1 = 2]]", "[[1 > 2 > 3]]", "[A>B]", "Final verdict: ", "\u7ed3\u8bba\uff1a", "So the answer is ", "\n",
    "\n\n", "<think>", "</think>", "<thinking>", "</think>\n\n", "\u25c1think\u25b7", "\u25c1/think\u25b7", "[THINK]",
    "[/THINK]", "<seed:think>", "<|im_end|>", "</s>", "<|eot_id|>", "```", "```json\n", "\n```", "~~~", "{", "}", "[",
    "]", '"', ":", ",", '{"score": 7}', '{"reason": "a", "score": 3}', '"score": ', "score", "1", "7", "10", "7.0",
    "1e1", "-3", "true", "null", "NaN", "9" * 30, "9" * 4400, "\\", "\\u12", "\\ud800", "**", "*", "_", "`", "- ",
    "# ", "> ", "1. ", "Yes", "No", "no", "yes, but ", "\u662f\u7684", "\u5426", "Answer: ",
    "The correct answer is (B)", "The correct answer is ", "Correct answer: ", "or C",
    "my final verdict is tie: [[A=B]]", "Assistant A is slightly better: [[A>B]]", "Elegant Prose: 12",
    "Coherent: 15/20\n", "Meandering:\n[ 3 ]\n", "Overall", "A0493++", "A0488+", '"coherence": "A0493+++"',
    "Relevance", "Accuracy", "article_1_score", "criterion", "comprehensiveness", "insight",
    "I'm sorry, but I can't help with that.", "\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5", " ", "\t", "\r", "\r\n", "\x00",
    "\u2028", "a", "\U0001f999", "\ud800", "here is my evaluation:\n", "1+1", "1j", "(", "lambda: 0", "{'a': 1}", "--",
    "~", "not ", "f'{1}'", "b''", "(" * 90, "[" * 1200,
)  # fmt: skip

_OBJECTS: tuple[Any, ...] = (
    {"reason": "Dull.", "score": 3},
    {"analysis": "x", **dict.fromkeys(longwriter.DIMENSIONS, 4)},
    dict.fromkeys(PAIRWISE, "A0493++"),
    {name: [{"criterion": "Depth", "article_1_score": 6, "article_2_score": 9}] for name in DIMENSIONS},
    {"scores": [{"criterion": n, "reason": "r", "article_a": 7, "article_b": 8} for n in range(1, 5)]},
    {"checklist": [{name: f"{name} {n}" for name in FIELDS} for n in range(5)]},
    {"requests": ["Write about tea.", "Write about pots."]},
    {"request": "Write 50 words about tea."},
    {"requirements": [
        {"type": "length", "text": "Use between 80 and 110 words.",
         "check": {"kind": "word_count", "min": 80, "max": 110}},
        {"type": "style", "text": "Keep the tone of a letter between friends."},
        {"type": "content", "text": 'Mention the word "harbour" in the first line.'},
        {"type": "format", "text": "Put a title above the text, in capital letters."},
        {"type": "format", "text": "Write exactly three paragraphs.",
         "check": {"kind": "paragraph_count", "min": 3, "max": 3}},
    ]},
    {"id": 1, "overall_score": 0.5, **dict.fromkeys(DIMENSIONS, 0.5)},
)  # fmt: skip


def fuzz(data: bytes) -> None:
    """One reply."""
    source = Source(data)
    how = source.below(4)
    if how == 0:
        text = decoded(source.rest())
    elif how == 1:
        text = _around(source, decoded(as_json(mutated(source, source.pick(_OBJECTS), WORDS))))
    else:
        text = source.text(WORDS)
    for read in readers():
        with mended(NoVerdict, Unsound):
            read(text)
    _ours(source, text)
    _originals(text)
    _probabilities(source)


def _around(source: Source, content: str) -> str:
    before, after = source.pick([("", ""), ("```json\n", "\n```"), ("", ""), ("<think>x</think>\n", "")])
    return source.text(WORDS)[:200] * source.below(2) + before + content + after + source.text(WORDS)[:200]


@cache
def readers() -> tuple[Callable[[str], Any], ...]:
    """Those that say why nothing could be read."""
    seed = Chosen.model_construct(id="s", text="Write a letter about the sea.", language="en")
    return (
        parted, object_in, longwriter.read_quality, read_met, criteria_in, partial(requests_in, n=2),
        partial(refined_in, draft="Write about tea."), result_of, partial(read_shares, item=race_item()),
        partial(drafted, seed=seed, section=Requirements(how="write", n=5)),
        partial(drafted, seed=seed, section=Requirements(how="extract", n=5)),
    )  # fmt: skip


@cache
def race_item() -> RaceItem:
    """A task of RACE with one criterion in each dimension."""
    criteria = {
        "dimension_weight": dict.fromkeys(DIMENSIONS, 0.25),
        "criterions": {name: [{"criterion": "Depth", "explanation": "e", "weight": 1.0}] for name in DIMENSIONS},
    }
    return RaceItem(id="1", prompt="Write.", criteria=criteria)


def _ours(source: Source, text: str) -> None:
    """Our own forms, which also must not turn into another verdict when they are cut off."""
    shorter = text[: source.below(len(text) + 1)]
    ways: tuple[Callable[[str], Verdict], ...] = (
        partial(read_brackets, values=FIVE),
        partial(read_brackets, values={"1": 1, "0": 0}),
        partial(read_ranking, n=3),
        partial(read_score, field="score", low=1, high=10),
    )
    for read in ways:
        found, cut = _verdict(read, text), _verdict(read, shorter)
        assert found is None or cut is None or cut == found, (found, cut, shorter)
    _verdict(partial(read_label, values={"7": 7, "8": 8}), text)


def _verdict(read: Callable[[str], Verdict], text: str) -> Verdict | None:
    try:
        return read(text)
    except NoVerdict as none:
        assert str(none).isprintable()
        return None


def _originals(text: str) -> None:
    """Published readings, repeated. Where a published script stops, they say so; most never do."""
    for rule in RELEASED.values():
        rule(text)
    judged_response(text)
    for mode in ("repaired", "original"):
        parse_answer(text, mode, reasoning=text)
        parse_choice(text, mode)
        parse_reply(text, mode)
        verdicts.parse_verdict(text, mode)
        extracting.extract_solution(text, mode)
        with mended():
            extracting.extract_json(text, mode)
        scores = creative.parse_scores(text, mode)
        with mended():
            piece_score(scores, mode)
        with mended():
            pluses(parse_pairwise(text, mode), mode)
        with mended():
            quality_scores([longwriter.parse_quality(text, mode)], mode)
        with mended():
            found = extract_json(text, mode)
            if found is not None:
                race_score(json.loads(found), race_item().criteria, mode)
    for rule in ("v2", "v0.1", "repaired"):
        arena.points_of_a(arena.parse_verdict(text, rule))
    longwriter.judged_original([text])
    met_original([text])
    with mended():
        shares_original([text, None], race_item())
    with mended():
        released_shares({"insight": text}, race_item().criteria)


def _probabilities(source: Source) -> None:
    """The first token's probabilities, which a server told."""
    tokens = ("7", " 7", "8", "7.", "Score", "\n8", "")
    said: Mapping[str, Any] = {
        source.pick(tokens): source.pick([0.5, 0.0, 1.0, -1.0, 2.0, float("nan")]) for _ in "abc"
    }
    with mended(NoVerdict):
        mean, mass = expected_score(said, {"7": 7, "8": 8}, 0.5)
        assert 7 <= mean <= 8 and 0 <= mass <= 1
