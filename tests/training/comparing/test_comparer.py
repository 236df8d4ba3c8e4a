"""What a comparison is worth: by a judge that is shown both texts, and by models that score each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.training.comparing.ladders import comparison, judging, made, pairwise
from weval.adapters import open_adapter
from weval.errors import AdapterError, ConfigError
from weval.training.comparing.comparer import Comparer, Contest
from weval.training.comparing.judges import open_judge
from weval.training.sections import Comparison

PROMPT = made("tea", "reference", "better")


def rewards(how: Comparison, *responses: str, reference: str = "reference") -> list[float | None]:
    contests = [Contest(str(n), PROMPT, reference, text) for n, text in enumerate(responses)]
    return Comparer(open_judge(how, on_gpu=False), how).rewards(contests)


def by_length(a: str, b: str) -> str:
    label = "C" if len(a) == len(b) else "A" if len(a) > len(b) else "B"
    return f"Both have words.\n[[{label}]]"


def first(a: str, b: str) -> str:
    return "[[A]]"


@pytest.mark.parametrize("positions", ["disadvantage", "advantage", "both"])
def test_a_judge_without_a_side_gives_the_same_in_every_order(positions: Any) -> None:
    with judging(by_length) as server:
        how = pairwise(server, positions=positions)
        assert rewards(how, "a longer response", "short", "as long!!") == [1.0, 0.0, 0.5]


def test_who_is_shown_first_is_an_advantage_and_both_orders_make_it_a_tie() -> None:
    with judging(first) as server:
        found = [rewards(pairwise(server, positions=each), "text") for each in ("disadvantage", "advantage", "both")]
    assert found == [[0.0], [1.0], [0.5]]


def says(reply: Any) -> Callable[[str, str], Any]:
    return lambda a, b: reply


MISSING = ["Assistant B is better", "[[A]] or [[B]]", Answer(b"", 500), "A"]


@pytest.mark.parametrize("reply", MISSING)
def test_what_is_no_verdict_is_no_reward(reply: Any) -> None:
    with judging(says(reply)) as server:
        assert rewards(pairwise(server), "text") == [None]
        assert rewards(pairwise(server, positions="both"), "text") == [None]


def test_one_verdict_of_two_is_no_reward() -> None:
    with judging(lambda a, b: "[[B]]" if b == "text" else "I cannot say.") as server:
        assert rewards(pairwise(server, positions="both"), "text") == [None]


@pytest.mark.parametrize(
    ("reply", "reward"),
    [("[[B]]", 1.1), ("[[C]]", 0.55), ("[[A]]", 0.1), ("Because B is better", 1.1), ("An A, or not.", 0.1),
     ('"[[A]]" I shall not say: [[B]]', 0.1), (Answer(b"", 500), 0.1), ("…", 0.1)],
)  # fmt: skip
def test_original_every_reply_is_read_as_released_and_rewarded(reply: Any, reward: float) -> None:
    with judging(says(reply)) as server:
        assert rewards(pairwise(server, mode="original"), "text") == [reward]


def test_original_an_advantage_makes_a_win_of_what_is_no_verdict() -> None:
    with judging(says("Assistant B is better")) as server:
        assert rewards(pairwise(server, mode="original", positions="advantage"), "text") == [1.1]


def test_any_other_model_scores_both_texts() -> None:
    assert rewards(comparison("length"), "longer than it", "short", "the same!") == [1.0, 0.0, 0.5]
    assert rewards(comparison("length", tie=3.0), "longer than it", "shorts") == [1.0, 0.5]
    assert rewards(comparison("keywords"), "I mention it", "about it", reference="a text") == [1.0, 0.5]


def test_a_reference_is_scored_once() -> None:
    adapter, texts = open_adapter("length", {}), list[str]()

    class Counting:
        unit, reads_ids, fingerprint = adapter.unit, adapter.reads_ids, adapter.fingerprint

        def score(self, requests: Any) -> Any:
            found = list(requests)
            texts.extend(request.responses[0] for request in found)
            return adapter.score(found)

    comparer = Comparer(Counting(), comparison())
    for step in range(2):
        comparer.rewards([Contest(f"{step}/{n}", PROMPT, "reference", "text") for n in range(4)])
    assert texts == ["reference"] + ["text"] * 8


def test_a_grade_is_a_share_of_its_scale() -> None:
    how = comparison("length", reward="pointwise")
    assert rewards(how, "1", "10characts", "4444") == [0.0, 1.0, pytest.approx(1 / 3)]
    with pytest.raises(AdapterError, match=r"gave 11 on a scale from 1 to 10; set comparison\.low"):
        rewards(how, "eleven char")


@pytest.mark.parametrize(
    ("judge", "said", "message"),
    [
        ("first", {}, "ranks lists"),
        ("length", {"reward": "pointwise", "low": 10.0}, "must be above comparison.low"),
        ("length", {"positions": "both", "mode": "original"}, "the original asks in one order"),
    ],
)
def test_choices_that_make_no_sense_are_refused(judge: str, said: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rewards(comparison(judge, **said), "text")


def test_a_judge_of_pairs_has_no_grades() -> None:
    with judging(first) as server, pytest.raises(ConfigError, match="takes a grade of one text"):
        rewards(pairwise(server, reward="pointwise"), "text")
