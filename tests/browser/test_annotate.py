"""The page of `weval annotate` as people use it: by mouse, keys and touch, without a network, over many days."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.waiting import until
from tests.browser.watching import Opener, watched
from tests.factories import make_item, write_items
from weval.agree import agree
from weval.annotate import annotate
from weval.ratings import shown_ids
from weval.run import RunSpec, run
from weval.tasks import Task, load_data
from weval.types import Item

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

KEPT = ((1, 2, 3, 4, 5), (1, 2, 3, 4), (1, 2, 3), (1, 2), (1,))
ITEMS = [make_item(f"i{n}", KEPT, 5, category="story" if n == 1 else "creative_narrative") for n in (1, 2, 3)]
PHONE = {"viewport": (360, 740), "has_touch": True, "is_mobile": True}
NOW = """() => [
  document.getElementById("item-id").textContent,
  [...document.querySelectorAll(".said")].map((one) => one.textContent),
  [...document.querySelectorAll(".tier")].map((tier) =>
    [...tier.querySelectorAll(".pick b")].map((one) => one.textContent)),
]"""
"""Which item is shown, its responses in the order of their letters, and the places, in letters; asked for at once."""

Best = Sequence[str]
"""Own names of candidates, as a test wants them ranked; gold is a1 … a5."""


@dataclass
class Sheet:
    """A page that is open, with what only the test knows: which response is which candidate."""

    page: Page
    task: Task

    @property
    def item(self) -> Item:
        """The one that is shown."""
        return self._now()[0]

    def _now(self) -> tuple[Item, dict[str, str], list[list[str]]]:
        """The item, the names of its candidates by letter, and the places, in letters."""
        name, texts, places = self.page.evaluate(NOW)
        item = next(item for item in self.task.items() if item.id == name)
        names = {c.response: c.id for c in item.candidates}
        return item, dict(zip("ABCDE", map(names.__getitem__, texts), strict=True)), places

    @property
    def letters(self) -> dict[str, str]:
        """Under which letter each candidate is shown."""
        return {name: letter for letter, name in self._now()[1].items()}

    def letter(self, candidate: str) -> str:
        """Under which letter a candidate is shown."""
        return self.letters[candidate]

    def row(self, candidate: str) -> Locator:
        return self.page.locator(f'.row[data-response="{"ABCDE".index(self.letter(candidate))}"]')

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def ranking(self) -> list[list[str]]:
        """As it stands on the board, in own names."""
        _, names, places = self._now()
        return [sorted(names[letter] for letter in place) for place in places]

    def rank_by_keys(self, best: Best) -> None:
        """Best first, then the first category and the next item. No control has the focus."""
        letters = self.letters
        for candidate in best:
            self.press(letters[candidate].lower(), "Shift+ArrowDown")
        self.press("1", "ArrowRight")

    def download(self, folder: Path) -> Path:
        with self.page.expect_download() as found:
            self.page.click("#download")
        path = folder / found.value.suggested_filename
        found.value.save_as(path)
        return path


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return load_data(write_items(tmp_path / "items.jsonl", ITEMS))


@pytest.fixture(scope="module")
def kept_open(browser: Browser) -> Iterator[Opener]:
    """The window that most tests have one after the other: to open one takes longer than most of them.

    Nothing glides in it, as clicks wait for what moves.
    """
    with watched(browser) as opener:
        opener("about:blank", reduced_motion="reduce")
        yield opener


@pytest.fixture
def sheet(kept_open: Opener, open_page: Opener, task: Task, tmp_path: Path) -> Iterator[Callable[..., Sheet]]:
    """`sheet(viewport=…)` is the page of three items, with nothing kept; `sheet(apart=True, …)` with a storage of its
    own besides, see `open_page` for what it takes. The test fails if the page does what none may do."""
    address = annotate(task, tmp_path / "page.html").path.as_uri()
    (page,) = kept_open.contexts[0].pages

    def opened(*, apart: bool = False, viewport: tuple[int, int] = (1280, 800), **options: Any) -> Sheet:
        if apart:
            return Sheet(open_page(address, viewport=viewport, **options), task)
        page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        page.goto(address)
        return Sheet(page, task)

    yield opened
    for other in kept_open.contexts[0].pages[1:]:
        other.close()
    if page.url == address:
        page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    seen = kept_open.seen
    problems = seen.problems()
    for told in (seen.console, seen.uncaught, seen.failed, seen.requests):
        told.clear()
    assert not problems, "\n".join(problems)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- keys, and what becomes of the file


@pytest.mark.parametrize(("step", "correlation"), [(1, 1.0), (-1, -1.0)])
def test_ranked_by_keys_alone_the_file_gives_the_expected_figures(sheet, task, tmp_path, step, correlation) -> None:
    one = sheet()
    one.page.locator("#name").press_sequentially("Ann")
    one.page.locator("#name").blur()
    for _ in ITEMS:
        one.rank_by_keys([f"a{n}" for n in range(1, 6)][::step])
    assert one.page.inner_text("#progress") == "3 of 3 done"
    path = one.download(tmp_path)
    assert path.name == "ratings-items-Ann.jsonl"
    assert [(row["item_id"], row["annotator"], row["category"]) for row in rows(path)] == [
        (item.id, "Ann", "creative_narrative") for item in ITEMS
    ]
    assert rows(path)[0]["ranking"] == [*shown_ids(ITEMS[0]).values()][::step]
    agreed = agree(path, task)
    assert agreed.majority is not None
    assert agreed.labels is not None
    assert agreed.labels.with_gold is not None
    found = agreed.majority.metrics["correlation"]
    assert found is not None and found.value == correlation
    assert agreed.labels.with_gold.value == pytest.approx(2 / 3)
    assert agreed.notices == ()
    spec = RunSpec(f"human:{path}", data=task.path, out=tmp_path / "run")
    found = run(spec).result.metrics["correlation"]
    assert found is not None and found.value == correlation


def test_every_key_does_what_the_list_of_keys_says(sheet) -> None:
    one = sheet()
    a, b, c = (one.letter(name).lower() for name in ("a1", "a2", "a3"))
    one.press(a, "Shift+ArrowDown", b, "Shift+ArrowUp", c, "=")
    assert one.ranking == [["a1"], ["a2", "a3"]]
    one.press("Shift+ArrowUp")
    assert one.ranking == [["a1"], ["a3"], ["a2"]]
    one.press("Shift+ArrowUp", "Shift+ArrowUp")
    assert one.ranking == [["a3"], ["a1"], ["a2"]]
    one.press("=")
    assert one.ranking == [["a1", "a3"], ["a2"]]
    one.press("-")
    assert one.ranking == [["a1"], ["a3"], ["a2"]]
    one.press("Delete")
    assert one.ranking == [["a1"], ["a2"]]
    for _ in range(3):
        one.press("Control+z")
    assert one.ranking == [["a3"], ["a1"], ["a2"]]
    one.press("2")
    assert one.page.locator("#category-list input:checked").get_attribute("value") == "structured_plans"
    one.press("2")
    assert one.page.locator("#category-list input:checked").count() == 0
    one.press("ArrowRight")
    assert one.item.id == "i2"
    one.press("ArrowRight", "ArrowRight", "ArrowLeft")
    assert one.item.id == "i2"
    one.press("Shift+ArrowRight", "Shift+ArrowRight")
    assert one.item.id == "i1"
    one.press("?")
    assert one.page.locator("#keys").is_visible()
    one.press(a, "Delete", "ArrowRight", "Escape")
    assert (one.item.id, one.ranking) == ("i1", [["a3"], ["a1"], ["a2"]])


def test_the_board_alone_is_enough_with_tab_and_arrows(sheet) -> None:
    one = sheet()
    one.row("a2").locator(".pick").focus()
    one.press("Shift+ArrowUp")
    assert one.page.evaluate("document.activeElement.closest('.row').classList.contains('chosen')")
    one.press("ArrowDown", "Tab", "Tab", "Enter")  # the response below, its button for down: ranked
    assert len(one.ranking) == 2
    one.press("Enter", "Shift+Tab", "Enter", "Enter")
    assert one.ranking[1] == ["a2"]
    assert one.page.evaluate("document.activeElement.matches('.up')")
    assert one.page.inner_text("#said").strip().endswith("place 1. 2 of 5 ranked.")


def test_keys_are_left_to_who_types_and_can_be_turned_off(sheet) -> None:
    one = sheet()
    one.page.locator("#name").press_sequentially("abc=1-")
    one.press("Home", "Shift+ArrowDown", "End", "Delete")
    assert (one.ranking, one.page.input_value("#name")) == ([], "abc=1-")
    one.page.click("#open-keys")
    one.page.uncheck("#single-keys")
    one.page.click("#keys .close")
    one.page.locator("#open-keys").blur()
    one.press("a", "Shift+ArrowDown", "1", "ArrowRight")
    assert (one.item.id, one.ranking) == ("i1", [])
    one.page.reload()
    assert not one.page.is_checked("#single-keys")


def test_moves_are_told_to_who_reads_by_ear(sheet) -> None:
    one = sheet()
    a, b = one.letter("a1"), one.letter("a2")
    one.press(a.lower(), "Shift+ArrowDown", b.lower(), "=")
    assert one.page.inner_text("#said") == f"{b}: place 1, tied with {a}. 2 of 5 ranked."
    assert one.page.locator(".tier").get_attribute("aria-label") == "Place 1, 2 tied"
    assert one.page.get_attribute("#said", "aria-live") == "polite"


# --- mouse


def at(found: Locator, across: float, down: float) -> tuple[float, float]:
    """A point of an element, by shares of its width and height."""
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def middle(found: Locator, down: float = 0.5) -> tuple[float, float]:
    """Left of the middle, which keeps off the buttons of a row."""
    return at(found, 0.3, down)


def grip(sheet: Sheet, candidate: str) -> tuple[float, float]:
    """Where a finger drags a row."""
    return at(sheet.row(candidate).locator(".handle"), 0.5, 0.5)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0], start[1] + 8)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_ranked_by_mouse(sheet) -> None:
    one = sheet(viewport=(1440, 900))
    board, tiers = one.page.locator("#tiers"), one.page.locator(".tier")
    drag(one.page, middle(one.row("a2")), middle(board))
    drag(one.page, middle(one.row("a1")), middle(tiers.nth(0), 0.05))
    drag(one.page, middle(one.row("a3")), middle(tiers.nth(1), 0.95))
    assert one.ranking == [["a1"], ["a2"], ["a3"]]
    drag(one.page, middle(one.row("a4")), middle(tiers.nth(1)))
    assert one.ranking == [["a1"], ["a2", "a4"], ["a3"]]
    drag(one.page, middle(one.row("a2")), middle(tiers.nth(0), 0.05))
    assert one.ranking == [["a2"], ["a1"], ["a4"], ["a3"]]
    drag(one.page, middle(one.row("a1")), middle(one.page.locator("#pool"), 0.9))
    assert one.ranking == [["a2"], ["a4"], ["a3"]]
    one.page.mouse.move(*middle(one.row("a3")))
    one.page.mouse.down()
    one.page.mouse.move(*middle(tiers.nth(0)), steps=4)
    assert one.page.locator(".tier.into").count() == 1
    one.press("Escape")
    one.page.mouse.up()
    assert one.ranking == [["a2"], ["a4"], ["a3"]]
    assert not one.page.locator(".dragged, .into, .before, .after, .dragging").count()


def test_ranked_by_buttons_ticks_and_taken_back(sheet) -> None:
    one = sheet(viewport=(1440, 900))
    for candidate, n in (("a1", 2), ("a2", 1), ("a3", 1)):
        card = one.page.locator(".response").nth("ABCDE".index(one.letter(candidate)))
        for box in card.locator(".met input").all()[:n]:
            box.check()
    assert one.row("a2").locator(".ticks").inner_text() == "1 of 5"
    assert one.ranking == []
    one.page.click("#by-count")
    assert one.ranking == [["a1"], ["a2", "a3"], ["a4", "a5"]]
    one.row("a3").locator(".untie").click()
    one.row("a2").locator(".up").click()
    one.row("a5").locator(".off").click()
    assert one.ranking == [["a2"], ["a1"], ["a3"], ["a4"]]
    one.row("a5").locator(".tie").click()
    assert one.ranking == [["a2"], ["a1"], ["a3"], ["a4", "a5"]]
    one.page.click("#clear")
    assert one.ranking == []
    for _ in range(6):
        one.page.click("#undo")
    assert one.ranking == []
    assert one.page.locator(".met input:checked").count() == 4


# --- touch


class Finger:
    """Real touches, by way of the debugging protocol."""

    def __init__(self, page: Page) -> None:
        self.page, self.session = page, page.context.new_cdp_session(page)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Slowly enough for the browser to scroll, if it may."""
        self.touch("touchStart", start)
        for step in range(1, 6):
            self.touch("touchMove", (start[0], start[1] + (end[1] - start[1]) * step / 5))
            self.page.wait_for_timeout(16)
        self.touch("touchEnd")


