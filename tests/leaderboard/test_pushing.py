"""The real client of the Hub opens a pull request on a hub on loopback; each fault is one line without the token."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import yaml
from huggingface_hub import constants, parse_eval_result_entries

from tests.leaderboard.fake_dataset_hub import NAME, Fault, Hub, Reply, serving, taken_for_the_real_one
from tests.leaderboard.writing import Writers, entry_of
from weval.errors import ConfigError, DataError, ResultError, WevalError
from weval.leaderboard.pushing import eval_results_yaml, push_to_hub
from weval.leaderboard.tree import Entry
from weval.readback import read_result
from weval.remote.hub import check_repository
from weval.store import RUN, read_run

# huggingface_hub 2.4 sends large files in a way that its own HTTP client deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning")

TOKEN = "hf_notForAnyEyes"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub which the client in this process takes for the real one."""
    with serving() as found:
        taken_for_the_real_one(found.url, monkeypatch, tmp_path)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield found


def refused(entry: Entry, repository: str = NAME, kind: type[WevalError] = ConfigError) -> str:
    """The one line that is said about it."""
    with pytest.raises(kind) as caught:
        push_to_hub([entry], repository)
    line = str(caught.value)
    assert line.isprintable()
    assert TOKEN not in line
    return line


def test_one_pull_request_holds_all_files_of_the_models_and_nothing_else(
    hub: Hub, root: Path, length: Entry, keywords: Entry
) -> None:
    (root / "length" / "notes.txt").write_text("mine")
    address = push_to_hub([length, keywords], NAME)
    assert address == f"{hub.url}/datasets/org/board/discussions/7"
    wanted = {
        f"results/{path.relative_to(root).as_posix()}": path.read_bytes()
        for model in ("length", "keywords")
        for path in (root / model).rglob("*")
        if path.is_file() and path.name != "notes.txt"
    }
    assert hub.files == wanted
    assert "results/length/weval-mini/swapped/scores.jsonl.gz" in wanted
    assert hub.header["summary"] == "Submit length, keywords"
    assert hub.tokens == {f"Bearer {TOKEN}"}
    commits = [query for (_, path), query in zip(hub.asked, hub.queries, strict=True) if "/commit/" in path]
    assert commits == [{"create_pr": ["1"]}]


def test_nothing_new_is_no_pull_request(hub: Hub, length: Entry) -> None:
    push_to_hub([length], NAME)
    hub.published = hub.files
    assert refused(length, kind=ResultError) == "org/board: has these files already; there is nothing to submit"


def test_a_link_is_not_followed(hub: Hub, root: Path, length: Entry, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (length.folder / RUN).unlink()
    (length.folder / RUN).symlink_to(secret)
    assert "run.json: is a link" in refused(length, kind=ResultError)
    assert hub.asked == []


def refusing(status: int, within: str = "/", **headers: str) -> Fault:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _, path: Reply(status, {"error": f"no {TOKEN}"}, said) if within in path else None


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refusing(404, X_Error_Code="RepoNotFound"), "no such dataset on the Hub, or a private one"),
        (refusing(403, X_Error_Code="GatedRepo"), "is gated"),
        (refusing(401, X_Error_Message="Invalid credentials in Authorization header"), "does not accept your token"),
        (refusing(403, "/commit/"), "may not open pull requests there (403)"),
        (refusing(413, "/commit/"), "the Hub refuses the files (413)"),
        (refusing(429, "/preupload/"), "too many requests from here (429)"),
        (refusing(500, "/commit/"), "the Hub is out of order (500)"),
        (refusing(403, "/storage/"), "may not open pull requests there (403)"),
        (lambda *_: Reply(content=b"<html>Please log in</html>"), "what answers is not the Hub; see HF_ENDPOINT"),
        (lambda _, path: Reply(content={}) if "/commit/" in path else None, "what answers is not the Hub"),
    ],
)
def test_what_the_hub_refuses_is_said_in_one_line(hub: Hub, length: Entry, fault: Fault, words: str) -> None:
    hub.fault = fault
    said = refused(length)
    assert said.startswith("org/board: ")
    assert words in said


