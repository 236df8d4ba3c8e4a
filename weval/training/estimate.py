"""What a training run would take: memory of a device, steps, tokens, hours and money. All of it is "about".

Arithmetic, not measurement. Sources: operations per token, Kaplan et al. 2020, section 2.1, with those of attention as
in appendix B of Chowdhery et al. 2022 (PaLM), halved, as a token attends to those before it only; of memory, memory.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from weval.training.launching import devices_of, launcher_of
from weval.training.memory import (
    RESTING,
    Share,
    at_once,
    lengths,
    memory_of,
    rollout_gb,
    texts_of_row,
    trained_of,
    weights_of,
)
from weval.training.sections import Profile
from weval.training.shapes import Shape, shape_of
from weval.training.trl import rollout_steps
from weval.types import Record, Text

ROWS = 10_000
"""Hours and money are told for so many rows where nobody knows how many there are."""

DECODING = 0.1
"""Of the utilisation of training: writing reads all weights for a token of each text, and waits for memory."""


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
    def writing_gb(self) -> float | None:
        """While vLLM writes on the training devices: its own, and what of the training stays there meanwhile (RESTING).
        While they train, vLLM sleeps.
        """
        if self.rollout_gb is None:
            return None
        return self.rollout_gb + math.fsum(share.gb for share in self.memory if share.name in RESTING)

    @property
    def fits(self) -> float | None:
        """The most that a device holds, training or writing; None where that is not known."""
        return self.memory_gb if self.writing_gb is None else max(self.memory_gb or 0.0, self.writing_gb)


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
    memory = tuple(memory_of(profile, shape, devices if divided else 1))
    size = Estimate(
        parameters=weights_of(profile, shape),
        trained=trained_of(profile, shape),
        devices=devices,
        divided=divided,
        memory=memory,
        memory_gb=math.fsum(share.gb for share in memory),
        rollout_gb=rollout_gb(profile),
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
    prompt, text = lengths(profile, most=most)
    n_texts = steps * how.batch * (policy.group_size if policy else texts_of_row(profile))
    tokens = n_texts * (prompt + text)
    forward = float(tokens) * per_token(shape, prompt + text, has_head=profile.reward_head is None)
    passes = (2 if profile.model.lora else 3) + (1 if how.activation_checkpointing else 0)
    if policy is None:
        return _Work(n_texts, tokens, passes * forward, 0.0, 0.0)
    reads = 1 + (1 if policy.kl and profile.model.lora is None else 0) + (1 if policy.algorithm == "ppo" else 0)
    trainings = 2 if policy.algorithm == "ppo" else 1  # the critic is as large as the policy
    return _Work(n_texts, tokens, trainings * passes * forward, reads * forward, forward)


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


def _room(profile: Profile, shape: Shape) -> list[str]:
    """How many texts vLLM writes at once when all of them become as long as may be."""
    policy, memory = profile.policy, rollout_gb(profile)
    if policy is None or memory is None:
        return []
    on = f"{policy.tensor_parallel} devices" if policy.tensor_parallel > 1 else "a device"
    return [f"on {on} vLLM has room for {at_once(policy, shape, memory):,} texts of full length at once"]


def _assumed(profile: Profile) -> list[str]:
    """What the figures stand on."""
    hardware, policy = profile.hardware, profile.policy
    prompt, text = lengths(profile, most=False)
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
