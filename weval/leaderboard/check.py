"""Are submissions what they say? All figures are made again from raw scores; what differs is refused, with a reason."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from weval.bench.result import BenchResult
from weval.errors import ConfigError, DataError, ResultError, WevalError, visible
from weval.files import one_line
from weval.identity import Identity
from weval.leaderboard.bundle import read_bundle, read_once, read_run_of, values_digest
from weval.leaderboard.card import CARD, FAMILIES, Card, slug_of
from weval.leaderboard.changes import CHANGES, KEPT, broken, figures_of, last_change, read_changes
from weval.leaderboard.checked import CheckedRun, Finding, check_run, faultless, unlike_the_run
from weval.leaderboard.gold import gold_index
from weval.leaderboard.recompute import Questions, same
from weval.leaderboard.reproductions import check_reproduction
from weval.leaderboard.suspicion import doubts
from weval.leaderboard.tree import (
    REPRODUCTIONS,
    WRITERS,
    Entry,
    entries,
    is_root,
    is_run,
    models_of,
    refuse_links,
    reproductions_of,
    strays,
    strays_of_model,
    strays_of_run,
    tasks_of,
    unlike_published,
    writers_of,
)
from weval.leaderboard.writers.checked import check_writer_run, doubts_about, texts_in
from weval.plan import PROBES
from weval.reproduce.outcome import Reproduction
from weval.results import Result
from weval.store import RUN

MAX_PROBLEM = 600
"""Characters of a problem or a doubt; a stranger's file may make them as long as itself."""


_LOOKALIKES = str.maketrans("авгеіјкмнорстухѕԁԛԝһαβεικνορτυχıł", "abreijkmhopctyxsdqwhabeikvoptuxil")
"""Cyrillic and Greek letters by the Latin one that they look like. There are more; a maintainer looks at names."""


@dataclass
class Verdict:
    """What was found of one submission: why it is refused, and what a maintainer should look at."""

    entry: Entry
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    result: Result | BenchResult | None = None
    reproduction: Reproduction | None = None

    @property
    def accepted(self) -> bool:
        """Whether it can be published."""
        return not self.problems


Watch = Callable[[Entry], None]


def check(paths: Iterable[Path], against: Path | None = None, watch: Watch | None = None) -> list[Verdict]:
    """The verdict on every submission in these folders, and on what lies beside them.

    `against` is a folder `results` as it is published: what a model's changes say there may only be added to, and what
    belongs to maintainers must be the same. Raises ResultError for a path that is no folder.
    """
    paths = [*paths]
    kept = [path for path in paths if path.absolute().parent.name == REPRODUCTIONS]
    paths = [path for path in paths if path not in kept]
    kept += [found for path in paths for found in reproductions_of(path)]
    for path in paths:
        if not (against or kept or writers_of(path) or entries(path) or any(_without_entry(path)) or any(strays(path))):
            raise ResultError(f"{path}: holds no submissions; weval submit RUN makes one")
    paths = [one for path in paths for one in (path, writers_of(path) if is_root(path) else None) if one]
    asked = dict.fromkeys(entry for path in paths for entry in entries(path))
    roots: dict[Path, _Root] = {}
    verdicts = []
    for entry in asked:
        if watch:
            watch(entry)
        root = roots.setdefault(entry.root, _Root(entry.root, _published(entry.root, against)))
        verdicts.append(root.verdict(entry))
    verdicts += [_reproduction_verdict(path, watch) for path in dict.fromkeys(kept)]
    for path in paths:
        verdicts += [Verdict(Entry(path.parent, model, ""), said) for model, said in _without_entry(path)]
        if is_root(path):
            verdicts += [Verdict(Entry(path, name, ""), [visible(said)]) for name, said in _beside(path, against)]
    return verdicts