def test_ranked_by_touch_while_the_page_still_scrolls(sheet) -> None:
    one = sheet(apart=True, **PHONE)
    finger = Finger(one.page)
    one.page.evaluate("document.querySelector('.judgement').scrollIntoView()")
    one.page.wait_for_timeout(50)
    one.row("a1").locator(".up").tap()
    until(one.page, "document.querySelectorAll('.tier').length === 1")
    tiers, before = one.page.locator(".tier"), one.page.evaluate("scrollY")
    finger.drag(grip(one, "a2"), middle(tiers.nth(0), 0.95))
    finger.drag(grip(one, "a4"), middle(tiers.nth(0), 0.05))
    finger.drag(grip(one, "a3"), middle(tiers.nth(2)))
    assert one.ranking == [["a4"], ["a1"], ["a2", "a3"]]
    finger.drag(grip(one, "a4"), middle(one.page.locator("#pool"), 0.9))
    assert one.ranking == [["a1"], ["a2", "a3"]]
    assert one.page.evaluate("scrollY") == before
    x, y = middle(one.row("a1").locator(".pick"))
    finger.drag((x, y), (x, y + 200))
    until(one.page, f"scrollY < {before - 100}")
    assert one.ranking == [["a1"], ["a2", "a3"]]


def test_a_touch_that_is_taken_away_moves_nothing(sheet) -> None:
    one = sheet(apart=True, **PHONE)
    finger = Finger(one.page)
    one.page.evaluate("document.querySelector('.judgement').scrollIntoView()")
    x, y = grip(one, "a1")
    finger.touch("touchStart", (x, y))
    finger.touch("touchMove", (x, y - 80))
    assert one.page.locator(".dragged").count() == 1
    finger.touch("touchCancel")
    assert one.ranking == []
    assert one.page.locator(".dragged").count() == 0


