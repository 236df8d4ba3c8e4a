from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.adapters.servers import Answer, Asked, Handler
from tests.bench.benches import LENGTHS, made, write_requests
from tests.textmodels.servers import chatting, completion, last
from weval.bench.compare import BenchComparison, compare_across, compare_bench, item_differences
from weval.bench.figures import Sheet
from weval.bench.finish import BenchOutcome
from weval.bench.items import Figure, Row
from weval.bench.run import BenchRun, run_bench
from weval.errors import ConfigError, ResultError
from weval.metrics import holm, sign_flip
from weval.store import RUN


def s_q(outcome: BenchOutcome) -> list[float | None]:
    """S_q of every item, None where it is missing."""
    return [share[0] / share[1] if (share := row.shares["s_q"]) else None for row in outcome.rows]


def test_a_difference_is_that_of_the_items_that_both_have(tmp_path: Path) -> None:
    first = made(tmp_path / "a", marks=(5, 4, None, 4, 2, 3))
    second = made(tmp_path / "b", marks=(3, 4, 5, 2, 2, None))
    found = compare_bench([first, second], resamples=200)
    expected = [50.0, 0.0, 50.0, 0.0]  # items 1, 2, 4, 5
    (duel,) = found.duels
    assert (duel.first, duel.second) == ("a", "b")
    difference = duel.figures["s_q"]
    assert difference is not None
    assert (difference.value, difference.n, difference.n_differ) == (25.0, 4, 2)
    assert difference.p == difference.p_holm == sign_flip(expected, seed=0)
    assert difference.ci is not None
    assert difference.ci[0] < 25 < difference.ci[1]
    assert difference.effect_size == pytest.approx(25 / np.std(expected, ddof=1))
    assert found.n_compared == {name: 6 if name == "s_l" else 4 for name in found.stamps}
    assert found.n_items == 6
    assert list(found.notices) == [
        f"{name} has no S-bar for 1 of 6 items; they are left out for all" for name in ("a", "b")
    ]
    shown = [run.figures["s_q"] for run in found.runs]
    assert [estimate and (estimate.value, estimate.n) for estimate in shown] == [(68.75, 4), (43.75, 4)]
    length = duel.figures["s_l"]
    assert length is not None
    assert (length.value, length.p, length.n) == (0.0, 1.0, 6)


def test_where_items_have_weights_the_difference_is_that_of_the_figures() -> None:
    figures = (Figure("share", "Share", 0, 1, ""),)

    def sheet(*shares: tuple[float, float]) -> Sheet:
        return Sheet(figures, [Row(f"{at}", {"share": share}) for at, share in enumerate(shares)])

    one, two = sheet((1, 2), (9, 10), (0, 0)), sheet((2, 2), (5, 10), (1, 1))
    found = item_differences(one, two, 0)
    assert found.mean() == pytest.approx(10 / 12 - 7 / 12)
    assert found.tolist() == pytest.approx([-1 / 6, 4 / 6])  # by points: 1 less of 6, 4 more of 6
    assert item_differences(sheet((3, 4)), sheet((1, 4)), 0).tolist() == [0.5]
    assert item_differences(sheet((0, 0)), sheet((1, 4)), 0).tolist() == []


def test_several_are_ordered_and_their_p_values_adjusted(tmp_path: Path) -> None:
    marks = {"low": (1, 1, 2, 1, 2, 1), "high": (5, 4, 5, 5, 4, 5), "middle": (3, 2, 3, 4, 3, 2)}
    runs = {name: made(tmp_path / name, marks=given) for name, given in marks.items()}
    found = compare_bench(list(runs.values()), resamples=100)
    assert [run.name for run in found.runs] == ["high", "middle", "low"]
    assert [(duel.first, duel.second) for duel in found.duels] == [
        ("high", "middle"),
        ("high", "low"),
        ("middle", "low"),
    ]
    differences = [duel.figures["s_q"] for duel in found.duels]
    expected = [
        sign_flip(np.subtract(*(np.array(s_q(runs[name]), dtype=float) for name in pair)), seed=0)
        for pair in (("high", "middle"), ("high", "low"), ("middle", "low"))
    ]
    assert [found.p for found in differences if found] == expected
    assert [found.p_holm for found in differences if found] == holm(expected).tolist()
    assert BenchComparison.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_writers_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    runs = [made(tmp_path / name, model="same") for name in ("a", "b")]
    names = [run.name for run in compare_bench(runs, resamples=100).runs]
    assert names == [f"same ({tmp_path / name})" for name in ("a", "b")]


