"""A critic beside its teacher: error, ranking, and how many replies could be read, which are never made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.supervised.made import Noting
from weval.training.sections import Critic
from weval.training.supervised.critic import asking_of
from weval.training.supervised.instances import Instance
from weval.training.supervised.judged import constant_of, judged, judged_table, scores_by
from weval.types import Score


def instances(scores: dict[str, tuple[int, ...]]) -> list[Instance]:
    return [
        Instance(id=f"{query}{n}", query=query, criterion="c", response=f"r{n}", score=score)
        for query, given in scores.items()
        for n, score in enumerate(given)
    ]


FOUND = instances({"a": (2, 5, 9), "b": (4, 4), "c": (1, 10)})


def test_a_perfect_critic_and_one_that_turns_everything_round() -> None:
    best = judged(FOUND, {one.id: float(one.score) for one in FOUND}, constant=5)
    assert best.error and best.ranking and best.readable and best.gain and best.error_of_constant
    assert (best.error.value, best.ranking.value, best.readable.value) == (0.0, 1.0, 1.0)
    assert best.ranking.n_pairs == 4  # two that the teacher scored the same are no pair
    assert best.gain.value == best.error_of_constant.value == pytest.approx(18 / 7)
    worst = judged(FOUND, {one.id: 11.0 - one.score for one in FOUND}, constant=5)
    assert worst.ranking and worst.ranking.value == -1.0 and worst.gain and worst.gain.value < 0


def test_a_reply_that_cannot_be_read_is_no_score() -> None:
    found = judged(FOUND, {"a0": 2.0, "a1": 5.0}, constant=5)
    assert found.readable and found.readable.value == pytest.approx(2 / 7) and found.readable.n_pairs == 7
    assert found.error and (found.error.value, found.error.n_pairs) == (0.0, 2)
    nothing = judged(FOUND, {}, constant=5)
    assert nothing.error is None and nothing.ranking is None and nothing.readable and nothing.readable.value == 0
    table = judged_table(nothing.model_copy(update={"reasons": {"a | <b>": 7}}))
    assert "| error | – | – | – |" in table and "7 × a \\| &lt;b>" in table


def test_the_constant_is_the_teachers_median() -> None:
    assert constant_of(FOUND) == 4


def test_scores_are_known_by_instance_and_reasons_counted(tmp_path: Path) -> None:
    class Reader:
        unit, reads_ids, fingerprint = "requirement", False, {"r": 1}

        def score(self, requests):
            for request in requests:
                if request.query == "b":
                    yield Score.missing(request, "unparsed", "no JSON object")
                else:
                    yield Score(request.id, "ok", (float(request.responses[0][1:]) + 1,))

    scores, reasons = scores_by(Reader(), FOUND, asking_of(Critic()), tmp_path, Noting())
    assert scores == {"a0": 1.0, "a1": 2.0, "a2": 3.0, "c0": 1.0, "c1": 2.0} and reasons == {"no JSON object": 2}