# --- nothing is lost


def test_a_page_that_is_loaded_again_goes_on_where_it_was(sheet) -> None:
    one = sheet()
    one.page.fill("#name", "Bo")
    one.page.locator("#name").blur()
    one.rank_by_keys(["a2", "a1"])
    one.press("b", "Shift+ArrowDown")
    one.page.locator(".met input").nth(3).check()
    shown = (one.item.id, one.ranking, one.page.inner_text("#progress"))
    one.page.reload()
    assert (one.item.id, one.ranking, one.page.inner_text("#progress")) == shown
    assert shown[2] == "0 of 3 done · 2 begun"
    assert one.page.input_value("#name") == "Bo"
    assert one.page.locator(".met input").nth(3).is_checked()
    one.press("ArrowLeft")
    assert one.ranking == [["a2"], ["a1"]]
    assert one.page.locator("#category-list input:checked").count() == 1


def test_items_are_skipped_and_come_back_to(sheet) -> None:
    one = sheet()
    one.page.click("#skip")
    one.page.click("#skip")
    assert (one.item.id, one.page.inner_text("#progress")) == ("i3", "0 of 3 done · 2 skipped")
    one.rank_by_keys(["a1", "a2", "a3", "a4", "a5"])
    one.page.click("#unfinished")
    assert one.item.id == "i1"
    one.page.click("#open-items")
    states = one.page.locator("#item-list button").evaluate_all("(all) => all.map((one) => one.className)")
    assert states == ["skipped", "skipped", "done"]
    one.page.get_by_role("button", name="Item 2, i2: skipped").click()
    assert one.item.id == "i2"
    one.press("1")
    assert one.page.inner_text("#progress") == "1 of 3 done · 1 begun · 1 skipped"


