from __future__ import annotations

from weval.report.certified import CHANGES, certificate_lines
from weval.types import Certificate, Drift


def test_every_change_is_said_in_words() -> None:
    drift = {name: Drift(largest=0.0123, flipped=n, n_pairs=10) for n, name in enumerate(CHANGES)}
    drift["repeated"] = Drift(largest=0.0, flipped=0, n_pairs=10)
    computed = {"dtype": "bfloat16", "last_token": " ", "max_length": 16384, "pooled_is_last": True, "hardware": None}
    found = certificate_lines(
        Certificate(n_texts=9, easy=(2.5, -1.25), drift=drift, computed=computed, remarks=("one by one",))
    )
    said = dict(found)
    assert said["tried on"] == "9 fixed texts; an answer and a text beside the point got 2.5 and -1.25"
    assert said["scored twice"] == "no score moved"
    assert said[CHANGES["batched"]] == "moved a score by 0.012 at most; 1 of 10 pairs changed order"
    assert said["computed"] == "dtype bfloat16, last token ' ', max length 16,384, pooled is last yes, hardware none"
    assert found[-1] == ("note", "one by one")
    assert [name for name, _ in found][1:-2] == list(CHANGES.values())


def test_a_change_that_was_not_made_is_not_mentioned() -> None:
    found = certificate_lines(Certificate(n_texts=9, easy=(1.0, 0.0), drift={}, computed={}))
    assert [name for name, _ in found] == ["tried on", "computed"]


def test_a_judge_is_asked_and_nothing_is_measured() -> None:
    computed = {"judge": "pairwise", "answered by": "m-1", "temperature": "refused"}
    found = certificate_lines(Certificate(n_texts=2, easy=None, drift={}, computed=computed))
    assert found == [
        ("tried on", "2 fixed texts; not both an answer and a text beside the point got a score"),
        ("asked", "judge pairwise, answered by m-1, temperature refused"),
    ]
