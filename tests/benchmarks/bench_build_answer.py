"""`weval build answer` of 550 x 5 versions with a teacher of 200 ms, 64 at once, against the ideal time.

OMP_NUM_THREADS=1 python tests/benchmarks/bench_build_answer.py [ITEMS] [ROUNDS]

The ideal is the number of answers by those at once times the delay: 8.6 s. The build is to take 1.2 times that at most.
The teacher is a process of its own. A bare asyncio loop over the same teacher says how far the machine itself is from
the ideal, and a build of which all replies are kept already what is left when nothing is asked.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.bench_judges import AT_ONCE, DELAY_S, bare_s, serving

SENTENCE = "It should say what the street smells of in the morning, in one sentence with a colour. "


def write_drafts(root: Path, n_items: int) -> None:
    """Instructions of a usual length with five requirements each, where the step `requirements` would put them."""
    (root / "requirements").mkdir(parents=True)
    with (root / "requirements" / "drafts.jsonl").open("w", encoding="utf-8") as file:
        for number in range(n_items):
            requirements = [{"id": f"c{k}", "type": "style", "text": f"{k}. {SENTENCE}"} for k in range(1, 6)]
            draft = {"id": f"i{number}", "instruction": f"{number}. {SENTENCE * 3}", "requirements": requirements}
            file.write(json.dumps(draft) + "\n")


def built_s(root: Path, url: str) -> float:
    """Seconds of the step `answer`, with everything from the recipe to step.json."""
    from weval.build import BuildSpec, build

    settings = {"answer.settings.base_url": url, "answer.settings.concurrency": str(AT_ONCE)}
    began = time.perf_counter()
    (done,) = build(BuildSpec("answer", str(root / "recipe.yaml"), settings, root))
    seconds = time.perf_counter() - began
    assert done.record.n_rows == done.record.spent.replies
    return seconds


def ready(root: Path, n_items: int) -> list[str]:
    """A build up to `dropout`; the queries."""
    from weval.build import BuildSpec, build

    write_drafts(root, n_items)
    recipe = "name: bench\ntitle: T\ndescription: D\nanswer: {model: server/m}\n"
    (root / "recipe.yaml").write_text(recipe, encoding="utf-8")
    (done,) = build(BuildSpec("dropout", str(root / "recipe.yaml"), {}, root))
    with done.file.open(encoding="utf-8") as file:
        return [json.loads(line)["query"] for line in file]


def main() -> None:
    """Prints each round, and the median."""
    numbers = [int(word) for word in sys.argv[1:]]
    n_items, n_rounds = (*numbers, *(550, 3)[len(numbers) :])
    ratios = []
    for number in range(n_rounds):
        with TemporaryDirectory() as name, serving() as url:
            queries = ready(Path(name), n_items)
            ideal = len(queries) / AT_ONCE * DELAY_S
            if number == 0:
                print(f"{len(queries):,} answers of {DELAY_S * 1000:.0f} ms, {AT_ONCE} at once: ideal {ideal:.2f} s")
                built_warm(url)
            bare, ours = bare_s(url, queries), built_s(Path(name), url)
            (Path(name) / "answer" / "step.json").unlink()
            (Path(name) / "answer" / "answers.jsonl").unlink()
            again = built_s(Path(name), url)
        ratios.append(ours / ideal)
        print(f"bare {bare:6.2f} s   build {ours:6.2f} s   from kept replies {again:5.2f} s   ratio {ratios[-1]:.3f}")
    print(f"median ratio to the ideal {statistics.median(ratios):.3f}")


def built_warm(url: str) -> None:
    """A small build first, so that no round pays for imports."""
    with TemporaryDirectory() as name:
        ready(Path(name), 13)
        built_s(Path(name), url)


if __name__ == "__main__":
    main()
