from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.reproduced import CHECK, edit, known, make_kept
from tests.report.reader import read
from weval.leaderboard.site import build_site
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.site.reproductions import make_again
from weval.leaderboard.tree import reproductions_of
from weval.leaderboard.words import refused_line
from weval.report.reproduced_wording import CHECK as BANNER
from weval.reproduce.keeping import RECORD


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `results` with a reproduction, and with one that is a check. Not to change."""
    root = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        known(patch)
        make_kept(root / "results", root / "one")
        make_kept(root / "results", root / "two", is_check=True)
    return root / "results"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)


def words(path: Path) -> str:
    return " ".join(read(path.read_text(encoding="utf-8")).text.split())


def test_each_has_a_page_that_the_others_lead_to(results: Path, tmp_path: Path) -> None:
    built = build_site(results, tmp_path / "site", cache=tmp_path / "cache")
    assert (built.n_submissions, built.n_recomputed, built.refused) == (2, 2, [])
    for page in ("index.html", "how.html", "reproductions/small.html"):
        reader = read((tmp_path / "site" / page).read_text())
        links = {(tmp_path / "site" / page).parent.joinpath(str(a["href"])).resolve() for a in reader.attributes("a")}
        assert (tmp_path / "site" / "reproductions" / "small.html").resolve() in links
        assert (tmp_path / "site" / "reproductions" / f"{CHECK}.html").resolve() in links


def test_a_page_has_the_tables_made_again(results: Path, tmp_path: Path) -> None:
    build_site(results, tmp_path / "site", cache=tmp_path / "cache")
    page = tmp_path / "site" / "reproductions" / "small.html"
    text = words(page)
    assert "Correlation85.491.783.3 … 98.3+6.3within58.347.0 … 67.5" in text
    assert "good: not recomputed: the files that it was made on are not here" in text
    assert BANNER not in text
    reader = read(page.read_text())
    assert not reader.attributes("script")
    assert not any("style" in attributes for _, attributes in reader.tags)  # which the pages' policy forbids
    drawn = [attributes for attributes in reader.attributes("svg") if attributes.get("class") == "bar"]
    assert "91.7, 95 % interval 83.3 … 98.3, published 85.4" in [attributes["aria-label"] for attributes in drawn]
    with (page.parent / "small.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 21
    assert (page.parent / "small.md").is_file() and (page.parent / "small.tex").is_file()


def test_a_check_says_so_on_top_and_compares_nothing(results: Path, tmp_path: Path) -> None:
    build_site(results, tmp_path / "site", cache=tmp_path / "cache")
    text = words(tmp_path / "site" / "reproductions" / f"{CHECK}.html")
    assert text.index(BANNER) < text.index("Table 1")
    assert "Correlation91.783.3 … 98.358.347.0 … 67.5" in text
    assert not re.search(r"within|outside|85\.4|97\.3", text)


def test_the_figures_of_a_record_are_not_believed(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path / "results")

    def change(record: Any) -> None:
        record["tables"][1]["rows"][1]["cells"][0]["released"]["value"] = 80.6

    edit(tmp_path / "results" / "reproductions" / "small" / RECORD, change)
    built = build_site(tmp_path / "results", tmp_path / "site", cache=tmp_path / "cache")
    (refused,) = built.refused
    said = refused_line(refused.entry, refused.problems)
    assert said.startswith(
        "refused reproductions/small: table4, Writing-Critic-7B, correlation: released.value is 80.6"
    )
    assert not (tmp_path / "site" / "reproductions" / "small.html").exists()
    assert (tmp_path / "site" / "reproductions" / f"{CHECK}.html").exists()


def test_nothing_is_made_twice_and_what_is_gone_goes(results: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    told: list[str] = []
    folders = reproductions_of(results)
    first = make_again(folders, cache, told.append)
    assert told == ["reproductions/small", f"reproductions/{CHECK}"]
    again = make_again(folders, cache, told.append)
    assert (first.n_new, again.n_new) == (2, 0)
    assert [one.tables for one in again.shown] == [one.tables for one in first.shown]
    assert make_again([], cache, told.append).shown == []
