"""The public interface of the package: what `weval.__all__` names, with signatures, fields and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

import weval
from weval_site import formats
from weval_site.markdown import MADE, cell, code, docstring, table
from weval_site.records import anchor, fields

_PAGE = re.compile(r"docs/([\w-]+)\.md")


def _link(found: re.Match[str]) -> str:
    return f"[{found[0]}](../{found[1]}.md)"


def page() -> str:
    """The page."""
    text = f"{MADE}# Python, every public name\n\n{_PAGE.sub(_link, docstring(weval))}"
    return text + "".join(_section(name, getattr(weval, name)) for name in weval.__all__ if not name.startswith("__"))


def _section(name: str, thing: object) -> str:
    if inspect.isclass(thing):
        return f"## {name}\n\n" + _object("class", name, thing, _members(name, thing))
    if callable(thing):
        return f"## {name}\n\n" + _object("function", name, thing, "")
    return f"## {name}\n\nOf type {code(type(thing).__name__)}.\n\n"


def _object(kind: str, name: str, thing: Callable[..., Any], more: str) -> str:
    return f"::::{{py:{kind}}} {name}{_signature(thing)}\n:module: weval\n\n{docstring(thing)}{more}\n::::\n\n"


def _signature(thing: Callable[..., Any], *, bound: bool = False) -> str:
    """How it is called; `bound` leaves out what a method is called on."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    if inspect.isclass(thing):
        if issubclass(thing, BaseModel) or getattr(thing, "_is_protocol", False):
            return ""  # of a record the table of its fields says it
        found = found.replace(return_annotation=inspect.Signature.empty)
    if bound:
        found = found.replace(parameters=list(found.parameters.values())[1:])
    return str(found).replace("'", "")


def _members(name: str, thing: type) -> str:
    if issubclass(thing, BaseModel):
        told = {record for files in formats.held().values() for records in files for record in records}
        return f"A record: [its fields](#{anchor(thing)}).\n\n" if thing in told else fields(thing)
    text = ""
    if dataclasses.is_dataclass(thing):
        rows = ((code(f.name), code(f.type), _default(f)) for f in dataclasses.fields(thing) if f.name[0] != "_")
        text += table(("field", "type", "default"), rows)
    return text + "".join(_methods(name, thing))


def _methods(owner: str, thing: type) -> Iterator[str]:
    for name, member in vars(thing).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield f":::{{py:property}} {owner}.{name}\n\n{docstring(member)}\n:::\n\n"
        elif inspect.isfunction(member) or isinstance(member, classmethod | staticmethod):
            kind = {classmethod: "classmethod", staticmethod: "staticmethod"}.get(type(member), "method")
            signature = _signature(getattr(thing, name), bound=kind == "method")
            yield f":::{{py:{kind}}} {owner}.{name}{signature}\n\n{docstring(member)}\n:::\n\n"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return cell(code(field.default))
    return "needed" if field.default_factory is dataclasses.MISSING else "empty"
