from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weval.build.training.holdout import Groups, held_out

LONG = "Write a letter to the harbour master about the noise of the new crane at night"


def test_instructions_that_say_the_same_are_one_group() -> None:
    groups = Groups(0.5)
    texts = [LONG, "Write about tea.", f"Please {LONG} today", "Write about cake.", "write about TEA"]
    numbers = [groups.add(text) for text in texts]
    found = [groups.group(number) for number in numbers]
    assert found[0] == found[2] and found[1] == found[4] and len(set(found)) == 3


def test_one_text_can_join_two_groups() -> None:
    groups, (a, b) = Groups(0.5), (LONG, "An ode in the old style to every ferry that ever left our small port")
    assert [groups.add(text) for text in (a, b, f"{a} {b}")] == [0, 1, 2]
    assert len({groups.group(n) for n in range(3)}) == 1


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(0, 8), min_size=1),
    st.floats(0, 0.99),
    st.integers(0, 5),
)
def test_groups_are_whole_and_both_sides_have_some(groups: dict[str, int], share: float, seed: int) -> None:
    test = held_out(groups, share, seed)
    train = groups.keys() - test
    assert not {groups[name] for name in test} & {groups[name] for name in train}
    assert train
    if share and len(set(groups.values())) > 1:
        assert test
    assert held_out(dict(reversed(groups.items())), share, seed) == test


def test_the_share_is_kept_and_the_seed_decides() -> None:
    groups = {f"i{n}": n for n in range(200)}
    found = [held_out(groups, 0.1, seed) for seed in (0, 0, 1)]
    assert [len(test) for test in found] == [20, 20, 20] and found[0] == found[1] != found[2]
    assert held_out(groups, 0.0, 0) == set()
