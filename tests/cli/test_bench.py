"""`weval bench NAME`: from end to end against a scripted server, and what is said of everything that is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer, Server
from tests.bench.scripted import Scripted, requests, verdict, write_rows
from tests.cli.conftest import Weval
from tests.textmodels.servers import chatting
from weval.bench.spec import bench_names, read_bench
from weval.store import read_run

NAME = "longbench-write"


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def server(scripted: Scripted) -> Iterator[Server]:
    with chatting(scripted) as found:
        yield found


@pytest.fixture
def arguments(server: Server, tmp_path: Path) -> list[str]:
    """A whole command after `weval`."""
    requests(tmp_path, 4)
    pairs = [f"{role}.base_url={server.url}/v1" for role in ("writer", "judge")] + ["resamples=100"]
    named = ["bench", NAME, "--model", "server/writer", "--judge", "server/judge", "--data", "requests.jsonl"]
    return [*named, *(f"--set={pair}" for pair in pairs)]


def test_a_run_prints_its_figures_and_where_its_page_lies(weval: Weval, arguments: list[str]) -> None:
    said = weval(*arguments)
    assert (said.code, said.err) == (0, "")
    folder = Path("runs/server-writer/longbench-write-by-server-judge")
    assert "S-bar" in said.out
    assert said.out.splitlines()[-1] == f"report: {folder / 'report.html'}"
    assert read_run(folder).command.startswith(f"weval bench {NAME} --model server/writer")
    found = json.loads(weval(*arguments, "--json").out)
    assert found == json.loads((folder / "result.json").read_text())
    assert (found["kind"], found["n_items"], found["n_missing"]) == ("bench", 4, 0)


def test_the_same_command_says_that_it_goes_on(weval: Weval, arguments: list[str], scripted: Scripted) -> None:
    sound = scripted.judges
    scripted.judges = lambda prompt: (
        Answer({"error": {"message": "no"}}, 401) if "number 3" in prompt else sound(prompt)
    )
    arguments += ["--set=writer.concurrency=1", "--set=judge.concurrency=1"]
    said = weval(*arguments)
    assert said.code == 2 and len(said.err.splitlines()) == 1
    assert re.fullmatch(r"weval: http\S+ does not accept .*401.*\n", said.err)
    scripted.judges = sound
    said = weval(*arguments)
    assert said.code == 0
    assert said.err == "note: continuing: 2 of 4 judged already\n"
    assert scripted.n_asked("writer") == 4


def test_ctrl_c_says_that_nothing_is_lost(
    weval: Weval, arguments: list[str], scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weval.progress import Progress

    for after, word in ((2, "written"), (6, "judged")):
        left = [after]
        scored = Progress.scored

        def stop(self: Progress, left: list[int] = left, scored: Any = scored) -> None:
            scored(self)
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Progress, "scored", stop)
            said = weval(*arguments, "--out", word)
        assert said.code == 130
        assert f"note: stopped; what was {word} is kept, and the same command continues" in said.err


def test_unread_verdicts_are_told_as_they_are_asked_for_again(
    weval: Weval, arguments: list[str], scripted: Scripted
) -> None:
    scripted.judges = lambda prompt: "I cannot say." if "number 3" in prompt else verdict(4)
    said = weval(*arguments)
    assert said.code == 0
    assert said.err == "note: replies: 1 call made again, for replies that can be read\n" * 2
    assert json.loads(weval(*arguments, "--json").out)["missing"] == {"judge: the judge's verdict cannot be read": 1}


def test_estimate_prints_and_writes_nothing(weval: Weval, arguments: list[str], scripted: Scripted) -> None:
    said = weval(*arguments, "--estimate")
    assert (said.code, said.err) == (0, "")
    assert "responses" in said.out and "12" in said.out and "for 4 items" in said.out
    found = json.loads(weval(*arguments, "--estimate", "--json").out)
    assert [(line["calls"], line["at_most"]) for line in found["lines"]] == [(4, 4), (4, 12)]
    assert not scripted.answered and [path.name for path in Path().iterdir()] == ["requests.jsonl"]


def test_texts_and_verdicts_that_are_here_need_no_model(weval: Weval, tmp_path: Path) -> None:
    requests(tmp_path, 2)
    write_rows(Path("texts.jsonl"), [{"item": "1", "text": "tea " * 100}, {"item": "2", "text": "tea " * 101}])
    write_rows(Path("said.jsonl"), [{"item": "1", "reply": verdict(3)}, {"item": "2", "replies": ["no", verdict(5)]}])
    given = ["--data", "requests.jsonl", "--responses", "texts.jsonl", "--replies", "said.jsonl", "--json"]
    found = json.loads(weval("bench", NAME, *given).out)
    assert found["figures"]["s_bar"]["estimate"]["value"] == pytest.approx(87.5)
    assert (found["writer"]["name"], found["judge"]["name"]) == ("texts", "said")
    assert Path("runs/texts/longbench-write-by-said/result.json").is_file()


def test_where_the_published_script_stops_the_original_says_so(weval: Weval, tmp_path: Path) -> None:
    requests(tmp_path, 2)
    write_rows(Path("texts.jsonl"), [{"item": "1", "text": "tea " * 100}, {"item": "2", "text": ""}])
    given = ["--data", "requests.jsonl", "--responses", "texts.jsonl", "--set", "mode=original"]
    said = weval("bench", "longwrite-ruler", *given)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("weval: mode=original: the benchmark's own script stops here: item 2: ")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--limit", "0"], "--limit 0: at least 1"),
        (["--data", "nowhere"], "nowhere: no such file or folder"),
        (["--judge", "gpt"], "gpt: a text model is written BACKEND/MODEL"),
        (["--judge", "openai/gpt-4o"], "OPENAI_API_KEY"),
        (["--set", "mode=mended"], "--set mode=mended: "),
        (["--set", "mode"], "--set mode: is not key=value"),
        (["--set", "resamples=100"], "--set resamples: given twice"),
        (["--set", "judge.tone=warm"], "unknown setting 'judge.tone'"),
        (["--responses", "nowhere.jsonl"], "nowhere.jsonl: "),
        (["--responses", "."], ".: "),
        (["--replies", "requests.jsonl"], "requests.jsonl:1: "),
        (["--out", "requests.jsonl"], "cannot use requests.jsonl as a run folder"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(
    more: list[str], said: str, weval: Weval, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if more[:2] == ["--judge", "openai/gpt-4o"]:
        arguments = [each for each in arguments if "judge.base_url" not in each]
    if more[0] in ("--responses", "--replies"):
        arguments = [each for each in arguments if not each.startswith("--set")]
        arguments += ["--set=judge.base_url=http://127.0.0.1:9/v1"] if more[0] == "--responses" else []
    result = weval(*arguments, *more)
    assert result.code == 2 and result.out == ""
    assert result.err.startswith("weval: ") and said in result.err
    assert more[0] in ("--replies",) or len(result.err.splitlines()) == 1
    assert not Path("runs").exists()


def test_without_a_writer_or_a_judge(weval: Weval, tmp_path: Path) -> None:
    requests(tmp_path, 2)
    said = weval("bench", NAME, "--data", "requests.jsonl")
    assert said.code == 2 and "--model BACKEND/MODEL: who writes?" in said.err
    said = weval(
        "bench", NAME, "--data", "requests.jsonl", "--model", "server/x", "--set", "writer.base_url=http://h/v1"
    )
    assert said.code == 2 and "--judge BACKEND/MODEL: who judges?" in said.err


def test_the_public_file_offline_says_how_it_comes(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.pins.RAW_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr("weval.pins.WAIT_S", 0.0)
    pairs = [f"--set={role}.base_url=http://127.0.0.1:9/v1" for role in ("writer", "judge")]
    said = weval("bench", NAME, "--model", "server/a", "--judge", "server/b", *pairs)
    assert said.code == 2 and len(said.err.splitlines()) == 1
    assert "weval fetch longbench-write --from" in said.err
    assert list(Path().iterdir()) == []


def test_verbs_of_runs_say_what_a_benchmark_s_folder_is(weval: Weval, arguments: list[str]) -> None:
    assert weval(*arguments, "--out", "mine").code == 0
    kept = {path: path.read_bytes() for path in Path("mine").rglob("*") if path.is_file()}
    run = ["run", "--model", "length", "--task", "weval-mini", "--limit", "3", "--out", "mine"]
    assert weval(*run[:-1], "theirs").code == 0
    wanted = "weval: mine: holds a run of weval bench, which is another kind of run; weval bench report shows it"
    for command in (["show", "mine"], ["rescore", "mine"], ["compare", "mine", "theirs"], run, [*run, "--fresh"]):
        said = weval(*command)
        assert said.code == 2, command
        assert len(said.err.splitlines()) == 1 and said.err.startswith(wanted), command
    assert {path: path.read_bytes() for path in Path("mine").rglob("*") if path.is_file()} == kept


def test_a_benchmark_leaves_a_run_s_folder_alone(weval: Weval, arguments: list[str]) -> None:
    assert weval("run", "--model", "length", "--task", "weval-mini", "--limit", "3", "--out", "theirs").code == 0
    kept = {path: path.read_bytes() for path in Path("theirs").iterdir() if path.name != ".lock"}
    for more in ([], ["--fresh"]):
        said = weval(*arguments, "--out", "theirs", *more)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert said.err.startswith("weval: theirs: holds no run of weval bench, but one of weval run")
    assert {path: path.read_bytes() for path in Path("theirs").iterdir() if path.name != ".lock"} == kept


def test_a_folder_of_both_kinds_is_shown_kind_by_kind(weval: Weval, arguments: list[str]) -> None:
    assert weval("run", "--model", "length", "--task", "weval-mini", "--limit", "3").code == 0
    assert weval(*arguments).code == 0
    said = weval("show", "runs", "--json")
    assert said.code == 0 and json.loads(said.out)["model"]["name"] == "length"


def test_every_benchmark_is_a_command(weval: Weval) -> None:
    said = weval("bench", "--help")
    assert all(name in said.out for name in bench_names())
    for name in bench_names():
        assert "--judge" in weval("bench", name, "--help").out
        about = read_bench(name).about
        assert about[:20] in said.out
        assert about in " ".join(weval("bench", name, "--help").out.split())
    assert weval("bench", "longbench").code == 2


def test_a_best_of_several_prints_its_curve(weval: Weval, arguments: list[str], scripted: Scripted) -> None:
    arguments = [*arguments, "--best-of", "2", "--reward", "length"]
    said = weval(*arguments, "--estimate")
    assert (said.code, said.err) == (0, "") and "rewards" in said.out and not scripted.answered
    said = weval(*arguments)
    assert (said.code, said.err) == (0, "")
    folder = Path("runs/server-writer/longbench-write-by-server-judge-best-of/by-length")
    assert said.out.startswith("server/writer, best of 2 by length, on LongBench-Write 1.0, judged by\nserver/judge\n")
    assert said.out.splitlines()[-1] == f"report: {folder / 'report.html'}"
    found = json.loads(weval(*arguments, "--json").out)
    assert found == json.loads((folder / "result.json").read_text())
    assert (found["kind"], found["n_texts"], [point["n"] for point in found["points"]]) == ("best_of", 2, [1, 2])
    assert scripted.n_asked("writer") == 8


def test_what_a_best_of_several_lacks_is_said_in_a_line(weval: Weval, arguments: list[str]) -> None:
    wrong = {
        ("--best-of", "1", "--reward", "length"): "weval: --best-of 1: at least 2 texts, of which one is chosen\n",
        ("--best-of", "4"): "weval: --best-of: --reward MODEL, who chooses? As weval run takes it",
        ("--reward", "length"): "weval: --reward length: chooses among several texts: --best-of N says how many\n",
        ("--best-of", "4", "--reward", "first"): "weval: --reward first: judges by list; texts are chosen by one",
    }
    for more, line in wrong.items():
        said = weval(*arguments, *more)
        assert said.code == 2 and said.err.startswith(line) and said.err.count("\n") == 1
