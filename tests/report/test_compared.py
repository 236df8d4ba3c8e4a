from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.factories import make_item, write_items
from tests.report.conftest import HOSTILE
from weval.compare import CompareOptions, compare
from weval.comparison import Comparison
from weval.report.compared import compared_text, letters_of, needed, p_value
from weval.run import RunSpec, run
from weval.wording import number


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """rules and length on weval-mini."""
    folder: Path = tmp_path_factory.mktemp("compared")
    for model in ("rules", "length"):
        run(RunSpec(model, task="weval-mini", out=folder / model))
    return compare([folder / "rules", folder / "length"]).comparison


def test_the_text_says_who_is_ahead_and_by_how_much(found: Comparison) -> None:
    text = compared_text(found)
    assert "A is ahead of B in correlation by 0.848 (p <0.001)." in text
    assert "A  rules\nB  length\nweval-mini 1.0: 60 items, 58 scored by all and compared" in text
    assert "note: rules has nothing to judge in 2 of 60 items" in text
    for name in (*found.duels[0].disagreement.category, *found.duels[0].disagreement.requirement_type):
        assert f"\n{name} " in text


def test_a_difference_that_is_not_found_says_what_would_be(found: Comparison) -> None:
    duel = found.duels[0]
    ours = duel.metrics["correlation"]
    assert ours is not None
    weak = ours.model_copy(update={"p": 0.4, "p_holm": 0.4})
    weaker = found.model_copy(
        update={"duels": (duel.model_copy(update={"metrics": duel.metrics | {"correlation": weak}}),)}
    )
    text = " ".join(compared_text(weaker).split())
    assert (
        f"No difference of A and B in correlation is found (p 0.400); one of {number(ours.detectable)} would be" in text
    )


def test_hostile_and_long_names_are_text_and_fit(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [make_item(f"i{n}", category=HOSTILE) for n in range(3)])
    folder = tmp_path / ("x" * 120)
    for seed in ("1", "2"):
        run(RunSpec("random", data=data, out=folder / f"[bold]{seed}", settings={"seed": seed}))
    text = compared_text(compare(sorted(folder.iterdir())).comparison)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "{{7*7}}" in text


def test_letters_go_on_as_numbers(found: Comparison) -> None:
    runs = tuple(found.runs[0].model_copy(update={"name": f"m{n}"}) for n in range(28))
    letters = letters_of(found.model_copy(update={"runs": runs}))
    assert [letters["m0"], letters["m25"], letters["m26"]] == ["A", "Z", "27"]


def test_small_p_values_and_large_numbers_of_items_have_bounds() -> None:
    assert [p_value(p) for p in (None, 0.0004, 0.001, 1.0)] == ["–", "<0.001", "0.001", "1.000"]
    assert [needed(n) for n in (None, 5, 3422, 2_000_000)] == ["–", "5", "3,422", ">1,000,000"]


def test_of_many_runs_that_are_not_told_apart_ten_pairs_are_named(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [make_item(f"i{n}") for n in range(4)])
    for seed in range(28):
        run(
            RunSpec("random", data=data, out=tmp_path / f"r{seed:02}", settings={"seed": str(seed), "resamples": "100"})
        )
    text = compared_text(compare(sorted(tmp_path.glob("r*")), CompareOptions(resamples=100)).comparison)
    assert text.count("No difference of") == 10
    assert f"{28 * 27 // 2 - 10} more pairs are not told apart." in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80
