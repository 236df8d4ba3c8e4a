"""The pages: every word from outside escaped, nothing loaded but files of the site, every link leads somewhere."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.leaderboard.factories import TASK, nasty_texts, put
from tests.leaderboard.site.conftest import ROOT, Standing
from tests.leaderboard.site.looking import Element, cells, page, pages, parsed, seen
from tests.leaderboard.writing import Writers, entry_of, lines_of
from tests.leaderboard.writing import put_rows as put_replies
from weval.leaderboard.card import CARD, slug_of
from weval.leaderboard.site import build_site
from weval.leaderboard.site import pages as module
from weval.leaderboard.site.board import Board
from weval.leaderboard.site.measured import Measured
from weval.leaderboard.site.pages import POLICY, Pages, _markdown, static_files
from weval.leaderboard.tree import Entry
from weval.leaderboard.writers.checked import read_writer_identity
from weval.leaderboard.writers.identity import bench_command
from weval.report.excerpts import shown
from weval.store import RUN
from weval.wording import number

KINDS = ("site", "nasty", "written")

LOADED = {"script": "src", "link": "href", "img": "src", "form": "action", "iframe": "src", "object": "data"}


@pytest.fixture(params=KINDS)
def any_site(request: pytest.FixtureRequest) -> Standing:
    """A usual site, one of nasty names, and one of writers."""
    found: Standing = request.getfixturevalue(request.param)
    return found


# --- what a page may do ------------------------------------------------------------------------------------------


def test_no_page_can_run_or_load_anything_but_files_of_the_site(any_site: Standing) -> None:
    found = pages(any_site.out)
    assert len(found) > 10
    for path in found:
        root = page(path)
        policies = [meta for meta in root.all("meta") if "http-equiv" in meta.attributes]
        assert [meta.attributes["content"] for meta in policies] == [POLICY], path
        for element in root.all():
            assert element.tag not in {"style", "iframe", "object", "embed", "base"}, path
            for name, value in element.attributes.items():
                assert not name.startswith("on") and name not in {"style", "srcdoc"}, (path, element.tag, name)
                assert "javascript:" not in re.sub(r"\s", "", value or "").lower() or name in {"title"}, (path, name)
            if element.tag == "script":
                assert not element.text.strip() and element.attributes["src"], path
            if reference := element.attributes.get(LOADED.get(element.tag, "")):
                assert not urlsplit(reference).scheme and not reference.startswith("/"), (path, reference)
                assert (path.parent / reference).is_file(), (path, reference)


def test_the_policy_forbids_scripts_and_styles_in_the_page() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert all(value in ("'self'", "'none'") for value in rules.values())
    assert {"script-src", "style-src", "img-src", "base-uri", "form-action"} <= {*rules}


def test_links_lead_out_only_where_a_card_says_so(any_site: Standing) -> None:
    out = set()
    for path in pages(any_site.out):
        article = page(path).all("article")
        of_card = {link.attributes.get("href") for part in article for link in part.all("a")}
        for link in page(path).all("a"):
            address = link.attributes.get("href")
            if address is None or not (urlsplit(address).scheme or address.startswith("//")):
                continue
            assert address.startswith("https://"), (path, address)
            if address not in of_card:
                assert "nofollow" in str(link.attributes["rel"]) and "noopener" in str(link.attributes["rel"])
                out.add(address)
    assert out == (
        {"https://example.com/?a=1&b=%22%3E%3Cscript%3E;alert(1)#x"} if "nasty" in str(any_site.out) else set()
    )


def test_every_link_leads_to_what_is_there(any_site: Standing) -> None:
    n = 0
    for path, link in _links(any_site.out):
        place, fragment = urldefrag(link)
        target = (path.parent / unquote(place)).resolve() if place else path
        assert target.is_file(), (path, link)
        if fragment and target.suffix == ".html" and "=" not in fragment:
            assert page(target).all(id=unquote(fragment)), (path, link)
        n += 1
    assert n > 200


def _links(site: Path) -> Iterator[tuple[Path, str]]:
    for path in pages(site):
        for link in page(path).all("a"):
            address = link.attributes.get("href")
            if address is not None and not urlsplit(address).scheme:
                yield path, address


def test_no_id_is_there_twice(any_site: Standing) -> None:
    for path in pages(any_site.out):
        ids = [element.attributes["id"] for element in page(path).all() if "id" in element.attributes]
        assert len({*ids}) == len(ids), path


def test_nasty_texts_are_shown_as_they_are(nasty: Standing) -> None:
    """Read back from the pages they are the same texts, and not one of them became an element."""
    text = "".join(page(path).text for path in pages(nasty.out / "models"))
    for said in nasty_texts():
        assert said in ("True", "False") or shown(said) in text, said
    changes = page(nasty.out / "changes.html").text
    assert "<iframe src=//evil.example></iframe></script>" in changes and "=cmd|' /C calc'!A0" in changes
    table = page(nasty.out / f"tables/{TASK}.html")
    assert "<img src=x onerror=alert(1)>" in [seen(cell) for cell in table.all("th", scope="row")]


def test_what_turns_a_text_round_is_written_out(nasty: Standing) -> None:
    for path in pages(nasty.out):
        assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", page(path).text), path


# --- what stands on them -----------------------------------------------------------------------------------------


def test_every_model_stands_in_the_table_with_rank_family_and_badge(site: Standing, board: Board) -> None:
    for path in ("index.html", f"tables/{TASK}.html"):
        for row in board.rows:
            found = cells(site.out, row.model, path)
            assert seen(found["rank"]) == row.band and seen(found["model"]) == row.name
            assert seen(found["family"]) == row.measured.card.family and seen(found["badge"]) == row.badge
        rows = page(site.out / path).all("table", id="board")[0].all("tbody")[0].all("tr")
        assert [row.attributes["data-model"] for row in rows] == [row.model for row in board.rows]


def test_the_floor_cannot_be_hidden(site: Standing) -> None:
    boxes = {
        box.attributes["data-family"]: box
        for box in page(site.out / "index.html").all("input")
        if "data-family" in box.attributes
    }
    assert {*boxes} == {"scalar RM", "judge", "rules", "baseline"}
    assert {family for family, box in boxes.items() if "disabled" in box.attributes} == {"rules", "baseline"}


def test_published_rows_stand_apart_with_their_source(site: Standing, tables: dict[str, Board]) -> None:
    root = page(site.out / "tables/weval.html")
    assert not root.all("table", id="board")
    (table,) = root.all("table", class_="reported")
    assert "not verified" in root.all("h2", id="reported")[0].text
    reported = tables["weval"].reported
    for line, row in zip(table.all("tr")[1:], reported, strict=True):
        texts = [cell.text for cell in line.children if isinstance(cell, Element)]
        figures = [number(row.figures[name]) for name in ("correlation", "il", "pl")]
        assert texts[:5] == [row.name, row.family, *figures]
        assert "arXiv" in row.source and row.source in root.all("main")[0].text
    assert not page(site.out / "index.html").all("table", class_="reported")


def test_published_rows_of_several_papers_have_each_its_source(tables: dict[str, Board]) -> None:
    first, *others = tables["weval"].reported
    board = replace(tables["weval"], reported=(replace(first, source="Another paper"), *others))
    (table,) = parsed(Pages([board]).table(board)).all("table", class_="reported")
    assert [line.all("td")[-1].text for line in table.all("tr")[1:]] == [row.source for row in board.reported]


def test_in_a_table_with_models_published_rows_are_no_rows_of_it(tables: dict[str, Board]) -> None:
    board = replace(tables[TASK], reported=tables["weval"].reported)
    root = parsed(Pages([board]).table(board))
    (ranked,) = root.all("table", id="board")
    (reported,) = root.all("table", class_="reported")
    names = {row.name for row in board.reported}
    assert not names & {cell.text for cell in ranked.all("th", scope="row")}
    assert names == {cell.text for cell in reported.all("th", scope="row")}


def test_a_published_table_may_lack_a_figure(tables: dict[str, Board]) -> None:
    row = replace(tables["weval"].reported[0], figures={"correlation": 0.5, "pl": None})
    board = replace(tables["weval"], reported=(row,))
    (table,) = parsed(Pages([board]).table(board)).all("table", class_="reported")
    assert [cell.text for cell in table.all("td")][1:4] == ["0.500", "–", "–"]
    assert row.name not in Pages([board]).how()


def test_how_it_is_measured_shows_the_constant_scorer(site: Standing) -> None:
    root = page(site.out / "how.html")
    (table,) = root.all("div", aria_label="The constant scorer")
    ours, released = ([cell.text for cell in row.all("td")] for row in table.all("tbody")[0].all("tr"))
    assert ours == ["0.000", "0.200", "0.008"] and released == ["1.000", "1.000", "1.000"]


def test_printed_il_is_above_what_the_printed_formula_can_give(site: Standing, tables: dict[str, Board]) -> None:
    (table,) = page(site.out / "how.html").all("div", aria_label="Printed IL")
    lines = table.all("tbody")[0].all("tr")
    assert len(lines) == sum(len(board.reported) for board in tables.values())
    for line in lines:
        pl, il, most = (float(cell.text) for cell in line.all("td")[1:])
        assert most == pytest.approx(pl + (1 - pl) * 3 / 5, abs=1e-3) and il > most


def test_the_newest_run_is_told_and_no_other_day(site: Standing, board: Board) -> None:
    newest = max(row.date for row in board.rows)
    for path in pages(site.out):
        (footer,) = page(path).all("footer")
        assert re.findall(r"\d{4}-\d\d-\d\d", footer.text) == [newest]


def test_first_load_of_a_table_of_a_hundred_models_stays_small(board: Board) -> None:
    rows = []
    for at in range(100):
        one = board.rows[at % len(board.rows)]
        card = one.measured.card.model_copy(
            update={"name": f"A reward model of a usual name {at}B", "parameters": 7_000_000_000}
        )
        measured: Measured = one.measured.model_copy(
            update={"model": f"a-reward-model-of-a-usual-name-{at}b", "card": card}
        )
        rows.append(replace(one, measured=measured, best=at + 1, worst=min(100, at + 9)))
    full = replace(board, rows=tuple(rows))
    html = Pages([full]).table(full)
    assert len(parsed(html).all("table", id="board")[0].all("tbody")[0].all("tr")) == 100
    loaded = {path: file.stat().st_size for path, file in static_files()}
    scripts = [str(script.attributes["src"]).removeprefix("../") for script in parsed(html).all("script")]
    total = len(html.encode()) + sum(loaded[path] for path in ("static/site.css", "static/icon.svg", *scripts))
    assert total < 300_000


# --- the card of a task ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick='x'>b</b>",
        "<!-- x -->",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "![x](https://evil.example/x.png)",
        "[x](http://evil.example)",
        "[x](//evil.example)",
        "[x](../../elsewhere)",
        "[x](vbscript:x)",
        "| a |\n|--:|\n| 1 |",
        '```x" onclick="y\ncode\n```',
        '[x](https://a.example "><script>alert(1)</script>")',
    ],
)
def test_a_card_cannot_bring_html_styles_images_or_addresses(text: str) -> None:
    root = parsed(str(_markdown(text)))
    for element in root.all():
        assert element.tag not in {"script", "img", "b", "style"}
        assert not any(name.startswith("on") or name == "style" for name in element.attributes)
        assert str(element.attributes.get("href", "https://")).startswith("https://")


def test_a_card_keeps_its_tables_code_and_links() -> None:
    root = parsed(
        str(_markdown("# T\n\n| a | b |\n|:--|--:|\n| 1 | `<x>` |\n\n[web](https://a.example/?a=1&b=2) [here](#t)"))
    )
    assert root.all("h1")[0].text == "T" and root.all("code")[0].text == "<x>"
    assert [cell.text for cell in root.all("td")] == ["1", "<x>"]
    assert [link.attributes["href"] for link in root.all("a")] == ["https://a.example/?a=1&b=2", "#t"]


def test_the_page_of_a_task_has_its_card_and_its_audit(site: Standing) -> None:
    root = page(site.out / f"tasks/{TASK}.html")
    card = (ROOT / "tasks" / TASK / "README.md").read_text(encoding="utf-8")
    title = card.splitlines()[0].removeprefix("# ")
    assert root.all("article")[0].all("h1")[0].text == title
    assert "gold of weval-mini 1.0" in root.all("pre")[-1].text
    assert root.all("a", href=f"../items/{TASK}/1.html")


# --- templates ---------------------------------------------------------------------------------------------------


def test_the_look_of_all_pages_is_that_of_their_templates(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "leaderboard", tmp_path / "leaderboard")
    before = Pages([board]).look
    monkeypatch.setattr(module, "room", lambda name: tmp_path / name if name == "leaderboard" else ROOT / name)
    assert Pages([board]).look == before
    assert Pages([replace(board, title="Another")]).look != before
    assert Pages([replace(board, rows=())]).look != before  # another newest run
    template = tmp_path / "leaderboard" / "templates" / "how.html.j2"
    template.write_text(template.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert Pages([board]).look != before


def test_everything_that_pages_load_is_a_static_file() -> None:
    found = dict(static_files())
    assert {"static/site.css", "static/table.js", "static/vendor/d3.min.js", "static/vendor/d3.LICENSE.txt"} <= {*found}
    assert all(path.startswith("static/") and file.is_file() for path, file in found.items())
    assert not any(path.endswith(".md") for path in found)


# --- writers ------------------------------------------------------------------------------------------------------


def test_every_text_of_a_writer_is_escaped(writers: Writers, tmp_path: Path) -> None:
    script = '"><script>alert("WEVAL")</script>'
    entry = entry_of(writers.results, "poor")
    put(
        entry.model_folder / CARD,
        {"name": script, "organisation": "=1+1", "licence": "<b onload=x>", "contact": "{{ 7*7 }}"},
    )
    put(
        entry.folder / RUN,
        {"identity.writer.name": script, "identity.judge.name": f"server/{script}", "environment.platform": script},
    )
    (rows,) = [[json.loads(line) for line in lines_of(entry)]]
    put_replies(entry, [{**rows[0], "text": script}, *rows[1:]])
    name = read_writer_identity(entry.folder)[1].folder
    settled = Entry(entry.root, slug_of(script), name)
    settled.model_folder.mkdir()
    shutil.copy(entry.model_folder / CARD, settled.model_folder)
    entry.folder.rename(settled.folder)
    record, identity, _ = read_writer_identity(settled.folder)
    put(settled.folder / RUN, {"command": bench_command(identity, record.settings or {})})
    shutil.rmtree(entry.model_folder)
    built = build_site(writers.results, tmp_path / "site", cache=tmp_path / "cache")
    assert built.n_submissions == 4
    assert built.refused == []
    shown_page = page(tmp_path / "site/bench/longbench-write.html")
    assert [row.text.strip() for row in shown_page.all("th", class_="text writer")].count(script) == 1
    assert not [one for one in shown_page.all("script") if "alert" in one.text]
    table = (tmp_path / "site/bench/longbench-write.csv").read_text(encoding="utf-8")
    assert ",'=1+1," in table
