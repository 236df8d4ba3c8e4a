"""Submissions for tests: made of real runs, then forged so that they differ from them in one respect and no other."""

from __future__ import annotations

import gzip
import json
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from weval.files import write_json
from weval.leaderboard.bundle import SCORES_GZ, canonical, read_bundle, read_run_of
from weval.leaderboard.card import CARD, slug_of
from weval.leaderboard.changes import CHANGES, figures_of
from weval.leaderboard.gold import gold_index
from weval.leaderboard.recompute import Questions, joined_of, recomputed
from weval.leaderboard.record import command_of
from weval.leaderboard.submit import submit
from weval.leaderboard.tree import Entry
from weval.run import RunSpec, run
from weval.store import RESULT, RUN, ScoreRow
from weval.types import Gold, Status, Unit

TASK = "weval-mini"

CARD_OF = {"organisation": "WEval", "licence": "Apache-2.0", "trained_on_weval": "false"}


def run_and_submit(model: str, root: Path, runs: Path, probes: Iterable[str] = ()) -> Entry:
    """A baseline on the bundled task, with some probes, as a submission under its own name below `root`."""
    folder = run(RunSpec(model, TASK, out=runs / model / TASK)).folder
    for probe in probes:
        run(RunSpec(model, TASK, out=runs / model / probe, settings={"probe": probe}))
    return submit(folder, {"name": model, **CARD_OF, **_family(model)}, root).entry


def _family(model: str) -> dict[str, str]:
    return {"family": "rules" if model == "rules" else "baseline"}


@cache
def questions() -> Questions:
    """Those of the bundled task."""
    return Questions(gold_index(TASK))


def gold() -> Mapping[str, Gold]:
    """The gold of the bundled task by item."""
    return {item.id: item for item in questions().index.items}


# --- reading and rewriting the parts of a submission -------------------------------------------------------------


def rows_of(entry: Entry) -> list[ScoreRow]:
    return [ScoreRow.model_validate_json(line) for line in lines_of(entry)]


def lines_of(entry: Entry) -> list[bytes]:
    """The lines of its scores, with their ends."""
    return gzip.decompress((entry.folder / SCORES_GZ).read_bytes()).splitlines(keepends=True)


def put_lines(entry: Entry, lines: Iterable[bytes]) -> None:
    """Other scores, whatever they are; result.json and changes.jsonl stay as they were."""
    (entry.folder / SCORES_GZ).write_bytes(gzip.compress(b"".join(lines), mtime=0))


def put_rows(entry: Entry, rows: Iterable[ScoreRow]) -> None:
    """Other scores, and all that follows from them as weval would have written it."""
    put_lines(entry, canonical(rows))
    settle(entry)


def settle(entry: Entry, probe: str = "") -> None:
    """Makes result.json, and the last change, agree with scores and run.json again."""
    folder = entry.folder / probe
    record, identity = read_run_of(folder)
    asked = questions().asked(identity.model.unit, identity.plan)
    bundle = read_bundle(folder, record, identity, len(asked))
    result = recomputed(bundle, joined_of(bundle, questions()), questions().index)
    write_json(folder / RESULT, result)
    if not probe:
        change_last(entry, scores=bundle.digest, after=figures_of(result))


def change_last(entry: Entry, **fields: Any) -> None:
    """Other fields in the last line of changes.jsonl."""
    path = entry.model_folder / CHANGES
    *others, last = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*others, json.dumps(json.loads(last) | fields)]) + "\n", encoding="utf-8")


