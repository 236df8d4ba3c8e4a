from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests import small_models
from weval.adapters.classifier import Classifier, certificate
from weval.errors import AdapterError
from weval.types import Certificate, Drift


def test_a_sound_model_moves_by_rounding_alone(rm: Path) -> None:
    found = Classifier(str(rm)).certify()
    assert set(found.drift) == {"repeated", "batched", "padding_side", "shared", "own_class"}
    assert found.drift["repeated"].largest == 0
    assert all(drift.largest < 1e-4 and not drift.flipped and drift.n_pairs == 10 for drift in found.drift.values())
    assert found.remarks == ()
    assert found.n_texts == 9
    assert found.easy[0] != found.easy[1]
    assert found.noise is not None and found.noise < 1e-4


def test_it_says_how_scores_are_computed(rm: Path) -> None:
    computed = Classifier(str(rm)).certify().computed
    assert computed["dtype"] == "float32"
    assert computed["device"] == "cpu"
    assert computed["attention"] == "sdpa"
    assert computed["max_length"] == 4096
    assert computed["runner"] == "Layered"
    assert (computed["bos"], computed["eos"]) == (0, 0)
    assert computed["first_token"] == "<|im_start|>"
    assert computed["pooled_is_last"] is True


def test_an_encoder_has_its_own(bert: Path) -> None:
    found = Classifier(str(bert), wire="{query} {response}").certify()
    assert "shared" not in found.drift
    assert found.computed["runner"] == "Whole"
    assert found.drift["own_class"].largest < 1e-4


def test_the_requirement_may_be_asked(two_labels: Path) -> None:
    found = Classifier(str(two_labels), unit="requirement", head="class", label="1").certify()
    assert found.n_texts == 18
    assert found.drift["batched"].n_pairs == 20


def test_half_precision_is_compared_with_float32_and_left_as_it_was(rm: Path) -> None:
    model = Classifier(str(rm), dtype="bfloat16")
    before = {name: tensor.clone() for name, tensor in model._loaded.model.state_dict().items()}
    found = model.certify()
    assert 0 < found.drift["float32"].largest < 10
    assert found.drift["float32"].largest > Classifier(str(rm)).certify().drift["batched"].largest
    after = model._loaded.model.state_dict()
    assert all(torch.equal(before[name], after[name]) and after[name].dtype == torch.bfloat16 for name in before)


def test_float32_is_left_out_where_it_does_not_fit(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "_fits", lambda *given: False)
    found = Classifier(str(rm), dtype="bfloat16").certify()
    assert "float32" not in found.drift
    assert found.remarks == ("not compared with float32: it does not fit into memory beside the rest",)


def test_float32_that_runs_out_of_memory_is_left_out_and_the_model_is_as_before(
    rm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Classifier(str(rm), dtype="bfloat16")
    engine: Any = model._engine
    layers, compute = model._loaded.model, type(engine.runner).scores

    def scores(self: Any, group: Any, batching: Any) -> dict[int, float]:
        if next(layers.parameters()).dtype == torch.float32:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return compute(self, group, batching)

    monkeypatch.setattr(type(engine.runner), "scores", scores)
    found = model.certify()
    assert "float32" not in found.drift
    assert found.remarks == ("not compared with float32: it does not fit into memory beside the rest",)
    assert {parameter.dtype for parameter in layers.parameters()} == {torch.bfloat16}


def test_a_model_that_reads_too_little_cannot_be_tried(rm: Path) -> None:
    with pytest.raises(AdapterError, match="reads 20 tokens, too few for the texts it is tried on"):
        Classifier(str(rm), max_length="20").certify()


def test_texts_that_are_too_long_are_left_out(rm: Path) -> None:
    found = Classifier(str(rm), max_length="200").certify()
    assert 2 <= found.n_texts < 9
    cut = Classifier(str(rm), max_length="200", truncation="middle").certify()
    assert cut.n_texts == 9


def test_what_batches_move_is_given_up(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = {
        "batched": Drift(largest=9.0, flipped=1, n_pairs=10),
        "padding_side": Drift(largest=0, flipped=0, n_pairs=10),
    }
    monkeypatch.setattr(certificate, "_batches", lambda *given: dict(moved))
    model = Classifier(str(rm))
    engine: Any = model._engine
    found = model.certify()
    assert found.remarks == ("texts are computed one by one: in a batch with others they got other scores",)
    assert (engine.batching.budget, engine.sharing) == (1, False)
    monkeypatch.setattr(
        certificate, "_batches", lambda *given: {**moved, "batched": moved["padding_side"], "shared": moved["batched"]}
    )
    model = Classifier(str(rm))
    engine = model._engine
    assert "not shared" in model.certify().remarks[0]
    assert not engine.sharing


def test_left_padding_that_moves_scores_is_refused_where_it_was_asked_for(bert: Path) -> None:
    with pytest.raises(AdapterError, match="depend on the padding side; --set padding_side=right"):
        Classifier(str(bert), wire="{query} {response}", padding_side="left").certify()


def test_ends_that_differ_are_counted_from_to(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path, small_models.make_tokenizer(eos_token="e"))
    computed = Classifier(str(folder), wire="{response}").certify().computed
    assert str(computed["eos"]).partition(" to ")[0].isdigit()
    assert " to " in str(computed["eos"])
    assert computed["last_token"] == "differs"


def test_it_is_kept_as_json(rm: Path) -> None:
    found = Classifier(str(rm)).certify()
    assert Certificate.model_validate_json(found.model_dump_json()) == found
