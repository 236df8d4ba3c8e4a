"""Where a model's files are: a folder, or a repository of the Hugging Face Hub brought into its cache. No pickles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.adapters.classifier.options import is_commit
from weval.errors import AdapterError, ConfigError, missing_extra
from weval.files import one_line, os_message

PATTERNS = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
"""What is downloaded. Weights in pickle files (*.bin, *.pt) could run code when they are read, and are not."""

SAMPLES, SAMPLE_BYTES = 64, 2**16
"""Of a large file's content this much is hashed, evenly spread: enough to tell checkpoints of a training apart."""

_PATH_STARTS = (".", "/", "~")


@dataclass(frozen=True, slots=True)
class Repository:
    """A model's files. `version` is the commit of a Hub repository, or a digest of a folder's files."""

    name: str
    folder: Path
    version: str

    def json(self, file: str) -> dict[str, Any]:
        """A JSON object of the repository; empty where there is no such file. Raises AdapterError if it is none."""
        path = self.folder / file
        if not path.is_file():
            return {}
        try:
            content = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise AdapterError(f"{path}: is not JSON ({one_line(str(error), 80)})") from error
        return content if isinstance(content, dict) else {}


def located(reference: str, revision: str | None, *, remote_code: bool = False) -> Repository:
    """The model's folder, or its repository of the Hub, downloaded if it is not in the cache yet.

    Raises ConfigError for a folder or repository that is not there or may not be read, and for code of the Hub that is
    not pinned to a commit.
    """
    folder = Path(reference).expanduser()
    if folder.is_dir():
        if revision:
            raise ConfigError(f"--set revision={revision}: {reference} is a folder; revisions are those of the Hub")
        return _in_folder(reference, folder)
    if reference.startswith(_PATH_STARTS) or reference.count("/") != 1:
        raise ConfigError(f"{reference}: no such folder, and not the name of a repository, which is OWNER/NAME")
    if remote_code and not is_commit(revision):
        raise ConfigError(
            f"{reference}: its code is run only at a pinned commit that you have read; --set revision=COMMIT (40 signs)"
        )
    return _from_hub(reference, revision, (*PATTERNS, "*.py") if remote_code else PATTERNS)


def _in_folder(reference: str, folder: Path) -> Repository:
    if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
        raise ConfigError(f"{reference}: holds no model (neither config.json nor adapter_config.json)")
    try:
        return Repository(reference, folder, _digest(folder))
    except OSError as error:
        raise ConfigError(f"{reference}: {os_message(error)}") from error


def _from_hub(reference: str, revision: str | None, patterns: tuple[str, ...]) -> Repository:
    try:
        from huggingface_hub import errors as hub
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise missing_extra("huggingface-hub", "hf", f"Downloading {reference}") from error
    say: dict[type[Exception], Callable[[Exception], str]] = {  # the most special first
        hub.GatedRepoError: lambda e: (
            f"is gated: accept its licence on https://huggingface.co/{reference}, then `hf auth login`"
        ),
        hub.RepositoryNotFoundError: lambda e: "no such repository on the Hub, or a private one (`hf auth login`)",
        hub.RevisionNotFoundError: lambda e: f"has no revision {revision!r}",
        hub.LocalEntryNotFoundError: lambda e: (
            "is not in the cache, and the Hub cannot be reached; on a machine with a "
            f"network: hf download {reference}; or name a folder that holds it"
        ),
        hub.OfflineModeIsEnabled: lambda e: "is not in the cache, and HF_HUB_OFFLINE forbids the download",
        hub.HFValidationError: lambda e: "is not the name of a repository",
        hub.HfHubHTTPError: lambda e: f"cannot be downloaded ({one_line(str(e), 120)})",
        OSError: lambda e: f"cannot be downloaded ({one_line(str(e), 120)})",
    }
    try:
        if is_commit(revision):
            try:  # what is pinned and here needs no network
                folder = snapshot_download(
                    reference, revision=revision, allow_patterns=list(patterns), local_files_only=True
                )
                return Repository(reference, Path(folder), Path(folder).name)
            except hub.LocalEntryNotFoundError:
                pass
        folder = snapshot_download(reference, revision=revision, allow_patterns=list(patterns))
    except tuple(say) as error:
        told = next(tell for kind, tell in say.items() if isinstance(error, kind))
        raise ConfigError(f"{reference}: {told(error)}") from error
    return Repository(reference, Path(folder), Path(folder).name)


def _digest(folder: Path) -> str:
    """A hash of the files that make the model what it is, by name."""
    hashed = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file() and any(path.match(pattern) for pattern in (*PATTERNS, "*.py")):
            hashed.update(path.name.encode() + b"\0" + _sampled(path))
    return hashed.hexdigest()


def _sampled(path: Path) -> bytes:
    """A hash of a file's size and content, of a large file's content at places spread evenly over it."""
    size = path.stat().st_size
    hashed = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        if size <= SAMPLES * SAMPLE_BYTES:
            hashed.update(file.read())
        else:
            for n in range(SAMPLES):
                file.seek((size - SAMPLE_BYTES) * n // (SAMPLES - 1))
                hashed.update(file.read(SAMPLE_BYTES))
    return hashed.digest()
