"""One submitted run against its task: asked as all are asked, answered in full, its figures as its scores have them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from weval.bench.result import BenchResult
from weval.errors import DataError, WevalError
from weval.identity import Identity
from weval.joined import Joined
from weval.leaderboard.bundle import SCORES_GZ, Bundle, canonical, read_bundle, read_run_of
from weval.leaderboard.recompute import Questions, differences, joined_of, recomputed
from weval.leaderboard.record import VERSION, unlike_ours
from weval.leaderboard.suspicion import copies_gold, impossible
from weval.plan import PlanOptions, Probe, check_plan
from weval.results import Result
from weval.store import RESULT, RUN

MAX_SAID = 8
"""So many differences of one result are named."""


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A submitted run that could be read, and the result that its scores have."""

    bundle: Bundle
    result: Result


T = TypeVar("T")

Finding = Generator[str, None, T]
"""Problems one by one; in the end what was read. Raises WevalError for what ends the reading."""


def check_run(folder: Path, questions: Questions, probe: Probe | None = None) -> Finding[CheckedRun]:
    """What is wrong with a submitted run on this task."""
    bundle, joined = yield from read_answers(folder, questions, probe)
    yield from (f"{SCORES_GZ}: {problem}" for problem in _written_otherwise(bundle))
    result = recomputed(bundle, joined, questions.index)
    yield from (f"{RESULT}: {problem}" for problem in stated_otherwise(bundle.stated, result))
    if not probe:
        yield from (f"is not publishable: {reason}" for reason in result.unpublishable_because)
    return CheckedRun(bundle, result)


def read_answers(folder: Path, questions: Questions, probe: Probe | None = None) -> Finding[tuple[Bundle, Joined]]:
    """What is wrong with what a run asked and what it was answered; in the end gold and answers side by side."""
    record, identity = read_run_of(folder)
    fatal = [*asked_otherwise(identity, questions, probe)]
    yield from (f"{RUN}: {problem}" for problem in (*fatal, *unlike_ours(record, identity)))
    if fatal:
        raise DataError(f"{folder.name}: its scores were not looked at, as they answer other questions")
    n_questions = len(questions.asked(identity.model.unit, identity.plan))
    bundle = read_bundle(folder, record, identity, n_questions)
    # Nothing is summed up that could overflow.
    if wrong := [f"{SCORES_GZ}: {problem}" for problem in impossible(bundle.rows, identity.model.unit)]:
        raise DataError(wrong)
    joined = joined_of(bundle, questions)
    if not probe and (how := copies_gold(joined)):
        yield f"{SCORES_GZ}: holds gold, not a model's scores: {how}"
    return bundle, joined


def faultless(finding: Finding[T]) -> T:
    """What was read, if nothing was wrong with it. Raises DataError with all problems."""
    problems: list[str] = []
    while True:
        try:
            problems.append(next(finding))
        except StopIteration as end:
            if problems:
                raise DataError(problems) from None
            found: T = end.value
            return found
        except WevalError as error:
            raise DataError([*problems, *str(error).splitlines()]) from error


def unlike_the_run(probed: Identity, run: Identity, probe: Probe) -> Iterator[str]:
    """How a probe is not the same run asked otherwise."""
    unlike = {"plan": {"probe"}}
    if probed.model_dump(exclude=unlike) != run.model_dump(exclude=unlike):
        yield f"{probe}: is not the same model asked the same way; run it with --set probe={probe} and nothing else"
    if run.model.reads_ids:
        yield f"{probe}: a file of scores knows no other questions"


def asked_otherwise(identity: Identity, questions: Questions, probe: Probe | None) -> Iterator[str]:
    """How a run's questions are not those of the task."""
    ours, theirs = questions.index.task, identity.task
    if theirs.name != ours.name:
        yield f"is a run of {theirs.name}, and lies in the folder of {ours.name}"
    elif theirs.version != ours.version:
        yield f"is a run of {ours.name} {theirs.version}; now it is {ours.version}: run it again"
    elif theirs.sha256 != ours.sha256:
        yield f"was made on another file than {ours.name} {ours.version} (sha256 {theirs.sha256[:12]}…)"
    if identity.limit is not None:
        yield f"only {identity.limit} of the {len(questions.index.items)} items were judged (--limit)"
    if identity.data != questions.index.options:
        changed = [
            name
            for name, value in identity.data.model_dump().items()
            if getattr(questions.index.options, name) != value
        ]
        yield f"reads the task otherwise than its task.yaml says ({', '.join(changed)}); run it without that --set"
    if identity.plan != PlanOptions(probe=probe):
        usual = PlanOptions(probe=probe).model_dump()
        changed = [f"{name}={value}" for name, value in identity.plan.model_dump().items() if usual[name] != value]
        yield f"asks otherwise than all others ({', '.join(changed)}); run it without that --set"
    check_plan(identity.model.unit, identity.plan)


def _written_otherwise(bundle: Bundle) -> Iterator[str]:
    """Where the file of scores is not as weval writes it: two readers must not see two things in it."""
    ours = hashlib.sha256(b"".join(canonical(bundle.rows))).hexdigest()
    if ours != bundle.digest:
        yield "is not written as weval submit writes it; make the submission by: weval submit RUN"


def stated_otherwise(read: Callable[[], Result | BenchResult], found: Result | BenchResult) -> Iterator[str]:
    """What a submission states otherwise than its raw scores have it; `read` gives its result."""
    try:
        stated = read()
    except WevalError as error:
        yield from islice(str(error).splitlines(), MAX_SAID)
        return
    if not {*stated.versions} <= {*found.versions} or not all(map(VERSION.fullmatch, stated.versions.values())):
        yield f"versions are those of {', '.join(found.versions)}, and nothing else"
    told = [*differences(stated, found)]
    yield from islice(told, MAX_SAID)
    if len(told) > MAX_SAID:
        yield f"and {len(told) - MAX_SAID} more differences; no figure of a submission is written by hand"
