"""What a training run would take: memory of a device, steps, tokens, hours and money. All of it is "about".

Arithmetic, not measurement. Sources: bytes of weights, gradients and Adam's moments, and how they are divided,
Rajbhandari et al. 2020 (ZeRO), section 3; activations of a layer, Korthikanti et al. 2022, equation 1 without the
attention matrix, which no kernel keeps any more; operations per token, Kaplan et al. 2020, section 2.1, with those of
attention as in appendix B of Chowdhery et al. 2022 (PaLM), halved, as a token attends to those before it only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from weval.training.launching import devices_of, launcher_of
from weval.training.sections import Policy, Profile
from weval.training.shapes import Shape, shape_of
from weval.training.trl import rollout_steps
from weval.types import Record, Text

GB = 1e9

USUAL_PROMPT, USUAL_TEXT = 500, 1500
"""Tokens of a prompt and of a text, where nobody has counted them."""

LAYER_BYTES = 34
"""What a layer keeps of a token for the way back, per unit of its width (Korthikanti et al., 34 s b h)."""

LOGIT_BYTES = 8
"""Of each logit: itself and its gradient, in float32."""

ROWS = 10_000
"""Hours and money are told for so many rows where nobody knows how many there are."""

DECODING = 0.1
"""Of the utilisation of training: writing reads all weights for a token of each text, and waits for memory."""


class Share(Record):
    """What one thing takes of a device's memory, and how that comes about."""

    name: Text
    gb: float
    why: Text


class Estimate(Record):
    """What a run would take; None where it cannot be known.

    `memory` is of one device while it trains. `hours` and `usd` are for texts of usual length, `hours_most` for texts
    as long as the profile lets them be.
    """

    parameters: int | None = None
    trained: int | None = None
    devices: int
    divided: bool
    memory: tuple[Share, ...] = ()
    memory_gb: float | None = None
    rollout_gb: float | None = None
    steps: int | None = None
    texts: int | None = None
    tokens: int | None = None
    flops: float | None = None
    hours: float | None = None
    hours_most: float | None = None
    usd: float | None = None
    notes: tuple[Text, ...] = ()

    @property
    def fits(self) -> float | None:
        """Where there is rollout memory beside, training is asleep meanwhile: the larger of both counts."""
        return self.memory_gb if self.rollout_gb is None else max(self.memory_gb or 0.0, self.rollout_gb)


def estimate(profile: Profile, made: Path, n_rows: int | None) -> Estimate:
    """An estimate for a profile. `made` is where a small base would lie, `n_rows` how many rows are trained on."""
    shape, hardware = shape_of(profile.model, made), profile.hardware
    devices = devices_of(hardware)
    divided = launcher_of(profile) in ("fsdp2", "zero3")
    steps = steps_of(profile, n_rows)
    notes = [] if n_rows or profile.optimisation.max_steps else ["steps are not known: the data is not here yet"]
    if shape is None:
        notes.append(f"the size of {profile.model.base} is not known: it is neither here nor in our table")
        return Estimate(devices=devices, divided=divided, steps=steps, notes=tuple(notes))
    memory = tuple(_memory(profile, shape, devices if divided else 1))
    size = Estimate(
        parameters=_held(profile, shape),
        trained=_trained(profile, shape),
        devices=devices,
        divided=divided,
        memory=memory,
        memory_gb=math.fsum(share.gb for share in memory),
        rollout_gb=_rollout_gb(profile),
        steps=steps,
        notes=(*notes, *_assumed(profile), *_room(profile, shape)),
    )
    if steps is not None:
        return size.model_copy(update=_effort(profile, shape, steps, devices))
    return size.model_copy(update={"notes": (*size.notes, *_for_rows(profile, shape, devices))})


def _for_rows(profile: Profile, shape: Shape, devices: int) -> list[str]:
    """What ROWS rows would take, where hours can be told at all."""
    steps = steps_of(profile, ROWS) or 0
    found = _effort(profile, shape, steps, devices)
    if found["hours"] is None:
        return []
    cost = "" if found["usd"] is None else f", {found['usd']:,.0f} USD"
    return [f"every {ROWS:,} rows take {steps:,} steps, {found['hours']:.2g} hours{cost}"]


def _effort(profile: Profile, shape: Shape, steps: int, devices: int) -> dict[str, float | None]:
    """What of an estimate follows from the number of steps."""
    work, most = _work(profile, shape, steps, most=False), _work(profile, shape, steps, most=True)
    hours, price = _hours(work, profile, devices), profile.hardware.usd_per_gpu_hour
    return {
        "texts": work.texts,
        "tokens": work.tokens,
        "flops": work.trained + work.read + work.written,
        "hours": hours,
        "hours_most": _hours(most, profile, devices),
        "usd": None if hours is None or price is None else hours * price * devices,
    }


