"""Rewards by comparison: each text against the reference that its prompt has got to. For TRL, and verl_reward.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from weval.bench.items import is_original
from weval.bench.writing_rl import Label, extract_solution, reward
from weval.build.records import Laddered
from weval.errors import AdapterError, ConfigError
from weval.training.comparing.comparer import Comparer, Contest
from weval.training.comparing.judges import comparison_of
from weval.training.comparing.store import Seen, Store
from weval.training.rewards.reward import ABOUT, DRY, Completion
from weval.training.rewards.statistics import Rewarded, checks_met, step_statistics
from weval.training.sections import Comparison, Profile
from weval.training.trl import policy_of
from weval.types import Adapter

RUNG, AT_LAST, WINS = "reference", "reference_last", "reference_beaten"
"""What is logged: at which reference prompts are, from 0; the share of them that is at its last; the share of wins."""

LOST: Label = "A"
"""The verdict on a text that is not there: its reference, shown first, is preferred."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """A text that the policy wrote to a prompt. `number` tells the texts of a step apart. Only in training it moves
    the prompt's reference.
    """

    number: str
    prompt: Laddered
    text: str
    trains: bool = True


class Comparisons:
    """Rewards rollouts, and notes in the store whose reference was beaten. May be used from several threads."""

    def __init__(self, comparer: Comparer, store: Store, how: Comparison) -> None:
        self._comparer, self._store, self._how = comparer, store, how

    def rewards(self, step: int, rollouts: Sequence[Rollout]) -> list[float | None]:
        """A reward for each rollout of a step; None where the judge gave none.

        Repaired: reasoning is no part of a text, and to a text that is empty without it the reference is preferred,
        without asking. With references fixed, or rewards that know none, nothing moves.
        """
        seen = self.seen(step, rollouts)
        references = [seen.references.current(each.prompt.id, responses(each.prompt)) for each in rollouts]
        rewards = self._against(str(step), rollouts, references)
        if self._how.references == "dynamic" and self._how.reward == "pairwise":
            for rollout, each in zip(rollouts, rewards, strict=True):
                if rollout.trains:
                    seen.references.note(rollout.prompt.id, responses(rollout.prompt), each)
            self._store.note(seen)
        return rewards

    def standings(self, rollouts: Sequence[Rollout]) -> list[float | None]:
        """The mean reward of each rollout against all references of its prompt: what does not change as these do.

        None where one of them is missing. Nothing moves.
        """
        each = [(n, text) for n, rollout in enumerate(rollouts) for text in responses(rollout.prompt)]
        names = [f"standing/{at}" for at in range(len(each))]
        against = [
            Rollout(name, rollouts[n].prompt, rollouts[n].text) for name, (n, _) in zip(names, each, strict=True)
        ]
        rewards = iter(self._against("standing", against, [text for _, text in each]))
        return [_mean([next(rewards) for _ in rollout.prompt.references]) for rollout in rollouts]

    def seen(self, step: int, rollouts: Sequence[Rollout]) -> Seen:
        """What the prompts of rollouts are compared with in a step."""
        return self._store.seen(step, [rollout.prompt.id for rollout in rollouts])

    def _against(self, about: str, rollouts: Sequence[Rollout], references: Sequence[str]) -> list[float | None]:
        """A reward for each rollout against a reference."""
        answers = [extract_solution(rollout.text, self._how.mode) or "" for rollout in rollouts]
        asked = [n for n, answer in enumerate(answers) if answer.strip() or is_original(self._how.mode)]
        contests = [
            Contest(f"{about}/{rollouts[n].number}", rollouts[n].prompt, references[n], answers[n]) for n in asked
        ]
        found = dict(zip(asked, self._comparer.rewards(contests), strict=True))
        lost = reward(LOST, "position-disadvantage", self._how.mode)
        return [found.get(n, lost) for n in range(len(rollouts))]


class ComparisonRewards:
    """What TRL's GRPOTrainer calls. A row of its data has the prompt with its references as JSON (`about`)."""

    __name__ = "comparison"  # as which TRL logs it

    def __init__(self, comparisons: Comparisons) -> None:
        self._comparisons = comparisons
        self._recorded: list[Rewarded] | None = None
        self._dry = 0

    def __call__(
        self, prompts: Sequence[Any], completions: Sequence[Completion], completion_ids: Sequence[Sequence[int]],
        **columns: Any,  # noqa: ANN401 - as TRL calls it: the data's other columns, its state, its loggers
    ) -> list[float | None]:  # fmt: skip
        """A reward for each completion: by the references of the trainer's step, or, while recorded, by all of them.

        Raises AdapterError where the judge cannot be used, or has given no verdict at all several times running.
        """
        about = {text: Laddered.model_validate_json(text) for text in {*columns[ABOUT]}}
        step = int(columns["trainer_state"].global_step)
        rollouts = [
            Rollout(str(number), about[each], text_of(completion))
            for number, (each, completion) in enumerate(zip(columns[ABOUT], completions, strict=True))
        ]
        if self._recorded is not None:
            found = self._comparisons.standings(rollouts)
            self._recorded += _rewarded(rollouts, found, completion_ids)
            return found
        seen = self._comparisons.seen(step, rollouts)
        rewards = self._comparisons.rewards(step, rollouts)
        said = step_statistics(_rewarded(rollouts, rewards, completion_ids))
        if log := columns.get("log_metric"):
            for name, value in (said | schedule_statistics(seen, rollouts, rewards)).items():
                log(name, value)
        self._dry = self._dry + 1 if all(each is None for each in rewards) else 0
        if self._dry >= DRY:
            raise AdapterError(
                f"comparison.judge: gave no verdict {DRY} times running; nothing is learnt. When it answers again, the "
                "same command goes on from the last checkpoint"
            )
        return rewards

    @contextmanager
    def recorded(self) -> Iterator[list[Rewarded]]:
        """What is rewarded from here on, until the end of the block: by all references, and none of them moves."""
        found: list[Rewarded] = []
        self._recorded = found
        try:
            yield found
        finally:
            self._recorded = None


