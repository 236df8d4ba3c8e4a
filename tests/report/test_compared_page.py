from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from tests.report.conftest import HOSTILE, hostile_item
from tests.report.reader import read
from weval.compare import Compared, compare
from weval.report.compared_page import comparison_page, write_comparison
from weval.run import RunSpec, run
from weval.wording import number

LIMIT = 1_500_000


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three baselines on weval-mini."""
    folder: Path = tmp_path_factory.mktemp("runs")
    for model in ("rules", "keywords", "length"):
        run(RunSpec(model, task="weval-mini", out=folder / model))
    return [folder / model for model in ("rules", "keywords", "length")]


@pytest.fixture(scope="module")
def two(runs: list[Path]) -> Compared:
    """Both judge single requirements."""
    return compare(runs[:2])


def test_the_page_loads_nothing_and_is_the_same_twice(two: Compared) -> None:
    html = comparison_page(two)
    reader = read(html)
    assert not {"script", "img", "link", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert all(str(attributes.get("href", "#")).startswith("#") for _, attributes in reader.tags)
    assert "default-src 'none'" in html
    assert html == comparison_page(two)
    assert len(html.encode()) < LIMIT


def test_every_difference_is_in_a_table_and_in_a_chart_with_words(two: Compared) -> None:
    reader = read(comparison_page(two))
    for difference in two.comparison.duels[0].metrics.values():
        assert difference is not None
        assert number(difference.value) in reader.text
    labels = [str(attributes.get("aria-label")) for attributes in reader.attributes("svg")]
    assert [label.split(":")[0] for label in labels] == [
        "A minus B",
        "By the type of what was dropped",
        "By how many requirements apart",
        "By category",
    ]


def test_the_items_most_apart_stand_side_by_side_with_both_scores(two: Compared) -> None:
    reader = read(comparison_page(two))
    apart = two.comparison.duels[0].most_apart
    for items in apart.values():
        assert len(items) == 5
        for item in items:
            assert item.id in reader.text
    assert "correlation of A 0.400, of B -0.700" in reader.text
    assert "place by B" in reader.text


def test_several_runs_have_one_chart_of_all_pairs(runs: list[Path]) -> None:
    reader = read(comparison_page(compare(runs)))
    assert len(reader.attributes("svg")) == 1
    assert "Of 3 pairs of runs, 3 are told apart" in reader.text


def test_without_matplotlib_everything_but_the_charts_is_there(two: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.report.page.can_draw", lambda: False)
    monkeypatch.setattr("weval.report.compared_page.can_draw", lambda: False)
    reader = read(comparison_page(two))
    assert reader.attributes("svg") == []
    assert "pip install 'weval[analysis]', then: weval compare" in reader.text
    assert "items needed" in reader.text


def test_hostile_texts_are_shown_and_never_run(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [hostile_item(n) for n in range(12)])
    for seed in ("1", "2"):
        out = tmp_path / f"<script>{seed}"
        run(RunSpec("random", data=data, out=out, settings={"seed": seed}))
    html = comparison_page(compare(sorted(tmp_path.glob("<script>*"))))
    reader = read(html)
    assert "<script" not in html
    assert "<img" not in html
    assert HOSTILE in reader.text
    assert "\x1b" not in html
    assert len(html.encode()) < LIMIT


def test_runs_that_rank_alike_name_no_item(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [make_item(f"i{n}") for n in range(3)])
    for name in ("a", "b"):
        run(RunSpec("length", data=data, out=tmp_path / name))
    text = read(comparison_page(compare([tmp_path / "a", tmp_path / "b"]))).text
    assert "No difference" in text
    assert "most ahead" not in text


def test_the_page_is_written_whole(two: Compared, tmp_path: Path) -> None:
    write_comparison(two, tmp_path / "new" / "compare.html")
    assert (tmp_path / "new" / "compare.html").read_text(encoding="utf-8") == comparison_page(two)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["compare.html"]
