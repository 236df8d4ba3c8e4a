from __future__ import annotations

import pytest

from tests.training.test_trl import paper
from weval.machine import Machine
from weval.report.dry_run import dry_run_text
from weval.training import dryrun, read_training
from weval.training.dryrun import DryRun, dry_run
from weval.wording import DASH

RECIPE, _ = read_training("grpo_wrl")


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dryrun, "this_machine", lambda: Machine(frozenset(), (), 16.0))


def of(**settings: str) -> DryRun:
    return dry_run(RECIPE, "paper", paper(**settings))


@pytest.mark.parametrize("settings", [{}, {"model__base": "somebody/model"}, {"policy__algorithm": "ppo"}])
def test_it_fits_eighty_columns_whatever_it_says(settings: dict[str, str]) -> None:
    text = dry_run_text(of(**settings, data__source="d" * 70))
    assert max(map(len, text.splitlines())) <= 80 or "d" * 70 in text


def test_nothing_that_differs_is_left_out_and_it_comes_first() -> None:
    found = of(optimisation__learning_rate="2e-6", policy__clip="0.3")
    text = dry_run_text(found)
    beginning = text[: text.index("as published:")]
    words = " ".join(beginning.split())
    for row in found.rows:
        if row.standing in ("differs", "silent"):
            assert f"{row.field}: {row.this_run}" in words and str(row.source) in words
        if row.standing == "differs":
            assert f"published: {row.published}" in words
    for one in found.differences:
        assert f"{one.field}: {one.wanted} → {one.gets} (changes {one.changes})" in words and one.why in words
    assert "optimisation.learning_rate: 2e-06 published: 1e-06" in words


def test_everything_that_is_set_is_told() -> None:
    found = of()
    words = {word.rstrip(":") for word in dry_run_text(found).split()}
    assert {row.field for row in found.rows if row.this_run != DASH} <= words


def test_figures_are_about_and_stand_on_what_is_said() -> None:
    text = dry_run_text(of())
    assert "7.62 B parameters" in text and "680 steps" in text and "in all" in text
    assert "is an assumption" in " ".join(text.split()) and "about what it takes" in text
    assert "wants 8 × H200 of 141 GB (accelerate: fsdp2)" in text and "lacks 8 GPUs" in text


def test_what_is_not_known_is_not_said() -> None:
    text = dry_run_text(of(model__base="somebody/model"))
    assert "parameters" not in text.replace("hyperparameters", "") and "USD," not in text
    assert "is not known" in " ".join(text.split())


def test_a_cpu_run_has_no_price() -> None:
    text = dry_run_text(dry_run(RECIPE, "tiny", RECIPE.profile("tiny")))
    assert " USD" not in text and "wants a CPU" in text and "on the device:" in text


def test_what_would_not_begin_is_said() -> None:
    assert "would not begin: optimisation.batch" in dry_run_text(of(hardware__nodes="4"))


def test_names_cannot_move_the_cursor() -> None:
    assert "\x1b" not in dry_run_text(of(data__source="evil\x1b[2J"))
