"""YAML as the part of it that JSON can say, and the line every field stands on.

No aliases (they can blow up), no tags, no repeated keys; only true, false, null and plain numbers are not strings, so
that `no` stays a language and a date stays a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from weval.invalid import Loc

_MAX_DIGITS = 18
_TAG = "tag:yaml.org,2002:"


class YamlProblem(Exception):
    """What is wrong, and on which line, if that is known."""

    def __init__(self, line: int | None, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed document: its content as JSON knows it, and where its fields stand."""

    content: Any
    root: yaml.Node | None

    def line_of(self, loc: Loc) -> int | None:
        """The line of a field: as deep as the document follows the field's path."""
        node = self.root
        line = _line(node) if node else None
        for part in loc:
            if isinstance(node, yaml.MappingNode):
                pairs = [(key, value) for key, value in node.value if key.value == str(part)]
                if not pairs:
                    return line  # the name of a missing key
                key, node = pairs[0]
                line = _line(key)
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = _line(node)
        return line


def parse(text: str) -> Tree:
    """The one document of a text. Raises YamlProblem."""
    try:
        root = yaml.compose(text, _Loader)
        return Tree(_plain(root) if root else None, root)
    except RecursionError:
        raise YamlProblem(None, "is nested too deeply") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlProblem(line, f"holds a character that YAML does not allow ({chr(error.character)!r})") from None
    except yaml.MarkedYAMLError as error:
        said = " ".join(filter(None, (error.context, error.problem)))
        raise YamlProblem(_mark_line(error.problem_mark or error.context_mark), f"is not YAML ({said})") from None


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012 - as PyYAML has it; filled below

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.events.AliasEvent):
            raise YamlProblem(_mark_line(event.start_mark), f"aliases (*{event.anchor}) are not allowed")
        if tag := getattr(event, "tag", None):
            raise YamlProblem(_mark_line(event.start_mark), f"tags ({tag}) are not allowed")
        return super().compose_node(parent, index)


for _kind, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", rf"-?(?:0|[1-9][0-9]{{0,{_MAX_DIGITS - 1}}})", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(_TAG + _kind, re.compile(f"^(?:{_pattern})$"), _first)


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child) for child in node.value]
    if isinstance(node, yaml.MappingNode):
        plain: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlProblem(_line(key), "a key must be a plain text")
            if key.value in plain:
                raise YamlProblem(_line(key), f"key {key.value!r} appears twice")
            plain[key.value] = _plain(value)
        return plain
    kind = node.tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return node.value == "true"
    if any("\ud800" <= c <= "\udfff" for c in node.value):
        raise YamlProblem(_line(node), "holds half a character (a lone surrogate)")
    return {"int": int, "float": float}.get(kind, str)(node.value)


def _line(node: yaml.Node) -> int | None:
    return _mark_line(node.start_mark)


def _mark_line(mark: Any) -> int | None:  # noqa: ANN401 - PyYAML has two kinds of marks
    return mark.line + 1 if mark else None
