"""Where seeds are read from: public data sets of conversations, as streams or local copies, and files of JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import JsonValue, RootModel

from weval.build.sections import SeedSet
from weval.errors import ConfigError, DataError, missing_extra
from weval.files import Problems, one_line, read_jsonl

HUB = "hf://"

BATCH_ROWS = 1000
"""Rows of Parquet in memory at a time."""


@dataclass(frozen=True, slots=True)
class HubSet:
    """A data set of the Hub: where it is, and which columns hold the first turn (or all turns) and a row's name.

    `redistributable` is whether its licence lets its texts be passed on, or hosted.
    `revision` is the commit that is read unless the recipe names another; `files` are those that are read there,
    `copies` those that are looked for in the folder of a local copy.
    """

    name: str
    revision: str
    licence: str
    turns: str
    row: str
    files: str = "data/*.parquet"
    copies: tuple[str, ...] = ("*.parquet", "*.jsonl")
    redistributable: bool = True


HUB_SETS: Mapping[str, HubSet] = {
    "lmsys-chat-1m": HubSet(
        "lmsys/lmsys-chat-1m",
        "200748d9d3cddcc9d782887541057aca0b18c5da",
        "LMSYS-Chat-1M Dataset License Agreement (no redistribution)",
        turns="conversation",
        row="conversation_id",
        redistributable=False,
    ),
    "wildchat-1m": HubSet(
        "allenai/WildChat-1M",
        "7d6490e462285cf85d91eabea0f9a954fbddcd1f",
        "ODC-BY",
        turns="conversation",
        row="conversation_hash",
    ),
    "prism": HubSet(
        "HannahRoseKirk/prism-alignment",
        "18ab5cfb37456f4ec8cbc00212ce54cf7b1239f6",
        "Creative Commons (cc, as its card says)",
        turns="opening_prompt",
        row="conversation_id",
        files="conversations.jsonl",
        copies=("conversations.jsonl",),
    ),
}
"""Data sets by the name that a recipe gives them."""


class Row(NamedTuple):
    """The first turn of a conversation, None where a user did not begin it; and the row's name in its source."""

    text: str | None
    row: str


class _Line(RootModel[dict[str, JsonValue]]):
    """A line of somebody's file."""


def source_of(one: SeedSet) -> str:
    """How a seed names its source: the data set, or the file."""
    return one.source if one.path is None or one.source != "file" else Path(one.path).name[:200]


def rows(one: SeedSet, home: Path) -> Iterator[Row]:
    """The rows of a source in its order, at most `limit`. Raises ConfigError, DataError naming file, line and field."""
    return islice(_rows(one, home), one.limit)


def files_of(one: SeedSet, home: Path) -> list[Path]:
    """The files that a local source is read from, in order. Raises ConfigError where there are none."""
    path = home / (one.path or "")
    if one.source == "file" or path.is_file():
        return [path]
    found = sorted({file for pattern in HUB_SETS[one.source].copies for file in path.rglob(pattern)})
    if not found:
        wanted = " or ".join(HUB_SETS[one.source].copies)
        raise ConfigError(f"{path}: holds no copy of {one.source} ({wanted})")
    return found


def _rows(one: SeedSet, home: Path) -> Iterator[Row]:
    if one.source == "file":
        yield from _lines(home / (one.path or ""), one.field, None)
        return
    hub = HUB_SETS[one.source]
    if one.path is None:
        address = f"{HUB}datasets/{hub.name}@{one.revision or hub.revision}/{hub.files}"
        yield from _columns(hub, _stream(hub, address), hub.name)
        return
    for path in files_of(one, home):
        if path.suffix == ".parquet":
            yield from _columns(hub, _stream(hub, str(path)), str(path))
        else:
            yield from _lines(path, hub.turns, hub.row)


def _lines(path: Path, field: str, row: str | None) -> Iterator[Row]:
    """The rows of JSON Lines, named by a key or by their line."""
    problems = Problems(path)
    for number, line in read_jsonl(path, _Line, problems):
        try:
            yield Row(first_turn(_at(line.root, field)), str(line.root.get(row) or number) if row else str(number))
        except ValueError as error:
            problems.add(number, field, str(error))
    problems.check()


