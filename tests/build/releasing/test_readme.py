"""The card to read: the Hub's front matter, and other people's words that stay words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.build.answered import made, put, rows
from weval.build.releasing.datacard import DataCard, SeedSource
from weval.build.releasing.readme import LICENCES, md, readme, table
from weval.files import read_json, read_yaml
from weval.tasks import TaskSpec

HOSTILE = (
    "</td><script>alert(1)</script> **bold** [x](javascript:alert(1)) ![i](http://evil.example/a.png) `c` | a\n# h"
)


@pytest.fixture(scope="module")
def made_of(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataCard, TaskSpec]:
    """The card and the task of an export."""
    root = tmp_path_factory.mktemp("export")
    put(root, rows(4))
    for step in ("verify", "card", "export"):
        made(step, root)
    folder: Path = root / "build" / "export"
    return read_json(folder / "card.json", DataCard), read_yaml(folder / "task.yaml", TaskSpec)


def front(text: str) -> Any:
    _, said, _ = text.split("---\n", 2)
    return yaml.safe_load(said)


def test_the_hub_finds_the_rows_and_the_licence(made_of: tuple[DataCard, TaskSpec]) -> None:
    said = front(readme(*made_of, {}))
    assert (said["license"], said["language"], said["size_categories"]) == ("cc-by-4.0", ["en"], ["n<1K"])
    assert [one["config_name"] for one in said["configs"]] == ["items", "released"]
    assert said["configs"][0]["data_files"] == [{"split": "test", "path": "items.jsonl"}]
    assert [one["config_name"] for one in front(readme(*made_of, None))["configs"]] == ["items"]


@pytest.mark.parametrize(
    ("licence", "shown"),
    [
        ("ODC-BY", {"license": "odc-by"}),
        ("Our Own Terms, 2026", {"license": "other", "license_name": "our-own-terms-2026"}),
        ("…", {"license": "other", "license_name": "not-stated"}),
    ],
)
def test_a_licence_that_the_hub_does_not_know_has_a_name(
    made_of: tuple[DataCard, TaskSpec], licence: str, shown: dict[str, str]
) -> None:
    card, spec = made_of
    said = front(readme(card.model_copy(update={"licence": licence}), spec, {}))
    assert {name: said[name] for name in said if name.startswith("license")} == shown
    assert "cc-by-4.0" in LICENCES


def test_the_figures_are_those_of_the_card(made_of: tuple[DataCard, TaskSpec]) -> None:
    text = readme(*made_of, {"group_size": "3"})
    assert "4 items, 12 answers, 12 requirements." in text
    assert "| verify | 4 | – | – | 0 | – |" in text
    assert "| mechanical checks | length | 100.0 %" in text
    assert "`--set group_size=3`" in text
    assert "answer: answers.jsonl put there or edited by hand" in text.replace("\\", "")


def test_bad_replies_are_counted(made_of: tuple[DataCard, TaskSpec]) -> None:
    card, spec = made_of
    (step,) = card.steps
    assert "not taken" not in readme(card, spec, {})
    replies = {"few_types": 2, "no_json": 1, "sound": 4}
    said = readme(card.model_copy(update={"steps": (step.model_copy(update={"replies": replies}),)}), spec, {})
    assert "verify: 3 of 7 replies were not taken: 2 few types, 1 no json." in said


def test_other_peoples_words_stay_words(made_of: tuple[DataCard, TaskSpec]) -> None:
    card, spec = made_of
    source = SeedSource(name=HOSTILE, licence=HOSTILE, revision=HOSTILE, n_items=1)
    hostile = card.model_copy(
        update={
            "title": HOSTILE,
            "description": HOSTILE,
            "licence": HOSTILE,
            "categories": {HOSTILE: 4},
            "warnings": (HOSTILE,),
            "sources": (source,),
        }
    )
    text = readme(hostile, spec.model_copy(update={"languages": ("en", HOSTILE)}), {})
    assert front(text)["language"] == ["en"]
    body = text.split("---\n", 2)[2]
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    for markup in ("<script", "<strong>bold", "<a ", "<img", "<code>c</code>", "<h1>h"):
        assert markup not in page, markup
    assert page.count("<h1>") == 1
    assert page.count("&lt;script&gt;alert(1)") >= 6
    for tables in page.split("<table>")[1:]:
        rows_of_it = tables.partition("</table>")[0].split("<tr>")[1:]
        assert len({row.count("<td>") + row.count("<th>") for row in rows_of_it}) == 1, "no cell of its own"


def test_addresses_do_not_become_links() -> None:
    assert "http:" not in md("see http://evil.example") and "www." not in md("www.evil.example")
    assert md("a\x1b[31m\u202eb").isprintable()
    assert len(md("x" * 1000)) == 301


def test_a_table_has_its_cells() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
