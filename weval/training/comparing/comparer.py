"""What a comparison with a reference is worth: by a judge that is shown both texts, or by two scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from weval.bench.items import Mode
from weval.bench.writing_rl import Label, Strategy, parse_verdict, reward, shown
from weval.build.records import TrainingPrompt
from weval.errors import AdapterError, ConfigError
from weval.randomness import digest
from weval.training.comparing.grading import Named, scores_of
from weval.training.sections import Comparison
from weval.types import Adapter, Request, Score

STRATEGIES: Mapping[str, tuple[Strategy, ...]] = {
    "disadvantage": ("position-disadvantage",),
    "advantage": ("position-advantage",),
    "both": ("position-disadvantage", "position-advantage"),
}
"""In which orders a judge of pairs is asked."""

CAME = ("ok", "unparsed")
"""Statuses of a verdict whose reply came whole."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A text and what it is compared with. `name` tells it from all others that are judged at the same time."""

    name: str
    prompt: TrainingPrompt
    reference: str
    response: str


class Comparer:
    """Rewards texts by a comparison each. Higher is better: 1 for a win, 0.5 for a tie, 0 for a loss, as published.

    A judge of pairs is asked in the order of `positions`; both: the mean of two verdicts, so that one that turns with
    the order is a tie, and one that is missing leaves none. Any other model scores the two texts by themselves (of unit
    requirement: the mean over requirements), which no order sways. Mode original: 1.1, 0.55, 0.1, the released reading
    of replies, and the reward of a loss for what is missing.
    """

    def __init__(self, adapter: Adapter, how: Comparison) -> None:
        self._adapter, self._how = adapter, how
        self._mode: Mode = how.mode
        self._strategies = STRATEGIES[how.positions]
        self._known: dict[str, float] = {}
        check_judge(adapter, how)

    def rewards(self, contests: Sequence[Contest]) -> list[float | None]:
        """A reward for each contest; None where the judge gave no verdict. All are asked about at once."""
        if self._how.reward == "pointwise":
            graded = self._scores([(contest.name, contest.prompt, contest.response) for contest in contests])
            return [self._share(grade) for grade in graded]
        if self._adapter.unit == "pair":
            return self._by_verdicts(contests)
        return [reward(label, "position-disadvantage", self._mode) for label in self._labels(contests)]

    def _by_verdicts(self, contests: Sequence[Contest]) -> list[float | None]:
        asked = {
            _pair_id(contest, strategy): _pair(contest, strategy)
            for contest in contests
            for strategy in self._strategies
        }
        found = _by_id(self._adapter.score(asked.values()))
        return [
            _mean([
                reward(self._verdict(found.get(_pair_id(contest, strategy))), strategy, self._mode)
                for strategy in self._strategies
            ])
            for contest in contests
        ]  # fmt: skip

    def _verdict(self, score: Score | None) -> Label | None:
        """Whom the judge prefers, A or B; C for a tie, None for no verdict."""
        if self._mode == "original":
            return parse_verdict(score.raw if score and score.status in CAME else None, "original")
        if score is None or score.status != "ok":
            return None
        points = score.values[0]
        return "C" if points == 0.5 else "A" if points > 0.5 else "B"

    def _labels(self, contests: Sequence[Contest]) -> list[Label | None]:
        """Verdicts from two scores, the reference being A and the text B."""
        # The references of a group are one text, and the same in every step until it is beaten: it is scored once.
        first = self._scores([("reference", contest.prompt, contest.reference) for contest in contests], keep=True)
        second = self._scores([(contest.name, contest.prompt, contest.response) for contest in contests])
        return [_preferred(a, b, self._how.tie) for a, b in zip(first, second, strict=True)]

    def _scores(self, texts: Sequence[Named], *, keep: bool = False) -> list[float | None]:
        """The score of each text by itself, of those that are kept only once."""
        names = [digest(name, prompt.id, text, size=16).hex() for name, prompt, text in texts]
        new = {name: (name, *about[1:]) for name, about in zip(names, texts, strict=True) if name not in self._known}
        found = dict(zip(new, scores_of(self._adapter, list(new.values())), strict=True))
        if keep:
            self._known |= {name: value for name, value in found.items() if value is not None}
        return [found[name] if name in found else self._known[name] for name in names]

    def _share(self, grade: float | None) -> float | None:
        """A grade as a share of the judge's scale. Raises AdapterError for one outside of it."""
        low, high = self._how.low, self._how.high
        if grade is None:
            return None
        if not low <= grade <= high:
            raise AdapterError(
                f"comparison.judge={self._how.judge}: gave {grade:g} on a scale from {low:g} to {high:g}; "
                "set comparison.low and comparison.high"
            )
        return (grade - low) / (high - low)


def check_judge(adapter: Adapter, how: Comparison) -> None:
    """Raises ConfigError for a judge that cannot compare new texts, and for choices that make no sense together."""
    if adapter.reads_ids:
        raise ConfigError(f"comparison.judge={how.judge}: looks scores up, and knows none of a new text")
    if adapter.unit == "list":
        raise ConfigError(f"comparison.judge={how.judge}: ranks lists; here it takes one that judges pairs or texts")
    if how.reward == "pointwise":
        if adapter.unit == "pair":
            raise ConfigError(f"comparison.judge={how.judge}: judges pairs; reward=pointwise takes a grade of one text")
        if how.low >= how.high:
            raise ConfigError("comparison.high: must be above comparison.low")
    if how.mode == "original" and how.positions == "both":
        raise ConfigError("comparison.positions=both: the original asks in one order; mode=original repeats that")


def _pair(contest: Contest, strategy: Strategy) -> Request:
    prompt = contest.prompt
    return Request(
        id=_pair_id(contest, strategy),
        group=digest("prompt", prompt.id).hex(),
        query=prompt.prompt[-1].content,
        instruction=prompt.instruction,
        language=prompt.language,
        requirements=prompt.requirements,
        responses=shown(strategy, contest.reference, contest.response),
    )


def _pair_id(contest: Contest, strategy: Strategy) -> str:
    return digest("contest", contest.name, contest.prompt.id, strategy, size=16).hex()


def _preferred(a: float | None, b: float | None, tie: float) -> Label | None:
    if a is None or b is None:
        return None
    return "C" if abs(a - b) <= tie else "A" if a > b else "B"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _by_id(scores: Iterable[Score]) -> dict[str, Score]:
    return {score.request_id: score for score in scores}
