"""How a language model gets into memory from its files. No pickles, no code."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weval.errors import AdapterError, ConfigError, WevalError
from weval.files import one_line
from weval.repository import Repository
from weval.textmodels.local.transformers_library import chosen_device, require_libraries

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


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


def load_tokenizer(checkpoint: Repository) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint. Raises AdapterError where there is none."""
    require_libraries(f"Asking {checkpoint.name}")
    from transformers import AutoTokenizer

    with explained(checkpoint.name, "its tokenizer cannot be loaded"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(checkpoint.folder, trust_remote_code=False)
    return tokenizer


def load_config(checkpoint: Repository) -> Any:  # noqa: ANN401 - transformers' configuration
    """The configuration of a checkpoint."""
    require_libraries(f"Asking {checkpoint.name}")
    from transformers import AutoConfig

    with explained(checkpoint.name, "its configuration cannot be loaded"):
        return AutoConfig.from_pretrained(checkpoint.folder, trust_remote_code=False)


def load_model(checkpoint: Repository, dtype: str, device: str) -> Any:  # noqa: ANN401 - transformers' model
    """The language model of a checkpoint on a device, its weights all from the checkpoint.

    Raises ConfigError for a device that is not there, AdapterError for weights that the checkpoint lacks: they would be
    random.
    """
    require_libraries(f"Asking {checkpoint.name}")
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
