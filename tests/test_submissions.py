"""Everything in results/ holds: a pull request that brings data alone is tested here."""

from __future__ import annotations

from pathlib import Path

from weval.leaderboard.check import check
from weval.leaderboard.reruns import read_reruns
from weval.leaderboard.tree import entries
from weval.published import read_published

RESULTS = Path(__file__).parents[1] / "results"


def test_every_submission_is_accepted() -> None:
    verdicts = check([RESULTS])
    assert {str(verdict.entry): verdict.problems for verdict in verdicts if not verdict.accepted} == {}
    assert {*entries(RESULTS)} == {verdict.entry for verdict in verdicts}


def test_the_baselines_are_there_with_the_probe_that_the_table_shows() -> None:
    for model in ("rules", "keywords", "shortest", "constant", "first", "random", "length"):
        assert (RESULTS / model / "weval-mini" / "swapped" / "run.json").is_file()


def test_what_maintainers_repeated_are_scores_that_are_here() -> None:
    results = {str(verdict.entry) for verdict in check([RESULTS])}
    for rerun in read_reruns(RESULTS):
        assert f"{rerun.model}/{rerun.task}" in results
        assert rerun.confirmed


def test_the_published_tables_are_readable() -> None:
    assert {table.task for table in read_published(RESULTS)} >= {"weval", "weval-gpt4o", "weval-gemini"}