def put(path: Path, fields: Mapping[str, Any] | Mapping[tuple[str, ...], Any]) -> None:
    """Other fields in a JSON file, by their dotted names or the keys that lead to them."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for name, value in fields.items():
        *within, last = name.split(".") if isinstance(name, str) else name
        part = content
        for key in within:
            part = part[key]
        part[last] = value
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def put_run(entry: Entry, **fields: Any) -> None:
    """Other fields in run.json (`__` for a dot), with the command and the figures that belong to them."""
    put(entry.folder / RUN, {name.replace("__", "."): value for name, value in fields.items()})
    restate(entry)


def restate(entry: Entry) -> None:
    """Makes the command, and all that is computed, agree with run.json again."""
    record, identity = read_run_of(entry.folder)
    put(entry.folder / RUN, {"command": command_of(identity, record.settings or {})})
    settle(entry)


def renamed(entry: Entry, name: str) -> Entry:
    """A copy of a submission under another name, in its folder beside it."""
    copy = Entry(entry.root, slug_of(name), entry.task)
    shutil.copytree(entry.model_folder, copy.model_folder)
    put(copy.model_folder / CARD, {"name": name})
    return copy


# --- other answers ------------------------------------------------------------------------------------------------


def answered(entry: Entry, value: Callable[[ScoreRow], float]) -> list[ScoreRow]:
    """Its rows with other values."""
    return [row.model_copy(update={"values": (float(value(row)),)}) for row in rows_of(entry)]


def as_unit(entry: Entry, unit: Unit, values: Callable[[ScoreRow], tuple[float, ...]]) -> None:
    """Makes it a submission of another unit, each question answered by a function of its row."""
    put(entry.folder / RUN, {"identity.model.unit": unit, "identity.model.fingerprint": {"adapter": "Plugin"}})
    put(entry.model_folder / CARD, {"family": "judge"})
    _, identity = read_run_of(entry.folder)
    rows = []
    for request_id, source in questions().asked(unit, identity.plan):
        bare = ScoreRow(
            id=request_id,
            item=source.item,
            candidates=source.candidates,
            requirement=source.requirement,
            status="ok",
            values=(0.0,),
        )
        rows.append(bare.model_copy(update={"values": values(bare)}))
    put_rows(entry, rows)


def kept_by(row: ScoreRow, candidate: str) -> int:
    """How many requirements a candidate was written to."""
    item = gold()[row.item]
    return item.counts[item.candidate_ids.index(candidate)]


def missing(row: ScoreRow, status: Status, reason: str) -> ScoreRow:
    """The row without an answer."""
    return row.model_copy(update={"values": (), "status": status, "reason": reason})


def of_a_plugin(entry: Entry, *, seed: int, family: str = "scalar RM") -> None:
    """Makes it the submission of a model that nobody knows, with scores of its own."""
    draw = np.random.default_rng(seed)
    put(
        entry.folder / RUN,
        {"identity.model.name": f"plugin:nowhere:Model{seed}", "identity.model.fingerprint": {"adapter": "Model"}},
    )
    put(entry.model_folder / CARD, {"family": family})
    put_lines(entry, canonical(answered(entry, lambda row: round(float(draw.normal()), 4))))
    restate(entry)


# --- files that are meant to hurt ---------------------------------------------------------------------------------


def bomb(megabytes: int) -> bytes:
    """A gzip file of so many MB of zeros, quickly made: after a full flush, a piece of it may be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return head + piece * megabytes + b"\x03\x00" + bytes(8)


# --- what is legal, and has to be shown harmlessly ----------------------------------------------------------------

_SCRIPT = '</script><!-- <script>alert("WEVAL")</script>'

