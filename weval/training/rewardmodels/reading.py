"""What a reward model in training reads: the same texts, by the same code, as `classifier:` reads when it scores."""

from __future__ import annotations

from typing import Any

from weval.adapters.classifier.loading import token_limit
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.classifier.reading import Reader
from weval.errors import ConfigError
from weval.settings import updated
from weval.training.sections import Profile, RewardHead

LABELS = {"logit": 1, "two-class": 2}
"""How many outputs a head has."""


def head_of(profile: Profile) -> RewardHead:
    """The profile's section on the reward model. Raises ConfigError where it has none, or contradicts itself."""
    head = profile.reward_head
    if head is None:
        raise ConfigError("reward_head: the profile has no such section, and a reward model is to be trained")
    if head.objective == "double-difference" and (head.margin != "none" or head.unit != "requirement"):
        raise ConfigError(
            "reward_head.objective: double-difference compares answers on two requirements: unit=requirement, and "
            "margin=none"
        )
    if head.pairs and (head.objective, head.unit) != ("bradley-terry", "requirement"):
        raise ConfigError("reward_head.pairs: are on one requirement each: unit=requirement, objective=bradley-terry")
    if head.margin != "none" and head.unit != "response":
        raise ConfigError("reward_head.margin: on one requirement all margins are 1; it goes with unit=response")
    return head


def scoring_settings(profile: Profile) -> dict[str, str]:
    """What the trained model is scored with: settings of `classifier:`, as its preset has them.

    >>> from weval.training.sections import Data, Model, Optimisation, Profile, RewardHead
    >>> how = Optimisation(learning_rate=1e-4, batch=8, micro_batch=8, max_tokens=256)
    >>> head = RewardHead(head="two-class", wire="{requirement} {response}")
    >>> scoring_settings(Profile(model=Model(base="small"), data=Data(source="x"), optimisation=how, reward_head=head))
    ... # doctest: +NORMALIZE_WHITESPACE
    {'unit': 'requirement', 'truncation': 'right', 'wire': '{requirement} {response}', 'max_length': '256',
     'head': 'class', 'label': '1', 'bounded': 'true'}
    """
    head = head_of(profile)
    said: dict[str, str] = {"unit": head.unit, "truncation": head.truncation}
    if head.wire is not None:
        said["wire"] = head.wire
    if profile.optimisation.max_tokens is not None:
        said["max_length"] = str(profile.optimisation.max_tokens)
    if head.head == "two-class":
        said |= {"head": "class", "label": "1", "bounded": "true"}
    return said


def training_reader(profile: Profile, tokenizer: Any, config: Any) -> Reader:  # noqa: ANN401 - of transformers
    """The reader that the adapter will have, for a model's tokenizer and configuration.

    Raises ConfigError where the text lacks the response or the requirement, or there is neither a wire format nor a
    chat template.
    """
    options = updated(ClassifierOptions(), scoring_settings(profile))
    options.check(profile.model.base)
    return Reader(tokenizer, options, token_limit(tokenizer, config, options), profile.model.base)


def batching(head: RewardHead) -> dict[str, Any]:
    """What TRL's RewardConfig is told beside weval/training/trl.py: that texts come as they are, and none is left out.

    >>> batching(RewardHead(by_length=True))
    {'max_length': None, 'train_sampling_strategy': 'sequential'}
    """
    # The reader has cut what was too long; above a max_length TRL would leave pairs out without a word.
    return {"max_length": None, "train_sampling_strategy": "sequential" if head.by_length else "random"}
