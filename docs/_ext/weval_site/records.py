"""Records as tables: a row for each field, with what it takes, its default, and what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from weval_site.markdown import cell, code, docstring, table, value
from weval_site.schemas import Named, inner, takes


def anchor(record: type[BaseModel]) -> str:
    """What a link to a record leads to."""
    return f"{record.__module__}.{record.__name__}".lower().replace(".", "-").replace("_", "-")


def sections(records: Iterable[type[BaseModel]]) -> str:
    """Each record once: its name, what it is, its fields."""
    return "".join(section(record) for record in dict.fromkeys(records))


def section(record: type[BaseModel]) -> str:
    """One record."""
    return f"({anchor(record)})=\n### {record.__name__.lstrip('_')}\n\n{docstring(record)}{fields(record)}"


def fields(record: type[BaseModel]) -> str:
    """The table of a record's fields, by their names on disk."""
    said = takes(record, _linked(record))
    rows = (
        (code(field.alias or name), said[name], _default(field), cell(field.description or ""))
        for name, field in record.model_fields.items()
    )
    return table(("field", "takes", "default", "is"), rows)


def settings(record: type[BaseModel], only: Callable[[str], bool] = lambda _: True, prefix: str = "") -> str:
    """The table of what --set takes for a record; `prefix` stands before every name."""
    said = takes(record, _bare)
    rows = (
        (code(prefix + name), _set(said[name]), _set_default(field), _told(field))
        for name, field in record.model_fields.items()
        if only(name)
    )
    return table((code("--set"), "takes", "default", "is"), rows)


def sectioned(record: type[BaseModel], above: str = "") -> list[tuple[str, str, str, str]]:
    """The rows of --set for a record of sections: fields by dotted names, as `answer.model`."""
    said = takes(record, _bare)
    rows: list[tuple[str, str, str, str]] = []
    for name, field in record.model_fields.items():
        (held, *_) = [*inner(field.annotation), None]
        if held is not None and not said[name].startswith(("list", "object")):
            rows += sectioned(held, f"{above}{name}.")
        else:
            rows.append((code(above + name), _set(said[name]), _set_default(field), _told(field)))
    return rows


def described(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """A table of such rows."""
    return table((code("--set"), "takes", "default", "is"), rows)


def _told(field: FieldInfo) -> str:
    return cell(field.description or "")


def _set(said: str) -> str:
    """What --set takes: null is nothing that it could say.

    >>> _set("integer (at least 1), or null")
    'integer (at least 1)'
    """
    return said.removesuffix(", or null")


def _set_default(field: FieldInfo) -> str:
    """The default; where there is none, what the field says of it after "default: ", up to a semicolon.

    >>> from weval.evaluate import EvaluateOptions
    >>> _set_default(EvaluateOptions.model_fields["resamples"])
    '10,000, beyond 10,000 items 1,000'
    """
    found = _default(field)
    if found != "null":
        return found
    words = re.search(r"\bdefault: ([^;)]+)", field.description or "")
    return cell(words[1]) if words else "–"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    default: Any = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return "its defaults"
    if isinstance(default, Mapping | tuple | list) and any(isinstance(part, BaseModel) for part in default):
        return "its defaults"
    return "null" if default is None else value(default)


def _linked(record: type[BaseModel]) -> Named:
    held = {one.__name__: one for field in record.model_fields.values() for one in inner(field.annotation)}
    return lambda name: f"[{name}](#{anchor(held[name])})" if name in held else name


def _bare(name: str) -> str:
    return name
