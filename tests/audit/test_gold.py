from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.audit.conftest import audited, written
from tests.factories import make_item, write_items
from weval.audit import Audit, Share, audit, open_task
from weval.audit.scripts import writing_system
from weval.errors import ConfigError, DataError, WevalError
from weval.metrics import METRICS
from weval.results import Estimate
from weval.run import RunSpec, run
from weval.tasks import load_task, task_names
from weval.tasks.spec import tasks_folder
from weval.types import Item, Record
from weval.wording import interval as shown_interval
from weval.wording import number


def rewritten(change: str) -> list[Item]:
    """The items of weval-mini with a defect."""
    generator = np.random.default_rng(7)
    items = []
    for item in load_task("weval-mini").items():
        candidates = list(item.candidates)
        if change == "shuffled":
            kept = [candidates[i].kept for i in generator.permutation(len(candidates))]
            candidates = [c.model_copy(update={"kept": sets}) for c, sets in zip(candidates, kept, strict=True)]
        elif change == "padded":
            candidates[1] = candidates[1].model_copy(update={"response": candidates[0].response + "\n\nThe end."})
        elif change == "in order":
            ids = [requirement.id for requirement in item.requirements]
            candidates = [c.model_copy(update={"kept": tuple(ids[: c.gold])}) for c in candidates]
        items.append(item.model_copy(update={"candidates": tuple(candidates)}))
    return items


def test_shuffled_kept_sets_lose_adherence_and_order(tmp_path: Path) -> None:
    found = audited(tmp_path, rewritten("shuffled"))
    assert found.adherence
    assert found.adherence.overall.kept
    assert found.adherence.overall.dropped
    assert found.adherence.overall.kept.value < 0.8
    assert found.adherence.overall.dropped.value > 0.4
    assert found.order
    assert found.order.correlation
    assert found.order.correlation.ci is not None
    assert found.order.correlation.ci[0] < 0 < found.order.correlation.ci[1]
    assert found.order.noise_ceiling
    assert found.order.noise_ceiling.correlation.value < 0.4


def test_padded_copies_are_found(tmp_path: Path) -> None:
    found = audited(tmp_path, rewritten("padded"))
    near = found.duplicates.near_by_gap["1"]
    assert near.count >= 55  # the end is more than a tenth of some very short texts
    assert found.duplicates.near
    assert found.duplicates.near.count == near.count
    assert any("are nearly the same text" in remark for remark in found.remarks)


def test_positions_that_give_gold_away_are_found(tmp_path: Path) -> None:
    found = audited(tmp_path, rewritten("in order"))
    assert any("kept more often at position 1 (100.0 %), 2" in remark for remark in found.remarks)
    assert found.kept_sets
    assert found.kept_sets.nested.value == 1


def test_nothing_is_wrong_with_what_was_made_well(tmp_path: Path) -> None:
    items = [written(f"i{k}", ((1, 2, 3), (1, 3), (2,)), filler=f"{k}" * 40) for k in range(30)]
    found = audited(tmp_path, items)
    assert found.remarks[0] == "90 of 90 requirements can be checked; kept, they are met in 100.0 % of the cases"
    assert "are never met: a perfect reader is expected to reach a correlation of 1.000" in found.remarks[1]
    assert not any("nearly" in remark or "another" in remark or "empty" in remark for remark in found.remarks)


def test_one_item_has_no_intervals_and_draws_no_conclusions(tmp_path: Path) -> None:
    found = audited(tmp_path, [written()])
    assert found.adherence
    assert found.adherence.overall.kept
    assert found.adherence.overall.kept.ci is None
    assert found.remarks[0].startswith("1 item: too few")
    assert not any("longer" in remark or "position" in remark for remark in found.remarks)


def test_figures_that_a_run_has_too_are_the_same(mini: Audit, tmp_path: Path) -> None:
    rules, length = (
        run(RunSpec(model, task="weval-mini", out=tmp_path / model)).result for model in ("rules", "length")
    )
    assert mini.order
    assert mini.order.noise_ceiling
    assert length.diagnosis.noise_ceiling  # rules leaves two items out
    for mine, other in (
        (mini.order.correlation, rules.metrics["correlation"]),
        (mini.order.noise_ceiling.correlation, length.diagnosis.noise_ceiling.correlation),
        (mini.length.correlation, length.metrics["correlation"]),
    ):
        assert shown(mine) == shown(other)


def test_a_ceiling_of_1_has_the_same_interval_in_a_run_and_in_an_audit(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [written(f"i{k}") for k in range(30)])
    found = run(RunSpec("length", data=data, out=tmp_path / "run")).result.diagnosis.noise_ceiling
    order = audit(open_task(str(data))).order
    assert order
    assert order.noise_ceiling
    assert order.noise_ceiling == found
    assert shown(order.noise_ceiling.correlation) == ["1.000", "0.773 … 1.000", "30 items"]


