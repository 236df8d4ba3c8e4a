"""The whole audit of a task, on one screen: items are read one by one, then runs of judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from weval.audit.adherence import adherence, order
from weval.audit.duplicates import Texts
from weval.audit.judges import check_judge, judged
from weval.audit.kept import kept_sets, length
from weval.audit.records import Audit
from weval.audit.remarks import remarks
from weval.audit.scripts import Systems
from weval.errors import ConfigError, unknown
from weval.files import Problems, is_file, is_folder
from weval.join import Join
from weval.metrics import UNCHECKED
from weval.pins import Progress
from weval.plan import PlanOptions
from weval.results import TaskStamp
from weval.settings import divide
from weval.tasks import DataOptions, Task, is_pattern, is_url, load_data, load_task, task_names


def open_task(target: str, settings: Mapping[str, str] | None = None, progress: Progress | None = None) -> Task:
    """The task of that name or, where no task has it, the items that a path, a pattern or an address names.

    Raises WevalError where it is neither.
    """
    (own,), rest = divide(settings or {}, DataOptions)
    if rest:
        raise unknown("setting", next(iter(rest)), DataOptions.model_fields)
    if target in task_names():
        return load_task(target, own, progress)
    if is_url(target) or is_pattern(target) or is_file(Path(target)) or is_folder(Path(target)):
        return load_data(target, own, progress)
    raise ConfigError(f"{unknown('task', target, task_names())}, and there is no file {target!r}")


def audit(task: Task, judges: Sequence[Path] = ()) -> Audit:
    """What holds of a task's gold, by its items and by what the runs in the given folders say of them.

    Memory is a few bytes per question and some names and hashes per item. Raises WevalError for a run that is on other
    items, or whose unit or values say nothing about gold; before anything is read at length, where that can be told.
    """
    for folder in judges:
        check_judge(folder, task)
    join, texts, systems = Join("response", PlanOptions()), Texts(), Systems()
    for item in task.items():
        join.add_item(item)
        texts.add(item)
        systems.add(item)
    joined = join.answers((), Problems(task.path))  # nobody was asked: gold, lengths and checks are all that is wanted
    blocks = joined.blocks
    found = Audit(
        task=TaskStamp(name=task.name, version=task.version, sha256=task.sha256),
        n_items=joined.n_items,
        n_candidates=sum(block.gold.size for block in blocks),
        n_requirements=sum(block.types.size for block in blocks),
        n_checked=sum(int((block.met[:, 0] != UNCHECKED).sum()) for block in blocks),
        n_sets_known=sum(int(block.kept_known.sum()) for block in blocks),
        adherence=adherence([(block, block.met) for block in blocks], joined.languages),
        order=order(joined),
        length=length(joined),
        writing_systems=systems.figures(),
        duplicates=texts.figures(),
        kept_sets=kept_sets(joined),
        judges=tuple(judged(folder) for folder in judges),
        notices=task.notices,
        remarks=(),
    )
    return found.model_copy(update={"remarks": tuple(remarks(found))})
