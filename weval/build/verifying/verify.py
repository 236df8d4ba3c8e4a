"""Looks at the answers before they are gold: are kept requirements met, and dropped ones not? Is a text there twice?

Mechanical checks look where a requirement has one. Judges, if the recipe names any, are ordinary runs in folders of
this step: one by requirement, and one that reads each answer beside the best for fluency and coherence, whose findings
are counted and leave nothing out. Source of the questions: the public review of the WEval paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from weval.audit.adherence import MetArray, adherence
from weval.audit.duplicates import NEAR, normalised, shingles, similarity
from weval.build.records import Verdict, about
from weval.build.rows import Rows
from weval.build.step import Work
from weval.build.verifying.assembling import assembled
from weval.build.verifying.findings import Findings, Looked, Read
from weval.build.verifying.fluency import read, reader_of, shown
from weval.build.verifying.judging import Judge, checked, judged, verdicts_of
from weval.files import Problems
from weval.join import Join
from weval.joined import Block, Joined
from weval.metrics import UNCHECKED
from weval.plan import PlanOptions
from weval.types import Item

VERDICTS = "verdicts.jsonl"
"""What was said of each answer and requirement, whether its item was kept or not."""

FOUND = "findings"
"""Under what name step.json tells what was found."""

Says = Literal["check", "judge"]
Told = tuple[Sequence[tuple[Block, MetArray]], Joined]


def make(work: Work) -> Iterator[Item]:
    """Items in the order of the drafts. Raises WevalError; everything about judges is checked before one is asked."""
    section = work.recipe.verify
    judge = checked(Judge("judge", section.judge, section.judge_settings), "requirement") if section.judge else None
    reader = checked(reader_of(section.reader, section.judge_settings), "pair") if section.reader else None
    items = [item for item in assembled(work) if not _is_twice(work, item)]
    told: dict[Says, Told] = {}
    found = Findings(n_items=len(items))
    if items and section.checks:
        told["check"] = _by_checks(items)
        found = found.model_copy(update={"checks": _looked(None, *told["check"])})
    if items and judge:
        run = judged(work, judge, items)
        told["judge"] = (verdicts_of(run), run.joined)
        found = found.model_copy(update={"judge": _looked(judge.model, *told["judge"])})
    if items and reader:
        found = found.model_copy(update={"reader": _read(work, reader, items)})
    work.told[FOUND] = found.model_dump(mode="json")
    verdicts = sorted(_verdicts(items, told), key=lambda pair: pair[0])
    work.beside(VERDICTS)
    Rows(work.folder / VERDICTS).write(verdict for _, verdict in verdicts)
    yield from _kept(work, items, [verdict for _, verdict in verdicts])


def _is_twice(work: Work, item: Item) -> bool:
    """Whether two answers of an item are the same, or nearly so: gold would put in order what nobody can tell apart.

    Case and white space do not count.
    """
    texts = [(one.id, normalised(one.response)) for one in item.candidates]
    sets = {text: shingles(text) for _, text in texts}
    for (first, ours), (second, theirs) in combinations(texts, 2):
        sizes = len(sets[ours]), len(sets[theirs])
        near = similarity(sets[ours], sets[theirs]) if min(sizes) >= NEAR * max(sizes) else 0.0
        if ours == theirs:
            work.leave_out(item.id, "same_answer", f"{first} and {second} have the same text")
        elif near >= NEAR:
            work.leave_out(
                item.id, "near_duplicate", f"{first} and {second} are nearly the same: similarity {near:.2f}"
            )
        else:
            continue
        return True
    return False


def _by_checks(items: Iterable[Item]) -> Told:
    """What the mechanical checks say; requirements without one are UNCHECKED."""
    join = Join("requirement", PlanOptions())
    for item in items:
        join.add_item(item)
    joined = join.answers((), Problems(Path()))
    return [(block, block.met) for block in joined.blocks], joined


def _looked(model: str | None, told: Sequence[tuple[Block, MetArray]], joined: Joined) -> Looked:
    n, answered = sum(met.size for _, met in told), sum(int((met != UNCHECKED).sum()) for _, met in told)
    return Looked(model=model, n_answers=answered, n_missing=n - answered, adherence=adherence(told, joined.languages))


def _read(work: Work, reader: Judge, items: Sequence[Item]) -> Read:
    run = judged(work, reader, [shown(item) for item in items])
    return read(run.joined, items, reader.model)


def _verdicts(items: Sequence[Item], told: Mapping[Says, Told]) -> Iterator[tuple[tuple[int, ...], Verdict]]:
    """Every verdict with its place: item, candidate, requirement."""
    for by, (blocks, _) in told.items():
        for block, met in blocks:
            for row, c, r in np.argwhere(met != UNCHECKED).tolist():
                at = int(block.positions[row])
                candidate, requirement = items[at].candidates[c], items[at].requirements[r]
                verdict = Verdict(
                    item_id=items[at].id,
                    candidate_id=candidate.id,
                    requirement_id=requirement.id,
                    kept=bool(block.kept[row, c, r]),
                    met=bool(met[row, c, r]),
                    by=by,
                    about=about(candidate.response, requirement.text),
                )
                yield (at, c, r), verdict


def _kept(work: Work, items: Iterable[Item], verdicts: Iterable[Verdict]) -> Iterator[Item]:
    """The items that `keep` lets pass. Where a check and a judge look at the same, the check is believed."""
    keep = work.recipe.verify.keep
    known: dict[str, dict[tuple[str, str], Verdict]] = {}
    for verdict in verdicts:  # of the same place, check comes before judge
        known.setdefault(verdict.item_id, {}).setdefault((verdict.candidate_id, verdict.requirement_id), verdict)
    for item in items:
        said = known.get(item.id, {}).values()
        unmet = [v for v in said if v.kept and not v.met]
        anyway = [v for v in said if v.met and not v.kept]
        if keep != "all" and unmet:
            work.leave_out(item.id, "kept_unmet", _places(unmet, "did not meet"))
        elif keep == "valid" and anyway:
            work.leave_out(item.id, "dropped_met", _places(anyway, "met"))
        else:
            yield item


def _places(verdicts: Iterable[Verdict], verb: str) -> str:
    return "; ".join(f"{one.candidate_id} {verb} {one.requirement_id} ({one.by})" for one in verdicts)
