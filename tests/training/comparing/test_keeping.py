"""The schedule beside checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.comparing.runs import profile, prompts, training
from weval.errors import DataError, ResultError
from weval.files import write_json
from weval.training.comparing.choosing import SELECTION, Chosen
from weval.training.comparing.keeping import at_first, keep_in, kept_in, open_schedule, told
from weval.training.comparing.store import Store
from weval.training.folder import complete

TEXTS = ["easy", "hard", "harder"]


def win(store: Store, step: int, prompt: str) -> None:
    seen = store.seen(step, [prompt])
    seen.references.note(prompt, TEXTS, 1.0)
    store.note(seen)


def at(store: Store, step: int, prompt: str = "tea") -> int:
    return store.schedule(step).index.get(prompt, 0)


def checkpoint(out: Path, step: int) -> Path:
    folder = out / "checkpoints" / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    return folder


def test_a_run_goes_on_with_the_references_of_its_checkpoint(tmp_path: Path) -> None:
    run = training(tmp_path)
    store = open_schedule(run, prompts())
    win(store, 0, "tea")
    kept = checkpoint(tmp_path, 1)
    keep_in(kept, store, 1)
    complete(kept)
    win(store, 1, "tea")
    win(store, 1, "rain")
    broken = checkpoint(tmp_path, 2)  # killed while it was written
    keep_in(broken, store, 2)
    again = open_schedule(run, prompts())
    assert (at(again, 2), at(again, 2, "rain")) == (1, 0)
    assert not broken.exists()


def test_without_a_checkpoint_all_begins_again(tmp_path: Path) -> None:
    win(open_schedule(training(tmp_path), prompts()), 0, "tea")
    assert at(open_schedule(training(tmp_path), prompts()), 1) == 0


def test_another_process_does_not_begin_it_again(tmp_path: Path) -> None:
    from dataclasses import replace

    run = training(tmp_path)
    win(open_schedule(run, prompts()), 0, "tea")
    assert at(open_schedule(replace(run, is_main=False), prompts()), 1) == 1


def test_the_original_knows_its_prompts_from_the_beginning(tmp_path: Path) -> None:
    store = open_schedule(training(tmp_path, profile(comparison={"mode": "original"})), prompts(2))
    assert store.schedule(0).index == {"tea": 0, "rain": 0}
    assert at_first(["tea"], "repaired").index == {}


def test_a_checkpoint_without_a_schedule_is_of_another_recipe(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"has no references\.json"):
        kept_in(tmp_path)
    (tmp_path / "references.json").write_text('{"step": -1, "index": {}}', encoding="utf-8")
    with pytest.raises(DataError, match=r"references\.json:1: step"):
        kept_in(tmp_path)


def test_a_card_says_how_far_prompts_got(tmp_path: Path) -> None:
    run = training(tmp_path)
    write_json(tmp_path / SELECTION, Chosen(how="margin", n_prompts=40, n_kept=24, left_out={}))
    win(open_schedule(run, prompts()), 0, "tea")
    said = told(run)
    assert said[0].startswith(
        "Trained on 24 of 40 prompts, selected by margin; rewards are pairwise verdicts of length"
    )
    assert said[1].startswith("The first reference of 1 prompt was beaten.")
