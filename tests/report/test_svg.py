from __future__ import annotations

import logging
import re
import sys
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from weval.report.svg import FILL, INK, OTHER, blank, can_draw, drawing, inline, placeholder

HOSTILE = "</svg><script>alert(1)</script>$\\frac{"


def chart(name: str = "c", label: str = "what it shows", names: tuple[str, ...] = ("one", "two", "three")) -> str:
    with drawing():
        figure, axes = blank(left=60)
        axes.plot([1, 2, 3], [-2.123456, 3, 1], "o", color=FILL)
        axes.vlines([1, 2, 3], [1, 2, 0], [3, 4, 2], color=OTHER)
        axes.set_xticks([1, 2, 3], [placeholder(index) for index in range(3)])
        return str(inline(figure, name, label, names))


def test_a_chart_is_an_image_with_words_that_scales() -> None:
    root = ElementTree.fromstring(chart(label='a "finding" <1>'))
    assert root.tag == "svg"
    assert root.attrib == {"viewBox": "0 0 374 216", "role": "img", "aria-label": 'a "finding" <1>'}


def test_nothing_is_left_of_what_draws_nothing() -> None:
    svg = chart()
    assert not re.search(r"<\?|<!|<style|<metadata|matplotlib|DejaVu|xlink|xmlns|<g ?/>", svg)
    assert len(svg) < 5_000
    assert not re.search(r"\d\.\d{3}", svg)


def test_colours_are_those_of_the_page() -> None:
    svg = chart()
    assert not re.search(r"(fill|stroke): ?(#|rgb|black|white)", svg)
    assert {"var(--ink)", "var(--soft)", "var(--fill)", "var(--other)"} == {*re.findall(r"var\([\w-]+\)", svg)}


def test_ids_are_few_and_of_this_chart_alone() -> None:
    root = ElementTree.fromstring(chart("mine"))
    ids = [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
    used = {
        found for node in root.iter() for value in node.attrib.values() for found in re.findall(r"#([\w-]+)", value)
    }
    assert sorted(ids) == sorted(used)
    assert all(name.startswith("mine-") for name in ids)


def test_names_are_text_and_never_mathematics_or_markup() -> None:
    svg = chart(names=(HOSTILE, "写作" * 20, "\x1b[0m\u202e"))
    texts = [node.text or "" for node in ElementTree.fromstring(svg).iter("text")]
    assert texts[:3] == ["</svg><script>alert(1)<…", "写作" * 5 + "写…", r"\x1b[0m\u202e"]
    assert "<script" not in svg


def test_a_chart_is_the_same_twice_and_whatever_the_user_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = chart()
    monkeypatch.setitem(mpl.rcParams, "font.size", 30)
    monkeypatch.setitem(mpl.rcParams, "axes.facecolor", "red")
    assert chart() == before
    assert mpl.rcParams["font.size"] == 30


def test_marks_that_look_alike_say_it_once() -> None:
    with drawing():
        figure, axes = blank(left=60)
        axes.plot(range(500), range(500), "o", color=INK, alpha=0.4)
        svg = str(inline(figure, "dots", "dots"))
    assert svg.count("<use") > 500
    assert svg.count("opacity:0.4") <= 3


def test_matplotlib_says_nothing_meanwhile_and_may_speak_again(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("matplotlib.font_manager")
    with drawing():
        logger.warning("building the font cache")
    assert not caplog.records
    logger.warning("now")
    assert [record.message for record in caplog.records] == ["now"]


def test_without_matplotlib_nothing_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_draw()
    for name in [*sys.modules]:
        if name.partition(".")[0] == "matplotlib":
            monkeypatch.setitem(sys.modules, name, None)
    assert not can_draw()
