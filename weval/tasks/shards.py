"""Where items lie: one file, or shards of it in a folder or under a pattern; and what their bytes are known by."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from weval.errors import DataError
from weval.files import as_file_name, is_file, is_folder, os_message
from weval.hashes import sha256_of

SUFFIXES = (".jsonl", ".parquet", ".arrow")
"""Of the files in a folder those are its shards; what is named by itself, or by a pattern, may be called anything."""

_URL = re.compile(r"(?!(?:file|local)://)[A-Za-z][A-Za-z0-9+.-]*:(?://|:)")
_SLIP = re.compile(r"(?!(?:file|local):)[A-Za-z][A-Za-z0-9+.-]+:/(?!/)")  # one letter is a drive
_LOCAL = re.compile(r"(?:file|local)://")


@dataclass(frozen=True, slots=True)
class Shards:
    """Files that together hold items, in the order in which they are read.

    `whole` is what was named, and `name` the name of a task made of it. `names` are those of the files from the folder
    on that they have in common. `url` is the address that they were fetched from, and `urls` that of each.
    """

    whole: Path
    name: str
    files: tuple[Path, ...]
    names: tuple[str, ...]
    url: str = ""
    urls: tuple[str, ...] = ()

    def shown(self, path: Path) -> str:
        """What whoever named them knows one of the files by, or the whole."""
        return dict(zip((self.whole, *self.files), (self.url, *self.urls), strict=False)).get(path) or str(path)

    def sha256(self) -> str:
        """Of one file the hash of its bytes; of several that of the lines "NAME SHA256", in their order."""
        if len(self.files) == 1:
            return sha256_of(self.files[0])
        lines = (f"{name} {sha256_of(file)}\n" for name, file in zip(self.names, self.files, strict=True))
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def is_url(data: str | Path) -> bool:
    """Whether items lie on another machine, or in another kind of store than a folder.

    >>> is_url("s3://bucket/items.parquet"), is_url("items.parquet"), is_url("file:///data/items.parquet")
    (True, False, False)
    """
    return isinstance(data, str) and _URL.match(data) is not None


def local(data: str | Path) -> Path:
    """The path that names items of this machine."""
    return Path(_LOCAL.sub("", data, count=1)) if isinstance(data, str) else data


def lasting(data: str | Path) -> str:
    """What names the same items from any folder."""
    return str(data) if is_url(data) else str(local(data).absolute())


def shards_of(path: Path) -> Shards:
    """A file, the shards in a folder, or the files under a pattern, by name. Raises DataError where there are none."""
    if is_folder(path):
        return _of_folder(path)
    if _SLIP.match(str(path)) and not is_file(path):
        raise DataError(f"{path}: no such file; an address has two slashes, as {str(path).replace(':/', '://', 1)}")
    if is_pattern(str(path)) and not is_file(path):
        return _of_pattern(path)
    return Shards(path, path.stem, (path,), (path.name,))


def is_pattern(data: str) -> bool:
    """Whether a name stands for all files that fit it: * and ? stand for any letters, and for any one.

    >>> is_pattern("data/train-*.parquet"), is_pattern("data/train.parquet")
    (True, False)
    """
    return not {*data}.isdisjoint("*?")


def fixed_part(pattern: str) -> str:
    """The folder in which all files lie that fit a pattern; empty for this one.

    >>> fixed_part("data/en-*/part-?.parquet")
    'data'
    """
    parts = PurePosixPath(pattern).parts
    first = next((at for at, part in enumerate(parts) if is_pattern(part)), len(parts) - 1)
    return str(PurePosixPath(*parts[:first])) if first else ""


def task_name(place: str) -> str:
    """A name for what lies at a place, a file or a folder.

    >>> task_name("bucket/sets/tea.parquet"), task_name("bucket/my set")
    ('tea', 'my-set')
    """
    last = PurePosixPath(place)
    return as_file_name(last.stem if last.suffix in SUFFIXES else last.name)


def _of_folder(folder: Path) -> Shards:
    try:
        inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
        files = sorted(path for path in inside if path.suffix in SUFFIXES)
    except OSError as error:
        raise DataError(f"{folder}: {os_message(error)}") from error
    kinds = sorted({path.suffix for path in files})
    if len(kinds) > 1:
        raise DataError(f"{folder}: holds {' and '.join(kinds)} files; name those meant, as {folder / '*'}{kinds[0]}")
    if not files:
        raise DataError(
            f"{folder}: is a folder without task.yaml and without items ({', '.join(SUFFIXES)} files){_near(inside)}"
        )
    return Shards(folder, as_file_name(folder.absolute().name), tuple(files), tuple(path.name for path in files))


def _near(inside: list[Path]) -> str:
    """What may have been meant in a folder without shards."""
    if capital := next((path.name for path in sorted(inside) if path.suffix.lower() in SUFFIXES), None):
        return f"; write the ending of {capital} small, or name the file itself"
    folder = next((path.parent for path in inside if is_folder(path)), None)
    return (
        f"; folders in it are not looked into: name one, or a pattern, as {folder / '*' / '*.jsonl'}" if folder else ""
    )


def _of_pattern(pattern: Path) -> Shards:
    if "**" in pattern.parts:  # a whole disk may be below it, and run.json of a stranger may name one
        raise DataError(f"{pattern}: ** is not taken; name the folders, as data/*/part-?.parquet")
    base = Path(fixed_part(str(pattern)))
    try:
        found = base.glob(str(pattern.relative_to(base)))
        files = sorted(path for path in found if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"{pattern}: {os_message(error)}") from error
    except (ValueError, NotImplementedError) as error:
        raise DataError(f"{pattern}: is not a pattern ({error})") from error
    if not files:
        raise DataError(f"{pattern}: no file fits this pattern")
    names = tuple(path.relative_to(base).as_posix() for path in files)
    return Shards(pattern, as_file_name(base.absolute().name), tuple(files), names)
