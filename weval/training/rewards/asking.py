"""What a scorer is asked about a text that a policy wrote, built as `weval run` builds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from weval.build.records import TrainingPrompt
from weval.errors import ConfigError
from weval.randomness import digest
from weval.types import Adapter, Request, Requirement, Score, joined

Asked = Literal["query", "requirement"]

WHOLE = "whole"
"""The id of a requirement that is the whole prompt."""


def check_asked(adapter: Adapter, name: str) -> None:
    """Raises ConfigError for a scorer that has no score for a single new text."""
    if adapter.reads_ids:
        raise ConfigError(f"reward.model={name}: looks scores up, and knows none of a new text")
    if adapter.unit not in ("response", "requirement"):
        raise ConfigError(
            f"reward.model={name}: judges a {adapter.unit} of texts, and a reward is of one; "
            "the recipe writing_rl rewards by comparison"
        )


def requests(
    prompt: TrainingPrompt, response: str, *, asked: Asked, adapter: Adapter, name: Sequence[str]
) -> Iterator[Request]:
    """What is asked about one response; `name` tells it from all others that are asked about at the same time.

    asked=query: once, of the whole prompt, which for a scorer of requirements is the requirement (as the released
    reward sent it). asked=requirement: of each requirement by itself, which for a scorer of whole responses is a query
    of the instruction and that requirement alone.
    """
    by_requirement = adapter.unit == "requirement"
    group = digest("prompt", prompt.id).hex()
    whole = prompt.prompt[-1].content
    for one in prompt.requirements if asked == "requirement" else [Requirement(id=WHOLE, text=whole)]:
        alone = asked == "requirement" and not by_requirement
        yield Request(
            id=digest("reward", *name, prompt.id, one.id).hex(),
            group=group,
            query=joined(prompt.language, prompt.instruction, one.text) if alone else whole,
            # Where the requirement is the whole prompt, the instruction is in it already.
            instruction="" if asked == "query" and by_requirement else prompt.instruction,
            language=prompt.language,
            requirements=(one,) if alone else prompt.requirements,
            responses=(response,),
            requirement=one if by_requirement else None,
        )


def reward_of(scores: Sequence[Score]) -> float | None:
    """The mean of what was said of a text; what does not apply is left out. None where a score is missing, or all are.

    >>> reward_of([Score("1", "ok", (1.0,)), Score("2", "ok", (0.0,))]), reward_of([Score("1", "failed", reason="?")])
    (0.5, None)
    """
    said = [score for score in scores if score.status != "not_applicable"]
    if not said or any(score.status != "ok" for score in said):
        return None
    return sum(score.values[0] for score in said) / len(said)
