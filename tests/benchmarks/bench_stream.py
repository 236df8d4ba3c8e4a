"""Many items of five candidates, in shards, through `weval run --model length`, killed half-way too, and `rescore`.

OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_stream [ITEMS] [--folder FOLDER] [--lines]

A million takes half an hour on one core and 2 GB of disk; without ITEMS it is 100,000. With --lines shards are JSON
Lines. What was made in --folder is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from weval.scorefiles import SEAL_ROWS, SEALED

WORDS = ["the", "a", "river", "city", "garden", "light", "year", "people", "small", "work", "story", "music"]
SHARD_ITEMS, GROUP_ROWS = 50_000, 5_000
MOST_MB = 1000
"""Of each process, at its peak."""


def items(start: int, n: int) -> Iterator[dict[str, Any]]:
    """Items of a realistic size: five requirements, answers of 50 to 150 words."""
    rng = random.Random(start)
    requirements = [{"id": f"c{k}", "type": "style", "text": f"Do thing {k} in a good way."} for k in range(1, 6)]
    pool = [rng.choices(WORDS, k=3_000) for _ in range(20)]  # parts of it: a word at a time would take an hour
    for number in range(start, start + n):
        candidates = [
            {"id": f"a{k}", "kept": [f"c{j}" for j in range(1, 7 - k)], "response": _answer(rng, pool)}
            for k in range(1, 6)
        ]
        item = {"id": f"i{number}", "category": rng.choice("abcde"), "language": rng.choice(["en", "fr"])}
        yield item | {"instruction": "Write something.", "requirements": requirements, "candidates": candidates}


def _answer(rng: random.Random, pool: list[list[str]]) -> str:
    at = rng.randrange(2_850)
    return " ".join(rng.choice(pool)[at : at + rng.randint(50, 150)])


def write(folder: Path, n_items: int, *, lines: bool) -> None:
    """Shards of so many items, each written whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, n_items, SHARD_ITEMS)):
        path = folder / f"part-{number:05}.{'jsonl' if lines else 'parquet'}"
        if path.exists():
            continue
        part, shard = path.with_name(f".{path.name}"), list(items(start, min(SHARD_ITEMS, n_items - start)))
        if lines:
            part.write_text("".join(json.dumps(item) + "\n" for item in shard), encoding="utf-8")
        else:
            import pyarrow
            import pyarrow.parquet

            table = pyarrow.Table.from_pylist(shard)
            pyarrow.parquet.write_table(table, part, row_group_size=GROUP_ROWS, compression="zstd")
        part.rename(path)


def measured(arguments: list[str], cwd: Path, stop_at: int | None = None) -> str:
    """Runs weval and says how long it took, on the clock and of a core, and how much memory it held at most.

    `stop_at` is after how many sealed files of scores it is killed.
    """
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "weval", *arguments], cwd=cwd, stdout=subprocess.DEVNULL)
    while stop_at and process.poll() is None:
        time.sleep(0.2)
        if len(list((cwd / arguments[-1] / SEALED).glob("*.parquet"))) >= stop_at:
            process.send_signal(signal.SIGKILL)
            break
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != (-signal.SIGKILL if stop_at else 0):
        raise SystemExit(f"weval {' '.join(arguments)} ended with {process.returncode}")
    megabytes = usage.ru_maxrss / 1024
    took = f"{time.perf_counter() - start:7.1f} s   {usage.ru_utime + usage.ru_stime:7.1f} s of a core"
    return f"{took}   {megabytes:5.0f} MB{' (too much)' if megabytes > MOST_MB else ''}"


def main() -> None:
    """Prints the figures, each as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", nargs="?", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.write, given.items, lines=given.lines)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        runs, data = Path(name), (given.folder or Path(name)) / f"items-{given.items}{'-lines' if given.lines else ''}"
        # By another process: what this one held would count as the peak of those that it begins.
        words = [sys.executable, __file__, str(given.items), "--write", str(data.absolute())]
        subprocess.run([*words, *(["--lines"] if given.lines else [])], check=True)
        print(f"{given.items:,} items x 5", flush=True)
        run = ["run", "--model", "length", "--data", str(data.absolute()), "--out"]
        print("run --model length     ", measured([*run, "whole"], runs), flush=True)
        print("rescore                ", measured(["rescore", "whole"], runs), flush=True)
        if half := given.items * 5 // 2 // SEAL_ROWS:
            print("killed half-way        ", measured([*run, "half"], runs, stop_at=half), flush=True)
            print("the same command again ", measured([*run, "half"], runs), flush=True)
            if (runs / "half" / "result.json").read_text() != (runs / "whole" / "result.json").read_text():
                raise SystemExit("the continued run has another result")


if __name__ == "__main__":
    main()
