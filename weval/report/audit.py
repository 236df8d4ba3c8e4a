"""An audit as text: what to know first, then the tables it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weval.audit import Adherence, Audit, KeptSets, RequirementJudge, ResponseJudge, Share
from weval.report.beside import score_text
from weval.report.tables import table, wrapped
from weval.results import Estimate
from weval.wording import DASH, counted, interval, number, value_of

Row = tuple[str, ...]

INTERVAL = "95 % interval"


def audit_text(audit: Audit) -> str:
    """The audit in lines of at most 80 columns."""
    counts = (
        f"{counted(audit.n_items, 'item')}, {audit.n_candidates:,} candidates, "
        f"{audit.n_requirements:,} requirements, {audit.n_checked:,} with a check"
    )
    notes = [f"note: {text}" for text in (*audit.notices, *audit.remarks)]
    parts = [f"gold of {audit.task.name} {audit.task.version}", counts, "", *notes]
    return "\n\n".join(["\n".join(wrapped(part) for part in parts), *_sections(audit)])


def _sections(audit: Audit) -> Iterator[str]:
    if audit.adherence:
        yield _adherence("requirements met, by mechanical checks", audit.adherence)
    yield table(["", "value", INTERVAL, "n"], list(_figures(audit)))
    yield _levels(audit)
    if len(audit.length.by_language) > 1:
        languages = audit.length.by_language.items()
        rows = {name: (number(found.value), interval(found.ci), f"{found.n:,}") for name, found in languages}
        yield table(["length and gold, by language", "correlation", INTERVAL, "items"], _rows(rows))
    near = audit.duplicates.near
    if near and near.count:
        gaps = {f"{gap} apart": _share_row(found) for gap, found in audit.duplicates.near_by_gap.items()}
        yield table(["near duplicates, by gap in gold", "share", INTERVAL, "pairs"], _rows(gaps))
    if audit.kept_sets:
        yield _positions(audit.kept_sets)
    for judge in audit.judges:
        yield from _judge(judge)


def _adherence(title: str, found: Adherence) -> str:
    groups = {
        "all": found.overall,
        **{f"type {name}": met for name, met in found.by_type.items()},
        **{f"{name} dropped": met for name, met in found.by_dropped.items()},
        **{f"language {name}": met for name, met in found.by_language.items()},
    }
    rows = [
        (name, *(cell for share in (met.kept, met.dropped) for cell in _met_cells(share)))
        for name, met in groups.items()
    ]
    return f"{title}\n{table(['', 'kept', INTERVAL, 'n', 'dropped', INTERVAL, 'n'], rows)}"


def _met_cells(found: Share | None) -> Row:
    return (number(found.value), interval(found.ci), f"{found.n:,}") if found else (DASH, DASH, DASH)


def _figures(audit: Audit) -> Iterator[Row]:
    """One figure of the whole task per row."""
    if audit.order:
        ceiling = audit.order.noise_ceiling
        yield "checks and gold: correlation", *_estimate_row(audit.order.correlation)
        yield "a perfect reader's, expected", *_estimate_row(ceiling.correlation if ceiling else None)
        yield "pairs: more met where more kept", *_share_row(audit.order.rising)
        yield "pairs: as many met", *_share_row(audit.order.equal)
        yield "pairs: fewer met where more kept", *_share_row(audit.order.falling)
    systems, texts = audit.writing_systems, audit.duplicates
    yield "length and gold: correlation", *_estimate_row(audit.length.correlation)
    yield "in another writing system", *_share_row(systems.foreign)
    if systems.foreign and systems.foreign.count:
        yield "being so and gold: correlation", *_estimate_row(systems.correlation)
    yield "near-duplicate pairs", *_share_row(texts.near)
    yield "responses also in another item", *_share_row(texts.responses)
    yield "instructions also in another item", *_share_row(texts.instructions)
    yield "empty responses", *_share_row(texts.empty)
    if audit.kept_sets:
        yield "items with nested kept sets", *_share_row(audit.kept_sets.nested)


def _share_row(found: Share | None) -> Row:
    return (number(found.value), interval(found.ci), f"{found.count:,} of {found.n:,}") if found else (DASH, DASH, DASH)


def _estimate_row(found: Estimate | None) -> Row:
    return (number(found.value), interval(found.ci), counted(found.n, "item")) if found else (DASH, DASH, DASH)


def _levels(audit: Audit) -> str:
    met = audit.order.met_by_kept if audit.order else {}
    systems = audit.writing_systems
    foreign = systems.by_kept if systems.foreign and systems.foreign.count else {}
    rows = [
        (
            kept,
            number(met[kept].value if kept in met else None) if met else "",
            interval(met[kept].ci if kept in met else None) if met else "",
            f"{chars.value:,.0f}",
            DASH if chars.ci is None else f"{chars.ci[0]:,.0f} … {chars.ci[1]:,.0f}",
            number(foreign[kept].value if kept in foreign else None) if foreign else "",
        )
        for kept, chars in audit.length.chars_by_kept.items()
    ]
    checked = ["checks met", INTERVAL] if met else ["", ""]
    return table(["kept", *checked, "characters", INTERVAL, "other script" if foreign else ""], rows)


def _positions(found: KeptSets) -> str:
    rows = {
        name: (
            number(position.kept.value), interval(position.kept.ci),
            value_of(position.excess), interval(position.excess.ci),
        )
        for name, position in found.positions.items()
    }  # fmt: skip
    return table(["position", "kept", INTERVAL, "excess", "interval for all"], _rows(rows))


def _judge(judge: RequirementJudge | ResponseJudge) -> Iterator[str]:
    name = f"{judge.model} ({judge.run})"
    if isinstance(judge, RequirementJudge):
        if judge.adherence:
            yield _adherence(wrapped(f"requirements met, by {name}"), judge.adherence)
        else:
            yield wrapped(f"requirements met, by {name}: {DASH}")
        return
    yield (
        wrapped(f"scores of {name}")
        + "\n"
        + table(["", "value", INTERVAL, "n"], [("score and gold: correlation", *_estimate_row(judge.correlation))])
    )
    if judge.score_by_kept:
        yield _scores(["kept", "score", INTERVAL, "items"], judge.score_by_kept)
    if judge.difference:
        yield _scores(["kept fewer than the best by", "difference", INTERVAL, "items"], judge.difference)


def _scores(headers: list[str], found: Mapping[str, Estimate]) -> str:
    """Means of scores, whose range is the judge's own."""
    ends = {name: DASH if e.ci is None else " … ".join(map(score_text, e.ci)) for name, e in found.items()}
    return table(headers, _rows({name: (score_text(e.value), ends[name], f"{e.n:,}") for name, e in found.items()}))


def _rows(cells: Mapping[str, Row]) -> list[Row]:
    return [(name, *row) for name, row in cells.items()]