def test_no_network(hub: Hub, length: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert refused(length) == "org/board: the Hub cannot be reached; see your network, proxy and HF_ENDPOINT"


def test_offline_by_choice(hub: Hub, length: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    huggingface_hub.close_session()
    try:
        assert refused(length) == "org/board: HF_HUB_OFFLINE forbids to reach the Hub"
    finally:
        huggingface_hub.close_session()
    assert hub.asked == []


def test_without_a_token_nothing_is_sent(hub: Hub, length: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert "needs your token: `hf auth login`" in refused(length)
    assert hub.asked == []


def test_a_token_that_is_none(hub: Hub, length: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_ß")
    assert "HF_TOKEN, or the token that is logged in, is none" in refused(length)


def test_an_error_that_nobody_foresaw_names_its_kind_and_repeats_nothing(
    hub: Hub, length: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(Exception):
        pass

    def broken(*_: object, **__: object) -> None:
        raise Odd(f"with {TOKEN}")

    monkeypatch.setattr(huggingface_hub.HfApi, "create_commit", broken)
    assert refused(length) == "org/board: it was not possible to open pull requests there (Odd)"


@pytest.mark.parametrize("name", ["board", "a/b/c", "../x", "a/..", "https://huggingface.co/datasets/a/b", "a/b\n", ""])
def test_a_name_that_no_dataset_has(length: Entry, name: str) -> None:
    assert "is not the name of a dataset of the Hub, OWNER/NAME" in refused(length, name)
    with pytest.raises(ConfigError, match=r"^--eval-results"):
        check_repository(name, "--eval-results")


def test_without_the_client(length: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert refused(length).endswith("needs huggingface-hub: pip install 'weval[hf]'")
    with pytest.raises(ConfigError, match="pip install 'weval\\[hf\\]'"):
        eval_results_yaml([length], "org/weval")


# the entry for a model's own page


def test_the_clients_own_reader_reads_the_entry(keywords: Entry) -> None:
    text = eval_results_yaml([keywords], "org/weval")
    correlation, reading = parse_eval_result_entries(yaml.safe_load(text))
    metrics = read_result(keywords.folder).metrics
    for entry, task_id, figure in (
        (correlation, "weval-mini", metrics["correlation"]),
        (reading, "weval-mini-reading", metrics["reading"]),
    ):
        assert figure is not None
        assert (entry.dataset_id, entry.task_id) == ("org/weval", task_id)
        assert entry.value == round(figure.value, 4)
        assert entry.date == read_run(keywords.folder).created.replace("+00:00", "Z")
    assert correlation.notes is not None
    assert "by weval's definition (ours)" in correlation.notes
    released = (read_result(keywords.folder).released or {})["correlation"]
    assert f"(released) is {released:.3f}" in correlation.notes
    assert text.startswith("# keywords, by weval ")


def test_a_figure_that_is_undefined_has_no_entry(length: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    result = read_result(length.folder).model_copy(update={"released": None})
    assert result.metrics["reading"] is None  # one score per response reads no requirement
    monkeypatch.setattr("weval.leaderboard.pushing.read_result", lambda _: result)
    (entry,) = parse_eval_result_entries(yaml.safe_load(eval_results_yaml([length], "org/weval")))
    assert entry.task_id == "weval-mini"
    assert "released" not in str(entry.notes)


def test_each_model_has_its_own_list(length: Entry, keywords: Entry) -> None:
    text = eval_results_yaml([length, keywords], "org/weval")
    first, second = text.split("# keywords, by weval")
    assert len(yaml.safe_load(first)) == 1
    assert len(yaml.safe_load("#" + second)) == 2


def test_a_run_without_a_time(length: Entry) -> None:
    record = read_run(length.folder).model_copy(update={"created": "yesterday"})
    (length.folder / RUN).write_text(record.model_dump_json(by_alias=True))
    with pytest.raises(DataError, match="created is not a time"):
        eval_results_yaml([length], "org/weval")


def test_a_writers_folder_goes_whole_and_no_figure_to_a_models_page(hub: Hub, writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    push_to_hub([entry], "org/board")
    place = f"results/writers/poor/{entry.task}"
    assert sorted(hub.files) == sorted(
        ["results/writers/poor/card.json"]
        + [f"{place}/{name}" for name in ("replies.jsonl.gz", "responses.jsonl.gz", "result.json", "run.json")]
    )
    with pytest.raises(ConfigError, match="--eval-results is for models on tasks"):
        eval_results_yaml([entry], "org/board")
