"""100,000 items of five candidates through `weval run --model length` and `weval rescore`: seconds and memory.

OMP_NUM_THREADS=1 python tests/benchmarks/bench_stream.py [ITEMS]
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = ["the", "a", "river", "city", "garden", "light", "year", "people", "small", "work", "story", "music"]


def write_items(path: Path, n_items: int) -> None:
    """Items of a realistic size: five requirements, answers of 50 to 150 words."""
    rng = random.Random(1)
    requirements = [{"id": f"c{k}", "type": "style", "text": f"Do thing {k} in a good way."} for k in range(1, 6)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_items):
            candidates = [
                {
                    "id": f"a{k}",
                    "kept": [f"c{j}" for j in range(1, 7 - k)],
                    "response": " ".join(rng.choices(WORDS, k=rng.randint(50, 150))),
                }
                for k in range(1, 6)
            ]
            item = {"id": f"i{number}", "category": rng.choice("abcde"), "language": rng.choice(["en", "fr"])}
            item |= {"instruction": "Write something.", "requirements": requirements, "candidates": candidates}
            file.write(json.dumps(item) + "\n")


def measured(arguments: list[str], cwd: Path) -> str:
    """Runs weval and says how long it took and how much memory it held at most."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "weval", *arguments], cwd=cwd, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"weval {' '.join(arguments)} ended with {process.returncode}")
    return f"{time.perf_counter() - start:6.1f} s   {usage.ru_maxrss / 1024:5.0f} MB"


def main() -> None:
    """Prints both figures; the run is to stay under 500 MB, the rescore under 60 s."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_items(folder / "items.jsonl", n_items)
        print(f"{n_items:,} items x 5")
        print(
            "run --model length ", measured(["run", "--model", "length", "--data", "items.jsonl", "--out", "r"], folder)
        )
        print("rescore            ", measured(["rescore", "r"], folder))


if __name__ == "__main__":
    main()
