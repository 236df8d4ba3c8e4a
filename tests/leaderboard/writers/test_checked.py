"""A submitted run of a benchmark is looked through: forged in one respect, it is refused for that reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.leaderboard.factories import bomb, put
from tests.leaderboard.writing import Writers, entry_of, lines_of, put_lines, put_rows, result_of, settle
from weval.bench.identity import BenchId
from weval.errors import DataError
from weval.leaderboard.check import check
from weval.leaderboard.checked import faultless
from weval.leaderboard.tree import Entry
from weval.leaderboard.writers import packed
from weval.leaderboard.writers.checked import need_data, read_writer_identity, read_writer_run, texts_in
from weval.leaderboard.writers.packed import packed_name
from weval.store import RESULT, RUN


def problems(entry: Entry) -> list[str]:
    (verdict,) = check([entry.folder])
    return verdict.problems


def rows(entry: Entry, step: str = "responses") -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(entry, step)]


def test_honest_ones_are_accepted_with_their_figures(writers: Writers) -> None:
    verdicts = {str(verdict.entry): verdict for verdict in check([writers.results])}
    assert len(verdicts) == 4
    assert {name: verdict.problems for name, verdict in verdicts.items() if verdict.problems} == {}
    good = entry_of(writers.results, "good")
    assert verdicts[str(good)].result == result_of(good)
    assert verdicts[str(good)].doubts == []
    filed = verdicts[str(entry_of(writers.results, "filed"))]
    assert filed.doubts == ["texts, or verdicts on them, were in a file: nobody can ask for them again"]


def test_a_figure_written_by_hand_is_named(writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    put(entry.folder / RESULT, {"figures.s_bar.estimate.value": 99.0})
    (said,) = problems(entry)
    assert said.startswith("result.json: figures.s_bar.estimate.value is 99, recomputed ")


def test_another_verdict_is_another_figure(writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    forged = rows(entry, "replies")
    forged[0]["text"] = forged[0]["text"].replace(": 1", ": 5").replace(": 2", ": 5")
    put_rows(entry, forged, "replies")
    found = problems(entry)
    assert any(said.startswith("result.json: by.") for said in found)
    assert any("more differences; no figure of a submission is written by hand" in said for said in found)


Forge = Callable[[Entry], None]


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Forge:
    return lambda entry: put_lines(entry, change(lines_of(entry)))


def _first(**fields: Any) -> Forge:
    return lambda entry: put_rows(entry, [rows(entry)[0] | fields, *rows(entry)[1:]])


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_lines(lambda lines: [lines[0], *lines]), "responses.jsonl.gz:2: is not in order, or there twice"),
        (_lines(lambda lines: lines[::-1]), "is not in order"),
        (_lines(lambda lines: [b" " + lines[0], *lines[1:]]), "is not written as weval submit writes it"),
        (_lines(lambda lines: [*lines, b"\n"]), "is an empty line"),
        (_lines(lambda lines: [*lines[:-1], lines[-1][:-9]]), "responses.jsonl.gz:14: "),
        (_first(item="999"), "is about '999', which is no item of the benchmark"),
        (_first(part="zzz"), "has a reply about 'zzz' of item 1, which is not asked"),
        (_first(cost_usd=1e300), "cost_usd is below 0, or above 1e+09"),
        (_first(seconds=-1.0), "seconds is below 0"),
        (_first(values=[1e200]), "a score beyond 1e150"),
        (_first(reason="x" * 400), "a reason of more than 300 characters"),
        (_first(more=1), "responses.jsonl.gz:1: more: "),
        (lambda entry: (entry.folder / packed_name("responses")).write_bytes(b"no"), "is not a gzip file"),
        (lambda entry: (entry.folder / packed_name("replies")).unlink(), "No such file"),
        (lambda entry: (entry.folder / "more.txt").write_text("x"), "more.txt: does not belong in a submission"),
        (lambda entry: (entry.folder / "swapped").mkdir(), "swapped: does not belong in a submission"),
        (lambda entry: (entry.model_folder / "changes.jsonl").touch(), "changes.jsonl: does not belong"),
    ],
)  # fmt: skip
def test_forged_replies_are_refused(writers: Writers, forge: Forge, reason: str) -> None:
    entry = entry_of(writers.results, "poor")
    forge(entry)
    found = problems(entry)
    assert any(reason in said for said in found), found
    assert not any("/tmp" in said and "responses.jsonl:" in said for said in found)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("identity.limit", 3, "only the first 3 items were asked"),
        ("identity.benchmark.version", "0.9", "is a run of longbench-write 0.9; now it is 1.0"),
        ("identity.benchmark.set", "en", "its set is 'en'"),
        ("identity.benchmark.name", "nothing", "'nothing', which is no benchmark of this weval"),
        ("identity.files.prompts", "0" * 64, "was made on another file"),
        ("identity.options.mode", "original", "by the published arithmetic"),
        ("identity.options.prompt", "/etc", "is no judge folder that weval brings"),
        ("identity.options.tries", 99, "options.tries: "),
        ("identity.judge", None, "names a judge where nobody judges, or none where somebody does"),
        ("identity.steps", {}, "steps are not responses, replies"),
        ("identity.more", 1, "identity.more: "),
        ("data", "/home/me/data", "names a file of the submitter's"),
        ("evaluate", {"resamples": 100}, "evaluate is not empty"),
        ("command", "weval bench x; rm -rf /", "command is not one of weval bench"),
        ("command", "weval bench longbench-write", "command is not that of this run"),
        ("created", "2999-01-01T00:00:00Z", "which is not a time in the past"),
        ("settings", {"writer.base_url": "http://me:word@host"}, "holds an address that names a user"),
        ("identity.writer.name", "a\u202eb", "not on one line"),
        ("identity.judge.name", "j" * 400, "the name of its judge is longer than 300 characters"),
    ],
)
def test_forged_records_are_refused(writers: Writers, field: str, value: Any, reason: str) -> None:
    entry = entry_of(writers.results, "poor")
    put(entry.folder / RUN, {field: value})
    found = problems(entry)
    assert any(reason in said for said in found), found


def test_another_way_of_judging_lies_in_another_folder(writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    put(entry.folder / RUN, {"identity.steps.replies.model.model": "a-better-judge"})
    assert any("the folder of this run is called longbench-write.judge." in said for said in problems(entry))


def test_a_bomb_is_unpacked_as_far_as_replies_can_go(writers: Writers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 2**20)
    entry = entry_of(writers.results, "poor")
    (entry.folder / packed_name("replies")).write_bytes(bomb(400))
    (said,) = problems(entry)
    assert said.endswith("unpacks to more than 1,048,576 bytes, which no replies to a benchmark take")


def test_a_file_that_cannot_be_pinned_is_no_public_one(writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    identity = read_writer_identity(entry.folder)[1]
    bench = BenchId(name="arena-write", version="1.0", set="all")
    with pytest.raises(DataError, match="arena-write: its tasks cannot be pinned"):
        need_data(identity.model_copy(update={"benchmark": bench, "files": {"tasks": "0" * 64}}))


@pytest.mark.parametrize("field", ["identity.benchmark.set", "identity.benchmark.name"])
def test_one_that_names_nothing_does_not_trouble_the_others(writers: Writers, field: str) -> None:
    put(entry_of(writers.results, "poor").folder / RUN, {field: "nothing"})
    verdicts = check([writers.results])
    assert {verdict.entry.model for verdict in verdicts if not verdict.accepted} == {"poor"}


def test_somebody_elses_texts_are_refused(writers: Writers) -> None:
    entry, other = (entry_of(writers.results, name) for name in ("poor", "good"))
    put_lines(entry, lines_of(other))
    settle(entry)
    assert "its texts are those of good, answer for answer" in problems(entry)
    assert texts_in(entry.folder) == texts_in(other.folder) != ""


def test_too_many_missing_are_refused(writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    put_lines(entry, lines_of(entry, "replies")[2:], "replies")
    settle(entry)
    assert any(said.startswith("is not publishable: 14.3% of the items have no score") for said in problems(entry))


def test_nothing_is_downloaded_for_a_check(writers: Writers, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    (said,) = problems(entry_of(writers.results, "poor"))
    assert said == "longbench-write: its public files are not here; bring them: weval fetch longbench-write"


def test_other_words_of_a_judge_are_doubted(writers: Writers) -> None:
    entry = entry_of(writers.results, "poor")
    put(entry.folder / RUN, {"identity.steps.replies.sha256": "0" * 64})
    run = faultless_but_its_folder(entry)
    (verdict,) = check([run.folder])
    assert verdict.doubts == ["replies: was asked by other words than those that the judge writing-quality-6 has now"]
    assert verdict.problems == []


def faultless_but_its_folder(entry: Entry) -> Entry:
    """The submission in the folder that its run has, its figures made again."""
    name = read_writer_identity(entry.folder)[1].folder
    moved = Entry(entry.root, entry.model, name)
    entry.folder.rename(moved.folder)
    settle(moved)
    return moved


def test_what_was_read_is_what_was_written(writers: Writers) -> None:
    entry = entry_of(writers.results, "good")
    run = faultless(read_writer_run(entry.folder))
    assert len(run.digest) == 64
    assert run.result == result_of(entry)
    assert [row["item"] for row in rows(entry)] == [item.id for item in run.outcome.items]
