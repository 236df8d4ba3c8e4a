"""Where a language model's files are, what version of it they are, and how it gets into memory. No pickles, no code."""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from weval.errors import AdapterError, ConfigError, WevalError, missing_extra
from weval.files import one_line, os_message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PATTERNS = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
"""What is downloaded: neither weights in pickle files, which could run code, nor code."""

NOT_THE_MODEL = frozenset({"run.json", "result.json", "trainer_state.json", "all_results.json", "eval_results.json"})
"""Files that may lie beside a model and change without it."""

SAMPLES, SAMPLE_BYTES = 4, 2**14
"""Of a large tensor this much is hashed, evenly spread; small ones are hashed whole."""

MAX_HEADER_BYTES = 100_000_000
"""What the safetensors format allows."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model's files. `version` is the commit of a Hub repository, or a digest of a folder's files."""

    name: str
    folder: Path
    version: str


def located(reference: str, revision: str | None) -> Checkpoint:
    """The model's folder, or its repository of the Hub, downloaded if it is not in the cache yet.

    Raises ConfigError for one that is not there, may not be read, or holds no weights in safetensors files.
    """
    try:
        folder = Path(reference).expanduser()
        if folder.is_dir():
            if revision:
                raise ConfigError(f"--set revision={revision}: {reference} is a folder; revisions are those of the Hub")
            _check_files(reference, folder)
            return Checkpoint(reference, folder, digest_of(folder))
    except (OSError, RuntimeError) as error:  # no permission, too long a name; ~ of nobody
        said = os_message(error) if isinstance(error, OSError) else one_line(str(error), 80)
        raise ConfigError(f"{reference}: {said}") from error
    if reference.startswith((".", "/", "~")) or reference.count("/") != 1:
        raise ConfigError(f"{reference}: no such folder, nor the name of a repository, OWNER/NAME")
    return _from_hub(reference, revision)


