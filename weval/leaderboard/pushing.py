"""A submission on its way: a pull request on the Hugging Face Hub, and the entry for a model's own page there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import yaml

import weval
from weval.errors import ConfigError, DataError, ResultError, missing_extra
from weval.files import one_line
from weval.leaderboard.bundle import read_run_of
from weval.leaderboard.card import CARD
from weval.leaderboard.changes import CHANGES
from weval.leaderboard.tree import OF_RUN, Entry, entries
from weval.leaderboard.writers.packed import packed_name
from weval.plan import PROBES
from weval.readback import read_result
from weval.remote.hub import check_repository, told
from weval.results import Result
from weval.store import RUN
from weval.wording import interval, number

IN_REPOSITORY = "results"
"""The folder of submissions in the dataset repository."""

TASK_IDS = {"correlation": "{task}", "reading": "{task}-reading"}
"""The figures that a model's page shows, each under the name of a task of its own: an entry has one value."""

DIGITS = 4


def push_to_hub(submitted: Iterable[Entry], repository: str) -> str:
    """Opens one pull request on a dataset repository with all files of the models' folders; gives its address.

    Raises ConfigError where the Hub cannot be asked, or not by you; ResultError where there is nothing new.
    """
    check_repository(repository, "--push")
    try:
        from huggingface_hub import CommitOperationAdd, HfApi, get_token
    except ImportError as error:
        raise missing_extra("huggingface-hub", "hf", f"A pull request on {repository}") from error
    models = {entry.owner: entry for entry in submitted}
    files = {f"{IN_REPOSITORY}/{name}": path for entry in models.values() for name, path in _files(entry)}
    try:
        if not get_token():
            raise ConfigError(f"{repository}: a pull request needs your token: `hf auth login`, or HF_TOKEN")
        api = HfApi(library_name="weval", library_version=weval.__version__)
        api.dataset_info(repository, timeout=30)  # what cannot be reached at all is said at once, without retries
        commit = api.create_commit(
            repository,
            [CommitOperationAdd(path_in_repo=name, path_or_fileobj=path) for name, path in files.items()],
            commit_message=f"Submit {', '.join(models)}",
            commit_description="Made by `weval submit`; `weval leaderboard check` makes all figures again.",
            repo_type="dataset",
            create_pr=True,
        )
    except ConfigError:
        raise
    except Exception as error:  # of the client, of HTTP, and of what an answer that is no Hub's leads to
        raise ConfigError(f"{repository}: {told(error, 'open pull requests')}") from error
    if not commit.pr_url:
        raise ResultError(f"{repository}: has these files already; there is nothing to submit")
    return one_line(commit.pr_url, 300)


def eval_results_yaml(submitted: Iterable[Entry], dataset: str) -> str:
    """What goes into .eval_results/weval.yaml of each model's own repository, in the Hub's form, a comment before it.

    The figures are those of the dataset `dataset`, dated by the run. Raises ConfigError without the Hub's client.
    """
    check_repository(dataset, "--eval-results")
    try:
        from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
    except ImportError as error:
        raise missing_extra("huggingface-hub", "hf", "The entry for a model's page") from error
    by_model: dict[str, list[EvalResultEntry]] = {}
    for entry in submitted:
        if entry.is_writer:
            raise ConfigError(f"{entry}: --eval-results is for models on tasks; a benchmark is none of weval's own")
        result, date = read_result(entry.folder), _date(entry)
        by_model.setdefault(entry.model, []).extend(
            EvalResultEntry(dataset, task_id, value, date=date, notes=notes)
            for task_id, value, notes in _figures(result)
        )
    return "\n".join(
        f"# {model}, by weval {weval.__version__}\n"
        + yaml.safe_dump(eval_result_entries_to_yaml(found), sort_keys=False, allow_unicode=True, width=100)
        for model, found in by_model.items()
    )


def _figures(result: Result) -> Iterator[tuple[str, float, str]]:
    """Task, value and notes of each figure that a model's page shows."""
    for name, task_id in TASK_IDS.items():
        if not (found := result.metrics.get(name)):
            continue
        said = [f"{name} by weval's definition (ours)", f"{result.task.name} {result.task.version}"]
        said += [f"95 % interval {interval(found.ci)}"] if found.ci else []
        released = (result.released or {}).get(name)
        said += [f"the released script's figure (released) is {number(released)}"] if released is not None else []
        yield task_id.format(task=result.task.name), round(found.value, DIGITS), "; ".join(said)


def _date(entry: Entry) -> str:
    """When the run began, in the form that the Hub wants. Raises DataError."""
    record, _ = read_run_of(entry.folder)
    try:
        return datetime.fromisoformat(record.created).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise DataError(f"{entry.folder / RUN}: created is not a time") from None


def _files(entry: Entry) -> Iterator[tuple[str, Path]]:
    """The files of a model's folder that belong to its submissions, and nothing else. Raises ResultError for links."""
    runs = [one.folder for one in entries(entry.model_folder)]
    wanted = [entry.model_folder / name for name in (CARD, CHANGES)]
    wanted += [folder / place / name for folder in runs for place in ("", *PROBES) for name in OF_RUN]
    if entry.is_writer:
        wanted += [path for folder in runs for path in sorted(folder.glob(packed_name("*")))]
    for path in wanted:
        if path.is_symlink() or path.parent.is_symlink():
            raise ResultError(f"{path}: is a link; a submission has regular files only")
        if path.is_file():
            root = entry.root.parent if entry.is_writer else entry.root
            yield path.relative_to(root).as_posix(), path
