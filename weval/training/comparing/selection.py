"""Which prompts are worth training on: those on which a better text was seen than the policy's own.

Source: Writing-RL (arXiv 2506.05760), section 3: the learning potential of a prompt is max_j (s_j - s_policy) over the
texts of other models, and the k prompts that have most of it are trained on. Ablations: the hardest, and all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from weval.build.records import Laddered

How = Literal["margin", "difficulty", "all"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The prompts that stay, the best first, and how many were left out for which reason."""

    kept: tuple[Laddered, ...]
    left_out: dict[str, int]


def potential(prompt: Laddered, grade: float) -> float:
    """By how much the best reference is above the policy's own grade; negative where the policy is above them all."""
    return max(reference.grade for reference in prompt.references) - grade


def select(prompts: Sequence[Laddered], grades: Mapping[str, float], how: How, keep: int | None) -> Selection:
    """The `keep` prompts with the highest potential (margin) or the lowest own grade (difficulty); all: the first ones.

    Of equal prompts the one that comes first in the data is the first. A prompt that the policy has no grade for is
    left out and counted as `no_grade`, as a missing grade is no number; for all, nobody needs a grade. What the grades
    leave behind the first `keep` is counted as `not_chosen`.
    """
    graded = list(prompts) if how == "all" else [prompt for prompt in prompts if prompt.id in grades]
    if how == "margin":
        graded.sort(key=lambda prompt: -potential(prompt, grades[prompt.id]))  # a stable sort
    elif how == "difficulty":
        graded.sort(key=lambda prompt: grades[prompt.id])
    kept = graded if keep is None else graded[:keep]
    left_out = {"no_grade": len(prompts) - len(graded), "not_chosen": len(graded) - len(kept)}
    return Selection(tuple(kept), {reason: n for reason, n in left_out.items() if n})
