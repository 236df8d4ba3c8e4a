"""Where a model's files are: a folder, or a repository of the Hugging Face Hub brought into its cache. No pickles."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from weval.errors import AdapterError, ConfigError, missing_extra
from weval.files import one_line, os_message

PATTERNS = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
"""What is downloaded. Weights in pickle files (*.bin, *.pt) could run code when they are read, and are not."""

SUBFOLDERS = "*/*"
"""What is not: earlier checkpoints, other formats, the state of an optimizer."""

NOT_THE_MODEL = frozenset({"run.json", "result.json", "trainer_state.json", "all_results.json", "eval_results.json"})
"""Files of a run of ours, or of a training, that may lie beside a model and change without it."""

SAMPLES, SAMPLE_BYTES = 4, 2**14
"""Of a large tensor this much is hashed, evenly spread; small ones, as every head is, are hashed whole."""

MAX_HEADER_BYTES = 100_000_000
"""What the safetensors format allows."""

_PATH_STARTS = (".", "/", "~")
_COMMIT = re.compile("[0-9a-f]{40}")
_REVISION = re.compile(r"(?!.*\.\.)\w[\w./+-]*")
_TOKEN = re.compile(r"Bearer \S+|\bhf_[A-Za-z0-9]{10,}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A model's files. `version` is the commit of a Hub repository, or a digest of a folder's files."""

    name: str
    folder: Path
    version: str

    def json(self, file: str) -> dict[str, Any]:
        """A JSON object of the repository; empty where there is no such file. Raises AdapterError if it is none."""
        path = self.folder / file
        try:
            if not path.is_file():
                return {}
            content = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise AdapterError(f"{self.name}: {file} is not JSON ({one_line(str(error), 80)})") from error
        return content if isinstance(content, dict) else {}


def is_commit(revision: str | None) -> bool:
    """Whether a revision is pinned for ever."""
    return bool(revision and _COMMIT.fullmatch(revision))


def located(reference: str, revision: str | None, *, remote_code: bool = False, pin: str = "revision") -> Repository:
    """The model's folder, or its repository of the Hub, downloaded if it is not in the cache yet.

    `pin` is the setting that the revision was given by. Raises ConfigError for a folder or repository that is not
    there, may not be read or holds no weights, and for code of the Hub that is not pinned to a commit.
    """
    try:
        folder = Path(reference).expanduser()
        is_here = bool(reference) and folder.is_dir()
    except (OSError, RuntimeError) as error:  # no permission, too long a name; ~ of nobody
        said = os_message(error) if isinstance(error, OSError) else one_line(str(error), 80)
        raise ConfigError(f"{reference}: {said}") from error
    if is_here:
        if revision:
            raise ConfigError(f"--set {pin}={revision}: {reference} is a folder; revisions are those of the Hub")
        return _in_folder(reference, folder)
    if reference.startswith(_PATH_STARTS) or reference.count("/") != 1:
        raise ConfigError(f"{reference or '(no name)'}: no such folder, nor the name of a repository, OWNER/NAME")
    if remote_code and not is_commit(revision):
        raise ConfigError(
            f"{reference}: its code is run only at a pinned commit that you have read; --set {pin}=COMMIT (40 signs)"
        )
    if revision and not _REVISION.fullmatch(revision):
        raise ConfigError(f"--set {pin}={revision}: is not the name of a commit, branch or tag")
    return _from_hub(reference, revision or None, (*PATTERNS, "*.py") if remote_code else PATTERNS)


def _in_folder(reference: str, folder: Path) -> Repository:
    try:
        _check_files(reference, folder, "convert it with save_pretrained")
        return Repository(reference, folder, digest_of(folder))
    except OSError as error:
        raise ConfigError(f"{reference}: {os_message(error)}") from error


