"""What a submitter says of a model: everything on the leaderboard that is not computed from scores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from weval.types import Record

CARD = "card.json"

MAX_NAME = 80

Family = Literal["scalar RM", "judge", "rules", "baseline", "human", "writer"]
"""What kind of scorer a model is; writers are those whose texts are scored, on downstream benchmarks."""

FAMILIES: Mapping[str, Family] = {
    "Rules": "rules",
    "Random": "baseline",
    "Constant": "baseline",
    "First": "baseline",
    "Length": "baseline",
    "Shortest": "baseline",
    "Keywords": "baseline",
    "Classifier": "scalar RM",
    "Vllm": "scalar RM",
    "Http": "scalar RM",
    "Judge": "judge",
    "HumanFile": "human",
}
"""By the adapter that a run's fingerprint names. Of others (files of scores, plug-ins) the submitter says it."""

_SLUG = re.compile(r"[^a-z0-9]+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Classes of characters that are not seen, or that turn round what is: no name needs them."""

_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Letters and marks that are not seen either, whatever their class: fillers, an empty braille cell, variants."""

MAX_MARKS = 2
"""So many marks may stand on one letter; more of them climb over the lines above."""

RESERVED = frozenset({"paper", "writers", "reproductions", "con", "prn", "aux", "nul"})
"""Folders that are not a model's: results/paper is ours, results/writers has writers, results/reproductions the paper's
tables made again; Windows cannot have the rest.
"""

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMBT]?)", re.IGNORECASE)
_SCALE = {"": 0, "k": 3, "m": 6, "b": 9, "t": 12}


def _seen(text: str) -> str:
    """The text, if what is seen is all of it. Raises ValueError."""
    if hidden := next((c for c in text if unicodedata.category(c) in _UNSEEN or _BLANK.match(c)), None):
        raise ValueError(f"holds a character that is not seen (U+{ord(hidden):04X})")
    if text != unicodedata.normalize("NFC", text):
        raise ValueError("holds letters in pieces; write it in Unicode's form NFC")
    marks = "".join("m" if unicodedata.combining(c) or unicodedata.category(c) == "Me" else "-" for c in text)
    if "m" * (MAX_MARKS + 1) in marks:
        raise ValueError(f"has a letter with more than {MAX_MARKS} marks on it")
    if text != " ".join(text.split()):
        raise ValueError("has spaces at its ends, or several in a row")
    return text


def _named(text: str) -> str:
    if not slug_of(text):
        raise ValueError("needs at least one letter from a to z or digit, for its address")
    if slug_of(text) in RESERVED:
        raise ValueError(f"cannot be that of a model: its folder would be {slug_of(text)!r}")
    return text


def _web(text: str) -> str:
    """The address, if it leads to a web page and to nothing else. Raises ValueError."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("is not an address") from None
    if not text.lower().startswith("https://") or not parts.hostname:
        raise ValueError("must begin with https:// and name a host")
    # The rest is looked at as it stands: urlsplit quietly drops line breaks and what is not seen.
    printable = text.isascii() and text.isprintable()
    if not printable or not _HOST.fullmatch(parts.netloc) or re.search(r"[\s\"'<>\\^`{|}]", text):
        raise ValueError("must be a plain address: a host with a dot, no user, no port, nothing to be escaped")
    return text


def _size(value: Any) -> Any:  # noqa: ANN401 - whatever was given; pydantic judges the rest
    """A number of parameters, also as people write it: 7B, 1.5b, 70000000."""
    if isinstance(value, str) and (found := _SIZE.fullmatch(value.strip())):
        whole, _, part = found[1].partition(".")
        power = _SCALE[found[2].lower()]
        if len(part) <= power:
            return int(whole + part + "0" * (power - len(part)))
    if isinstance(value, str):
        raise ValueError("must be a number, as 7B or 1.5B")
    return value


Words = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_seen)]
Name = Annotated[Words, AfterValidator(_named)]


class Card(Record):
    """card.json of a submission: who made a model, and what it is. All of it is public."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    name: Name = Field(description="of the model, as it is to be shown")
    organisation: Words = Field(description="who made it")
    family: Family = Field(description="scalar RM, judge, rules, baseline, human or writer")
    licence: Words = Field(description="of its weights, or 'closed'")
    trained_on_weval: bool = Field(description="whether it was trained on data made as WEval's is")
    parameters: Annotated[int, Field(ge=1, le=10**15), BeforeValidator(_size)] | None = Field(
        default=None, description="how many it has, as 7B"
    )
    link: Annotated[str, Field(max_length=300), AfterValidator(_web)] | None = Field(
        default=None, description="https:// address of a page about it"
    )
    contact: Words | None = Field(default=None, description="whom to ask; shown to everybody")


def slug_of(name: str) -> str:
    """The name of a model's folder and of its page: small letters, digits and hyphens, at most 64.

    >>> slug_of("Skywork-Reward V2 (8B)")
    'skywork-reward-v2-8b'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _SLUG.sub("-", plain.lower()).strip("-")[:64].strip("-")
