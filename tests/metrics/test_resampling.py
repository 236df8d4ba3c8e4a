import numpy as np
import pytest

from weval.metrics import default_resamples, resample_counts


def test_counts_are_resamples_of_all_items_and_repeat_with_the_seed():
    blocks = np.concatenate(list(resample_counts(7, 500, seed=3)))
    assert blocks.shape == (500, 7)
    assert (blocks.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(blocks, np.concatenate(list(resample_counts(7, 500, seed=3))))
    assert (blocks != np.concatenate(list(resample_counts(7, 500, seed=4)))).any()


@pytest.mark.parametrize(("small", "kept"), [(10**6, 0), (0, 10**6), (0, 0)])
def test_what_is_kept_for_the_next_figure_is_what_was_drawn(monkeypatch, small, kept):
    drawn = np.concatenate(list(resample_counts(300, 200, seed=5)))
    monkeypatch.setattr("weval.metrics.resampling._SMALL", small)
    monkeypatch.setattr("weval.metrics.resampling._MOST_KEPT", kept)
    for _ in range(2):
        again = np.concatenate(list(resample_counts(300, 200, seed=5)))
        assert again.dtype == np.float64
        np.testing.assert_array_equal(again, drawn)


def test_every_item_is_drawn_alike():
    counts = np.concatenate(list(resample_counts(5, 20_000, seed=1)))
    assert counts.mean(axis=0) == pytest.approx(np.ones(5), abs=0.03)
    assert counts.var(axis=0) == pytest.approx(np.full(5, 0.8), abs=0.05)  # binomial: m · 1/m · (1 - 1/m)


def test_blocks_stay_small(monkeypatch):
    monkeypatch.setattr("weval.metrics.resampling._DRAWS_PER_BLOCK", 100)
    assert [len(block) for block in resample_counts(30, 8, seed=0)] == [3, 3, 2]
    assert [len(block) for block in resample_counts(200, 2, seed=0)] == [1, 1]


@pytest.mark.parametrize(("m", "n"), [(0, 10), (10, 0)])
def test_nothing_to_draw_is_refused(m, n):
    with pytest.raises(ValueError, match="at least 1"):
        next(resample_counts(m, n, seed=0))


def test_default_falls_above_ten_thousand_items():
    assert [default_resamples(m) for m in (1, 10_000, 10_001)] == [10_000, 10_000, 1_000]
