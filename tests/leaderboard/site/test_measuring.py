"""All submissions measured: nothing twice, the same in whatever company, and the bad ones by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.leaderboard.factories import TASK, put
from tests.leaderboard.site.conftest import Standing, quiet
from weval.leaderboard.bundle import MAX_BYTES, SCORES_GZ
from weval.leaderboard.card import CARD
from weval.leaderboard.site import measuring
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.site.measuring import Found, measure_all
from weval.leaderboard.tree import Entry, entries
from weval.metrics import default_resamples
from weval.readback import rescore
from weval.store import RUN


@pytest.fixture
def root(rich: Path, tmp_path: Path) -> Path:
    """Submissions of every kind, to change."""
    return Path(shutil.copytree(rich, tmp_path / "results"))


@pytest.fixture
def cache(site: Standing, tmp_path: Path) -> Cache:
    """All of them were measured before."""
    return Cache(Path(shutil.copytree(site.cache, tmp_path / "cache")))


def _all(root: Path, cache: Cache) -> Found:
    return measure_all(entries(root), cache, quiet)


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_the_headline_and_its_intervals_are_those_of_the_run(
    rich: Path, site: Standing, runs: Path, model: str
) -> None:
    _, measured = _all(rich, Cache(site.cache)).measured[Entry(rich, model, TASK)]
    again = rescore(runs / model / TASK).result
    assert measured.result.resamples == again.resamples == default_resamples(60)
    assert {*measured.result.metrics} == {*again.metrics}
    for name, expected in again.metrics.items():
        found = measured.result.metrics[name]
        assert (found is None) == (expected is None), name
        if found and expected:
            assert found.value == pytest.approx(expected.value, abs=1e-9) and found.n == expected.n
            assert (found.ci is None) == (expected.ci is None)
            assert not expected.ci or found.ci == pytest.approx(expected.ci, abs=1e-9)


def test_nothing_is_measured_twice(root: Path, cache: Cache) -> None:
    told: list[str] = []
    found = measure_all(entries(root), cache, told.append)
    assert (found.n_new, told, found.refused) == (0, [], [])
    assert [*found.measured] == entries(root)


@pytest.mark.parametrize("what", ["card", "run", "scores", "probe"])
def test_what_has_changed_is_measured_again_and_alone(root: Path, cache: Cache, what: str) -> None:
    entry = Entry(root, "length", TASK)
    before = _all(root, cache)
    if what == "card":
        put(entry.model_folder / CARD, {"organisation": "Others"})
    elif what == "run":
        put(entry.folder / RUN, {"created": "2025-01-01T00:00:00+00:00"})
    elif what == "scores":
        shutil.copy(root / "flat" / TASK / SCORES_GZ, entry.folder)
    else:
        shutil.rmtree(entry.folder / "swapped")
    told: list[str] = []
    found = measure_all(entries(root), cache, told.append)
    assert (found.n_new, told) == (1, ["length/weval-mini"])
    assert found.measured[entry][0] != before.measured[entry][0]
    assert {e: found.measured[e] for e in found.measured if e != entry} == {
        e: before.measured[e] for e in before.measured if e != entry
    }


def test_another_gold_measures_all_again(
    root: Path, cache: Cache, own_tasks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _all(root, cache).n_new == 0
    path = own_tasks / TASK / "task.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('version: "1.0"', 'version: "1.1"'), encoding="utf-8")
    found = _all(root, cache)
    assert not found.measured and len(found.refused) == len(entries(root))
    assert all("now it is 1.1: run it again" in one.problems[0] for one in found.refused)


def test_a_damaged_cache_counts_as_absent(root: Path, cache: Cache) -> None:
    before = _all(root, cache)
    key = before.measured[Entry(root, "length", TASK)][0]
    path = cache.folder / f"{key}.json"
    path.write_bytes(path.read_bytes()[:-20])
    found = _all(root, cache)
    assert found.n_new == 1 and found.measured == before.measured
    assert _all(root, cache).n_new == 0


@pytest.mark.parametrize("together", [1, 3])
def test_figures_are_the_same_in_whatever_company_they_are_measured(
    root: Path, site: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """A sum of the same numbers in another order would differ in its last bits, and an interval in what is shown."""
    expected = _all(root, Cache(site.cache)).measured
    monkeypatch.setattr(measuring, "TOGETHER", together)
    found = _all(root, Cache(tmp_path / "other")).measured
    assert [*found] == [*expected]
    for entry, (key, measured) in found.items():
        assert key == expected[entry][0]
        for name, estimate in measured.result.metrics.items():
            other = expected[entry][1].result.metrics[name]
            assert (estimate is None) == (other is None)
            if estimate and other:
                assert estimate.value == pytest.approx(other.value, abs=1e-12), (entry, name)
                assert not other.ci or estimate.ci == pytest.approx(other.ci, abs=1e-12), (entry, name)


def test_what_is_refused_is_named_and_the_others_are_there(root: Path, cache: Cache) -> None:
    (root / "rules" / TASK / SCORES_GZ).write_bytes(b"\x1f\x8b")
    (root / "length" / CARD).write_text('{"schema": 1}', encoding="utf-8")
    shutil.copytree(root / "flat" / TASK, root / "flat" / "no-such-task")
    (root / "looked-up" / TASK / RUN).unlink()
    found = _all(root, cache)
    assert {str(one.entry) for one in found.refused} == {
        "rules/weval-mini",
        "length/weval-mini",
        "flat/no-such-task",
        "looked-up/weval-mini",
    }
    assert {entry.model for entry in found.measured} == {"flat", "holed", "keywords", "partly"}
    assert all(one.problems for one in found.refused)


def test_a_link_or_a_file_without_an_end_is_not_read(root: Path, cache: Cache) -> None:
    for model, name in (("rules", SCORES_GZ), ("flat", RUN)):
        path = root / model / TASK / name
        path.unlink()
        path.symlink_to("/dev/zero")
    (root / "length" / CARD).write_bytes(b" " * (MAX_BYTES[CARD] + 1))
    found = _all(root, cache)
    assert [one.entry.model for one in found.refused] == ["flat", "length", "rules"]
    assert all("is not a regular file of at most" in one.problems[0] for one in found.refused)
