"""What pydantic finds wrong with a record, in the words of somebody who has never heard of pydantic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

Loc = tuple[int | str, ...]
"""The path of a field inside a record."""

_SHOWN = 40


def complaints(error: ValidationError, content: object) -> Iterator[tuple[Loc, str]]:
    """Where and what, one per problem; `content` is what was validated.

    The names of union members leave the path, where the content is known. A list is not called too short when only its
    broken members are missing from it.
    """
    for found in error.errors(include_url=False):
        kind, context = found["type"], found.get("ctx", {})
        if kind == "too_short" and len(found["input"]) >= context["min_length"]:
            continue
        where = _real(found["loc"], content, kind)
        if kind == "value_error":
            for message in context["error"].args:
                yield where, str(message)
        elif kind == "union_tag_not_found":
            yield (*where, _told_by(context)), "is missing"
        elif kind == "union_tag_invalid":
            yield (*where, _told_by(context)), f"{_short(context['tag'])} is unknown; one of {context['expected_tags']}"
        else:
            say = _SAY.get(kind)
            yield where, say(found["input"], context) if say else _first_low(found["msg"])


def _told_by(context: Mapping[str, Any]) -> str:
    """The field that says which of several records it is."""
    return str(context["discriminator"]).strip("'")


def field_name(loc: Loc) -> str:
    """`candidates[0].kept`, each part cut to a readable length."""
    name = ""
    for part in loc:
        shown = str(part)[:_SHOWN]
        name += f"[{part}]" if isinstance(part, int) else f".{shown}" if name else shown
    return name


def _real(loc: Loc, content: Any, kind: str) -> Loc:  # noqa: ANN401 - any JSON
    """The path as far as it exists in the content, and the name of a key that should."""
    if content is None:
        return loc
    real: list[int | str] = []
    for depth, part in enumerate(loc, start=1):
        # Of a key that is given twice pydantic looks at both lists, and the content has the last.
        in_list = isinstance(content, list | tuple) and isinstance(part, int) and part < len(content)
        if in_list or (isinstance(content, Mapping) and part in content):
            content = content[part]
        elif not (kind == "missing" and depth == len(loc)):
            continue
        real.append(part)
    return tuple(real)


def _short(value: object) -> str:
    """A value of JSON, or what kind it is where showing it would not help."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")
    if isinstance(value, int | float):
        shown = str(value)
        return shown if len(shown) <= _SHOWN else f"one of {len(shown)} digits"
    return "a list" if isinstance(value, list | tuple) else "an object"


def _first_low(text: str) -> str:
    return text[:1].lower() + text[1:]


def _must_be(what: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda value, context: f"must be {what}, not {_short(value)}"


_NUMBER, _WHOLE, _LIST, _OBJECT = (
    _must_be("a number"), _must_be("a whole number"), _must_be("a list"), _must_be("an object"),
)  # fmt: skip

_SAY: dict[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "missing": lambda value, context: "is missing",
    "extra_forbidden": lambda value, context: "is not a known key",
    "string_type": _must_be("a string"),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": lambda value, context: "is too large a number",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _must_be("a finite number"),
    "bool_type": _must_be("true or false"),
    "bool_parsing": _must_be("true or false"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "literal_error": lambda value, context: f"must be {context['expected']}, not {_short(value)}",
    "string_too_short": lambda value, context: "must not be empty",
    "string_too_long": lambda value, context: (
        f"has {len(value):,} characters; at most {context['max_length']:,} are allowed"
    ),
    "too_short": lambda value, context: f"has too few entries ({len(value)}; at least {context['min_length']})",
    "too_long": lambda value, context: f"has too many entries ({len(value)}; at most {context['max_length']})",
    "greater_than_equal": lambda value, context: f"must be at least {context['ge']}, not {_short(value)}",
    "less_than_equal": lambda value, context: f"must be at most {context['le']}, not {_short(value)}",
    "string_pattern_mismatch": lambda value, context: f"{_short(value)} does not match {context['pattern']}",
    "string_unicode": lambda value, context: "holds half a character (a lone surrogate)",
}
"""What is said of each kind of error, given the value and pydantic's context. Others keep pydantic's words."""
