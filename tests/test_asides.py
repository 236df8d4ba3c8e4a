from __future__ import annotations

import numpy as np

from weval.asides import UNSHOWN, Asides
from weval.store import ScoreRow

CELLS = (2, 3)


def row(**more: object) -> ScoreRow:
    given = {"id": "r", "item": "i", "candidates": ("a1",), "status": "ok", "values": (1.0,)}
    return ScoreRow.model_validate(given | more)


def test_what_nobody_speaks_of_takes_no_room() -> None:
    asides = Asides()
    asides.put(CELLS, (0, 1), row())
    assert asides == Asides()


def test_samples_are_counted_by_verdict() -> None:
    asides = Asides()
    asides.put(CELLS, (1, 2), row(samples=((1.0,), (1.0,), None, (0.0,), (1.0,))))
    assert asides.samples is not None
    assert asides.samples[1, 2].tolist() == [5, 1, 3]
    assert asides.samples.sum() == 9


def test_samples_of_lists_agree_where_the_whole_is_the_same() -> None:
    asides = Asides()
    asides.put((2,), (0,), row(samples=((1.0, 2.0), (2.0, 1.0), (1.0, 2.0))))
    assert asides.samples is not None
    assert asides.samples.tolist() == [[3, 0, 1], [0, 0, 0]]


def test_samples_count_where_none_of_them_has_a_verdict() -> None:
    asides = Asides()
    asides.put(CELLS, (0, 0), row(status="unparsed", values=(), reason="why", samples=(None, None)))
    assert asides.samples is not None
    assert asides.samples[0, 0].tolist() == [2, 2, 0]


def test_a_later_answer_takes_all_of_the_earlier_one_away() -> None:
    asides = Asides()
    asides.put(CELLS, (0, 0), row(samples=((1.0,), (1.0,)), mass=0.9))
    asides.put(CELLS, (0, 0), row())
    assert asides.samples is not None
    assert asides.mass is not None
    assert not asides.samples.any()
    assert np.isnan(asides.mass).all()


def test_a_list_knows_which_place_each_candidate_had() -> None:
    asides = Asides()
    asides.put_list((2, 3), 1, [2, 0, 1], row(mass=0.5))
    assert asides.places is not None
    assert asides.places.tolist() == [[UNSHOWN] * 3, [1, 2, 0]]
    assert asides.mass is not None
    assert asides.mass[1] == 0.5
    asides.put_list((2, 3), 1, [0, 1, 2], row(status="failed", values=(), reason="why"))
    assert (asides.places == UNSHOWN).all()
