from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.browsing import seen_in_browser
from tests.report.conftest import HOSTILE
from tests.report.reader import read
from tests.report.reproductions import check, worst
from weval.report.reproduced import write_reproduction
from weval.report.reproduced_page import drawings, reproduced_page
from weval.report.reproduced_wording import CHECK
from weval.reproduce.outcome import Reproduction

LIMIT = 1_500_000


def words(html: str) -> str:
    """The text of a page, without its style."""
    body = html[html.index("<body>") : html.index("</body>")] + "</body>"
    return " ".join(read(body).text.split())


def test_the_page_loads_nothing_and_is_the_same_twice(found: Reproduction, folder: Path) -> None:
    html = reproduced_page(found, folder)
    reader = read(html)
    assert not {"script", "img", "link", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert "default-src 'none'" in html
    assert html == reproduced_page(found, folder)
    assert len(html.encode()) < LIMIT


def test_every_figure_is_on_the_page_with_its_verdict(found: Reproduction) -> None:
    text = words(reproduced_page(found))
    assert "Correlation85.491.783.3 … 98.3" in text
    for said in (
        "+6.3within58.347.0 … 67.5",
        "-97.3outside",
        "94.6––",
        "4 within, 9 outside, 0 not compared, 8 not run",
    ):
        assert said in text
    assert "Our-RM-7B: not run: t4-blocked: needs 1 GPU, here is none" in text
    assert "On WEval-mini." in text
    assert "Published in From Coarse to Fine" in text


def test_ours_is_drawn_as_an_interval_and_the_published_value_as_a_mark(found: Reproduction) -> None:
    reader = read(reproduced_page(found))
    drawn = [attributes for attributes in reader.attributes("span") if attributes.get("class") == "bar"]
    n_figures = sum(cell.released is not None for table in found.tables for row in table.rows for cell in row.cells)
    assert len(drawn) == n_figures == 13
    assert drawn[4]["aria-label"] == "91.7, 95 % interval 83.3 … 98.3, published 85.4"
    marks = [attributes for attributes in reader.attributes("span") if attributes.get("class") == "printed"]
    assert len(marks) == n_figures
    for attributes in reader.attributes("span"):
        for percent in re.findall(r"([\d.-]+)%", attributes.get("style") or ""):
            assert 0 <= float(percent) <= 100


def test_a_drawing_has_things_where_they_are(found: Reproduction) -> None:
    drawn = drawings(found.tables[1])
    judge, critic = (drawn[name, "correlation"] for name in ("Qwen2.5-7B-Instruct-as-a-judge", "Writing-Critic-7B"))
    assert ("Our-RM-7B", "correlation") not in drawn
    assert judge.printed is not None and critic.printed is not None
    assert judge.start < judge.printed < judge.at < judge.start + judge.width
    assert critic.start + critic.width < critic.printed
    cell = found.tables[1].rows[0].cells[0]
    other = found.tables[1].rows[1].cells[0]
    assert cell.released and other.released and cell.published and other.published
    scale = (judge.printed - critic.printed) / (cell.published - other.published)
    assert judge.at - critic.at == pytest.approx(scale * (cell.released.value - other.released.value))


def test_a_check_says_so_on_top_and_compares_nothing(folder: Path, found: Reproduction) -> None:
    html = reproduced_page(check(folder))
    reader = read(html)
    text = words(html)
    assert text.index(CHECK) < text.index("Table 1")
    assert not any(attributes.get("class") == "printed" for attributes in reader.attributes("span"))
    for word in ("verdict", "difference", "85.4", "94.6", "97.3", "within", "outside"):
        assert word not in text.replace("differences and verdicts", "")
    assert "Correlation91.783.3 … 98.358.347.0 … 67.5" in text
    assert "checks instead of a judge" in text  # what stands there
    assert "not run" in text


def test_steps_have_their_state_command_time_and_files(found: Reproduction, folder: Path) -> None:
    (folder / "steps" / "t4-rules-00000000" / "log.txt").write_text("said\n")
    write_reproduction(found, folder)
    reader = read((folder / "index.html").read_text())
    links = [str(attributes["href"]) for attributes in reader.attributes("a")]
    assert "steps/t4-rules-00000000/made/scores.jsonl" in links
    assert "steps/t4-rules-00000000/log.txt" in links
    assert "steps/good-00000000/made/replies.jsonl" in links
    assert "tables.csv" in links
    for link in links:
        assert (folder / link).is_file()
    text = words((folder / "index.html").read_text())
    assert (
        "t4-ruleschecks instead of a judge commandweval run --out out/steps/t4-rules-00000000/made done1 min 2 s"
        in text
    )
    assert "blocked: needs 1 GPU, here is none" in text


def test_hostile_words_are_shown_and_never_run(found: Reproduction, folder: Path) -> None:
    html = reproduced_page(worst(found), folder)
    reader = read(html)
    assert "<script" not in html
    assert "<img" not in html
    assert HOSTILE in reader.text
    assert "\x1b" not in html and "\u202e" not in html
    assert len(html.encode()) < LIMIT
    assert not any(".." in str(attributes["href"]) for attributes in reader.attributes("a"))


@pytest.mark.parametrize("place", ["../up", "/etc", "steps/../../up"])
def test_a_folder_that_lies_elsewhere_is_not_linked(found: Reproduction, tmp_path: Path, place: str) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "log.txt").touch()
    steps = (found.steps[0].model_copy(update={"folder": place}),)
    reader = read(reproduced_page(found.model_copy(update={"steps": steps}), tmp_path / "here"))
    assert not any("log.txt" in str(attributes["href"]) for attributes in reader.attributes("a"))


def test_an_address_is_quoted(found: Reproduction, tmp_path: Path) -> None:
    place = tmp_path / "a b:<c>" / "made"
    place.mkdir(parents=True)
    (place / "scores.jsonl").touch()
    steps = (found.steps[0].model_copy(update={"folder": "a b:<c>"}),)
    reader = read(reproduced_page(found.model_copy(update={"steps": steps}), tmp_path))
    assert "a%20b%3A%3Cc%3E/made/scores.jsonl" in [attributes["href"] for attributes in reader.attributes("a")]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_in_a_browser(found: Reproduction, folder: Path, tmp_path: Path, width: int) -> None:
    for html in (reproduced_page(found, folder), reproduced_page(worst(found))):
        assert seen_in_browser(html, width, tmp_path) == "[true,[],0]"
