"""A writer and a judge that break in every way a server can: nothing lost, nothing counted as a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.servers import BREAKS, Answer, Server
from tests.bench.scripted import Breaking, Noting, Scripted, requests, rows_of, spec_for, told
from tests.textmodels.servers import REPLIES, chatting
from weval.bench.run import BenchRun, run_bench
from weval.errors import AdapterError
from weval.types import Status

STATUSES: dict[str, Status] = {
    **dict.fromkeys((*REPLIES, *BREAKS, "400", "429", "500", "503"), "failed"),
    **dict.fromkeys(("refusal", "filtered", "azure"), "refused"),
    **dict.fromkeys(("length", "thought", "context"), "truncated"),
    **dict.fromkeys(("empty", "once-500", "once-reset", "once-cut", "once-hang"), "ok"),
}
"""By fault, how the reply is kept. Those that pass by themselves are `ok`; so is a reply without words."""
del STATUSES["redirect"]  # ends the run: see below

FAULTS = tuple(STATUSES)
PASSING = tuple(fault for fault in FAULTS if fault.startswith("once-"))
UNWRITTEN = ("empty", "thought")
"""What a writer has written nothing by, though it replied: that is an outcome."""


def _prompts() -> list[str]:
    """Every fault, and a request without one between any two, so that no server is taken to be out of order."""
    return [text for n, fault in enumerate(FAULTS) for text in (f"Write {n}. fault={fault}", f"Write a note {n}.")]


def _spec(server: Server, data: Path, out: Path, whom: str) -> BenchRun:
    quick = {"timeout_s": "2", "attempts": "2", "give_up_after_s": "9", "concurrency": "16"}
    return spec_for(server, data, out, settings={f"{whom}.{name}": value for name, value in quick.items()})


@pytest.fixture(params=["writer", "judge"])
def broken(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Breaking]]:
    breaking = Breaking(whom=request.param)
    with chatting(breaking) as server:
        yield server, breaking


def test_no_fault_is_lost_or_counted_and_the_same_command_mends_it(
    broken: tuple[Server, Breaking], tmp_path: Path
) -> None:
    server, breaking = broken
    prompts = _prompts()
    data, whom = requests(tmp_path, prompts), breaking.whom
    spec = _spec(server, data, tmp_path / "out", whom)
    outcome = run_bench(spec)
    result, step = outcome.result, "responses" if whom == "writer" else "replies"
    kept = {row["item"]: row["status"] for row in rows_of(tmp_path / "out" / f"{step}.jsonl")}
    assert {fault: kept[str(2 * n + 1)] for n, fault in enumerate(FAULTS)} == STATUSES
    assert all(kept[str(2 * n + 2)] == "ok" for n in range(len(FAULTS)))

    scored = {*PASSING, *(("length", *UNWRITTEN) if whom == "writer" else ())}
    for n, fault in enumerate(FAULTS):
        row, plain = outcome.rows[2 * n], outcome.rows[2 * n + 1]
        assert (row.shares["s_bar"] is not None) is (fault in scored), fault
        assert row.shares["s_q"] == ((0.0, 1.0) if whom == "writer" and fault in UNWRITTEN else row.shares["s_q"])
        assert (row.shares["s_l"] is None) is (whom == "writer" and fault not in scored), fault
        assert fault in scored or (row.why or "").startswith(whom), fault
        assert plain.shares["s_bar"] is not None
    n_missing = len(FAULTS) - len(scored)
    assert (result.n_items, result.n_missing) == (len(prompts), n_missing)
    found = result.figures["s_bar"]
    assert found.n_missing == n_missing
    assert found.estimate is not None and found.estimate.n == len(prompts) - n_missing
    assert sum(result.steps[step].statuses.values()) == len(prompts)
    assert result.steps[step].n_unread == n_missing
    assert set(result.steps[step].reasons) == {"failed", "refused", "truncated"}
    assert not result.publishable

    # The server is sound now. What failed is asked again, and nothing else.
    breaking.whom = ""
    breaking.sound.answered.clear()
    again = run_bench(spec).result
    n_failed = sum(status == "failed" for status in STATUSES.values())
    assert breaking.sound.n_asked(whom) == n_failed
    assert again.n_missing == n_missing - n_failed
    assert again.steps[step].statuses.get("failed") is None


def test_unreadable_verdicts_are_asked_for_again_but_not_what_no_judge_can_read(tmp_path: Path) -> None:
    names = ["empty", "length", "thought", "context", "refusal", "400"]
    data = requests(tmp_path, [*(f"Write. fault={name}" for name in names), "Write a note."])
    breaking = Breaking(whom="judge")
    with chatting(breaking) as server:
        run_bench(spec_for(server, data, tmp_path / "out"))
    attempts = [row["item"] for row in rows_of(tmp_path / "out" / "replies.jsonl")]
    assert [attempts.count(str(n + 1)) for n in range(len(names))] == [3, 3, 3, 1, 1, 1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer({"error": {"message": "wrong key"}}, 401), r"does not accept .*401"),
        (Answer({"error": {"message": "no such model"}}, 404), "404"),
        (REPLIES["redirect"], "redirects"),
    ],
)
def test_a_server_that_will_never_answer_ends_the_run_and_the_same_command_goes_on(
    answer: Answer, said: str, tmp_path: Path
) -> None:
    data = requests(tmp_path, 5)
    scripted = Scripted()
    with chatting(scripted) as server:
        spec = spec_for(server, data, tmp_path / "out")
        calm = told(run_bench(replace(spec, out=tmp_path / "calm")))
        scripted.answered.clear()
        scripted.judges = lambda prompt: answer if "number 4" in prompt else completed(prompt)
        completed = Scripted().judges
        with pytest.raises(AdapterError, match=said) as caught:
            run_bench(spec)
        assert len(str(caught.value).splitlines()) == 1
        assert len(rows_of(tmp_path / "out" / "replies.jsonl")) == 3
        scripted.judges = completed
        assert told(run_bench(spec)) == calm
        assert scripted.n_asked("writer") == 5 and scripted.n_asked("judge") == 6


def test_a_server_that_is_down_ends_the_run(tmp_path: Path) -> None:
    data = requests(tmp_path, 12)
    scripted = Scripted()
    with chatting(scripted) as server:
        spec = spec_for(server, data, tmp_path / "out", settings={"writer.attempts": "1"})
        calm = told(run_bench(replace(spec, out=tmp_path / "calm")))
        scripted.writes = lambda prompt: Answer(b"", 503) if int(prompt.split()[-1].strip(".")) > 4 else "Tea."
        with pytest.raises(AdapterError):
            run_bench(spec)
        assert 4 <= len(rows_of(tmp_path / "out" / "responses.jsonl")) < 12
        scripted.writes = Scripted().writes
        noting = Noting()
        result = told(run_bench(spec, noting))
    assert noting.begun[0][1:] == (12, 4)
    assert result["n_missing"] == calm["n_missing"] == 0