CHOSEN = "document.querySelector('#category-list input:checked')?.value"


def test_two_tabs_do_not_undo_each_other(sheet) -> None:
    one = sheet()
    other = Sheet(one.page.context.new_page(), one.task)
    other.page.goto(one.page.url)
    one.press("1")
    until(other.page, "document.querySelector('#category-list input:checked') !== null")
    other.press("ArrowRight", "2")
    until(one.page, "document.querySelector('#progress').textContent === '0 of 3 done · 2 begun'")
    other.press("ArrowLeft", "3")
    until(one.page, f"{CHOSEN} === 'academic_writing'")
    assert one.page.locator("#undo").is_disabled()
    one.press("Control+z")
    other.press("Control+z")
    until(one.page, f"{CHOSEN} === 'creative_narrative'")


def test_another_pages_work_is_not_taken_for_this_ones(open_page, task, tmp_path) -> None:
    first = annotate(task, tmp_path / "one.html").path
    other = annotate(load_data(write_items(tmp_path / "two.jsonl", ITEMS[:2])), tmp_path / "two.html").path
    page = open_page(first.as_uri())
    page.keyboard.press("1")
    page.goto(other.as_uri())
    assert page.inner_text("#progress") == "0 of 2 done"
    page.goto(first.as_uri())
    assert page.inner_text("#progress") == "0 of 3 done · 1 begun"


