"""What a field of a record takes, in words, from its JSON schema: kind, range, choice, and whether null is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from weval.types import MAX_RESPONSE_CHARS
from weval_site.markdown import code

Named = Callable[[str], str]
"""How a record is written that a field holds, by its name."""

BOUNDS = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}


def inner(annotation: object) -> Iterator[type[BaseModel]]:
    """The records that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from inner(part)


def reached(record: type[BaseModel]) -> list[type[BaseModel]]:
    """The record and all that its fields hold, each once, in the order of first mention."""
    found = [record]
    for each in found:
        for field in each.model_fields.values():
            found += [held for held in dict.fromkeys(inner(field.annotation)) if held not in found]
    return found


def takes(record: type[BaseModel], named: Named) -> dict[str, str]:
    """What each field of a record takes, by its name in the record.

    >>> from weval.plan import PlanOptions
    >>> takes(PlanOptions, str)["judged_on"]
    '`all` or `own`'
    """
    schema = record.model_json_schema(by_alias=True)
    known = schema.get("$defs", {})
    fields = (schema if "properties" in schema else known[schema["$ref"].rpartition("/")[2]])["properties"]
    return {name: _said(fields[field.alias or name], known, named) for name, field in record.model_fields.items()}


def _said(schema: Mapping[str, Any], known: Mapping[str, Any], named: Named) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if "properties" in known[name]:
            return named(name.rpartition("__")[2])  # of two records of one name pydantic writes the modules, too
        return _said(known[name], known, named)
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return _either([code(choice) for choice in schema["enum"]])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            said = dict.fromkeys(_said(part, known, named) for part in schema[key])
            others = [text for text in said if text != "null"]
            return _either(others) + (", or null" if len(others) < len(said) else "")
    return _plain(schema, known, named)


def _plain(schema: Mapping[str, Any], known: Mapping[str, Any], named: Named) -> str:
    kind = schema.get("type")
    if kind == "array":
        return _listed(schema, known, named)
    if kind == "object" and "properties" in schema:
        return named(schema["title"])
    if kind == "object":
        held = schema.get("additionalProperties")
        return f"object, by name: {_said(held, known, named)}" if isinstance(held, dict) and held else "object"
    words = {"integer": "integer", "number": "number", "boolean": "true or false", "null": "null", "string": "text"}
    limits = ", ".join(_limits(schema))
    return words.get(str(kind), "anything") + (f" ({limits})" if limits else "")


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    for key, words in BOUNDS.items():
        if key in schema:
            number = schema[key]
            yield f"{words} {int(number):,}" if number == int(number) else f"{words} {number}"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if (least, most) == (1, MAX_RESPONSE_CHARS):
        yield "not empty"
    elif most is not None:
        yield f"{least or 0:,} to {most:,} characters"
    elif least:
        yield f"{least:,} characters or more"
    if "pattern" in schema:
        yield f"as {code(schema['pattern'])}"


def _listed(schema: Mapping[str, Any], known: Mapping[str, Any], named: Named) -> str:
    if "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])}: " + ", ".join(
            _said(part, known, named) for part in schema["prefixItems"]
        )
    held = _said(schema.get("items", {}), known, named)
    least = schema.get("minItems", 0)
    return f"list of {least} or more: {held}" if least else f"list of {held}"


def _either(said: list[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"
