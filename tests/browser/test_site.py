"""The pages of the leaderboard in a real browser: the table and what can be done with it, by mouse, by keyboard and
without JavaScript; charts; widths, colours, print; every link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.browser.waiting import until

KINDS = {
    "table": "index.html",
    "published": "tables/weval.html",
    "benchmark": "bench/writingbench.html",
    "model": "models/ibis-judge-70b.html",
    "baseline": "models/rules.html",
    "compare": "compare.html#task=weval-mini&models=ibis-judge-70b,rules",
    "charts": "charts/weval-mini.html",
    "task": "tasks/weval-mini.html",
    "items": "items/weval-mini/1.html#item-w0002",
    "how": "how.html",
    "changes": "changes.html",
}
"""A page of each kind."""

JUDGED = [kind for kind in KINDS if kind != "baseline"]
"""Those that axe looks at, which takes a while: a baseline's page has nothing that another model's has not."""

FLOOR = {"rules", "length", "constant", "keywords", "random"}
GROUPS = ("released", "ranking", "types", "categories", "health", "cost", "card")
WIDE, NARROW = (1440, 900), (360, 740)

STATE = """() => {
  const shown = (element) => element.checkVisibility();
  return {
    rows: [...document.querySelectorAll("#board tbody tr")].filter(shown).map((row) => row.dataset.model),
    columns: [...document.querySelectorAll("#board thead th")].filter(shown).map((head) => head.dataset.column),
    sorted: [...document.querySelectorAll("th[aria-sort]")].map((head) => [head.dataset.column, head.ariaSort]),
    boxes: [...document.querySelectorAll("main input:checked")].map((box) => box.id || box.value),
    query: document.getElementById("query")?.value,
    hash: location.hash,
  };
}"""
"""What a reader sees of the table."""


def state(page: Any) -> dict[str, Any]:
    return dict(page.evaluate(STATE))


def rows(page: Any) -> list[str]:
    return list(state(page)["rows"])


# --- sorting ------------------------------------------------------------------------------------------------------

PRESS = """(names) => names.flatMap((name) => [1, 2, 3].map(() => {
  const head = document.querySelector(`#board th[data-column="${name}"]`);
  head.querySelector("button").click();
  const at = [...head.parentElement.cells].indexOf(head);
  const cell = (row) => [row.dataset.model, row.cells[at].textContent.trim(), row.cells[at].dataset.v ?? null];
  return {
    sorted: [...document.querySelectorAll("th[aria-sort]")].map((one) => [one.dataset.column, one.ariaSort]),
    hash: location.hash,
    cells: [...document.querySelectorAll("#board tbody tr")].map(cell),
  };
}))"""
"""Presses each head three times, and tells after each time what stands in the column."""

WORDS = ("rank", "model", "family", "badge", "organisation", "licence", "trained", "unit")
"""The columns that begin with the least."""


def key(name: str, text: str, number: str | None) -> float | str | None:
    """What a cell is worth, told anew from what stands in it."""
    if number is not None:
        return float(number)
    if text in ("–", ""):
        return None
    return int(re.split("–", text)[0]) if name == "rank" else text.lower()


def test_every_column_sorts_both_ways_and_back(open_page, at_file) -> None:
    page = open_page(f"{at_file}/index.html#show={','.join(GROUPS)}")
    before = rows(page)
    names = [name for name in state(page)["columns"] if name]
    assert len(names) > 30
    missing = 0
    pressed = iter(page.evaluate(PRESS, names))
    for name in names:
        ways = ["ascending", "descending"] if name in WORDS else ["descending", "ascending"]
        for way, found in zip(ways, pressed, strict=False):
            assert found["sorted"] == [[name, way]]
            keys = {row: key(name, text, number) for row, text, number in found["cells"]}
            known = [row for row in before if keys[row] is not None]
            known.sort(key=keys.__getitem__, reverse=way == "descending")  # equal ones stay as they were
            lost = [row for row in before if keys[row] is None]
            assert [row for row, *_ in found["cells"]] == [*known, *lost], (name, way)
            missing += len(lost)
        found = next(pressed)
        assert (found["sorted"], [row for row, *_ in found["cells"]]) == ([], before)
        assert "sort=" not in found["hash"]
    assert missing, "no column lacked a value"


# --- filters, columns, search, address ----------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False])
def test_boxes_hide_families_and_show_columns_without_javascript_too(open_page, at_file, javascript) -> None:
    page = open_page(f"{at_file}/tables/weval-mini.html", javascript=javascript)
    assert len(rows(page)) == 12
    assert page.locator("#family-rules").is_disabled()
    assert page.locator("#family-baseline").is_disabled()
    page.uncheck("#family-judge")
    page.uncheck("#family-scalar-RM")
    assert set(rows(page)) == FLOOR | {"three-annotators"}
    main = [name for name in state(page)["columns"] if name]
    for group in GROUPS:
        page.check(f"#group-{group}")
        columns = page.eval_on_selector_all(f"#board th.g-{group}", "all => all.map(one => one.checkVisibility())")
        cells = page.eval_on_selector_all(
            f"#board tbody tr#row_rules td.g-{group}", "all => all.map(one => one.checkVisibility())"
        )
        assert all(columns)
        assert len(columns) == len(cells) == sum(cells) > 0
        if group == "released":
            assert page.locator("#row_rules td.g-released").first.inner_text() == "0.900"
    for group in GROUPS:
        page.uncheck(f"#group-{group}")
    assert [name for name in state(page)["columns"] if name] == main


def test_search_keeps_the_floor(open_page, at) -> None:
    page = open_page(f"{at}/index.html")
    page.fill("#query", "osprey")
    assert set(rows(page)) == FLOOR | {"osprey-mini", "osprey-large"}
    assert page.inner_text("#found") == "7 of 12 models"
    page.fill("#query", "RAPTOR mini")  # words in any column that says who it is, in any case
    assert set(rows(page)) == FLOOR | {"osprey-mini"}
    page.fill("#query", "no such model")
    assert set(rows(page)) == FLOOR
    assert page.inner_text("#found") == "No model found; baselines always stand"
    page.fill("#query", "")
    assert len(rows(page)) == 12
    assert "#" not in page.url


def test_the_address_brings_everything_back(open_page, at) -> None:
    page = open_page(f"{at}/index.html")
    page.fill("#query", "e")
    page.check("#group-cost")
    page.check("#group-released")
    page.uncheck("#family-human")
    page.click("th[data-column=seconds] button")
    page.check("tr#row_rules .pick input")
    page.check("tr#row_heron-rm-8b .pick input")
    asked = state(page)
    assert asked["sorted"] == [["seconds", "descending"]]
    assert asked["rows"][0] == "ibis-judge-70b"
    again = open_page(page.url)
    assert state(again) == asked
    other = open_page(f"{at}/index.html")
    plain = state(other)
    other.evaluate("hash => { location.hash = hash; }", asked["hash"])
    until(other, "document.getElementById('query').value === 'e'")
    assert state(other) == asked
    other.go_back()
    until(other, "document.getElementById('query').value === ''")
    assert state(other) == plain


@pytest.mark.parametrize(
    "hash_", ["sort=nothing&show=nothing&hide=nothing&pick=nothing,%00", "%", "q=%E0%A4%A&sort=-", "=&=&&"]
)
def test_an_address_that_says_nonsense_shows_the_table(open_page, at_file, hash_) -> None:
    page = open_page(f"{at_file}/index.html#{hash_}")
    assert (state(page)["sorted"], state(page)["rows"][-1]) == ([], "length")


def test_an_address_may_name_a_row_and_a_place_keeps_the_state(open_page, at_file) -> None:
    page = open_page(f"{at_file}/tables/weval-mini.html#row_keywords", viewport=(700, 300))
    assert page.evaluate("document.querySelector(':target').id") == "row_keywords"
    until(
        page,
        "() => { const box = document.querySelector('#row_keywords').getBoundingClientRect();"
        " return box.top >= 0 && box.bottom <= innerHeight }",
    )
    page.fill("#query", "heron")
    page.evaluate("location.hash = 'main'")
    until(page, "location.hash === '#main'")
    assert set(rows(page)) == FLOOR | {"heron-rm-8b"}


def test_ticked_models_are_compared(open_page, at) -> None:
    start = "index.html" if at.startswith("file:") else "tables/weval-mini.html"
    page = open_page(f"{at}/{start}")
    compare = page.locator("#compare")
    page.check("tr#row_rules .pick input")
    assert compare.is_disabled()
    for model in ("length", "random", "constant", "keywords"):
        page.check(f"tr#row_{model} .pick input")
    assert (compare.is_disabled(), compare.inner_text()) == (True, "Tick at most 4")
    for model in ("length", "random", "constant", "keywords"):
        page.uncheck(f"tr#row_{model} .pick input")
    page.check("tr#row_osprey-mini .pick input")
    assert compare.inner_text() == "Compare 2 models"
    compare.click()
    page.wait_for_selector("#result table")
    assert page.url.split("/")[-1] == "compare.html#task=weval-mini&models=rules,osprey-mini"
    assert page.locator("[aria-label^=Differences] tbody th").first.inner_text() == "rules − Osprey-mini"


# --- keyboard -----------------------------------------------------------------------------------------------------

FOCUSED = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  return {
    name: at.id || at.dataset.column || at.closest("th[data-column]")?.dataset.column || at.className || at.textContent,
    tag: at.tagName,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def walk(page: Any, steps: int) -> Iterator[dict[str, Any]]:
    for _ in range(steps):
        page.keyboard.press("Tab")
        yield dict(page.evaluate(FOCUSED))


def go_to(page: Any, name: str) -> None:
    assert any(place["name"] == name for place in walk(page, 60)), f"{name} is not reached by Tab"


def test_everything_is_reached_and_done_by_keyboard(open_page, at_file) -> None:
    page = open_page(f"{at_file}/index.html")
    places = list(walk(page, 45))
    assert places[0]["name"] == "skip"
    assert all(place["outlined"] and place["inside"] for place in places if place["tag"] != "BODY")
    names = [place["name"] for place in places]
    wanted = ["query", "family-judge", "group-released", "group-card", "correlation"]
    assert sorted(wanted, key=names.index) == wanted
    assert "Osprey-large" in names

    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    go_to(page, "query")
    page.keyboard.type("heron")
    assert set(rows(page)) == FLOOR | {"heron-rm-8b"}
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    go_to(page, "family-judge")
    page.keyboard.press("Space")
    assert "osprey-mini" not in rows(page)
    go_to(page, "il")
    for press, way in (("Enter", [["il", "descending"]]), ("Space", [["il", "ascending"]]), ("Enter", [])):
        page.keyboard.press(press)
        assert state(page)["sorted"] == way
        assert page.evaluate(FOCUSED)["name"] == "il"
    page.keyboard.press("Enter")  # rows move; what is ticked in one of them keeps the focus
    page.evaluate("document.querySelector('tr#row_rules .pick input').focus()")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.value") == "rules"
    assert page.is_checked("tr#row_rules .pick input")
    page.evaluate("document.querySelector('tr#row_rules th a').focus()")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/rules.html#weval-mini")


# --- widths, colours, motion, print -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, NARROW, (768, 1024)], ids=str)
def test_no_page_is_wider_than_the_window(open_page, at_file, size) -> None:
    page = open_page("about:blank", viewport=size)
    for kind, path in KINDS.items():
        page.goto(f"{at_file}/{path}")
        if kind == "compare":
            page.wait_for_selector("#result table")
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, kind
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, f"{kind}, opened"


def test_on_a_phone_the_table_begins_on_the_first_screen_and_scrolls_by_itself(open_page, at_file) -> None:
    page = open_page(f"{at_file}/index.html", viewport=NARROW)
    assert page.locator("#board").bounding_box()["y"] < 500
    assert page.locator("tr#row_rules td[data-v]").first.is_visible()
    page.click("summary")
    page.check("#group-ranking")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    box, name = page.locator(".scroll:has(#board)"), page.locator("tr#row_rules th.model")
    name.scroll_into_view_if_needed()
    box.evaluate("box => { box.scrollLeft = 300; }")
    assert box.evaluate("box => box.scrollLeft") == 300
    assert abs(name.bounding_box()["x"] - box.bounding_box()["x"]) < 2
    assert page.evaluate(
        "() => { const box = document.querySelector('tr#row_rules th.model a').getBoundingClientRect();"
        " return document.elementFromPoint(box.x + 4, box.y + 4).closest('th')?.className }"
    ) == "model"  # fmt: skip


def test_an_interval_stands_in_its_cell_where_there_is_room(open_page, at_file) -> None:
    page = open_page(f"{at_file}/index.html", viewport=(1440, 900))
    ends, value = (page.locator(f"tr#row_rules td:nth-of-type(3) {part}") for part in ("small", ".value"))
    assert (ends.inner_text(), value.inner_text()) == ("0.550 … 0.667", "0.614")
    assert ends.bounding_box()["width"] > 60
    box = page.locator(".scroll:has(#board)")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    page.set_viewport_size({"width": 1024, "height": 768})
    assert ends.bounding_box()["width"] <= 1
    assert ends.inner_text() == "0.550 … 0.667"  # for who reads by ear


@pytest.mark.parametrize("javascript", [True, False])
def test_on_a_wide_screen_all_boxes_are_there(open_page, at_file, javascript) -> None:
    page = open_page(f"{at_file}/index.html", viewport=WIDE, javascript=javascript)
    assert page.locator("#group-card").is_visible()
    assert not page.locator(".options summary").is_visible()


@pytest.mark.parametrize(
    ("size", "scheme", "kinds"),
    [
        (WIDE, "light", JUDGED),
        (WIDE, "dark", JUDGED),
        (NARROW, "light", JUDGED),
        (NARROW, "dark", ["table", "model", "compare"]),  # colours do not follow the width
    ],
    ids=["wide-light", "wide-dark", "narrow-light", "narrow-dark"],
)
def test_no_page_has_a_serious_fault_of_accessibility(open_page, axe, at_file, size, scheme, kinds) -> None:
    page = open_page("about:blank", viewport=size, colour_scheme=scheme)
    for kind, path in KINDS.items():
        if kind not in kinds:
            continue
        page.goto(f"{at_file}/{path}")
        if kind == "compare":
            page.wait_for_selector("#result table")
        if kind == "table":
            for group in ("released", "card"):
                page.evaluate("id => document.getElementById(id).click()", f"group-{group}")
        page.evaluate("for (const one of document.querySelectorAll('details:not(.item)')) one.open = true")
        assert axe(page) == [], kind


def test_dark_pages_are_dark_and_print_is_not(open_page, at_file) -> None:
    page = open_page(f"{at_file}/index.html", colour_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(22, 24, 29)"
    page.emulate_media(media="print")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    for hidden in (".controls", ".top nav", "td.pick"):
        assert not page.locator(hidden).first.is_visible()
    assert len(rows(page)) == 12
    box = page.locator(".scroll:has(#board)")
    assert box.evaluate("box => [getComputedStyle(box).overflowX, box.clientHeight >= box.scrollHeight]") == [
        "visible",
        True,
    ]


@pytest.mark.parametrize(("wish", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_nothing_moves_for_who_wants_no_motion(open_page, at_file, wish, behaviour) -> None:
    page = open_page(f"{at_file}/index.html", reduced_motion=wish)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == behaviour
    moving = (
        "() => document.getAnimations().length + [...document.querySelectorAll('*')].filter((one) => "
        "parseFloat(getComputedStyle(one).transitionDuration) || getComputedStyle(one).animationName !== 'none').length"
    )
    assert page.evaluate(moving) == 0


# --- without JavaScript -------------------------------------------------------------------------------------------


def test_without_javascript_every_page_can_be_read(open_page, at_file) -> None:
    page = open_page("about:blank", javascript=False)
    for kind, path in KINDS.items():
        page.goto(f"{at_file}/{path}")
        assert page.locator("h1").is_visible(), kind
        for table in page.locator("main table:not(.prose *)").all():
            heads, *lines = table.evaluate("table => [...table.rows].map((row) => row.cells.length)")
            assert lines, kind
            assert set(lines) == {heads}, kind
            assert table.evaluate("table => [...table.rows].every((row) => row.cells[0].textContent.trim())"), kind
        for summary in page.locator(".numbers summary").all():
            summary.click()
        assert all(table.is_visible() for table in page.locator(".numbers table").all()), kind
        assert not page.locator("#found, #query, #compare, div.drawn").filter(visible=True).count(), kind
    page.goto(f"{at_file}/compare.html")
    assert "weval compare RUN RUN" in page.inner_text("main")
    assert not page.locator("#choose").is_visible()
    page.goto(f"{at_file}/charts/weval-mini.html")
    assert page.locator(".numbers td[data-v]").count() > 60
    page.goto(f"{at_file}/items/weval-mini/1.html")
    page.click("#item-w0003 summary")
    assert page.locator("#item-w0003 .response").first.is_visible()


def test_the_item_that_an_address_names_is_open(open_page, at) -> None:
    page = open_page(f"{at}/items/weval-mini/1.html#item-w0016")
    assert page.locator("#item-w0016 .response").first.is_visible()
    assert page.locator("details[open]").count() == 1
    page.evaluate("location.hash = 'item-w0003'")
    page.wait_for_selector("#item-w0003 .response")


# --- charts -------------------------------------------------------------------------------------------------------

DOTS = """(figure) => [...figure.querySelectorAll('svg g[aria-label="dot"]')].pop()
  && [...[...figure.querySelectorAll('svg g[aria-label="dot"]')].pop().querySelectorAll("circle")]
    .map((dot) => [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))])"""
NUMBERS = """(figure) => [...figure.querySelectorAll("tbody tr")].map((row) =>
  [...row.cells].slice(1).map((cell) => cell.dataset.v === undefined ? null : Number(cell.dataset.v)))"""


def linear(values: list[float], places: list[float]) -> bool:
    """Whether places follow from values by one linear scale."""
    low, high = values.index(min(values)), values.index(max(values))
    slope = (places[high] - places[low]) / (values[high] - values[low])
    return all(
        abs(places[low] + slope * (value - values[low]) - place) < 0.51
        for value, place in zip(values, places, strict=True)
    )


def figures(page: Any) -> dict[str, Any]:
    """The charts of a page by their titles."""
    until(page, "() => [...document.querySelectorAll('div.drawn')].every(one => one.hidden || one.firstChild)")
    return {figure.locator("h3").inner_text(): figure for figure in page.locator("figure.chart").all()}


def test_charts_are_drawn_from_their_tables(open_page, at) -> None:
    page = open_page(f"{at}/models/ibis-judge-70b.html")
    found = figures(page)
    assert len(found) == 5
    kinds = {figure.get_attribute("data-chart") for figure in found.values()}
    assert kinds == {"boxes", "intervals", "ties"}
    for title, figure in found.items():
        assert figure.locator("svg").count() == 1, title
        numbers = figure.evaluate(NUMBERS)
        if figure.get_attribute("data-chart") == "boxes":
            assert figure.locator("g[aria-label=bar] rect").count() == len(numbers) == 5
            continue
        at_value = 1 if figure.get_attribute("data-chart") == "ties" else 0
        dots = figure.evaluate(DOTS)
        assert len(dots) == len(numbers), title
        if figure.get_attribute("data-chart") == "intervals":
            counts = figure.locator("tbody td:last-child").all_text_contents()
            head = figure.locator("thead th").last.text_content()
            assert figure.locator("g[aria-label=text] text").all_text_contents() == [*counts, head], title
        assert linear([row[at_value] for row in numbers], [x for x, _ in dots]), title
        assert sorted(y for _, y in dots) == [y for _, y in dots], f"{title}: rows are not in the table's order"


def test_charts_of_all_models_keep_like_names_apart_and_labels_off_each_other(open_page, at_file) -> None:
    page = open_page(f"{at_file}/charts/weval-mini.html", viewport=WIDE)
    found = figures(page)
    ties = found["Correlation, by what is done with ties"]
    names = ties.locator('g[aria-label="y-axis tick label"] text').all_text_contents()
    cut = [name for name in names if "…" in name]
    assert len(names) == 12
    assert len({name.strip("\u200b") for name in cut}) == 1
    assert len(cut) == 2
    widths = "all => all.map((one) => one.getBoundingClientRect().width)"
    assert max(ties.locator('g[aria-label="y-axis tick label"] text').evaluate_all(widths)) <= 181
    heights = [y for _, y in ties.evaluate(DOTS)]
    assert len(set(heights)) == 12
    assert ties.locator(".key").inner_text().split("\n") == ["against gold … in gold order", "expectation", "released"]
    notices = found["What each model notices"]
    assert len(notices.evaluate(DOTS)) == 48
    for title in ("Correlation against cost", "Correlation against time"):
        figure = found[title]
        numbers = [row for row in figure.evaluate(NUMBERS) if row[1] is not None]
        assert len(figure.evaluate(DOTS)) == len(numbers) >= 3
        assert 3 <= figure.locator("text.name").count() <= len(numbers)
        boxes = figure.locator("text.name").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.top, box.right, box.bottom])"
        )
        outer = figure.locator("svg").bounding_box()
        assert all(outer["x"] <= box[0] and box[2] <= outer["x"] + outer["width"] for box in boxes)
        for at, one in enumerate(boxes):
            for other in boxes[:at]:
                assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] + 3 or other[3] <= one[1] + 3


def test_charts_follow_the_width_of_the_window(open_page, at_file) -> None:
    page = open_page(f"{at_file}/charts/weval-mini.html", viewport=WIDE)
    figure = figures(page)["What each model notices"]
    width = "figure => Number(figure.querySelector('svg').getAttribute('width'))"
    wide = figure.evaluate(width)
    page.set_viewport_size({"width": 360, "height": 740})
    until(page, "() => document.querySelector('figure.chart svg').getAttribute('width') < 361")
    assert figure.evaluate(width) < wide
    assert len(figure.evaluate(DOTS)) == 48
    assert page.locator("figure.chart svg").count() == 4


# --- links --------------------------------------------------------------------------------------------------------


class Links(HTMLParser):
    """The addresses that a page names, and the places in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.places: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.found.append(value)
            elif name == "id" and value:
                assert value not in self.places, f"two of id {value}"
                self.places.add(value)


def broken(site: Path) -> Iterator[str]:
    """Links of a site that lead to no file, or to no place in it."""
    pages = {path: Links(path) for path in site.rglob("*.html")}
    for page, links in pages.items():
        for link in links.found:
            if link.startswith("https://"):
                continue
            path, _, place = link.partition("#")
            target = (page.parent / unquote(path)).resolve() if path else page
            if not target.is_file():
                yield f"{page.relative_to(site)}: {link}: no such file"
            elif place and "=" not in place and place not in pages[target].places:
                yield f"{page.relative_to(site)}: {link}: no such place"


def test_every_link_leads_somewhere(folder) -> None:
    site = folder / "site"
    assert len([*site.rglob("*.html")]) >= 24
    assert [*broken(site)] == []


@pytest.mark.parametrize("link", ["none.html", "#none", "how.html#none"])
def test_a_broken_link_is_found(tmp_path, link) -> None:
    (tmp_path / "how.html").write_text("<p id=there>")
    (tmp_path / "index.html").write_text(f'<a href="{link}">x</a> <a href="how.html#there">y</a>')
    assert len([*broken(tmp_path)]) == 1
