"""The steps of submissions, written before they are taken and followed again by another process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weval.errors import DataError, ResultError
from weval.textmodels.batches import record as batch_record
from weval.textmodels.batches.record import Ledger, Outcome, left_open, new_intent

KEYS = ("a", "b", "c", "d")


def test_another_process_finds_everything_as_it_was(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "m")
    made = ledger.intended(new_intent(), KEYS)
    assert Ledger(tmp_path, "m").open[made.intent].batch is None
    ledger.created(made, "batch_1")
    ledger.collected(made, Outcome({"a", "b", "c"}, {"a": "expired"}, {"b": "no"}, {"top_p"}))
    for one in (ledger, Ledger(tmp_path, "m")):
        (left,) = one.open.values()
        assert (left.batch, left.keys, left.n_requests) == ("batch_1", {"d"}, 4)
        assert (one.rounds["a"], one.reasons, one.failed) == (1, {"a": "expired"}, {"b": "no"})
        assert one.dropped == {"top_p"}
        assert one.under_way() == {"d"}
    ledger.collected(made, Outcome({"d"}))
    assert not Ledger(tmp_path, "m").open


def test_what_was_refused_waits_again_and_too_many_are_halved(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "m")
    for keys in (KEYS, KEYS[:1]):
        ledger.void(ledger.intended(new_intent(), keys), "too many", too_many=True)
    ledger.void(ledger.intended(new_intent(), KEYS), "no")
    again = Ledger(tmp_path, "m")
    assert not again.open
    assert again.largest == 1
    assert not again.rounds


def test_other_models_in_the_folder_have_their_own(tmp_path: Path) -> None:
    first = Ledger(tmp_path, "m")
    made = first.intended(new_intent(), KEYS)
    first.created(made, "batch_1")
    other = Ledger(tmp_path, "other")
    assert not other.open
    assert other.known == {"batch_1"}


def test_what_is_left_open_is_known_whoever_made_it(tmp_path: Path) -> None:
    assert left_open(tmp_path) == {}
    for number, model in enumerate(("m", "other")):
        ledger = Ledger(tmp_path, model)
        ledger.created(ledger.intended(new_intent(), KEYS), f"batch_{number}")
        made = ledger.intended(new_intent(), KEYS)
        ledger.created(made, f"batch_{number}_done")
        ledger.collected(made, Outcome({*KEYS}))
        ledger.intended(new_intent(), KEYS)  # of which nobody knows whether it is there
    assert left_open(tmp_path) == {"batch_0": 4, "batch_1": 4}
    (tmp_path / "batches.jsonl").write_text("{}\n")
    assert left_open(tmp_path) == {}


def test_a_step_is_on_the_disk_before_it_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = list[str]()
    monkeypatch.setattr(
        batch_record.os, "fsync", lambda handle: synced.append((tmp_path / "batches.jsonl").read_text())
    )
    ledger = Ledger(tmp_path, "m")
    ledger.intended(new_intent(), KEYS)
    assert json.loads(synced[0])["step"] == "intended"


def test_a_half_step_is_cut_off_and_a_broken_file_is_said(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "m")
    made = ledger.intended(new_intent(), KEYS)
    path = tmp_path / "batches.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"step": "crea')
    assert Ledger(tmp_path, "m").open.keys() == {made.intent}
    assert path.read_bytes() == whole
    path.write_bytes(b'{"step": "crea')
    assert not Ledger(tmp_path, "m").open
    path.write_bytes(b'{"step": "paid"}\n')
    with pytest.raises(DataError, match=r"batches.jsonl:1: step"):
        Ledger(tmp_path, "m")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="cannot write"):
        Ledger(tmp_path / "gone", "m").intended(new_intent(), KEYS)


def test_results_of_large_batches_are_several_short_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_record, "_KEYS_A_LINE", 2)
    ledger = Ledger(tmp_path, "m")
    made = ledger.intended(new_intent(), KEYS)
    ledger.collected(made, Outcome({*KEYS}, dict.fromkeys(KEYS, "expired")))
    assert not Ledger(tmp_path, "m").open
    assert len((tmp_path / "batches.jsonl").read_text().splitlines()) == 3
