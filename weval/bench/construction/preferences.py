"""`weval bench preferences`: do scores by query-dependent, per-domain and global criteria prefer what people prefer?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

import weval
from weval.bench.construction.agreement import Agreement, AgreementFigures, Apart, agreement, apart, figures
from weval.bench.construction.judging import Case, Scores, opened_judge
from weval.bench.construction.keeping import kept_beside
from weval.bench.construction.records import Kind, Preference, Preferred, Query, read_rows
from weval.bench.construction.static import static_criteria
from weval.errors import ConfigError
from weval.files import Problems, as_file_name, write_json, write_text
from weval.hashes import sha256_of
from weval.metrics import RESAMPLES
from weval.results import Cost, ModelStamp
from weval.run import Watcher
from weval.settings import divide, updated
from weval.types import Count, Id, Record, Text

KINDS: tuple[Kind, ...] = ("query", "domain", "global")

SCORES = "scores.jsonl"
"""In the folder of replies: the scores of both responses of every judgement."""


Pair = tuple[float | None, float | None]
"""The scores of a and of b in one judgement, None where one is missing."""


class PreferencesOptions(Record):
    """What --set takes for preferences, beside the settings of the judge."""

    criteria: Literal["all", "query", "domain", "global"] = Field(
        default="all", description="query: written for each query; domain, global: written before; all: side by side"
    )
    queries: Text | None = Field(
        default=None, description="the queries with domains and checklists (weval bench criteria); global needs none"
    )
    resamples: int | None = Field(default=None, ge=100, le=1_000_000, description=RESAMPLES)


@dataclass(frozen=True)
class PreferencesSpec:
    """What the user asked for: human preferences in a file beside the scores of a judge. `out` is a JSON file."""

    preferences: Path
    judge: str
    settings: Mapping[str, str] = field(default_factory=dict)
    out: Path | None = None


class KindResult(Record):
    """One kind of criteria: its agreement, and what its questions to the judge ended in, with examples."""

    agreement: AgreementFigures
    statuses: dict[str, Count]
    reasons: dict[str, str]


class PreferencesResult(Record):
    """How far people and a judge prefer the same of two responses. Judgements on one query stand or fall together.

    `file` is known by its `sha256`. `kinds` holds the kinds of criteria, `apart` every two of them beside each other.
    """

    file: str
    sha256: str
    judge: ModelStamp
    n_judgements: Count
    n_items: Count
    n_annotators: Count | None
    kinds: dict[str, KindResult]
    apart: tuple[Apart, ...]
    settings: dict[str, object]
    cost: Cost
    versions: dict[str, str]


class ScoredJudgement(Record):
    """A line of scores.jsonl: by kind of criteria the mean score of a and of b, null where one is missing."""

    key: Id
    annotator: Id | None
    preferred: Preferred
    scores: dict[str, Pair]


def judge_preferences(spec: PreferencesSpec, watcher: Watcher | None = None) -> PreferencesResult:
    """Scores every response by every kind of criteria, and compares with what people preferred; writes the result.

    A response's score is the mean over its criteria; where one has no score, the response has none, and its judgements
    are counted as missing. Replies are kept in OUT.replies as they come. Raises WevalError.
    """
    watcher = watcher or Watcher()
    (own,), rest = divide(spec.settings, PreferencesOptions)
    options = updated(PreferencesOptions(), own)
    judge = opened_judge(spec.judge, rest)
    rows = read_rows(spec.preferences, Preference)
    cases = _cases(spec.preferences, rows, options)
    out = spec.out or _default_out(spec)
    with kept_beside(out, spec.preferences, *([Path(options.queries)] if options.queries else [])) as folder:
        scores = Scores(judge)
        scores.ask(list(cases.values()), folder, watcher)
        pairs = {kind: [_pair(row, kind, cases, scores) for row in rows] for kind in _kinds(options)}
        found = {kind: _agreement(of_kind, rows) for kind, of_kind in pairs.items()}
        result = PreferencesResult(
            file=spec.preferences.name,
            sha256=sha256_of(spec.preferences),
            judge=ModelStamp(
                name=spec.judge, unit=judge.unit, reads_ids=judge.reads_ids, fingerprint=dict(judge.fingerprint)
            ),
            n_judgements=len(rows),
            n_items=len(cases),
            n_annotators=len({row.annotator for row in rows if row.annotator}) or None,
            kinds={kind: _kind(kind, one, rows, cases, scores, options) for kind, one in found.items()},
            apart=tuple(apart(found, [row.key for row in rows])),
            settings=options.model_dump(mode="json"),
            cost=scores.costs.cost,
            versions={"weval": weval.__version__, "numpy": np.__version__},
        )
        write_text(folder / SCORES, "".join(f"{line.model_dump_json()}\n" for line in _scored(rows, pairs)))
        write_json(out, result)
    _say_failed(result, watcher)
    return result


def _cases(path: Path, rows: Sequence[Preference], options: PreferencesOptions) -> dict[str, Case]:
    """What is to be scored, by key: each response of a query once. Raises DataError naming lines, ConfigError."""
    if options.queries is None and options.criteria != "global":
        raise ConfigError(f"--set criteria={options.criteria}: needs --set queries=FILE, or take criteria=global")
    known = {}
    if options.queries:
        known = {query.key: query for query in read_rows(Path(options.queries), Query, lambda query: query.key)}
    problems, texts, responses = Problems(path), dict[str, str](), dict[str, dict[str, None]]()
    criteria = dict[str, dict[Kind, list[dict[str, str]]]]()
    for line, row in enumerate(rows, start=1):
        query = known.get(row.key, Query(id=row.key, query=row.query) if row.query else None)
        if query is None:
            missing = (
                f"{row.key!r} is not in {options.queries}, and no query is here" if options.queries else "is missing"
            )
            problems.add(line, "query", missing)
            continue
        if texts.setdefault(row.key, query.query) != (row.query or query.query):
            problems.add(line, "query", f"is another than that of {row.key!r} elsewhere")
        if row.key not in criteria:
            criteria[row.key] = dict(_criteria(query, options, problems, line))
        responses.setdefault(row.key, {}).update(dict.fromkeys((row.response_a, row.response_b)))
    problems.check()
    languages = {key: query.lang for key, query in known.items()}
    return {
        key: Case(key, text, languages.get(key), tuple(responses[key]), criteria[key]) for key, text in texts.items()
    }


def _kinds(options: PreferencesOptions) -> tuple[Kind, ...]:
    return KINDS if options.criteria == "all" else (options.criteria,)


def _criteria(
    query: Query, options: PreferencesOptions, problems: Problems, line: int
) -> Iterator[tuple[Kind, list[dict[str, str]]]]:
    """The criteria of each kind for a query; what has none is a problem of the line."""
    for kind in _kinds(options):
        if kind == "query":
            if query.checklist is None:
                problems.add(line, "index", f"{query.key!r} has no checklist in {options.queries}")
            yield kind, [criterion.as_dict() for criterion in query.checklist or ()]
            continue
        try:
            yield kind, static_criteria(kind, query.domain1)
        except ConfigError as error:
            problems.add(line, "index", f"{query.key!r}: {error}")


def _agreement(pairs: Sequence[Pair], rows: Sequence[Preference]) -> Agreement:
    return agreement([a for a, _ in pairs], [b for _, b in pairs], [row.preferred for row in rows])


def _pair(row: Preference, kind: Kind, cases: Mapping[str, Case], scores: Scores) -> Pair:
    case = cases[row.key]
    return scores.mean(case, kind, row.response_a), scores.mean(case, kind, row.response_b)


def _kind(
    kind: Kind,
    found: Agreement,
    rows: Sequence[Preference],
    cases: Mapping[str, Case],
    scores: Scores,
    options: PreferencesOptions,
) -> KindResult:
    statuses, reasons = scores.told(list(cases.values()), kind)
    return KindResult(
        agreement=figures(found, [row.key for row in rows], options.resamples), statuses=statuses, reasons=reasons
    )


def _scored(rows: Sequence[Preference], pairs: Mapping[Kind, Sequence[Pair]]) -> Iterator[ScoredJudgement]:
    for at, row in enumerate(rows):
        yield ScoredJudgement(
            key=row.key,
            annotator=row.annotator,
            preferred=row.preferred,
            scores={kind: of_kind[at] for kind, of_kind in pairs.items()},
        )


def _say_failed(result: PreferencesResult, watcher: Watcher) -> None:
    if failed := sum(kind.statuses.get("failed", 0) for kind in result.kinds.values()):
        watcher.notice(f"{failed:,} answers of the judge did not come; the same command asks for these again")


def _default_out(spec: PreferencesSpec) -> Path:
    return Path("runs") / as_file_name(spec.judge) / f"preferences-{as_file_name(spec.preferences.stem)}.json"
