"""`weval build seeds` and `filter` on made-up prompts: seconds of one core and memory, each step in its own process.

OMP_NUM_THREADS=1 python tests/benchmarks/bench_build_filter.py [SEEDS] [--model FOLDER]

Without a model, texts are embedded by counting hashed words, which costs next to nothing: what remains is our own work.
Memory is to stay below 1 GB with 100,000 seeds, and to grow by less than 200 bytes for each further one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from weval.build import BuildSpec, build
from weval.build.seeding import filter as filtering

PLACES = ("harbour", "bakery", "orchard", "railway", "museum", "school", "clinic", "theatre", "garden", "library")
SUBJECTS = [f"{kind} {place}" for kind in ("old", "new", "small", "lost", "warm", "blue") for place in PLACES]
FORMS = {
    "creative_narrative": ["short story", "song", "film script", "fairy tale"],
    "structured_plans": ["project plan", "workflow", "step guide", "outline"],
    "academic_writing": ["essay", "white paper", "literature review", "thesis chapter"],
    "discussion_expression": ["debate", "interview", "dialogue", "board thread"],
    "informational_practical": ["user manual", "formal letter", "business report", "policy"],
}


class Words:
    """Stands in for a model: vectors of hashed words, as long as those of a small one."""

    fingerprint = "words"

    def __init__(self, section, home) -> None:
        pass

    def stamp(self) -> dict[str, str]:
        return {"name": "words"}

    def vectors(self, texts) -> np.ndarray:
        found = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % 384] += 1
        return found / np.linalg.norm(found, axis=1, keepdims=True)


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


def one_step(top: Path, step: str, model: str | None) -> None:
    """One step, in this process; says what it came to."""
    if not model:
        filtering.Embedder = Words
    (done,) = build(BuildSpec(step, str(top / "build.yaml"), out=top / "out", fresh=True))
    print(f"{step}: {done.record.n_rows:,} rows, left out {done.record.left_out}", flush=True)


def measured(top: Path, step: str, model: str | None) -> str:
    """One step in a process of its own: its time on one core, and the most memory it held."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--step", step, "--top", str(top), *(["--model", model] if model else [])]
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{step} ended with {process.returncode}")
    return f"{usage.ru_utime + usage.ru_stime:7.1f} s of one core   {usage.ru_maxrss / 1024:5.0f} MB"


def main() -> None:
    """Prints the figures of both steps, and of filter once more, when every seed has its similarity already."""
    parser = argparse.ArgumentParser()
    parser.add_argument("n", type=int, nargs="?", default=100_000)
    parser.add_argument("--model")
    parser.add_argument("--step")
    parser.add_argument("--top", type=Path)
    given = parser.parse_args()
    if given.step:
        one_step(given.top, given.step, given.model)
        return
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        write_prompts(top / "prompts.jsonl", given.n)
        recipe = {
            "name": "big", "title": "Big", "description": "Made up.",
            "seeds": {"sets": [{"source": "file", "path": "prompts.jsonl"}]},
            "filter": {"embedding": given.model or "words", "per_category": 110},
        }  # fmt: skip
        (top / "build.yaml").write_text(json.dumps(recipe), encoding="utf-8")
        print(f"{given.n:,} seeds")
        for step in ("seeds", "filter", "filter"):
            print(f"{step:6}", measured(top, step, given.model), flush=True)


if __name__ == "__main__":
    main()
