"""Items made up for measuring, of a realistic size."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS = ["the", "a", "river", "city", "garden", "light", "year", "people", "small", "work", "story", "music"]
TYPES = ("length", "format", "style", "content")


def rows(n: int, candidates: int = 5, words: tuple[int, int] = (50, 150)) -> Iterator[dict[str, Any]]:
    """Items with five requirements and answers of so many words; from the sixth on, candidates kept nothing."""
    rng = random.Random(1)
    for number in range(n):
        item: dict[str, Any] = {
            "id": f"i{number}",
            "category": rng.choice("abcdef"),
            "language": rng.choice(["en", "zh"]),
            "instruction": "Write something.",
            "requirements": [
                {"id": f"c{k}", "type": rng.choice(TYPES), "text": f"Do thing {k} in a good way."} for k in range(1, 6)
            ],
        }
        item["candidates"] = [
            {
                "id": f"a{k}",
                "kept": [f"c{j}" for j in range(1, 7 - k)],
                "response": " ".join(rng.choices(WORDS, k=rng.randint(*words))),
            }
            for k in range(1, candidates + 1)
        ]
        yield item


def write(path: Path, n: int, candidates: int = 5, words: tuple[int, int] = (50, 150)) -> Path:
    """A file of them."""
    with path.open("w", encoding="utf-8") as file:
        for item in rows(n, candidates, words):
            file.write(json.dumps(item) + "\n")
    return path
