"""What a reward model is given to read: a chat, or the exact text that it was trained on (its wire format)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from weval.adapters.views import VIEWS
from weval.errors import ConfigError
from weval.types import Record, Request, Text

PLACES = ("query", "instruction", "requirement", "asked", "response", *VIEWS)
"""What may stand in braces: the query with all requirements, its instruction, the requirement asked about, what the
response is judged against (the query; for unit requirement the instruction with the one requirement), the response;
and views of the response: measured facts, words of the requirement that it holds or lacks, passages near it."""

_PLACE = re.compile("{(" + "|".join(PLACES) + ")}")

Messages = list[dict[str, str]]


class TextOptions(Record):
    """How a request is put into words. Other braces than those of PLACES stay as they are."""

    neutral: ClassVar[frozenset[str]] = frozenset()
    """Settings that change no score: with others of these a run may be continued."""

    unit: Literal["response", "requirement"] = Field(
        default="response", description="one score per response, or per response and requirement"
    )
    wire: Text | None = Field(
        default=None, description="plain text instead of a chat, with {response} and others in it"
    )
    system: Text | None = Field(default=None, description="system turn of the chat")
    user: Text = Field(default="{asked}", description="user turn of the chat")
    assistant: Text = Field(default="{response}", description="assistant turn of the chat")

    def fingerprint(self) -> Mapping[str, Any]:
        """What could change a score, as JSON; what was left at its default is left out."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude=set(self.neutral))

    def text(self, request: Request) -> str:
        """The request in the wire format. To be asked only where there is one."""
        assert self.wire is not None
        return filled(self.wire, request)

    def messages(self, request: Request) -> Messages:
        """The request as the turns of a chat, oldest first."""
        turns = {"system": self.system, "user": self.user, "assistant": self.assistant}
        return [{"role": role, "content": filled(text, request)} for role, text in turns.items() if text is not None]


class LabelOptions(TextOptions):
    """What models with one or several outputs have in common, whoever computes them."""

    label: int | None = Field(default=None, ge=0, description="which output is the score, where there are several")
    other_label: int | None = Field(default=None, ge=0, description="the output that is subtracted from it")
    special_tokens: Literal["auto", "yes", "no"] = Field(
        default="auto", description="the tokenizer adds its own: auto: to a wire text, not to a chat"
    )

    def sends_special_tokens(self) -> bool:
        """Whether the tokenizer puts its own at the ends; a chat template has put them there already."""
        return self.wire is not None if self.special_tokens == "auto" else self.special_tokens == "yes"

    def check_labels(self, head: str) -> None:
        """Raises ConfigError for labels that do not go with a head."""
        if head in ("class", "logit_difference") and self.label is None:
            raise ConfigError(f"--set head={head}: needs the label, as --set label=1")
        if head == "logit_difference" and self.other_label is None:
            raise ConfigError("--set head=logit_difference: needs the label that is subtracted, as --set other_label=0")
        if head in ("logit", "class") and self.other_label is not None:
            raise ConfigError(
                f"--set other_label: nothing is subtracted with head={head}; choose head=logit_difference"
            )
        if head == "logit" and self.label is not None:
            raise ConfigError("--set label: head=logit has one label; choose head=class or head=logit_difference")

    def check_text(self) -> None:
        """Raises ConfigError where the text lacks the response, or the requirement that a model is asked about."""
        said = self.wire or "".join((self.system or "", self.user, self.assistant))
        if not any(f"{{{place}}}" in said for place in ("response", *VIEWS)):
            raise ConfigError(f"--set {'wire' if self.wire else 'assistant'}: the text has no {{response}} in it")
        if self.unit == "requirement" and "{requirement}" not in said and "{asked}" not in said:
            raise ConfigError("--set unit=requirement: the text names none ({requirement} or {asked} is not in it)")


def filled(template: str, request: Request) -> str:
    """The template with its places filled in one pass, so that braces in foreign texts are never places.

    >>> from weval.types import Request
    >>> filled("{query} -> {response} {x}", Request("1", "g", "Q", "Q", None, (), ("{query}",)))
    'Q -> {query} {x}'
    """
    return _PLACE.sub(lambda found: _part(found[1], request), template)


def _part(place: str, request: Request) -> str:
    if place == "response":
        return request.responses[0]
    if place == "requirement":
        return _required(request)
    if place in VIEWS:
        return VIEWS[place](_required(request), request.responses[0], request.language)
    return str(getattr(request, place))


def _required(request: Request) -> str:
    return request.requirement.text if request.requirement else "\n".join(r.text for r in request.requirements)
