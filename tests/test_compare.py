from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.factories import make_item, write_items, write_rows
from weval.compare import adjusted, compare, paired_difference
from weval.comparison import Difference
from weval.errors import ConfigError, ResultError
from weval.files import read_jsonl
from weval.metrics import correlation, holm, sign_flip
from weval.plan import PROBES
from weval.run import RunSpec, run
from weval.types import Item

ITEMS = [make_item(f"i{n}", category="even" if n % 2 == 0 else "odd") for n in range(24)]

Scoring = Callable[[Item, int, random.Random], "float | None"]


def scored(folder: Path, name: str, scoring: Scoring, items: list[Item] = ITEMS, **more: str) -> Path:
    """A run of a file of scores: scoring(item, kept count, generator), None for a missing one."""
    rng = random.Random(name)
    rows = [
        {"item_id": item.id, "candidate_id": candidate.id, "score": scoring(item, candidate.gold, rng)}
        for item in items
        for candidate in item.candidates
    ]
    data = write_items(folder / "items.jsonl", items)
    scores = write_rows(folder / f"{name}.jsonl", rows)
    run(RunSpec(f"scores:{scores}", data=data, out=folder / name, settings=more))
    return folder / name


def noisy(sigma: float) -> Scoring:
    return lambda item, gold, rng: gold + rng.gauss(0, sigma)


def difference(found: Difference | None) -> Difference:
    assert found is not None
    return found


def per_item(folder: Path) -> np.ndarray:
    """The correlation of each item, straight from the raw scores."""
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    by_item: dict[str, dict[str, float]] = {}
    for row in rows:
        by_item.setdefault(row["item"], {})[row["candidates"][0]] = row["values"][0]
    table = [[by_item[item.id][candidate.id] for candidate in item.candidates] for item in ITEMS]
    return correlation([[candidate.gold for candidate in item.candidates] for item in ITEMS], table)


def test_the_figures_are_those_of_the_paired_differences(tmp_path: Path) -> None:
    first, second = scored(tmp_path, "first", noisy(0.5)), scored(tmp_path, "second", noisy(3))
    found = compare([first, second]).comparison
    paired = np.round((per_item(first) - per_item(second)) * 3) / 3  # three pairs an item: thirds, equal ones equal
    ours = difference(found.duels[0].metrics["correlation"])
    assert ours.value == pytest.approx(paired.mean())
    assert ours.p == ours.p_holm == pytest.approx(sign_flip(paired, seed=0))
    assert ours.wilcoxon == pytest.approx(stats.wilcoxon(np.round(3 * paired)).pvalue)
    assert ours.t == pytest.approx(stats.ttest_rel(per_item(first), per_item(second)).pvalue)
    assert ours.n_differ == np.count_nonzero(paired)
    assert ours.effect_size == pytest.approx(paired.mean() / paired.std(ddof=1))
    assert ours.n == found.n_compared == 24
    assert ours.ci is not None
    assert ours.ci[0] < ours.value < ours.ci[1]


def test_swapping_two_runs_swaps_every_sign(tmp_path: Path) -> None:
    first, second = scored(tmp_path, "first", noisy(0.5)), scored(tmp_path, "second", noisy(3))
    one, other = compare([first, second]).comparison.duels[0], compare([second, first]).comparison.duels[0]
    for name in ("correlation", "il", "pl", "top1"):
        ours, theirs = difference(one.metrics[name]), difference(other.metrics[name])
        assert ours.value == -theirs.value != 0
        assert (ours.p, ours.wilcoxon, ours.items_needed) == (theirs.p, theirs.wilcoxon, theirs.items_needed)
        assert ours.ci == pytest.approx([-end for end in reversed(theirs.ci or ())], abs=0.02)
    a, b = one.disagreement.overall, other.disagreement.overall
    assert (a.both, a.only_first, a.only_second, a.neither) == (b.both, b.only_second, b.only_first, b.neither)
    assert one.most_apart["first"] == tuple(
        item.model_copy(update={"first": item.second, "second": item.first}) for item in other.most_apart["second"]
    )


def test_a_run_and_its_copy_do_not_differ(tmp_path: Path) -> None:
    first, second = scored(tmp_path, "first", noisy(1)), scored(tmp_path, "copy", lambda i, g, r: 0.0)
    (second / "scores.jsonl").write_bytes((first / "scores.jsonl").read_bytes())
    ours = compare([first, second]).comparison.duels[0]
    found = difference(ours.metrics["correlation"])
    assert (found.value, found.ci, found.p) == (0.0, (0.0, 0.0), 1.0)
    assert found.wilcoxon is found.t is found.effect_size is found.items_needed is found.detectable is None
    assert ours.most_apart == {"first": (), "second": ()}
    assert ours.disagreement.overall.only_first == ours.disagreement.overall.only_second == 0


