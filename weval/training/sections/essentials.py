"""What every training run says: the model, its data, the optimiser, the machine, and how the result is measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weval.types import Record, Text

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Warmup = Annotated[float, Field(ge=0, lt=1)]
"""A share of the steps; from 1 on transformers takes it for a number of steps."""

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
    overlap: float = Field(
        default=0.5, gt=0, le=1, description="share of word runs from which two texts are one; of tasks left out"
    )


class Optimisation(Record):
    """The optimiser and its steps. Batches are over all devices; of preference pairs, prompts or texts by recipe."""

    epochs: float | None = Field(default=None, gt=0)
    max_steps: Positive | None = None
    learning_rate: float = Field(gt=0)
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    warmup: Warmup = 0.0
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
    keep_checkpoints: int = Field(
        default=2,
        ge=2,
        description="the newest may be half written when a run is killed: then the one before it counts",
    )
    log_every: Positive = 1


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
    gpu_memory_gb: float | None = Field(default=None, gt=0)
    nodes: Positive = 1
    usd_per_gpu_hour: float | None = Field(default=None, ge=0)
    peak_tflops: float | None = Field(default=None, gt=0, description="bf16, dense, per device")
    utilisation: float = Field(default=0.35, gt=0, le=1, description="of the peak, while training")
