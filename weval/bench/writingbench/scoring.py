"""From the scores of one model's responses to the row that WritingBench's table has for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from weval.bench.items import Mode, is_original
from weval.errors import DataError, OriginalError

Criteria = Mapping[str, Sequence[float | None]]
"""Of one query: what the judge gave for each criterion, once or several times. None is a reply without a score."""

Place = tuple[int, str | None, str | None]
"""A query of the benchmark: its index, its domain and its subdomain, None where it has none."""

DOMAINS = (
    "Academic & Engineering",
    "Finance & Business",
    "Politics & Law",
    "Literature & Arts",
    "Education",
    "Advertising & Marketing",
)
"""The six domains in the order of the published table."""

REQUIREMENTS = ("style", "format", "length")
"""The requirements in the order of the code. As R1 to R3 two papers have them in two other orders."""

_REQUIREMENT_COLUMNS = frozenset(f"{name}_{part}" for name in REQUIREMENTS for part in "RC")


class Requirement(TypedDict):
    """The queries that make a requirement (R), and which of their criteria are about it (C)."""

    R: Sequence[int]
    C: Sequence[tuple[int, Sequence[str]]]


def query_mean(criteria: Criteria, mode: Mode = "repaired") -> float | None:
    """The mean over all scores of one query, 1 to 10, higher is better.

    `repaired`: None where a score is missing, a criterion has none, or there is no criterion. The published script
    divides by zero there: `original` raises OriginalError.

    >>> query_mean({"Tone": [8], "Length": [5]}), query_mean({"Tone": [8], "Length": [None]})
    (6.5, None)
    """
    original, values = is_original(mode), _scores(criteria)
    if values is None:
        if original:
            raise OriginalError("WritingBench's script divides by zero: a query or one of its criteria has no score")
        return None
    return sum(values) / len(values)


def criteria_means(criteria: Criteria, names: Iterable[str], mode: Mode = "repaired") -> list[float] | None:
    """The mean score of each named criterion of one query, in their order; C columns are means over these.

    `repaired`: None where the query lacks a score or a criterion; `original` raises OriginalError.

    >>> criteria_means({"Tone": [8, 6], "Length": [5, 5]}, ["Tone"])
    [7.0]
    """
    names, original = list(names), is_original(mode)
    if query_mean(criteria, mode) is None:
        return None
    if lacking := [name for name in names if name not in criteria]:
        if original:
            raise OriginalError(f"WritingBench's script has a KeyError: no scores for the criterion {lacking[0]!r}")
        return None
    return [sum(given) / len(given) for name in names if (given := _scores({name: criteria[name]}))]


def aggregate(
    scores: Sequence[tuple[int, Criteria]],
    benchmark: Sequence[Place],
    requirements: Mapping[str, Requirement],
    mode: Mode = "repaired",
) -> dict[str, float | None]:
    """One model's row of the table, by column; column_order gives their order. Scores are 1 to 10.

    `scores` are index and criteria of each query in the order of the file. Domain1 and Domain2 columns are means over
    queries of their means; R columns the same over the requirement's queries, C columns means over its criteria.

    `original`: Overall is the mean over all scores of all lines, so a query with fewer criteria counts less, and one
    that stands in the file twice counts twice; everywhere else its last line counts. Count is the number of lines.
    Queries without a line are left out unseen. A requirement without queries is 0. Domain2 columns are those that have
    a query. Raises OriginalError where the script stops: no scores, a missing criterion, a domain it does not know.

    `repaired`: Overall is the mean over queries, as the other columns are. A query without all of its scores, or one
    of the benchmark that is not there at all, is in no column and counted in Missing; Count is the number of the
    others. A column without queries is None. Raises DataError for an index that is repeated or that the benchmark
    lacks, and for a requirement's query whose criteria it does not tell.

    Source: X-PLUG/WritingBench ae2d5176, calculate_scores.py.

    >>> row = aggregate([(1, {"Tone": [8], "Length": [5]}), (2, {"Tone": [None]})], [(1, "Education", "Quiz"),
    ...     (2, "Education", "Quiz")], {"length": {"R": [1, 2], "C": [(1, ["Length"]), (2, ["Tone"])]}})
    >>> [row[name] for name in ("Overall", "Count", "Missing", "Domain2_Quiz", "length_R", "length_C", "style_R")]
    [6.5, 1, 1, 6.5, 6.5, 5.0, None]
    """
    return (_original if is_original(mode) else _repaired)(scores, benchmark, requirements)


def column_order(rows: Sequence[Mapping[str, float | None]], benchmark: Sequence[Place]) -> list[str]:
    """The columns of several models' rows: Overall, counts, domains, subdomains, then R and C of each requirement.

    Subdomains stand by domain, the one with the highest mean over models first; those without a value are the last.
    Equal ones stand as in the first row.

    >>> rows = [{"Overall": 6.0, "Domain2_Quiz": 5.0, "Domain2_Exam": 6.0}]
    >>> column_order(rows, [(1, "Education", "Quiz"), (2, "Education", "Exam")])
    ['Overall', 'Domain2_Exam', 'Domain2_Quiz']
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    domain = {f"Domain2_{inner}": outer for _, outer, inner in benchmark}
    rank = {name: n for n, name in enumerate(DOMAINS)}

    def key(name: str) -> tuple[int, float, float]:
        if name not in domain:
            return (2 if name in _REQUIREMENT_COLUMNS else 0, 0.0, 0.0)
        mean = _mean([value for row in rows if (value := row.get(name)) is not None])
        return (1, rank.get(domain[name] or "", len(rank)), 0.0 if mean is None else -mean)

    return sorted(names, key=key)