def edited(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Changes what a run says that it is."""
    record = json.loads((folder / RUN).read_text(encoding="utf-8"))
    edit(record["identity"])
    (folder / RUN).write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"judge": "another"}, "figures by different judges cannot be compared: another, not referee .*--judge NAME"),
        ({"settings": {"mode": "original"}}, 'options.mode was "repaired", is "original"'),
        ({"limit": 5}, "limit was null, is 5"),
        ({"benchmark": "longwrite-ruler", "replies": None, "judge": None}, "longwrite-ruler 1.0, set all, not longb"),
        ({"settings": {"set": "en"}}, "longbench-write 1.0, set en, not longbench-write 1.0, set all"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(asked: dict[str, Any], said: str, tmp_path: Path) -> None:
    first, other = made(tmp_path / "a"), made(tmp_path / "b", **asked)
    with pytest.raises(ResultError, match=f"b: was not made in the same way as .*a: {said}"):
        compare_bench([first, other])


def test_other_data_are_refused(tmp_path: Path) -> None:
    data = write_requests(tmp_path / "other.jsonl", kind="Tea")
    with pytest.raises(ResultError, match="its files are others"):
        compare_bench([made(tmp_path / "a"), made(tmp_path / "b", data=data)])


def test_how_often_a_judge_may_be_asked_again_changes_no_figure(tmp_path: Path) -> None:
    runs = [made(tmp_path / name, settings={"tries": tries}) for name, tries in (("a", "1"), ("b", "5"))]
    assert compare_bench(runs, resamples=100).n_items == len(LENGTHS)


def test_one_run_the_same_run_and_runs_that_share_no_item(tmp_path: Path) -> None:
    one = made(tmp_path / "a", marks=(3, 3, 3, None, None, None))
    other = made(tmp_path / "b", marks=(None, None, None, 3, 3, 3))
    for runs, said in (([one], "is one run"), ([one, one], "is given twice"), ([one, other], "no item has a S-bar")):
        with pytest.raises(ResultError, match=said):
            compare_bench(runs)


def test_runs_without_texts_are_compared_by_what_all_have(tmp_path: Path) -> None:
    runs = [made(tmp_path / "a", marks=(5, 4, 5, 4, 5, 4)), made(tmp_path / "b", responses=None)]
    assert [run.result.headline for run in runs] == ["s_bar", "s_q"]
    for pair in (runs, runs[::-1]):
        found = compare_bench(pair, resamples=100)
        assert (found.headline, found.n_compared["s_q"], found.n_compared["s_bar"]) == ("s_q", 6, 0)
        assert found.duels[0].figures["s_bar"] is None


def test_without_scipy_the_install_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [made(tmp_path / name) for name in ("a", "b")]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install 'weval\\[analysis\\]'"):
        compare_bench(runs)


def test_runs_on_several_benchmarks_are_compared_benchmark_by_benchmark(tmp_path: Path) -> None:
    ruler: dict[str, Any] = {"benchmark": "longwrite-ruler", "replies": None, "judge": None}
    runs = [made(tmp_path / "a"), made(tmp_path / "c", **ruler), made(tmp_path / "b")]
    first, second = compare_across(runs, resamples=100)
    assert first.names == ["a", "b"]
    assert first.comparison is not None
    assert (second.names, second.comparison) == (["c"], None)


def judge(handler: Handler, asked: Asked) -> Answer:
    """Writes the same for everybody, and finds it middling."""
    text = last(asked)
    scores = '{"Relevance": 3, "Accuracy": 3, "Coherence": 3, "Clarity": 3, "Breadth and Depth": 3, '
    is_judge = "Reading Experience" in json.dumps(asked.body["messages"])
    return Answer(completion(scores + '"Reading Experience": 3}' if is_judge else f"tea {len(text)}"))


def test_the_settings_of_a_judge_count_and_its_address_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    data = write_requests(tmp_path / "requests.jsonl", (100, 200))

    def asked(name: str, url: str, **settings: str) -> BenchOutcome:
        own = {"writer.base_url": f"{url}/v1", "judge.base_url": f"{url}/v1", "resamples": "100"}
        more = {f"judge.{key}": value for key, value in settings.items()}
        spec = BenchRun("longbench-write", f"openai/{name}", "openai/judge", data, settings=own | more)
        return run_bench(replace(spec, out=tmp_path / name))

    with chatting(judge) as one, chatting(judge) as two:
        first, second = asked("a", one.url), asked("b", two.url)
        warm = asked("c", one.url, temperature="1")
    assert compare_bench([first, second], resamples=100).judge == first.result.judge
    with pytest.raises(ResultError, match=r"c: .* judge\.replies\.model\.temperature was .*, is 1\.0"):
        compare_bench([first, warm])
    folder = second.folder
    edited(folder, lambda identity: identity["steps"]["replies"].update(sha256="0"))
    with pytest.raises(ResultError, match=r"judge\.replies\.sha256 was"):
        compare_bench([first, second])
