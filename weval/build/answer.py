"""The teacher answers each version of a query by itself, and sees nothing of the others."""

from __future__ import annotations

from collections.abc import Iterator

from weval.build.records import Answered, Query
from weval.build.step import Work
from weval.build.written import written
from weval.replied import refuse_failed
from weval.types import MAX_RESPONSE_CHARS, Prompt, Reply


def make(work: Work) -> Iterator[Answered]:
    """One answer per query, in the order of the queries; of an item with a missing one all are left out.

    Reasoning that a server left in the text is taken out. Refused, cut off and empty answers are counted. Raises
    ResultError where replies did not come, unless the recipe goes on without them.
    """
    section = work.recipe.answer
    queries = {_name(query): query for query in work.read("dropout", Query, _name)}
    prompts = (Prompt(name, (("user", query.query),)) for name, query in queries.items())
    answers: dict[str, Answered] = {}
    missing: dict[str, tuple[str, str]] = {}
    failed: list[Reply] = []
    for reply in work.ask(work.open("answer", section), prompts, len(queries)):
        name, found = reply.prompt_id, written(reply)
        if found.fault:
            missing[name] = (found.fault, found.detail)
            failed += [reply] if reply.status == "failed" else []
        elif len(found.text) > MAX_RESPONSE_CHARS:
            missing[name] = ("too_long", f"the answer has {len(found.text):,} characters")
        else:
            answers[name] = _answered(queries[name], found.text, reply)
    if section.failed == "stop":
        refuse_failed("answer", failed, len(queries))
    broken: set[str] = set()
    for name, query in queries.items():
        if name in missing and query.item_id not in broken:
            reason, detail = missing[name]
            broken.add(query.item_id)
            work.leave_out(query.item_id, reason, f"{query.candidate_id}: {detail}")
    yield from (answers[name] for name, query in queries.items() if query.item_id not in broken)


def _name(query: Query) -> str:
    return f"{query.item_id}#{query.candidate_id}"


def _answered(query: Query, text: str, reply: Reply) -> Answered:
    return Answered(
        item_id=query.item_id,
        candidate_id=query.candidate_id,
        response=text,
        model=reply.model,
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost_usd=reply.cost_usd,
    )