def test_rounding_is_no_difference(tmp_path: Path) -> None:
    # IL of the one is 0.5, of the other 1/4 + 3/3 * 1/4: equal on paper, and apart in the last bit.
    items = [make_item(f"i{n}", kept=((1, 2, 3, 4), (1, 2, 3), (1, 2), (1,)), n_requirements=4) for n in range(30)]
    values = {"blocks": {4: 1.0, 3: 1.0, 2: 0.0, 1: 0.0}, "tail": {4: 2.0, 3: 1.0, 2: 1.0, 1: 1.0}}
    folders = [
        scored(tmp_path, name, lambda item, gold, rng, table=table: table[gold], items)
        for name, table in values.items()
    ]
    found = difference(compare(folders).comparison.duels[0].metrics["il"])
    assert (found.value, found.n_differ, found.p, found.wilcoxon, found.items_needed) == (0.0, 0, 1.0, None, None)


def test_where_they_disagree_is_found(tmp_path: Path) -> None:
    good: Scoring = lambda item, gold, rng: float(gold)  # noqa: E731
    half: Scoring = lambda item, gold, rng: float(gold if item.category == "odd" else -gold)  # noqa: E731
    duel = compare([scored(tmp_path, "good", good), scored(tmp_path, "half", half)]).comparison.duels[0]
    by = duel.disagreement.category
    assert (by["odd"].both, by["odd"].only_first, by["odd"].advantage.value) == (36, 0, 0.0)
    assert (by["even"].both, by["even"].only_first, by["even"].advantage.value) == (0, 36, 1.0)
    assert duel.disagreement.overall.advantage.value == 0.5
    assert {item.category for item in duel.most_apart["first"]} == {"even"}
    assert duel.concordance is not None
    assert duel.concordance.value == 0.0


def test_runs_are_ordered_by_the_items_that_are_compared(tmp_path: Path) -> None:
    lacking: Scoring = lambda item, gold, rng: None if item.category == "odd" else float(gold)  # noqa: E731
    first: Scoring = lambda item, gold, rng: float(gold if item.category == "odd" else gold % 3)  # noqa: E731
    second: Scoring = lambda item, gold, rng: float(gold if item.category == "even" else -gold)  # noqa: E731
    folders = [scored(tmp_path, name, s) for name, s in (("a", first), ("b", second), ("lacking", lacking))]
    found = compare(folders).comparison
    assert found.n_compared == 12
    values = [run.metrics["correlation"].value for run in found.runs if run.metrics["correlation"]]
    assert values == sorted(values, reverse=True)
    assert found.runs[-1].name.endswith("a.jsonl")


def test_several_runs_are_ordered_and_their_p_values_adjusted(tmp_path: Path) -> None:
    folders = [scored(tmp_path, f"r{sigma}", noisy(sigma)) for sigma in (5, 0.2, 2, 1)]
    found = compare(folders).comparison
    values = [run.metrics["correlation"] for run in found.runs]
    assert values == sorted(values, key=lambda v: -(v.value if v else 0))
    assert len(found.duels) == 6
    for duel in found.duels:
        ours = difference(duel.metrics["correlation"])
        assert ours.value >= 0
        assert ours.p <= ours.p_holm <= 1
    smallest = min(found.duels, key=lambda duel: difference(duel.metrics["correlation"]).p)
    ours = difference(smallest.metrics["correlation"])
    assert ours.p_holm == pytest.approx(6 * ours.p)


def test_an_item_that_one_run_lacks_is_left_out_for_all(tmp_path: Path) -> None:
    lacking: Scoring = lambda item, gold, rng: None if item.id == "i3" else float(gold)  # noqa: E731
    folders = [scored(tmp_path, "a", noisy(1)), scored(tmp_path, "b", lacking), scored(tmp_path, "c", noisy(2))]
    found = compare(folders).comparison
    assert (found.n_items, found.n_compared) == (24, 23)
    assert all(run.metrics["correlation"].n == 23 for run in found.runs if run.metrics["correlation"])
    assert found.notices == (
        f"scores:{tmp_path / 'b.jsonl'} has no score for 1 of 24 items; they are left out for all",
    )


def test_runs_of_one_model_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", ITEMS)
    for name, seed in (("x", "1"), ("y", "2")):
        run(RunSpec("random", data=data, out=tmp_path / name, settings={"seed": seed}))
    found = compare([tmp_path / "x", tmp_path / "y"]).comparison
    assert [run.name for run in found.runs] == [f"random ({tmp_path / name})" for name in ("x", "y")]


