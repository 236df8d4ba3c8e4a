"""What run.json of a submission says of itself: a time, versions, the command. None of it can be made again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import category

from weval.files import one_line
from weval.identity import Identity
from weval.ownmetrics import MetricOptions
from weval.store import RunRecord

MAX_TEXT = 4_000
MAX_MODEL = 300
"""Characters of a text in run.json, and of the name of its model."""

VERSION = re.compile(r"[\w.+-]{1,40}", re.ASCII)

_TURNING = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What turns the direction of a text round, or is not seen in it: a command must be what it looks like."""


def command_of(identity: Identity, settings: Mapping[str, str]) -> str:
    """The command that repeats a run, wherever it writes to."""
    probe = {"probe": identity.plan.probe} if identity.plan.probe else {}
    choices = [word for key, value in {**settings, **probe}.items() for word in ("--set", f"{key}={value}")]
    return shlex.join(["weval", "run", "--model", identity.model.name, "--task", identity.task.name, *choices])


def unlike_ours(record: RunRecord, identity: Identity) -> Iterator[str]:
    """What no run of weval writes into its record, or nobody should publish."""
    if record.settings and not record.settings.keys().isdisjoint(MetricOptions.model_fields):
        yield "settings name a metric of the submitter's own; a submission has the figures that all have"
    yield from unlike_a_record(record, identity.model.name, "run", lambda settings: command_of(identity, settings))


def unlike_a_record(
    record: RunRecord, model: str, verb: str, command: Callable[[Mapping[str, str]], str]
) -> Iterator[str]:
    """The same of any run, by `weval VERB`, of a model; `command` makes its command of its settings."""
    if record.data is not None:
        yield "names a file of the submitter's (data); a submission is a run of a task: --task, not --data"
    if record.evaluate:
        yield "evaluate is not empty; figures are computed for all alike"
    yield from _unlike_a_time(record.created)
    for name in ("weval", "python"):
        version = record.environment.get(name)
        if not isinstance(version, str) or not VERSION.fullmatch(version):
            yield f"environment does not say the version of {name}"
    yield from _unlike_a_model(model)
    yield from _unfit_texts(record)
    yield from _unlike_a_command(record, verb, command)


def _unlike_a_time(created: str) -> Iterator[str]:
    try:
        time = datetime.fromisoformat(created)
    except ValueError:
        yield f"created is {created[:40]!r}, not a time"
        return
    # Pages show how it begins: 20260101 and 2026-W01-4 are read as the same day.
    is_shown = created.startswith(time.date().isoformat())
    if not is_shown or time.tzinfo is None or time > datetime.now(UTC) + timedelta(days=1):
        yield f"was created at {created!r}, which is not a time in the past with its time zone, as 2026-01-01T00:00:00Z"


def unlike_a_name(name: str, whose: str) -> Iterator[str]:
    """What keeps the name of a model, or of a judge, from being shown."""
    if len(name) > MAX_MODEL or not name.isprintable():
        yield f"the name of its {whose} is longer than {MAX_MODEL} characters, or not on one line"


def _unlike_a_model(name: str) -> Iterator[str]:
    yield from unlike_a_name(name, "model")
    host = name.partition("://")[2].partition("/")[0]
    if "@" in host:
        yield "the address of its model names a user; whatever is in a submission is public"


def _unlike_a_command(record: RunRecord, verb: str, command: Callable[[Mapping[str, str]], str]) -> Iterator[str]:
    """What keeps a command from being pasted into a shell: it can only start weval, whatever stands in it."""
    try:
        words = shlex.split(record.command)
    except ValueError:
        words = []
    if words[:2] != ["weval", verb] or shlex.join(words) != record.command:
        yield f"command is not one of weval {verb}, with all that a shell could take for its own in quotes"
    elif record.settings is not None and record.command != (ours := command(record.settings)):
        yield f"command is not that of this run, which is: {one_line(ours)}"


def _unfit_texts(record: RunRecord) -> Iterator[str]:
    """Texts that are too long, or are not what they look like."""
    for name, text in _texts(record.model_dump(mode="json"), ""):
        if len(text) > MAX_TEXT:
            yield f"{one_line(name, 80)} is longer than {MAX_TEXT:,} characters"
        elif _TURNING.search(text) or any(c not in "\n\t" and category(c) == "Cc" for c in text):
            yield f"{one_line(name, 80)} holds characters that are not seen, or that turn the text round"


def _texts(content: Any, name: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Every text in it, and every key, under its field."""
    if isinstance(content, str):
        yield name, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield f"a key of {name or 'it'}", str(key)
            yield from _texts(value, f"{name}.{key}" if name else str(key))
    elif isinstance(content, list):
        for at, value in enumerate(content):
            yield from _texts(value, f"{name}[{at}]")
