from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.factories import make_item, write_items, write_rows
from weval.audit import Audit, RequirementJudge, ResponseJudge, audit, open_task
from weval.errors import ResultError, WevalError
from weval.results import Estimate
from weval.run import RunSpec, run
from weval.types import Item

Value = Callable[[Item, int], float | None]


def scored(
    folder: Path, items: list[Item], value: Value, settings: Mapping[str, str] | None = None, limit: int | None = None
) -> Path:
    """The folder of a run that gave each candidate (numbered from 0) a value; None is a failure."""
    rows = [
        {"item_id": item.id, "candidate_id": candidate.id, "score": value(item, place)}
        for item in items
        for place, candidate in enumerate(item.candidates)
    ]
    return _run(folder, items, rows, settings or {}, limit)


def required(folder: Path, items: list[Item], value: Callable[[Item, int, str], float | None]) -> Path:
    """The same of a run that judged each requirement."""
    rows = [
        {"item_id": i.id, "candidate_id": c.id, "requirement_id": q.id, "score": value(i, place, q.id)}
        for i in items
        for place, c in enumerate(i.candidates)
        for q in i.requirements
    ]
    return _run(folder, items, rows, {}, None)


def _run(
    folder: Path, items: list[Item], rows: list[dict[str, Any]], settings: Mapping[str, str], limit: int | None
) -> Path:
    data, scores = write_items(folder / "items.jsonl", items), write_rows(folder / "scores.jsonl", rows)
    spec = RunSpec(f"scores:{scores}", data=data, settings=dict(settings), limit=limit, out=folder / "run")
    return run(spec).folder


def audited_with(folder: Path, *runs: Path, **settings: str) -> Audit:
    return audit(open_task(str(folder / "items.jsonl"), settings), list(runs))


def value(found: Estimate | None) -> float | None:
    return found.value if found else None


def test_rules_say_what_the_checks_say(tmp_path: Path) -> None:
    folder = run(RunSpec("rules", task="weval-mini", out=tmp_path / "rules")).folder
    found = audit(open_task("weval-mini"), [folder])
    (judge,) = found.judges
    assert isinstance(judge, RequirementJudge)
    assert judge.adherence == found.adherence
    assert (judge.n_answers, judge.n_missing, judge.n_not_applicable) == (770, 0, 730)


def test_a_judge_of_requirements_says_met_from_one_half_on(tmp_path: Path) -> None:
    says = {"c1": 0.5, "c2": 0.49, "c3": None}
    holed, whole = make_item("i1"), make_item("i2", ((1, 2), (2,)), 2)
    folder = required(tmp_path, [holed, whole], lambda item, place, requirement: says[requirement])
    (judge,) = audited_with(tmp_path, folder).judges
    assert isinstance(judge, RequirementJudge)
    assert judge.adherence
    overall = judge.adherence.overall
    # Of i1, c1 is kept by all three and c2 by two, c3 was never answered; of i2, c1 is kept by one and c2 by both.
    assert overall.kept
    assert overall.dropped
    assert (overall.kept.count, overall.kept.n) == (3 + 1, 5 + 3)
    assert (overall.dropped.count, overall.dropped.n) == (0 + 1, 1 + 1)
    assert judge.adherence.by_dropped["2"].kept
    assert (judge.n_answers, judge.n_missing) == (6 + 4, 3)


def test_values_beyond_0_and_1_are_no_verdicts(tmp_path: Path) -> None:
    folder = required(tmp_path, [make_item()], lambda item, place, requirement: 1.0 + 9 * place)
    with pytest.raises(ResultError, match=r"values reach from 1 to 19; .* between 0 and 1"):
        audited_with(tmp_path, folder)


def test_a_judge_of_fluency_that_sees_no_difference_shows_none(tmp_path: Path) -> None:
    items = [make_item(f"i{k}") for k in range(30)]
    generator = np.random.default_rng(4)
    noise = {(item.id, place): generator.normal() for item in items for place in range(3)}
    folder = scored(tmp_path, items, lambda item, place: 4 + noise[item.id, place])
    found = audited_with(tmp_path, folder)
    (judge,) = found.judges
    assert isinstance(judge, ResponseJudge)
    assert list(judge.score_by_kept) == ["3", "2", "1"]
    for kept, place in (("3", 0), ("2", 1), ("1", 2)):
        mean = np.mean([4 + noise[item.id, place] for item in items])
        assert judge.score_by_kept[kept].value == pytest.approx(mean)
    below = np.mean([noise[item.id, 2] - noise[item.id, 0] for item in items])
    assert judge.difference["2"].value == pytest.approx(below)
    assert judge.difference["2"].ci is not None
    assert judge.difference["2"].ci[0] < 0 < judge.difference["2"].ci[1]
    assert any("shows no trend with what was kept" in remark for remark in found.remarks)


def test_a_judge_that_likes_what_kept_more_is_found_out(tmp_path: Path) -> None:
    items = [make_item(f"i{k}") for k in range(25)]
    folder = scored(tmp_path, items, lambda item, place: -place + int(item.id[1:]))
    found = audited_with(tmp_path, folder)
    (judge,) = found.judges
    assert isinstance(judge, ResponseJudge)
    assert value(judge.correlation) == 1
    # Items of different levels do not blur the difference.
    assert {name: (d.value, d.ci) for name, d in judge.difference.items()} == {"1": (-1, (-1, -1)), "2": (-2, (-2, -2))}
    assert any("scores texts that kept fewer requirements lower: correlation" in remark for remark in found.remarks)


