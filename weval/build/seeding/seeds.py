"""Seeds: the first turns of users, cleaned of what nobody sees, without repetitions, with their languages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.build.injection import to_models
from weval.build.recipe import Recipe
from weval.build.records import Seed
from weval.build.sections import Seeds
from weval.build.seeding.languages import check_languages, language_of
from weval.build.seeding.sources import HUB_SETS, Row, files_of, rows, source_of
from weval.build.step import Work
from weval.errors import ConfigError
from weval.hashes import sha256_of
from weval.randomness import digest
from weval.types import MAX_RESPONSE_CHARS

NOTICE_ROWS = 100_000
"""Of so many rows each the user is told."""

MAX_ID = 200

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions, which can show a text as another than it is
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # of no width; joiners are left, scripts and emoji need them
    "\U000e0000-\U000e007f"  # tags, which can hide a whole text
    "\ud800-\udfff"
    "]"
)


def inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The files that seeds are read from, with their sha256; for data sets of the Hub, name@commit.

    Raises ConfigError, DataError where a file is not there.
    """
    found: dict[str, str] = {}
    for number, one in enumerate(recipe.seeds.sets, start=1):
        if one.path is None:
            hub = HUB_SETS[one.source]
            found[f"{number} {one.source}"] = f"{hub.name}@{one.revision or hub.revision}"
            continue
        for path in files_of(one, home):
            name = path.name if path == home / one.path else path.relative_to(home / one.path).as_posix()
            found[f"{number} {one.source}: {name}"] = sha256_of(path)
    return found


def make(work: Work) -> Iterator[Seed]:
    """The seeds of all sources in the order of the recipe. Of texts that are the same the first is kept.

    A text is the same as another whatever their case, white space and width of characters. One that gives orders to a
    model, as "ignore your instructions", is no request for a text. Raises ConfigError, DataError.
    """
    section = work.recipe.seeds
    if not section.sets:
        raise ConfigError("seeds.sets: the recipe names none; as `- {source: file, path: my.jsonl, field: prompt}`")
    check_languages(section.languages)
    sieve, n_rows = _Sieve(section), Counter[str]()
    for one in section.sets:
        source = source_of(one)
        for row in rows(one, work.home):
            n_rows[source] += 1
            if n_rows[source] % NOTICE_ROWS == 0:
                work.watcher.notice(f"seeds: {n_rows[source]:,} rows of {source} read, {sieve.n_kept:,} kept in all")
            found = sieve.passed(source, row)
            if isinstance(found, Seed):
                yield found
            else:
                work.leave_out(f"{source}:{row.row}"[:MAX_ID], *found)
    work.told |= {"rows": dict(n_rows), "cleaned": sieve.n_cleaned, "languages": dict(sieve.languages.most_common())}


class _Sieve:
    """What makes a first turn a seed, or says why it is none. Of a text before it keeps a hash of 8 bytes alone."""

    def __init__(self, section: Seeds) -> None:
        self._section = section
        self._max_chars = min(section.max_chars, MAX_RESPONSE_CHARS)
        self._seen: set[bytes] = set()
        self.n_cleaned = 0
        self.languages: Counter[str] = Counter()

    @property
    def n_kept(self) -> int:
        return self.languages.total()

    def passed(self, source: str, row: Row) -> Seed | tuple[str, str]:
        """The seed; or the reason, in a word and in full, why there is none."""
        if row.text is None:
            return "no_user_turn", ""
        text = cleaned(row.text)
        if len(text) < self._section.min_chars:
            return "too_short", f"{len(text):,} characters"
        if len(text) > self._max_chars:
            return "too_long", f"{len(text):,} characters"
        name = seed_id(text)
        if bytes.fromhex(name) in self._seen:
            return "duplicate", name
        language = language_of(text)
        if self._section.languages and language not in self._section.languages:
            return "other_language", language or "not known"
        if words := to_models(text):
            return "injected", f"speaks to a model: {words}"
        self._seen.add(bytes.fromhex(name))
        self.n_cleaned += _UNSEEN.search(row.text) is not None
        self.languages[language or "not known"] += 1
        return Seed(id=name, text=text, language=language, source=source, source_id=row.row[:MAX_ID])


def cleaned(text: str) -> str:
    """The text as a reader sees it: lines end in LF; control characters and marks of direction are taken out.

    >>> cleaned("Write\\x00 a \\u202epoem.\\r\\n")
    'Write a poem.'
    """
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).strip()


def seed_id(text: str) -> str:
    """A hash of the text without case, white space at its ends and runs of it, and widths (NFKC): 16 hex digits.

    >>> seed_id("Write  a POEM") == seed_id("write a poem ")
    True
    """
    return digest(" ".join(unicodedata.normalize("NFKC", text).casefold().split())).hex()