BROKEN = ["{", "7", "null", '{"ranking": [[0, 0]], "met": [[], [], [], [], []]}', '{"ranking": [], "met": {}}']


def test_what_is_broken_in_the_storage_is_as_if_nothing_were_there(sheet) -> None:
    one = sheet()
    for value in BROKEN:
        one.press("a", "Shift+ArrowDown")
        assert len(one.ranking) == 1
        one.page.evaluate(
            "(value) => { for (const key of Object.keys(localStorage)) localStorage[key] = value; }", value
        )
        one.page.reload()
        assert (one.ranking, one.page.inner_text("#progress")) == ([], "0 of 3 done")


NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"


def test_without_storage_the_page_works_and_warns(browser, task, tmp_path) -> None:
    path = annotate(task, tmp_path / "page.html").path
    with watched(browser) as open_page:
        page = open_page("about:blank")
        page.add_init_script(NO_STORAGE)
        page.goto(path.as_uri())
        one, asked = Sheet(page, task), []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        assert "gives the page no room" in page.inner_text("#unkept")
        page.reload()
        assert asked == []  # nothing to lose yet
        page.fill("#name", "Ann")
        page.locator("#name").blur()
        one.rank_by_keys(["a1", "a2", "a3", "a4", "a5"])
        assert page.inner_text("#progress") == "1 of 3 done"
        assert len(rows(one.download(tmp_path))) == 1
        page.reload()
        assert asked == []  # it was downloaded
        one.press("1")
        page.reload()
        assert asked == ["beforeunload"]


def test_full_storage_is_told_for_as_long_as_it_is_full(sheet) -> None:
    one = sheet()
    assert one.page.locator("#unkept").is_hidden()
    one.page.evaluate(
        """() => {
          for (let size = 2 ** 22; size >= 1; size /= 2) {
            try { for (let n = 0; ; n += 1) localStorage.setItem(`full-${size}-${n}`, "x".repeat(size)); } catch {}
          }
        }"""
    )
    one.press("a", "Shift+ArrowDown")
    assert one.page.locator("#unkept").is_visible()
    one.page.evaluate(
        "() => { for (const key of Object.keys(localStorage)) if (key.startsWith('full')) delete localStorage[key]; }"
    )
    one.press("b", "Shift+ArrowDown")
    assert one.page.locator("#unkept").is_hidden()
    one.page.reload()
    assert len(one.ranking) == 2


# --- files


