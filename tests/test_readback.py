from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from weval.errors import ConfigError, DataError, ResultError
from weval.evaluate import EvaluateOptions, per_item
from weval.plan import PROBES
from weval.readback import finish, probes_of, read_back, read_result, rescore, result_of, run_folders, runs_beside
from weval.run import RunSpec, run
from weval.store import RESULT, RUN, SCORES

ITEMS = [make_item(f"i{n}") for n in range(5)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A file of five small items."""
    return write_items(tmp_path / "items.jsonl", ITEMS)


def scored(data: Path, name: str, **more: object) -> Path:
    """The folder of a run of `length` beside the data."""
    return run(RunSpec("length", data=data, out=data.parent / name, **more)).folder


def test_a_run_is_read_back_as_it_was_made(data: Path) -> None:
    settings = {"resamples": "300", "drift": "2", "seed": "7"}
    outcome = run(RunSpec("length", data=data, out=data.parent / "out", settings=settings))
    found = read_back(outcome.folder)
    assert found.identity == outcome.run.identity
    assert found.options == EvaluateOptions(resamples=300, drift=2.0)
    assert list(found.items()) == ITEMS
    assert found.joined.n_items == 5
    assert found.joined.statuses == {"ok": 15}
    assert finish(found).result == outcome.result


def test_a_limited_run_is_read_back_with_its_items_only(data: Path) -> None:
    found = read_back(scored(data, "out", limit=2))
    assert list(found.items()) == ITEMS[:2]
    assert found.joined.n_items == 2


def test_a_run_on_one_of_our_tasks_is_read_back(tmp_path: Path) -> None:
    folder = run(RunSpec("length", task="weval-mini", limit=3, out=tmp_path / "out")).folder
    assert [item.id for item in read_back(folder).items()] == ["w0002", "w0003", "w0004"]


def test_reasons_against_publishing_come_from_how_it_was_asked(data: Path) -> None:
    settings = {"probe": "swapped", "judged_on": "own"}
    result = read_result(scored(data, "out", settings=settings, limit=2))
    assert result.unpublishable_because == (
        "only the first 2 of 5 items were judged",
        "responses were judged on their own requirements only",
        "this is a probe (swapped), not the benchmark",
    )
    assert not result.publishable


def test_another_file_is_refused(data: Path) -> None:
    folder = scored(data, "out")
    write_items(data, ITEMS[:4])
    with pytest.raises(ResultError, match=r"out: was scored on another file .* than .*items\.jsonl is now"):
        read_back(folder)


@pytest.mark.parametrize("reader", [read_back, read_result])
def test_what_is_no_run_is_refused(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    with pytest.raises(ResultError, match="not a run folder"):
        reader(tmp_path)


def test_a_broken_record_names_its_field(data: Path) -> None:
    folder = scored(data, "out")
    record = json.loads((folder / RUN).read_text())
    record["identity"]["plan"]["probe"] = "backwards"
    record["evaluate"]["drift"] = -1
    (folder / RUN).write_text(json.dumps(record))
    with pytest.raises(DataError, match=r"identity\.plan\.probe"):
        read_back(folder)


def test_rescoring_takes_new_settings_and_repairs_a_half_line(data: Path) -> None:
    folder = scored(data, "out")
    before = read_result(folder)
    with (folder / SCORES).open("ab") as file:
        file.write(b'{"id": "half')
    again = rescore(folder, {"resamples": "200", "drift": "1"}).result
    assert again.metrics["correlation"].value == before.metrics["correlation"].value
    assert (again.resamples, again.diagnosis.resolution.drift) == (200, 1.0)
    assert read_result(folder) == again
    assert rescore(folder).result == before  # the run's own settings stay what they were
    with pytest.raises(ConfigError, match="unknown setting 'probe'"):
        rescore(folder, {"probe": "swapped"})
    with pytest.raises(ResultError, match="not a run folder"):
        rescore(data.parent)


def test_a_result_that_is_missing_or_broken_is_said(data: Path) -> None:
    folder = scored(data, "out")
    (folder / RESULT).write_text('{"schema": 1}')
    with pytest.raises(DataError, match=r"result\.json"):
        read_result(folder)
    (folder / RESULT).unlink()
    with pytest.raises(ResultError, match=r"has no result\.json yet"):
        read_result(folder)


def test_runs_below_a_folder_are_found_by_name(data: Path) -> None:
    second, first = scored(data, "runs/b/x"), scored(data, "runs/a/x")
    assert run_folders(data.parent / "runs") == [first, second]
    assert run_folders(first) == [first]


def test_a_folder_without_runs_and_no_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="holds no run"):
        run_folders(tmp_path)
    with pytest.raises(ResultError, match="no such folder"):
        run_folders(tmp_path / "nowhere")


def test_the_probes_of_a_run_are_those_that_differ_in_nothing_else(data: Path) -> None:
    plain = read_back(scored(data, "plain"))
    assert probes_of(plain) == {}
    scored(data, "other-seed", settings={"probe": "swapped", "seed": "1"})
    scored(data, "fewer", settings={"probe": "swapped"}, limit=2)
    scored(data, "plain-again", settings={"resamples": "200"})
    assert probes_of(plain) == {}
    swapped = scored(data, "probe", settings={"probe": "swapped", "resamples": "200"})
    assert probes_of(plain) == {"swapped": read_result(swapped)}
    injected, echoed, blind = (
        scored(data, f"a-{probe}", settings={"probe": probe}) for probe in ("injected", "echoed", "response_only")
    )
    scored(data, "z-second", settings={"probe": "echoed", "resamples": "300"})
    found = probes_of(plain)
    assert tuple(found) == PROBES
    assert [*found.values()] == [read_result(folder) for folder in (swapped, blind, echoed, injected)]


def test_other_folders_that_are_broken_do_not_trouble_a_run(data: Path) -> None:
    plain = read_back(scored(data, "plain"))
    for name, text in (("a-text", "nothing"), ("a-number", "3"), ("a-stranger", '{"schema": 1}')):
        (data.parent / name).mkdir()
        (data.parent / name / RUN).write_text(text)
    unfinished = scored(data, "b-unfinished", settings={"probe": "swapped"})
    (unfinished / RESULT).unlink()
    assert probes_of(plain) == {}
    probe = scored(data, "c-finished", settings={"probe": "swapped"})
    assert probes_of(plain) == {"swapped": read_result(probe)}


def test_a_run_named_relatively_finds_its_probe(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scored(data, "plain")
    probe = scored(data, "probe", settings={"probe": "swapped"})
    monkeypatch.chdir(data.parent / "plain")
    assert probes_of(read_back(Path())) == {"swapped": read_result(probe)}


def test_the_result_of_answers_is_that_of_their_run(data: Path) -> None:
    """Whoever has the answers beside gold gets the same figures, without the folder."""
    plain = read_back(scored(data, "out", settings={"probe": "swapped"}))
    options = EvaluateOptions()
    found = result_of(plain.identity, per_item(plain.joined, options), options, n_task_items=5, notices=("a", "b"))
    assert found == read_result(plain.folder).model_copy(update={"notices": ("a", "b")})
    assert found.unpublishable_because == ("this is a probe (swapped), not the benchmark",)


def test_folders_of_probes_are_found_beside_a_run(data: Path) -> None:
    plain = read_back(scored(data, "plain"))
    assert runs_beside(plain.folder, plain.identity) == {}
    echoed, swapped = (scored(data, f"a-{probe}", settings={"probe": probe}) for probe in ("echoed", "swapped"))
    scored(data, "other", settings={"probe": "injected", "seed": "1"})
    found = runs_beside(plain.folder, plain.identity)
    assert [*found.items()] == [("swapped", swapped), ("echoed", echoed)]
    assert runs_beside(swapped, read_back(swapped).identity) == found
    (swapped / RESULT).unlink()  # not finished
    assert runs_beside(plain.folder, plain.identity) == {"echoed": echoed}


def test_runs_of_benchmarks_are_passed_over_and_named_when_they_are_meant(data: Path) -> None:
    scored(data, "runs/a")
    other = data.parent / "runs" / "b"
    other.mkdir()
    record = {"schema": 1, "created": "2026", "command": "x", "data": None, "identity": {"benchmark": {}}}
    (other / RUN).write_text(json.dumps({**record, "environment": {}}))
    assert run_folders(data.parent / "runs") == [data.parent / "runs" / "a"]
    for read in (read_back, read_result, rescore):
        with pytest.raises(ResultError, match=r"b: holds a run of weval bench, .*; weval bench report shows it"):
            read(other)
    (other / RESULT).write_text("{}")
    with pytest.raises(ResultError, match=r"b: holds a run of weval bench"):
        read_result(other)


def test_a_result_from_which_figures_were_taken_is_not_shown(data: Path) -> None:
    folder = scored(data, "out")
    content = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    del content["metrics"]["il"]
    del content["diagnosis"]["tie_rules"]["adverse"]
    content["diagnosis"]["detectable_difference"] = {}
    (folder / RESULT).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_result(folder)
    assert [problem.removeprefix(f"{folder / RESULT}: ") for problem in caught.value.problems] == [
        "metrics.il: is missing",
        "diagnosis.detectable_difference.correlation: is missing",
        "diagnosis.tie_rules.adverse.correlation: is missing",
    ]
