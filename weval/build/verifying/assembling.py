"""Drafts, queries and answers into items. What was edited by hand so that it does not fit together is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.build.records import Answered, Draft, Query, StepRecord
from weval.build.standing import BROUGHT
from weval.build.step import STEP, Work
from weval.errors import DataError, ResultError
from weval.files import Problems, read_json, read_jsonl
from weval.hashes import sha256_of
from weval.types import Candidate, Item, joined

Queries = Mapping[str, Mapping[str, Query]]
"""The versions of each item, by the item's id and their own."""


def refuse_stale(sources: Mapping[str, Path]) -> None:
    """Raises ResultError where a step's file was made of another version of a file than is here now.

    Old answers beside kept sets that were drawn anew would be wrong gold, and nothing would show it.
    """
    for name, path in sources.items():
        record = path.with_name(STEP)
        made_of = read_json(record, StepRecord).inputs if record.is_file() else {}
        for source, sha256 in made_of.items():
            now = path.parent.parent / source
            if now.is_file() and sha256_of(now) != sha256:
                raise ResultError(
                    f"{path}: was made of another {source} than is here; weval build {name} makes it again"
                )


def _refuse_answers_of_before(work: Work) -> None:
    """Raises ResultError where answers that somebody brought are those of before, and the versions are others.

    What such answers were made of is not known, only what they stood beside when they were looked at last.
    """
    answers, queries = (f"{work.sources[name].parent.name}/{work.sources[name].name}" for name in ("answer", "dropout"))
    made, before = (_record(path.with_name(STEP)) for path in (work.sources["answer"], work.folder / STEP))
    if before is None or (made and not made.told.get(BROUGHT)):
        return
    root = work.folder.parent
    same = {name: before.inputs.get(name) == sha256_of(root / name) for name in (answers, queries)}
    if same[answers] and not same[queries]:
        raise ResultError(
            f"{root / answers}: was put there beside another {queries} than is here; put answers to these there"
        )


def _record(path: Path) -> StepRecord | None:
    """A step's record; a broken one says nothing, as where the step is made afresh."""
    try:
        return read_json(path, StepRecord) if path.is_file() else None
    except DataError:
        return None


def assembled(work: Work) -> Iterator[Item]:
    """One item per draft that has versions with answers, candidates by number kept, most first.

    What dropout or answer left out altogether is no item, and counted there; an item of which some answers are missing,
    or that has nothing to rank, is left out here. Raises DataError naming file, line and field for rows that do not fit
    together, ResultError where a file was made of another version of the others, or brought beside one.
    """
    refuse_stale(work.sources)
    _refuse_answers_of_before(work)
    drafts = _drafts(work.sources["requirements"])
    queries = _queries(work.sources["dropout"], drafts)
    answers = _answers(work.sources["answer"], queries)
    for draft in drafts.values():
        versions = queries.get(draft.id, {})
        missing = [name for name in versions if (draft.id, name) not in answers]
        if len(missing) == len(versions):
            continue
        if missing:
            work.leave_out(draft.id, "incomplete", f"no answer to {', '.join(missing)}")
        elif len(versions) < 2:
            work.leave_out(draft.id, "one_version", "a single version cannot be ranked")
        elif len({len(query.kept) for query in versions.values()}) == 1:
            work.leave_out(draft.id, "nothing_to_rank", "all versions keep equally many requirements")
        else:
            yield _item(draft, versions, answers)


def _item(draft: Draft, versions: Mapping[str, Query], answers: Mapping[tuple[str, str], str]) -> Item:
    best_first = sorted(versions.values(), key=lambda query: -len(query.kept))
    return Item(
        id=draft.id,
        category=draft.category,
        language=draft.language,
        instruction=draft.instruction,
        requirements=draft.requirements,
        candidates=tuple(
            Candidate(id=query.candidate_id, kept=query.kept, response=answers[draft.id, query.candidate_id])
            for query in best_first
        ),
    )


def _drafts(path: Path) -> dict[str, Draft]:
    problems = Problems(path)
    found: dict[str, Draft] = {}
    for line, draft in read_jsonl(path, Draft, problems):
        if draft.id in found:
            problems.add(line, "id", f"{draft.id!r} is already the id of another draft")
        found[draft.id] = draft
    problems.check()
    return found


def _queries(path: Path, drafts: Mapping[str, Draft]) -> Queries:
    problems = Problems(path)
    found: dict[str, dict[str, Query]] = {}
    for line, query in read_jsonl(path, Query, problems):
        draft, versions = drafts.get(query.item_id), found.setdefault(query.item_id, {})
        if draft is None:
            problems.add(line, "item_id", f"{query.item_id!r} is no draft")
            continue
        if query.candidate_id in versions:
            problems.add(line, "candidate_id", f"{query.candidate_id!r} is already a version of {query.item_id!r}")
        versions[query.candidate_id] = query
        for field, message in _misfits(query, draft):
            problems.add(line, field, message)
    problems.check()
    return found


def _misfits(query: Query, draft: Draft) -> Iterator[tuple[str, str]]:
    """Where a version and its draft contradict each other: field and message."""
    texts = {one.id: one.text for one in draft.requirements}
    yield from (("kept", f"{name!r} appears twice") for name, n in Counter(query.kept).items() if n > 1)
    strangers = [name for name in query.kept if name not in texts]
    yield from (("kept", f"{name!r} is no requirement of {draft.id!r}") for name in strangers)
    wanted = joined(draft.language, draft.instruction, *(text for name, text in texts.items() if name in query.kept))
    if strangers or query.query == wanted:
        return
    # Somebody's own wording may stand, if it asks for what it is said to ask for.
    for name, text in texts.items():
        if name in query.kept and text not in query.query:
            yield "query", f"lacks requirement {name!r}, which it kept"
        elif name not in query.kept and text in query.query:
            yield "query", f"holds requirement {name!r}, which it dropped"


def _answers(path: Path, queries: Queries) -> dict[tuple[str, str], str]:
    problems = Problems(path)
    found: dict[tuple[str, str], str] = {}
    for line, answer in read_jsonl(path, Answered, problems):
        place = (answer.item_id, answer.candidate_id)
        if answer.item_id not in queries:
            problems.add(line, "item_id", f"{answer.item_id!r} has no query")
        elif answer.candidate_id not in queries[answer.item_id]:
            problems.add(line, "candidate_id", f"{answer.candidate_id!r} is no version of {answer.item_id!r}")
        elif place in found:
            problems.add(line, "candidate_id", f"{answer.candidate_id!r} of {answer.item_id!r} was answered before")
        if not answer.response.strip():
            problems.add(line, "response", "is blank")
        found[place] = answer.response
    problems.check()
    return found
