"""`weval leaderboard`: what is printed, where, and how it ends."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Weval
from tests.leaderboard.factories import run_and_submit
from weval.leaderboard import serving, site
from weval.leaderboard.check import Verdict
from weval.leaderboard.tree import Entry


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `results` with the baseline `length`, made once."""
    folder = tmp_path_factory.mktemp("made")
    return run_and_submit("length", folder / "results", folder / "runs").root


@pytest.fixture
def submitted(weval: Weval, made: Path) -> Path:
    """The submission, in the folder `results` of the empty folder."""
    return Path(shutil.copytree(made, "results")) / "length" / "weval-mini"


def forge(submission: Path) -> None:
    path = submission / "result.json"
    result = json.loads(path.read_text())
    result["metrics"]["correlation"]["value"] = 0.99
    path.write_text(json.dumps(result))


# check


def test_what_is_right_ends_with_0_and_what_is_forged_with_2(weval: Weval, submitted: Path) -> None:
    said = weval("leaderboard", "check")
    assert said.code == 0
    assert said.out.startswith("ok       length/weval-mini: correlation -0.")
    assert said.err == "note: checking length/weval-mini (1)\n"
    forge(submitted)
    said = weval("leaderboard", "check", "results/length")
    assert said.code == 2
    assert "refused  length/weval-mini\n  - result.json: metrics.correlation.value is 0.99" in said.out
    assert said.out.endswith("1 submission checked, 1 refused\n")


def test_check_for_machines(weval: Weval, submitted: Path) -> None:
    forge(submitted)
    said = weval("leaderboard", "check", "--json")
    assert said.code == 2
    found = json.loads(said.out)
    assert (found["checked"], found["refused"]) == (1, 1)
    (verdict,) = found["verdicts"]
    assert (verdict["model"], verdict["task"], verdict["accepted"]) == ("length", "weval-mini", False)
    assert verdict["problems"][0].startswith("result.json: ")


@pytest.mark.parametrize("verb", ["check", "build"])
def test_an_empty_folder_is_a_mistake(weval: Weval, verb: str) -> None:
    Path("results").mkdir()
    said = weval("leaderboard", verb)
    assert said.code == 2 and "results: holds no submissions; weval submit RUN makes one" in said.err


# rerun


def test_a_repetition_confirms_and_is_recorded(weval: Weval, submitted: Path) -> None:
    said = weval("leaderboard", "rerun", str(submitted), "-n", "5", "--seed", "7", "--record", "Ada")
    assert said.code == 0
    assert said.out.startswith(
        "confirmed: length/weval-mini\n  5 requests of 300 asked again (--seed 7 draws the same)"
    )
    assert "note: asking length 5 requests again\n" in said.err
    assert "note: recorded in " in said.err
    line = json.loads(Path("results/reruns.jsonl").read_text())
    assert (line["by"], line["seed"], line["n"], line["confirmed"]) == ("Ada", 7, 5, True)
    assert weval("leaderboard", "check").code == 0


def test_what_is_not_confirmed_ends_with_2_and_still_prints(weval: Weval, submitted: Path) -> None:
    said = weval("leaderboard", "rerun", str(submitted), "-n", "5", "--model", "shortest", "--json")
    assert said.code == 2
    found = json.loads(said.out)
    assert (found["confirmed"], found["n"], found["within"]) == (False, 5, 0)
    assert found["unlike"] == ['adapter was "Length", is "Shortest"']
    assert not Path("results/reruns.jsonl").exists()


def test_another_model_is_not_recorded(weval: Weval, submitted: Path) -> None:
    said = weval("leaderboard", "rerun", str(submitted), "-n", "5", "--model", "shortest", "--record", "Ada")
    assert said.code == 2
    assert "weval: length/weval-mini: not recorded" in said.err
    assert said.out.startswith("not confirmed: ")


# index