def steps_of(profile: Profile, n_rows: int | None) -> int | None:
    """Optimiser steps: as many as are set, or as the epochs have. Of a policy only whole rollouts count.

    Rows are pairs of texts, texts or prompts, as the recipe's batches are.
    """
    how = profile.optimisation
    if how.max_steps is not None:
        return how.max_steps
    if n_rows is None:
        return None
    epochs = how.epochs if how.epochs is not None else 1.0
    if profile.policy is None:
        return math.ceil(epochs * math.ceil(n_rows / how.batch))
    return math.ceil(epochs * (n_rows // profile.policy.rollout_prompts) * rollout_steps(profile))


@dataclass(frozen=True, slots=True)
class _Work:
    """Texts and tokens of a whole run, and operations: of steps, of passes without a gradient, of writing."""

    texts: int
    tokens: int
    trained: float
    read: float
    written: float


def _work(profile: Profile, shape: Shape, steps: int, *, most: bool) -> _Work:
    how, policy = profile.optimisation, profile.policy
    prompt, text = _lengths(profile, most=most)
    n_texts = steps * how.batch * (policy.group_size if policy else _texts_of_row(profile))
    tokens = n_texts * (prompt + text)
    forward = float(tokens) * per_token(shape, prompt + text, has_head=profile.reward_head is None)
    passes = (2 if profile.model.lora else 3) + (1 if how.activation_checkpointing else 0)
    if policy is None:
        return _Work(n_texts, tokens, passes * forward, 0.0, 0.0)
    reads = 1 + (1 if policy.kl and profile.model.lora is None else 0) + (1 if policy.algorithm == "ppo" else 0)
    trainings = 2 if policy.algorithm == "ppo" else 1  # the critic is as large as the policy
    return _Work(n_texts, tokens, trainings * passes * forward, reads * forward, forward)


def _texts_of_row(profile: Profile) -> int:
    """A pair of texts for a reward model, two pairs for a double difference, else one text."""
    head = profile.reward_head
    return 1 if head is None else 4 if head.objective == "double-difference" else 2


def per_token(shape: Shape, length: int, *, has_head: bool = True) -> float:
    """Operations for reading one token of a text of so many: twice the weights, and what attention takes.

    The embedding is looked up, not multiplied, but for the head over the vocabulary, which has its size.
    """
    table = shape.vocabulary * shape.hidden
    n_tables = 1 if shape.is_tied or shape.is_encoder else 2
    heads = 1 if has_head and not shape.is_encoder else 0
    body = shape.parameters - n_tables * table
    return 2.0 * (body + heads * table) + 2.0 * shape.layers * shape.attended * length


def _hours(work: _Work, profile: Profile, devices: int) -> float | None:
    """None where nobody said how fast the devices are."""
    hardware = profile.hardware
    if not hardware.gpus or hardware.peak_tflops is None:
        return None
    busy = work.trained + work.read + work.written / DECODING
    return busy / (hardware.peak_tflops * 1e12 * hardware.utilisation * devices) / 3600


def _lengths(profile: Profile, *, most: bool) -> tuple[int, int]:
    """Tokens of a prompt and of what follows it: usual ones, or as many as there may be."""
    policy, limit = profile.policy, profile.optimisation.max_tokens
    if policy is not None:
        if most:
            return policy.max_prompt_tokens, policy.max_response_tokens
        return min(USUAL_PROMPT, policy.max_prompt_tokens), min(USUAL_TEXT, policy.max_response_tokens)
    if limit is not None and (most or limit < USUAL_PROMPT + USUAL_TEXT):
        return 0, limit
    return USUAL_PROMPT, USUAL_TEXT


def _held(profile: Profile, shape: Shape) -> int:
    """Weights of the model: a reward model has no head over the vocabulary, where its base has one of its own."""
    own_head = 0 if shape.is_tied or shape.is_encoder else shape.vocabulary * shape.hidden
    return shape.parameters - (own_head if profile.reward_head else 0)


def _trained(profile: Profile, shape: Shape) -> int:
    model, held = profile.model, _held(profile, shape)
    if model.lora is not None:
        return shape.lora_parameters(model.lora)
    if not model.freeze_layers:
        return held
    frozen = min(model.freeze_layers, shape.layers) * sum(i * o for i, o in shape.linear)
    return max(0, held - frozen - shape.vocabulary * shape.hidden)


def _memory(profile: Profile, shape: Shape, parts: int) -> list[Share]:
    """What one device holds while it trains; weights and what belongs to them are divided into so many parts."""
    size = 4 if profile.model.dtype == "float32" else 2
    lora, policy = profile.model.lora, profile.policy
    held, trained = _held(profile, shape), _trained(profile, shape)
    own = 4 if lora else size  # PEFT keeps an adapter in float32
    each = f", in {parts} parts" if parts > 1 else ""
    models = 2 if policy is not None and policy.algorithm == "ppo" else 1
    beside = f", {models} models" if models > 1 else ""
    weights = held * size + (trained * own if lora else 0)
    shares = [
        Share(name="weights", gb=models * weights / parts / GB, why=f"{size} bytes each{beside}{each}"),
        Share(name="gradients", gb=models * trained * own / parts / GB, why=f"{own} bytes per trained weight{each}"),
        Share(name="Adam", gb=models * trained * 2 * own / parts / GB, why=f"two moments of {own} bytes{each}"),
    ]
    if policy is not None and policy.kl and lora is None:
        shares.append(Share(name="reference", gb=held * size / parts / GB, why=f"the model as it was{each}"))
    return shares + _activations(profile, shape)


def _activations(profile: Profile, shape: Shape) -> list[Share]:
    how, policy = profile.optimisation, profile.policy
    prompt, text = _lengths(profile, most=True)
    n_texts = how.micro_batch * _texts_of_row(profile)
    tokens = n_texts * (prompt + text)
    layer = LAYER_BYTES * shape.hidden * tokens
    kept = 2 * shape.hidden * tokens * shape.layers + layer if how.activation_checkpointing else layer * shape.layers
    said = "a layer's inputs, one layer again" if how.activation_checkpointing else "all layers"
    shares = [Share(name="activations", gb=kept / GB, why=f"{tokens:,} tokens: {said}")]
    if not profile.reward_head:
        scored = how.micro_batch * (text if policy else prompt + text)
        gb = LOGIT_BYTES * scored * shape.vocabulary / GB
        shares.append(Share(name="logits", gb=gb, why=f"{scored:,} tokens by {shape.vocabulary:,}, float32"))
    return shares


def _rollout_gb(profile: Profile) -> float | None:
    """What vLLM takes for itself on the training devices while it writes."""
    policy, memory = profile.policy, profile.hardware.gpu_memory_gb
    if policy is None or policy.engine != "vllm-colocate" or memory is None:
        return None
    return policy.gpu_memory * memory


def at_once(policy: Policy, shape: Shape, rollout_gb: float) -> int:
    """How many texts of full length a vLLM of so many devices' memory has room for beside its weights.

    >>> from weval.training.recipe import read_training
    >>> from weval.training.shapes import SHAPES
    >>> at_once(read_training("grpo_wrl")[0].profile("paper").policy, SHAPES["Qwen/Qwen2.5-7B-Instruct"], 112.8)
    152
    """
    room = rollout_gb * GB * policy.tensor_parallel - 2 * shape.parameters
    return max(0, int(room / shape.cache_bytes / (policy.max_prompt_tokens + policy.max_response_tokens)))


def _room(profile: Profile, shape: Shape) -> list[str]:
    """How many texts vLLM writes at once when all of them become as long as may be."""
    policy, memory = profile.policy, _rollout_gb(profile)
    if policy is None or memory is None:
        return []
    on = f"{policy.tensor_parallel} devices" if policy.tensor_parallel > 1 else "a device"
    return [f"on {on} vLLM has room for {at_once(policy, shape, memory):,} texts of full length at once"]


def _assumed(profile: Profile) -> list[str]:
    """What the figures stand on."""
    hardware, policy = profile.hardware, profile.policy
    prompt, text = _lengths(profile, most=False)
    length = f"{prompt:,} and {text:,} tokens" if policy else f"{prompt + text:,} tokens"
    said = [f"texts are taken to have {length}; memory is for the longest that may come"]
    if hardware.gpus and hardware.peak_tflops is not None:
        said.append(
            f"{hardware.utilisation:.0%} of {hardware.peak_tflops:g} TFLOP/s per device"
            + (", a tenth of that while writing" if policy else "")
        )
    if policy is not None:
        said.append("the reward model is not counted: it runs beside, and takes what it takes")
    if hardware.usd_per_gpu_hour is not None:
        said.append(
            f"{hardware.usd_per_gpu_hour:g} USD per GPU and hour is an assumption; loading and saving are not in"
        )
    return said
