"""The folder beside a file that is being made: what was paid for on the way to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weval.errors import ConfigError
from weval.folders import held

OUTCOME = "outcome.json"
"""What the last start came to, in that folder."""


def folder_of(out: Path) -> Path:
    """Where the replies of a file are kept.

    >>> folder_of(Path("mine/queries.jsonl")).as_posix()
    'mine/queries.jsonl.replies'
    """
    return out.with_name(f"{out.name}.replies")


@contextmanager
def kept_beside(out: Path, *sources: Path) -> Iterator[Path]:
    """The folder of a file that is to be made of `sources`, for this process alone.

    Raises ConfigError where the file cannot be written there, before anything is paid for; ResultError for the folder.
    """
    if out.is_dir():
        raise ConfigError(f"--out {out}: is a folder; name a file")
    if any(out.resolve() == source.resolve() for source in sources):
        raise ConfigError(f"--out {out}: is what is read; name another file")
    with held(folder_of(out)) as folder:
        yield folder