_CARDS: tuple[dict[str, Any], ...] = (
    {"name": "<img src=x onerror=alert(1)>", "organisation": '<b onmouseover="alert(1)">us</b>'},
    {"name": '"><script>alert(1)</script>', "licence": "<a href='javascript:alert(1)'>MIT</a>"},
    {"name": "{{7*7}} ${7*7} <%= 7*7 %>", "organisation": "{% raw %}", "contact": "{{ config }}"},
    {"name": "\u5199\u4f5c\u8bc4\u4f30\u6a21\u578b A", "organisation": "\u4e00\u5bb6\u516c\u53f8"},
    {"name": "\u0646\u0645\u0648\u0630\u062c A 7B", "organisation": "\u05d7\u05d1\u05e8\u05d4"},
    {"name": "W" * 80, "organisation": "M" * 80, "licence": "W" * 80, "contact": "w" * 80},
    {"name": '=HYPERLINK("https://evil.example","x")', "organisation": "+1+1", "licence": "@SUM(A1)", "contact": "-1"},
    {"name": "100% {\\textbf} \\input{x} $x_1$ #~^&", "organisation": "}, author={Evil}", "licence": "% \\\\ {"},
    {"name": 'O\'Neill & "Sons" `rm`', "organisation": "a,b;c\"d'", "contact": 'x@y.example" onclick="alert(1)'},
    {"name": "constructor", "organisation": "__proto__", "licence": "toString"},
    {"name": "__proto__ 2", "organisation": "null", "licence": "NaN"},
    {"name": "\U0001f999 llama", "link": "https://example.com/?a=1&b=%22%3E%3Cscript%3E;alert(1)#x'"[:-1]},
)


def harmless_but_nasty(root: Path) -> list[Entry]:
    """Valid submissions whose texts are legal and would do harm where they are not escaped. Pages must show them.

    They are written below `root`, a folder `results`; each has scores of its own. Texts in every field of the card, in
    run.json (command, settings, name and fingerprint of the model, environment, remarks of a certificate), reasons of
    missing answers, and why a submission was made. Nothing of it may run, break a page, a CSV or a BibTeX entry.
    """
    base = run_and_submit("length", root, root.parent / "runs-of-nasty")
    made = [_nasty(base, card, seed) for seed, card in enumerate(_CARDS, start=1)]
    shutil.rmtree(base.model_folder)
    shutil.rmtree(root.parent / "runs-of-nasty")
    _nasty_run(made[0])
    _nasty_judge(made[1])
    _nasty_reason(made[2])
    change_last(made[1], why=f"<iframe src=//evil.example></iframe>{_SCRIPT}")
    change_last(made[6], why="=cmd|' /C calc'!A0")
    return made


def _nasty(base: Entry, card: Mapping[str, Any], seed: int) -> Entry:
    entry = renamed(base, card["name"])
    put(entry.model_folder / CARD, card)
    of_a_plugin(entry, seed=seed)
    return entry


def _nasty_run(entry: Entry) -> None:
    """Markup in every text of run.json that is not looked at."""
    path = entry.folder / RUN
    put(
        path,
        {
            "identity.model.name": f"plugin:x:{_SCRIPT}",
            "identity.model.fingerprint": {"adapter": _SCRIPT, '"><img src=x onerror=alert(1)>': [_SCRIPT, {"a": "'"}]},
            "environment.platform": f"Linux {_SCRIPT}",
            "settings": {"system": f"{_SCRIPT}\nsecond line\t`$(id)`", "<b>": "'\"\\"},
            "certificate": {
                "n_texts": 2,
                "easy": [1.0, 0.0],
                "drift": {"<i>": {"largest": 0.0, "flipped": 0, "n_pairs": 1}},
                "computed": {_SCRIPT: _SCRIPT},
                "remarks": [_SCRIPT],
            },
        },
    )
    put(path, {("environment", "<script>alert(1)</script>"): "=1+1"})
    restate(entry)


def _nasty_judge(entry: Entry) -> None:
    """A judge by its name, which is not one."""
    put(entry.model_folder / CARD, {"family": "judge"})
    put(entry.folder / RUN, {"identity.model.fingerprint": {"adapter": "Judge", "prompt": _SCRIPT}})
    put(entry.folder / RUN, {"identity.model.name": f"judge:openai/{_SCRIPT}"})
    restate(entry)


def _nasty_reason(entry: Entry) -> None:
    """One answer is missing, and why is told in markup."""
    first, *others = rows_of(entry)
    put_rows(entry, [missing(first, "refused", f"<svg onload=alert(1)>\u202egnp.exe {_SCRIPT}"), *others])


def nasty_texts() -> Iterator[str]:
    """Every text of the nasty cards, for who looks for them in pages."""
    for card in _CARDS:
        yield from (str(value) for value in card.values())