def _from_hub(reference: str, revision: str | None) -> Checkpoint:
    try:
        from huggingface_hub import errors, snapshot_download
    except ImportError as error:
        raise missing_extra("huggingface-hub", "hf", f"Downloading {reference}") from error
    elsewhere = f"on a machine with a network: hf download {reference}; or name a folder that holds it"
    try:
        found = snapshot_download(reference, revision=revision, allow_patterns=list(PATTERNS), ignore_patterns=["*/*"])
    except errors.GatedRepoError as error:
        raise ConfigError(
            f"{reference}: is gated: accept its licence on https://huggingface.co/{reference}, then `hf auth login`"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ConfigError(f"{reference}: no such repository on the Hub, or a private one (`hf auth login`)") from error
    except errors.RevisionNotFoundError as error:
        raise ConfigError(f"{reference}: has no revision {revision or 'main'!r}") from error
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        raise ConfigError(f"{reference}: is not in the cache, and the Hub cannot be reached; {elsewhere}") from error
    except Exception as error:  # of the client, of HTTP; its message may show a token
        raise ConfigError(f"{reference}: cannot be downloaded ({type(error).__name__}); {elsewhere}") from error
    _check_files(reference, Path(found))
    return Checkpoint(reference, Path(found), Path(found).name)


def _check_files(reference: str, folder: Path) -> None:
    """Raises ConfigError for a folder that holds no model, or its weights in pickle files only."""
    names = {path.name for path in folder.iterdir()}
    if not names & {"config.json", "adapter_config.json"}:
        raise ConfigError(f"{reference}: holds no model (neither config.json nor adapter_config.json)")
    if not any(name.endswith(".safetensors") for name in names):
        raise ConfigError(
            f"{reference}: has no weights in safetensors files; pickle files (*.bin) could run code and are not read; "
            "convert it with save_pretrained"
        )


def digest_of(folder: Path) -> str:
    """A hash of the files that make the model what it is, by name."""
    hashed = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        is_its_own = path.name not in NOT_THE_MODEL and any(path.match(pattern) for pattern in PATTERNS)
        if is_its_own and path.is_file():
            hashed.update(path.name.encode(errors="surrogateescape") + b"\0" + _sampled(path))
    return hashed.hexdigest()


def _sampled(path: Path) -> bytes:
    """A hash of a file's size and content, of a large file's content tensor by tensor."""
    size = path.stat().st_size
    hashed = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        spans = _tensors(file, size) if path.suffix == ".safetensors" else [(0, size)]
        for start, end in spans:
            whole = end - start <= SAMPLES * SAMPLE_BYTES or path.suffix != ".safetensors"
            steps = [0] if whole else [(end - start - SAMPLE_BYTES) * n // (SAMPLES - 1) for n in range(SAMPLES)]
            for step in steps:
                file.seek(start + step)
                hashed.update(file.read(end - start if whole else SAMPLE_BYTES))
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
    except (struct.error, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return [(0, size)]
    return [(0, 8 + length), *((start, end) for start, end in found if 0 <= start <= end <= size)]


@contextmanager
def explained(name: str, what: str) -> Iterator[None]:
    """Turns whatever transformers and torch raise into an AdapterError, or ConfigError, of one line."""
    try:
        with warnings.catch_warnings(action="ignore"):  # what they warn of is checked here
            yield
    except WevalError:
        raise
    except ImportError as error:
        raise ConfigError(f"{name}: {one_line(' '.join(str(error).split()), 200)}") from error
    except (Exception, SystemExit) as error:  # of the library, of the device, of a model's files
        said = " ".join(str(error).split())
        if "trust_remote_code" in said:
            raise ConfigError(f"{name}: needs code of its own, which is not run; serve it, and use server/") from error
        if "out of memory" in said.lower():
            raise AdapterError(f"{name}: does not fit into the device's memory; --set dtype=bfloat16") from error
        raise AdapterError(f"{name}: {what} ({type(error).__name__}: {one_line(said, 200)})") from error


def require_libraries(name: str) -> None:
    """Raises ConfigError with the install line where transformers or torch is missing."""
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise missing_extra("torch and transformers", "hf", f"Asking {name}") from error
    said: Any = transformers.utils.logging
    said.set_verbosity_error()  # what it warns of is checked here
    if not sys.stderr.isatty():
        said.disable_progress_bar()


def load_tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint. Raises AdapterError where there is none."""
    require_libraries(checkpoint.name)
    from transformers import AutoTokenizer

    with explained(checkpoint.name, "its tokenizer cannot be loaded"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(checkpoint.folder, trust_remote_code=False)
    return tokenizer


def load_config(checkpoint: Checkpoint) -> Any:  # noqa: ANN401 - transformers' configuration
    """The configuration of a checkpoint."""
    require_libraries(checkpoint.name)
    from transformers import AutoConfig

    with explained(checkpoint.name, "its configuration cannot be loaded"):
        return AutoConfig.from_pretrained(checkpoint.folder, trust_remote_code=False)


def context_of(config: Any) -> int | None:  # noqa: ANN401
    """How many tokens a model reads and writes together; None where its configuration does not say."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    found = getattr(text, "max_position_embeddings", None)
    return int(found) if isinstance(found, int) and found > 0 else None


def load_model(checkpoint: Checkpoint, dtype: str, device: str) -> Any:  # noqa: ANN401 - transformers' model
    """The language model of a checkpoint on a device, its weights all from the checkpoint.

    Raises ConfigError for a device that is not there, AdapterError for weights that the checkpoint lacks: they would be
    random.
    """
    require_libraries(checkpoint.name)
    from transformers import AutoModelForCausalLM

    place = chosen_device(device)
    said: dict[str, Any] = {"dtype": dtype, "use_safetensors": True, "trust_remote_code": False}
    with explained(checkpoint.name, "cannot be loaded"):
        auto: Any = AutoModelForCausalLM
        model, loading = auto.from_pretrained(checkpoint.folder, output_loading_info=True, **said)
        if lacking := sorted(loading["missing_keys"]):
            named = one_line(", ".join(lacking), 120)
            raise AdapterError(
                f"{checkpoint.name}: lacks weights ({named}), which would be random; is it a chat model?"
            )
        return model.to(place).eval()


def chosen_device(name: str) -> str:
    """The device asked for; auto: the first GPU, else the CPU. Raises ConfigError where it is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(kind for kind, is_there in there.items() if is_there)
    kind, _, number = name.partition(":")
    if not there.get(kind) or (number and not number.isdecimal()):
        raise ConfigError(f"--set device={name}: there is none that torch can use")
    if number and kind == "cuda" and int(number) >= torch.cuda.device_count():
        raise ConfigError(f"--set device={name}: there is none that torch can use")
    return name
