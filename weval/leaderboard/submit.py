"""A run becomes a submission: looked through, written in the one form that is published, its figures made again."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from pydantic import ValidationError

from weval.bench.readback import bench_folders
from weval.bench.result import BenchResult
from weval.errors import ConfigError, DataError, ResultError
from weval.evaluate import EvaluateOptions
from weval.files import write_json
from weval.identity import Identity, identity_of
from weval.invalid import complaints, field_name
from weval.leaderboard.bundle import MAX_REASON, SCORES_GZ, Bundle, canonical
from weval.leaderboard.card import CARD, FAMILIES, Card, slug_of
from weval.leaderboard.changes import Change, add_change, figures_of, last_change, read_changes
from weval.leaderboard.check import Verdict, check, read_card
from weval.leaderboard.gold import gold_index
from weval.leaderboard.recompute import Questions, joined_of, recomputed
from weval.leaderboard.record import command_of
from weval.leaderboard.replacing import begin, replace, staging
from weval.leaderboard.tree import WRITERS, Entry
from weval.leaderboard.writers.identity import WriterIdentity, bench_identity
from weval.leaderboard.writers.packed import packed_name
from weval.leaderboard.writers.submit import submit_writer, writer_entry
from weval.ownmetrics import MetricOptions
from weval.plan import PROBES, Probe
from weval.readback import run_folders, runs_beside
from weval.results import Result
from weval.settings import divide
from weval.store import RESULT, RUN, RunRecord, ScoreRow, is_bench_run, read_rows, read_run
from weval.tasks.spec import OWN_DATA

MAX_WHY = 300


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submission as it was written, what a check found of it, and which probes it has.

    `left_out` are those that it had before and that are of other scores.
    """

    entry: Entry
    card: Card
    verdict: Verdict
    result: Result | BenchResult
    probes: tuple[Probe, ...]
    left_out: tuple[Probe, ...]
    replaced: bool


def submit(run: Path, card: Mapping[str, str], root: Path, why: str = "") -> Submitted:
    """Writes a run, with its probes that lie beside it, as a submission below the folder `root`.

    `card` holds what is said of the model, as text (fields of Card); what its card says already stands unless it is
    said again. `why` tells why a submission replaces another. Everything is checked before anything is replaced; raises
    WevalError for what would be refused, and nothing has changed then.
    """
    if len(why) > MAX_WHY or not why.isprintable():
        raise ConfigError(f"--why: at most {MAX_WHY} characters on one line")
    if root.name == WRITERS:
        raise ConfigError(f"--to {root}: name the folder in which {WRITERS}/ lies; runs of benchmarks go there")
    if is_bench_run(run):
        return _submit_writer(run, card, root, why)
    record = read_run(run)
    identity = identity_of(record, run)
    if record.data is not None or identity.task.version == OWN_DATA:
        raise ResultError(f"{run}: was made on a file (--data); a leaderboard has runs of its tasks: weval list tasks")
    found = card_of(card, root)
    entry = Entry(root.absolute(), slug_of(found.name), identity.task.name)
    questions = Questions(gold_index(entry.task))
    probes = runs_beside(run, identity)
    replaced = entry.folder.is_dir()
    with staging(entry.root) as scratch:
        made = Entry(scratch, entry.model, entry.task)
        begin(entry, made, found)
        result, scores = _write_run(run, record, questions, made.folder)
        for probe, folder in probes.items():
            _write_run(folder, read_run(folder), questions, made.folder / probe)
        left_out = _keep_probes(entry, made, scores)
        _note_change(made, result, scores, why)
        verdict = next(verdict for verdict in check([made.folder], against=entry.root))
        if verdict.problems:
            raise DataError([f"{run}: {problem.replace(f'{scratch}/', '')}" for problem in verdict.problems])
        replace(made.model_folder, entry.model_folder)
    with_it = tuple(probe for probe in PROBES if (entry.folder / probe).is_dir())
    return Submitted(entry, found, verdict, result, with_it, left_out, replaced)


def _submit_writer(run: Path, said: Mapping[str, str], root: Path, why: str) -> Submitted:
    """The same of a run of a benchmark, whose probes and changes are not kept."""
    if why:
        raise ConfigError("--why: how figures of writers changed is not recorded; leave it out")
    card = card_of(said, root / WRITERS)
    entry = writer_entry(run, root, slug_of(card.name))
    replaced = entry.folder.is_dir()
    verdict, result = submit_writer(run, card, entry)
    return Submitted(entry, card, verdict, result, (), (), replaced)


def runs_to_submit(folders: Iterable[Path], said: Mapping[str, str]) -> list[Path]:
    """The runs in these folders; probes go with the run that they belong to. Raises ConfigError, ResultError.

    Several runs may be of several models only where no name is said.
    """
    runs = [run for folder in folders for run in _runs_in(folder)]
    if submitted := next((run for run in runs if (run / SCORES_GZ).exists() or any(run.glob(packed_name("*")))), None):
        raise ConfigError(f"{submitted}: is a submission already; name the folder of a run, as runs/MODEL/TASK")
    identities = {run: _identity(run) for run in runs}
    plain = [run for run, found in identities.items() if isinstance(found, WriterIdentity) or not found.plan.probe]
    if not plain:
        raise ResultError(f"{runs[0]}: is a probe; submit the run that it belongs to, and it goes with it")
    about = {run: _about(identities[run]) for run in plain}
    models = sorted({model for model, _ in about.values()})
    if "name" in said and len(models) > 1:
        raise ConfigError(f"--set name={said['name']}: these are runs of {len(models)} models ({', '.join(models)})")
    for first, second in combinations(plain, 2):
        model, task = about[first]
        if (model, task) == about[second]:
            raise ConfigError(f"{first} and {second} are both runs of {model} on {task}; submit one of them")
    return plain


