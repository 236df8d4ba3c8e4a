"""An exported data set on its way to the Hugging Face Hub: one commit to a dataset repository."""

from __future__ import annotations

from pathlib import Path

import weval
from weval.build.releasing.datacard import CARD, DataCard
from weval.build.releasing.export import FILES, README
from weval.build.releasing.licences import warnings_of
from weval.errors import ConfigError, ResultError, missing_extra
from weval.files import is_file, one_line, read_json
from weval.remote.hub import check_repository, told
from weval.tasks import load_data
from weval.tasks.spec import TASK


def push_to_hub(folder: Path, repo_id: str, private: bool = False) -> str:
    """Puts the files of an export into a dataset repository; gives its address. Other files there are left alone.

    The repository is made where there is none, `private` or not. The token is that of `hf auth login`, or HF_TOKEN.
    Raises ConfigError where a source's licence forbids to pass its texts on (unless the recipe states another one:
    `seeds.sets.0.licence`), and where the Hub cannot be asked, or not by you; DataError, ResultError where the folder
    is no whole export.
    """
    check_repository(repo_id, "--push")
    card, files = _checked(folder)
    _refuse_others_texts(card, repo_id)
    try:
        from huggingface_hub import CommitOperationAdd, HfApi, get_token
    except ImportError as error:
        raise missing_extra("huggingface-hub", "hf", f"Publishing {repo_id}") from error
    try:
        if not get_token():
            raise ConfigError(f"{repo_id}: publishing needs your token: `hf auth login`, or HF_TOKEN")
        api = HfApi(library_name="weval", library_version=weval.__version__)
        address = api.create_repo(repo_id, repo_type="dataset", private=private, exist_ok=True)
        api.create_commit(
            repo_id,
            [CommitOperationAdd(path_in_repo=path.name, path_or_fileobj=path) for path in files],
            commit_message=f"{card.name} {card.version}",
            commit_description=f"Made by `weval build`, weval {weval.__version__}.",
            repo_type="dataset",
        )
    except ConfigError:
        raise
    except Exception as error:  # of the client, of HTTP, and of what an answer that is no Hub's leads to
        if isinstance(error, ValueError) and README in str(error):
            said = f"the Hub does not take what {folder / README} says before its first heading"
        else:
            said = told(error, "write datasets")
        raise ConfigError(f"{repo_id}: {said}") from error
    return one_line(str(address), 300)


def _checked(folder: Path) -> tuple[DataCard, list[Path]]:
    """The card and the files to publish, which belong together. Raises DataError, ResultError."""
    for name in (CARD, TASK, README):
        if not is_file(folder / name):
            raise ResultError(f"{folder / name}: no such file; weval build export makes it")
    files = [folder / name for name in FILES if is_file(folder / name)]
    for path in files:
        if path.is_symlink():
            raise ResultError(f"{path}: is a link; an export has regular files only")
    card, task = read_json(folder / CARD, DataCard), load_data(folder)
    if card.items_sha256 != task.sha256:
        raise ResultError(f"{folder / CARD}: is the card of other items; weval build card makes it again")
    return card, files


def _refuse_others_texts(card: DataCard, repo_id: str) -> None:
    kept = tuple(one for one in card.sources if not one.redistributable)
    if kept or not card.redistributable:
        said = next(warnings_of(kept), "its card says that it may not be passed on")
        raise ConfigError(
            f"{repo_id}: is not published; {one_line(said)}. Leave that source out; or, if you were given another "
            "licence, state it in the recipe (seeds.sets.N.licence), and make card and export again"
        )
