"""`weval build answer` with a teacher of 200 ms a reply, 64 at once, beside a bare loop and the ideal time.

The ideal is the number of answers by those at once times the delay; the build is to take 1.2 times that at most. The
teacher is a process of its own. What is left when every reply is kept already is the build's own work.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.bench_judges import AT_ONCE, DELAY_S, bare_s, serving
from tests.benchmarks.records import Figure, Measured
from tests.benchmarks.timing import Taken, grown, in_turn

SENTENCE = "It should say what the street smells of in the morning, in one sentence with a colour. "


def measure(quick: bool) -> Measured:
    """Five versions of each item, seconds on the clock. WEval has 550 items."""
    n, rounds, delay_s = (5, 1, 0.02) if quick else (200, 2, DELAY_S)
    numbers = [n // 4 or 1, n // 2, n]
    with TemporaryDirectory() as name, serving(delay_s) as url:
        tops = {number: Path(name) / str(number) for number in numbers}
        queries = {number: ready(top, number) for number, top in tops.items()}
        ideal = -(-len(queries[n]) // AT_ONCE) * delay_s
        ratio = in_turn(
            (f"build answer, {5 * n:,} replies", lambda: built_s(tops[n], url)),
            ("a bare loop over httpx2", lambda: bare_s(url, queries[n])), rounds, "wall",
        )  # fmt: skip
        for number, top in tops.items():
            if number != n:
                built_s(top, url)
        kept = grown("from kept replies", "items", {k: again(top, url) for k, top in tops.items()}, rounds, "wall")
    return Measured(
        ratios=(ratio,),
        series=(kept,),
        figures=(Figure(name="by the ideal", value=ratio.seconds[0] / ideal, unit="times"),),
    )


def write_drafts(root: Path, n_items: int) -> None:
    """Instructions of a usual length with five requirements each, where the step `requirements` would put them."""
    (root / "requirements").mkdir(parents=True)
    with (root / "requirements" / "drafts.jsonl").open("w", encoding="utf-8") as file:
        for number in range(n_items):
            requirements = [{"id": f"c{k}", "type": "style", "text": f"{k}. {SENTENCE}"} for k in range(1, 6)]
            draft = {"id": f"i{number}", "instruction": f"{number}. {SENTENCE * 3}", "requirements": requirements}
            file.write(json.dumps(draft) + "\n")


def ready(root: Path, n_items: int) -> list[str]:
    """A build up to `dropout`; the queries."""
    from weval.build import BuildSpec, build

    write_drafts(root, n_items)
    recipe = "name: bench\ntitle: T\ndescription: D\nanswer: {model: server/m}\n"
    (root / "recipe.yaml").write_text(recipe, encoding="utf-8")
    (done,) = build(BuildSpec("dropout", str(root / "recipe.yaml"), {}, root))
    with done.file.open(encoding="utf-8") as file:
        return [json.loads(line)["query"] for line in file]


def built_s(root: Path, url: str, *, kept: bool = False) -> float:
    """Seconds of the step `answer`, with everything from the recipe to step.json; `kept` leaves earlier replies."""
    from weval.build import BuildSpec, build

    if kept:
        for name in ("step.json", "answers.jsonl"):
            (root / "answer" / name).unlink()
    else:
        shutil.rmtree(root / "answer", ignore_errors=True)
    settings = {"answer.settings.base_url": url, "answer.settings.concurrency": str(AT_ONCE)}
    began = time.perf_counter()
    (done,) = build(BuildSpec("answer", str(root / "recipe.yaml"), settings, root))
    seconds = time.perf_counter() - began
    assert done.record.n_rows > 0
    return seconds


def again(root: Path, url: str) -> Callable[[], Taken]:
    """The step once more, nothing asked."""
    return lambda: Taken(0.0, built_s(root, url, kept=True))
