"""`weval build seeds` and `filter` on made-up prompts: seconds by seeds.

Without a model, texts are embedded by counting hashed words, which costs next to nothing: what remains is our own work.
Memory is to stay below 1 GB with 100,000 seeds, and to grow by less than 200 bytes for each further one.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.benchmarks.records import Measured
from tests.benchmarks.timing import growing

PLACES = ("harbour", "bakery", "orchard", "railway", "museum", "school", "clinic", "theatre", "garden", "library")
SUBJECTS = [f"{kind} {place}" for kind in ("old", "new", "small", "lost", "warm", "blue") for place in PLACES]
FORMS = {
    "creative_narrative": ["short story", "song", "film script", "fairy tale"],
    "structured_plans": ["project plan", "workflow", "step guide", "outline"],
    "academic_writing": ["essay", "white paper", "literature review", "thesis chapter"],
    "discussion_expression": ["debate", "interview", "dialogue", "board thread"],
    "informational_practical": ["user manual", "formal letter", "business report", "policy"],
}


def measure(quick: bool) -> Measured:
    """Each step in a process of its own; `again`: every seed has its similarity already."""
    from weval.build.seeding import filter as filtering

    vars(filtering)["Embedder"] = Words
    numbers, rounds = ([200, 400, 800], 1) if quick else ([5_000, 10_000, 20_000], 1)
    with TemporaryDirectory() as name:
        tops = {n: recipe_in(Path(name) / str(n), n) for n in numbers}
        steps = ("seeds", "filter")
        series = [growing(step, "seeds", numbers, lambda n, s=step: step_of(tops[n], s), rounds) for step in steps]
        series.append(growing("filter again", "seeds", numbers, lambda n: step_of(tops[n], "filter"), rounds))
    return Measured(series=tuple(series))


class Words:
    """Stands in for a model: vectors of hashed words, as long as those of a small one."""

    fingerprint = "words"

    def __init__(self, section: Any, home: Path) -> None:
        pass

    def stamp(self) -> dict[str, str]:
        """What it is."""
        return {"name": "words"}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """One row per text, of length 1."""
        found = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % 384] += 1
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def recipe_in(top: Path, n: int) -> Path:
    """A folder with prompts and the recipe that takes its seeds from them."""
    top.mkdir()
    write_prompts(top / "prompts.jsonl", n)
    recipe = {
        "name": "big", "title": "Big", "description": "Made up.",
        "seeds": {"sets": [{"source": "file", "path": "prompts.jsonl"}]},
        "filter": {"embedding": "words", "per_category": 110},
    }  # fmt: skip
    (top / "build.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    return top


def write_prompts(path: Path, n: int) -> None:
    """Short requests that differ by subject, form, and a few numbers; one in twenty stands there twice."""
    rng = random.Random(0)
    forms = [form for several in FORMS.values() for form in several]
    with path.open("w", encoding="utf-8") as file:
        for number in range(n):
            text = (
                f"Please write a {rng.choice(forms)} of {rng.randint(100, 3000)} words about the {rng.choice(SUBJECTS)}"
            )
            line = json.dumps({"prompt": f"{text} on {rng.choice(SUBJECTS)} street, number {number}."}) + "\n"
            file.write(line * (1 + (number % 20 == 0)))


def step_of(top: Path, step: str) -> Callable[[], None]:
    """A job that makes one step of a build again."""
    from weval.build import BuildSpec, build

    def job() -> None:
        (done,) = build(BuildSpec(step, str(top / "build.yaml"), out=top / "out", fresh=True))
        assert done.record.n_rows > 0

    return job
