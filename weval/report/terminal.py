"""Tables that fit a terminal of 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from weval.report.health import health_lines
from weval.report.insights import insights
from weval.report.tables import WIDTH, estimated, table, wrapped
from weval.report.wording import EFFECT, LABELS, RELEASED_WHY, counts, heading, remarks
from weval.results import Estimate, PairEstimate, Result
from weval.run import Volume
from weval.wording import DASH, interval, number, value_of


def result_text(result: Result) -> str:
    """The headline of one run: figures, intervals, the released script's figures beside them."""
    rows = [
        (
            label,
            *estimated(result.metrics.get(name)),
            number((result.released or {}).get(name)),
            number(result.pessimistic.get(name)) if result.n_missing else "",
        )
        for name, label in LABELS.items()
    ]
    rows += [(name, *estimated(found), DASH, DASH if result.n_missing else "") for name, found in result.own.items()]
    figures = table(
        ["", "value", "95 % interval", "items", "released", "pessimistic" if result.n_missing else ""], rows
    )
    health = [*map(_wrapped_between_parts, health_lines(result)), ""]
    notes = [*(f"note: {text}" for text in remarks(result)), RELEASED_WHY]
    parts = [wrapped(heading(result)), wrapped(counts(result)), "", figures, "", *(health if health[1:] else [])]
    return "\n".join([*parts, *map(wrapped, notes)])


def details_text(result: Result) -> str:
    """One run in full: the headline, then every breakdown."""
    parts = [result_text(result)]
    for title, groups in (("by category", result.by.category), ("by language", result.by.language)):
        if groups:
            parts += ["", _parts_table(title, groups)]
    if result.by.dropped:
        parts += ["", "accuracy on pairs, by how many requirements apart", _gaps_table(result.by.dropped)]
    if result.diagnosis.requirement_effect:
        parts += [
            "",
            "by the type of what was dropped: accuracy on pairs, and effect on the score",
            _types_table(result),
        ]
        parts.append(wrapped(EFFECT))
    return "\n".join([*parts, "", *map(wrapped, insights(result))])


def comparison_text(results: Sequence[Result], folders: Sequence[str] = ()) -> str:
    """Several runs in one table per task, best correlation first; tasks are the same when their items are.

    `folders` are the runs' own, which tell apart those of one model: a judge that was asked by several prompts.
    """
    tasks: dict[tuple[str, str, str], list[Result]] = {}
    for result in _told_apart(results, folders):
        tasks.setdefault((result.task.name, result.task.version, result.task.sha256), []).append(result)
    parts = []
    for (name, version, sha256), runs in tasks.items():
        alike = sum(task[:2] == (name, version) for task in tasks) > 1
        parts += [
            f"{name} {version}" + (f" (sha256 {sha256[:12]}…)" if alike else ""),
            "",
            _runs_table(runs),
            *_own_tables(runs),
            "",
        ]
    if any(not result.publishable for result in results):
        parts.append("* not publishable: items are missing, or not all were judged, or not on all requirements")
    return "\n".join([*parts, wrapped(RELEASED_WHY)])


def _told_apart(results: Sequence[Result], folders: Sequence[str]) -> Sequence[Result]:
    """The results, each that shares its model's name with another under the name of its folder as well."""
    if not folders:
        return results
    asked = Counter((result.task.sha256, result.model.name) for result in results)
    named = []
    for result, folder in zip(results, folders, strict=True):
        name = result.model.name
        if asked[result.task.sha256, name] > 1:
            result = result.model_copy(update={"model": result.model.model_copy(update={"name": f"{name} ({folder})"})})
        named.append(result)
    return named


def _runs_table(results: Sequence[Result]) -> str:
    rows = [
        (
            result.model.name + ("" if result.publishable else " *"),
            value_of(result.metrics["correlation"]),
            interval(found.ci if (found := result.metrics["correlation"]) else None),
            value_of(result.metrics["il"]),
            value_of(result.metrics["pl"]),
            value_of(result.metrics["reading"]),
            number((result.released or {}).get("correlation")),
            f"{result.n_scored}/{result.n_items}",
        )
        for result in sorted(results, key=lambda r: -(r.metrics["correlation"] or _NOTHING).value)
    ]
    return table(["model", "corr.", "95 % interval", "IL", "PL", "reading", "released", "scored"], rows)


def _own_tables(results: Sequence[Result]) -> list[str]:
    """For each metric of the user's own a table of the runs that have it."""
    parts = []
    for metric in dict.fromkeys(name for result in results for name in result.own):
        rows = [(result.model.name, *estimated(result.own[metric])) for result in results if metric in result.own]
        parts += ["", table([metric, "value", "95 % interval", "items"], rows)]
    return parts


def _wrapped_between_parts(line: str) -> str:
    """A line of parts with dots between them, broken at a dot rather than inside of a part."""
    first, *parts = line.split(" · ")
    lines = [first]
    for part in parts:
        if len(lines[-1]) + len(f" · {part}") <= WIDTH:
            lines[-1] += f" · {part}"
        else:
            lines.append(" " * 9 + part)
    return "\n".join(map(wrapped, lines))


def volume_text(volume: Volume) -> str:
    """What --estimate found."""
    replies = f" of {volume.replies} replies" if volume.replies > 1 else ""
    said = (
        f"{volume.items:,} items, {volume.requests:,} requests{replies}, {volume.characters:,} characters "
        f"(about {volume.characters // 4:,} tokens of English) to be read"
    )
    return said if volume.usd is None else f"{said}; about ${volume.usd:,.2f}, more where a model reasons first"


_NOTHING = Estimate(value=-2.0, ci=None, n=0)  # below every correlation


def _parts_table(title: str, groups: Mapping[str, Mapping[str, Estimate | None]]) -> str:
    rows = [
        (
            name,
            value_of(found.get("correlation")),
            interval(estimate.ci if (estimate := found.get("correlation")) else None),
            value_of(found.get("il")),
            value_of(found.get("pl")),
            value_of(found.get("reading")),
            str(estimate.n if estimate else 0),
        )
        for name, found in groups.items()
    ]
    return table([title, "corr.", "95 % interval", "IL", "PL", "reading", "items"], rows)


def _gaps_table(groups: Mapping[str, PairEstimate]) -> str:
    rows = [(name, value_of(found), interval(found.ci), f"{found.n_pairs:,}") for name, found in groups.items()]
    return table(["", "accuracy", "95 % interval", "pairs"], rows)


def _types_table(result: Result) -> str:
    rows = []
    for name, effect in result.diagnosis.requirement_effect.items():
        found = result.by.requirement_type.get(name)
        accuracy = (value_of(found), interval(found.ci if found else None), f"{effect.n_pairs:,}")
        rows.append((name, *accuracy, number(effect.beta), interval(effect.ci)))
    return table(["", "accuracy", "95 % interval", "pairs", "effect", "95 % interval"], rows)