def test_every_share_is_of_what_it_says(mini: Audit) -> None:
    def shares(value: object) -> list[Share]:
        if isinstance(value, Share):
            return [value]
        parts = value.values() if isinstance(value, dict) else vars(value).values() if isinstance(value, Record) else ()
        return [share for part in parts for share in shares(part)]

    found = shares(mini)
    assert len(found) > 40
    for share in found:
        assert share.value == pytest.approx(share.count / share.n)
        assert share.ci is None or 0 <= share.ci[0] <= share.value <= share.ci[1] <= 1


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_task_comes_before_a_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_items(tmp_path / "weval-mini", [make_item()])
    assert open_task("weval-mini").n_items == 60
    assert open_task("./weval-mini").n_items == 1


def test_what_is_neither_task_nor_file_is_said_to_be_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        open_task("weval-mimi")
    assert "did you mean weval-mini" in str(raised.value)
    assert "there is no file 'weval-mimi'" in str(raised.value)
    with pytest.raises(DataError, match=r"is a folder without task\.yaml"):
        open_task(str(tmp_path))


def test_settings_are_those_of_data(tmp_path: Path) -> None:
    path = write_items(tmp_path / "items.jsonl", [make_item("i1", ((1, 2), (1,), (2,)))])
    with pytest.raises(WevalError, match="gold=partial"):
        open_task(str(path))
    assert open_task(str(path), {"gold": "partial"}).n_items == 1
    with pytest.raises(ConfigError, match="unknown setting 'seed'"):
        open_task(str(path), {"seed": "1"})


# --- cards ------------------------------------------------------------------------------------------------------


def card_rows(name: str) -> dict[str, list[str]]:
    """The rows of the audit section of a task's card."""
    card = (tasks_folder() / name / "README.md").read_text(encoding="utf-8")
    section = card.partition("\n## Audit\n")[2].partition("\n## ")[0]
    rows = [[cell.strip().replace("−", "-") for cell in line.strip("|").split("|")] for line in section.splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) == 4 and row[1] not in ("value", "---")}


def shown(found: Share | Estimate | None) -> list[str]:
    assert found
    n = f"{found.count:,} of {found.n:,}" if isinstance(found, Share) else f"{found.n:,} items"
    return [number(found.value), shown_interval(found.ci), n]


def figures(found: Audit) -> dict[str, list[str]]:
    """What a card may quote."""
    duplicates, systems = found.duplicates, found.writing_systems
    quoted = {
        "length and gold: correlation": found.length.correlation,
        "answers in another writing system": systems.foreign,
        "near-duplicate pairs": duplicates.near,
        "answers also in another item": duplicates.responses,
        "instructions also in another item": duplicates.instructions,
        "empty answers": duplicates.empty,
    }
    if found.adherence and found.order and found.order.noise_ceiling:
        quoted |= {
            "kept requirements met": found.adherence.overall.kept,
            "dropped requirements met anyway": found.adherence.overall.dropped,
            "checks and gold: correlation": found.order.correlation,
            "the same, of a perfect reader": found.order.noise_ceiling.correlation,
            "pairs with more met where more was kept": found.order.rising,
            "pairs with fewer met where more was kept": found.order.falling,
        }
    if found.kept_sets:
        quoted["items with nested kept sets"] = found.kept_sets.nested
    if systems.foreign and systems.foreign.count:
        quoted |= {f"other writing system, {kept} kept": share for kept, share in systems.by_kept.items()}
        quoted["other writing system and gold: correlation"] = systems.correlation
    return {name: shown(value) for name, value in quoted.items()}


def test_the_card_of_weval_mini_quotes_what_is_measured(mini: Audit) -> None:
    assert card_rows("weval-mini") == figures(mini)


def test_the_card_of_dropout_real_quotes_what_is_measured(shared: Path) -> None:
    task = open_task(str(shared / "data" / "real_dropout_dev.jsonl"))
    found = audit(task)
    assert found.n_items == 393
    assert found.adherence is None
    assert card_rows("dropout-real") == figures(found)
    alike: dict[bool, list[float]] = {True: [], False: []}
    for item in task.items():
        texts = [candidate.response for candidate in item.candidates]
        one_system = {writing_system(text) for text in texts} == {writing_system(item.instruction)}
        gold = [candidate.gold for candidate in item.candidates]
        alike[one_system].append(METRICS["correlation"]([gold], [[len(text) for text in texts]])[0])
    card = (tasks_folder() / "dropout-real" / "README.md").read_text(encoding="utf-8")
    assert f"In the {len(alike[True])} groups that stay in one writing system" in card
    assert f"at {np.mean(alike[True]):.3f}, in the others at {np.mean(alike[False]):.3f}" in card


def test_every_card_has_an_audit() -> None:
    for name in task_names():
        assert "\n## Audit\n" in (tasks_folder() / name / "README.md").read_text(encoding="utf-8")