def _columns(hub: HubSet, stream: Iterator[dict[str, Any]], where: str) -> Iterator[Row]:
    for number, content in enumerate(stream, start=1):
        try:
            yield Row(first_turn(_at(content, hub.turns)), str(content.get(hub.row) or number))
        except ValueError as error:
            raise DataError(f"{where}: row {number}: {hub.turns}: {error}") from error


def _at(content: Any, field: str) -> Any:  # noqa: ANN401 - JSON
    """What a dotted path leads to, numbers being places in a list. Raises ValueError saying what there is instead."""
    if isinstance(content, Mapping) and field in content:
        return content[field]
    for part in field.split("."):
        if isinstance(content, Mapping) and part in content:
            content = content[part]
        elif isinstance(content, list) and part.isdecimal() and int(part) < len(content):
            content = content[int(part)]
        else:
            there = f"; there are {one_line(', '.join(map(str, content)), 120)}" if isinstance(content, Mapping) else ""
            raise ValueError(f"is not there{there}")
    return content


def first_turn(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """The text, or of a list of turns the first one, if it is the user's; system prompts before it are passed over.

    Turns are {role, content} or {from, value}. Raises ValueError for anything else.

    >>> first_turn([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write a haiku."}])
    'Write a haiku.'
    """
    if value is None or isinstance(value, str):
        return value
    for turn in value if isinstance(value, list) else [value]:
        role, said = _turn(turn)
        if role in ("user", "human"):
            return said
        if role != "system":
            return None
    return None


def _turn(turn: Any) -> tuple[str, str | None]:  # noqa: ANN401 - JSON
    if isinstance(turn, Mapping):
        for role, content in (("role", "content"), ("from", "value")):
            said = turn.get(content)
            if isinstance(turn.get(role), str) and (said is None or isinstance(said, str)):
                return turn[role].lower(), said
    raise ValueError("is neither a text nor a list of turns, each with role and content")


def _stream(hub: HubSet, files: str) -> Iterator[dict[str, Any]]:
    """The rows of a data set, a few in memory at a time. Raises ConfigError."""
    try:
        import datasets
        from huggingface_hub import HfApi
    except ImportError as error:
        raise missing_extra("datasets", "build", f"Reading {hub.name}") from error
    kind, options = "json", dict[str, Any]()
    if files.endswith(".parquet"):
        kind, options = "parquet", {"columns": [hub.turns, hub.row], "batch_size": BATCH_ROWS}
    try:
        with _quiet():
            if files.startswith(HUB):
                HfApi().auth_check(hub.name, repo_type="dataset")  # what reads the files tells less
            yield from datasets.load_dataset(kind, data_files=files, split="train", streaming=True, **options)
    except Exception as error:  # of datasets, the Hub's client, HTTP, Arrow
        raise ConfigError(_told(error, hub, files)) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the libraries' bars and lines about every try: what cannot be had is said once, by us."""
    import datasets
    import huggingface_hub

    said = [(library.logging, library.logging.get_verbosity()) for library in (datasets.utils, huggingface_hub.utils)]
    bars = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    for logging, _ in said:
        logging.set_verbosity(50)  # critical
    try:
        yield
    finally:
        for logging, before in said:
            logging.set_verbosity(before)
        if bars:
            datasets.enable_progress_bars()


def _told(error: Exception, hub: HubSet, files: str) -> str:
    """What went wrong, and what the user can do."""
    kinds = set[str]()
    cause: BaseException | None = error
    while cause is not None:
        kinds |= {kind.__name__ for kind in type(cause).__mro__}
        cause = cause.__cause__ or cause.__context__
    said = f"({type(error).__name__}: {one_line(' '.join(str(error).split()), 160)})"
    if not files.startswith(HUB):
        return f"{files}: cannot be read as Parquet with columns {hub.turns} and {hub.row} {said}"
    told = {
        "GatedRepoError": f"is gated: get access at https://huggingface.co/datasets/{hub.name}, then `hf auth login`",
        "RepositoryNotFoundError": "no such data set on the Hub, or a private one (`hf auth login`)",
        "OfflineModeIsEnabled": "HF_HUB_OFFLINE forbids to read it",
        "ConnectionError": "the Hub cannot be reached",
        "TransportError": "the Hub cannot be reached",
    }
    what = next((text for kind, text in told.items() if kind in kinds), f"{files} cannot be read {said}")
    return (
        f"{hub.name}: {what}; or `path: DIR` in the recipe, after this elsewhere: "
        f"hf download --repo-type dataset {hub.name} --local-dir DIR"
    )
