"""A run of a benchmark becomes a submission, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.leaderboard.factories import put
from tests.leaderboard.writing import CARD_OF, NAME, Writers, entry_of, lines_of, result_of
from weval.errors import ConfigError, DataError, ResultError
from weval.files import read_json
from weval.leaderboard.check import check
from weval.leaderboard.submit import card_defaults, runs_to_submit, submit
from weval.store import RESULT, RUN, RunRecord


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_is_written_with_all_replies_in_order_and_the_figures_of_the_run(writers: Writers) -> None:
    entry = entry_of(writers.results, "good")
    run = read_json(writers.runs / "good" / f"{NAME}-judge" / RUN, RunRecord)
    published = read_json(entry.folder / RUN, RunRecord)
    assert published.identity == run.identity
    assert published.command.startswith("weval bench longbench-write --model server/good --judge server/judge --set ")
    assert "resamples" not in published.command
    assert published.evaluate == {}
    assert [json.loads(line)["item"] for line in lines_of(entry)] == [str(at) for at in range(1, 15)]
    assert result_of(entry).resamples > 100
    assert result_of(entry).figures["s_q"].estimate.value == 100


def test_the_same_run_again_replaces_itself_and_leaves_the_other(writers: Writers) -> None:
    before = listing(writers.results)
    done = submit(writers.runs / "good" / f"{NAME}-second", {"name": "good", **CARD_OF}, writers.results)
    assert done.replaced
    assert str(done.entry) == f"writers/good/{entry_of(writers.results, 'good', 'second').task}"
    assert listing(writers.results) == before


def test_what_would_be_refused_changes_nothing(writers: Writers) -> None:
    before = listing(writers.results)
    run = writers.runs / "good" / f"{NAME}-judge"
    with pytest.raises(DataError, match="its texts are those of good, answer for answer"):
        submit(run, {"name": "thief", **CARD_OF}, writers.results)
    (run / RESULT).unlink()
    with pytest.raises(ResultError, match=r"has no result\.json yet"):
        submit(run, {"name": "good", **CARD_OF}, writers.results)
    assert listing(writers.results) == before


def test_a_run_that_cannot_be_published_says_why(writers: Writers) -> None:
    run = writers.runs / "good" / f"{NAME}-judge"
    put(run / RUN, {"identity.limit": 5})
    with pytest.raises(ResultError, match="is not publishable: only the first 5 of 14 items were asked"):
        submit(run, {"name": "good", **CARD_OF}, writers.results)


def test_a_password_in_a_setting_is_not_published(writers: Writers) -> None:
    run = writers.runs / "good" / f"{NAME}-judge"
    put(run / RUN, {"settings": {"judge.base_url": "http://me:word@host/v1"}})
    with pytest.raises(DataError, match="holds an address that names a user"):
        submit(run, {"name": "good", **CARD_OF}, writers.results)


def test_runs_are_found_and_their_cards_filled(writers: Writers) -> None:
    found = runs_to_submit([writers.runs], {})
    assert [run.parent.name for run in found] == ["filed", "good", "good", "poor"]
    said = card_defaults(found[1], writers.results, {})
    assert (said["name"], said["family"], said["organisation"]) == ("good", "writer", "Tea House")
    with pytest.raises(ConfigError, match="is a submission already"):
        runs_to_submit([entry_of(writers.results, "good").folder], {})
    with pytest.raises(ConfigError, match="these are runs of 3 models"):
        runs_to_submit([writers.runs], {"name": "x"})


def test_what_is_not_for_writers_is_said(writers: Writers) -> None:
    run = writers.runs / "good" / f"{NAME}-judge"
    with pytest.raises(ConfigError, match="--why: how figures of writers changed is not recorded"):
        submit(run, {"name": "good", **CARD_OF}, writers.results, "better")
    with pytest.raises(ConfigError, match="name the folder in which writers/ lies"):
        submit(run, {"name": "good", **CARD_OF}, writers.results / "writers")
    (said,) = [verdict for verdict in _refused_as_judge(writers) if verdict]
    assert "family is judge; that of what lies in writers/, and of nothing else, is writer" in said


def _refused_as_judge(writers: Writers) -> list[str]:
    put(entry_of(writers.results, "poor").model_folder / "card.json", {"family": "judge"})
    return [" ".join(verdict.problems) for verdict in check([writers.results])]
