"""Creative Writing Bench from end to end: the published prompts, with a scripted writer and judge, or a small model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.bench.scripted import Scripted, Stopping, effects, number, rows_of, spec_for, told, write_rows
from tests.textmodels.servers import chatting, completion
from weval.bench import creative_writing as bench
from weval.bench.creative_writing.benchmark import LOWEST, SEED, slug
from weval.bench.data import fetch_bench
from weval.bench.finish import BenchOutcome
from weval.bench.readback import read_bench_run
from weval.bench.run import BenchRun, run_bench
from weval.errors import DataError

PIECE = "It rained on the harbour. " * 30


def prompts(folder: Path, n: int = 2, modifiers: int = 4) -> Path:
    """A stand-in in the published layout."""
    rows = {
        str(at): {
            "category": "harbours" if at % 2 else "rain",
            "title": f"Title {at}",
            "writing_prompt": f"Write scene {at}. {SEED} 1000 words.",
            "seed_modifiers": [f"Use modifier {at}.{k}." for k in range(1, modifiers + 1)],
        }
        for at in range(1, n + 1)
    }
    path = folder / "creative_writing_prompts_v3.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def said(scores: Mapping[str, float], sign: str = "") -> str:
    """A judge's reply."""
    return "Analysis: at 12:30 it rains.\n\n" + "\n".join(f"{sign}{name}: {value}" for name, value in scores.items())


def equal(value: float) -> dict[str, float]:
    """A value for merits, 20 minus that for faults: a piece that comes to the value."""
    return {name: 20 - value if name in bench.NEGATIVE else value for name in bench.CRITERIA}


def varied(prompt: str) -> str:
    """Scores that depend on what is judged, in one of two forms."""
    scores = {name: float((number(prompt) >> at) % 21) for at, name in enumerate(bench.CRITERIA)}
    return said(scores, "- " if number(prompt) % 2 else "")


def noting(seen: list[str], judges: Callable[[str], str]) -> Callable[[str], str]:
    """A judge that keeps what it is asked."""

    def says(prompt: str) -> str:
        seen.append(prompt)
        return judges(prompt)

    return says


def ran(tmp_path: Path, writes: Any = lambda prompt: PIECE, judges: Any = varied, **more: Any) -> BenchOutcome:
    """A run on stand-ins."""
    data = more.pop("data", None) or prompts(tmp_path)
    with chatting(Scripted(writes, judges)) as server:
        return run_bench(spec_for(server, data, tmp_path / "run", benchmark="creative-writing", **more))


def given(tmp_path: Path, rows: list[dict[str, Any]], n: int = 1, **settings: str) -> BenchOutcome:
    """A run of replies of a judge that are here already."""
    file = write_rows(tmp_path / "replies.jsonl", rows)
    settings = {"resamples": "100", **settings}
    spec = BenchRun(
        "creative-writing", data=prompts(tmp_path, n), replies=file, settings=settings, out=tmp_path / "run"
    )
    return run_bench(spec)


def replied(*texts: str, item: str = "1") -> list[dict[str, Any]]:
    """One reply for each piece of an item."""
    return [{"item": item, "part": str(at), "text": text} for at, text in enumerate(texts, start=1)]


def value(outcome: BenchOutcome, figure: str = "overall_score") -> float | None:
    """A figure."""
    estimate = outcome.result.figures[figure].estimate
    return estimate.value if estimate else None


# --- from end to end


