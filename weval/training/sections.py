"""The sections of a profile: every choice of a training run, with its default; a recipe has those that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from weval.training.pairs.plan import PairPlan
from weval.types import Record, Text

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Setting = str | int | float | bool


class Lora(Record):
    """A low-rank adapter instead of all weights. The head of a reward model is trained whole."""

    rank: Positive = 16
    alpha: Positive = 32
    dropout: Share = 0.0
    targets: Text = "all-linear"


class SmallModel(Record):
    """The size of a model that is made here, with random weights and a tokenizer trained on the recipe's own texts."""

    vocabulary: Positive = 2000
    hidden: Positive = 128
    layers: Positive = 2
    heads: Positive = 4


class Model(Record):
    """What is trained. `base` is a folder, a repository of the Hub, `package:NAME/PATH` (a folder inside an installed
    Python package) or `small`.
    """

    base: Text
    revision: Text | None = None
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    lora: Lora | None = None
    freeze_layers: int = Field(
        default=0, ge=0, description="the lowest layers, and the embeddings, that stay as they are"
    )
    small: SmallModel = SmallModel()


class Data(Record):
    """What is trained on. `source` is a task, a file of items, or a file that `weval build` made."""

    source: Text
    allow: tuple[Text, ...] = Field(default=(), description="tasks that may be trained on; figures on them say nothing")
    shuffle_seed: int = 1
    train: Positive | None = Field(default=None, description="how many are trained on, after shuffling; None: the rest")
    holdout: int = Field(default=0, ge=0, description="how many are held out, after those that are trained on")
    overlap: Share = Field(
        default=0.5, description="share of word runs from which two texts are one; of tasks left out"
    )


class Optimisation(Record):
    """The optimiser and its steps. Batches are over all devices; of preference pairs, prompts or texts by recipe."""

    epochs: float | None = Field(default=None, gt=0)
    max_steps: Positive | None = None
    learning_rate: float = Field(gt=0)
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    warmup: Share = Field(default=0.0, description="share of the steps")
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    batch: Positive = Field(description="per optimiser step")
    micro_batch: Positive = Field(description="at once on a device")
    max_tokens: Positive | None = Field(
        default=None, description="of a text with its prompt; longer ones are cut, counted"
    )
    bf16: bool = True
    activation_checkpointing: bool = True
    save_every: Positive = Field(default=100, description="steps between checkpoints")
    keep_checkpoints: Positive = 2
    log_every: Positive = 1


class RewardHead(Record):
    """A reward model: what it reads, and how its output becomes a number."""

    head: Literal["logit", "two-class"] = Field(
        default="logit", description="one label, or the released form: P(class 1), trained on the log-odds"
    )
    unit: Literal["response", "requirement"] = "requirement"
    wire: Text | None = Field(default=None, description="the exact text; None: the base's chat template")
    truncation: Literal["right", "left", "middle"] = Field(
        default="right", description="where texts above optimisation.max_tokens are cut, in training as in scoring"
    )
    chosen: Literal["best", "all"] = Field(
        default="all", description="best: only an answer that kept all requirements; all: each that kept more"
    )
    pairs: PairPlan | None = Field(
        default=None, description="pairs of items by kind, so many of each; None: every two answers that differ in it"
    )
    by_length: bool = Field(default=False, description="batches of texts about as long, the same in each epoch: less padding")
    margin: Literal["none", "dropped"] = Field(
        default="none", description="dropped: by requirements kept more, in the loss"
    )
    centre: float = Field(default=0.0, ge=0, description="weight of (r_chosen + r_rejected)^2")
    objective: Literal["bradley-terry", "double-difference"] = "bradley-terry"


class WarmStart(Record):
    """A little language for a policy that was made here: it learns to begin answers as those of the data begin."""

    steps: Positive = 150
    learning_rate: float = Field(default=3e-3, gt=0)
    batch: Positive = 16


class Policy(Record):
    """A writer trained by rewards (GRPO, PPO). Counts of prompts and tokens are those of the paper's framework."""

    algorithm: Literal["grpo", "ppo"] = "grpo"
    rollout_prompts: Positive = Field(description="prompts per rollout; optimisation.batch of them per optimiser step")
    group_size: Positive = Field(default=5, description="texts per prompt; grpo needs two or more, ppo one")
    temperature: float = Field(default=1.0, gt=0)
    max_prompt_tokens: Positive
    max_response_tokens: Positive
    kl: float = Field(default=0.01, ge=0, description="grpo: weight of its term in the loss; ppo: taken off the reward")
    clip: float = Field(default=0.2, gt=0)
    critic_learning_rate: float = Field(default=1e-5, gt=0, description="ppo; its warm-up is a share as well")
    critic_warmup: Share = 0.0
    experience_micro_batch: Positive = 8
    warm_start: WarmStart | None = None
    reasoning: bool = Field(default=False, description="<think>…</think><answer>…</answer>; other texts earn nothing")
    engine: Literal["transformers", "vllm-colocate", "vllm-server"] = "transformers"
    server: Text = Field(default="http://127.0.0.1:8000", description="vllm-server: where it is")
    tensor_parallel: Positive = 1
    max_batched_tokens: Positive | None = None
    chunked_prefill: bool = False
    gpu_memory: Share = 0.8
    validation_temperature: float = 0.5


class Alarms(Record):
    """When a writer looks as if it cheated its reward. Windows are of the first steps, and of the last ones."""

    window: Positive = Field(default=10, description="steps that are averaged; no alarm before twice as many")
    length: float = Field(default=1.5, gt=1, description="times as long as at first, or 1/x, while rewards rise")
    cut_off: Share = Field(default=0.3, description="rise of the share of texts that end at the limit, the same")
    checks: float = Field(default=0.1, ge=0, description="fall of the share of checked requirements met, the same")
    repetition: Share = Field(default=0.3, description="rise of the share of word trigrams repeated within a text")
    collapse: Share = Field(
        default=0.5, description="share of groups whose rewards are all the same, in the last steps"
    )
    unrewarded: Share = Field(default=0.2, description="share of texts without a reward, in the last steps")