def test_runs_that_do_not_fit_are_refused_with_the_reason(tmp_path: Path) -> None:
    first = scored(tmp_path, "first", noisy(1))
    other = tmp_path / "other"
    other.mkdir()
    foreign = scored(other, "foreign", noisy(1), ITEMS[:-1])
    with pytest.raises(ResultError, match="not made on the same items"):
        compare([first, foreign])
    data = tmp_path / "items.jsonl"
    run(RunSpec("length", data=data, out=tmp_path / "short", limit=3))
    with pytest.raises(ResultError, match="limit=3, not no limit"):
        compare([first, tmp_path / "short"])
    run(RunSpec("length", data=data, out=tmp_path / "own", settings={"judged_on": "own"}))
    with pytest.raises(ResultError, match="judged_on=own, not judged_on=all"):
        compare([first, tmp_path / "own"])
    with pytest.raises(ResultError, match="given twice"):
        compare([first, tmp_path / "." / "first"])
    with pytest.raises(ResultError, match="one run"):
        compare([first])
    with pytest.raises(ResultError, match="not a run folder"):
        compare([first, other])


def test_a_run_with_nothing_scored_is_refused_in_one_line(tmp_path: Path) -> None:
    folders = [scored(tmp_path, name, noisy(1)) for name in ("a", "b", "c")]
    rows = [json.loads(line) for line in (folders[2] / "scores.jsonl").read_text().splitlines()]
    failed = [row | {"status": "failed", "values": [], "reason": "gone"} for row in rows]
    write_rows(folders[2] / "scores.jsonl", failed)
    with pytest.raises(ResultError, match="no item was scored by all"):
        compare(folders)


def test_a_killed_run_says_how_it_is_mended(tmp_path: Path) -> None:
    first, second = scored(tmp_path, "first", noisy(1)), scored(tmp_path, "second", noisy(1))
    scores = second / "scores.jsonl"
    scores.write_bytes(scores.read_bytes()[:-20])
    with pytest.raises(ResultError, match="mend it by: weval rescore"):
        compare([first, second])


def test_runs_without_an_item_in_common_are_refused(tmp_path: Path) -> None:
    odd: Scoring = lambda item, gold, rng: float(gold) if item.category == "odd" else None  # noqa: E731
    even: Scoring = lambda item, gold, rng: float(gold) if item.category == "even" else None  # noqa: E731
    with pytest.raises(ResultError, match="no item was scored by all"):
        compare([scored(tmp_path, "odd", odd), scored(tmp_path, "even", even)])


def test_a_run_that_is_not_finished_is_said_to_be(tmp_path: Path) -> None:
    first, second = scored(tmp_path, "first", noisy(1)), scored(tmp_path, "second", noisy(1))
    scores = second / "scores.jsonl"
    scores.write_text("".join(scores.read_text().splitlines(keepends=True)[:-6]))
    notices = compare([first, second]).comparison.notices
    assert [notice.partition(".jsonl ")[2] for notice in notices] == [
        "has no score for 2 of 24 items; they are left out for all",
        "is not finished: 6 questions have no answer yet",
    ]


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_is_said_to_be_one(tmp_path: Path, probe: str) -> None:
    data = write_items(tmp_path / "items.jsonl", ITEMS[:3])
    plain, other = (
        run(RunSpec("length", data=data, out=tmp_path / name, settings=settings)).folder
        for name, settings in (("plain", {}), ("other", {"probe": probe}))
    )
    assert compare([plain, other]).comparison.notices == (f"length ({other}) is a probe ({probe})",)


def test_a_missing_library_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = scored(tmp_path, "first", noisy(1)), scored(tmp_path, "second", noisy(1))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"weval compare needs scipy: pip install 'weval\[analysis\]'"):
        compare([first, second])


def test_ours_is_read_from_a_file_as_it_was_written(tmp_path: Path) -> None:
    found = compare([scored(tmp_path, "first", noisy(1)), scored(tmp_path, "second", noisy(2))]).comparison
    path = tmp_path / "comparison.jsonl"
    path.write_text(found.model_dump_json(by_alias=True) + "\n")
    from weval.files import Problems

    assert [record for _, record in read_jsonl(path, type(found), Problems(path))] == [found]


def test_the_difference_of_arrays_leaves_out_what_has_no_number() -> None:
    found = paired_difference(np.array([0.2, np.nan, 0.4, 0.1]), 1.0, 200)
    assert found is not None
    assert (found.n, found.p) == (3, 0.25)
    assert found.value == pytest.approx(0.7 / 3)
    assert paired_difference(np.array([np.nan]), 1.0) is None


def test_p_values_are_adjusted_over_the_pairs_that_have_one() -> None:
    pairs = [{"a": paired_difference(np.full(n, 0.5), 1.0, 100), "b": None} for n in (6, 7, 8)]
    found = [pair["a"] for pair in adjusted([*pairs, {"a": None, "b": None}])]
    assert [one.p_holm if one else None for one in found] == [*holm([2 / 64, 2 / 128, 2 / 256]).tolist(), None]
    assert adjusted([]) == []
