"""How a critic is asked, what it is to reply, and what it is worth as a judge: its scores beside the teacher's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from weval.adapters.judge.folder import JudgeFolder, read_judge
from weval.adapters.judge.official import Official, official_of
from weval.adapters.judge.official import criterion as repr_of
from weval.bench.construction.judging import rendered
from weval.errors import ConfigError
from weval.randomness import digest
from weval.training.measuring import as_set
from weval.training.sections import Critic, Profile
from weval.training.supervised.instances import Instance
from weval.training.supervised.lessons import Lesson
from weval.types import Request, Requirement


@dataclass(frozen=True, slots=True)
class Asking:
    """A judge folder that asks for one score at a time, in its own words or as they were published."""

    folder: JudgeFolder
    official: Official | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of its words."""
        told = dict(self.official.fingerprint) if self.official else {}
        return digest(self.folder.sha256, json.dumps(told, sort_keys=True, default=str)).hex()

    def request(self, instance: Instance) -> Request:
        """The question about an instance, as `weval bench writingbench` puts it."""
        one = instance.criterion
        fields = None if isinstance(one, str) else one.as_dict()
        shown = str(one) if fields is None else (repr_of(fields) if self.official else rendered(fields))
        wanted, group = Requirement(id="1", text=shown), digest(instance.query).hex()
        name = digest(instance.id, instance.query, shown, instance.response, size=16).hex()
        query = instance.query
        return Request(name, group, query, query, instance.language, (wanted,), (instance.response,), wanted)

    def reply(self, instance: Instance) -> str:
        """What the critic is to say: the JSON object that its prompt asks for, the reason before the score.

        >>> asking = asking_of(Critic())
        >>> asking.reply(Instance(id="1", query="q", criterion="c", response="r", score=7, reason="Dry."))
        '{"reason": "Dry.", "score": 7}'
        """
        form = self.folder.spec.reply
        return json.dumps({form.reason or "reason": instance.reason, form.field: instance.score}, ensure_ascii=False)

    def lesson(self, instance: Instance) -> Lesson:
        """The question with the reply."""
        return Lesson(self.folder.prompt(self.request(instance), official=self.official), self.reply(instance))


def critic_of(profile: Profile) -> Critic:
    """The section of a critic. Raises ConfigError where there is none."""
    if profile.critic is None:
        raise ConfigError("critic: the profile has no such section; it says how the judge is asked")
    return profile.critic


def asking_of(critic: Critic) -> Asking:
    """The judge folder of a critic. Raises ConfigError for one whose replies WritingBench could not read, or whose
    published prompt is not here.
    """
    folder = read_judge(critic.prompt)
    form = folder.spec.reply
    if (
        folder.spec.unit != "requirement"
        or form.form != "json"
        or (form.field, form.low, form.high) != ("score", 1, 10)
    ):
        raise ConfigError(
            f"critic.prompt={critic.prompt}: it takes one that asks for a score from 1 to 10, as critic-10"
        )
    return Asking(folder, official_of(folder) if critic.wording == "official" else None)


def lessons_of(instances: Iterable[Instance], asking: Asking) -> list[Lesson]:
    """What a critic learns, in the order of the instances."""
    return [asking.lesson(instance) for instance in instances]


def judge_settings(profile: Profile) -> Mapping[str, str]:
    """Those of `judge:` for the preset: asked as it was taught."""
    critic = critic_of(profile)
    official = {"wording": "official"} if critic.wording == "official" else {}
    return {"prompt": critic.prompt, **official, **as_set(critic.settings)}
