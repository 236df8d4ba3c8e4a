"""A model and its tokenizer from files into memory, and what must not pass in silence on the way."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weval.adapters.classifier.options import ClassifierOptions, HeadKind, HeadOptions
from weval.errors import AdapterError, ConfigError, WevalError, missing_extra
from weval.files import one_line
from weval.repository import Repository, located
from weval.textmodels.local.transformers_library import chosen_device, context_of

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

NO_LIMIT = 1_000_000
"""Tokens above which a tokenizer's limit is none: transformers writes 1e30 where it knows of none."""

LEAST_TOKENS = 256
"""A vocabulary smaller than the bytes there are, without a file of it, is the empty one of transformers."""

_AUTO_CLASS: Mapping[HeadKind, str] = {
    "vocab_logit": "AutoModelForCausalLM",
    "dpo": "AutoModelForCausalLM",
}

_REMOTE_CLASSES = ("AutoModelForSequenceClassification", "AutoModel", "AutoModelForCausalLM")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to score. `peft` is it with its adapter layers, where it has any: they can be switched off.

    `unused` are the weights of the checkpoint that the model has no place for.
    """

    model: Any
    config: Any
    device: torch.device
    attention: str
    dtype: str
    peft: Any = None
    unused: tuple[str, ...] = ()


@contextmanager
def explained(name: str, part: str = "") -> Iterator[None]:
    """Turns whatever transformers, peft, torch and a repository's own code raise on loading into one line."""
    import torch

    try:
        with warnings.catch_warnings(action="ignore"):  # what they warn of is checked here
            yield
    except WevalError:
        raise
    except torch.OutOfMemoryError as error:
        raise AdapterError(
            f"{name}: does not fit into the device's memory; --set device=spread, or dtype=bfloat16"
        ) from error
    except ImportError as error:
        how = "; --set attention=sdpa does without" if "flash" in str(error).lower() else ""
        raise ConfigError(f"{name}: {one_line(' '.join(str(error).split()), 200)}{how}") from error
    except (Exception, SystemExit) as error:  # code of a repository may raise anything
        raise AdapterError(f"{name}: {part and part + ' '}cannot be loaded ({_reason(error)})") from error


def _reason(error: BaseException) -> str:
    """What went wrong on loading, and what to do where that is known."""
    said = " ".join(str(error).split())
    kind = type(error).__name__
    if "trust_remote_code" in said:
        return "needs code of its own: read it, then --set remote_code=true, and --set revision=COMMIT for the Hub"
    if kind == "SafetensorError":
        return f"its weights are damaged, get them again: {one_line(said, 120)}"
    if "does not recognize this architecture" in said:
        return f"{one_line(said.partition(' but ')[0], 120)}, which this transformers does not know: update it"
    if "Unrecognized configuration class" in said:
        said = said.partition(" Model type should")[0]  # a list of all there are follows
    plain = isinstance(error, OSError | ValueError | RuntimeError) and said
    return one_line(said if plain else f"{kind}: {said}", 240)


def load_tokenizer(repository: Repository, options: HeadOptions) -> PreTrainedTokenizerBase:
    """The tokenizer of a repository.

    Raises AdapterError where there is none: of some kinds transformers makes one then that knows hardly a word.
    """
    from transformers import AutoTokenizer

    with explained(repository.name, "its tokenizer"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            repository.folder, trust_remote_code=getattr(options, "remote_code", False)
        )
    if len(tokenizer) < LEAST_TOKENS and not any(repository.folder.glob("tokenizer.json")):
        raise AdapterError(
            f"{repository.name}: has no tokenizer that can be read (no vocabulary); copy the files of its base model's"
        )
    return tokenizer


def token_limit(tokenizer: Any, config: Any, options: HeadOptions) -> int | None:  # noqa: ANN401
    """How many tokens may be read: as set, else the smaller of the tokenizer's and the model's own limit."""
    if options.max_length:
        return options.max_length
    limits = [tokenizer.model_max_length, context_of(config)]
    return min((int(n) for n in limits if isinstance(n, int | float) and 0 < n < NO_LIMIT), default=None)


def load_model(repository: Repository, options: ClassifierOptions) -> Loaded:
    """The model of a repository, in evaluation mode, its weights all from the checkpoint.

    Raises AdapterError for weights that the checkpoint lacks: they would be random, and so would the scores.
    """
    if (repository.folder / "adapter_config.json").is_file():
        return _with_adapter(repository, options)
    model, loading = _pretrained(repository, options, labels_in(repository))
    _refuse_new(repository.name, model, sorted(loading["missing_keys"]), options)
    return _ready(model, options, tuple(sorted(loading["unexpected_keys"])))


def _ready(model: Any, options: ClassifierOptions, unused: tuple[str, ...] = (), peft: Any = None) -> Loaded:  # noqa: ANN401
    if options.device != "spread":
        (peft or model).to(chosen_device(options.device))
    (peft or model).eval()
    # What accelerate keeps elsewhere until it is needed stands on no device (meta).
    first = next((p for p in model.parameters() if p.device.type != "meta"), next(model.parameters()))
    attention = str(getattr(model.config, "_attn_implementation", None))
    dtype = str(first.dtype).removeprefix("torch.")
    return Loaded(model, model.config, first.device, attention, dtype, peft, unused)


