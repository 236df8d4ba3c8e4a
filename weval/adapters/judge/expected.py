"""The score that a judge would give on average, from the probabilities of its first token."""

from __future__ import annotations

import math
from collections.abc import Mapping

from weval.adapters.judge.labels import check_labels
from weval.adapters.judge.outcome import NoVerdict, shown
from weval.errors import ConfigError

_ROUNDING = 1e-6
_MOST = 1.01
"""Twenty probabilities, each rounded, may sum to a little more than 1; to more than this, and they are none."""


def expected_score(
    probabilities: Mapping[str, float], values: Mapping[str, float], least_mass: float
) -> tuple[float, float]:
    """The mean of `values` over the labels, each weighed by its probability among them; and their mass, 0 to 1.

    `probabilities` are those of tokens as they are written. A label's is the sum over its spellings, which are the
    label with spaces and line breaks around it: `7` and ` 7` count; a full-width 7, `7.` and `"7` do not. The mass is
    the sum over all labels: how much of what the model would have said is a label at all. The mean lies between the
    least and the largest value. Raises NoVerdict where the mass is below `least_mass` (0 to 1) or zero, and where the
    numbers are no probabilities; ConfigError where one label begins with another (a token 1 is no evidence for 10).

    >>> score, mass = expected_score({"7": 0.5, " 7": 0.1, "8": 0.2, "Score": 0.2}, {"7": 7, "8": 8}, 0.5)
    >>> round(score, 6), round(mass, 6)
    (7.25, 0.8)
    """
    check_labels(values)
    if not 0 <= least_mass <= 1:
        raise ConfigError(f"the least mass of all labels must be from 0 to 1, not {least_mass}")
    _check(probabilities)
    spelled: dict[str, list[float]] = {label: [] for label in values}
    for token, probability in probabilities.items():
        if (label := token.strip(" \n")) in spelled:
            spelled[label].append(probability)
    masses = {label: math.fsum(found) for label, found in spelled.items()}
    mass = math.fsum(masses.values())
    if mass == 0 or mass < least_mass:
        raise NoVerdict(f"all labels together have a probability of {mass:.3g}; least_mass is {least_mass:.3g}")
    mean = math.fsum(share / mass * values[label] for label, share in masses.items())
    return min(max(mean, min(values.values())), max(values.values())), min(mass, 1.0)


def _check(probabilities: Mapping[str, float]) -> None:
    if not probabilities:
        raise NoVerdict("the model told no probabilities of its first token")
    for token, probability in probabilities.items():
        if not 0 <= probability <= 1 + _ROUNDING:  # false for NaN too
            raise NoVerdict(f"the model gave {probability} as the probability of {shown(token)}")
    if (total := math.fsum(probabilities.values())) > _MOST:
        raise NoVerdict(f"the probabilities of the first token sum to {total:.3g}")
