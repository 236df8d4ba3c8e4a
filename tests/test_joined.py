from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from weval.joined import CODES, MISSING, NOT_APPLICABLE, SCORED, STATUSES, TYPES, UNANSWERED, UNASKED, Block
from weval.types import RequirementType, Status, Unit


def block(unit: Unit, answers: object, codes: object, n: int = 2, r: int = 2) -> Block:
    """Items of n candidates and r requirements with these answers."""
    values, said = np.array(answers, dtype=np.float64), np.array(codes, dtype=np.uint8)
    m = len(values)
    return Block(
        unit=unit,
        positions=np.arange(m),
        gold=np.tile(np.arange(n, 0, -1), (m, 1)),
        kept=np.ones((m, n, r), dtype=np.bool_),
        kept_known=np.ones(m, dtype=np.bool_),
        types=np.zeros((m, r), dtype=np.int8),
        met=np.full((m, n, r), -1, dtype=np.int8),
        lengths=np.ones((m, n), dtype=np.int64),
        answers=values,
        codes=said,
    )


OK, FAILED, SILENT = CODES["ok"], CODES["failed"], CODES["not_applicable"]
NAN = float("nan")


def test_every_status_has_a_code_of_its_own() -> None:
    assert get_args(Status) == STATUSES
    assert get_args(RequirementType) == TYPES
    assert len({*CODES.values(), UNASKED, UNANSWERED}) == len(STATUSES) + 2


def test_an_item_is_scored_missing_or_not_applicable() -> None:
    answers = [[[1, 1], [1, 1]], [[1, NAN], [1, 1]], [[NAN, NAN], [NAN, NAN]], [[NAN, 1], [1, NAN]]]
    codes = [[[OK, OK], [OK, OK]], [[OK, FAILED], [OK, OK]], [[SILENT] * 2] * 2, [[SILENT, OK], [OK, UNASKED]]]
    found = block("requirement", answers, codes)
    assert found.states().tolist() == [SCORED, MISSING, NOT_APPLICABLE, SCORED]
    assert found.applicable.sum() == 4 + 3 + 0 + 2


def test_a_candidate_of_requirements_has_the_mean_of_what_applies() -> None:
    found = block("requirement", [[[1, 0], [NAN, 0.5]]], [[[OK, OK], [SILENT, OK]]])
    assert found.candidate_scores().tolist() == [[0.5, 0.5]]


def test_a_candidate_of_pairs_has_its_points_per_comparison() -> None:
    found = block("pair", [[[NAN, 1.0], [0.5, NAN]]], [[[UNASKED, OK], [OK, UNASKED]]])
    assert found.candidate_scores().tolist() == [[0.75, 0.25]]


@pytest.mark.parametrize("code", [FAILED, UNANSWERED, CODES["unparsed"]])
def test_what_has_no_answer_leaves_its_candidate_without_a_score(code: int) -> None:
    found = block("response", [[1.0, NAN]], [[OK, code]])
    assert np.isnan(found.candidate_scores()[0, 1])
    assert found.candidate_scores(failures_as=0.0).tolist() == [[1.0, 0.0]]
    assert found.states().tolist() == [MISSING]
