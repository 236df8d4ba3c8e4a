"""A build whose drafts, queries and answers are there, put there by hand: what verify starts from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weval.build import BuildSpec, Done, build
from weval.build.dropout import kept_sets
from weval.types import joined

RECIPE = """\
name: tea
version: "2"
title: Requests about tea
description: Short texts, with one requirement or more of three.
licence: CC-BY-4.0
"""

REQUIREMENTS = (
    {"id": "c1", "type": "length", "text": "Write at most 30 words.", "check": {"kind": "word_count", "max": 30}},
    {"id": "c2", "type": "content", "text": "Name a pot.", "check": {"kind": "contains", "any": ["pot"]}},
    {"id": "c3", "type": "style", "text": "Be warm."},
)

TOPICS = ("harbours", "violins", "glaciers", "postmen", "orchards", "engines")

WORDS = {
    "harbours": "Gulls cry over wet stone while ferries wait for the turning tide at dusk",
    "violins": "Old spruce remembers wind and gives it back under a careful bow each evening",
    "glaciers": "Blue ice moves without hurry and grinds whole mountains into milk for rivers",
    "postmen": "Letters travel in leather past barking gates to hands that hoped for news",
    "orchards": "Apples fall at night so quietly that only hedgehogs learn of their ripeness",
    "engines": "Pistons hammer grease into song until the station clock outlasts every whistle",
}


def text_of(number: int, topic: str, kept: tuple[str, ...]) -> str:
    """An answer that meets what it kept and nothing else of what can be checked; no two are alike."""
    words = WORDS[topic].split()
    turned = " ".join([*words[number * 3 :], *reversed(words[: number * 3])])
    pot = " A pot steams." if "c2" in kept else ""
    more = "" if "c1" in kept else " " + " ".join(f"{word}{number}" for word in words * 3)
    return f"{turned}.{pot}{more}"


def rows(n: int = 3, **draft: Any) -> dict[str, list[dict[str, Any]]]:
    """Drafts, queries and answers of n items by step; dropout is nested, so all three requirements are seen."""
    found: dict[str, list[dict[str, Any]]] = {"requirements": [], "dropout": [], "answer": []}
    for number, topic in enumerate(TOPICS[:n], start=1):
        name = f"i{number}"
        instruction = f"Write about {topic}."
        one = {"id": name, "language": "en", "category": "creative", "instruction": instruction, **draft}
        found["requirements"].append({**one, "requirements": REQUIREMENTS, "source": "seeds.jsonl"})
        for place, kept in enumerate(kept_sets(("c1", "c2", "c3"), 0, name, nested=False)):
            said = (r["text"] for r in REQUIREMENTS if r["id"] in kept)
            where = {"item_id": name, "candidate_id": f"a{place + 1}"}
            found["dropout"].append({**where, "kept": kept, "query": joined("en", instruction, *map(str, said))})
            found["answer"].append({**where, "response": text_of(place, topic, kept)})
    return found


FILES = {"seeds": "seeds.jsonl", "requirements": "drafts.jsonl", "dropout": "queries.jsonl", "answer": "answers.jsonl"}


def put(root: Path, content: Mapping[str, list[dict[str, Any]]], recipe: str = RECIPE) -> Path:
    """Writes the rows where the steps would have, and the recipe beside them; gives the recipe."""
    for step, lines in content.items():
        path = root / "build" / step / FILES[step]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    path = root / "tea.yaml"
    path.write_text(recipe, encoding="utf-8")
    return path


def made(step: str, root: Path, **settings: str) -> Done:
    """The step of the build that was put there."""
    spec = BuildSpec(
        step, str(root / "tea.yaml"), {k.replace("__", "."): v for k, v in settings.items()}, root / "build"
    )
    return build(spec)[-1]


def lines(path: Path) -> list[Any]:
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
