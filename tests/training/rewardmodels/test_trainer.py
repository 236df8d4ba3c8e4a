from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import RewardConfig, RewardTrainer

from tests.small_models import make_bert, make_rm
from tests.training.rewardmodels.asked import make_profile
from weval.adapters import open_adapter
from weval.adapters.classifier.reading import Read
from weval.errors import ConfigError
from weval.plan import PlanOptions, plan
from weval.tasks import load_task
from weval.training.rewardmodels.preferences import Preference, tokenised
from weval.training.rewardmodels.reading import LABELS, head_of, scoring_settings, training_reader
from weval.training.rewardmodels.splitting import item_preferences
from weval.training.rewardmodels.trainer import RewardModelling, lead, preference_loss, rewards_of, share_right
from weval.training.sections import Profile

ITEMS = list(load_task("weval-mini").items())[:4]


class Trainer(RewardModelling, RewardTrainer):
    """As the recipe has it."""


def preferences(profile: Profile) -> list[Preference]:
    return [found for item in ITEMS for found in item_preferences(item, head_of(profile))]


def make_trainer(kind: type[RewardTrainer], base: Path, profile: Profile, out: Path, **said: Any) -> RewardTrainer:
    model = AutoModelForSequenceClassification.from_pretrained(base)
    tokenizer = AutoTokenizer.from_pretrained(base)
    head = head_of(profile)
    found = tokenised(
        preferences(profile), training_reader(profile, tokenizer, model.config), margins=head.margin != "none"
    )
    arguments = {
        **{"max_steps": 6, "learning_rate": 3e-3, "per_device_train_batch_size": 8, "max_length": None},
        **{"bf16": False, "use_cpu": True, "activation_checkpointing": False, "dataloader_pin_memory": False},
        **{"report_to": "none", "logging_steps": 1, "save_strategy": "no", "disable_tqdm": True},
        "center_rewards_coefficient": head.centre or None,
    }
    data = Dataset.from_dict(found.columns)
    config = RewardConfig(output_dir=str(out), **(arguments | said))
    return kind(model=model, args=config, train_dataset=data, eval_dataset=data, processing_class=tokenizer)


def losses(trainer: RewardTrainer) -> list[float]:
    trainer.train()
    return [line["loss"] for line in trainer.state.log_history if "loss" in line]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bases")
    calm = {"initializer_range": 0.05}
    return {
        "one": make_rm(folder / "one", **calm),
        "two": make_rm(folder / "two", labels=2, **calm),
        "encoder": make_bert(folder / "encoder", labels=2),
    }


def test_one_label_is_trained_as_trl_does(bases: dict[str, Path], tmp_path: Path) -> None:
    profile = make_profile(unit="response", wire="{query} {response}", margin="dropped", centre=0.01)
    mine, theirs = (losses(make_trainer(kind, bases["one"], profile, tmp_path)) for kind in (Trainer, RewardTrainer))
    assert mine == pytest.approx(theirs, abs=1e-6) and len(mine) == 6


@pytest.mark.parametrize("base", ["two", "encoder"])
def test_two_classes_are_scored_as_the_trained_model_says(bases: dict[str, Path], tmp_path: Path, base: str) -> None:
    profile = make_profile(head="two-class")
    trainer = make_trainer(Trainer, bases[base], profile, tmp_path)
    before = trainer.evaluate()["eval_loss"]
    trainer.train()
    assert trainer.evaluate()["eval_loss"] < before - 0.05
    assert trainer.model.config.num_labels == LABELS["two-class"]
    trainer.save_model(str(tmp_path / "model"))
    adapter = open_adapter(f"classifier:{tmp_path / 'model'}", scoring_settings(profile))
    requests = [request for request, _ in plan(ITEMS[0], "requirement", PlanOptions())]
    scores = {score.request_id: score.values[0] for score in adapter.score(requests)}
    reader = training_reader(profile, trainer.processing_class, trainer.model.config)
    trainer.model.eval()
    for read in reader.read(requests):
        assert isinstance(read, Read) and 0 <= scores[read.request.id] <= 1
        odds = rewards_of(trainer.model(torch.tensor([read.ids.tolist()])).logits).item()
        assert scores[read.request.id] == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-5)


def test_quadruples_are_learnt_from(bases: dict[str, Path], tmp_path: Path) -> None:
    profile = make_profile(objective="double-difference")
    trainer = make_trainer(Trainer, bases["one"], profile, tmp_path, max_steps=10)
    before = trainer.evaluate()
    trainer.train()
    after = trainer.evaluate()
    assert after["eval_loss"] < before["eval_loss"]
    assert after["eval_accuracy"] > max(0.6, before["eval_accuracy"])


def test_ties_are_half_right_and_every_pair_counts_once(bases: dict[str, Path], tmp_path: Path) -> None:
    trainer = make_trainer(Trainer, bases["one"], make_profile(), tmp_path, per_device_eval_batch_size=7)
    same = trainer.eval_dataset.select(range(10)).map(
        lambda row, n: {"rejected_ids": row["chosen_ids"]} if n < 9 else {}, with_indices=True
    )
    found = share_right(trainer, same)
    assert found is not None and found.n == 10 and found.value in (pytest.approx(0.45), pytest.approx(0.55))
    assert share_right(trainer, same.select([])) is None


def test_the_difference_of_differences() -> None:
    rewards = torch.tensor([3.0, 1.0, 0.5, 2.0, 2.0, 0.0, 0.0, 5.0])  # chosen: two first pairs, two others; rejected
    assert lead(rewards, crossed=False).tolist() == [1.0, 1.0, 0.5, -3.0]
    assert lead(rewards, crossed=True).tolist() == [1.5, -2.0]
    liked = rewards + torch.tensor(
        [7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0]
    )  # what a text is like: once for, once against
    assert lead(liked, crossed=True).tolist() == [1.5, -2.0]


def test_the_loss_by_hand() -> None:
    rewards = torch.tensor([2.0, 1.0])
    ahead = lead(rewards, crossed=False)
    plain = math.log(1 + math.exp(-1.0))
    assert preference_loss(ahead, rewards, None, None).item() == pytest.approx(plain)
    assert preference_loss(ahead, rewards, None, 0.01).item() == pytest.approx(plain + 0.09)
    margin = torch.tensor([1.0])
    assert preference_loss(ahead, rewards, margin, None).item() == pytest.approx(math.log(2))


def test_more_than_two_labels_are_no_reward() -> None:
    assert rewards_of(torch.tensor([[1.0, 3.0]])).tolist() == [2.0] and rewards_of(torch.tensor([[4.0]])).tolist() == [
        4
    ]
    with pytest.raises(ConfigError, match="has 3 labels"):
        rewards_of(torch.zeros(1, 3))
