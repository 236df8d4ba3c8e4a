"""What moves a score that should not: other texts in the batch, padding, a second time, sharing, precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weval.adapters.certifying import (
    check_plausible,
    check_read,
    check_repeated,
    drift_between,
    fixed_requests,
    rounding,
)
from weval.adapters.classifier.building import one_by_one, own_class
from weval.adapters.classifier.engine import Engine
from weval.adapters.classifier.loading import Loaded
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.classifier.reading import Read, Reader
from weval.adapters.classifier.runners import Layered
from weval.adapters.classifier.sharing import Batching
from weval.errors import AdapterError
from weval.files import one_line
from weval.types import Certificate, Drift, Request, Score

if TYPE_CHECKING:
    from torch import Tensor

ALL_AT_ONCE = Batching(budget=10**9, padding=math.inf)

Values = dict[str, float]


def certified(engine: Engine, loaded: Loaded, options: ClassifierOptions, reference: Loaded | None) -> Certificate:
    """Scores the fixed texts in every way and compares. `reference` is the other model of head dpo, if there is one.

    Where batches or sharing move scores by more than rounding does, the engine computes texts one by one from here on.
    Raises AdapterError where a text scored twice gets two scores, or scores cannot come from a working model.
    """
    asked = fixed_requests(options.unit)
    alone = _alone(engine)
    values = _scores(alone, asked)
    requests = [request for request in asked if request.id in values]
    check_read(engine.name, asked, values, engine.reader.limit)
    check_plausible(engine.name, values, bounded=options.is_bounded)
    limit = rounding(loaded.dtype, values.values())
    drift = {"repeated": _drift(requests, values, _scores(alone, requests))}
    check_repeated(engine.name, drift["repeated"], limit)
    drift |= _batches(engine, requests, values)
    remarks = [*_left_out(loaded), *engine.reader.remarks(), *_mend(engine, drift, limit)]
    if options.head != "dpo":
        own = dict(zip(values, one_by_one(own_class(loaded, engine.reader, options), engine.reader), strict=True))
        drift["own_class"] = _drift(requests, values, own)
    found, why_not = _against_float32([loaded, *([reference] if reference else [])], alone, requests, values)
    drift |= {"float32": found} if found else {}
    remarks += [why_not] if why_not else []
    pooled_at = _pooling(loaded, engine, options)
    computed = {**_computed(loaded, engine), **_ends(engine.reader, requests, pooled_at)}
    easy = (values[asked[0].id], values[asked[1].id])
    return Certificate(n_texts=len(values), easy=easy, drift=drift, computed=computed, remarks=tuple(remarks))


def _alone(engine: Engine) -> Engine:
    """The same, one text at a time."""
    return replace(engine, batching=Batching(1), sharing=False)


def _scores(engine: Engine, requests: Sequence[Request]) -> Values:
    """Scores by request id, in the order of the requests; texts that are too long for the model are left out."""
    found = {score.request_id: score for score in engine.score(requests)}
    return {request.id: _value(found[request.id]) for request in requests if found[request.id].status != "truncated"}


def _value(score: Score) -> float:
    if score.status != "ok":
        raise AdapterError(f"a fixed text could not be scored: {score.reason}")
    return score.values[0]


def _drift(requests: Sequence[Request], before: Values, after: Values) -> Drift:
    return drift_between(requests, [*before.values()], [after[name] for name in before])


def _batches(engine: Engine, requests: Sequence[Request], alone: Values) -> dict[str, Drift]:
    """Drift by what may stand beside a text: others with padding on either side, a beginning that is shared."""
    together = replace(engine, batching=ALL_AT_ONCE, sharing=False)
    batched = _scores(together, requests)
    other = _scores(replace(together, batching=replace(ALL_AT_ONCE, left=True)), requests)
    found = {"batched": _drift(requests, alone, batched), "padding_side": _drift(requests, batched, other)}
    if engine.runner.shares and engine.sharing:
        found["shared"] = _drift(requests, alone, _scores(engine, requests))
    return found


def _mend(engine: Engine, drift: Mapping[str, Drift], limit: float) -> Iterator[str]:
    """Gives up what moves scores by more than rounding does, and says so."""
    if "shared" in drift and drift["shared"].largest > limit:
        engine.sharing = False
        yield "common beginnings are not shared: that moved scores by more than rounding does"
    if drift["batched"].largest > limit:
        engine.batching, engine.sharing = replace(engine.batching, budget=1), False
        yield "texts are computed one by one: in a batch with others they got other scores"
    if drift["padding_side"].largest > limit:
        if engine.batching.left:
            raise AdapterError(f"{engine.name}: its scores depend on the padding side; --set padding_side=right")
        yield "padding on the left would change scores; it stands on the right here"


def _left_out(loaded: Loaded) -> Iterator[str]:
    """Says which weights of the checkpoint nothing is computed with; a language model's own output is none of them."""
    left = [name for name in loaded.unused if not name.startswith("lm_head.")]
    if left:
        yield f"the model has no place for {len(left)} weights of its checkpoint: {one_line(', '.join(left), 120)}"


