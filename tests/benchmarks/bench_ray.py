"""What --set engine=ray costs on requests to a model that costs nothing: the start, and each request.

    python -m tests.benchmarks.bench_ray            the cost of 10,000 requests, here and by 1 and 2 workers: as JSON
    python -m tests.benchmarks.bench_ray --killed   one of two workers is killed every 20 seconds, for some minutes

About a minute and some three on two idle cores. Both run without a GPU, on a cluster of this machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.bench_stream import items
from tests.benchmarks.records import Figure, Measured
from weval.run import RunSpec, Watcher, run
from weval.store import RESULT, read_rows

KILL_EVERY_S = 20.0

SLOW = """import time

from weval.types import Score


class Slow:
    unit = "response"

    def score(self, requests):
        for request in requests:
            time.sleep(0.03)
            yield Score.ok(request, float(len(request.responses[0])))
"""


class Clock(Watcher):
    """When asking began, and when the first and the last answer came."""

    def __init__(self) -> None:
        self.began = self.first = self.last = 0.0

    def started(self, total: int, done: int) -> None:
        self.began = time.perf_counter()

    def scored(self) -> None:
        self.last = time.perf_counter()
        self.first = self.first or self.last


def data_in(folder: Path, n_items: int) -> Path:
    """Items of five candidates, the same every time."""
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in items(0, n_items)), encoding="utf-8")
    return path


def timed(model: str, data: Path, out: Path, **settings: str) -> dict[str, float]:
    """Seconds of one run: in all, until the first answer, and from there to the last."""
    clock, began = Clock(), time.perf_counter()
    run(RunSpec(model, data=data, settings=settings, out=out), clock)
    whole = time.perf_counter() - began
    return {"whole_s": whole, "first_s": clock.first - began, "answers_s": clock.last - clock.first}


def measure(quick: bool) -> Measured:
    """By the clock. Quick is one worker and few requests; a cluster starts all the same, which takes most of it."""
    if importlib.util.find_spec("ray") is None:
        return Measured(missing=("Ray is not installed: pip install 'weval[ray]'",))
    n_requests, workers = (500, (1,)) if quick else (10_000, (1, 2))
    found = measured(n_requests, workers)
    runs = {"here": found["local"]} | {f"{n} worker{'s'[: n > 1]}": found[f"ray_{n}"] for n in workers}
    figures = [
        Figure(name=f"{name}, until the first answer", value=run["first_s"], unit="s") for name, run in runs.items()
    ]
    figures += [
        Figure(name=f"{name}, each request", value=1000 * run["answers_s"] / n_requests, unit="ms")
        for name, run in runs.items()
    ]
    same = "the same" if found["same_result"] else "NOT THE SAME"
    return Measured(figures=tuple(figures), notes=(f"{n_requests:,} requests to length; the results were {same}",))


def measured(n_requests: int = 10_000, workers: tuple[int, ...] = (1, 2)) -> dict[str, Any]:
    """The same run here, and by so many workers: what starting costs, and what each request costs on top."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = data_in(folder, n_requests // 5)
        found: dict[str, Any] = {"requests": n_requests, "load": os.getloadavg()[0]}
        found["local"] = timed("length", data, folder / "local")
        for n in workers:
            found[f"ray_{n}"] = timed("length", data, folder / f"ray_{n}", engine="ray", workers=str(n))
        results = {timeless(folder / name / RESULT) for name in ("local", *(f"ray_{n}" for n in workers))}
        found["same_result"] = len(results) == 1
    here, most = found["local"], found[f"ray_{workers[-1]}"]
    found["start_s"] = most["first_s"] - here["first_s"]
    found["ms_per_request"] = 1000 * (most["answers_s"] - here["answers_s"]) / n_requests
    return found


def timeless(path: Path) -> str:
    """A result but for its seconds, which models measure."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cost"]["seconds"] = None
    return json.dumps(content)


def killed(n_requests: int = 6_000) -> dict[str, Any]:
    """A slow run by two workers, one of which is killed every 20 seconds, beside one that is left alone."""
    with tempfile.TemporaryDirectory() as name, standing_in(Path(name)) as folder:
        data = data_in(folder, n_requests // 5)
        Path("slow_model.py").write_text(SLOW, encoding="utf-8")
        calm = timed("plugin:slow_model:Slow", data, folder / "calm", engine="ray", workers="2")
        done, kills = threading.Event(), list[float]()
        killer = threading.Thread(target=kill_workers, args=(done, kills))
        killer.start()
        try:
            disturbed = timed("plugin:slow_model:Slow", data, folder / "killed", engine="ray", workers="2")
        finally:
            done.set()
            killer.join()
        rows = [row for _, row in read_rows(folder / "killed")]
        return {
            "requests": n_requests,
            "load": os.getloadavg()[0],
            "kills": len(kills),
            "calm": calm,
            "killed": disturbed,
            "rows": len(rows),
            "distinct": len({row.id for row in rows}),
            "statuses": dict(Counter(row.status for row in rows)),
            "same_result": timeless(folder / "calm" / RESULT) == timeless(folder / "killed" / RESULT),
        }


@contextmanager
def standing_in(folder: Path) -> Iterator[Path]:
    """The folder as the current one, where a plug-in is looked for."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield folder
    finally:
        os.chdir(before)


def kill_workers(done: threading.Event, kills: list[float]) -> None:
    """Ends one of the workers by SIGKILL every so often, whatever it is doing."""
    rng = random.Random(0)
    while not done.wait(KILL_EVERY_S):
        if found := workers_of(os.getpid()):
            os.kill(rng.choice(found), signal.SIGKILL)
            kills.append(time.time())


def workers_of(driver: int) -> list[int]:
    """The processes of workers below a process, by what Ray calls them."""
    import psutil

    return [one.pid for one in psutil.Process(driver).children(recursive=True) if "MapWorker" in one.name()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--killed", action="store_true")
    found = killed() if parser.parse_args().killed else measured()
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
