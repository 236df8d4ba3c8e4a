"""What a model of texts is asked, what it replies, and what it is. Judges, writers and the builder stand on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from weval.errors import AdapterError

Role = Literal["system", "user", "assistant"]

ReplyStatus = Literal["ok", "refused", "truncated", "failed"]
"""`ok` is a whole text; `refused` by the model or its provider; `truncated`: a limit was met on the way in or out;
`failed`: no text came, for a reason that may not be there tomorrow."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Turns of a chat, oldest first, that the model is to go on from. `id` is the caller's, unique among its prompts.

    `schema` is the JSON schema that the reply is to keep, where a model can be held to one. `labels` are the answers of
    one token whose probabilities as the first token of the reply are wanted.
    """

    id: str
    messages: tuple[tuple[Role, str], ...]
    schema: Mapping[str, Any] | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one prompt.

    `text` is what was written, even where it was cut off or is a refusal; reasoning that the model keeps apart is not
    in it. `reason` says why the status is not ok. `probabilities` are those of the first token of the text, by the
    token's text as it stands (so `"7"` and `" 7"` are two), as far as the model tells them; they sum to 1 or less.
    `sent` holds the sampling parameters as the model accepted them, JSON, by our names; one that it refused is null.
    `model` is what the other side calls the model that answered. `cost_usd` is None where no price is known.
    """

    prompt_id: str
    status: ReplyStatus
    text: str = ""
    reason: str | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None

    def __post_init__(self) -> None:
        if self.status not in get_args(ReplyStatus):
            raise AdapterError(f"a reply of status {self.status!r}; known are {', '.join(get_args(ReplyStatus))}")
        if self.status != "ok" and not self.reason:
            raise AdapterError(f"a reply of status {self.status!r} must say why")


class TextModel(Protocol):
    """Text in, text out.

    `fingerprint` holds what could change a reply, as JSON. `tells` says what else it gives than text: `probabilities`
    of the first token, a `schema` that is kept.
    """

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What could change a reply."""
        ...

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """What can be asked for beside text, as far as is known before anything is asked."""
        ...

    def usd_of(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost; None where no price is known, or nothing is paid by tokens."""
        ...

    @property
    def price_told(self) -> str | None:
        """The price of a million tokens in words, with its date; None where `usd_of` is."""
        ...

    def keep_in(self, folder: Path) -> None:
        """Where what was paid for is kept from now on, and looked for before it is asked again."""
        ...

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """One reply per prompt, keyed by its id, in any order; prompts are drawn when there is room for them.

        Raises AdapterError where no prompt will be answered any more, Pending where answers are still being made.
        """
        ...
