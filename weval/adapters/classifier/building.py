"""From options to a runner: our layers and head where they compute what the model's own class does, else its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from weval.adapters.certifying import fixed_requests, rounding
from weval.adapters.classifier.decoder import Decoder
from weval.adapters.classifier.engine import FOREIGN, Engine, is_memory
from weval.adapters.classifier.heads import Choice, Head, LikelihoodHead, PooledHead, TokenHead
from weval.adapters.classifier.loading import Loaded
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.classifier.reading import Read, Reader
from weval.adapters.classifier.runners import Contrast, Layered, Runner, Whole
from weval.adapters.classifier.sharing import Batching, Cluster, Sequenced
from weval.errors import AdapterError

BATCH_TOKENS = {"cpu": 1024, "cuda": 32_768, "mps": 8_192}
"""Tokens computed at once, by device: a CPU gains nothing from more, and loses its caches."""


def build_engine(loaded: Loaded, reader: Reader, options: ClassifierOptions, reference: Loaded | None) -> Engine:
    """The engine for a loaded model; `reference` is the other model of head dpo, where it is not in the first."""
    runner = (
        _contrast(loaded, reader, options, reference) if options.head == "dpo" else _runner(loaded, reader, options)
    )
    budget = options.batch_tokens or BATCH_TOKENS.get(loaded.device.type, BATCH_TOKENS["cuda"])
    return Engine(
        name=reader.name,
        reader=reader,
        runner=runner,
        batching=Batching(budget, left=options.padding_side == "left"),
        window=options.window,
        sharing=options.sharing,
        find_response=options.head == "dpo",
        alone_from=min(filter(None, map(_stretched_from, (loaded, reference or loaded))), default=None),
    )


def _stretched_from(loaded: Loaded) -> int | None:
    """The length from which a model's positions depend on the longest text that is computed with others."""
    text = loaded.config.get_text_config()
    said = getattr(text, "rope_parameters", None) or getattr(text, "rope_scaling", None) or {}
    kinds = [said, *(kind for kind in said.values() if isinstance(kind, dict))]  # of all layers, or by kind of layer
    plain = getattr(text, "original_max_position_embeddings", None) or getattr(text, "max_position_embeddings", None)
    limits = [
        kind.get("original_max_position_embeddings") or plain
        for kind in kinds
        if kind.get("rope_type", kind.get("type")) in ("dynamic", "longrope")
    ]
    return min((int(limit) for limit in limits if limit), default=None)


def own_class(loaded: Loaded, reader: Reader, options: ClassifierOptions) -> Whole:
    """The model as its own class computes it, one text at a time."""
    last = options.head in ("vocab_logit", "dpo")
    output = options.output if options.head == "remote_output" else "logits"
    if options.head == "dpo":
        choice = Choice("vocab_logit", 0)
    else:
        choice = Choice.of(options, reader.tokenizer, _n_outputs(loaded, last=last), reader.name)
    return Whole(loaded.model, choice, None, loaded.device, output=output, last=last)


def _n_outputs(loaded: Loaded, *, last: bool) -> int:
    text = loaded.config.get_text_config()
    return int(text.vocab_size if last else loaded.config.num_labels)


def _runner(loaded: Loaded, reader: Reader, options: ClassifierOptions) -> Runner:
    own = own_class(loaded, reader, options)
    ours = None if options.head == "remote_output" else _layered(loaded, own.choice, last=own.last)
    if ours is not None and agrees(ours, own, reader, loaded.dtype):
        return ours
    return replace(own, pad=_pad(loaded, reader))


def _pad(loaded: Loaded, reader: Reader) -> int | None:
    """What the model's own class takes for padding, or None: then it cannot take two texts at once."""
    pad = getattr(loaded.config.get_text_config(), "pad_token_id", None)
    return pad if pad is not None else reader.tokenizer.pad_token_id if _is_encoder(loaded) else None


def _is_encoder(loaded: Loaded) -> bool:
    """Whether the class has a mask to tell padding by, and does not look for the pad token."""
    return not hasattr(loaded.model, "score")


def _layered(loaded: Loaded, choice: Choice, *, last: bool, likelihood: bool = False) -> Layered | None:
    """Our layers and head, where the model has such parts."""
    import torch

    model = loaded.model
    layers = getattr(model, model.base_model_prefix, None)
    layer: Any = model.get_output_embeddings() if last else getattr(model, "score", None)
    if layers is None or layers is model or not isinstance(layer, torch.nn.Module):
        return None
    if loaded.config.is_encoder_decoder:
        return None
    decoder = Decoder(layers, loaded.device)
    head: Head
    if likelihood:
        head = LikelihoodHead(layer)
    elif last:
        head = TokenHead(layer, choice)
    else:
        head = PooledHead(layer, choice, getattr(loaded.config.get_text_config(), "pad_token_id", None))
    return Layered(decoder, head, shares=decoder.can_share())


def agrees(ours: Runner, own: Runner, reader: Reader, dtype: str) -> bool:
    """Whether two runners give fixed texts the same scores, one at a time, but for rounding."""
    try:
        mine, theirs = (one_by_one(runner, reader) for runner in (ours, own))
    except FOREIGN:
        return False  # parts of the right names that take other arguments
    except RuntimeError as error:
        if is_memory(error):
            raise AdapterError(f"{reader.name}: no memory is left to compute a text; --set device=spread") from error
        return False  # or have other shapes
    if not theirs:
        return False
    return max(abs(a - b) for a, b in zip(mine, theirs, strict=True)) <= rounding(dtype, theirs)


def one_by_one(runner: Runner, reader: Reader) -> list[float]:
    """The scores of the fixed texts, each computed by itself."""
    import torch

    asked = fixed_requests(reader.options.unit)
    reads = [found for found in reader.read(asked) if isinstance(found, Read)]
    texts = [Sequenced(n, read.ids, runner.first(read)) for n, read in enumerate(reads)]
    with torch.inference_mode():
        return [runner.scores([Cluster(0, (text,))], Batching(1))[text.key] for text in texts]


def _contrast(loaded: Loaded, reader: Reader, options: ClassifierOptions, reference: Loaded | None) -> Contrast:
    policy, plain = _likelihood(loaded, reader), _likelihood(reference or loaded, reader)
    if reference is None and loaded.peft is not None:
        return Contrast(policy, plain, options.beta, loaded.peft.disable_adapter, shares=policy.shares)
    return Contrast(policy, plain, options.beta, shares=policy.shares and plain.shares)


def _likelihood(loaded: Loaded, reader: Reader) -> Layered:
    token = Choice("vocab_logit", 0)
    trial = _layered(loaded, token, last=True)
    own = Whole(loaded.model, token, None, loaded.device, last=True)
    found = _layered(loaded, token, last=True, likelihood=True)
    if trial is None or found is None or not agrees(trial, own, reader, loaded.dtype):
        raise AdapterError(f"{reader.name}: computes its logits in a way of its own, which head=dpo does not know")
    return found
