"""What the site has beside the pages of docs/: a reference made from the code, cards, and the contents by part.

At the start of a build `docs/reference/` is written: pages about what the code knows itself, and the cards and project
files that lie outside docs/. Links that lead out of docs/ are turned to these while pages are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygments.lexers.data import JsonLexer

from weval_site import api, choices, commands, contents, failures, formats, links, settings

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "reference"
"""Where in docs/ the pages are written that are made. Git ignores it."""

MADE = {
    "commands": commands.page,
    "settings": settings.page,
    "models": choices.models_page,
    "tasks": choices.tasks_page,
    **{f"formats-{name}": page for name, page in formats.PAGES.items()},
    "api": api.page,
    "errors": failures.page,
}
"""By name, what writes a page made from the code."""


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_lexer("jsonl", JsonLexer)
    app.connect("builder-inited", _write)
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}


def _write(app: Sphinx) -> None:
    docs = Path(app.srcdir)
    pages = {f"{FOLDER}/{name}.md": make() for name, make in MADE.items()}
    for source, page in links.taken_in(docs.parent).items():
        pages[page] = links.turned((docs.parent / source).read_text(encoding="utf-8"), source, page, docs.parent)
    for name, text in pages.items():
        _keep(docs / name, text)
    for file in (docs / FOLDER).rglob("*.md"):
        if file.relative_to(docs).as_posix() not in pages:
            file.unlink()


def _keep(file: Path, text: str) -> None:
    """Writes what has changed, so that Sphinx reads no page again that is as it was."""
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    page = f"{name}.md"
    if page.startswith(f"{FOLDER}/"):
        return
    root = Path(app.srcdir).parent
    text = links.turned(source[0], f"docs/{page}", page, root)
    source[0] = contents.filled(text, FOLDER, tuple(MADE), links.taken_in(root)) if name == "index" else text
