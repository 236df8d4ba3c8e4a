"""RewardBench from end to end, on stand-ins in the published layout: the data set does not come with weval."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, ClassVar

import pytest

from tests.adapters.servers import Answer
from tests.bench.scripted import Stopping, number, rows_of, told, write_rows
from tests.textmodels.servers import chatting, completion
from weval.bench.finish import BenchOutcome
from weval.bench.readback import read_bench_run
from weval.bench.rewardbench import EXAMPLE_COUNTS, PRIOR_SETS, SUBSETS, average, leaderboard_average, section_scores
from weval.bench.rewardbench.benchmark import SECTIONS
from weval.bench.run import BenchRun, run_bench
from weval.errors import ConfigError, DataError
from weval.types import Request, Score, Unit

SIZES = {name: 2 + at % 3 for at, name in enumerate(EXAMPLE_COUNTS)}
"""Pairs of each subset in the stand-in."""


def stand_in(folder: Path, sizes: Mapping[str, int] | None = None) -> Path:
    """Pairs of which every third has the longer answer rejected, and every fifth two of the same length."""
    rows = list[dict[str, Any]]()
    for subset, n in (sizes or SIZES).items():
        for at in range(n):
            k = len(rows)
            long, short = f"{subset} {at} " + "word " * (5 + k % 7), f"{subset} {at}"
            chosen, rejected = (short, long) if k % 3 == 0 else (short, short[::-1]) if k % 5 == 0 else (long, short)
            rows.append({"prompt": f"Question {k}?", "chosen": chosen, "rejected": rejected, "subset": subset, "id": k})
    return write_rows(folder / "filtered.jsonl", rows)


def ran(tmp_path: Path, model: str = "length", sizes: Mapping[str, int] | None = None, **more: Any) -> BenchOutcome:
    """A run on a stand-in."""
    data = stand_in(tmp_path, sizes)
    settings = {"resamples": "100"} | more.pop("settings", {})
    return run_bench(BenchRun("rewardbench", model, data=data, settings=settings, out=tmp_path / "run", **more))


def values(outcome: BenchOutcome) -> dict[str, float]:
    """The figures that there are."""
    return {name: found.estimate.value for name, found in outcome.result.figures.items() if found.estimate}


def expected(path: Path, tie: float) -> dict[str, float]:
    """Accuracies by subset of who takes the longer answer, by hand."""
    by_subset: dict[str, list[float]] = {}
    for row in rows_of(path):
        longer, shorter = len(row["chosen"]), len(row["rejected"])
        by_subset.setdefault(row["subset"], []).append(tie if longer == shorter else float(longer > shorter))
    return {name: fmean(found) for name, found in by_subset.items()}


class Sensible:
    """A plug-in that is asked about pairs: prefers the longer answer, and in doubt the first."""

    unit: ClassVar[Unit] = "pair"
    reads_ids: ClassVar[bool] = False
    fingerprint: ClassVar[Mapping[str, Any]] = {"adapter": "Sensible"}
    asked: ClassVar[list[Request]] = []

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            self.asked.append(request)
            first, second = map(len, request.responses)
            yield Score.ok(request, 1.0 if first >= second else 0.0)


class Failing:
    """A plug-in that scores by length, and fails on some."""

    unit: ClassVar[Unit] = "response"
    reads_ids: ClassVar[bool] = False
    fingerprint: ClassVar[Mapping[str, Any]] = {"adapter": "Failing"}
    asked: ClassVar[list[Request]] = []

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            self.asked.append(request)
            (text,) = request.responses
            bad = text.startswith("hep-go 0")
            yield Score.missing(request, "failed", "too long") if bad else Score.ok(request, len(text))


# --- from end to end


def test_sections_are_means_over_subsets_by_published_weights(tmp_path: Path) -> None:
    outcome = ran(tmp_path)
    sections = section_scores(expected(tmp_path / "filtered.jsonl", 0.5))
    found = values(outcome)
    assert {name: found[SECTIONS[name]] for name in SUBSETS} == pytest.approx(
        {name: 100 * (score or 0) for name, score in sections.items()}
    )
    assert found["average"] == pytest.approx(100 * (average(sections) or 0))
    assert found.keys() == {"average", *SECTIONS.values()}
    result = outcome.result
    assert (result.judge, result.n_missing, result.notices) == (None, 0, ())
    assert result.by.keys() == {"section", "subset"}
    hep = result.by["subset"]["hep-go"]["reasoning"]
    assert hep is not None
    assert hep.value == pytest.approx(100 * expected(tmp_path / "filtered.jsonl", 0.5)["hep-go"])


def test_ties_are_half_right_and_wrong_in_the_script(tmp_path: Path) -> None:
    outcome = ran(tmp_path)
    sections = section_scores(expected(tmp_path / "filtered.jsonl", 0.0), "original")
    published = outcome.result.original
    assert published is not None
    assert published["average"] == pytest.approx(100 * (average(sections, "original") or 0))
    assert published["safety"] == pytest.approx(100 * (sections["Safety"] or 0))
    (ties,) = outcome.result.repairs
    rows = rows_of(tmp_path / "filtered.jsonl")
    assert ties.n_items == sum(len(row["chosen"]) == len(row["rejected"]) for row in rows) > 0
    (tmp_path / "original").mkdir()
    original = ran(tmp_path / "original", settings={"mode": "original"})
    assert values(original) == pytest.approx({name: value for name, value in published.items() if value is not None})


def test_a_constant_gets_half(tmp_path: Path) -> None:
    outcome = ran(tmp_path, "constant")
    assert values(outcome) == pytest.approx(dict.fromkeys(values(outcome), 50))
    assert outcome.result.original is not None
    assert outcome.result.original["average"] == 0


def test_prior_sets_count_half_a_section(tmp_path: Path) -> None:
    outcome = ran(tmp_path, sizes=SIZES | dict.fromkeys(PRIOR_SETS[:3], 3) | {PRIOR_SETS[3]: 5})
    by_subset = expected(tmp_path / "filtered.jsonl", 0.5)
    prior = fmean(by_subset.pop(name) for name in PRIOR_SETS)
    sections = section_scores(by_subset)
    assert values(outcome)["prior_sets"] == pytest.approx(100 * prior)
    assert values(outcome)["leaderboard"] == pytest.approx(100 * (leaderboard_average(sections, prior) or 0))
    assert values(outcome)["average"] == pytest.approx(100 * (average(sections) or 0))


def test_subsets_that_are_not_there_are_said(tmp_path: Path) -> None:
    outcome = ran(tmp_path, sizes={"mt-bench-easy": 3, "hep-go": 3})
    (remark,) = outcome.result.notices
    assert remark.startswith("no pairs of alpacaeval-easy, ")
    found = values(outcome)
    assert found.keys() == {"average", "chat", "reasoning"}
    assert found["average"] == pytest.approx((found["chat"] + found["reasoning"]) / 2)
    assert outcome.result.original is not None
    assert outcome.result.original["safety"] == 0


def test_the_first_of_every_subset_come_first(tmp_path: Path) -> None:
    outcome = ran(tmp_path, limit=len(SIZES))
    assert {item.groups["subset"] for item in outcome.items} == set(SIZES)
    assert values(outcome).keys() == {"average", *SECTIONS.values()}
    assert "only the first 23 of" in outcome.result.unpublishable_because[0]
    # A subset weighs what it weighs, however many of its pairs there are in the file and in the run.
    ids = {item.id for item in outcome.items}
    first = [row for row in rows_of(tmp_path / "filtered.jsonl") if f"{row['subset']}/{row['id']}" in ids]
    sections = section_scores(expected(write_rows(tmp_path / "first.jsonl", first), 0.5))
    assert values(outcome) == pytest.approx(
        {"average": 100 * (average(sections) or 0)}
        | {SECTIONS[name]: 100 * (score or 0) for name, score in sections.items()}
    )
    assert told(read_bench_run(tmp_path / "run")) == told(outcome)


def test_a_classifier_stopped_and_continued(tmp_path: Path, rm: Path) -> None:
    data = stand_in(tmp_path, dict.fromkeys(EXAMPLE_COUNTS, 1))
    settings = {"resamples": "100", "device": "cpu"}
    spec = BenchRun("rewardbench", f"classifier:{rm}", data=data, settings=settings, out=tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(20))
    outcome = run_bench(spec)
    rows = rows_of(tmp_path / "run/scores.jsonl")
    assert len(rows) == 46 == len({(row["item"], row["part"]) for row in rows})
    scores = {(row["item"], row["part"]): row["values"][0] for row in rows}
    right = {item: scores[item, "chosen"] > scores[item, "rejected"] for item, _ in scores}
    sections = section_scores({item.partition("/")[0]: float(hit) for item, hit in right.items()})
    assert values(outcome)["average"] == pytest.approx(100 * (average(sections) or 0))
    assert outcome.result.writer.fingerprint["scores"]["model"]["adapter"] == "Classifier"
    assert told(read_bench_run(tmp_path / "run")) == told(outcome)


# --- who is shown both answers at once


def test_a_rater_of_pairs_is_shown_both_orders(tmp_path: Path) -> None:
    Sensible.asked.clear()
    outcome = ran(tmp_path, f"plugin:{__name__}:Sensible")
    assert values(outcome) == pytest.approx(values(ran_length(tmp_path)))
    shown = [request.responses for request in Sensible.asked]
    assert len(shown) == 2 * len(outcome.items) == 2 * len({frozenset(pair) for pair in shown})
    (orders,) = outcome.result.further
    n_ties = outcome.result.repairs[0].n_items
    assert orders.rows == ((len(outcome.items), len(outcome.items) - n_ties, n_ties, 0),)


class Unmoved:
    """A plug-in that gives every pair the points of its prompt, in whatever order: between equals."""

    unit: ClassVar[Unit] = "pair"
    reads_ids: ClassVar[bool] = False
    fingerprint: ClassVar[Mapping[str, Any]] = {"adapter": "Unmoved"}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        yield from (Score.ok(request, number(request.query) % 999_983 / 999_983) for request in requests)


def test_equal_points_in_both_orders_are_a_tie_to_the_last_bit(tmp_path: Path) -> None:
    outcome = ran(tmp_path, f"plugin:{__name__}:Unmoved")
    assert values(outcome) == pytest.approx(dict.fromkeys(values(outcome), 50))
    assert outcome.result.repairs[0].n_items == len(outcome.items)


def ran_length(tmp_path: Path) -> BenchOutcome:
    """The same by length, beside it."""
    (tmp_path / "length").mkdir()
    return ran(tmp_path / "length")


def test_a_judge_can_be_asked_by_a_folder_of_pairs(tmp_path: Path) -> None:
    with chatting(lambda _, asked: Answer(completion("Both are fine.\n[[A=B]]"))) as server:
        settings = {"prompt": "pairwise", "base_url": f"{server.url}/v1"}
        outcome = ran(tmp_path, "judge:server/m", dict.fromkeys(EXAMPLE_COUNTS, 1), settings=settings)
        assert len(server.asked) == 46
    assert values(outcome) == pytest.approx(dict.fromkeys(values(outcome), 50))


def test_what_a_rater_is_told_does_not_give_the_answer_away(tmp_path: Path) -> None:
    Failing.asked.clear()
    ran(tmp_path, f"plugin:{__name__}:Failing")
    about = "".join(f"{request.id} {request.group}" for request in Failing.asked)
    assert "chosen" not in about
    assert "hep" not in about
    chosen = {row["chosen"] for row in rows_of(tmp_path / "filtered.jsonl")}
    first = [request.responses[0] in chosen for request in Failing.asked[::2]]
    assert 0.2 < fmean(first) < 0.8


# --- missing


def test_a_pair_without_a_score_is_missing_and_asked_for_again(tmp_path: Path) -> None:
    sizes = dict.fromkeys(EXAMPLE_COUNTS, 4)
    outcome = ran(tmp_path, f"plugin:{__name__}:Failing", sizes)
    result = outcome.result
    assert (result.n_missing, result.n_scored) == (1, len(outcome.items) - 1)
    assert result.figures["reasoning"].n_missing == 1
    assert result.figures["chat"].n_missing == 0
    # The bounds are those of the subset's accuracy, with what it weighs.
    by_subset = expected(tmp_path / "filtered.jsonl", 0.5)
    lost = next(row for row in rows_of(tmp_path / "filtered.jsonl") if row["subset"] == "hep-go")
    had = 0.5 if len(lost["chosen"]) == len(lost["rejected"]) else float(len(lost["chosen"]) > len(lost["rejected"]))
    for end, name in ((0.0, "worst"), (1.0, "best")):
        at_end = section_scores({**by_subset, "hep-go": by_subset["hep-go"] + (end - had) / 4})["Reasoning"]
        assert getattr(result.figures["reasoning"], name) == pytest.approx(100 * (at_end or 0))
    (why,) = result.missing
    assert why.endswith(": too long")
    assert result.original is not None
    n = len(Failing.asked)
    assert told(ran(tmp_path, f"plugin:{__name__}:Failing", sizes))["figures"] == told(outcome)["figures"]
    assert len(Failing.asked) == n + 2


# --- what is refused


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"judge": "openai/gpt-4o"}, "--judge openai/gpt-4o: rewardbench asks no judge"),
        ({"model": "first"}, "first: judges by list; here it takes one that judges a response, or a pair"),
        ({"model": "openai/gpt-4o"}, "openai/gpt-4o"),
        ({"settings": {"prompt": "pairwise"}}, "prompt"),
        ({"settings": {"writer.temperature": "0"}}, "--set writer.temperature: has no effect"),
        ({"responses": Path("filtered.jsonl")}, "--responses: rewardbench has no step"),
    ],
)
def test_what_has_no_place_here(tmp_path: Path, more: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        ran(tmp_path, **more)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


# --- scores that are here already


def replied(tmp_path: Path, rows: list[dict[str, Any]]) -> BenchOutcome:
    """A run of scores that are here already, of three pairs."""
    data = stand_in(tmp_path, {"hep-go": 3})
    file = write_rows(tmp_path / "mine.jsonl", rows)
    settings = {"resamples": "100"}
    return run_bench(BenchRun("rewardbench", data=data, replies=file, settings=settings, out=tmp_path / "run"))


def test_the_scripts_own_columns_are_taken(tmp_path: Path) -> None:
    columns = {"subset": ["hep-go"] * 3, "id": [0, 1, 2], "scores_chosen": [1, 0.5, 2], "scores_rejected": [0, 0.5, 3]}
    outcome = replied(tmp_path, [{**columns, "results": [1, 0, 0], "text_chosen": ["", "", ""]}])
    assert values(outcome)["reasoning"] == 50
    assert outcome.result.original is not None
    assert outcome.result.original["reasoning"] == pytest.approx(100 / 3)
    assert outcome.result.writer.name == "mine"


def test_scores_pair_by_pair_and_as_we_keep_them(tmp_path: Path) -> None:
    one = {"subset": "hep-go", "id": 0, "scores_chosen": 1.5, "scores_rejected": -1}
    ours = [{"item": "hep-go/1", "part": part, "status": "ok", "values": [3]} for part in ("chosen", "rejected")]
    outcome = replied(tmp_path, [one, *ours])
    assert (values(outcome)["reasoning"], outcome.result.n_missing) == (75, 1)
    assert list(outcome.result.missing) == ["chosen: there is no score"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"scores_chosen": [1], "scores_rejected": [1, 2], "id": [1], "subset": ["hep-go"]}, "of different lengths"),
        ({"scores_chosen": 1, "scores_rejected": 2}, "subset, id: name no pair"),
        ({"scores_chosen": "1", "scores_rejected": 2, "id": 1, "subset": "hep-go"}, "are no numbers for hep-go/1"),
        ({"scores_chosen": True, "scores_rejected": 2, "id": 1, "subset": "hep-go"}, "are no numbers for hep-go/1"),
        ({"scores_chosen": 10**400, "scores_rejected": 2, "id": 1, "subset": "hep-go"}, "are no numbers for hep-go/1"),
        ({"scores_chosen": 1, "scores_rejected": 2, "id": 9, "subset": "hep-go"}, "'hep-go/9' is no item"),
    ],
)
def test_what_is_wrong_in_a_file_of_scores(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint) as error:
        replied(tmp_path, [row])
    assert str(error.value).startswith(f"{tmp_path}/mine.jsonl:1: ")


def test_the_conformance_cases_through_the_engine(shared: Path, tmp_path: Path) -> None:
    """The subsets of each case, with accuracies that twenty pairs can have."""
    cases = json.loads((shared / "conformance/i_rewardbench_sections.json").read_text(encoding="utf-8"))["cases"]
    n = 20
    for at, case in enumerate(cases):
        right = {subset: round(n * accuracy) for subset, accuracy in case["input"].items()}
        folder = tmp_path / str(at)
        folder.mkdir()
        seen = dict.fromkeys(right, 0)
        rows = []
        for row in rows_of(stand_in(folder, dict.fromkeys(right, n))):
            seen[row["subset"]] += 1
            rejected = 0.0 if seen[row["subset"]] <= right[row["subset"]] else 2.0
            rows.append({"subset": row["subset"], "id": row["id"], "scores_chosen": 1.0, "scores_rejected": rejected})
        file = write_rows(folder / "mine.jsonl", rows)
        said: dict[str, Any] = {"data": folder, "replies": file, "out": folder / "run"}
        outcome = run_bench(BenchRun("rewardbench", settings={"resamples": "100"}, **said))
        sections = section_scores({name: hits / n for name, hits in right.items()}, "original")
        assert outcome.result.original is not None
        found = {section: outcome.result.original[SECTIONS[section]] for section in sections}
        assert found == pytest.approx({section: 100 * (score or 0) for section, score in sections.items()})
