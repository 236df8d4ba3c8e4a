"""Replies of a judge as scores of one query, by our reading and by the script's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bench.writingbench.made import criterion, score
from weval.bench.replies import ReplyRow, StepReplies
from weval.bench.told import Told
from weval.bench.writingbench import marks
from weval.bench.writingbench.reading import QueryItem
from weval.errors import OriginalError

ITEM = QueryItem(id="1", prompt="Tea?", criteria=(criterion("tone"), criterion("form")), requirements={})


@contextmanager
def replied(folder: Path, *rows: tuple[str, Any]) -> Iterator[Told]:
    """What is told after these replies of the judge, by part; a second one to a part is another attempt."""
    folder.mkdir(exist_ok=True)
    with StepReplies(folder / "replies.jsonl", lambda row: row.status == "ok" and row.text[:1] == "{") as replies:
        for part, said in rows:
            attempt = len(replies.attempts("1", part)) + 1
            about: dict[str, Any] = {"text": said} if isinstance(said, str) else said
            replies.add(ReplyRow(item="1", part=part, attempt=attempt, **about))
        yield Told({"replies": replies})


FAILED = {"status": "failed", "reason": "no connection"}
UNPARSED = {"status": "unparsed", "reason": "nothing there"}


@pytest.mark.parametrize("part", ["", "c", "c0", "c01", "c1.", "c1.0", "C1", "1", "c1 ", "c١", "c" + "9" * 5, "c1.2.3"])
def test_what_is_no_name_of_a_call(part: str) -> None:
    assert marks.place_of(part) is None


def test_names_of_calls_come_back() -> None:
    for place in (0, 4, 998):
        for sample in (1, 2, 20):
            assert marks.place_of(marks.part_name(place, sample)) == place


@pytest.mark.parametrize(
    ("rows", "now", "before", "repairs"),
    [
        ([("c1", score(7)), ("c2", score(8))], ([7], [8]), {"tone": [7], "form": [8]}, set()),
        ([("c1", "Seven."), ("c1", score(7)), ("c2", score(8))], ([7], [8]), {"tone": [7], "form": [8]}, set()),
        ([("c1", score(7)), ("c2", score(8, None))], ([7], [8]), {"tone": [7], "form": [None]}, {"verdict"}),
        ([("c1", score(7)), ("c2", score(True))], ([7], [None]), {"tone": [7], "form": [1]}, {"verdict"}),
        ([("c1", score(7))], ([7], [None]), {"tone": [7]}, {"partial"}),
        ([("c1", score(7)), ("c2", FAILED)], ([7], [None]), {}, set()),
        ([("c1", score(7)), ("c2", UNPARSED)], ([7], [None]), {"tone": [7], "form": [None]}, set()),
        ([("c1", score(7)), ("c2", score(8)), ("c9", score(1))], ([7], [8]), {"tone": [7], "form": [8]}, set()),
        (
            [("c1", score(7)), ("c1.2", score(9)), ("c2", score(8))],
            ([7, 9], [8]), {"tone": [7, 9], "form": [8]}, set(),
        ),
        ([], ([None], [None]), {}, set()),
    ],
)  # fmt: skip
def test_scores_now_and_before(
    tmp_path: Path, rows: Sequence[tuple[str, Any]], now: Any, before: marks.Scores, repairs: set[str]
) -> None:
    with replied(tmp_path, *rows) as told:
        scores, old = marks.scores_of(ITEM, told, ["c1", "c2"]), marks.original_scores(ITEM, told)
        assert (tuple(scores.values()), old) == (now, before)
        assert marks.repairs_made(ITEM, told, scores, old) == repairs


def test_why_a_score_is_missing(tmp_path: Path) -> None:
    with replied(tmp_path, ("c1", score(7)), ("c2", FAILED)) as told:
        assert marks.why_missing(ITEM, told, ["c1", "c2"]) == "judge: no connection"
        assert marks.why_missing(ITEM, told, ["c1.2"]) == "the judge was not asked about all of its criteria"
    with replied(tmp_path / "other", ("c1", "Seven.")) as told:
        assert marks.why_missing(ITEM, told, []) == "judge: its reply has no score that can be read"


def test_the_script_stops_at_a_criterion_without_a_score() -> None:
    marks.check_original({"tone": [7], "form": []})  # no call was made: its line lacks the criterion
    with pytest.raises(OriginalError, match="the criterion 'form' has no score that WritingBench's script takes"):
        marks.check_original({"tone": [7], "form": [7, None]})


def test_a_published_line_is_so_many_replies() -> None:
    rows = marks.published_rows(ITEM, {"form": [{"score": 3, "reason": "Dull."}, {"score": 4}], "tone": []})
    assert [(row.part, row.status, row.text) for row in rows] == [
        ("c2", "ok", '{"score": 3, "reason": "Dull."}'),
        ("c2.2", "ok", '{"score": 4}'),
        ("c1", "unparsed", ""),
    ]
    assert [row.reason for row in marks.published_rows(ITEM, {})] == ["the file has no scores for the query"]