def test_going_on_from_a_file_on_another_machine(sheet, tmp_path) -> None:
    one, other = sheet(), sheet(apart=True)
    one.page.fill("#name", "Ann Ö. 王")
    one.page.locator("#name").blur()
    one.press(one.letter("a2").lower(), "=", one.letter("a1").lower(), "=", one.letter("a5").lower(), "Shift+ArrowDown")
    one.press("6", "ArrowRight", "2")
    path = one.download(tmp_path)
    assert path.name == "ratings-items-Ann-Ö.-王.jsonl"
    assert rows(path)[0]["category"] == "story"
    other.page.set_input_files("#import", path)
    until(other.page, "!document.getElementById('notice').hidden")
    assert other.page.inner_text("#notice") == "Taken from the file: ratings of 2 items."
    assert other.page.input_value("#name") == "Ann Ö. 王"
    assert other.ranking == [["a1", "a2"], ["a5"]]
    assert other.download(tmp_path / "again").read_bytes() == path.read_bytes()
    other.page.click("#undo")
    assert other.page.inner_text("#progress") == "0 of 3 done"


def line(item: str = "i1", who: str = "p", **more: Any) -> str:
    return json.dumps({"item_id": item, "annotator": who, **more}) + "\n"


BAD_FILES = [
    ("{]\n", "Line 1 of the file is no rating; nothing was taken from it."),
    (line(category="story") + line(ranking="a"), "Line 2 of the file is no rating; nothing was taken from it."),
    ("", "The file is empty."),
    (line(who="n" * 201, category="story"), "Line 1 of the file is no rating; nothing was taken from it."),
    (line(category="x") + line(who="<b>", category="x"), "The file has ratings by p, <b>. Enter your name first."),
    (
        line(ranking=["a1"]) + line("__proto__", category="story"),
        "Taken from the file: ratings of 0 items. 2 of its lines are not of this page and were left out.",
    ),
    (line(who="q", category="story"), "The file has ratings by q, and none by p."),  # whose name the last one gave
]


def test_what_a_file_cannot_give_is_told_in_one_line(sheet, tmp_path) -> None:
    one = sheet()
    for content, told in BAD_FILES:
        (tmp_path / "in.jsonl").write_text(content, encoding="utf-8")
        one.page.set_input_files("#import", tmp_path / "in.jsonl")
        until(one.page, f"document.getElementById('notice').textContent === {json.dumps(told)}")
        assert one.page.inner_text("#progress") == "0 of 3 done"


def test_a_file_needs_a_name_and_something_in_it(sheet) -> None:
    one = sheet()
    one.page.click("#download")
    assert one.page.inner_text("#notice").startswith("Enter your name first")
    one.page.keyboard.type("Ann")
    assert one.page.input_value("#name") == "Ann"
    one.page.click("#download")
    assert one.page.inner_text("#notice") == "Nothing has been rated yet."


def start_over(sheet: Sheet) -> None:
    sheet.page.once("dialog", lambda dialog: dialog.accept())
    sheet.page.click("#again")


def test_the_next_person_starts_over(sheet) -> None:
    one = sheet()
    one.page.fill("#name", "Ann")
    one.page.locator("#name").blur()
    one.press("a", "Shift+ArrowDown", "ArrowRight")
    start_over(one)
    assert (one.item.id, one.ranking, one.page.input_value("#name")) == ("i1", [], "")
    one.page.reload()
    assert one.page.inner_text("#progress") == "0 of 3 done"


def test_starting_over_is_undone_by_who_did_it_and_not_by_the_next_person(sheet, tmp_path) -> None:
    one = sheet()
    one.page.fill("#name", "Ann")
    one.page.locator("#name").blur()
    one.press("a", "Shift+ArrowDown")
    start_over(one)
    one.press("Control+z")
    assert (len(one.ranking), one.page.input_value("#name")) == (1, "Ann")
    start_over(one)
    one.press("2")
    one.page.fill("#name", "Bo")
    assert one.page.locator("#undo").is_enabled()
    one.page.locator("#name").blur()
    one.press("Control+z", "Control+z", "Control+z")
    assert (one.ranking, one.page.inner_text("#progress")) == ([], "0 of 3 done")
    one.page.fill("#name", "Ann")
    start_over(one)
    (tmp_path / "in.jsonl").write_text(line(who="Bo", category="story"), encoding="utf-8")
    one.page.set_input_files("#import", tmp_path / "in.jsonl")
    until(one.page, f"{CHOSEN} === 'story'")
    one.press("Control+z", "Control+z")
    assert (one.page.input_value("#name"), one.page.inner_text("#progress")) == ("Bo", "0 of 3 done")


