"""The page itself: one file with its style, its script and its items, which loads nothing and needs no network."""

from __future__ import annotations

import hashlib
import html
import json
from base64 import b64encode
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from weval.annotate.contents import AnnotateOptions, Contents, contents
from weval.errors import ConfigError
from weval.files import as_file_name, write_text
from weval.tasks import Task

SCRIPTS = ("ranking.js", "entries.js", "keeping.js", "lines.js", "board.js", "item.js", "overview.js", "main.js")
"""One script, in parts that follow on each other."""

_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""What could end the element that the items stand in, or begin another."""


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written. `digest` is of its contents: the same for pages on which the same is seen."""

    path: Path
    n_items: int
    n_responses: int
    size_bytes: int
    digest: str


def annotate(
    task: Task, out: Path | None = None, limit: int | None = None, options: AnnotateOptions | None = None
) -> Written:
    """Writes the page of a task, or of its first `limit` items, and says what is on it.

    Without `out` it lies in the current folder and is called by the task. Raises ConfigError for a limit below 1, and
    ResultError where the file cannot be written.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit {limit}: at least 1")
    found = contents(task, limit, options)
    path, text = out or default_path(task), page(found)
    write_text(path, text)
    n_responses = sum(len(item.responses) for item in found.items)
    return Written(path, len(found.items), n_responses, len(text.encode()), found.digest)


def default_path(task: Task) -> Path:
    """Where a page lies if nobody says: in the current folder, whatever somebody's task.yaml calls the task."""
    return Path(f"annotate-{as_file_name(task.name)}.html")


def page(found: Contents) -> str:
    """The page as HTML, the same for the same contents. ASCII, but for the task's name and what we wrote ourselves."""
    style, script = _file("page.css"), "\n".join(map(_file, SCRIPTS))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(_file("page.html")).substitute(
        policy=policy,
        title=html.escape(f"{found.task} {found.version}"),
        style=style,
        script=script,
        digest=found.digest,
        items=_embedded(found),
    )


def _file(name: str) -> str:
    return (resources.files("weval.annotate") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a content security policy names what stands in the page itself."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _embedded(found: Contents) -> str:
    """The contents as JSON without a letter that HTML, or the reader of its source, could take for anything else."""
    return json.dumps(found.model_dump(mode="json"), separators=(",", ":")).translate(_ESCAPED)
