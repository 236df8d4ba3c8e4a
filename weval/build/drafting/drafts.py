"""From a reply to the requirements of an instruction: all of them sound, or none and the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, get_args

from weval.audit.duplicates import normalised, shingles
from weval.build.drafting.conflicts import conflict, contradiction
from weval.build.drafting.limits import plain
from weval.build.drafting.proposed import supported
from weval.build.drafting.quoting import unquoted
from weval.build.drafting.sentences import MOST_CHARS, ended, fault_in
from weval.build.drafting.tongues import is_foreign
from weval.build.injection import to_models
from weval.build.records import Chosen
from weval.build.sections import Requirements
from weval.replied import Unsound, object_in
from weval.types import Requirement, RequirementType

WITHIN = 0.85
"""Share of a text's shingles (see weval.audit.duplicates) in another from which it says nothing new beside it."""

MOST_QUOTED = 1000
"""Characters of a quote; a longer one is not the place where one requirement is stated."""

SHORT_SEED = 600
"""Characters of a request up to which it is looked through for contradictions; longer ones hold foreign texts."""

_TYPES = get_args(RequirementType)


@dataclass(frozen=True, slots=True)
class Drafted:
    """The requirements that a reply gave. Of the checks that came with them, `n_wrong` were left out as unsupported."""

    requirements: tuple[Requirement, ...]
    n_checks: int
    n_wrong: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a reply says of one requirement."""

    type: str
    text: str
    check: Any
    quote: str | None


def drafted(text: str, seed: Chosen, section: Requirements) -> Drafted:
    """The requirements in the text of a reply. Raises Unsound.

    They are c1, c2 … in the reply's order. Nothing else of a reply is used: no instruction, and no check that its
    requirement's text does not bear out.
    """
    entries = tuple(_entries(object_in(text), section))
    texts = [entry.text for entry in entries]
    _check_number(len(entries), section)
    for number, entry in enumerate(entries, start=1):
        _check_text(f"requirement {number}", entry.text)
    _check_types([entry.type for entry in entries], section)
    _check_language(texts, seed)
    for number, entry in enumerate(entries, start=1):
        _check_seed(f"requirement {number}", entry, seed, section)
    _check_pairs(texts, seed, section)
    checks = [supported(entry.check, entry.text) if entry.check is not None else None for entry in entries]
    n_checks = sum(entry.check is not None for entry in entries)
    found = tuple(
        Requirement.model_validate(
            {"id": f"c{n}", "type": e.type, "text": ended(e.text, seed.language), "check": check}
        )
        for n, (e, check) in enumerate(zip(entries, checks, strict=True), start=1)
    )
    return Drafted(found, n_checks, n_checks - sum(check is not None for check in checks))


def _entries(content: dict[str, Any], section: Requirements) -> Iterator[_Entry]:
    """The entries of the list, each with the keys that were asked for and no others."""
    rows = content.get("requirements")
    if content.keys() != {"requirements"} or not isinstance(rows, list):
        raise Unsound("bad_shape", f"the object has the keys {', '.join(content)} and not a list `requirements` alone")
    quotes = {"quote"} if section.how == "extract" else set()
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not row.keys() <= {"type", "text", "check"} | quotes:
            raise Unsound("bad_shape", f"requirement {number} is not an object of type, text and check")
        if not all(isinstance(row.get(name), str) for name in {"text"} | quotes):
            raise Unsound("bad_shape", f"requirement {number} has no text" + (" or no quote" if quotes else ""))
        kind = row.get("type")
        if not isinstance(kind, str) or kind.strip().lower() not in _TYPES:
            raise Unsound("bad_type", f"requirement {number} is of type {kind!r}")
        yield _Entry(kind.strip().lower(), row["text"].strip(" "), row.get("check"), row.get("quote"))


def _check_number(n: int, section: Requirements) -> None:
    if (section.how == "write" and n != section.n) or n > section.n:
        raise Unsound("wrong_number", f"there are {n} requirements")


def _check_text(name: str, text: str) -> None:
    if len(text) <= MOST_CHARS and (words := to_models(text)):
        raise Unsound("injected", f"{name} speaks to a model ({words}): {text}")
    if fault := fault_in(text):
        raise Unsound("bad_text", f"{name} {fault}: {text}")


def _check_types(types: Sequence[str], section: Requirements) -> None:
    if section.how == "write" and len(set(types)) < section.min_types:
        raise Unsound("few_types", f"all are of type {' or '.join(dict.fromkeys(types))}")


def _check_language(texts: Sequence[str], seed: Chosen) -> None:
    if foreign := is_foreign([unquoted(text) for text in texts], seed.text, seed.language):
        raise Unsound("language", f"the requirements are in {foreign}: {' '.join(texts)}")


def _check_seed(name: str, entry: _Entry, seed: Chosen, section: Requirements) -> None:
    """What a requirement and the request have to do with each other: nothing (write), or it is there (extract)."""
    text, request = _bare(entry.text), _bare(seed.text)
    if section.how == "write":
        if _share_within(text, request) >= WITHIN:
            raise Unsound("restates", f"{name} is in the request: {entry.text}")
        return
    if text == request:
        raise Unsound("restates", f"{name} is the whole request: {entry.text}")
    said = entry.quote or ""
    quote = _bare(said)
    if not quote or len(said) > MOST_QUOTED or quote not in request:
        raise Unsound("not_in_request", f"{name} has a quote that is not in the request: {said}")
    if strange := _numbers(entry.text) - _numbers(said):
        raise Unsound("not_in_request", f"{name} has {min(strange)}, which is not in its quote: {entry.text}")


def _check_pairs(texts: Sequence[str], seed: Chosen, section: Requirements) -> None:
    for (i, first), (j, second) in combinations(enumerate(map(_bare, texts), start=1), 2):
        if max(_share_within(first, second), _share_within(second, first)) >= WITHIN:
            raise Unsound("duplicate", f"requirements {i} and {j} say the same: {first}")
    if found := conflict(texts):
        i, j, about = found
        raise Unsound("conflict", f"requirements {i + 1} and {j + 1} contradict each other ({about}): {texts[i]}")
    if section.how == "write" and len(seed.text) <= SHORT_SEED:
        for number, text in enumerate(texts, start=1):
            if about_request := contradiction(seed.text, text):
                raise Unsound("conflict", f"requirement {number} contradicts the request ({about_request}): {text}")


def _share_within(text: str, other: str) -> float:
    """The share of one text's shingles that the other has too, 0 to 1; 1 where the other holds all of it."""
    own, others = _shingled(text), _shingled(other)
    return 1.0 if text in other else len(own & others) / len(own)


@lru_cache(maxsize=64)
def _shingled(text: str) -> frozenset[int]:
    return frozenset(shingles(text).tolist())


def _bare(text: str) -> str:
    """The text as quotes are looked for: case, white space, quotation marks and the full stop do not matter."""
    return normalised(text.translate(_MARKS)).strip(" .。!！")


_MARKS = str.maketrans(dict.fromkeys("“”„\"'’‘«»「」『』"))


def _numbers(text: str) -> set[str]:
    return set(_DIGITS.findall(plain(text)))


_DIGITS = re.compile(r"\d+")