def to_judge(responses: Sequence[int], already: Sequence[int], mode: Mode = "repaired") -> list[int]:
    """The indexes of responses that a run which was stopped has yet to judge, given those in its file.

    `original` counts lines and is off by one: the last that was scored is judged again, and a finished file gains a
    line with every run. `repaired` judges what is not there.

    >>> to_judge([100, 101, 102], [100, 101], mode="original"), to_judge([100, 101, 102], [100, 101])
    ([101, 102], [102])
    """
    if is_original(mode):
        return list(responses[max(0, len(already) - 1) :])
    done = set(already)
    return [index for index in responses if index not in done]


def _scores(criteria: Criteria) -> list[float] | None:
    """All scores of a query, None unless every criterion has all of its own."""
    values = [score for given in criteria.values() for score in given]
    known = [score for score in values if score is not None]
    return known if known and len(known) == len(values) and all(map(len, criteria.values())) else None


def _original(
    scores: Sequence[tuple[int, Criteria]], benchmark: Sequence[Place], requirements: Mapping[str, Requirement]
) -> dict[str, float | None]:
    if not scores:
        raise OriginalError("WritingBench's script divides by zero: the score file is empty")
    if absent := [name for name in REQUIREMENTS if name not in requirements]:
        raise OriginalError(f"WritingBench's script finds no file of the requirement {absent[0]}")
    means = {index: query_mean(criteria, "original") or 0.0 for index, criteria in scores}
    every = [score for _, criteria in scores for score in _scores(criteria) or ()]
    row: dict[str, float | None] = {"Overall": sum(every) / len(every), "Count": len(scores)}
    columns, six = _domains(means, benchmark), {f"Domain1_{name}" for name in DOMAINS}
    for _, outer, inner in benchmark:
        if outer not in DOMAINS and f"Domain2_{inner}" in columns:
            raise OriginalError(f"WritingBench's script has a KeyError: {outer!r} of {inner!r} is none of its domains")
    row |= {name: value for name, value in columns.items() if name in six or name.startswith("Domain2_")}
    for name in REQUIREMENTS:
        scored = [index for index in requirements[name]["R"] if index in means]
        own = dict(requirements[name]["C"])
        if unknown := [index for index in scored if index not in own]:
            raise OriginalError(f"WritingBench's script has a KeyError: {name} has no criteria of query {unknown[0]}")
        parts = [criteria_means(criteria, own[index], "original") for index, criteria in _chosen(scores, scored)]
        row[f"{name}_R"] = _mean([means[index] for index in scored]) or 0.0
        row[f"{name}_C"] = _mean(_flat(parts)) or 0.0
    return row


