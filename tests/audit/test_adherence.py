from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from tests.audit.conftest import audited, written
from tests.factories import make_item
from weval.audit import Audit, Met, Share
from weval.checks import met
from weval.metrics import METRICS
from weval.tasks import load_task
from weval.types import Item


def counts(found: Met) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    def of(share: Share | None) -> tuple[int, int] | None:
        return (share.count, share.n) if share else None

    return of(found.kept), of(found.dropped)


def test_shares_of_an_item_made_by_hand(tmp_path: Path) -> None:
    # a1 keeps all and misses one, a2 drops the third and meets it anyway, a3 keeps the first and meets only that.
    found = audited(tmp_path, [written(met=((1, 2), (1, 2, 3), (1,)))]).adherence
    assert found
    assert counts(found.overall) == ((5, 6), (1, 3))
    assert found.overall.kept
    assert found.overall.kept.value == pytest.approx(5 / 6)
    assert {name: counts(part) for name, part in found.by_type.items()} == {
        "length": ((3, 3), None),
        "format": ((2, 2), (0, 1)),
        "content": ((0, 1), (1, 2)),
    }
    assert {name: counts(part) for name, part in found.by_dropped.items()} == {
        "0": ((2, 3), None),
        "1": ((2, 2), (1, 1)),
        "2": ((1, 1), (0, 2)),
    }
    assert {name: counts(part) for name, part in found.by_language.items()} == {"en": ((5, 6), (1, 3))}


def test_what_has_no_check_no_type_or_no_language_is_left_out(tmp_path: Path) -> None:
    found = audited(tmp_path, [written(unchecked=[1], types=(None, None, "content"), language=None)]).adherence
    assert found
    assert counts(found.overall) == ((3, 3), (0, 3))
    assert counts(found.by_type["content"]) == ((1, 1), (0, 2))
    assert list(found.by_type) == ["content"]
    assert found.by_language == {}


def test_items_that_only_count_what_was_kept_say_nothing_of_adherence_but_of_order(tmp_path: Path) -> None:
    item = written()
    candidates = tuple(candidate.model_copy(update={"kept": candidate.gold}) for candidate in item.candidates)
    found = audited(tmp_path, [item.model_copy(update={"candidates": candidates})])
    assert found.adherence is None
    assert found.n_sets_known == 0
    assert found.order
    assert found.order.correlation
    assert found.order.correlation.value == 1
    assert found.order.noise_ceiling is None


def test_without_checks_everything_about_them_is_null(tmp_path: Path) -> None:
    found = audited(tmp_path, [make_item()])
    assert found.n_checked == 0
    assert found.adherence is None
    assert found.order is None


def test_items_of_several_shapes_are_counted_together(tmp_path: Path) -> None:
    wide = written("wide", ((1, 2, 3, 4), (2, 4), (4,), ()), types=("length", "format", "style", "content"))
    found = audited(tmp_path, [written("narrow"), wide])
    assert found.adherence
    assert counts(found.adherence.overall) == ((6 + 7, 6 + 7), (0, 3 + 9))
    assert list(found.adherence.by_dropped) == ["0", "1", "2", "3", "4"]
    assert found.order
    assert list(found.order.met_by_kept) == ["4", "3", "2", "1", "0"]
    assert found.order.met_by_kept["2"].n == 3 + 4


def test_the_order_of_an_item_made_by_hand(tmp_path: Path) -> None:
    # Met: 2, 2 and 3 where 3, 2 and 1 were kept: one pair equal, two against gold.
    order = audited(tmp_path, [written(met=((1, 2), (1, 2), (1, 2, 3)))]).order
    assert order
    assert order.rising
    assert order.equal
    assert order.falling
    assert [(share.count, share.n) for share in (order.rising, order.equal, order.falling)] == [(0, 3), (1, 3), (2, 3)]
    assert order.correlation
    assert order.correlation.value == pytest.approx(-2 / 3)
    assert {kept: (share.count, share.n) for kept, share in order.met_by_kept.items()} == {
        "3": (2, 3),
        "2": (2, 3),
        "1": (3, 3),
    }


def test_pairs_tied_in_gold_are_no_pairs(tmp_path: Path) -> None:
    order = audited(tmp_path, [written(kept=((1, 2, 3), (1, 2), (2, 3)))], gold="partial").order
    assert order
    assert order.rising
    assert (order.rising.count, order.rising.n) == (2, 2)


def test_items_without_a_check_leave_the_order(tmp_path: Path) -> None:
    order = audited(tmp_path, [written("seen"), make_item("unseen")]).order
    assert order
    assert order.correlation
    assert order.correlation.n == 1
    assert order.met_by_kept["3"].n == 3


def recount(items: list[Item]) -> dict[str, tuple[int, int]]:
    """Met and all, of kept and of dropped requirements, one by one."""
    found = {"kept": [0, 0], "dropped": [0, 0]}
    for item in items:
        for candidate in item.candidates:
            assert not isinstance(candidate.kept, int)
            for requirement in item.requirements:
                if requirement.check is not None:
                    side = found["kept" if requirement.id in candidate.kept else "dropped"]
                    side[0] += met(requirement.check, candidate.response, item.language)
                    side[1] += 1
    return {side: (hits, n) for side, (hits, n) in found.items()}


def test_weval_mini_counted_again(mini: Audit) -> None:
    items = list(load_task("weval-mini").items())
    assert mini.adherence
    overall = mini.adherence.overall
    assert recount(items) == {"kept": (450, 455), "dropped": (36, 315)}
    assert counts(overall) == ((450, 455), (36, 315))
    for language, part in mini.adherence.by_language.items():
        again = recount([item for item in items if item.language == language])
        assert counts(part) == (again["kept"], again["dropped"])


def test_parts_add_up_to_the_whole(mini: Audit) -> None:
    assert mini.adherence
    for parts in (mini.adherence.by_type, mini.adherence.by_dropped, mini.adherence.by_language):
        kept = [part.kept for part in parts.values() if part.kept]
        dropped = [part.dropped for part in parts.values() if part.dropped]
        assert (sum(share.count for share in kept), sum(share.n for share in kept)) == (450, 455)
        assert (sum(share.count for share in dropped), sum(share.n for share in dropped)) == (36, 315)


def test_the_order_of_weval_mini_counted_again(mini: Audit) -> None:
    signs, per_item = [0, 0, 0], []
    for item in load_task("weval-mini").items():
        checks = [requirement.check for requirement in item.requirements if requirement.check]
        if checks:
            seen = [sum(met(check, c.response, item.language) for check in checks) for c in item.candidates]
            for (i, first), (j, second) in combinations(enumerate(item.candidates), 2):
                assert first.gold > second.gold
                signs[(seen[i] < seen[j]) - (seen[i] > seen[j]) + 1] += 1
            per_item.append(METRICS["correlation"]([[c.gold for c in item.candidates]], [seen])[0])
    order = mini.order
    assert order
    assert order.rising
    assert order.equal
    assert order.falling
    assert signs == [order.rising.count, order.equal.count, order.falling.count]
    assert order.correlation
    assert order.correlation.value == pytest.approx(sum(per_item) / len(per_item))
    assert order.correlation.n == len(per_item) == 58
