from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.small_models import make_tokenizer
from tests.training.rewardmodels.asked import make_profile
from weval.adapters.classifier.options import ClassifierOptions
from weval.errors import ConfigError
from weval.settings import updated
from weval.training.rewardmodels.reading import LABELS, head_of, scoring_settings, training_reader


def test_a_preset_gets_what_the_model_was_trained_with() -> None:
    said = scoring_settings(make_profile(head="two-class", truncation="middle", unit="response", wire="{response}"))
    options = updated(ClassifierOptions(), said)
    options.check("m")
    assert (options.unit, options.wire, options.head, options.label) == ("response", "{response}", "class", 1)
    assert (options.max_length, options.truncation, options.is_bounded) == (96, "middle", True)
    assert scoring_settings(make_profile(wire=None, max_tokens=None)) == {"unit": "requirement", "truncation": "right"}
    assert LABELS == {"logit": 1, "two-class": 2}


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"objective": "double-difference", "unit": "response"}, "reward_head.objective: .*unit=requirement"),
        ({"objective": "double-difference", "margin": "dropped"}, "reward_head.objective: "),
        ({"pairs": {"kept": 1}, "unit": "response"}, "reward_head.pairs: .*unit=requirement"),
        ({"margin": "dropped"}, "reward_head.margin: .*unit=response"),
    ],
)
def test_what_makes_no_sense_together_is_refused(head: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        head_of(make_profile(**head))


def test_a_profile_without_the_section_is_refused() -> None:
    with pytest.raises(ConfigError, match="reward_head: the profile has no such section"):
        head_of(make_profile().model_copy(update={"reward_head": None}))


def test_a_text_must_have_the_response_in_it() -> None:
    tokenizer, config = make_tokenizer(), SimpleNamespace(max_position_embeddings=512)
    assert training_reader(make_profile(max_tokens=None), tokenizer, config).limit == 512
    with pytest.raises(ConfigError, match=r"no \{response\}"):
        training_reader(make_profile(wire="{requirement}"), tokenizer, config)
    with pytest.raises(ConfigError, match="no chat template"):
        training_reader(make_profile(wire=None), make_tokenizer(chat=None), config)