def test_all_published_prompts_written_judged_stopped_and_continued(shared: Path, tmp_path: Path) -> None:
    fetch_bench("creative-writing", shared / "data/upstream")
    scripted = Scripted(lambda prompt: f"{prompt} {PIECE}", varied)
    with chatting(scripted) as server:
        spec = replace(spec_for(server, tmp_path, tmp_path / "run", benchmark="creative-writing"), data=None)
        for after in (50, 60, 70):
            with pytest.raises(KeyboardInterrupt):
                run_bench(spec, Stopping(after))
        outcome = run_bench(spec)
        assert (scripted.n_asked("writer"), scripted.n_asked("judge")) == (96, 96)
        assert run_bench(spec).result == outcome.result
        assert sum(scripted.answered.values()) == 192
    result = outcome.result
    assert (result.n_items, result.n_scored, result.publishable) == (32, 32, True)
    assert not any(SEED in text for _, text in scripted.answered)
    assert result.by.keys() == {"category"}
    pieces = [(row["item"], row["text"]) for row in rows_of(tmp_path / "run/replies.jsonl")]
    ours = bench.aggregate([(item, bench.parse_scores(text)) for item, text in pieces])
    theirs = bench.aggregate([(item, bench.parse_scores(text, "original")) for item, text in pieces], "original")
    assert value(outcome) == pytest.approx(ours["overall_score"])
    assert value(outcome, "eqbench_creative_score") == pytest.approx(5 * (ours["overall_score"] or 0))
    assert result.original is not None
    assert {name: result.original[name] for name in theirs} == theirs
    assert set(effects(outcome.result)) == {"criteria"}


def test_a_small_model_writes(tmp_path: Path, lm: Path) -> None:
    with chatting(Scripted(judges=varied)) as server:
        settings = {"resamples": "100", "writer.device": "cpu", "writer.max_tokens": "200", "iterations": "1"}
        settings |= {"judge.base_url": f"{server.url}/v1"}
        data = prompts(tmp_path, 1)
        said: dict[str, Any] = {"data": data, "settings": settings, "out": tmp_path / "run"}
        outcome = run_bench(BenchRun("creative-writing", f"transformers/{lm}", "server/judge", **said))
    steps = outcome.result.steps
    assert steps["responses"].n_calls == 1 == steps["replies"].n_calls
    assert outcome.result.n_scored == 1
    assert outcome.result.notices == ("1 pieces for each prompt; published figures are of 3",)


# --- what is asked


def test_each_piece_has_its_modifier_for_the_writer_and_the_judge(tmp_path: Path) -> None:
    seen: list[str] = []
    ran(tmp_path, lambda prompt: f"{prompt} {PIECE}", noting(seen, varied), limit=1)
    written = [row["text"].removesuffix(f" {PIECE}") for row in rows_of(tmp_path / "run/responses.jsonl")]
    assert written == [f"Write scene 1. Use modifier 1.{k}. 1000 words." for k in (1, 2, 3)]
    assert all(prompt in text for prompt, text in zip(written, seen, strict=True))


def test_modifiers_begin_again(tmp_path: Path) -> None:
    ran(tmp_path, lambda prompt: f"{prompt} {PIECE}", data=prompts(tmp_path, 1, 2))
    third = rows_of(tmp_path / "run/responses.jsonl")[2]
    assert third["part"] == "3"
    assert third["text"].startswith("Write scene 1. Use modifier 1.1. ")


def test_the_judge_of_the_script_sees_no_modifier(tmp_path: Path) -> None:
    seen: list[str] = []
    outcome = ran(tmp_path, judges=noting(seen, varied), settings={"mode": "original"})
    assert len(seen) == 6
    assert all(SEED in prompt for prompt in seen)
    assert outcome.result.original is not None
    assert value(outcome) == outcome.result.original["overall_score"]


def test_short_pieces_are_written_again_and_the_last_one_counts(tmp_path: Path) -> None:
    answers = iter(["Short."] * 3 + [PIECE, "Shorter.", PIECE] + ["Shortest."])
    seen: list[str] = []
    outcome = ran(tmp_path, lambda _: next(answers), noting(seen, lambda _: said(equal(9))), limit=1)
    assert outcome.result.steps["responses"].n_asked_again == 4
    assert ["Shortest." in prompt for prompt in seen] == [False, True, False]
    assert value(outcome) == 9


# --- missing, empty, unread


