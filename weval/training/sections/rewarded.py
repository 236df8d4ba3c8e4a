"""What reward models are, and how writers are trained by rewards: from a score, or by comparison."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weval.training.pairs.plan import PairPlan
from weval.training.sections.essentials import Positive, Setting, Share, Warmup
from weval.types import Record, Text


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
    by_length: bool = Field(
        default=False, description="batches of texts about as long, the same in each epoch: less padding"
    )
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
    critic_learning_rate: float = Field(default=1e-5, gt=0, description="ppo")
    critic_warmup: Warmup = 0.0
    experience_micro_batch: Positive = 8
    warm_start: WarmStart | None = None
    reasoning: bool = Field(default=False, description="<think>…</think><answer>…</answer>; other texts earn nothing")
    engine: Literal["transformers", "vllm-colocate", "vllm-server"] = "transformers"
    server: Text = Field(default="http://127.0.0.1:8000", description="vllm-server: where it is")
    tensor_parallel: Positive = 1
    max_batched_tokens: Positive | None = None
    chunked_prefill: bool = False
    gpu_memory: Share = 0.8
    validation_temperature: float = Field(default=0.5, ge=0)


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

    @property
    def preset_file(self) -> str | None:
        """The file of a preset, where `model` is one: as it is, or as preset:FILE.

        >>> Reward(model="preset:rm/preset.yaml").preset_file, Reward(model="skywork-rm").preset_file
        ('rm/preset.yaml', None)
        """
        return self.model.removeprefix("preset:") if self.model.endswith((".yaml", ".yml")) else None


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