def open_comparisons(profile: Profile, judge: Adapter, store: Store) -> ComparisonRewards:
    """The rewards of a profile. Raises ConfigError for a judge that cannot compare."""
    how = comparison_of(profile)
    if policy_of(profile).reasoning:
        raise ConfigError("policy.reasoning: that form is of other rewards; here reasoning is left out without it")
    return ComparisonRewards(Comparisons(Comparer(judge, how), store, how))


def schedule_statistics(seen: Seen, rollouts: Sequence[Rollout], rewards: Sequence[float | None]) -> dict[str, float]:
    """Where the prompts of a step are along their references, and how many texts beat theirs, by name."""
    index = seen.references.index
    at = [(index.get(rollout.prompt.id, 0), len(rollout.prompt.references)) for rollout in rollouts]
    known = [each for each in rewards if each is not None]
    found = {
        RUNG: sum(min(rung, n - 1) for rung, n in at) / len(at),
        AT_LAST: sum(rung >= n - 1 for rung, n in at) / len(at),
    }
    return found | ({WINS: sum(each >= 1 for each in known) / len(known)} if known else {})


def responses(prompt: Laddered) -> list[str]:
    """The texts of a prompt's references, the easiest first."""
    return [reference.response for reference in prompt.references]


def text_of(completion: Completion) -> str:
    """What the policy wrote: a text, or the last turn of a chat."""
    if isinstance(completion, str):
        return completion
    return str(completion[-1].get("content") or "") if completion else ""


def _rewarded(
    rollouts: Sequence[Rollout], rewards: Sequence[float | None], ids: Sequence[Sequence[int]]
) -> list[Rewarded]:
    return [
        Rewarded(rollout.prompt.id, rollout.text, each, len(tokens), checks_met(rollout.prompt, rollout.text))
        for rollout, each, tokens in zip(rollouts, rewards, ids, strict=True)
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
