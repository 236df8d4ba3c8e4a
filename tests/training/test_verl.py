"""Held against veRL's own configuration where it is installed; else against its keys, as they were read once."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.training.mapping import TABLE, Mapped
from tests.training.test_trl import paper
from weval.errors import ConfigError
from weval.training import Profile, read_training, training_names
from weval.training.verl import NO_DUAL_CLIP, Files, override, verl_arguments

FILES = Files("train.parquet", "reward.py", "checkpoints", "val.parquet", {"url": "http://rm:8311/weval"})
KEYS = Path(__file__).parent / "verl_keys.json"
"""The keys of veRL 0.9.1 that are used here, each with its default."""

PPO = {
    "policy__algorithm": "ppo",
    "policy__group_size": "1",
    "policy__kl": "0.001",
    "policy__rollout_prompts": "32",
    "policy__critic_warmup": "0.05",
    "optimisation__batch": "16",
    "optimisation__save_every": "100",
}
RUNS: dict[str, dict[str, str]] = {
    "grpo": {},
    "ppo": PPO,
    "lora": {"model__lora__rank": "8", "optimisation__schedule": "cosine", "optimisation__warmup": "0.1"},
    "no_kl": {"policy__kl": "0", "policy__max_batched_tokens": ""},
    "steps": {"optimisation__epochs": "", "optimisation__max_steps": "10", "hardware__nodes": "2"},
}


def told(profile: Profile | None = None, files: Files = FILES) -> dict[str, Any]:
    return verl_arguments(profile or paper(), "wrl", files)


def papers(name: str) -> Profile:
    return read_training(name)[0].profile("paper")


@pytest.mark.parametrize("row", TABLE, ids=[row.released for row in TABLE])
def test_every_row_of_the_table_is_what_verl_is_told(row: Mapped) -> None:
    found = told()
    assert {key: found.get(key, "absent") for key in row.verl} == row.verl


@pytest.mark.parametrize("name", RUNS)
def test_every_key_is_one_of_verls_and_of_the_type_of_its_default(name: str) -> None:
    known = json.loads(KEYS.read_text())
    for key, value in told(paper(**RUNS[name])).items():
        if not key.startswith("+"):
            assert key in known, key
            default, kinds = known[key], {type(known[key]), type(value)}
            assert default is None or value is None or default == "???" or kinds in KINDS or len(kinds) == 1, key


KINDS = ({int, float}, {list, tuple})
"""What may stand for each other."""


def composed(overrides: list[str]) -> Any:
    """veRL's configuration with these overrides, by Hydra, as veRL itself composes it. veRL is not imported."""
    spec = importlib.util.find_spec("verl")
    if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("hydra") is None:
        pytest.skip("needs veRL's configuration: pip install --no-deps verl==0.9.1 hydra-core omegaconf")
    from hydra import compose, initialize_config_dir

    config = Path(spec.submodule_search_locations[0]) / "trainer" / "config"
    with initialize_config_dir(str(config), version_base=None):
        return compose("ppo_trainer", overrides=overrides)


@pytest.mark.parametrize("name", RUNS)
def test_verls_own_schema_takes_every_override(name: str) -> None:
    arguments = told(paper(**RUNS[name]))
    found = composed([override(key, value) for key, value in arguments.items()])
    from omegaconf import OmegaConf

    for key, value in arguments.items():
        have = OmegaConf.select(found, key.removeprefix("+"))
        assert (list(have) == list(value)) if isinstance(value, tuple) else have == value, key
    assert found.reward.custom_reward_function.reward_kwargs.url == "http://rm:8311/weval"


@pytest.mark.parametrize("name", [name for name in training_names() if papers(name).policy])
def test_the_papers_profile_of_every_recipe_with_a_policy_is_one_for_verl(name: str) -> None:
    arguments = told(papers(name))
    assert {key for key in arguments if not key.startswith("+")} <= json.loads(KEYS.read_text()).keys()
    found = composed([override(key, value) for key, value in arguments.items()])
    assert found.data.train_batch_size == arguments["data.train_batch_size"]