def test_missing_answers_are_left_out_and_counted(tmp_path: Path) -> None:
    items = [make_item("whole"), make_item("holed")]
    folder = scored(tmp_path, items, lambda item, place: None if item.id == "holed" and place == 1 else 3.0 - place)
    found = audited_with(tmp_path, folder)
    (judge,) = found.judges
    assert isinstance(judge, ResponseJudge)
    assert (judge.n_answers, judge.n_missing) == (5, 1)
    assert {kept: score.n for kept, score in judge.score_by_kept.items()} == {"3": 2, "2": 1, "1": 2}
    assert {gap: score.n for gap, score in judge.difference.items()} == {"1": 1, "2": 2}
    assert judge.correlation
    assert judge.correlation.n == 1
    assert any("left 1 question without a value" in remark for remark in found.remarks)


def test_the_best_may_be_missing_or_tied(tmp_path: Path) -> None:
    items = [make_item("lost"), make_item("tied", ((1, 2), (2, 3), (1,)))]
    folder = scored(
        tmp_path, items,
        lambda item, place: None if (item.id, place) == ("lost", 0) else float(place),
        {"gold": "partial"},
    )  # fmt: skip
    (judge,) = audited_with(tmp_path, folder, gold="partial").judges
    assert isinstance(judge, ResponseJudge)
    assert {gap: (d.value, d.n) for gap, d in judge.difference.items()} == {"1": (2 - 0.5, 1)}


def test_items_with_more_requirements_do_not_mix_the_gaps(tmp_path: Path) -> None:
    items = [make_item("i1"), make_item("i2", ((1, 2, 3, 4, 5), (1, 2, 3)), 5)]
    folder = scored(tmp_path, items, lambda item, place: -10.0 * place)
    (judge,) = audited_with(tmp_path, folder).judges
    assert isinstance(judge, ResponseJudge)
    assert {gap: (d.value, d.n) for gap, d in judge.difference.items()} == {"1": (-10, 1), "2": (-15, 2)}


def test_a_limited_run_is_said_to_be_one(tmp_path: Path) -> None:
    items = [make_item("i1"), make_item("i2")]
    found = audited_with(tmp_path, scored(tmp_path, items, lambda item, place: 1.0, limit=1))
    assert found.judges[0].n_items == 1
    assert any("asked about the first 1 of 2 items only" in remark for remark in found.remarks)


def other_items(folder: Path) -> Path:
    (folder / "other").mkdir()
    return scored(folder / "other", [make_item("other")], lambda item, place: 1.0)


def other_reading(folder: Path) -> Path:
    return scored(folder, [make_item()], lambda item, place: 1.0, {"gold": "partial"})


def probe(folder: Path) -> Path:
    write_items(folder / "items.jsonl", [make_item("i1"), make_item("i2")])  # it asks about another's requirements
    spec = RunSpec("length", data=folder / "items.jsonl", settings={"probe": "swapped"}, out=folder / "run")
    return run(spec).folder


def pairs(folder: Path) -> Path:
    rankings = write_rows(folder / "h.jsonl", [{"item_id": "i1", "annotator": "x", "ranking": ["a1", "a2", "a3"]}])
    return run(RunSpec(f"human:{rankings}", data=folder / "items.jsonl", out=folder / "run")).folder


def nothing(folder: Path) -> Path:
    return folder / "nowhere"


@pytest.mark.parametrize("scale", [1e200, 8e307])
def test_items_with_scores_too_large_for_a_mean_have_an_order_only(tmp_path: Path, scale: float) -> None:
    items = [make_item("huge"), make_item("i2"), make_item("i3")]
    folder = scored(tmp_path, items, lambda item, place: (scale if item.id == "huge" and place < 2 else 1.0) * -place)
    (judge,) = audited_with(tmp_path, folder).judges
    assert isinstance(judge, ResponseJudge)
    assert judge.correlation
    assert judge.correlation.n == 3
    assert {kept: (found.value, found.n) for kept, found in judge.score_by_kept.items()} == {
        "3": (0.0, 2),
        "2": (-1.0, 2),
        "1": (-2.0, 2),
    }
    assert {gap: (found.value, found.n) for gap, found in judge.difference.items()} == {"1": (-1.0, 2), "2": (-2.0, 2)}


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (other_items, "is on other items"),
        (other_reading, "read the items otherwise (gold was partial, is distinct); give both the same --set"),
        (probe, "is a probe (swapped)"),
        (pairs, "compares texts (unit pair)"),
        (nothing, "is not a run folder"),
    ],
)
def test_runs_that_say_nothing_about_this_gold_are_refused_in_one_line(
    tmp_path: Path, made: Callable[[Path], Path], words: str
) -> None:
    write_items(tmp_path / "items.jsonl", [make_item()])
    with pytest.raises(WevalError) as raised:
        audited_with(tmp_path, made(tmp_path))
    assert words in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_wrong_runs_are_refused_before_items_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = other_items(tmp_path)
    task = open_task(str(write_items(tmp_path / "items.jsonl", [make_item()])))

    def unread(self: object) -> Iterator[Item]:
        raise AssertionError("read")

    monkeypatch.setattr(type(task), "items", unread)
    with pytest.raises(ResultError, match="other items"):
        audit(task, [folder])
