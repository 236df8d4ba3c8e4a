"""`weval bench queries`: requests for writing over a pool of domains, written by a model and refined by it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from weval.bench.construction.asking import Asking, Question, object_schema, opened
from weval.bench.construction.keeping import OUTCOME, kept_beside
from weval.bench.construction.pool import Place, Pool, Strategy, read_pool
from weval.bench.construction.records import Made, Query, lines_of
from weval.bench.construction.unsound import entries, exactly, plain_text
from weval.files import write_json, write_text
from weval.replied import Unsound, object_in
from weval.run import Watcher
from weval.types import Record, Text

MOST_CHARS, MOST_REFINED_CHARS = 4_000, 30_000
"""Of a request as it is first written, and with the material that refinement may add."""

DRAFTS = object_schema({"requests": {"type": "array", "items": {"type": "string"}}})
REFINED = object_schema({"request": {"type": "string"}})


class QueriesOptions(Record):
    """What --set takes for queries, beside the settings of the model."""

    n: int = Field(default=10, ge=1, le=50, description="requests for each kind of text in each language")
    strategies: int = Field(default=2, ge=0, le=20, description="ways in which each is refined; 0: not at all")
    seed: int = Field(default=0, description="of which ways these are")
    languages: Text | None = Field(default=None, description="codes of the pool's languages, by commas (default: all)")
    domains: Text | None = Field(default=None, description="primary domains, by commas (default: all of the pool)")
    pool: Text | None = Field(default=None, description="a file of domains (default: tasks/writingbench/domains.yaml)")
    tries: int = Field(default=3, ge=1, le=20, description="replies to one question until one is sound")


@dataclass(frozen=True)
class QueriesSpec:
    """What the user asked for: queries over a pool of domains, by a model, into a file."""

    model: str
    out: Path
    settings: Mapping[str, str] = field(default_factory=dict)


class Draft(NamedTuple):
    """A request, where in the pool it belongs, what it is called on the way, and the ways in which it was refined."""

    name: str
    place: Place
    text: str
    strategies: tuple[str, ...] = ()


def write_queries(spec: QueriesSpec, watcher: Watcher | None = None) -> Made:
    """Writes queries numbered from 1, in WritingBench's layout without checklists, in the order of the pool.

    What has no sound reply is not in the file, and is named in what is given back: a kind of text, of which there are
    no requests then, or a request that was not refined. Replies are kept in OUT.replies as they come: the same command
    again asks for what is missing. Raises WevalError.
    """
    model, options = opened(spec.model, spec.settings, QueriesOptions)
    own = Path(options.pool) if options.pool else None
    pool = read_pool(own)
    places = list(pool.places(_listed(options.domains), _listed(options.languages)))
    pool.drawn(options.strategies, options.seed, "")  # that there are so many, before anything is paid for
    with kept_beside(spec.out, *([own] if own else [])) as folder:
        model.keep_in(folder)
        asking = Asking(model, watcher or Watcher(), options.tries)
        drafts, twice = without_duplicates(generate_queries(places, pool, options, asking))
        refined, again = without_duplicates(refine_queries(drafts, pool, options, asking))
        rows = [_row(n, draft) for n, draft in enumerate(refined, start=1)]
        write_text(spec.out, lines_of(rows))
        n_asked = len(places) * options.n
        made = asking.made(spec.out, n_asked, len(rows), options, written=twice, refined=again)
        write_json(folder / OUTCOME, made)
    return made


def generate_queries(places: Sequence[Place], pool: Pool, options: QueriesOptions, asking: Asking) -> list[Draft]:
    """Requests for each place, `options.n` where its reply was sound, else none. Raises ResultError."""
    named = {"/".join(place): place for place in places}
    questions = [
        Question(
            name,
            "queries",
            {**_words(place, pool), "number": str(options.n)},
            DRAFTS,
            partial(requests_in, n=options.n),
        )
        for name, place in named.items()
    ]
    found = asking.ask(questions)
    return [Draft(f"{name}/{n}", named[name], text) for name, texts in found.items() for n, text in enumerate(texts, 1)]


def refine_queries(drafts: Sequence[Draft], pool: Pool, options: QueriesOptions, asking: Asking) -> list[Draft]:
    """Each request refined in the ways that were drawn for it; without a sound reply it is left out.

    As they are where no way is to be drawn. Raises ResultError.
    """
    if not options.strategies:
        return list(drafts)
    drawn = {draft.name: pool.drawn(options.strategies, options.seed, draft.name) for draft in drafts}
    found = asking.ask([_refinement(draft, pool, drawn[draft.name]) for draft in drafts])
    return [
        draft._replace(text=found[draft.name], strategies=tuple(way.name for way in drawn[draft.name]))
        for draft in drafts
        if draft.name in found
    ]


def without_duplicates(drafts: Iterable[Draft]) -> tuple[list[Draft], int]:
    """Those whose letters and digits nobody before had, and how many others there were."""
    seen, kept, n = set[str](), list[Draft](), 0
    for draft in drafts:
        n += 1
        if (key := normalised(draft.text)) not in seen:
            seen.add(key)
            kept.append(draft)
    return kept, n - len(kept)


def normalised(text: str) -> str:
    """The letters and digits of a text, as alike as Unicode makes them; of a text without any, the text.

    >>> normalised("Write about TEA!") == normalised("write  about tea")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum()) or text


def requests_in(text: str, n: int) -> tuple[str, ...]:
    """The requests of a reply: exactly n texts, no two alike. Raises Unsound.

    >>> requests_in('{"requests": ["Write about tea.", "Write about pots."]}', 2)
    ('Write about tea.', 'Write about pots.')
    """
    listed = entries(exactly(object_in(text), ("requests",), "the reply")["requests"], n, "requests")
    found = tuple(plain_text(one, MOST_CHARS, f"request {place}") for place, one in enumerate(listed, start=1))
    if len({normalised(one) for one in found}) < n:
        raise Unsound("duplicate", "two requests are the same")
    return found


def refined_in(text: str, draft: str) -> str:
    """The request of a reply, which is not the draft as it was. Raises Unsound.

    >>> refined_in('{"request": "Write 50 words about tea."}', "Write about tea.")
    'Write 50 words about tea.'
    """
    found = plain_text(exactly(object_in(text), ("request",), "the reply")["request"], MOST_REFINED_CHARS, "request")
    if normalised(found) == normalised(draft):
        raise Unsound("unchanged", "the request came back as it was")
    return found


def _refinement(draft: Draft, pool: Pool, ways: Sequence[Strategy]) -> Question[str]:
    words = {**_words(draft.place, pool), "strategies": "\n".join(f"- {way.text}" for way in ways)}
    return Question(draft.name, "refine", words, REFINED, partial(refined_in, draft=draft.text), draft.text)


def _words(place: Place, pool: Pool) -> dict[str, str]:
    return {"domain1": place.domain1, "domain2": place.domain2, "language": pool.languages[place.language]}


def _row(index: int, draft: Draft) -> Query:
    where = draft.place
    return Query(
        index=index,
        domain1=where.domain1,
        domain2=where.domain2,
        lang=where.language,
        query=draft.text,
        strategies=draft.strategies or None,
    )


def _listed(names: str | None) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()] if names else []
