"""What a reward model is given to read: a chat, or the exact text that it was trained on (its wire format)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from weval.types import Record, Request, Text

PLACES = ("query", "instruction", "requirement", "asked", "response")
"""What may stand in braces: the query with all requirements, its instruction, the requirement asked about, what the
response is judged against (the query; for unit requirement the instruction with the one requirement), the response."""

_PLACE = re.compile("{(" + "|".join(PLACES) + ")}")

Messages = list[dict[str, str]]


class TextOptions(Record):
    """How a request is put into words. Other braces than those of PLACES stay as they are."""

    unit: Literal["response", "requirement"] = Field(
        default="response", description="one score per response, or per response and requirement"
    )
    wire: Text | None = Field(
        default=None, description="plain text instead of a chat, with {response} and others in it"
    )
    system: Text | None = Field(default=None, description="system turn of the chat")
    user: Text = Field(default="{asked}", description="user turn of the chat")
    assistant: Text = Field(default="{response}", description="assistant turn of the chat")

    def text(self, request: Request) -> str:
        """The request in the wire format. To be asked only where there is one."""
        assert self.wire is not None
        return filled(self.wire, request)

    def messages(self, request: Request) -> Messages:
        """The request as the turns of a chat, oldest first."""
        turns = {"system": self.system, "user": self.user, "assistant": self.assistant}
        return [{"role": role, "content": filled(text, request)} for role, text in turns.items() if text is not None]


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
        return request.requirement.text if request.requirement else "\n".join(r.text for r in request.requirements)
    return str(getattr(request, place))
