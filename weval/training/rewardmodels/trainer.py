"""What TRL's RewardTrainer lacks: a head of two classes, the double difference, and ties as half in accuracy.

A class to be mixed into it, so that nothing heavy is imported here, and that a recipe shows whose trainer it is:

    class Trainer(RewardModelling, RewardTrainer): ...

Checkpoints, resuming, LoRA, precision, FSDP and DeepSpeed stay TRL's and transformers'.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weval.errors import ConfigError
from weval.results import Estimate

if TYPE_CHECKING:
    from torch import Tensor

OTHER = "other_"
"""Before the names of the columns that hold a quadruple's second pair."""

COLUMNS = ("chosen_ids", "rejected_ids", "other_chosen_ids", "other_rejected_ids", "margin")


class RewardModelling:
    """Trains on the log-odds of class 1 where a model has two labels, and on quadruples where the data has them."""

    def __init__(self, **said: Any) -> None:  # noqa: ANN401 - as TRL's; `model` is the model itself
        with _one_label(said["model"].config):
            super().__init__(**said)
        trainer: Any = self
        trainer.data_collator = _Pairs(trainer.data_collator)

    def _set_signature_columns_if_needed(self) -> None:
        self._signature_columns = list(COLUMNS)

    def compute_loss(
        self,
        model: Any,  # noqa: ANN401
        inputs: Mapping[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: int | None = None,
    ) -> Any:  # noqa: ANN401
        """TRL's loss, on one reward per text; what it logs is as TRL's, but that a tie is half right."""
        trainer: Any = self
        texts = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        outputs = model(**texts, use_cache=False)
        rewards = rewards_of(outputs.logits)
        ahead = lead(rewards, crossed=bool(inputs["crossed"]))
        loss = preference_loss(ahead, rewards, inputs.get("margin"), trainer.args.center_rewards_coefficient)
        self._note(rewards, ahead, texts["attention_mask"])
        return (loss, outputs) if return_outputs else loss

    def _note(self, rewards: Tensor, ahead: Tensor, mask: Tensor) -> None:
        """For the next line of the log: figures of texts and of preferences, which it averages."""
        trainer: Any = self
        accelerator = trainer.accelerator
        mode = "train" if trainer.model.training else "eval"
        if mode == "train":
            trainer._total_train_tokens += int(accelerator.gather(mask.sum()).sum().item()) // trainer._tp_size
        metrics = trainer._metrics[mode]
        metrics["num_tokens"] = [trainer._total_train_tokens]
        every = accelerator.gather(rewards.detach())
        leads = accelerator.gather_for_metrics(ahead.detach())  # without what fills up the last batch
        metrics["min_reward"].append(every.min().item())
        metrics["mean_reward"].append(every.mean().item())
        metrics["max_reward"].append(every.max().item())
        metrics["accuracy"] += ((leads.sign() + 1) / 2).tolist()
        metrics["margin"] += leads.tolist()


def share_right(trainer: Any, held: Any) -> Estimate | None:  # noqa: ANN401 - a trainer, a data set of such columns
    """How many of held-out preferences the trained model ranks right, ties half; None without any.

    Without an interval: the pairs of an item are not independent.
    """
    if not len(held):
        return None
    trainer.predict(held)  # as `evaluate` does, but nothing comes into the curve
    points = trainer._metrics["eval"].pop("accuracy")
    trainer._metrics["eval"].clear()
    return Estimate(value=math.fsum(points) / len(points), ci=None, n=len(points))


def rewards_of(logits: Tensor) -> Tensor:
    """One reward per text of raw outputs, shape (texts, labels): the label, or of two the log-odds of class 1.

    The probability of class 1, which a two-class model is scored by, is its logistic function: the same order.
    Raises ConfigError for more labels.
    """
    rewards = logits.float()
    if rewards.shape[-1] > 2:
        raise ConfigError(f"the model has {rewards.shape[-1]} labels; a reward is made of one, or of two classes")
    return rewards[..., 0] if rewards.shape[-1] == 1 else rewards[..., 1] - rewards[..., 0]


def lead(rewards: Tensor, *, crossed: bool) -> Tensor:
    """How far chosen is ahead of rejected, per preference; `crossed`: both pairs of a quadruple together.

    `rewards` are those of all chosen texts, then of all rejected ones; of quadruples the first pairs before the others.
    """
    chosen, rejected = rewards.chunk(2)
    ahead = chosen - rejected
    if not crossed:
        return ahead
    first, other = ahead.chunk(2)
    return first + other


def preference_loss(ahead: Tensor, rewards: Tensor, margin: Tensor | None, centre: float | None) -> Tensor:
    """The mean of -log sigmoid(lead - margin), as Bradley and Terry have it, and `centre` times (chosen + rejected)^2.

    The second term (arXiv 2312.09244, equation 2) keeps rewards around 0, which differences alone leave open.
    """
    from torch.nn.functional import logsigmoid

    loss = -logsigmoid(ahead if margin is None else ahead - margin).mean()
    if centre:
        chosen, rejected = rewards.chunk(2)
        loss = loss + centre * ((chosen + rejected) ** 2).mean()
    return loss


class _Pairs:
    """TRL's collator, with the second pairs of quadruples as more pairs after the first ones."""

    def __init__(self, collator: Any) -> None:  # noqa: ANN401
        self.collator = collator

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        names = ("chosen_ids", "rejected_ids")
        crossed = OTHER + names[0] in rows[0]
        others = [{name: row[OTHER + name] for name in names} for row in rows] if crossed else []
        batch: dict[str, Any] = self.collator([*rows, *others])
        return batch | {"crossed": crossed}


@contextmanager
def _one_label(config: Any) -> Iterator[None]:  # noqa: ANN401
    """TRL refuses a model that does not say that it has one label; a two-class model says so while it looks."""
    told = config.id2label, config.label2id
    config.num_labels = 1
    try:
        yield
    finally:
        config.id2label, config.label2id = told
