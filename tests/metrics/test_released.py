"""Against what the original script computed, file by file; the case files name repository, commit and path."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.metrics import METRICS, released, requirement_means, round_requirement_scores

CASES = Path(__file__).parents[1] / "conformance"
SHARED = Path(__file__).parents[3] / "shared" / "conformance"
REFUSED = {
    "group-size-1": "at least 2 candidates",  # the script divides by n - 1 = 0 and stops; one text has no order
    "string-scores": "expected numbers",  # the script compares them as text, where "10" is below "9"
}


def metric_cases():
    for line in (CASES / "a_weval_metrics.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        records = case["input"]["records"]
        yield case["id"], case["input"]["group_size"], records, case["expected"]


def edge_cases():
    for case in json.loads((CASES / "a_weval_edge.json").read_text(encoding="utf-8"))["cases"]:
        records = [[r["score"], len(r.get("instruction_id_list", ()))] for r in case["input"]["records"]]
        yield case["id"], case["input"]["group_size"], records, case["expected"]


ALL = [pytest.param(*case, id=case[0]) for case in [*metric_cases(), *edge_cases()]]


def blocks(records, size):
    """Kept counts and scores of consecutive blocks; the script silently drops an incomplete last one."""
    full = len(records) // size * size
    kept = np.array([k for _, k in records[:full]], dtype=int).reshape(-1, size)
    return kept, np.array([s for s, _ in records[:full]] or [], dtype=None if full else float).reshape(-1, size)


@pytest.mark.parametrize(("name", "size", "records", "expected"), ALL)
def test_figures_are_those_of_the_script(name, size, records, expected):
    kept, scores = blocks(records, size)
    if name in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name]):
            released(kept, scores)
        return
    found = released(kept, scores)
    groups = expected.get("groups", [])
    assert len(found.correlation) == len(groups)
    assert found.correlation == pytest.approx([g["tau"] for g in groups], abs=1e-9)
    assert found.il == pytest.approx([g["position_consistency"] for g in groups], abs=1e-9)
    assert found.pl.tolist() == [g["exact"] for g in groups]
    if groups:
        averages = [expected["avg_tau"], expected["avg_position_consistency"], expected["avg_exact"]]
        assert [figure.mean() for figure in found] == pytest.approx(averages, abs=1e-9)


def test_an_empty_file_has_no_figures_where_the_script_prints_zeros():
    assert [figure.shape for figure in released(np.empty((0, 5)), np.empty((0, 5)))] == [(0,)] * 3


@pytest.mark.parametrize("name", ["a_weval_metrics.jsonl", "a_weval_edge.json"])
def test_committed_cases_are_the_shared_ones(name):
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED.name} folder beside the repository")
    assert (CASES / name).read_bytes() == (SHARED / name).read_bytes()


def test_a_constant_scorer_is_perfect_under_the_script():
    assert [figure.tolist() for figure in released([[5, 4, 3, 2, 1]], [[0.6] * 5])] == [[1.0], [1.0], [1.0]]


def test_without_score_ties_only_il_differs_from_ours():
    rng = np.random.default_rng(2)
    gold, scores = np.argsort(rng.random((40, 5)), axis=1), rng.normal(size=(40, 5))
    found = released(gold, scores)
    assert found.correlation == pytest.approx(METRICS["correlation"](gold, scores), abs=1e-12)
    assert found.pl.tolist() == METRICS["pl"](gold, scores).tolist()
    assert (found.il >= METRICS["il"](gold, scores)).all()


@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-9999, 9999).map(lambda x: x / 2000), max_size=20))
def test_values_are_rounded_as_python_rounds(values):
    assert round_requirement_scores(values).tolist() == [round(value, 3) for value in values]


def test_rounding_leaves_nan_and_infinity():
    assert str(round_requirement_scores([np.nan, np.inf, 2.0005]).tolist()) == f"[nan, inf, {round(2.0005, 3)}]"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([1, 10, 1, 0, 1], 2.6), ([0, 0, 0, 0, 1], 0.2), ([10, 1, 0, 1, 1], 2.6), ([1, 0, 0], 0.3333)],
)
def test_means_are_those_of_the_judge_script(scores, expected):
    assert requirement_means([[scores]], [[[True] * len(scores)]]).tolist() == [[expected]]


def test_means_of_the_server_script_are_not_rounded():
    values = [[[0.999, 0.998, 1.0, 0.5, 0.001], [0.1, 0.1, 0.1, 0.0, 0.0]]]
    assert requirement_means(values, np.ones((1, 2, 5)), decimals=None).tolist() == [[0.6996, sum([0.1] * 3) / 5]]


def test_means_leave_out_what_does_not_apply():
    values = [[[0.5, np.nan, 0.2], [np.nan, np.nan, np.nan]]]
    found = requirement_means(values, [[[True, False, True], [False, False, False]]])
    assert found[0, 0] == 0.35
    assert np.isnan(found[0, 1])
    with pytest.raises(ValueError, match="shape"):
        requirement_means(values, [[[True]]])
