"""The contents of the site: the parts of docs/index.md, each with the pages that its table links to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

PARTS = ("Tutorial", "How-to", "Reference", "Explanation")
"""Headings of docs/index.md, and captions of the site."""

_ROW = re.compile(r"^\| \[[^\]]*\]\(([\w-]+)\.md\)", re.MULTILINE)


def part_of(index: str, part: str) -> str:
    """The text below a heading of the index, up to the next. Raises ValueError where there is no such heading."""
    found = re.search(rf"^## {re.escape(part)}\n(.*?)(?=^## |\Z)", index, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"docs/index.md has no part {part}")
    return found[1]


def pages_of(index: str, part: str) -> list[str]:
    """The pages that the rows of a part's table begin with, in order."""
    return _ROW.findall(part_of(index, part))


def filled(index: str, folder: str, made: Sequence[str], taken_in: Mapping[str, str]) -> str:
    """The index with a contents tree for each of its parts, and one of the project; what is made ends the reference."""
    trees = {part: pages_of(index, part) for part in PARTS}
    trees["Reference"] += [f"{folder}/{name}" for name in made]
    trees["Cards"] = [page.removesuffix(".md") for page in taken_in.values() if "/project/" not in page]
    trees["Project"] = [page.removesuffix(".md") for page in taken_in.values() if "/project/" in page]
    listed = "".join(f"| [](<{folder}/{PurePosixPath(name)}.md>) |\n" for name in made)
    index = index.replace("\n## Explanation\n", f"\n| made from the code |\n|---|\n{listed}\n## Explanation\n", 1)
    return index + "".join(_tree(caption, pages) for caption, pages in trees.items())


def _tree(caption: str, pages: Sequence[str]) -> str:
    listed = "\n".join(pages)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n:maxdepth: 1\n\n{listed}\n```\n"
