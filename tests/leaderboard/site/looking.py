"""What is in a built site, for who looks: pages as elements, data scripts as JSON, all files as bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "path", "col"})


@dataclass
class Element:
    """An element with what is in it; `text` is all of its text."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """The elements in it with this tag and these attributes, in order; `_` stands for a hyphen, `class_` for it."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self._inner()
            if tag in ("", element.tag) and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def _inner(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._inner()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is there twice"
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parsed(text: str) -> Element:
    """A page. Fails where its elements are not closed as they were opened: something broke out of its place."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader._open == [reader.root]
    return reader.root


@cache
def page(path: Path) -> Element:
    """A page of a site that is not changed."""
    return parsed(path.read_text(encoding="utf-8"))


def files(site: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


def times(site: Path) -> dict[str, int]:
    """When each file below a folder was last changed."""
    return {path.relative_to(site).as_posix(): path.stat().st_mtime_ns for path in site.rglob("*")}


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def data(text: str, name: str) -> Any:
    """What a data script hands to the page: JSON behind one assignment, under this name."""
    head = f"(window.wevalData ??= {{}})[{json.dumps(name)}] = "
    assert text.startswith(head) and text.endswith(";\n")
    return json.loads(text[len(head) : -2])


def cells(site: Path, model: str, path: str = "tables/weval-mini.html") -> dict[str, Element]:
    """The cells of a model's row in a table, by column."""
    table = page(site / path).all("table", id="board")[0]
    heads = [str(head.attributes["data-column"]) for head in table.all("thead")[0].all("th")]
    row = table.all("tr", id=f"row_{model}")[0]
    found = [child for child in row.children if isinstance(child, Element)]
    assert len(found) == len(heads)
    return dict(zip(heads, found, strict=True))


def seen(cell: Element) -> str:
    """What stands in a cell for who looks."""
    value = cell.all("span", class_="value")
    return (value[0] if value else cell).text.strip()
