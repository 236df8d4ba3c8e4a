"""What a device holds while a profile is trained on it, in gigabytes. All of it is "about".

Sources: bytes of weights, gradients and Adam's moments, and how they are divided, Rajbhandari et al. 2020 (ZeRO),
section 3; activations of a layer, Korthikanti et al. 2022, equation 1 without the attention matrix, which no kernel
keeps any more.
"""

from __future__ import annotations

from weval.training.sections import Policy, Profile
from weval.training.shapes import Shape
from weval.types import Record, Text

GB = 1e9

USUAL_PROMPT, USUAL_TEXT = 500, 1500
"""Tokens of a prompt and of a text, where nobody has counted them."""

LAYER_BYTES = 34
"""What a layer keeps of a token for the way back, per unit of its width (Korthikanti et al., 34 s b h)."""

LOGIT_BYTES = 8
"""Of each logit: itself and its gradient, in float32."""

RESTING = ("weights", "Adam", "reference")
"""What neither TRL nor veRL, as they are told here, moves off the devices while texts are written."""


class Share(Record):
    """What one thing takes of a device's memory, and how that comes about."""

    name: Text
    gb: float
    why: Text


def memory_of(profile: Profile, shape: Shape, parts: int) -> list[Share]:
    """What one device holds while it trains; weights and what belongs to them are divided into so many parts."""
    size = 4 if profile.model.dtype == "float32" else 2
    lora, policy = profile.model.lora, profile.policy
    held, trained = weights_of(profile, shape), trained_of(profile, shape)
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
    prompt, text = lengths(profile, most=True)
    n_texts = how.micro_batch * texts_of_row(profile)
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


def weights_of(profile: Profile, shape: Shape) -> int:
    """Weights of the model: a reward model has no head over the vocabulary, where its base has one of its own."""
    own_head = 0 if shape.is_tied or shape.is_encoder else shape.vocabulary * shape.hidden
    return shape.parameters - (own_head if profile.reward_head else 0)


def trained_of(profile: Profile, shape: Shape) -> int:
    """Those of them that are trained; of LoRA the adapter's alone."""
    model, held = profile.model, weights_of(profile, shape)
    if model.lora is not None:
        return shape.lora_parameters(model.lora)
    if not model.freeze_layers:
        return held
    frozen = min(model.freeze_layers, shape.layers) * sum(i * o for i, o in shape.linear)
    return max(0, held - frozen - shape.vocabulary * shape.hidden)


def rollout_gb(profile: Profile) -> float | None:
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


def lengths(profile: Profile, *, most: bool) -> tuple[int, int]:
    """Tokens of a prompt and of what follows it: usual ones, or as many as there may be."""
    policy, limit = profile.policy, profile.optimisation.max_tokens
    if policy is not None:
        if most:
            return policy.max_prompt_tokens, policy.max_response_tokens
        return min(USUAL_PROMPT, policy.max_prompt_tokens), min(USUAL_TEXT, policy.max_response_tokens)
    if limit is not None and (most or limit < USUAL_PROMPT + USUAL_TEXT):
        return 0, limit
    return USUAL_PROMPT, USUAL_TEXT


def texts_of_row(profile: Profile) -> int:
    """A pair of texts for a reward model, two pairs for a double difference, else one text."""
    head = profile.reward_head
    return 1 if head is None else 4 if head.objective == "double-difference" else 2
