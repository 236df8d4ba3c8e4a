"""The folder of the site: whole files, only what has changed, nothing taken away that is not ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.leaderboard.site.looking import files, times
from weval.errors import ConfigError, ResultError
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.site.writing import MARK, Site


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Site]:
    """Writes a site of these pages, each from its own text."""

    def make(*, key: str = "", **pages: str) -> Site:
        site = Site(tmp_path / "site", Cache(tmp_path / "cache"))
        for name, text in pages.items():
            site.make(f"{name.replace('_', '/')}.html", key or text, lambda text=text: text)
        site.finish()
        return site

    return make


def test_what_is_made_lies_there_and_is_listed(make: Callable[..., Site], tmp_path: Path) -> None:
    site = make(index="one", tables_a="two")
    assert files(tmp_path / "site") == {
        "index.html": b"one",
        "tables/a.html": b"two",
        MARK: b"index.html\ntables/a.html\n",
    }
    assert site.written == 2


def test_what_has_not_changed_is_neither_made_nor_touched(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one", tables_a="two")
    before = times(tmp_path / "site")
    site = Site(tmp_path / "site", Cache(tmp_path / "cache"))
    for path, text in (("index.html", "one"), ("tables/a.html", "two")):
        site.make(path, text, lambda: pytest.fail("is made again"))
    site.finish()
    assert site.written == 0 and times(tmp_path / "site") == before


def test_another_key_makes_a_page_again_and_the_same_content_is_not_written(
    make: Callable[..., Site], tmp_path: Path
) -> None:
    make(index="one")
    before = times(tmp_path / "site")
    assert make(index="one", key="another").written == 0
    assert times(tmp_path / "site") == before
    assert make(index="two").written == 1
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "two"


def test_a_page_that_was_edited_by_hand_is_made_again(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="0.512", other="x")
    (tmp_path / "site" / "index.html").write_text("0.912", encoding="utf-8")  # as long as before
    (tmp_path / "site" / "other.html").unlink()
    assert make(index="0.512", other="x").written == 2
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "0.512"


def test_a_lost_cache_costs_time_and_nothing_else(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one")
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(b"damaged")
    assert make(index="one").written == 0


def test_what_is_made_no_more_goes_away_with_its_empty_folders(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one", models_deep_a="a", models_b="b")
    (tmp_path / "site" / "CNAME").write_text("mine", encoding="utf-8")
    (tmp_path / "site" / "models" / "mine.txt").write_text("mine", encoding="utf-8")
    make(index="one")
    assert {*files(tmp_path / "site")} == {"index.html", MARK, "CNAME", "models/mine.txt"}
    assert not (tmp_path / "site" / "models" / "deep").exists()


def test_a_folder_that_somebody_took_away_is_no_trouble(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one", models_deep_a="a")
    (tmp_path / "site" / "models" / "deep" / "a.html").unlink()
    (tmp_path / "site" / "models" / "deep").rmdir()
    make(index="one")
    assert {*files(tmp_path / "site")} == {"index.html", MARK}


@pytest.mark.parametrize("content", [{"notes.txt": "mine"}, {"sub/deep.txt": "mine"}, {".hidden": ""}])
def test_a_folder_with_something_else_in_it_is_refused_and_left(tmp_path: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text, encoding="utf-8")
    before = times(tmp_path / "site")
    with pytest.raises(ConfigError, match=r"site: is there already, and no site of weval"):
        Site(tmp_path / "site", Cache(tmp_path / "cache"))
    assert times(tmp_path / "site") == before


def test_an_empty_folder_is_taken_and_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    Site(tmp_path / "empty", Cache(tmp_path / "cache"))
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="no site of weval"):
        Site(tmp_path / "file", Cache(tmp_path / "cache"))


def test_a_list_that_leads_out_of_the_site_takes_nothing_away(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one")
    outside = tmp_path / "precious.txt"
    outside.write_text("mine", encoding="utf-8")
    (tmp_path / "site" / "folder").mkdir()
    lines = ["../precious.txt", str(outside), "folder/../../precious.txt", "..", ".", "folder", "", "/", "nowhere/x"]
    (tmp_path / "site" / MARK).write_text("\n".join(lines) + "\n", encoding="utf-8")
    make(index="one")
    assert outside.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "site" / "folder").is_dir()
    assert (tmp_path / "site" / MARK).read_text(encoding="utf-8") == "index.html\n"


def test_a_list_that_is_no_text_is_said(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one")
    (tmp_path / "site" / MARK).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"\.weval-site is damaged"):
        make(index="one")


def test_who_is_killed_while_writing_leaves_the_old_page(
    make: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(index="one", models_a="a")

    def replace(part: Path, target: Path) -> Path:
        raise Killed

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(Killed):
        make(index="two", models_a="a")
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "one"
    monkeypatch.undo()
    make(index="two", models_a="a")
    assert {*files(tmp_path / "site")} == {"index.html", "models/a.html", MARK}
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "two"


@pytest.mark.parametrize("after", [0, 1, 2])
def test_who_was_killed_in_between_goes_on_and_leaves_nothing_behind(
    make: Callable[..., Site], tmp_path: Path, after: int
) -> None:
    """Also in the first build, which has no list of an earlier one, and with pages that the next one has not."""
    site = Site(tmp_path / "site", Cache(tmp_path / "cache"))

    def render() -> str:
        raise Killed

    for at in range(after):
        site.make(f"models/{at}.html", str(at), lambda: "x")
    with pytest.raises(Killed):
        site.make("index.html", "k", render)
    make(index="one")
    assert files(tmp_path / "site") == {"index.html": b"one", MARK: b"index.html\n"}


def test_half_a_text_is_written_as_an_escape(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", Cache(tmp_path / "cache"))
    site.make("a.html", "k\ud800", lambda: "half \ud800")
    site.put("b.js", b"\x00\xff")
    site.finish()
    assert (tmp_path / "site" / "a.html").read_bytes() == b"half \\ud800"
    assert (tmp_path / "site" / "b.js").read_bytes() == b"\x00\xff"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_cannot_be_written_is_said(make: Callable[..., Site], tmp_path: Path) -> None:
    make(index="one")
    (tmp_path / "site").chmod(0o500)
    with pytest.raises(ResultError, match=r"cannot write .*index\.html"):
        make(index="two")
    (tmp_path / "site").chmod(0o700)


def test_a_folder_in_the_place_of_a_page_is_said(make: Callable[..., Site], tmp_path: Path) -> None:
    make(other="one")
    (tmp_path / "site" / "index.html" / "x").mkdir(parents=True)
    with pytest.raises(ResultError, match=r"cannot write .*index\.html"):
        make(index="one")
