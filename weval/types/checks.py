"""What a requirement asks where a program can see it, one record per form; `weval.checks` decides whether it is met."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from weval.types.records import Count, Record, Text


def _not_blank(text: str) -> str:
    if text.isspace():  # spaces do not matter to a check: every response would begin with it
        raise ValueError("must hold more than white space")
    return text


Wanted = Annotated[Text, AfterValidator(_not_blank)]


class _Range(Record):
    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("needs `min` or `max`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"`min` {self.min} is above `max` {self.max}")
        return self


class CountCheck(_Range):
    """A number of things within [min, max]; an end that is null is open."""

    kind: Literal[
        "word_count", "sentence_count", "paragraph_count", "char_count", "bullet_count", "numbered_count",
        "heading_count", "bold_count", "question_count", "quoted_count",
    ]  # fmt: skip


class SeparatorCountCheck(_Range):
    """Lines that consist of `text` alone, counted within [min, max]."""

    kind: Literal["separator_count"]
    text: Wanted


class MaxSentenceWordsCheck(Record):
    """No sentence has more than `max` words."""

    kind: Literal["max_sentence_words"]
    max: int = Field(ge=1)


class ContainsCheck(Record):
    """Case-insensitive. `min_times` holds for each string of `all`, and for the total of `any`."""

    kind: Literal["contains"]
    any: tuple[Wanted, ...] | None = None
    all: tuple[Wanted, ...] | None = None
    min_times: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.any and not self.all:
            raise ValueError("needs `any` or `all`")
        return self


class NotContainsCheck(Record):
    """Case-insensitive: none of the strings occurs."""

    kind: Literal["not_contains"]
    any: tuple[Wanted, ...] = Field(min_length=1)


class EdgeCheck(Record):
    """The response starts or ends with `text`."""

    kind: Literal["starts_with", "ends_with"]
    text: Wanted


class PlainCheck(Record):
    """A property without parameters: holds a table; has no upper-case letter."""

    kind: Literal["table", "all_lowercase"]


Check = Annotated[
    CountCheck
    | SeparatorCountCheck
    | MaxSentenceWordsCheck
    | ContainsCheck
    | NotContainsCheck
    | EdgeCheck
    | PlainCheck,
    Field(discriminator="kind"),
]
