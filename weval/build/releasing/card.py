"""The data card of a build: everything that somebody who uses the data set, or doubts it, would ask."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import weval
from weval.audit import Audit, audit
from weval.build.chain import STEPS
from weval.build.folder import edited, main_file, read_step
from weval.build.releasing.datacard import DataCard, StepCard
from weval.build.releasing.licences import sources_of, warnings_of
from weval.build.rows import rows_of
from weval.build.standing import BROUGHT
from weval.build.step import Tally, Work
from weval.build.verifying.assembling import refuse_stale
from weval.build.verifying.findings import Findings
from weval.build.verifying.verify import FOUND
from weval.errors import ResultError
from weval.files import is_file
from weval.hashes import sha256_of
from weval.results import TaskStamp
from weval.tasks import Task, load_data
from weval.types import Item

BEFORE = ("seeds", "filter", "requirements", "dropout", "answer", "verify")
"""The steps that a data set comes from."""

NONE = "-"
"""What has no category, language or type is counted under this."""

_ADDRESS = re.compile(r"\b\w+://\S+")
_PLACE = re.compile(
    r"(?<![\w.])(?:"
    r"(?:[A-Za-z]:[\\/]|(?:~|\.{1,2}|\\)\\)(?:[^\\/\n]+[\\/])*([^\\/\n]+)[\\/]?"  # Windows
    r"|(?:~|\.{1,2})?/(?:[^/\n]+/)*([^/\n]+)/?)"
)


def make(work: Work) -> Iterator[DataCard]:
    """One row. Nothing in it depends on when it is made. Raises ResultError where there are no items."""
    refuse_stale(work.sources)
    path = work.sources["verify"]
    if not path.stat().st_size:
        raise ResultError(f"{path}: holds no item; {path.with_name('left_out.jsonl')} says why")
    task = load_data(path, {"gold": "partial"})
    items = tuple(task.items())
    recipe, root = work.recipe, work.folder.parent
    steps, paid = tuple(_steps(work)), Tally()
    for step in steps:
        paid.add(step.spent)
    names = frozenset(item.id for item in items)
    sources = sources_of(recipe, work.home, main_file(root, STEPS["requirements"]), names)
    found, sha256 = _findings(root), sha256_of_items(items)
    kept = [candidate.gold for item in items for candidate in item.candidates]
    yield DataCard(
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        description=recipe.description,
        licence=recipe.licence,
        weval=weval.__version__,
        items_sha256=sha256,
        n_items=len(items),
        n_candidates=len(kept),
        n_requirements=sum(len(item.requirements) for item in items),
        categories=_counted(item.category for item in items),
        languages=_counted(item.language for item in items),
        requirement_types=_counted(one.type for item in items for one in item.requirements),
        kept={str(n): times for n, times in sorted(Counter(kept).items(), reverse=True)},
        sources=sources,
        redistributable=all(source.redistributable for source in sources),
        steps=steps,
        spent=paid.spent,
        findings=found,
        audit=_audit(task, TaskStamp(name=recipe.name, version=recipe.version, sha256=sha256)),
        warnings=(*warnings_of(sources), *_by_hand(work, steps)),
    )


def sha256_of_items(items: Iterable[Item]) -> str:
    """The hash of the file that holds these items as a step writes them."""
    digest = hashlib.sha256()
    for line in rows_of(items):
        digest.update(line)
    return digest.hexdigest()


def public(content: Any) -> Any:  # noqa: ANN401 - JSON
    """Settings without what is nobody's business: of a path only its end, of an address that it is one.

    >>> public({"model": "server/m", "base_url": "http://10.0.0.7:80/v1", "path": "/home/me/seeds.jsonl"})
    {'model': 'server/m', 'base_url': 'URL', 'path': 'seeds.jsonl'}
    """
    if isinstance(content, Mapping):
        return {name: public(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [public(value) for value in content]
    if isinstance(content, str):
        return _PLACE.sub(lambda place: place[1] or place[2], _ADDRESS.sub("URL", content))
    return content


def _before(work: Work) -> tuple[str, ...]:
    """The steps of BEFORE that these items come from. Seeds that lie here are none of theirs where a task gave them."""
    from_task = work.recipe.requirements.how == "task"
    return tuple(name for name in BEFORE if not (from_task and name in ("seeds", "filter")))


def _steps(work: Work) -> Iterator[StepCard]:
    """The steps up to the items, as far as they are here."""
    for name in _before(work):
        step, root = STEPS[name], work.folder.parent
        record = read_step(root, step)
        if record is None:
            continue
        by_hand = (step.file,) if record.told.get(BROUGHT) else tuple(edited(root, step, record))
        files = {file: sha256_of(root / name / file) for file in record.files if is_file(root / name / file)}
        yield StepCard(
            step=name,
            n_rows=record.n_rows,
            left_out=record.left_out,
            replies=record.told.get("replies", {}),
            spent=record.spent,
            models=public(record.models),
            settings=public(record.settings),
            files=files,
            by_hand=by_hand,
            version=record.version,
            created=record.created,
        )


def _findings(root: Path) -> Findings | None:
    """What verify found; None where its items were put there by hand."""
    record = read_step(root, STEPS["verify"])
    told = record.told.get(FOUND) if record else None
    return Findings.model_validate_json(json.dumps(public(told))) if told else None


def _audit(task: Task, stamp: TaskStamp) -> dict[str, Any]:
    found: Audit = audit(task).model_copy(update={"task": stamp})
    return found.model_dump(mode="json", by_alias=True)


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    """How many of each, most first."""
    found = Counter(value or NONE for value in values)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _by_hand(work: Work, steps: Iterable[StepCard]) -> Iterator[str]:
    """What was put there or edited by somebody, so that nobody but them knows how it came about."""
    told = {step.step: step.by_hand for step in steps}
    for name in _before(work):
        file = main_file(work.folder.parent, STEPS[name])
        files = told.get(name, (file.name,) if is_file(file) else ())
        if files:
            yield f"{name}: {', '.join(files)} put there or edited by hand"
