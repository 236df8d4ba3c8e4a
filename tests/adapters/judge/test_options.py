"""The settings of a judge, beside what test_adapter.py sees of them."""

from __future__ import annotations

import pytest

from weval.adapters.judge.options import LABEL_TOKENS, JudgeOptions
from weval.errors import ConfigError
from weval.settings import updated
from weval.textmodels import TextModelOptions


def test_every_setting_says_what_it_does() -> None:
    assert all(info.description for info in JudgeOptions.model_fields.values())
    assert set(TextModelOptions.model_fields) < set(JudgeOptions.model_fields)


@pytest.mark.parametrize(
    "settings, as_released",
    [({}, False), ({"wording": "official"}, True), ({"wording": "official", "parse": "strict"}, False),
     ({"parse": "released"}, True)],
)  # fmt: skip
def test_official_prompts_are_read_as_published_unless_told_otherwise(
    settings: dict[str, str], as_released: bool
) -> None:
    assert updated(JudgeOptions(), settings).reads_as_released is as_released


def test_what_the_user_says_wins_and_the_backends_own_settings_alone_are_passed_on() -> None:
    options = JudgeOptions(temperature=0.0, concurrency=3)
    model = options.for_model({"temperature": 0.6, "top_p": 0.9, "stop": "x"}, frozenset({"temperature", "top_p"}))
    assert model == TextModelOptions(temperature=0.0, top_p=0.9, concurrency=3)
    assert (
        JudgeOptions(answer="label").for_model({"max_tokens": 99}, frozenset({"max_tokens"})).max_tokens == LABEL_TOKENS
    )


def test_a_folders_seed_would_make_all_samples_one() -> None:
    options, own = JudgeOptions(samples=3), {"sampling_seed": 1}
    with pytest.raises(ConfigError, match="--set samples: with the judge's own sampling_seed"):
        options.for_model(own, frozenset({"sampling_seed"}))
    assert options.for_model(own, frozenset()).sampling_seed is None  # nobody would take it
    assert JudgeOptions().for_model(own, frozenset({"sampling_seed"})).sampling_seed == 1
