"""How judges are asked: a judge folder's words, ours or the published ones, about texts of a benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from weval.adapters.judge.folder import JudgeFolder, read_judge
from weval.adapters.judge.official import Official, official_of
from weval.adapters.judge.spec import Setting
from weval.bench.items import Call
from weval.errors import ConfigError
from weval.types import Request, Requirement


@dataclass(frozen=True)
class Voice:
    """A judge folder that asks. Raises ConfigError where the official wording is wanted and not here."""

    folder: JudgeFolder
    official: Official | None = None

    @classmethod
    def of(cls, prompt: str, *, official: bool = False) -> Voice:
        """The voice of a judge by name or path."""
        folder = read_judge(prompt)
        return cls(folder, official_of(folder) if official else None)

    def instead(self, prompt: str, *, official: bool = False) -> Voice:
        """The voice of another judge, whose replies the same benchmark reads. Raises ConfigError where it cannot."""
        other, own = read_judge(prompt), self.folder
        (unit, reply), (wanted_unit, wanted) = ((one.spec.unit, one.spec.reply) for one in (other, own))
        if unit != wanted_unit or reply != wanted:
            said = f"is of unit {unit} and form {reply.form}"
            need = f"as {own.name}, of unit {wanted_unit} and form {wanted.form}"
            raise ConfigError(f"--set prompt={prompt}: {said}; this benchmark reads the replies of a judge such {need}")
        return Voice(other, official_of(other) if official else None)

    @property
    def sampling(self) -> Mapping[str, Setting]:
        """How the folder has its judge sampled."""
        return self.official.sampling if self.official else self.folder.spec.sampling

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """What its questions depend on."""
        about: dict[str, Any] = {"judge": self.folder.name, "sha256": self.folder.sha256}
        return about | ({"official": dict(self.official.fingerprint)} if self.official else {})

    def call(
        self,
        part: str,
        query: str,
        responses: Sequence[str],
        requirements: Sequence[str] = (),
        language: str | None = None,
    ) -> Call:
        """A question about one text or two. A judge of unit requirement is asked about the first requirement."""
        wanted = tuple(Requirement(id=str(at), text=text) for at, text in enumerate(requirements, start=1))
        asked = wanted[0] if self.folder.spec.unit == "requirement" else None
        request = Request(part, part, query, query, language, wanted, tuple(responses), asked)
        messages = self.folder.prompt(request, official=self.official)
        return Call(part, messages, None if self.official else self.folder.spec.reply_schema)