def _from_hub(reference: str, revision: str | None, patterns: tuple[str, ...]) -> Repository:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise missing_extra("huggingface-hub", "hf", f"Downloading {reference}") from error
    try:
        with _quiet():
            # what is pinned and here needs no network; of a branch, the last known state does where there is none
            folder = Path(
                snapshot_download(
                    reference, revision=revision, allow_patterns=list(patterns), ignore_patterns=[SUBFOLDERS]
                )
            )
    except Exception as error:  # of the client, of HTTP, and of what an answer that is no Hub's leads to
        raise ConfigError(f"{reference}: {_told(error, reference, revision)}") from error
    _check_files(reference, folder, "--set revision= one with such files, or convert it and name the folder")
    return Repository(reference, folder, folder.name)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the client's lines about every try: what cannot be had is said once, by us."""
    from huggingface_hub.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity(40)  # errors
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _told(error: Exception, reference: str, revision: str | None) -> str:
    """What the client's error means to the user. Where it gave up for another error, that one counts."""
    from huggingface_hub import errors as hub

    if isinstance(error, hub.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    at = f" --revision {revision}" if revision else ""
    elsewhere = f"on a machine with a network: hf download {reference}{at}; or name a folder that holds it"
    unreachable = f"is not in the cache, and the Hub cannot be reached; {elsewhere}"
    no_hub = "what answers is not the Hub; see HF_ENDPOINT and your proxy"
    say: dict[type[Exception], str | Callable[[Any], str]] = {  # the most special first
        hub.GatedRepoError: f"is gated: accept its licence on https://huggingface.co/{reference}, then `hf auth login`",
        hub.RepositoryNotFoundError: "no such repository on the Hub, or a private one (`hf auth login`)",
        hub.RevisionNotFoundError: f"has no revision {revision or 'main'!r}",
        hub.OfflineModeIsEnabled: f"is not in the cache, and HF_HUB_OFFLINE forbids to get it; {elsewhere}",
        hub.HFValidationError: "is not the name of a repository",
        hub.HfHubHTTPError: lambda e: _refused(e.response.status_code),
        hub.FileMetadataError: no_hub,
        hub.LocalEntryNotFoundError: unreachable,
        OSError: lambda e: f"cannot be downloaded ({e.strerror or _without_token(e)})",
        UnicodeError: "HF_TOKEN, or the token that is logged in, is none: `hf auth login`",
        ValueError: no_hub,
        KeyError: no_hub,
    }
    if any(kind.__name__ == "TransportError" for kind in type(error).__mro__):  # of httpx, or its successor
        return unreachable
    told = next((told for kind, told in say.items() if isinstance(error, kind)), None)
    if told is None:
        return f"cannot be downloaded ({type(error).__name__}: {_without_token(error)})"
    return told if isinstance(told, str) else told(error)


def _refused(status: int) -> str:
    """What to do about an answer of the Hub that none of the client's own errors explains."""
    if status in (401, 403):
        return f"the Hub does not accept your token for it ({status}): `hf auth login`"
    if status == 429:
        return "the Hub has had too many requests from here (429): try again later"
    return f"the Hub is out of order ({status}): try again later, or name a folder that holds it"


def _without_token(error: Exception) -> str:
    return one_line(_TOKEN.sub("…", " ".join(str(error).split())), 120)


def _check_files(reference: str, folder: Path, how: str) -> None:
    """Raises ConfigError for a folder that holds no model, and for weights in pickle files only or not all there."""
    names = {path.name for path in folder.iterdir() if path.is_file()}
    if not names & {"config.json", "adapter_config.json"}:
        raise ConfigError(f"{reference}: holds no model (neither config.json nor adapter_config.json)")
    if not any(name.endswith(".safetensors") for name in names):
        raise ConfigError(
            f"{reference}: has no weights in safetensors files; pickle files (*.bin) could run code and are not read; "
            f"{how}"
        )
    listed = Repository(reference, folder, "").json("model.safetensors.index.json").get("weight_map")
    wanted = {name for name in listed.values() if isinstance(name, str)} if isinstance(listed, dict) else set()
    if "model.safetensors" not in names and (lacking := sorted(wanted - names)):
        raise ConfigError(f"{reference}: lacks {len(lacking)} of {len(wanted)} files of weights ({lacking[0]}, …)")


def digest_of(folder: Path) -> str:
    """A hash of the files that make the model what it is, by name."""
    hashed = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        is_its_own = path.name not in NOT_THE_MODEL and any(path.match(pattern) for pattern in (*PATTERNS, "*.py"))
        if is_its_own and path.is_file():
            hashed.update(path.name.encode(errors="surrogateescape") + b"\0" + _sampled(path))
    return hashed.hexdigest()


def _sampled(path: Path) -> bytes:
    """A hash of a file's size and content, of a large file's content tensor by tensor."""
    size = path.stat().st_size
    hashed = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        spans = [(0, size)]
        if path.suffix == ".safetensors":
            spans = [piece for span in _tensors(file, size) for piece in _samples(*span)]
        for place, length in spans:
            file.seek(place)
            hashed.update(file.read(length))
    return hashed.digest()


def _tensors(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """Where the header and the tensors of a safetensors file begin and end; of any other file, where that does."""
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > MAX_HEADER_BYTES:
            return [(0, size)]
        header = json.loads(file.read(length))
        spans = sorted(about["data_offsets"] for name, about in header.items() if name != "__metadata__")
        found = [(8 + length + int(start), 8 + length + int(end)) for start, end in spans]
    except (struct.error, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return [(0, size)]
    return [(0, 8 + length), *((start, end) for start, end in found if 0 <= start <= end <= size)]


def _samples(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Places and lengths of what is hashed between two bytes: all, or pieces spread evenly over it."""
    if end - start <= SAMPLES * SAMPLE_BYTES:
        yield start, end - start
    else:
        for n in range(SAMPLES):
            yield start + (end - start - SAMPLE_BYTES) * n // (SAMPLES - 1), SAMPLE_BYTES