def _reproduction_verdict(folder: Path, watch: Watch | None) -> Verdict:
    """The same of a reproduction: its cells made again."""
    verdict = Verdict(Entry(folder.absolute().parent, folder.name, ""))
    if watch:
        watch(verdict.entry)
    try:
        verdict.reproduction = faultless(check_reproduction(folder))
    except (WevalError, OSError) as error:
        verdict.problems = [one_line(problem, MAX_PROBLEM) for problem in str(error).splitlines()]
    return verdict


def _published(root: Path, against: Path | None) -> Path | None:
    """Where what is published of the same kind lies."""
    if against is None or root.name != WRITERS or against.name == WRITERS:
        return against
    return writers_of(against)


def _beside(path: Path, against: Path | None) -> Iterator[tuple[str, str]]:
    """What lies in a folder of submissions and belongs to none, and what is not there although it is published."""
    yield from strays(path)
    if published := _published(path, against):
        yield from unlike_published(path, published)
    if against and (published := writers_of(against)) and path.name != WRITERS and not writers_of(path):
        yield from unlike_published(path / WRITERS, published)


def read_card(model: Path) -> Card:
    """What the submitter says of a model, from its folder. Raises DataError."""
    return read_once(model, CARD, Card)


def _without_entry(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Folders of models in which there is nothing to check: nobody would look at what else lies there."""
    if is_run(path) and not is_root(path):
        return
    for model in [path / name for name in models_of(path)] if is_root(path) else [path]:
        if not tasks_of(model):
            yield visible(model.name), ["holds no run of a task", *strays_of_model(model)]


@dataclass
class _Root:
    """A folder `results`, and what is known of it while its submissions are checked."""

    path: Path
    against: Path | None
    _questions: dict[str, Questions] = field(default_factory=dict)
    _digests: dict[Entry, str] = field(default_factory=dict)
    _names: dict[str, str] | None = None
    _entries: list[Entry] | None = None

    def verdict(self, entry: Entry) -> Verdict:
        verdict = Verdict(entry)
        try:
            # One by one, so that what was found before the end of the reading is kept.
            for problem in self._problems(entry, verdict):
                verdict.problems.append(problem)
        except WevalError as error:
            verdict.problems += str(error).splitlines()
        # They repeat what strangers wrote; a line of a log may not end in it.
        verdict.problems = [one_line(problem, MAX_PROBLEM) for problem in verdict.problems]
        verdict.doubts = [one_line(doubt, MAX_PROBLEM) for doubt in verdict.doubts]
        return verdict

    def _problems(self, entry: Entry, verdict: Verdict) -> Iterator[str]:
        refuse_links(entry)
        yield from strays_of_model(entry.model_folder)
        if not entry.is_writer:
            yield from strays_of_run(entry.folder)
        card = read_card(entry.model_folder)
        yield from self._card_problems(card, entry)
        if (card.family == "writer") is not entry.is_writer:
            yield f"{CARD}: family is {card.family}; that of what lies in {WRITERS}/, and of nothing else, is writer"
        if entry.is_writer:
            yield from self._writer_problems(entry, verdict)
            return
        questions = self._of_task(entry.task)
        run = yield from check_run(entry.folder, questions)
        verdict.result = run.result
        verdict.doubts += doubts(run.result, run.bundle)
        yield from _family_problems(card, run.bundle.identity)
        yield from self._copies(entry, values_digest(run.bundle.rows))
        yield from self._change_problems(entry, run)
        yield from _probe_problems(entry, run, questions)

    def _writer_problems(self, entry: Entry, verdict: Verdict) -> Iterator[str]:
        run = yield from check_writer_run(entry.folder)
        verdict.result = run.result
        verdict.doubts += doubts_about(run)
        yield from self._copies(entry, run.texts)

    def _of_task(self, task: str) -> Questions:
        if task not in self._questions:
            try:
                self._questions[task] = Questions(gold_index(task))
            except ConfigError as error:
                raise DataError(f"{task}: is no task that this leaderboard has ({error})") from error
        return self._questions[task]

    def _others(self) -> list[Entry]:
        """All submissions there are, here and where they are published."""
        if self._entries is None:
            self._entries = [*entries(self.path), *(entries(self.against) if self.against else ())]
        return self._entries

    def _card_problems(self, card: Card, entry: Entry) -> Iterator[str]:
        if slug_of(card.name) != entry.model:
            yield f"{CARD}: the folder of {card.name!r} is called {slug_of(card.name)}"
        if self._names is None:
            self._names = {}
            for other in self._others():
                with contextlib.suppress(WevalError):  # it has a verdict of its own
                    self._names[other.model] = _alike(read_card(other.model_folder).name)
        twins = [other for other, name in self._names.items() if name == _alike(card.name) and other != entry.model]
        yield from (f"{CARD}: {other} is called so already, or looks like it" for other in twins)

    def _copies(self, entry: Entry, digest: str) -> Iterator[str]:
        """Other submissions on the task with the same answers."""
        self._digests[entry] = digest
        for other in self._others():
            if other.questions != entry.questions or other.model == entry.model:
                continue
            if other not in self._digests:
                self._digests[other] = self._digest(other)
            if digest and self._digests[other] == digest:
                what = "its texts" if entry.is_writer else "its scores"
                yield f"{what} are those of {other.model}, answer for answer"

    def _digest(self, entry: Entry) -> str:
        try:
            if entry.is_writer:
                return texts_in(entry.folder)
            record, identity = read_run_of(entry.folder)
            asked = self._of_task(entry.task).asked(identity.model.unit, identity.plan)
            return values_digest(read_bundle(entry.folder, record, identity, len(asked)).rows)
        except WevalError:  # it has a verdict of its own
            return ""

    def _change_problems(self, entry: Entry, run: CheckedRun) -> Iterator[str]:
        """What changes.jsonl says otherwise than the scores, or than it said before."""
        changes = read_changes(entry.model_folder)
        last = last_change(changes, entry.task)
        if last is None or last.scores != run.bundle.digest:
            yield f"{CHANGES}: its last line about {entry.task} is not of these scores; weval submit writes it"
        elif any(not same(last.after.get(name), value) for name, value in figures_of(run.result).items()):
            yield f"{CHANGES}: its last line about {entry.task} has other figures than the scores ({', '.join(KEPT)})"
        elif last.version != run.result.task.version:
            yield f"{CHANGES}: its last line about {entry.task} is not of version {run.result.task.version}"
        yield from (f"{CHANGES}: {problem}" for problem in broken(changes))
        if self.against and (self.against / entry.model).is_dir():
            before = read_changes(self.against / entry.model)
            if changes[: len(before)] != before:
                yield f"{CHANGES}: may only be added to; it does not begin with what is published"


def _probe_problems(entry: Entry, run: CheckedRun, questions: Questions) -> Iterator[str]:
    for probe in (probe for probe in PROBES if (entry.folder / probe).exists()):
        probed = yield from _prefixed(f"{probe}/", check_run(entry.folder / probe, questions, probe))
        yield from unlike_the_run(probed.bundle.identity, run.bundle.identity, probe)


def _prefixed(prefix: str, found: Finding[CheckedRun]) -> Finding[CheckedRun]:
    while True:
        try:
            problem = next(found)
        except StopIteration as end:
            run: CheckedRun = end.value
            return run
        yield prefix + problem


def _family_problems(card: Card, identity: Identity) -> Iterator[str]:
    """Where a card's family is not what the run's adapter is."""
    adapter = str(identity.model.fingerprint.get("adapter", ""))
    known = FAMILIES.get(adapter)
    if known and known != card.family:
        yield f"{CARD}: family is {card.family}; a run by {adapter} is of family {known}"
    if not known and card.family in ("rules", "baseline"):
        yield f"{CARD}: family {card.family} is for those that weval brings"
    if adapter in ("ScoresFile", "HumanFile") and not identity.model.reads_ids:
        yield f"{RUN}: {adapter} looks scores up in a file, and the run says that it does not"


def _alike(name: str) -> str:
    """What names have in common that look the same."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKALIKES)
    return "".join(c for c in plain if c.isalnum())
