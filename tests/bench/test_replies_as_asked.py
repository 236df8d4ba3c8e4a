"""A reply in the form that a judge's prompt asks for is read, and so are the usual deviations that say the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bench.race.tasks import N_CRITERIA, criteria_of
from weval.adapters.judge.folder import read_judge
from weval.adapters.judge.outcome import NoVerdict
from weval.bench.arena_write import VERDICTS, parse_verdict
from weval.bench.creative_writing import CRITERIA, NEGATIVE, parse_scores
from weval.bench.finder.replies import read_met
from weval.bench.longbench_write import DIMENSIONS, parse_quality
from weval.bench.race import DIMENSIONS as RACE_DIMENSIONS
from weval.bench.race.replies import read_shares
from weval.bench.race.tasks import RaceItem
from weval.bench.writingbench import parse_reply

WEIGHTS = dict.fromkeys(RACE_DIMENSIONS, 0.25)
TASK = RaceItem(id="1", prompt="?", criteria={"dimension_weight": WEIGHTS, "criterions": criteria_of(1)})

QUALITY = {"Analysis": 'The end, "so be it", {drags}.', **{name: 2 + n % 4 for n, name in enumerate(DIMENSIONS)}}
CREATIVE = [f"{name}: {n % 21}" for n, name in enumerate((*sorted(set(CRITERIA) - NEGATIVE), *sorted(NEGATIVE)))]
RACE = {
    "scores": [
        {"criterion": n, "reason": 'It says "yes".', "article_a": 7.5, "article_b": 2.5}
        for n in range(1, N_CRITERIA + 1)
    ]
}
BEFORE = "Task: A is ahead, as its title shows.\nLanguage: B is.\n\n"


def wrapped(said: str) -> Iterator[str]:
    """JSON as judges give it: as asked, over several lines, fenced, introduced, behind reasoning."""
    lines = json.dumps(json.loads(said), indent=2)
    yield from (said, lines, f"```json\n{lines}\n```", f"```\n{said}\n```\n", f"Here is my evaluation:\n\n{lines}")
    yield from (f"Here is my assessment:\n```json\n{lines}\n```", f"<think>\nPerhaps {{1}}.\n</think>\n\n{said}")


def marked(said: str) -> Iterator[str]:
    """A verdict as judges end with it: alone, in bold, with a heading, a marker or a full stop."""
    yield from (f"{BEFORE}{said}", f"{BEFORE}**{said}**", f"{BEFORE}Final verdict: {said}", f"{BEFORE}{said}.\n")
    yield from (f"{BEFORE}## Verdict\n{said}", f"<think>[[A=B]]?</think>{BEFORE}My verdict is: {said}", said)


def lines(*, sign: str = "", mark: str = "", end: str = "") -> str:
    """Scores of creative writing, each on a line with something around it."""
    found = (line.split(": ") for line in CREATIVE)
    body = "\n".join(f"{sign}{mark}{name}:{mark} {score}{end}" for name, score in found)
    return f"The opening speaks for the piece; at 12: 30 it loses its way.\n\n{body}"


def quality(text: str) -> Any:
    return parse_quality(text)


def shares(text: str) -> Any:
    return read_shares(text, TASK)["overall_score"]


def cases() -> Iterator[Any]:
    scored = {name: score for name, score in QUALITY.items() if name != "Analysis"}
    creative = {name: float(score) for name, score in (line.split(": ") for line in CREATIVE)}
    forms = [lines(), lines(sign="- "), lines(mark="**"), lines(end="/20"), lines(end=" (as a whole)")]
    forms += [f"<think>Coherent: 3</think>{lines()}", lines().replace("Voice/Tone", "Voice / Tone")]
    forms += [lines().replace("'", "\u2019"), lines(sign="* ", mark="**", end="."), f"{lines()}\n"]
    yield from ((quality, text, scored) for text in wrapped(json.dumps(QUALITY)))
    yield from ((shares, text, 0.75) for text in wrapped(json.dumps(RACE)))
    yield from ((parse_reply, text, 8) for text in wrapped('{"reason": "It ends on \\"so be it\\".", "score": 8}'))
    yield from ((parse_scores, text, creative) for text in forms)
    yield from ((parse_verdict, text, label) for label in VERDICTS for text in marked(f"[[{label}]]"))
    yield from ((read_met, text, met) for met in (True, False) for text in marked("[[Yes]]" if met else "[[No]]"))


@pytest.mark.parametrize(("read", "text", "said"), list(cases()))
def test_what_was_asked_for_is_read_in_all_its_usual_forms(read: Callable[[str], Any], text: str, said: Any) -> None:
    assert read(text) == said


def other() -> Iterator[Any]:
    cut = json.dumps(QUALITY)[:-1]
    yield from ((quality, text) for text in (cut, cut.rpartition(",")[0] + "}", "A fine text.", ""))
    yield from ((shares, text) for text in (json.dumps(RACE)[:-2], json.dumps({"scores": RACE["scores"][1:]}), ""))
    yield from ((parse_verdict, text) for text in ("[[A>B]] A is somewhat better.", "A>B", "[[A]]", f"{BEFORE}[[A>B"))
    yield from ((read_met, text) for text in ("[[Yes]] or [[No]]", "[[Ja]]", "The article does.", "Yes.\n[[No]]"))


@pytest.mark.parametrize(("read", "text"), list(other()))
def test_what_says_no_verdict_is_none(read: Callable[[str], Any], text: str) -> None:
    try:
        assert read(text) is None
    except NoVerdict:
        return


def test_a_piece_whose_scores_were_cut_off_lacks_a_criterion() -> None:
    assert len(parse_scores(lines().rpartition("\n")[0])) == len(CRITERIA) - 1


@pytest.mark.parametrize("name", ["arena-write", "checklist-yes-no"])
def test_a_label_stands_before_its_condition_and_no_line_is_an_answer_to_copy(name: str) -> None:
    """A judge that copies `[[A>B]] A is better.` from the list would have given no verdict."""
    judge = read_judge(name)
    said = judge.spec.answers.reasoned
    assert all(f"[[{label}]] if " in said for label in judge.spec.reply.values)