def _against_float32(
    models: Sequence[Loaded], alone: Engine, requests: Sequence[Request], values: Values
) -> tuple[Drift | None, str | None]:
    """How far scores are from those in float32, or why that is not known; neither where they are in float32."""
    import torch

    tensors = [tensor for one in models for tensor in (*one.model.parameters(), *one.model.buffers())]
    narrow = [tensor for tensor in tensors if tensor.dtype in (torch.bfloat16, torch.float16)]
    if not narrow:
        return None, None
    if any("flash" in one.attention for one in models):
        return None, "not compared with float32: flash attention has none"
    if any(tensor.device.type == "meta" for tensor in narrow):
        return None, "not compared with float32: parts of the model are not in the device's memory"
    if _fits(narrow):
        try:
            with _in_float32(narrow):
                scores = {score.request_id: score for score in alone.score(requests)}
            if all(score.status == "ok" for score in scores.values()):
                return _drift(requests, values, {name: scores[name].values[0] for name in values}), None
        except torch.OutOfMemoryError:
            pass
    return None, "not compared with float32: it does not fit into memory beside the rest"


@contextmanager
def _in_float32(narrow: Sequence[Tensor]) -> Iterator[None]:
    """Tensors of less precision in float32 for a while, which holds every number of theirs: nothing is lost."""
    before = [tensor.dtype for tensor in narrow]
    try:
        for tensor in narrow:
            tensor.data = tensor.data.float()
        yield
    finally:
        for tensor, dtype in zip(narrow, before, strict=True):
            tensor.data = tensor.data.to(dtype)


def _fits(narrow: Sequence[Tensor]) -> bool:
    """Whether twice the memory of some tensors is free on their devices, and a fifth more to compute in."""
    import psutil
    import torch

    more: dict[torch.device, int] = {}
    for tensor in narrow:
        more[tensor.device] = more.get(tensor.device, 0) + tensor.numel() * 2

    def free(device: torch.device) -> int:
        return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)

    return all(1.2 * needed < free(device) for device, needed in more.items())


def _pooling(loaded: Loaded, engine: Engine, options: ClassifierOptions) -> Callable[[Read], int] | None:
    """Where a text is pooled; None where the model's own code does it, or there is no one place."""
    if options.head == "dpo" or not isinstance(engine.runner, Layered):
        return None
    return engine.runner.first


def _computed(loaded: Loaded, engine: Engine) -> dict[str, Any]:
    import torch
    import transformers

    device = loaded.device
    hardware = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {
        "dtype": loaded.dtype,
        "attention": loaded.attention,
        "device": device.type,
        "hardware": hardware,
        "max_length": engine.reader.limit,
        "truncation": engine.reader.options.truncation,
        "runner": type(engine.runner).__name__,
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def _ends(reader: Reader, requests: Sequence[Request], pooled_at: Callable[[Read], int] | None) -> dict[str, Any]:
    """What stands at both ends of the texts, and which token is pooled, where that is known."""
    reads = [found for found in reader.read(requests) if isinstance(found, Read)]
    names = reader.tokenizer.convert_ids_to_tokens
    places = [pooled_at(read) for read in reads] if pooled_at else []
    ends = {
        "bos": _count(reads, reader.tokenizer.bos_token_id),
        "eos": _count(reads, reader.tokenizer.eos_token_id),
        "first_token": _one({names(int(read.ids[0])) for read in reads}),
        "last_token": _one({names(int(read.ids[-1])) for read in reads}),
    }
    if not pooled_at:
        return ends
    return ends | {
        "pooled_token": _one({names(int(read.ids[at])) for read, at in zip(reads, places, strict=True)}),
        "pooled_is_last": all(at == len(read.ids) - 1 for read, at in zip(reads, places, strict=True)),
    }


def _count(reads: Sequence[Read], token: int | None) -> str | int | None:
    """How often a token stands in a text: a number, or from … to."""
    if token is None:
        return None
    counts = [int((read.ids == token).sum()) for read in reads]
    return counts[0] if len({*counts}) == 1 else f"{min(counts)} to {max(counts)}"


def _one(tokens: set[str]) -> str:
    return next(iter(tokens)) if len(tokens) == 1 else "differs"