def _repaired(
    scores: Sequence[tuple[int, Criteria]], benchmark: Sequence[Place], requirements: Mapping[str, Requirement]
) -> dict[str, float | None]:
    own = {name: dict(requirements[name]["C"]) if name in requirements else {} for name in REQUIREMENTS}
    queries = {name: requirements[name]["R"] if name in requirements else () for name in REQUIREMENTS}
    _check(scores, benchmark, queries, own)
    means: dict[int, float] = {}
    for index, criteria in scores:
        asked = [name for names in own.values() for name in names.get(index, ())]
        of_query = query_mean(criteria)
        if of_query is not None and all(name in criteria for name in asked):
            means[index] = of_query
    row: dict[str, float | None] = {"Overall": _mean(list(means.values())), "Count": len(means)}
    row["Missing"] = len(benchmark) - len(means)
    row |= _domains(means, benchmark)
    row = dict.fromkeys([*row, *(f"Domain2_{inner}" for _, _, inner in benchmark if inner is not None)]) | row
    for name in REQUIREMENTS:
        complete = [index for index in queries[name] if index in means]
        parts = [criteria_means(criteria, own[name][index]) for index, criteria in _chosen(scores, complete)]
        row[f"{name}_R"] = _mean([means[index] for index in complete])
        row[f"{name}_C"] = _mean(_flat(parts))
    return row


def _chosen(scores: Sequence[tuple[int, Criteria]], indexes: Iterable[int]) -> list[tuple[int, Criteria]]:
    """The last line of each of the indexes, in their order."""
    last = dict(scores)
    return [(index, last[index]) for index in indexes]


def _flat(parts: Iterable[Iterable[float] | None]) -> list[float]:
    return [value for part in parts for value in part or ()]


def _domains(means: Mapping[int, float], benchmark: Sequence[Place]) -> dict[str, float | None]:
    """Domain1 columns, the six always, and Domain2 columns with a query. A domain that is None has no column."""
    places = {index: inner for index, *inner in benchmark}
    found: dict[str, list[float]] = {f"Domain1_{name}": [] for name in DOMAINS}
    for index, value in means.items():
        for level, name in enumerate(places.get(index, ()), start=1):
            if name is not None:
                found.setdefault(f"Domain{level}_{name}", []).append(value)
    return {name: _mean(values) for name, values in found.items()}


def _check(
    scores: Sequence[tuple[int, Criteria]],
    benchmark: Sequence[Place],
    queries: Mapping[str, Sequence[int]],
    own: Mapping[str, Mapping[int, Sequence[str]]],
) -> None:
    """Raises DataError for all that leaves it open which query a number is of."""
    indexes = [index for index, _ in scores]
    known = [index for index, *_ in benchmark]
    problems = [f"scores: index {index} is repeated" for index in _repeated(indexes)]
    problems += [f"benchmark: index {index} is repeated" for index in _repeated(known)]
    unknown = dict.fromkeys(indexes).keys() - known
    problems += [f"scores: index {index} is not in the benchmark" for index in sorted(unknown)]
    for name in REQUIREMENTS:
        problems += [f"{name}: R: index {index} is repeated" for index in _repeated(queries[name])]
        problems += [f"{name}: C: index {index} is missing" for index in queries[name] if index not in own[name]]
    if problems:
        raise DataError(problems)


def _repeated(indexes: Sequence[int]) -> list[int]:
    return [index for index, n in Counter(indexes).items() if n > 1]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
