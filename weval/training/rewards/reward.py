"""The reward function that TRL's GRPOTrainer calls: texts in, a number or None for each."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from weval.adapters import open_adapter, preset_of
from weval.build.records import TrainingPrompt
from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.folders import new_folder
from weval.randomness import digest
from weval.training.rewards.asking import check_asked, requests, reward_of
from weval.training.rewards.reasoned import answer_in
from weval.training.rewards.statistics import USD, Rewarded, checks_met, step_statistics
from weval.training.sections import Profile, Reward
from weval.types import Adapter, Paid, Request, Score

ABOUT = "about"
"""The column of the data that has all of a prompt, as JSON: so its type is one and the same for all rows."""

JUDGED = "judged"
"""The folder of a training run with what a paid judge has replied."""

DRY = 5
"""So many times running may all texts go without a reward; then training stops, as it learns nothing."""

Completion = str | Sequence[dict[str, Any]]
"""A text, or the turns of a chat that the policy wrote."""


class Rewards:
    """Rewards texts by a scorer. A text that it has no score for gets None, which trains nothing, and never a number.

    With `reasoning`, only the answer of a text that keeps to the form is judged; other texts earn 0, as published.
    """

    __name__ = "scorer"  # as which TRL logs it

    def __init__(self, adapter: Adapter, reward: Reward, *, reasoning: bool = False) -> None:
        self._adapter, self._reward, self._reasoning = adapter, reward, reasoning
        self._recorded: list[Rewarded] | None = None
        self._dry = 0

    @property
    def fingerprint(self) -> str:
        """A hash of what rewards are given by: a training run goes on only with the same. The scorer is looked for."""
        told = {"asked": self._reward.asked, "scorer": dict(self._adapter.fingerprint)}
        return digest(json.dumps(told, sort_keys=True, default=str)).hex()

    def __call__(
        self, prompts: Sequence[Any], completions: Sequence[Completion], completion_ids: Sequence[Sequence[int]],
        **columns: Any,  # noqa: ANN401 - as TRL calls it: the data's other columns, its state, its loggers
    ) -> list[float | None]:  # fmt: skip
        """A reward for each completion. Statistics of all go to `log_metric`.

        Raises AdapterError where the scorer cannot be used, or has not rewarded anything several times running.
        """
        known = {text: TrainingPrompt.model_validate_json(text) for text in {*columns[ABOUT]}}
        prompts_of = [known[text] for text in columns[ABOUT]]
        step = getattr(columns.get("trainer_state"), "global_step", 0)
        texts = [(_text(completion), len(ids)) for completion, ids in zip(completions, completion_ids, strict=True)]
        rewarded, scores = self._rewarded(prompts_of, texts, step)
        if log := columns.get("log_metric"):
            for name, value in (step_statistics(rewarded) | _costs(scores)).items():
                log(name, value)
        if self._recorded is not None:
            self._recorded += rewarded
        self._stop_where_dry(rewarded, scores)
        return [each.reward for each in rewarded]

    def keep_in(self, out: Path) -> None:
        """Has the replies of a paid judge kept in the folder of a training run: none is paid for twice."""
        if isinstance(self._adapter, Paid):
            kept = out / JUDGED / os.environ.get("RANK", "0")  # each process writes a file of its own
            self._adapter.keep_in(new_folder(kept))

    @contextmanager
    def recorded(self) -> Iterator[list[Rewarded]]:
        """What is rewarded from here on, until the end of the block."""
        before, self._recorded = self._recorded, []
        try:
            yield self._recorded
        finally:
            self._recorded = before

    def _rewarded(
        self, prompts: Sequence[TrainingPrompt], texts: Sequence[tuple[str, int]], step: int
    ) -> tuple[list[Rewarded], list[Score]]:
        """Texts, given with their tokens, with their rewards, and all scores. The scorer is asked once about all."""
        answers = [answer_in(text) if self._reasoning else text for text, _ in texts]
        asked = [
            [] if answer is None else self._requests(prompt, answer, (str(step), str(n)))
            for n, (prompt, answer) in enumerate(zip(prompts, answers, strict=True))
        ]
        known = {score.request_id: score for score in self._adapter.score(chain.from_iterable(asked))}
        found = [
            Rewarded(
                prompt_id=prompt.id,
                text=text,
                reward=0.0 if answer is None else reward_of([_of(known, request.id) for request in each]),
                n_tokens=n_tokens,
                checks_met=None if answer is None else checks_met(prompt, answer),
                well_formed=answer is not None,
            )
            for prompt, (text, n_tokens), answer, each in zip(prompts, texts, answers, asked, strict=True)
        ]
        return found, list(known.values())

    def _requests(self, prompt: TrainingPrompt, answer: str, name: Sequence[str]) -> list[Request]:
        return list(requests(prompt, answer, asked=self._reward.asked, adapter=self._adapter, name=name))

    def _stop_where_dry(self, rewarded: Sequence[Rewarded], scores: Sequence[Score]) -> None:
        """Raises AdapterError where nothing was rewarded for so long."""
        self._dry = self._dry + 1 if all(each.reward is None for each in rewarded) else 0
        if self._dry >= DRY:
            reasons = Counter(f"{score.status}: {score.reason}" for score in scores if score.status != "ok")
            often = one_line(reasons.most_common(1)[0][0], 200) if reasons else "no score applies"
            raise AdapterError(
                f"reward.model={self._reward.model}: no text got a reward {DRY} times running ({often}); nothing is "
                "learnt. When it answers again, the same command goes on from the last checkpoint"
            )


def open_rewards(profile: Profile) -> Rewards:
    """The rewards of a profile; nothing is loaded yet, and nobody asked.

    Raises ConfigError where the reward model is not there, or has no score for a single text.
    """
    if profile.reward is None or profile.policy is None:
        raise ConfigError("reward, policy: the profile lacks a section that says who rewards whom")
    adapter = open_adapter(*_named(profile.reward, on_gpu=profile.hardware.gpus > 0))
    check_asked(adapter, profile.reward.model)
    return Rewards(adapter, profile.reward, reasoning=profile.policy.reasoning)


def _named(reward: Reward, *, on_gpu: bool) -> tuple[str, dict[str, str]]:
    """The model as `weval run --model` takes it, and its settings. A preset's file may be named as it is."""
    model = reward.model
    if file := reward.preset_file:
        if not Path(file).is_file():
            raise ConfigError(
                f"reward.model={model}: is not there; `weval train rm_bradley_terry` makes one, and --set "
                "reward.model=… takes any other of `weval list models`"
            )
        model = f"preset:{file}"
    settings = {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in reward.settings.items()
    }
    preset = preset_of(model)
    family = preset.family if preset else model.partition(":")[0]
    if family == "classifier" and on_gpu:  # each process scores on the device that it trains on
        settings = {"device": f"cuda:{os.environ.get('LOCAL_RANK', '0')}"} | settings
    return model, settings


def _text(completion: Completion) -> str:
    """What the policy wrote. Where TRL has parsed reasoning out of it, it is put back."""
    if isinstance(completion, str):
        return completion
    turn = completion[-1] if completion else {}
    thought = turn.get("reasoning_content") or turn.get("thinking")
    said = str(turn.get("content") or "")
    return f"<think>{thought}</think>{said}" if thought else said


def _of(known: dict[str, Score], request_id: str) -> Score:
    return known.get(request_id) or Score(request_id, "failed", reason="the scorer gave no answer")


def _costs(scores: Sequence[Score]) -> dict[str, float]:
    costs = [score.cost_usd for score in scores if score.cost_usd is not None]
    return {USD: sum(costs)} if costs else {}
