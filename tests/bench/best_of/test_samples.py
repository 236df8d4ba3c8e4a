"""The runs of the texts: ordinary ones, told about once, left in batches together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.servers import Server
from tests.bench.best_of.raters import best_of_run
from tests.bench.scripted import Noting, requests, rows_of, write_rows
from tests.textmodels import fake_batches
from weval.bench.best_of import BestOf, BestOfRun, run_best_of
from weval.bench.readback import read_bench_run
from weval.bench.ready import BenchRun
from weval.errors import Pending
from weval.store import read_run


def test_each_sample_is_an_ordinary_run_with_its_own_seed(done: BestOf) -> None:
    for at, sample in enumerate(done.samples):
        assert read_bench_run(sample.folder).result.figures == sample.result.figures
        model = read_run(sample.folder).identity["steps"]["responses"]["model"]
        assert model["sampling_seed"] == at


def test_what_all_runs_say_is_said_once(seeded_server: Server, data: Path, tmp_path: Path) -> None:
    rows = [{"item": str(i), "sample": k, "text": "tea " * (60 * k)} for i in (1, 2) for k in (1, 2)]
    given = write_rows(tmp_path / "several.jsonl", rows)
    noting = Noting()
    run = BenchRun("longwrite-ruler", data=data, responses=given, out=tmp_path / "root", settings={"resamples": "100"})
    run_best_of(BestOfRun(run, 2, "length"), noting)
    assert len(noting.notices) == len(set(noting.notices)) == 2  # one for each file, which has another name
    assert run_best_of(best_of_run(seeded_server, data, tmp_path / "other")).result.n_scored == 3


def test_texts_in_batches_are_left_together_and_collected_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", fake_batches.KEY)
    data = requests(tmp_path, [f"say {'tea ' * (n + 1)}" for n in range(3)])
    with fake_batches.serving() as fake:
        fake.ends = False
        settings = {"writer.base_url": fake.url, "writer.batch": "leave", "resamples": "100"}
        run = BenchRun("longwrite-ruler", model="openai/gpt-4o", data=data, out=tmp_path / "out", settings=settings)
        for _ in range(2):
            with pytest.raises(Pending):
                run_best_of(BestOfRun(run, 3, "length"))
            assert len(fake.batches) == 3
        fake.end()
        assert run_best_of(BestOfRun(run, 3, "length")).result.n_scored == 3
        assert len(fake.batches) == 3 and len(rows_of(tmp_path / "out" / "sample-3" / "responses.jsonl")) == 3
