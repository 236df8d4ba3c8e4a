"""Links that hold on GitHub and in the site: what lies outside docs/ is taken into the site, or is downloaded."""

from __future__ import annotations

import re
from os.path import relpath
from pathlib import Path, PurePosixPath

CARDS = {"tasks": "cards", "training_recipes": "recipes"}
"""Rooms whose folders each have a card, and where these lie in the site's reference."""

PROJECT = {"CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changelog", "SECURITY.md": "security"}

_FENCE = re.compile(r"(^(`{3,}|~{3,})[^\n]*\n.*?^\2`*[ ]*$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|//|#)([^)\s#]+)(#[^)\s]*)?\)")


def taken_in(root: Path) -> dict[str, str]:
    """Files outside docs/ that are pages of the site: path in the repository, and page below docs/."""
    cards = {
        path.relative_to(root).as_posix(): f"reference/{place}/{path.parent.name}.md"
        for room, place in CARDS.items()
        for path in sorted((root / room).glob("*/README.md"))
    }
    return cards | {name: f"reference/project/{page}.md" for name, page in PROJECT.items() if (root / name).is_file()}


def turned(text: str, source: str, page: str, root: Path) -> str:
    """The text of a file with its links as the site has them. `source` is its path in the repository, `page` in docs/.

    A link to a page, or to what is taken in, leads there; one to another file is left to be downloaded; of one to a
    folder the words are left.
    """
    pages = taken_in(root) | {"README.md": "index.md"}

    def led(found: re.Match[str]) -> str:
        image, words, path, anchor = found.groups()
        target = PurePosixPath(relpath(root / PurePosixPath(source).parent / path, root)).as_posix()
        if (root / target).is_dir():
            return words
        place = pages.get(target, target.removeprefix("docs/") if target.startswith("docs/") else f"../{target}")
        return f"{image}[{words}]({relpath(place, PurePosixPath(page).parent)}{anchor or ''})"

    parts = _FENCE.split(text)  # every third is a fence, and the one after it its marks
    kept = [part if i % 3 == 1 else _LINK.sub(led, part) for i, part in enumerate(parts) if i % 3 != 2]
    return "".join(kept)