def test_a_key_that_verl_does_not_have_is_refused_by_its_schema() -> None:
    composed([])  # skips where it is not here
    from hydra.errors import ConfigCompositionException

    with pytest.raises(ConfigCompositionException):
        composed(["actor_rollout_ref.actor.clip_rato=0.2"])


def test_the_keys_that_are_kept_here_are_verls() -> None:
    found = composed([])
    from omegaconf import OmegaConf

    content = OmegaConf.to_container(found, resolve=False)
    for key, default in json.loads(KEYS.read_text()).items():
        place: Any = content
        for part in key.split("."):
            assert part in place, key
            place = place[part]
        is_computed = isinstance(place, str) and place.startswith("${")
        assert is_computed or place == default, key


def test_ppo_has_a_critic_and_takes_the_kl_off_the_reward() -> None:
    found = told(paper(**PPO))
    assert found["algorithm.adv_estimator"] == "gae" and found["algorithm.kl_ctrl.kl_coef"] == 0.001
    assert found["algorithm.use_kl_in_reward"] and not found["actor_rollout_ref.actor.use_kl_loss"]
    assert found["critic.optim.lr"] == 1e-5 and found["critic.optim.lr_warmup_steps_ratio"] == 0.05
    assert found["trainer.save_freq"] == 50 and found["actor_rollout_ref.rollout.n"] == 1


def test_grpo_has_no_critic_and_without_kl_no_reference() -> None:
    assert not [key for key in told() if key.startswith("critic.")]
    assert not [key for key in told(paper(**RUNS["no_kl"])) if key.startswith("actor_rollout_ref.ref.")]


def test_dual_clip_is_out_of_the_way() -> None:
    assert told()["actor_rollout_ref.actor.clip_ratio_c"] == NO_DUAL_CLIP > 1000


def test_steps_of_the_optimiser_are_told_as_rollouts() -> None:
    found = told(paper(**RUNS["steps"]))
    assert found["trainer.total_training_steps"] == 3  # ten steps of four to a rollout
    assert found["trainer.total_epochs"] >= 100 and found["trainer.nnodes"] == 2


def test_without_held_prompts_nothing_is_validated() -> None:
    found = told(files=Files("train.parquet", "reward.py", "checkpoints"))
    assert found["trainer.test_freq"] == -1 and not found["trainer.val_before_train"]
    assert found["data.val_files"] == "train.parquet"


def test_old_reward_keys_are_not_used() -> None:
    assert not [key for key in told() if re.match(r"(custom_reward_function|reward_model)\.", key)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "k=True"),
        (1e-6, "k=1e-06"),
        ("a b", "k='a b'"),
        ("$HERE/x", "k='$HERE/x'"),
        ("null", "k='null'"),
        (("a", "b c"), "k=[a,'b c']"),
    ],
)
def test_values_are_written_in_hydras_grammar(value: Any, said: str) -> None:
    assert override("k", value) == said
    if importlib.util.find_spec("hydra") is None:
        return
    from hydra.core.override_parser.overrides_parser import OverridesParser

    read = OverridesParser.create().parse_override(said).value()
    assert read == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"optimisation__schedule": "linear"}, "constant and cosine"),
        ({"model__base": "small"}, "our own train.py"),
        ({"model__base": "package:x/y"}, "our own train.py"),
        ({"model__revision": "abc"}, "takes none"),
        ({"model__freeze_layers": "2"}, "freeze_layers"),
        ({"policy__group_size": "1"}, "two texts per prompt"),
        ({"policy__tensor_parallel": "3"}, "does not divide 8 devices"),
        ({"optimisation__save_every": "10"}, "save_every=10: is no multiple of 4, the steps of a rollout"),
        ({"optimisation__epochs": "0.5"}, "whole epochs"),
        ({"policy__warm_start__steps": "5"}, "warm_start"),
    ],
)
def test_what_verl_cannot_do_is_said(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        told(paper(**settings))