def test_what_was_not_written_is_missing_and_what_is_empty_gets_the_lowest(tmp_path: Path) -> None:
    def writes(prompt: str) -> Any:
        if "modifier 1.2" in prompt:
            return Answer(completion(None, refusal="I will not."))
        return "" if "modifier 2.2" in prompt else PIECE

    outcome = ran(tmp_path, writes, lambda _: said(equal(15)))
    result = outcome.result
    assert (result.n_scored, result.n_missing) == (1, 1)
    assert list(result.missing) == ["writer refused: refused by the model"]
    assert value(outcome) == pytest.approx(10)
    assert value(outcome, slug("Meandering")) == pytest.approx((5 + 20 + 5) / 3)
    assert result.figures["overall_score"].worst == pytest.approx(5)
    assert result.figures[slug("Meandering")].worst == pytest.approx((10 + 20) / 2)
    assert result.original == dict.fromkeys(result.figures) | {"overall_score": 15, "eqbench_creative_score": 75}
    assert effects(outcome.result) == {"pieces": 1, "unwritten": 1}
    assert bench.piece_score(LOWEST) == 0


def test_a_verdict_that_cannot_be_read_is_asked_for_again_and_then_missing(tmp_path: Path) -> None:
    outcome = ran(tmp_path, judges=lambda prompt: "A fine piece: 5." if "1.3" in prompt else said(equal(8)))
    assert outcome.result.steps["replies"].n_asked_again == 2
    assert (outcome.result.n_scored, value(outcome)) == (1, 8)
    assert list(outcome.result.missing) == [
        "judge: 22 of 22 criteria have no score, Adherence to Instructions among them"
    ]


def test_a_verdict_that_was_cut_off_is_none(tmp_path: Path) -> None:
    def judges(prompt: str) -> Any:
        cut = said(equal(8))[:-1]  # a last score of 18 can be cut to 1
        return Answer(completion(cut, ended="length")) if "modifier 1.3" in prompt else said(equal(8))

    assert ran(tmp_path, judges=judges).result.n_missing == 1


# --- what the repairs change


def test_faults_that_are_not_named_exactly_count_as_merits_in_the_script(tmp_path: Path) -> None:
    outcome = given(tmp_path, replied(*[said(equal(20), "- ")] * 3))
    assert value(outcome) == 20
    assert outcome.result.original is not None
    assert outcome.result.original["overall_score"] == round(13 * 20 / 22, 2)
    assert effects(outcome.result) == {"criteria": 1}


def test_without_a_repair_a_prompt_weighs_as_much_as_the_others(tmp_path: Path) -> None:
    rows = replied(*[said(equal(20), "- ")] * 3) + replied(*[said(equal(10))] * 3, item="2")
    outcome = given(tmp_path, rows, 2)
    (criteria,) = (repair for repair in outcome.result.repairs if repair.n_items)
    assert criteria.without == pytest.approx(5 * (13 * 20 / 22 + 10) / 2)
    assert outcome.result.original is not None
    assert outcome.result.original["eqbench_creative_score"] == pytest.approx(criteria.without, abs=0.01)


def test_a_part_of_the_criteria_is_no_score(tmp_path: Path) -> None:
    rows = replied(*[said(equal(10))] * 3) + replied(said({"Coherent": 18}), *[said(equal(10))] * 2, item="2")
    outcome = given(tmp_path, rows, 2)
    assert (outcome.result.n_missing, value(outcome)) == (1, 10)
    assert effects(outcome.result) == {"partial": 1, "pieces": 1}


def test_mode_original_repeats_the_script(tmp_path: Path) -> None:
    """The inputs of which the pure functions are tested, through the engine."""
    rows = replied("Coherent: 18\nMeandering: 2", "- Meandering: 18", "Coherent: 11")
    outcome = given(tmp_path, rows, mode="original")
    expected = bench.aggregate([("1", bench.parse_scores(row["text"], "original")) for row in rows], "original")
    assert value(outcome) == expected["overall_score"] == 15.67
    assert value(outcome, "coherent") is None