# --- what others wrote, and how it looks


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>\n# not a heading\n**not bold** [link](javascript:alert(1))",
    "two\u2028lines\u2029and \u202eright to left\u202c, שלום עולם",
    "word " * 10_000,
    "W" * 3_000,
]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A page whose every text is of the worst kind, in a language of no letters that the page is in."""
    item = make_item("i1", KEPT, 5, instruction="&lt;b&gt; <b onclick=alert(1)>写一首诗</b>", language="zh")
    candidates = [c.model_copy(update={"response": text}) for c, text in zip(item.candidates, HOSTILE, strict=True)]
    requirements = [r.model_copy(update={"text": f"<i>{'长' * 300}</i>"}) for r in item.requirements]
    changes = {"candidates": tuple(candidates), "requirements": tuple(requirements), "category": "<u>" + "w" * 150}
    task = load_data(write_items(tmp_path / "items.jsonl", [item.model_copy(update={**changes, "id": "W" * 200})]))
    return annotate(task, tmp_path / "page.html").path


def test_hostile_texts_are_shown_letter_by_letter_and_widen_nothing(open_page, hostile) -> None:
    page = open_page("about:blank")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(hostile.as_uri())
    assert sorted(page.locator(".said").all_text_contents()) == sorted(HOSTILE)
    assert page.text_content("#instruction") == "&lt;b&gt; <b onclick=alert(1)>写一首诗</b>"
    assert page.locator("main :is(script, img, b[onclick], a, i, u)").count() == 0
    assert page.locator("main").inner_text().count("<u>www") >= 1
    assert {page.get_attribute(at, "lang") for at in ("#instruction", "#requirements .text", ".said")} == {"zh"}
    page.click("summary")
    for width in (360, 700, 1100, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0


def test_nothing_is_asked_of_anybody(open_page, sheet, serve, tmp_path) -> None:
    one = sheet(apart=True)
    one.page.fill("#name", "Ann")
    one.page.locator("#name").blur()
    one.press("1")
    one.download(tmp_path)
    page = open_page(f"{serve(tmp_path)}/page.html")
    page.keyboard.press("1")
    asked = [url for url in open_page.seen.requests if not url.startswith(("file:", "blob:"))]
    assert asked == [page.url]
    refused = page.evaluate("fetch('/page.html').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    open_page.seen.console.clear()  # the browser says that the page's policy refused it
    open_page.seen.failed.clear()


LOOKS = [((360, 740), "dark"), ((1100, 800), "light"), ((1440, 900), "light")]
"""As a phone, a small window and a large one show it; the last stays for the dialogs."""


def test_every_part_is_there_for_all_and_fits(sheet, axe) -> None:
    one = sheet(apart=True, reduced_motion="reduce")
    one.press("a", "Shift+ArrowDown", "b", "=", "c", "Shift+ArrowDown", "1")
    one.page.click("summary")
    moving = "(all) => all.filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"
    assert one.page.locator("*").evaluate_all(moving) == 0
    fits = "document.scrollingElement.scrollWidth <= innerWidth"
    for (width, height), colours in LOOKS:
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.emulate_media(color_scheme=colours)
        assert one.page.evaluate(fits)
        assert axe(one.page) == []
    for opener, dialog in (("#open-keys", "#keys"), ("#open-items", "#items")):
        one.page.click(opener)
        assert axe(one.page) == []
        one.page.set_viewport_size({"width": 360, "height": 740})
        assert one.page.evaluate(fits)
        assert one.page.locator(dialog).evaluate("(one) => one.scrollWidth <= one.clientWidth")
        one.page.click(f"{dialog} .close")


def test_on_paper_an_item_is_one_column(sheet) -> None:
    one = sheet(viewport=(1440, 900))
    one.page.emulate_media(media="print")
    brief, said = (one.page.locator(which).first.bounding_box() for which in (".brief", ".response"))
    one.page.emulate_media(media="screen")
    assert brief is not None
    assert said is not None
    assert (brief["x"], brief["width"]) == (said["x"], said["width"])
    assert brief["y"] + brief["height"] <= said["y"]


def test_without_javascript_the_page_says_so(open_page, task, tmp_path) -> None:
    page = open_page(annotate(task, tmp_path / "page.html").path.as_uri(), javascript=False)
    assert "needs JavaScript" in page.inner_text("body")
