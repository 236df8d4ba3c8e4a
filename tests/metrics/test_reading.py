import importlib
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weval.metrics import reading

ROOT = Path(__file__).parents[2]


def by_definition(values, kept, applicable):
    """One item, straight from the definition, over unordered pairs of candidates and of requirements."""
    signs = []
    n, r = values.shape
    for i, j in combinations(range(n), 2):
        for a, b in combinations(range(r), 2):
            if not applicable[[i, i, j, j], [a, b, a, b]].all():
                continue
            d = values[i, a] - values[i, b] - values[j, a] + values[j, b]
            d = 0.0 if abs(d) < 1e-12 else d
            if kept[i, a] and not kept[i, b] and kept[j, b] and not kept[j, a]:
                signs.append(np.sign(d))
            elif kept[i, b] and not kept[i, a] and kept[j, a] and not kept[j, b]:
                signs.append(-np.sign(d))
    return (np.mean(signs) if signs else np.nan), len(signs)


@st.composite
def arrays(draw):
    m, n, r = draw(st.integers(1, 3)), draw(st.integers(2, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.integers(0, 4, (m, n, r)).astype(float)
    return values, rng.random((m, n, r)) < 0.5, rng.random((m, n, r)) < draw(st.sampled_from([0.7, 1.0]))


@given(arrays())
@settings(deadline=None, max_examples=100)
def test_agrees_with_the_definition(case):
    values, quadruples = reading(*case)
    expected = [by_definition(*item) for item in zip(*case, strict=True)]
    assert quadruples.tolist() == [n for _, n in expected]
    assert values == pytest.approx([v for v, _ in expected], abs=1e-12, nan_ok=True)


@given(arrays(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_order_of_candidates_and_requirements_never_matters(case, random):
    rows, columns = list(range(case[0].shape[1])), list(range(case[0].shape[2]))
    random.shuffle(rows)
    random.shuffle(columns)
    moved = reading(*(array[:, rows][:, :, columns] for array in case))
    for one, other in zip(moved, reading(*case), strict=True):
        np.testing.assert_array_equal(one, other)


@given(arrays(), st.integers(-8, 8), st.integers(-8, 8))
@settings(deadline=None, max_examples=60)
def test_an_effect_of_text_plus_one_of_requirement_reads_nothing(case, scale_of_text, scale_of_requirement):
    _, kept, applicable = case
    rng = np.random.default_rng(kept.size)
    m, n, r = kept.shape
    text = rng.normal(size=(m, n, 1)) * 10.0**scale_of_text
    requirement = rng.normal(size=(m, 1, r)) * 10.0**scale_of_requirement
    values, quadruples = reading(text + requirement, kept, applicable)
    assert (values[quadruples > 0] == 0).all()


@given(arrays())
@settings(deadline=None, max_examples=30)
def test_a_perfect_reader_reads_everything_and_its_opposite_nothing(case):
    _, kept, applicable = case
    values, quadruples = reading(kept.astype(float), kept, applicable)
    assert (values[quadruples > 0] == 1).all()
    assert np.isnan(values[quadruples == 0]).all()
    opposite, _ = reading(1 - kept.astype(float), kept, applicable)
    assert (opposite[quadruples > 0] == -1).all()


def test_weval_mini_has_its_quadruples():
    items = [json.loads(line) for line in (ROOT / "tasks/weval-mini/items.jsonl").read_text("utf-8").splitlines()]
    kept = np.array([[[r["id"] in c["kept"] for r in i["requirements"]] for c in i["candidates"]] for i in items])
    values, quadruples = reading(kept.astype(float), kept, np.ones_like(kept))
    assert (len(items), (quadruples > 0).sum(), quadruples.sum()) == (60, 57, 429)
    assert np.nanmean(values) == 1


def test_nested_dropout_has_none():
    kept = np.tril(np.ones((5, 5), dtype=bool))[None]
    values, quadruples = reading(kept.astype(float), kept, np.ones_like(kept))
    assert np.isnan(values[0])
    assert quadruples[0] == 0


def test_cells_that_do_not_apply_may_be_nan_and_others_may_not():
    kept = np.array([[[True, False], [False, True]]])
    values = np.array([[[0.9, 0.2], [np.nan, 0.8]]])
    assert np.isnan(reading(values, kept, ~np.isnan(values))[0][0])
    with pytest.raises(ValueError, match="finite"):
        reading(values, kept, np.ones_like(kept))
    with pytest.raises(ValueError, match="differ"):
        reading(values, kept[:, :1], np.ones_like(kept))


def test_the_largest_floats_do_not_overflow():
    big = np.finfo(float).max
    kept = np.array([[[True, False], [False, True]]])
    assert reading(np.where(kept, big, -big), kept, np.ones_like(kept))[0].tolist() == [1.0]


def test_blocks_of_items_do_not_show(monkeypatch):
    rng = np.random.default_rng(4)
    case = rng.normal(size=(50, 4, 3)), rng.random((50, 4, 3)) < 0.5, np.ones((50, 4, 3), dtype=bool)
    whole = reading(*case)
    # The package gives the function the module's name, so the module is asked for by import.
    monkeypatch.setattr(importlib.import_module("weval.metrics.reading"), "_CELLS_PER_BLOCK", 20)
    for one, other in zip(reading(*case), whole, strict=True):
        np.testing.assert_array_equal(one, other)
