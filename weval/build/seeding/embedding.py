"""Sentence embeddings: texts into vectors, by a sentence-transformers model on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, RootModel

from weval.build.sections import Filter
from weval.errors import AdapterError, ConfigError, missing_extra
from weval.files import is_file, one_line, read_json
from weval.randomness import digest
from weval.repository import Repository, digest_of, located
from weval.textmodels.local.transformers_library import chosen_device, require_libraries

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions); each row has length 1, or 0 for a text that the model knows nothing of."""

CPU_BATCH_CHARS = 4096
"""Characters that a batch has at most on a CPU, where larger ones are no faster and take memory."""

MODULES = "modules.json"


class _Module(BaseModel):
    path: str = Field(default="", pattern=r"^(\w[\w.-]*)?$", max_length=100)


class _Modules(RootModel[list[_Module]]):
    """modules.json: what the model is put together from, each in a subfolder (as 1_Pooling) or beside it."""


class Embedder:
    """A model that is loaded at its first text.

    `fingerprint` is a hash of its files. A text is read up to the model's own limit, as 256 tokens. The same texts in
    the same order always give the same vectors on the same machine.
    """

    def __init__(self, section: Filter, home: Path) -> None:
        """Finds the model, without loading it; a folder is relative to `home`.

        Raises ConfigError where there is none, or it cannot be had.
        """
        if not section.embedding:
            raise ConfigError(
                "filter.embedding: the recipe names none; --set filter.embedding=MODEL, a folder or a repository of "
                "the Hub for sentence-transformers"
            )
        beside = home / section.embedding
        reference = str(beside) if beside.is_dir() else section.embedding
        try:
            self._files = located(reference, section.revision, pin="filter.revision")
        except ConfigError as error:
            raise ConfigError(f"filter.embedding: {error}") from error
        folders = [self._files.folder, *_parts(self._files, reference)]
        self.fingerprint = digest(
            *(f"{folder.name} {digest_of(folder)}" for folder in folders[1:]), digest_of(folders[0]), size=16
        ).hex()
        self._batch_size, self._device = section.batch_size, section.device
        self._model: Any = None

    def stamp(self) -> dict[str, str]:
        """What stands of the model in step.json."""
        return {"name": self._files.name, "version": self._files.version, "fingerprint": self.fingerprint}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """One vector per text, at least one, in their order; texts of similar length are read together.

        Raises ConfigError where the model cannot be loaded, AdapterError for vectors that are not finite.
        """
        self._load()
        order = sorted(range(len(texts)), key=lambda n: (len(texts[n]), n))
        batches = self._batches([len(texts[n]) for n in order])
        found = np.concatenate([self._encoded([texts[n] for n in order[batch]]) for batch in batches])
        return np.asarray(found[np.argsort(order)])

    def _batches(self, lengths: list[int]) -> list[slice]:
        """Where batches of texts begin and end that are sorted by length."""
        found, begin = [], 0
        for n, length in enumerate(lengths):
            is_wide = self._device == "cpu" and n > begin and (n + 1 - begin) * length > CPU_BATCH_CHARS
            if n - begin == self._batch_size or is_wide:
                found.append(slice(begin, n))
                begin = n
        return [*found, slice(begin, len(lengths))]

    def _encoded(self, texts: list[str]) -> Vectors:
        vectors = self._model.encode(
            texts, batch_size=len(texts), show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=False
        )
        vectors = np.asarray(vectors, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(norms).all():
            raise AdapterError(f"{self._files.name}: gives vectors that are not finite")
        return np.asarray(vectors / np.where(norms > 0, norms, 1), dtype=np.float32)

    def _load(self) -> None:
        if self._model is not None:
            return
        require_libraries("Choosing seeds by their embeddings")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise missing_extra("sentence-transformers", "build", "Choosing seeds by their embeddings") from error
        self._device = chosen_device(self._device)
        folder = str(self._files.folder)
        try:
            self._model = SentenceTransformer(
                folder, device=self._device, local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except Exception as error:  # of sentence-transformers, transformers, torch
            said = one_line(" ".join(str(error).split()), 160)
            raise ConfigError(f"{self._files.name}: cannot be loaded ({type(error).__name__}: {said})") from error


def _parts(files: Repository, reference: str) -> list[Path]:
    """The subfolders that hold the model's further modules; those of the Hub are downloaded. Raises ConfigError."""
    if not is_file(files.folder / MODULES):
        raise ConfigError(f"{files.name}: is no model for sentence-transformers (it has no {MODULES})")
    names = sorted({module.path for module in read_json(files.folder / MODULES, _Modules).root} - {""})
    if names and files.folder != Path(reference).expanduser():
        _download(files, names)
    return [files.folder / name for name in names if (files.folder / name).is_dir()]


def _download(files: Repository, names: list[str]) -> None:
    """Brings subfolders of a repository into its folder in the cache. No pickles."""
    from huggingface_hub import snapshot_download

    wanted = [f"{name}/{pattern}" for name in names for pattern in ("*.json", "*.safetensors", "*.txt")]
    try:
        snapshot_download(files.name, revision=files.version, allow_patterns=wanted)
    except Exception as error:  # of the client and of HTTP; the model itself is here, so it is no usual one
        said = one_line(" ".join(str(error).split()), 160)
        raise ConfigError(f"{files.name}: {names[0]} cannot be downloaded ({type(error).__name__}: {said})") from error
