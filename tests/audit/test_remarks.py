from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit.conftest import audited, written
from tests.factories import make_item
from weval.audit import Audit, RequirementJudge, ResponseJudge
from weval.audit.remarks import remarks
from weval.results import Estimate


def said(audit: Audit, **changes: object) -> list[str]:
    return list(remarks(audit.model_copy(update=changes)))


def with_trend(value: float, low: float, high: float, n: int = 60) -> Estimate:
    return Estimate(value=value, ci=(low, high), n=n)


def test_what_a_reader_of_weval_mini_must_know(mini: Audit) -> None:
    assert mini.remarks == tuple(said(mini)) == (
        "154 of 300 requirements can be checked; kept, they are met in 98.9 % of the cases",
        "dropped requirements are met anyway in 11.4 % of the cases: a perfect reader is expected to reach a "
        "correlation of 0.846",
        "in 5.0 % of the pairs that gold puts in order, checks find more requirements met by the text that kept fewer",
        "longer texts kept less: length correlates with gold at -0.237 (-0.323 … -0.147), so that a scorer is punished "
        "for liking long texts",
        "kept sets are nested in 3 of 60 items, which have no reading figure",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("trend", "words"),
    [
        (with_trend(0.2, 0.1, 0.3), "longer texts kept more: length correlates with gold at 0.200 (0.100 … 0.300)"),
        (with_trend(-0.2, -0.3, -0.1), "longer texts kept less"),
        (with_trend(-0.0001, -0.1, 0.1), "no trend of length with gold is shown: length correlates with gold at 0.000"),
    ],
)
def test_a_trend_is_one_whose_interval_leaves_out_0(mini: Audit, trend: Estimate, words: str) -> None:
    length = mini.length.model_copy(update={"correlation": trend})
    assert any(remark.startswith(words) for remark in said(mini, length=length))


def test_nothing_is_concluded_from_few_items(mini: Audit) -> None:
    length = mini.length.model_copy(update={"correlation": with_trend(0.9, 0.8, 1.0, n=19)})
    assert not any("longer" in remark or "no trend" in remark for remark in said(mini, length=length))
    assert said(mini, n_items=19)[0].startswith("19 items: too few")


def test_without_checks_a_judge_is_named_as_the_way_on(tmp_path: Path) -> None:
    found = audited(tmp_path, [make_item()]).remarks
    assert any(remark.startswith("nothing here can be checked mechanically") for remark in found)


def test_known_counts_only_are_said(tmp_path: Path) -> None:
    item = written()
    counted = item.model_copy(
        update={"id": "i2", "candidates": tuple(c.model_copy(update={"kept": c.gold}) for c in item.candidates)}
    )
    found = audited(tmp_path, [item, counted]).remarks
    assert "1 of 2 items say only how many requirements a candidate kept, not which" in found
    alone = audited(tmp_path, [counted]).remarks
    assert any("but nobody recorded which of them a candidate kept" in remark for remark in alone)


def test_texts_that_are_there_twice_or_not_at_all_are_named(tmp_path: Path) -> None:
    long = "It rained on the hills and on the fields, and nobody went out that day or the next. " * 2
    first, second = make_item("i1"), make_item("i2", instruction="Write about i1.")
    texts = {"i1": (long, long, ""), "i2": ("再见", long, "x")}
    items = [
        item.model_copy(
            update={
                "candidates": tuple(
                    c.model_copy(update={"response": text})
                    for c, text in zip(item.candidates, texts[item.id], strict=True)
                )
            }
        )
        for item in (first, second)
    ]
    found = " / ".join(audited(tmp_path, items).remarks)
    for words in (
        "1 of 4 pairs of candidates are nearly the same text, as i1 a1 and a2 (similarity 1.00)",
        "3 of 5 responses stand in another item too, as i1 a1 in i2 a2",
        "2 of 2 instructions stand in another item too, as that of i1 in i2",
        "1 of 6 responses are empty, as i1 a3",
        "1 of 5 responses are in another writing system than the instruction, as i2 a1 (Han, asked in Latin)",
    ):
        assert words in found


def test_another_writing_system_that_goes_with_gold_is_said_to(mini: Audit) -> None:
    case = {"item": "i", "candidate": "a1", "instruction": "Latin", "response": "Han"}
    foreign = {"value": 0.1, "ci": (0.0, 0.2), "count": 30, "n": 300}
    content = {"foreign": foreign, "by_kept": {}, "examples": (case,)}
    for trend, words in (
        (with_trend(0.2, 0.1, 0.3), "the more so the more requirements they kept"),
        (with_trend(-0.2, -0.3, -0.1), "the more so the fewer requirements they kept"),
        (with_trend(0.0, -0.1, 0.1), "than the instruction, as i a1"),
    ):
        systems = type(mini.writing_systems).model_validate(content | {"correlation": trend})
        assert any(words in remark for remark in said(mini, writing_systems=systems))


def test_names_of_others_stay_on_one_line_and_short(tmp_path: Path) -> None:
    name = "i\n\x1b[31m" + "x" * 150
    (found,) = [
        r
        for r in audited(tmp_path, [make_item(name), make_item("i2", instruction=f"Write about {name}.")]).remarks
        if "instructions" in r
    ]
    assert found.isprintable()
    assert len(found) < 300


def requirement_judge(mini: Audit, **changes: object) -> RequirementJudge:
    content = {"run": "r", "model": "m", "n_items": 60, "n_answers": 5, "n_missing": 0, "n_not_applicable": 0}
    return RequirementJudge.model_validate(content | {"adherence": mini.adherence} | changes)


def response_judge(mini: Audit, **changes: object) -> ResponseJudge:
    content = {"run": "r", "model": "m", "n_items": 60, "n_answers": 5, "n_missing": 0, "n_not_applicable": 0}
    return ResponseJudge.model_validate(
        content | {"score_by_kept": {}, "correlation": None, "difference": {}} | changes
    )


Made = Callable[[Audit], RequirementJudge | ResponseJudge]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            lambda mini: requirement_judge(mini),
            "m says: kept requirements are met in 98.9 % of the cases, "
            "dropped requirements are met anyway in 11.4 % of the cases",
        ),
        (lambda mini: requirement_judge(mini, n_answers=0, adherence=None), "m gave no value, so it says nothing"),
        (lambda mini: response_judge(mini, n_missing=2), "m left 2 questions without a value; they are left out"),
        (
            lambda mini: response_judge(mini, correlation=with_trend(0.3, 0.1, 0.5)),
            "m scores texts that kept fewer requirements lower: correlation with gold 0.300 (0.100 … 0.500)",
        ),
        (
            lambda mini: response_judge(mini, correlation=with_trend(-0.3, -0.5, -0.1)),
            "m scores texts that kept fewer requirements higher: correlation with gold -0.300 (-0.500 … -0.100)",
        ),
        (
            lambda mini: response_judge(mini, correlation=with_trend(0.0, -0.1, 0.1)),
            "m shows no trend with what was kept: correlation with gold 0.000 (-0.100 … 0.100)",
        ),
    ],
)
def test_what_judges_say(mini: Audit, made: Made, words: str) -> None:
    assert said(mini, judges=(made(mini),))[-1] == words
