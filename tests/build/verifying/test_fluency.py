"""How answers read beside the best one, from the points of both orders."""

from __future__ import annotations

from pathlib import Path

from tests.factories import make_item
from weval.build.verifying.fluency import BEST, read, reader_of, shown
from weval.files import Problems
from weval.join import Join
from weval.joined import Joined
from weval.plan import PlanOptions
from weval.store import ScoreRow

ITEM = make_item("i1")
"""With answers that dropped 0, 1 and 2 of three requirements."""


def joined(points: dict[tuple[str, str], float | None], *names: str) -> Joined:
    """What a pair judge said about items, the first one's points by who was shown first; None is no verdict."""
    join = Join("pair", PlanOptions(against=BEST))
    for name in names:
        join.add_item(shown(make_item(name)))
    rows = [
        ScoreRow(
            id=f"{name}{a}{b}",
            item=name,
            candidates=(a, b),
            status="unparsed" if value is None else "ok",
            values=() if value is None else (value,),
        )
        for name in names
        for (a, b), value in points.items()
    ]
    return join.answers(enumerate(rows, start=1), Problems(Path("scores.jsonl")))


def test_points_of_both_orders_are_averaged() -> None:
    points = {("v1", "v2"): 1.0, ("v2", "v1"): 0.5, ("v1", "v3"): 0.0, ("v3", "v1"): 1.0}
    found = read(joined(points, "i1", "i2"), [ITEM, ITEM], "judge:m")
    one, two = found.by_dropped["1"], found.by_dropped["2"]
    assert one.worse and one.equal and one.better and two.worse and two.better
    assert (one.worse.count, one.equal.count, one.better.count, one.worse.n) == (2, 0, 0, 2)
    assert (two.worse.count, two.better.count) == (0, 2)
    assert found.overall.worse and found.overall.worse.value == 0.5
    assert (found.n_contradictory, found.n_missing, found.model) == (0, 0, "judge:m")


def test_an_order_without_a_verdict_says_nothing_of_the_answer() -> None:
    points = {("v1", "v2"): 1.0, ("v2", "v1"): None, ("v1", "v3"): 1.0, ("v3", "v1"): 1.0}
    found = read(joined(points, "i1"), [ITEM], "judge:m")
    assert "1" not in found.by_dropped
    assert found.by_dropped["2"].equal and found.by_dropped["2"].equal.count == 1, "preferred in one order each"
    assert (found.n_contradictory, found.n_missing) == (1, 1)


def test_no_verdict_at_all_is_no_share() -> None:
    nothing = dict.fromkeys([("v1", "v2"), ("v2", "v1"), ("v1", "v3"), ("v3", "v1")])
    found = read(joined(nothing, "i1"), [ITEM], "judge:m")
    assert (found.overall.better, found.overall.equal, found.by_dropped, found.n_missing) == (None, None, {}, 2)


def test_the_best_answer_has_the_same_name_everywhere() -> None:
    assert shown(ITEM).candidate_ids == ("v1", "v2", "v3")
    assert shown(ITEM).kept == ITEM.kept


def test_the_reader_has_a_prompt_of_its_own_if_it_reads_any() -> None:
    given = {"prompt": "critic-10", "base_url": "http://x", "judged_on": "own"}
    assert reader_of("judge:server/m", given).settings == {
        "base_url": "http://x",
        "prompt": "fluency-pairwise",
        "against": BEST,
    }
    assert reader_of("plugin:mine:Pairs", {}).settings == {"against": BEST}
