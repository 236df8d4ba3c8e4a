"""Ids in little memory behave as a list with an index, and as a set."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.idtable import IdSet, IdTable

IDS = st.lists(st.text(st.characters(codec=None), min_size=1, max_size=5) | st.sampled_from(["a", "b", "é", "\ud800"]))


@given(ids=IDS, asked=IDS)
def test_it_is_a_list_that_finds(ids: list[str], asked: list[str]) -> None:
    table = IdTable(ids)
    assert list(table) == ids and table == ids and len(table) == len(ids)
    for one in [*asked, *ids]:
        assert (one in ids) == ((at := table.find(one)) is not None and ids[at] == one)
    firsts = {one: ids.index(one) for one in ids}
    assert list(table.repeats()) == [(firsts[one], at) for at, one in enumerate(ids) if firsts[one] != at]


def test_places_as_in_a_list() -> None:
    table = IdTable(["a", "bc", "d"])
    assert (table[-1], table[1], table[:2], "bc" in table) == ("d", "bc", ["a", "bc"], True)
    with pytest.raises(IndexError):
        table[3]
    assert table == IdTable(["a", "bc", "d"]) != IdTable(["ab", "c", "d"])


def test_what_is_added_after_a_search_is_found() -> None:
    table = IdTable(["a"])
    assert table.find("b") is None
    assert table.add("b") == 1
    assert (table.find("b"), table.find("a"), table.find("b")) == (1, 0, 1)


def test_ids_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.idtable.hash", lambda one: len(one), raising=False)
    ids = ["aa", "bb", "c", "bb", "dd"]
    table = IdTable(ids)
    assert [table.find(one) for one in ("dd", "bb", "c", "xx")] == [4, 1, 2, None]
    assert list(table.repeats()) == [(1, 3)]


@given(ids=st.lists(st.text("0123456789abcdefAF _-+", max_size=17)), seed=st.integers(0, 9))
def test_a_set_of_ids_is_a_set(ids: list[str], seed: int) -> None:
    rng = random.Random(seed)
    ids += [f"{rng.getrandbits(64):016x}" for _ in range(5)] * 2 + ["F" * 16, "f" * 16, "0" * 16]
    found = IdSet(iter(ids))
    assert found == set(ids) and len(found) == len(set(ids)) and set(found) == set(ids)
    assert all(one in found for one in ids)
    assert f"{rng.getrandbits(64):016x}" not in found and 3 not in found


def test_an_empty_one() -> None:
    assert not IdSet() and "0" * 16 not in IdSet() and IdTable().find("a") is None
