"""The settings of a judge: how it is asked and read, beside those of the model that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from weval.errors import ConfigError
from weval.textmodels import TextModelOptions
from weval.types import Text

Answer = Literal["reasoned", "label", "expected"]

LABEL_TOKENS = 16
"""Enough for a label and the tokens that end a reply; a model that writes more has not kept to the form."""


class JudgeOptions(TextModelOptions):
    """What --set takes for `judge:`."""

    prompt: Text = Field(
        default="requirement-binary", description="judge folder: a name (weval list prompts) or a path"
    )
    wording: Literal["own", "official"] = Field(
        default="own", description="official: the prompt as it was published (weval fetch PROMPT brings it)"
    )
    answer: Answer = Field(
        default="reasoned",
        description="reasoned: a verdict after reasons; label: the verdict alone; expected: its mean by probability",
    )
    samples: int = Field(default=1, ge=1, le=100, description="replies to each question; the score is their mean")
    parse: Literal["auto", "strict", "released"] = Field(
        default="auto",
        description="strict: our rules; released: those of the published script; auto: released for an official prompt",
    )
    structured: Literal["auto", "off"] = Field(
        default="auto", description="auto: hold the model to the form of a JSON reply where it can be"
    )
    least_mass: float = Field(
        default=0.5, gt=0, le=1, description="answer=expected: probability that all labels must have together"
    )

    def check(self) -> None:
        """Raises ConfigError for settings that make no sense together."""
        if self.samples > 1 and self.sampling_seed is not None:
            raise ConfigError("--set samples: with sampling_seed all samples would be the same reply; give one of them")
        if self.answer != "expected" and "least_mass" in self.model_dump(exclude_defaults=True):
            raise ConfigError(f"--set least_mass: has no effect with answer={self.answer}")
        if self.answer == "expected" and self.samples > 1:
            raise ConfigError("--set samples: answer=expected has no chance in it; one reply gives all probabilities")
        if self.answer != "reasoned" and (self.wording == "official" or self.reads_as_released):
            raise ConfigError(f"--set answer={self.answer}: the published prompts ask for a reasoned verdict only")

    @property
    def reads_as_released(self) -> bool:
        """Whether replies are read as the published script read them. Official prompts ask for replies of its form."""
        return self.parse == "released" or (self.parse == "auto" and self.wording == "official")

    def given(self) -> dict[str, Any]:
        """The settings that differ from their defaults, but for those that change no score."""
        names = set(JudgeOptions.model_fields) - set(TextModelOptions.model_fields)
        return self.model_dump(mode="json", exclude_defaults=True, include=names - {"prompt"})

    def for_model(self, defaults: Mapping[str, Any], uses: frozenset[str]) -> TextModelOptions:
        """The settings of the model, with the judge folder's sampling where the user said nothing.

        `uses` are those that the backend has a use for. An expected score takes nothing from sampling; a label needs
        few tokens. Raises ConfigError for samples that would all be alike.
        """
        said = self.model_dump(exclude_defaults=True, include=set(TextModelOptions.model_fields))
        own = {} if self.answer == "expected" else dict(defaults)
        if self.answer != "reasoned":
            own["max_tokens"] = 1 if self.answer == "expected" else LABEL_TOKENS
        chosen = {name: value for name, value in own.items() if name in uses}
        if self.samples > 1 and "sampling_seed" in chosen:
            raise ConfigError("--set samples: with the judge's own sampling_seed all samples would be the same reply")
        return TextModelOptions(**(chosen | said))
