"""The page as a file."""

from __future__ import annotations

import hashlib
import html
import json
import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items
from weval.annotate import AnnotateOptions, annotate
from weval.annotate.contents import contents
from weval.annotate.writing import SCRIPTS, default_path, page
from weval.errors import ConfigError, ResultError
from weval.tasks import load_data, load_task
from weval.types import Item

NASTY = (
    "</script><script>alert(1)</script><!--<script> <img src=x onerror=alert(1)> & \u2028\u2029 \u202egnp.exe "
    "$title ${items}"
)


def written(folder: Path, *items: Item, name: str = "items") -> str:
    return page(contents(load_data(write_items(folder / f"{name}.jsonl", items))))


def elements(text: str, tag: str) -> list[str]:
    """What stands in the elements of that name, as a browser takes it: up to the first end tag."""
    return re.findall(rf"<{tag}[^>]*>(.*?)</{tag}", text, re.DOTALL)


def data(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(elements(text, "script")[0])
    return found


def test_the_page_is_one_file_that_its_own_policy_lets_run_and_nothing_else(tmp_path: Path) -> None:
    text = written(tmp_path, make_item())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        digest = b64encode(hashlib.sha256(elements(text, tag)[-1].encode()).digest()).decode()
        assert rules.pop(rule) == f"'sha256-{digest}'"
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    assert len(elements(text, "script")) == 2
    assert len(elements(text, "style")) == 1
    assert not re.findall(
        r"""\b(?:src|href)=["'](?!#)|@import|url\(|innerHTML|insertAdjacentHTML|\beval\(| on\w+=""", text
    )
    assert "http://" not in text
    assert "https://" not in text


def test_foreign_texts_end_no_element_and_come_back_letter_by_letter(tmp_path: Path) -> None:
    item = make_item("i1", instruction=NASTY, category=NASTY[:150])
    candidates = tuple(c.model_copy(update={"response": f"{NASTY}{c.id}"}) for c in item.candidates)
    text = written(tmp_path, item.model_copy(update={"candidates": candidates, "id": NASTY[:100]}))
    assert text.count("<script") == text.count("</script") == 2
    assert text.count("<!--") == 0
    assert "alert(1)</" not in text
    assert not {"\u2028", "\u2029", "\u202e"} & {*text}
    (shown,) = data(text)["items"]
    assert (shown["id"], shown["instruction"]) == (NASTY[:100], NASTY)
    assert sorted(r["text"] for r in shown["responses"]) == [f"{NASTY}a{n}" for n in (1, 2, 3)]


def test_a_task_with_a_nasty_name_is_a_title_only(tmp_path: Path) -> None:
    name = '<b onclick=1>&"$style'
    text = written(tmp_path, make_item(), name=name)
    assert elements(text, "title") == [f"{html.escape(name)} own-data · rate responses"]
    assert "<b onclick" not in text


def test_gold_is_nowhere_in_the_source() -> None:
    task = load_task("weval-mini")
    text = page(contents(task))
    known = data(text)
    assert set(known) == {"task", "version", "categories", "items"}
    for item, shown in zip(task.items(), known["items"], strict=True):
        assert set(shown) == {"id", "language", "instruction", "requirements", "responses"}
        assert all(set(response) == {"id", "text"} for response in shown["responses"])
        assert all(re.fullmatch("shown-[0-9a-f]{24}", response["id"]) for response in shown["responses"])
        assert item.category not in {value for value in shown.values() if isinstance(value, str)}
    rest = text.replace(elements(text, "script")[0], "")
    assert not re.search(r"""\ba[1-5]\b|["'](kept|gold|check)["']""", rest)


def test_the_same_task_gives_the_same_page_and_another_seed_another() -> None:
    task = load_task("weval-mini")
    assert page(contents(task, 3)) == page(contents(task, 3)) != page(contents(task, 3, AnnotateOptions(seed=1)))


def test_what_is_written_is_told(tmp_path: Path) -> None:
    task = load_data(write_items(tmp_path / "tea.jsonl", [make_item("i1"), make_item("i2")]))
    found = annotate(task, tmp_path / "new" / "page.html", 1)
    assert (found.n_items, found.n_responses, found.size_bytes) == (1, 3, found.path.stat().st_size)
    assert found.path.read_text(encoding="utf-8") == page(contents(task, 1))


def test_without_a_name_the_page_lies_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert annotate(load_task("weval-mini"), limit=1).path == Path("annotate-weval-mini.html")
    assert Path("annotate-weval-mini.html").is_file()


def test_no_name_of_a_task_leads_elsewhere(tmp_path: Path) -> None:
    task = load_data(write_items(tmp_path / "tea.jsonl", [make_item()]))
    assert default_path(replace(task, name="x/../../tea: 茶")) == Path("annotate-x-..-..-tea-茶.html")


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    task = load_data(write_items(tmp_path / "tea.jsonl", [make_item()]))
    with pytest.raises(ConfigError, match="--limit 0: at least 1"):
        annotate(task, tmp_path / "x.html", 0)
    with pytest.raises(ResultError, match="cannot write"):
        annotate(task, tmp_path / "tea.jsonl" / "x.html")


def test_every_script_is_in_the_page(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "weval" / "annotate" / "page"
    assert sorted(path.name for path in folder.glob("*.js")) == sorted(SCRIPTS)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*SCRIPTS, "page.css", "page.html"])