def test_the_conformance_cases_through_the_engine(shared: Path, tmp_path: Path) -> None:
    cases = json.loads((shared / "conformance/h_creative_writing_bench.json").read_text(encoding="utf-8"))["aggregate"]
    for case in cases:
        pieces = list(bench.recorded_pieces(case["input"]))
        rows = [
            {"item": item, "part": str(at), "text": "\n".join(f"{name}: {score}" for name, score in scores.items())}
            for at, (item, scores) in enumerate(pieces, start=1)
        ]
        if not any(scores for _, scores in pieces):
            continue
        folder = tmp_path / case["id"]
        folder.mkdir()
        outcome = given(folder, rows, len(case["input"]), mode="original", iterations=str(len(rows)))
        found = {name: value(outcome, name) for name in case["expected"]}
        assert found == case["expected"], case["id"]


# --- files of the user


def task(number: str, index: int, results: Any) -> dict[str, Any]:
    """A task of the published archives."""
    return {"prompt_id": number, "iteration_index": index, "status": "completed", "results_by_modifier": results}


def test_the_archives_of_the_script_are_taken(tmp_path: Path) -> None:
    tasks = [
        task("1", 1, {"Use modifier 1.1.": {"model_response": PIECE, "raw_judge_text": said(equal(12))}}),
        task("1", 2, {"Use modifier 1.2.": {"model_response": PIECE, "raw_judge_text": said(equal(14))}}),
        task("1", 3, {"Use modifier 1.3.": {"model_response": "", "raw_judge_text": said(equal(16))}}),
    ]
    assert value(given(tmp_path, tasks)) == pytest.approx(14)


def test_the_texts_of_the_archives_are_judged(tmp_path: Path) -> None:
    results = {f"Use modifier 1.{k}.": {"model_response": f"{PIECE} {k}", "raw_judge_text": "old"} for k in (1, 2, 3)}
    file = write_rows(tmp_path / "responses.jsonl", [task("1", 1, results)])
    with chatting(Scripted(judges=lambda _: said(equal(13)))) as server:
        settings = {"judge.base_url": f"{server.url}/v1", "resamples": "100"}
        spec = BenchRun("creative-writing", judge="server/judge", data=prompts(tmp_path, 1), responses=file)
        outcome = run_bench(replace(spec, settings=settings, out=tmp_path / "run"))
    assert (value(outcome), outcome.result.writer.name) == (13, "responses")


def test_several_modifiers_in_one_task(tmp_path: Path) -> None:
    results = {f"Use modifier 1.{k}.": {"raw_judge_text": said(equal(10 + k))} for k in (3, 1, 2)}
    outcome = given(tmp_path, [task("1", 1, results)])
    assert value(outcome) == pytest.approx(12)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (task("77", 1, {}), "prompt_id: '77' is no prompt"),
        (task("1", 1, []), "results_by_modifier: is no object of objects"),
        (task("1", 1, {"a": 3}), "results_by_modifier: is no object of objects"),
        (task("1", 1, {"a": {"raw_judge_text": 3}}), "raw_judge_text: is no text"),
        (task("1", 1, {"a": {}, "b": {}}), "results_by_modifier: 'a' is no modifier of prompt 1"),
        ({"item": "1", "score": 3}, "holds no text under text, reply"),
        ({"item": "9", "text": "Coherent: 3"}, "'9' is no item of creative-writing"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_a_line(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError) as error:
        given(tmp_path, [row])
    assert str(error.value) == f"{tmp_path}/replies.jsonl:1: {complaint}"


@pytest.mark.parametrize("text", ["{}", '{"1": {"category": "a", "title": "t", "writing_prompt": "x"}}', "[]"])
def test_bad_prompts(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"mine\.json"):
        ran(tmp_path, data=tmp_path / "mine.json")


def test_a_prompt_needs_a_place_for_its_modifiers(tmp_path: Path) -> None:
    path = prompts(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(SEED, "", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"1\.writing_prompt: has no <SEED>"):
        ran(tmp_path, data=path)


def test_a_whole_run_reads_back_the_same(tmp_path: Path) -> None:
    outcome = ran(tmp_path)
    assert told(read_bench_run(tmp_path / "run")) == told(outcome)