def test_the_index_of_a_task_says_where_it_is(weval: Weval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_index(name: str) -> Path:
        return tmp_path / name / "gold.json"

    monkeypatch.setattr("weval.leaderboard.gold.write_index", write_index)
    assert weval("leaderboard", "index", "weval-mini").out == f"{tmp_path}/weval-mini/gold.json\n"


# build and serve, with a site that is made in no time


@dataclass
class Built:
    out: Path
    n_submissions: int = 3
    n_recomputed: int = 1
    refused: list[Verdict] = field(default_factory=list)
    seconds: float = 1.234


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    """What `build_site` was asked for. It leaves one submission out."""
    asked = []

    def build_site(results: Path, out: Path, watch: Callable[[str], None] | None = None) -> Built:
        asked.append((results, out))
        if watch:
            watch("reading\x1b[2J")
        out.mkdir(parents=True, exist_ok=True)
        (out / "index.html").write_text("<p>board</p>")
        return Built(out, refused=[Verdict(Entry(results, "evil\nok", "weval"), ["is\nforged", "twice"])])

    monkeypatch.setattr(site, "build_site", build_site, raising=False)
    return asked


def test_build_says_what_it_made_and_what_it_left_out(weval: Weval, built: list[tuple[Path, Path]]) -> None:
    said = weval("leaderboard", "build", "--results", "r", "--out", "o")
    assert built == [(Path("r"), Path("o"))]
    assert said.code == 0
    assert said.out == "3 submissions (1 recomputed, 1 refused) in 1.2 s\nsite: o/index.html\n"
    assert "note: refused evil\\nok/weval: is\\nforged (and 1 more)\n" in said.err
    assert "\x1b" not in said.err


def test_build_for_machines(weval: Weval, built: list[tuple[Path, Path]]) -> None:
    said = weval("leaderboard", "build", "--json")
    assert built == [(Path("results"), Path("site"))]
    assert json.loads(said.out) == {
        "out": "site",
        "submissions": 3,
        "recomputed": 1,
        "refused": [{"model": "evil\nok", "task": "weval", "problems": ["is\nforged", "twice"]}],
        "seconds": 1.23,
    }


def test_serve_shows_the_site_until_ctrl_c(
    weval: Weval, built: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def look_and_stop(self: Any, poll_interval: float = 0.5) -> None:
        thread = threading.Thread(target=self.handle_request)
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=5)
        connection.request("GET", "/")
        seen.update(port=self.server_port, text=connection.getresponse().read())
        connection.close()
        thread.join()
        raise KeyboardInterrupt

    monkeypatch.setattr(serving.ThreadingHTTPServer, "serve_forever", look_and_stop)
    said = weval("leaderboard", "serve", "--out", "o", "--port", "0")
    assert said.code == 0
    assert seen["text"] == b"<p>board</p>"
    assert said.out.endswith(f"site: o/index.html\nhttp://127.0.0.1:{seen['port']}/ (Ctrl-C ends it)\n")
    assert "Traceback" not in said.err


# wrong arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "nowhere"], "nowhere: no such folder"),
        (["check", ".", "--against", "nowhere"], "nowhere: no such folder"),
        (["rerun"], "SUBMISSION"),
        (["rerun", "nowhere"], "nowhere: no such folder"),
        (["rerun", "."], "holds no submissions; name one"),
        (["rerun", ".", "-n", "0"], "-n 0: at least 1"),
        (["rerun", ".", "-n", "x"], "-n"),
        (["rerun", ".", "--record", " "], "--record: a name on one line"),
        (["rerun", ".", "--record", "a\nb"], "--record: a name on one line"),
        (["rerun", ".", "--set", "x"], "is not key=value"),
        (["index", "weval-mimi"], "did you mean weval-mini"),
        (["serve", "--port", "70000"], "--port 70000: from 0 to 65535"),
        (["serve", "--port", "x"], "--port"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_arguments_end_with_2_and_say_what_is_wrong(weval: Weval, arguments: list[str], words: str) -> None:
    said = weval("leaderboard", *arguments)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_every_verb_has_help(weval: Weval) -> None:
    said = weval("leaderboard", "--help")
    for verb in ("check", "rerun", "index", "build", "serve"):
        assert verb in said.out
        assert weval("leaderboard", verb, "--help").code == 0
