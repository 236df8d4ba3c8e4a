"""What a fuzzer's bytes stand for: choices, texts and changes to valid content, so that they get past first checks.

A fuzzer knows nothing but bytes. Here they decide which part of a valid file is changed, and into what, so that every
byte it flips is another broken file instead of another text that is not JSON.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

MAX_CHARS = 60_000
"""Of a made text. What takes quadratic time shows at this length."""

_RAW = re.compile(r'"\\u0001raw(.*?)\\u0001"', re.DOTALL)


@dataclass(frozen=True)
class Raw:
    """A piece of JSON as it is to stand in the file, which json.dumps would not write."""

    text: str

    def marked(self) -> str:
        """A text that `as_json` replaces by the piece."""
        return f"\x01raw{self.text}\x01"


NASTY: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 10, 0.5, -0.0, 1e308, 5e-324, 2**31, 2**53, 2**63, -(2**63), 2**64, 10**30,
    float("nan"), float("inf"), float("-inf"), Raw("1e400"), Raw("-1E-400"), Raw("9" * 5000), Raw("0.1e"), Raw("'a'"),
    Raw("[" * 3000 + "]" * 3000), Raw('{"a":' * 300 + "1" + "}" * 300), Raw('{"a": 1, "a": 2}'), Raw('"\\ud800"'),
    Raw('"\\udc00\\ud800"'), Raw('"\t"'), "", " ", "\n", "\x00", "\x1b[31m", "\u202e", "\ufeff", "\u2028", "\U0001f999",
    "a" * 3000, "../..", "/", ".", "0", "1", "-1", "nan", "null", "true", "c1", "a1", "id", "ok", "{query}", "%s", "]",
    [], {}, [[]], [None], {"": None}, {"id": "c1"}, [1, 2, 3], ["c1", "c1"], ["a", "b"], {"kind": "x"},
)  # fmt: skip
"""Values that are where something else is meant to be."""

NO_JSON = tuple(value for value in NASTY if isinstance(value, Raw))


class Source:
    """Choices taken from bytes one after the other; where the bytes are used up, the first of everything."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def byte(self) -> int:
        """0 to 255."""
        found = self._data[self._at : self._at + 1]
        self._at += 1
        return found[0] if found else 0

    def below(self, n: int) -> int:
        """0 to n - 1."""
        return (self.byte() if n <= 256 else self.byte() << 8 | self.byte()) % n

    def pick(self, options: Sequence[T]) -> T:
        """One of several."""
        return options[self.below(len(options))]

    def take(self, n: int) -> bytes:
        """The next n bytes, as far as they are there."""
        found = self._data[self._at : self._at + n]
        self._at += n
        return found

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data))

    @property
    def is_empty(self) -> bool:
        """Whether all bytes are used up."""
        return self._at >= len(self._data)

    def text(self, words: Sequence[str] = ()) -> str:
        """A text: the bytes themselves, or made of pieces, some of them `words`, some repeated very often."""
        if self.below(3) == 0:
            return decoded(self.take(self.below(4000)))
        parts: list[str] = []
        for _ in range(self.below(16)):
            how = self.below(6)
            if how <= 1:
                parts.append(decoded(self.take(self.below(40))))
            elif how <= 3 and words:
                parts.append(self.pick(words))
            elif how == 4:
                parts = [_repeated("".join(parts), 1 << self.below(14))]
            else:
                parts.append(_repeated(parts[-1] if parts else chr(self.byte()), 1 << self.below(14)))
        return "".join(parts)[:MAX_CHARS]

    def value(self, words: Sequence[str] = ()) -> Any:
        """A value of JSON."""
        how = self.below(4)
        return self.text(words) if how == 0 else copy.deepcopy(self.pick(NO_JSON if how == 1 else NASTY))


def _repeated(text: str, times: int) -> str:
    return text * min(times, 1 + MAX_CHARS // max(1, len(text)))


def decoded(data: bytes) -> str:
    """Bytes as a text, whatever they are; some become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def mutated(source: Source, tree: Any, words: Sequence[str] = ()) -> Any:
    """A copy of a JSON value with up to six changes anywhere in it; it may be another value altogether."""
    holder = [copy.deepcopy(tree)]
    for _ in range(source.below(7)):
        _change(source, holder, words)
    return holder[0]


def _change(source: Source, holder: Any, words: Sequence[str]) -> None:
    key: Any = 0
    while isinstance(holder[key], list | dict) and holder[key] and source.below(8):
        holder = holder[key]
        key = source.pick([*holder] if isinstance(holder, dict) else range(len(holder)))
    how = source.below(8)
    if how <= 2:
        holder[key] = source.value(words)
    elif how == 3:
        del holder[key]
        if not holder and isinstance(holder, list):
            holder.append(None)
    elif how == 4 and isinstance(holder, dict):
        holder[source.text(words)] = source.value(words)
    elif how == 5 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(source.pick(holder)))
    elif how == 6 and isinstance(holder[key], str):
        text = holder[key]
        at = source.below(len(text) + 1)
        holder[key] = text[:at] + source.text(words) + text[at:]
    else:
        _swap(source, holder, key)


def _swap(source: Source, holder: Any, key: Any) -> None:
    other = source.pick([*holder] if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], copy.deepcopy(holder[key])


def as_json(tree: Any) -> bytes:
    """A line of JSON, with the pieces that are none as they are."""

    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {(key if isinstance(key, str) else str(key)): marked(found) for key, found in value.items()}
        if isinstance(value, list | tuple):
            return [marked(found) for found in value]
        return value.marked() if isinstance(value, Raw) else value

    text = _RAW.sub(lambda found: json.loads(f'"{found[1]}"'), json.dumps(marked(tree)))
    return text.encode("utf-8", "surrogatepass")


def lines(source: Source, rows: Sequence[Any], words: Sequence[str] = ()) -> bytes:
    """JSON Lines: the rows, some of them changed, left out or there twice; at times with other bytes in between."""
    written: list[bytes] = []
    for row in rows:
        how = source.below(8)
        changed = mutated(source, row, words) if how <= 4 else row
        written += [as_json(changed)] * (0 if how == 5 else 2 if how == 6 else 1)
    return overwritten(source, b"".join(line + b"\n" for line in written))


def overwritten(source: Source, content: bytes) -> bytes:
    """The content, once in four times with a piece of it replaced by other bytes, or cut off."""
    how = source.below(8)
    if how < 6:
        return content
    at = source.below(len(content) + 1)
    return content[:at] + (source.take(source.below(64)) + content[at + source.below(64) :] if how == 6 else b"")