class Reward(Record):
    """Who rewards a writer: any model of `weval run --model`: a preset, FAMILY:REFERENCE, http:URL of weval serve."""

    model: Text
    settings: dict[str, Setting] = Field(default_factory=dict)
    asked: Literal["query", "requirement"] = Field(
        default="query", description="requirement: each by itself, and their mean; query: the whole prompt, once"
    )
    alarms: Alarms = Alarms()


class Comparison(Record):
    """Writing-RL: rewards by comparison with a reference that gets better as the writer does.

    `judge` is any model of `weval run --model`: one that judges pairs is shown both texts, any other scores each, and
    the higher score is preferred.
    """

    judge: Text
    settings: dict[str, Setting] = Field(default_factory=dict)
    reward: Literal["pairwise", "pointwise"] = Field(
        default="pairwise", description="pointwise: the judge's grade of the text alone, from low to high, as 0 to 1"
    )
    low: float = Field(default=1.0, description="the judge's lowest grade (pointwise)")
    high: float = Field(default=10.0, description="the judge's highest grade (pointwise)")
    tie: float = Field(default=0.0, ge=0, description="two scores that differ by no more are a tie")
    positions: Literal["disadvantage", "advantage", "both"] = Field(
        default="disadvantage", description="the text is shown after its reference, before it, or both and the mean"
    )
    references: Literal["dynamic", "fixed"] = "dynamic"
    least_gain: float = Field(
        default=0.0, ge=0, description="a reference is better than the one before by more (where they are graded here)"
    )
    own_texts: bool = Field(
        default=False, description="what the policy wrote before training are references too: for small policies"
    )
    cut_words: Positive | None = Field(default=None, description="words that stay of a reference; None: all")
    selection: Literal["margin", "difficulty", "all"] = Field(
        default="margin", description="prompts by what the policy falls short of the best reference; by its own grade"
    )
    keep: Positive | None = Field(default=None, description="how many prompts stay; None: all")
    grades: Text | None = Field(default=None, description="file of the policy's own grades, {id, grade} a line")
    writer: Text | None = Field(
        default=None, description="the policy as BACKEND/MODEL, to write what is graded; None: what is trained, here"
    )
    writer_settings: dict[str, Setting] = Field(default_factory=dict)
    samples: Positive = Field(default=1, description="texts of the policy per prompt; their mean is its grade")
    grader: Text | None = Field(
        default=None, description="who grades them: the model that graded the references; None: the judge"
    )
    grader_settings: dict[str, Setting] = Field(default_factory=dict)
    mode: Literal["repaired", "original"] = "repaired"


class Supervision(Record):
    """Texts that are learnt as they are."""

    over_long: Literal["cut", "leave-out"] = Field(
        default="cut", description="texts above optimisation.max_tokens: cut, so that they have no end, or left out"
    )


class Critic(Record):
    """A judge that learns the scores of another: asked by a judge folder for one criterion at a time, a number back."""

    prompt: Text = "critic-10"
    wording: Literal["own", "official"] = "own"
    settings: dict[str, Setting] = Field(default_factory=dict, description="of `judge:`, for the preset: max_tokens …")


class Filtering(Record):
    """Texts that a judge found good enough to be learnt from (WritingBench's writer)."""

    judge: Text | None = Field(
        default=None, description="any model of `weval run --model` that grades a text by itself; None: the source's"
    )
    settings: dict[str, Setting] = Field(default_factory=dict)
    keep: Positive | None = Field(default=None, description="how many stay, the best first")
    least: float | None = Field(default=None, description="the lowest grade that stays")


class Bench(Record):
    """A benchmark that a writer is measured on."""

    name: Text
    judge: Text
    settings: dict[str, Setting] = Field(default_factory=dict)
    limit: Positive | None = None
    data: Text | None = Field(default=None, description="a file in the place of the benchmark's own")


class Measure(Record):
    """How the result is measured: a reward model on tasks or files, a writer on benchmarks."""

    tasks: tuple[Text, ...] = ()
    settings: dict[str, Setting] = Field(default_factory=dict)
    benches: tuple[Bench, ...] = ()


class Hardware(Record):
    """What it is meant to run on; a price gives the estimate of cost."""

    gpus: int = Field(default=0, ge=0, description="per node; 0: a CPU")
    gpu: Text | None = None
    gpu_memory_gb: float | None = None
    nodes: Positive = 1
    usd_per_gpu_hour: float | None = None
    peak_tflops: float | None = Field(default=None, description="bf16, dense, per device")
    utilisation: Share = 0.35


class Profile(Record):
    """All choices of one training run."""

    seed: int = 0
    model: Model
    data: Data
    optimisation: Optimisation
    hardware: Hardware = Hardware()
    measure: Measure = Measure()
    reward_head: RewardHead | None = None
    policy: Policy | None = None
    reward: Reward | None = None
    comparison: Comparison | None = None
    supervision: Supervision | None = None
    filtering: Filtering | None = None
    critic: Critic | None = None


def flat(content: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The fields of a profile, as JSON has it, by their dotted names.

    >>> flat({"seed": 0, "model": {"base": "small", "lora": None}})
    {'seed': 0, 'model.base': 'small', 'model.lora': None}
    """
    found: dict[str, Any] = {}
    for key, value in content.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, dict) and value else {f"{above}{key}": value}
    return found
