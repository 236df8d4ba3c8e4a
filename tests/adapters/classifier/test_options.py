from __future__ import annotations

import pytest

from weval.adapters.classifier.options import ClassifierOptions
from weval.errors import ConfigError
from weval.run import Settings
from weval.settings import updated


def options(**said: str) -> ClassifierOptions:
    found = updated(ClassifierOptions(), said)
    found.check("org/model")
    return found


def test_defaults_make_sense() -> None:
    options()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"head": "class"}, "--set head=class: needs the label"),
        ({"head": "logit_difference", "label": "1"}, "other_label=0"),
        ({"head": "vocab_logit"}, "needs a token"),
        ({"head": "vocab_logit", "label": "1", "token": "yes"}, "needs a token, by --set token=TEXT or --set label=ID"),
        ({"head": "vocab_logit", "label": "2", "other_label": "1", "other_token": "no"}, "give one of them"),
        ({"label": "1"}, "head=logit has one label"),
        ({"unit": "requirement", "wire": "{response}"}, "the text names none"),
        ({"unit": "requirement", "user": "{query}"}, "the text names none"),
        ({"wire": "{query}"}, "--set wire: the text has no {response} in it"),
        ({"wire": "{respones}"}, "--set wire: the text has no {response} in it"),
        ({"assistant": "Yes."}, "--set assistant: the text has no {response} in it"),
        ({"token": "yes"}, "--set token: is for head=vocab_logit, and has no effect with head=logit"),
        ({"head": "class", "label": "1", "beta": "2"}, "--set beta: is for head=dpo"),
        ({"reference_model": "a/b"}, "--set reference_model: is for head=dpo"),
        ({"method": "rank"}, "--set method: is for head=remote_method"),
        ({"head": "dpo", "truncation": "left"}, "needs the response whole"),
        ({"head": "remote_method"}, "runs code of org/model; allow it by --set remote_code=true"),
        ({"head": "magic"}, "--set head=magic"),
        ({"max_length": "0"}, "--set max_length=0"),
        ({"beta": "nan"}, "--set beta=nan"),
        ({"device": "gpu"}, "--set device=gpu: 'gpu' is unknown; one of auto, cpu, mps, cuda, cuda:N, spread"),
        ({"method": "a.b"}, "--set method=a.b"),
        ({"bounded": "perhaps"}, "--set bounded=perhaps: must be true or false"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(said: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options(**said)
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_requirement_may_stand_in_any_turn() -> None:
    options(unit="requirement", wire="{response} {asked}")
    options(unit="requirement", user="{instruction}", system="Check: {requirement}")


def test_special_tokens_come_with_a_wire_text_and_not_with_a_chat() -> None:
    assert options(wire="{response}").sends_special_tokens()
    assert not options().sends_special_tokens()
    assert options(special_tokens="yes").sends_special_tokens()
    assert not options(special_tokens="no", wire="{response}").sends_special_tokens()


def test_the_fingerprint_holds_what_changes_scores_and_only_that() -> None:
    fast = options(batch_tokens="9", sharing="false", window="5", padding_side="left")
    assert fast.fingerprint() == options().fingerprint() == {}
    assert options(dtype="float16", max_length="99").fingerprint() == {"dtype": "float16", "max_length": 99}
    assert set(ClassifierOptions.model_fields) >= ClassifierOptions.neutral


def test_no_setting_has_the_name_of_one_that_every_run_takes() -> None:
    assert not set(ClassifierOptions.model_fields) & set(Settings.model_fields)


def test_every_setting_says_what_it_does() -> None:
    assert all(field.description for field in ClassifierOptions.model_fields.values())
