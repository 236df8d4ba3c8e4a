"""What a benchmark says where it says nothing of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from weval.bench.benchmark import Benchmark
from weval.bench.data import BenchData
from weval.bench.items import BenchItem, Call, Figure, Mode, Row, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.spec import read_bench
from weval.bench.told import Told

STEP = Step("responses", "writer", tries=1, fills="responses")


class Smallest(Benchmark[BenchItem]):
    """Only what has to be said."""

    figures = (Figure("n", "N", 0, 1, "whether there is a text"),)

    @classmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        return (STEP,)

    def read(self) -> Iterator[BenchItem]:
        yield BenchItem(id="a", prompt="Write.")

    def call(self, step: Step, item: BenchItem, part: str, told: Told) -> Call:
        return Call(part, (("user", item.prompt),))

    def row(self, item: BenchItem, told: Told, mode: Mode) -> Row:
        return Row(item.id, {"n": (1.0, 1.0) if told.text("responses", item.id).kind == "text" else None})


def test_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "longbench_write.jsonl").write_text("{}\n")
    data = BenchData(read_bench("longbench-write"), own=tmp_path)
    benchmark = Smallest(data, BenchOptions(), {})
    (item,) = benchmark.items
    assert benchmark.parts(STEP, item, Told({})) == ("1",)
    assert benchmark.is_read(STEP, ReplyRow(item="a")) and not benchmark.is_read(
        STEP, ReplyRow(item="a", status="failed")
    )
    assert benchmark.given("responses", {"x": 1}) is None
    assert benchmark.further([]) == () and benchmark.remarks() == () and benchmark.repairs == {}
    assert benchmark.original_figures([Row("a", {"n": (1.0, 1.0)}), Row("b", {})]) == {"n": 1.0}
    assert benchmark.usual_tokens(item) > 0
    assert benchmark.of_run == benchmark.items
    benchmark.limit = 0
    assert benchmark.of_run == ()
    benchmark.needs([STEP], [item])
    assert data.used == {}
