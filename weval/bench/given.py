"""Texts and judge replies that are here already, in a file: ours, the benchmark's own layout, or one of the usual ones.

A response is an object with the item it answers (the very prompt, or `item`, `index`, `id`, `idx`, `_id`) and a text
(`text`, `response`, `article`, `prediction`, `output`, `answer`). A reply of a judge has the item, the `part` that it
is about and its text (`text` or `reply`), or all attempts in order (`replies`). Lines of a run's own files are taken as
they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, RootModel, ValidationError

from weval.bench.benchmark import Benchmark
from weval.bench.items import BenchItem, Fills
from weval.bench.replies import ReplyRow
from weval.errors import DataError
from weval.files import Problems, one_line, read_jsonl

ITEM_KEYS = ("item", "index", "id", "idx", "_id")
PROMPT_KEYS = ("prompt", "query", "question")
TEXT_KEYS: Mapping[Fills, tuple[str, ...]] = {
    "responses": ("text", "response", "article", "prediction", "output", "answer"),
    "replies": ("text", "reply"),
}


class _Object(RootModel[dict[str, Any]]):
    """Any JSON object."""

    model_config = ConfigDict(frozen=True)


def given_rows(path: Path, fills: Fills, benchmark: Benchmark[Any]) -> Iterator[ReplyRow]:
    """The rows of a file, one object in memory at a time.

    Raises DataError, after the last row that is sound, for objects that name no item of the benchmark, hold no text or
    repeat another.
    """
    problems = Problems(path)
    known = {item.id: item.prompt for item in benchmark.items}
    by_prompt = {item.prompt: item.id for item in reversed(benchmark.items)}
    seen: dict[str, int] = {}
    for line, content in read_jsonl(path, _Object, problems):
        try:
            rows = _rows(content.root, fills, benchmark, known, by_prompt)
        except ValueError as error:
            problems.add(line, "", str(error))
            continue
        for row in rows:
            if (first := seen.setdefault(row.key, line)) != line:
                problems.add(line, "", f"item {one_line(row.item, 40)} is on line {first} already")
            elif row.item not in known:
                problems.add(line, "", f"{one_line(row.item, 40)!r} is no item of {benchmark.data.spec.name}")
            else:
                yield row
    problems.check()


def _rows(
    content: Mapping[str, Any],
    fills: Fills,
    benchmark: Benchmark[Any],
    known: Mapping[str, str],
    by_prompt: Mapping[str, str],
) -> Sequence[ReplyRow]:
    own = benchmark.given(fills, content)
    if own is not None:
        return own
    item = _item(content, known, by_prompt)
    part = content.get("part", content.get("sample", "1"))
    about = {"item": item, "part": str(part) if isinstance(part, int) else part}
    if fills == "replies" and isinstance(texts := content.get("replies"), list):
        if not texts or not all(isinstance(text, str) for text in texts):
            raise ValueError("replies: is empty" if not texts else "replies: are not all texts")
        return [_row({**about, "attempt": at, "text": text}) for at, text in enumerate(texts, start=1)]
    if "item" in content and ("status" in content or "attempt" in content):
        return [_row(content)]
    text = next((content[key] for key in TEXT_KEYS[fills] if key in content), None)
    if not isinstance(text, str):
        raise ValueError(f"holds no text under {', '.join(TEXT_KEYS[fills])}")
    return [_row({**about, "text": text})]


def _row(content: Mapping[str, Any]) -> ReplyRow:
    try:
        return ReplyRow.model_validate(content, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _item(content: Mapping[str, Any], known: Mapping[str, str], by_prompt: Mapping[str, str]) -> str:
    """The item that an object is about: by its very prompt, as somebody else may number from 0; else by its id.

    Of items with the same prompt it is the one of the id, or the first.
    """
    ids = [str(found) for key in ITEM_KEYS if _names(found := content.get(key))]
    for key in PROMPT_KEYS:
        if isinstance(text := content.get(key), str) and text in by_prompt:
            return next((found for found in ids if known.get(found) == text), by_prompt[text])
    if ids:
        return ids[0]
    raise ValueError(f"names no item under {', '.join(ITEM_KEYS)}, nor its prompt")


def _names(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def not_given(path: Path, benchmark: Benchmark[Any], fills: Fills, items: Sequence[BenchItem]) -> str | None:
    """What a user should know of items that a file has nothing for. It is read through, before anything of it is used.

    Raises DataError as given_rows, and for a file with nothing for any item.
    """
    there = {row.item for row in given_rows(path, fills, benchmark)}
    lacking = [item.id for item in items if item.id not in there]
    if not there:
        raise DataError(f"{path}: holds nothing for any item of {benchmark.data.spec.name}")
    return f"{path} has nothing for {len(lacking):,} of {len(items):,} items" if lacking else None