def _pretrained(repository: Repository, options: ClassifierOptions, labels: int | None) -> tuple[Any, dict[str, Any]]:
    """The model, and what transformers found on loading it.

    Raises AdapterError for weights of other sizes than the configuration says.
    """
    import transformers

    auto: Any = getattr(transformers, _auto_class(repository, options))
    said: dict[str, Any] = {
        "dtype": options.dtype,
        "trust_remote_code": options.remote_code,
        "use_safetensors": True,
        "output_loading_info": True,
        "ignore_mismatched_sizes": True,  # they are refused here, by name
    }
    if options.attention != "auto":
        said["attn_implementation"] = options.attention
    if options.device == "spread":
        said["device_map"] = "auto"
    if labels is not None:
        said["num_labels"] = labels
    with explained(repository.name):
        model, loading = auto.from_pretrained(repository.folder, **said)
    for key, there, wanted in sorted(loading["mismatched_keys"]):
        sizes = " and ".join(" x ".join(map(str, shape)) for shape in (there, wanted))
        raise AdapterError(
            f"{repository.name}: cannot be loaded ({key} is of size {sizes} in the checkpoint and by config.json)"
        )
    return model, loading


def _auto_class(repository: Repository, options: ClassifierOptions) -> str:
    """Which of transformers' classes loads the model: for code of its own, the one that its configuration names."""
    if options.head.startswith("remote_"):
        named = repository.json("config.json").get("auto_map")
        for name in _REMOTE_CLASSES:
            if isinstance(named, dict) and name in named:
                return name
    return _AUTO_CLASS.get(options.head, "AutoModelForSequenceClassification")


def labels_in(repository: Repository) -> int | None:
    """How many labels the weights of a head named `score` have: configurations that do not say get two."""
    from safetensors import safe_open

    for path in sorted(repository.folder.glob("*.safetensors")):
        with explained(repository.name), safe_open(path, framework="pt") as weights:
            for name in weights.keys():  # noqa: SIM118 - not a dict
                if name == "score.weight" or name.endswith(".score.weight"):
                    return int(weights.get_slice(name).get_shape()[0])
    return None


def _refuse_new(name: str, model: Any, lacking: list[str], options: ClassifierOptions) -> None:  # noqa: ANN401
    if not lacking:
        return
    said = one_line(", ".join(lacking), 120)
    layers = any(key.startswith(f"{model.base_model_prefix}.") for key in lacking)
    if layers or options.head in ("vocab_logit", "dpo"):
        raise AdapterError(f"{name}: the checkpoint lacks weights ({said}); they would be random")
    raise AdapterError(
        f"{name}: the checkpoint has no trained head ({said} would be random). Is it a reward model? A language model "
        "can be asked by --set head=vocab_logit or --set head=dpo"
    )


def _with_adapter(repository: Repository, options: ClassifierOptions) -> Loaded:
    """A PEFT checkpoint on its base model. The head must be in the base's checkpoint, or in the adapter's."""
    try:
        from peft import PeftModel, get_peft_model_state_dict
    except ImportError as error:
        raise missing_extra("peft", "hf", f"The LoRA checkpoint {repository.name}") from error
    name, saved = repository.name, _adapter_weights(repository)
    reference = repository.json("adapter_config.json").get("base_model_name_or_path")
    if not isinstance(reference, str) or not reference:
        raise AdapterError(f"{name}: its adapter_config.json names no base model")
    base = located(reference, options.base_revision, remote_code=options.remote_code, pin="base_revision")
    model, loading = _pretrained(base, options, labels_in(repository) or labels_in(base))
    _refuse_new(name, model, [key for key in sorted(loading["missing_keys"]) if not _is_in(saved, key)], options)
    with explained(name):
        found = PeftModel.from_pretrained(model, str(repository.folder))
        wanted = get_peft_model_state_dict(found, save_embedding_layers=False).keys()
    if lacking := sorted(wanted - saved):
        raise AdapterError(
            f"{name}: its adapter_model.safetensors lacks weights ({one_line(', '.join(lacking), 120)}), which would "
            f"do nothing; was it trained on {reference}?"
        )
    unused = {*loading["unexpected_keys"], *(saved - wanted - found.state_dict().keys())}
    return _ready(found.get_base_model(), options, tuple(sorted(unused)), found)


def _adapter_weights(repository: Repository) -> set[str]:
    """The names of the weights in the adapter's own file."""
    from safetensors import safe_open

    path = repository.folder / "adapter_model.safetensors"
    if not path.is_file():
        raise AdapterError(
            f"{repository.name}: has no adapter_model.safetensors; a pickle file (*.bin) could run code and is not read"
        )
    with explained(repository.name), safe_open(path, framework="pt") as weights:
        return {*weights.keys()}


def _is_in(saved: set[str], key: str) -> bool:
    """Whether an adapter's file holds a weight of the model."""
    return any(name == key or name.endswith("." + key) for name in saved)
