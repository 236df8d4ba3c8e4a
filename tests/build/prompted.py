"""Builds whose earlier files were put there by hand: what prompts, references and pairs start from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.factories import write_rows
from weval.build import BuildSpec, Done, build
from weval.run import Watcher

HEAD = {"name": "tea", "title": "Tea", "description": "Requests about tea."}

FILES = {"requirements": "drafts.jsonl", "prompts": "prompts.jsonl", "verify": "items.jsonl"}


class Notes(Watcher):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def notice(self, text: str) -> None:
        self.notes.append(text)


def put(root: Path, step: str, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Writes rows where a step would have."""
    path = root / "build" / step / FILES[step]
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_rows(path, rows)


def made(root: Path, step: str, watcher: Watcher | None = None, fresh: bool = False, **sections: Any) -> Done:
    """Makes a step of a recipe with these sections."""
    recipe = root / "tea.yaml"
    recipe.write_text(json.dumps(HEAD | sections), encoding="utf-8")  # JSON is YAML
    return build(BuildSpec(step, str(recipe), out=root / "build", fresh=fresh), watcher)[-1]


def lines(path: Path) -> list[Any]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def left_out(done: Done) -> dict[str, str]:
    """Why each was left out, by id."""
    return {row["id"]: row["reason"] for row in lines(done.file.with_name("left_out.jsonl"))}


def draft(name: str, instruction: str, *requirements: str, **more: Any) -> dict[str, Any]:
    """A draft whose requirements have these texts."""
    named = [{"id": f"c{n}", "text": text} for n, text in enumerate(requirements or ("Name a pot.",), start=1)]
    return {"id": name, "instruction": instruction, "requirements": named, "language": "en", **more}