def _runs_in(folder: Path) -> list[Path]:
    """The runs of both kinds in a folder. Raises ResultError without any."""
    found: list[Path] = []
    for kind in (run_folders, bench_folders):
        with suppress(ResultError):  # there is none of that kind
            found += kind(folder)
    return sorted({*found}) or run_folders(folder)


def card_defaults(run: Path, root: Path, said: Mapping[str, str]) -> dict[str, str]:
    """What can be said of a run's model without asking: by its card if it has one, else by the run."""
    identity = _identity(run)
    name = said.get("name") or _about(identity)[0].rpartition("/")[2].rpartition(":")[2]
    if isinstance(identity, WriterIdentity):
        return {"name": name} | _said_already(name, root / WRITERS) | {"family": "writer"}
    family = FAMILIES.get(str(identity.model.fingerprint.get("adapter")))
    return {"name": name} | ({"family": family} if family else {}) | _said_already(name, root)


def _identity(run: Path) -> Identity | WriterIdentity:
    record = read_run(run)
    return bench_identity(record, run) if is_bench_run(run) else identity_of(record, run)


def _about(identity: Identity | WriterIdentity) -> tuple[str, str]:
    """Whose run it is, and on what."""
    if isinstance(identity, WriterIdentity):
        return identity.writer.name, identity.folder
    return identity.model.name, identity.task.name


def card_of(said: Mapping[str, str], root: Path) -> Card:
    """The card that a submission gets. Raises ConfigError naming everything that is missing or wrong."""
    fields = _said_already(said.get("name", ""), root) | dict(said)
    try:
        return Card.model_validate(fields, strict=False)
    except ValidationError as error:
        wrong = [(field_name(loc[:1]), message) for loc, message in complaints(error, fields)]
        strange = [name for name, _ in wrong if name not in Card.model_fields]
        lines = [f"the card has no {name!r}; it has {', '.join(_asked())}" for name in strange]
        lines += [
            f"the card needs --set {name}=… ({Card.model_fields[name].description})"
            if name not in fields
            else f"--set {name}={fields[name]}: {message}"
            for name, message in wrong
            if name not in strange
        ]
        raise ConfigError("; ".join(lines)) from error


def _asked() -> list[str]:
    return [name for name in Card.model_fields if name != "schema_"]


def _said_already(name: str, root: Path) -> dict[str, str]:
    folder = root / slug_of(name)
    if not slug_of(name) or not (folder / CARD).is_file():
        return {}
    said = read_card(folder).model_dump(mode="json", exclude={"schema_"})
    return {key: str(value) for key, value in said.items() if value is not None}


def _keep_probes(entry: Entry, made: Entry, scores: str) -> tuple[Probe, ...]:
    """Takes over the probes that were submitted before, if they are of these scores; gives those that are not."""
    had: list[Probe] = [
        probe for probe in PROBES if (entry.folder / probe).is_dir() and not (made.folder / probe).exists()
    ]
    last = last_change(read_changes(made.model_folder), made.task)
    if not last or last.scores != scores:
        return tuple(had)
    for probe in had:
        shutil.copytree(entry.folder / probe, made.folder / probe, symlinks=True)
    return ()


def _write_run(run: Path, record: RunRecord, questions: Questions, to: Path) -> tuple[Result, str]:
    """Writes run.json, the scores and the result that they have; gives the result and the hash of the scores."""
    identity = identity_of(record, run)
    asked = questions.asked(identity.model.unit, identity.plan)
    rows = _final(run, [request_id for request_id, _ in asked])
    text = b"".join(canonical(rows))
    to.mkdir(exist_ok=True)
    published = _published(record, identity)
    write_json(to / RUN, published)
    (to / SCORES_GZ).write_bytes(gzip.compress(text, mtime=0))
    bundle = Bundle(to, published, identity, rows, hashlib.sha256(text).hexdigest())
    result = recomputed(bundle, joined_of(bundle, questions), questions.index)
    write_json(to / RESULT, result)
    return result, bundle.digest


def _final(run: Path, asked: list[str]) -> list[ScoreRow]:
    """The answers that stand, in the order of the questions. Raises ResultError where some are missing."""
    last = {row.id: row for _, row in read_rows(run)}
    if missing := sum(request_id not in last for request_id in asked):
        raise ResultError(
            f"{run}: {missing:,} of the {len(asked):,} questions of the task have no answer; its command continues it"
        )
    return [_bare(last[request_id]) for request_id in asked]


def _bare(row: ScoreRow) -> ScoreRow:
    """An answer without the model's words, which may repeat texts that are not ours to publish."""
    reason = None if row.reason is None else row.reason[:MAX_REASON]
    return row.model_copy(update={"raw": None, "reason": reason})


def _published(record: RunRecord, identity: Identity) -> RunRecord:
    """run.json without what belongs to the submitter's machine: where it wrote, how it wanted its figures."""
    if record.settings is None:
        return record.model_copy(update={"evaluate": {}})
    _, settings = divide(record.settings, EvaluateOptions, MetricOptions)
    return record.model_copy(update={"evaluate": {}, "settings": settings, "command": command_of(identity, settings)})


def _note_change(made: Entry, result: Result, scores: str, why: str) -> None:
    """Adds what this submission changes, unless its scores are those that were there."""
    last = last_change(read_changes(made.model_folder), made.task)
    if last and last.scores == scores:
        return
    reason = why or ("new scores" if last else "first submission")
    change = Change(
        date=datetime.now(UTC).date().isoformat(),
        task=made.task,
        version=result.task.version,
        scores=scores,
        why=reason,
        before=last.after if last else None,
        after=figures_of(result),
    )
    add_change(made.model_folder, change)
