"""The suite of tests/benchmarks: its fits and ratios are exact, its JSON is what it says; nothing here is timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import bench_ray, bench_rewardbench, fitting, peers
from tests.benchmarks.__main__ import catalogue, main, run
from tests.benchmarks.markdown import BEGIN, END, put_into
from tests.benchmarks.records import Figure, Machine, Measured, Outcome, Point, Report, ratio_of, series_of
from tests.benchmarks.telling import WIDTH, duration, told
from tests.benchmarks.timing import Taken, alone, growing, in_turn

NAMES = {
    "startup", "plan", "score", "resume", "metrics", "leaderboard", "judges", "rm", "rewardbench", "lm_eval",
    "build_answer", "build_filter", "ray",
}  # fmt: skip


def test_a_line_is_the_least_squares() -> None:
    # By hand: means 2 and 3, slope (1 + 0 + 2) / 2; the line leaves 0.5, 1, 0.5, squared 1.5, of 1 + 1 + 4 in all.
    fit = fitting.line([1, 2, 3], [2, 2, 5])
    assert (fit.slope, fit.at_zero) == (1.5, 0.0)
    assert fit.r2 == pytest.approx(1 - 1.5 / 6)


def test_a_constant_has_no_share_to_explain() -> None:
    assert fitting.line([1, 2, 3], [4, 4, 4]) == (4.0, 0.0, None)


def test_a_line_through_one_place_is_refused() -> None:
    with pytest.raises(ValueError, match="two different x"):
        fitting.line([2, 2], [1, 3])


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_a_power_is_found_again(exponent: float) -> None:
    fit = fitting.power([10, 30, 1000], [3 * n**exponent for n in (10, 30, 1000)])
    assert fit == pytest.approx((3.0, exponent, 1.0))


def points(*seconds: float) -> list[Point]:
    return [Point(n=10 * k, seconds=value) for k, value in enumerate(seconds, start=1)]


def test_growth_says_what_is_fixed_and_what_grows() -> None:
    growth = series_of("x", "items", points(1.5, 2.0, 2.5)).growth
    assert growth is not None
    assert (growth.fixed, growth.each, growth.r2) == pytest.approx((1.0, 0.05, 1.0))
    assert 0 < growth.power < 1  # a fixed cost flattens it


@pytest.mark.parametrize("seconds", [(1.0, 2.0), (0.0, 1.0, 2.0)])
def test_two_points_or_no_time_at_all_show_no_growth(seconds: tuple[float, ...]) -> None:
    assert series_of("x", "items", points(*seconds)).growth is None


def test_a_ratio_is_that_of_neighbours() -> None:
    ratio = ratio_of("a", "b", ([1.0, 6.0, 2.0], [2.0, 2.0, 2.0]))
    assert ratio.rounds == (0.5, 3.0, 1.0)
    assert (ratio.median, ratio.low, ratio.high, ratio.seconds) == (1.0, 0.5, 3.0, (2.0, 2.0))


def test_what_is_compared_takes_turns_and_warms_up_uncounted() -> None:
    order = []

    def ours() -> float:
        order.append("a")
        return 1.0

    def theirs() -> Taken:
        order.append("b")
        return Taken(cpu=9.0, wall=4.0)

    ratio = in_turn(("a", ours), ("b", theirs), 3, "wall")
    assert "".join(order) == "abbaabba"
    assert ratio.rounds == (0.25, 0.25, 0.25)


def test_work_leaves_nothing_behind_and_its_memory_is_seen() -> None:
    kept: list[bytes] = []
    small, large = (alone(lambda n=n: lambda: kept.append(b"x" * n)) for n in (1, 80_000_000))
    assert kept == []
    assert small.mb is not None
    assert large.mb is not None
    assert large.mb - small.mb > 60


def test_work_that_fails_is_no_figure(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        growing("x", "items", [1], lambda n: lambda: 1 / 0, rounds=1)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_the_catalogue_has_a_line_for_each() -> None:
    found = catalogue()
    assert set(found) >= NAMES
    assert next(iter(found)) == "startup"
    assert all(about.endswith(".") for name, about in found.items() if name in NAMES)


def test_a_name_that_there_is_none_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "startup", "nonsense"]) == 2
    assert "no benchmark 'nonsense'; there are startup, " in capsys.readouterr().err


def test_a_peer_that_is_not_installed_is_said_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(peers.FOLDER, raising=False)
    assert bench_rewardbench.measure(quick=False) == Measured(missing=(f"rewardbench is not installed: {peers.HOW}",))


def test_what_workers_cost_is_told_for_each_number_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def timed(model: str, data: Path, out: Path, **settings: str) -> dict[str, float]:
        asked.append((len(data.read_text(encoding="utf-8").splitlines()), settings.get("workers", "here")))
        out.mkdir()
        (out / "result.json").write_text('{"cost": {"seconds": 1}}', encoding="utf-8")
        return {"whole_s": 3.0, "first_s": 2.0, "answers_s": 0.5}

    monkeypatch.setattr(bench_ray, "timed", timed)
    measured = bench_ray.measure(quick=True)
    assert asked == [(100, "here"), (100, "1")]
    assert [(figure.name, figure.value, figure.unit) for figure in measured.figures] == [
        ("here, until the first answer", 2.0, "s"),
        ("1 worker, until the first answer", 2.0, "s"),
        ("here, each request", 1.0, "ms"),
        ("1 worker, each request", 1.0, "ms"),
    ]
    assert measured.notes == ("500 requests to length; the results were the same",)


def test_peers_that_cannot_be_installed_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.benchmarks.peers.CREATE", ("-c", "import sys; sys.exit(3)"))
    monkeypatch.delenv(peers.FOLDER, raising=False)
    monkeypatch.setattr("tests.benchmarks.__main__.run", lambda chosen, quick: run({}, quick=quick))
    assert main(["--only", "plan", "--peers", str(tmp_path / "peers")]) == 0
    assert "could not be installed, and are left out" in capsys.readouterr().err
    assert peers.place() is None


def test_one_that_fails_is_told_beside_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    report = run({"nonsense": "Not there."}, quick=True)
    (outcome,) = report.benchmarks
    assert outcome.measured is None
    assert outcome.error == "ModuleNotFoundError: No module named 'tests.benchmarks.bench_nonsense'"
    assert "failed: ModuleNotFoundError" in told(report)


def test_a_quick_run_writes_its_figures_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--only", "startup", "--json", str(tmp_path / "figures.json")]) == 0
    text = (tmp_path / "figures.json").read_bytes()
    assert text.startswith(b'{\n "schema": 1,')
    report = Report.model_validate_json(text)
    (outcome,) = report.benchmarks
    assert outcome.measured is not None
    (ratio,) = outcome.measured.ratios
    assert (outcome.name, ratio.ours, len(ratio.rounds), ratio.clock) == ("startup", "weval --help", 2, "cpu")
    assert ratio.median > 0
    assert "weval --help" in capsys.readouterr().out


def test_a_report_is_told_in_80_columns() -> None:
    measured = Measured(
        series=(series_of("a name of some length, 5 candidates", "items", points(0.0001, 2000.0, 4000.0)),),
        ratios=(ratio_of("ours, with more words than usual, " * 3, "theirs", ([1.0], [2.0])),),
        figures=(Figure(name="rate", value=12345.6, unit="a second"),),
        notes=("a note " * 30,),
        missing=("something " * 20,),
    )
    outcome = Outcome(name="x", about="what it is " * 20, seconds=1.0, cpu=0.5, measured=measured)
    machine = Machine(system="Linux", processor="x86_64", cores=2, memory_gb=25, load=(0.1, 3.0))
    text = told(Report(date="2026-11-26", quick=False, seconds=3, machine=machine, versions={}, benchmarks=(outcome,)))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "0.5 (0.5 to 0.5 in 1 rounds); 1 s by 2 s" in text
    assert "rate: 12,346 a second" in text


def test_a_page_gets_the_tables_of_a_run_that_was_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = Measured(
        series=(series_of("runs", "items", points(1.5, 2.0, 2.5)),),
        ratios=(ratio_of("ours", "theirs", ([1.0], [2.0])),),
        figures=(Figure(name="rate", value=12345.6, unit="a second"),),
        versions={"peer": "1.2"},
    )
    machine = Machine(system="Linux", processor="x86_64", cores=2, memory_gb=25, load=(0.1, 3.0))
    outcome = Outcome(name="x", about="It.", seconds=1.0, cpu=0.5, measured=measured)
    report = Report(date="2026-11-26", quick=False, seconds=3, machine=machine, versions={}, benchmarks=(outcome,))
    (tmp_path / "run.json").write_text(report.model_dump_json(by_alias=True), encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n", encoding="utf-8")
    assert main(["--read", str(tmp_path / "run.json"), "--into", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "old" not in text
    assert "| ours | theirs | **0.5** | 0.5 to 0.5, 1 | 1 s by 2 s |" in text
    assert "| x | runs | items | 1 s + 50 ms · n | 1.000 | 0.46 (0.994) | 30: 2.5 s |" in text
    assert "peer 1.2." in text
    with pytest.raises(ValueError, match="lacks the marks"):
        put_into(tmp_path / "run.json", report)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0, "0 ns"), (0.9996, "1 s"), (0.00099, "990 µs"), (-0.02, "-20 ms"), (1500, "1,500 s")]
)
def test_durations_have_a_unit_that_suits_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said
