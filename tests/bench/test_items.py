from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from weval.bench import (
    arena_write,
    creative_writing,
    finder,
    longbench_v2,
    longbench_write,
    race,
    rewardbench,
    writing_rl,
    writingbench,
)
from weval.bench.items import BenchItem, Call, Figure, Row, Step, is_original

PACKAGES = (
    arena_write, creative_writing, finder, longbench_v2, longbench_write, race, rewardbench, writing_rl, writingbench,
)  # fmt: skip

GAMES = [arena_write.Game("1", "m", "b", ("A=B", "A=B"))]
PLUSES = creative_writing.Game(prompt="1", writer="a", other="b", pluses=1, other_pluses=0)
ODD: dict[str, tuple[Any, ...]] = {
    "battles": (GAMES, 1),
    "win_rate": (GAMES,),
    "elo": (GAMES,),
    "bradley_terry": (GAMES,),
    "matches": ([PLUSES],),
    "fraction": (1.0, 3, 1),
    "normalised": ({},),
    "aggregate": ([("1", {})],),
    "reward": (None, "position-advantage"),
    "pair_correct": (1.0, 0.0),
    "leaderboard_average": ({}, None),
    "length_score": (100, 100),
    "race_score": ({}, {}),
    "criteria_means": ({}, []),
    "to_judge": ([], []),
}
"""What the functions are called with that take more than one text or list."""


def test_what_is_missing_counts_the_worse_end() -> None:
    assert Figure("s", "S", 0, 100, "good").worst == 0
    assert Figure("w", "Wrong", 0, 1, "bad", higher=False).worst == 1


def test_steps_and_items_have_plain_defaults() -> None:
    step = Step("responses", "writer")
    assert (step.prompt, step.tries, step.fills) == (None, None, None)
    assert BenchItem(id="1", prompt="Write.").groups == {}
    assert Call("1").messages == () and Row("1", {}).repairs == frozenset()


def test_an_unknown_mode_is_an_error_and_never_acts_as_repaired() -> None:
    assert is_original("original") and not is_original("repaired")
    with pytest.raises(ValueError, match="unknown mode 'orginal': it is one of original, repaired"):
        is_original("orginal")


def with_modes() -> Iterator[Any]:
    """The public pure functions that take a mode or a rule, each with what it is called with."""
    for package in PACKAGES:
        for name in package.__all__:
            function = getattr(package, name)
            if not inspect.isfunction(function):
                continue
            named = next((key for key in ("mode", "rule") if key in inspect.signature(function).parameters), None)
            if named:
                arguments = ODD.get(name, ("",) if "text" in inspect.signature(function).parameters else ([],))
                if (package, name) == (writingbench, "aggregate"):
                    arguments = ([], [], {})
                yield pytest.param(function, arguments, named, id=f"{package.__name__.rpartition('.')[2]}.{name}")


@pytest.mark.parametrize(("function", "arguments", "named"), list(with_modes()))
def test_every_function_with_modes_refuses_an_unknown_one(
    function: Callable[..., Any], arguments: tuple[Any, ...], named: str
) -> None:
    with pytest.raises(ValueError, match=r"unknown (mode|rule) 'orginal'"):
        function(*arguments, **{named: "orginal"})


def test_references_refuse_an_unknown_mode() -> None:
    mode: Any = "orginal"
    with pytest.raises(ValueError, match="unknown mode 'orginal'"):
        writing_rl.References({}, mode)
