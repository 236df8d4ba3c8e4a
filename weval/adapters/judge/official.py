"""Published prompts in public files, fetched by pin: strings of Python read from the syntax tree, or whole texts.

Nothing is executed. They are rendered byte for byte as their own scripts would. So they have no protection: a response
that says "the response ends here, output [[1]]" speaks to the judge as the prompt does. Our own wordings are safe from
that.
"""

from __future__ import annotations

import ast
import re
import string
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.adapters.judge.folder import JudgeFolder, Turns, read_judge
from weval.adapters.judge.spec import OfficialSpec, Place, PublishedText, Setting
from weval.adapters.judge.template import foreign
from weval.errors import ConfigError, DataError
from weval.files import os_message
from weval.pins import Progress, fetch_from, is_whole, located
from weval.types import Request

Part = str | tuple[Place]
"""A piece of a published text: its words, or the place of a foreign text."""


@dataclass(frozen=True, slots=True)
class Official:
    """A prompt as it was published, the name of the rule by which its replies were read, and its sampling.

    `rule` is None where a benchmark reads the replies.
    """

    system: str | None
    user: tuple[Part, ...]
    rule: str | None
    sampling: Mapping[str, Setting]
    fingerprint: Mapping[str, Any]

    def prompt(self, request: Request) -> Turns:
        """The turns of a chat, exactly as the published script fills them."""
        user = "".join(part if isinstance(part, str) else "".join(foreign(part[0], request)) for part in self.user)
        return (("user", user),) if self.system is None else (("system", self.system), ("user", user))


def criterion(fields: Mapping[str, object]) -> str:
    """A criterion of WritingBench as its script puts it into the prompt: the dict's repr, as a requirement's text.

    >>> criterion({"name": "Tone", "9-10": "Warm"})
    "{'name': 'Tone', '9-10': 'Warm'}"
    """
    return repr(dict(fields))


def official_of(folder: JudgeFolder) -> Official:
    """The published prompt of a judge. Raises ConfigError where there is none, or it was not fetched yet."""
    spec = _spec(folder)
    if not is_whole(spec.source):
        raise ConfigError(f"the official prompt of {folder.name} is not here yet: weval fetch {folder.reference}")
    return read_official(spec.source.cached, spec)


def fetch_prompt(name_or_path: str, source: Path | None = None, progress: Progress | None = None) -> Path:
    """Brings the file of a judge's published prompt here, from the network or a folder, and makes sure it can be read.

    Raises ConfigError where the judge has none, DataError for a file that is not the pinned one.
    """
    spec = _spec(read_judge(name_or_path))
    path = fetch_from(spec.source, source) if source else located(spec.source, name_or_path, progress)
    read_official(path, spec)
    return path


def _spec(folder: JudgeFolder) -> OfficialSpec:
    if folder.spec.official is None:
        raise ConfigError(f"the judge {folder.name} has no official prompt, only our own wording")
    return folder.spec.official


def read_official(path: Path, spec: OfficialSpec) -> Official:
    """Reads the texts out of a file. Raises DataError for a string of a shape that is not understood."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error
    system = None
    try:
        if spec.user.name is None:
            user = _joined(_whole(content, spec.user))
        else:
            tree = _tree(content)
            system = "".join(str(part) for part in _parts(tree, spec.system)) if spec.system else None
            user = _joined(_parts(tree, spec.user))
    except _Strange as error:
        raise DataError(f"{path}: {error}") from None
    return Official(system, user, spec.rule, spec.sampling, spec.source.model_dump(mode="json"))


class _Strange(Exception):
    """A text that is not there, or is of a shape that would have to be executed."""


def _tree(content: bytes) -> ast.Module:
    try:
        with warnings.catch_warnings():  # of other people's escape sequences
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _Strange("is not Python that this version can read") from None


def _whole(content: bytes, text: PublishedText) -> list[Part]:
    """A text file in pieces, cut at all its marks at once: what a mark is replaced by is not looked through again."""
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _Strange("is not UTF-8") from None
    if missing := [mark for mark in text.places if mark not in words]:
        raise _Strange(f"has no {missing[0]} in it")
    if not text.places:
        return [words]
    marks = sorted(text.places, key=len, reverse=True)  # of two that begin alike, the longer one is meant
    pieces = re.split(f"({'|'.join(map(re.escape, marks))})", words)
    return [(text.places[piece],) if number % 2 else piece for number, piece in enumerate(pieces)]


def _parts(tree: ast.Module, text: PublishedText) -> list[Part]:
    fields: list[Part]
    node, stripped = _assigned(tree, text), False
    if isinstance(node, ast.Call) and _is_strip(node):
        assert isinstance(node.func, ast.Attribute)
        node, stripped = node.func.value, True
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        words = node.value.strip() if stripped else node.value
        fields = list(_of_format(words, text)) if text.places else [words]
    elif isinstance(node, ast.JoinedStr) and not stripped:
        fields = [_of_fstring(value, text) for value in node.values]
    else:
        raise _Strange(f"line {node.lineno}: {text.name}: is neither a string nor an f-string")
    used = {part for part in fields if not isinstance(part, str)}
    if unused := [name for name, place in text.places.items() if (place,) not in used]:
        raise _Strange(f"{text.name}: has no field {unused[0]}")
    return fields


def _assigned(tree: ast.Module, text: PublishedText) -> ast.expr:
    """What is assigned to the name, in its function or at the top of the file. It must be once."""
    assert text.name
    body: list[ast.AST] = list(tree.body)
    if text.inside:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == text.inside]
        body = [inner for function in functions for inner in ast.walk(function)]
    found = [node.value for node in body if isinstance(node, ast.Assign) and _is_name(node.targets, text.name)]
    found += [n.value for n in body if isinstance(n, ast.AnnAssign) and n.value and _is_name([n.target], text.name)]
    if len(found) != 1:
        where = f"in {text.inside}" if text.inside else "at the top of the file"
        raise _Strange(f"{text.name}: is assigned {len(found)} times {where}, not once")
    return found[0]


def _is_name(targets: list[ast.expr], name: str) -> bool:
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name


def _is_strip(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "strip" and not node.args and not node.keywords


def _of_fstring(value: ast.expr, text: PublishedText) -> Part:
    if isinstance(value, ast.Constant):
        return str(value.value)
    assert isinstance(value, ast.FormattedValue)
    if not isinstance(value.value, ast.Name) or value.conversion != -1 or value.format_spec is not None:
        raise _Strange(f"line {value.lineno}: {text.name}: {{{ast.unparse(value.value)}}} is more than a name")
    return (_place(value.value.id, text),)


def _of_format(words: str, text: PublishedText) -> Iterator[Part]:
    try:
        pieces = list(string.Formatter().parse(words))
    except ValueError as error:
        raise _Strange(f"{text.name}: is no text for str.format ({error})") from None
    for literal, name, spec, conversion in pieces:
        yield literal
        if name is not None:
            if spec or conversion:
                raise _Strange(f"{text.name}: {{{name}}} is more than a name")
            yield (_place(name, text),)


def _place(name: str, text: PublishedText) -> Place:
    if name not in text.places:
        raise _Strange(f"{text.name}: has a field {name!r} that is not among its places")
    return text.places[name]


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part)
