from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.benches import made
from weval.errors import DataError
from weval.files import write_json
from weval.reproduce.manifest import Bench, Fetch, Run
from weval.reproduce.unanswered import unanswered
from weval.results import Result
from weval.run import RunSpec, run
from weval.store import RESULT


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    out = tmp_path_factory.mktemp("run") / "length"
    return run(RunSpec("length", "weval-mini", limit=2, out=out)).result


def said(result: Result, folder: Path, statuses: dict[str, int], model: str = "judge:server/q") -> str | None:
    reasons = {"failed": "503 by the server"} if "failed" in statuses else {}
    write_json(folder / RESULT, result.model_copy(update={"statuses": statuses, "reasons": reasons}))
    return unanswered(Run(does="run", about="a", model=model, task="weval-mini"), folder)


@pytest.mark.parametrize(
    ("statuses", "model", "expected"),
    [
        ({"ok": 100}, "judge:server/q", None),
        ({"ok": 98, "failed": 2}, "judge:server/q", None),
        ({"ok": 97, "failed": 3}, "judge:server/q", "3 of 100 answers failed (503 by the server)"),
        ({"ok": 50, "unparsed": 40, "refused": 10}, "judge:server/q", None),
        ({"ok": 50, "failed": 50}, "human:people.jsonl", None),
        ({"ok": 50, "failed": 50}, "scores:mine.jsonl", None),
        ({"ok": 50, "failed": 50}, "human-like-rm", "50 of 100 answers failed (503 by the server)"),
    ],
)
def test_what_failed_and_may_be_there_tomorrow_is_asked_again(
    statuses: dict[str, int], model: str, expected: str | None, result: Result, tmp_path: Path
) -> None:
    assert said(result, tmp_path, statuses, model) == expected


def test_replies_to_a_benchmark_count_over_all_of_its_steps(tmp_path: Path) -> None:
    step = Bench(does="bench", about="a", benchmark="longbench-write", model="a", judge="b")
    folder = tmp_path / "w"
    found = made(folder).result
    assert unanswered(step, folder) is None
    (name, report), *_ = found.steps.items()
    lost = report.model_copy(update={"statuses": {"ok": 1, "failed": 5}, "reasons": {"failed": "no route"}})
    write_json(folder / RESULT, found.model_copy(update={"steps": {**found.steps, name: lost}}))
    others = sum(sum(one.statuses.values()) for other, one in found.steps.items() if other != name)
    assert unanswered(step, folder) == f"5 of {6 + others} answers failed (no route)"


def test_only_what_was_asked_is_looked_at(tmp_path: Path) -> None:
    assert unanswered(Fetch(does="fetch", about="a", name="weval"), tmp_path) is None
    with pytest.raises(DataError, match=RESULT):
        unanswered(Run(does="run", about="a", model="length"), tmp_path)
