"""The model that training starts from: opened, or made small on the spot; LoRA put on, the lowest layers frozen.

Weights are read from safetensors only, and no code of a repository runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from weval.adapters.classifier.loading import explained
from weval.errors import ConfigError
from weval.repository import Repository, located
from weval.textmodels.local.transformers_library import require_libraries
from weval.training.sections import Lora, Model
from weval.training.small import make_small
from weval.training.start import Training, in_step

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SMALL, PACKAGE = "small", "package:"

Task = Literal["lm", "classifier"]

HEADS = ("score", "classifier")
"""What transformers calls the head of a sequence classifier."""


def open_base(
    training: Training, *, texts: Iterable[str], task: Task, labels: int = 1
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The base of a training run and its tokenizer, ready for a trainer. To be called after `Training.claim`.

    `texts` are what the tokenizer of a `small` base is trained on; a run that goes on finds that base again. A new head
    is drawn by the profile's seed. With LoRA the model is PEFT's. Raises ConfigError, AdapterError in one line where
    the base is not there or cannot be trained so.
    """
    quiet()
    about = training.profile.model
    if about.lora and about.freeze_layers:
        raise ConfigError(
            "model.lora and model.freeze_layers: give one of them; LoRA changes none of the base's layers"
        )
    model, tokenizer = load(
        base_of(training, texts, task, labels), about, task, labels=labels, seed=training.profile.seed
    )
    if about.freeze_layers:
        freeze(model, about.freeze_layers)
    if about.lora:
        model = with_lora(model, about.lora, task)
    return model, tokenizer


def base_of(training: Training, texts: Iterable[str], task: Task, labels: int = 1) -> Repository:
    """Where the files of the base are; a small one is made, a repository of the Hub downloaded. Raises ConfigError."""
    about = training.profile.model
    if about.base == SMALL and training.is_main and not (training.base / "config.json").is_file():
        make_small(training.base, about.small, texts, task, seed=training.profile.seed, labels=labels)
    if training.is_main:  # one process downloads, the others find it
        found = located(where(about.base, training.base), about.revision)
    in_step()
    return found if training.is_main else located(where(about.base, training.base), about.revision)


def where(base: str, made: Path) -> str:
    """The folder or repository that a base stands for; `made` is where a small one is.

    Raises ConfigError for a package that is not installed, or has no such folder.
    """
    if base == SMALL:
        return str(made)
    if not base.startswith(PACKAGE):
        return base
    name, _, inside = base.removeprefix(PACKAGE).partition("/")
    try:
        found = files(name).joinpath(inside) if name else None
    except (ImportError, ValueError) as error:
        raise ConfigError(f"model.base {base}: pip install {name.replace('_', '-')} brings it") from error
    if not isinstance(found, Path) or not found.is_dir():
        raise ConfigError(f"model.base {base}: is no folder of an installed package, as package:NAME/FOLDER")
    return str(found)


def load(
    base: Repository, about: Model, task: Task, *, labels: int = 1, seed: int = 0
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A model and its tokenizer from files. Raises AdapterError in one line for what cannot be loaded."""
    import torch
    import transformers

    auto: Any = getattr(transformers, f"AutoModelFor{'CausalLM' if task == 'lm' else 'SequenceClassification'}")
    said = {"num_labels": labels} if task == "classifier" else {}
    transformers.set_seed(seed)  # a new head is random
    with explained(base.name, "its tokenizer"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(base.folder, trust_remote_code=False)
    with explained(base.name):
        model = auto.from_pretrained(
            base.folder, dtype=getattr(torch, about.dtype), trust_remote_code=False, use_safetensors=True, **said
        )
    _pad(model, tokenizer, base.name)
    return model, tokenizer


def quiet() -> None:
    """Has transformers and datasets say what went wrong only, and show their bars in a terminal only."""
    import datasets

    require_libraries("Training")
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()


def _pad(model: Any, tokenizer: Any, name: str) -> None:  # noqa: ANN401
    """Sees to a padding token that is not the end of texts: a classifier reads a text at its last token but padding.

    Raises ConfigError for a tokenizer that has none.
    """
    if tokenizer.pad_token is None or tokenizer.pad_token == tokenizer.eos_token:
        found = padding(tokenizer.get_added_vocab(), (tokenizer.eos_token, tokenizer.bos_token))
        if found is None:
            raise ConfigError(f"{name}: its tokenizer has no token for padding, nor a reserved one")
        tokenizer.pad_token = found
    model.config.pad_token_id = tokenizer.pad_token_id
    if getattr(model, "generation_config", None) is not None:
        model.generation_config.pad_token_id = tokenizer.pad_token_id


def padding(special: Iterable[str], taken: Iterable[str | None]) -> str | None:
    """The special token that may stand for padding: one that is called so, else a reserved one; None without any.

    >>> padding(["<s>", "<|reserved_0|>", "<|right_pad_id|>"], ["<s>"])
    '<|right_pad_id|>'
    """
    free = [token for token in special if token not in set(taken)]
    return next((token for name in ("pad", "reserved") for token in free if name in token.lower()), None)


def freeze(model: Any, n: int) -> None:  # noqa: ANN401
    """Keeps the embeddings and the lowest `n` layers as they are. Where a language model's output layer is tied to its
    embeddings, that stays as well.

    Raises ConfigError where there are not as many layers.
    """
    layers = layers_of(model)
    if n > len(layers):
        raise ConfigError(f"model.freeze_layers={n}: the base has {len(layers)} layers")
    embeddings = getattr(model.base_model, "embeddings", None) or model.get_input_embeddings()
    for part in (embeddings, *layers[:n]):
        for parameter in part.parameters():
            parameter.requires_grad = False


def layers_of(model: Any) -> Sequence[nn.Module]:  # noqa: ANN401
    """The layers of an encoder or decoder, lowest first. Raises ConfigError for a model that is built otherwise."""
    from torch import nn

    wanted = model.config.get_text_config().num_hidden_layers
    for part in model.base_model.modules():
        if isinstance(part, nn.ModuleList) and len(part) == wanted:
            return list(part)
    raise ConfigError(f"model.freeze_layers: the layers of {type(model).__name__} are not known")


def with_lora(model: Any, about: Lora, task: Task) -> Any:  # noqa: ANN401
    """The model with a low-rank adapter on it, of which alone, with the head of a classifier, is trained."""
    from peft import LoraConfig, get_peft_model

    heads = [name for name in HEADS if hasattr(model, name)]
    targets = about.targets if about.targets == "all-linear" else [part.strip() for part in about.targets.split(",")]
    config = LoraConfig(
        r=about.rank,
        lora_alpha=about.alpha,
        lora_dropout=about.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM" if task == "lm" else "SEQ_CLS",
        modules_to_save=heads if task == "classifier" else None,
    )
    with explained("model.lora"):
        return get_peft_model(model, config)
