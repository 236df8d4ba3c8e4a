"""Items that lie elsewhere (s3://, gs://, hf://, https:// … by fsspec): fetched once into the cache, and read there."""

from __future__ import annotations

import contextlib
import shlex
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from filelock import FileLock
from pydantic import Field

from weval.errors import ConfigError, DataError, WevalError, missing_extra, nearest
from weval.files import as_file_name, is_file, one_line, os_message, read_json, write_json
from weval.pins import TIMEOUT_S, Progress
from weval.randomness import digest
from weval.tasks.shards import SUFFIXES, Shards, fixed_part, is_pattern, task_name
from weval.types import Record

INDEX = "shards.json"
"""In the folder of an address: what was fetched last."""

_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface-hub", "http": "aiohttp"}
_PACKAGES |= {"https": "aiohttp", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs"}

_USUAL = " (usual are s3, gs, hf, https)"

_VERSIONS = ["ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "version_id", "generation", "blob_id", "mtime"]
_VERSIONS += ["LastModified", "last_modified", "updated", "created"]
"""What stores call the thing that changes when a file does, the surest first."""


_NOT_THERE = (404, 410)

_CREDENTIALS = "set AWS_PROFILE, or FSSPEC_S3_ANON=true for a public bucket"


class _Shard(Record):
    """One file of an address, and the one in the cache that holds its bytes. Without a version it may have changed."""

    name: str
    size: int | None
    version: str | None
    file: str


class _Index(Record):
    """What an address stood for when it was last asked."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    url: str
    shards: tuple[_Shard, ...] = Field(min_length=1)


def fetched(url: str, progress: Progress | None = None) -> Shards:
    """The files that an address stands for, a file, a folder or a pattern: those that are new or changed are fetched.

    Raises ConfigError where it cannot be reached, or the package for its store is not installed; DataError where
    nothing is there.
    """
    _check(url)
    folder = _folder(url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):  # a second process waits, and finds the files
            with _reached(url):
                store, shards = _listed(url)
                have, total = 0, sum(shard.size or 0 for shard in shards.values()) or None
                for name, shard in shards.items():
                    if not (shard.version and _is_whole(folder, shard)):
                        _fetch(store, name, folder / shard.file, shard.size, _Told(progress, have, total))
                    have += (folder / shard.file).stat().st_size
            write_json(folder / INDEX, _Index(url=url, shards=tuple(shards.values())))
    except OSError as error:
        raise ConfigError(f"cannot write {folder}: {os_message(error)}") from error
    return cached(url)


def cached(url: str) -> Shards:
    """The files of an address as they were last fetched; nobody is asked. Raises DataError where they are not here."""
    folder = _folder(url)
    if is_here(url):
        shards = read_json(folder / INDEX, _Index).shards
        if all(_is_whole(folder, shard) for shard in shards):
            files, names = (folder / shard.file for shard in shards), tuple(shard.name for shard in shards)
            return Shards(folder, _name(url), tuple(files), names, url, tuple(_address(url, name) for name in names))
    raise DataError(f"{url}: is not here; bring it: weval fetch {shlex.quote(url)}")


def is_here(url: str) -> bool:
    """Whether an address has been fetched."""
    return is_file(_folder(url) / INDEX)


def _folder(url: str) -> Path:
    import platformdirs

    return platformdirs.user_cache_path("weval") / "remote" / digest(url, size=16).hex()


def _check(url: str) -> None:
    """Raises ConfigError for what is not asked for."""
    if "::" in url:
        raise ConfigError(f"{url}: one address in another (::) is not read; fetch and unpack it first")
    if not url.partition("://")[2].strip("/"):
        raise ConfigError(f"{url}: names no place; an address has one, as s3://bucket/folder/items.parquet")
    parts = urlsplit(url)
    if parts.password or (parts.username and _has_query(url)):
        raise ConfigError(f"{parts.scheme}://…: an address with a password would stand in run.json; leave it out")


@contextlib.contextmanager
def _reached(url: str) -> Iterator[None]:
    """Stores have errors of their own kinds: whatever goes wrong on the way is said in one line."""
    protocol = url.partition(":")[0]
    try:
        yield
    except (ConfigError, DataError):
        raise
    except ImportError as error:
        if getattr(error, "name", None) == "fsspec":
            raise missing_extra("fsspec", "remote", f"reading {url}") from error
        package = _PACKAGES.get(protocol)
        said = f"needs {package}: pip install {package}" if package else one_line(str(error), 120)
        raise ConfigError(f"reading {protocol}://… {said}") from error
    except Exception as error:
        raise _unreached(url, error) from error


def _unreached(url: str, error: BaseException) -> WevalError:
    """What whoever named an address can mend. To fsspec whatever goes wrong over HTTP is a file that is not there."""
    chain = [error]
    while cause := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(cause)
    status = next((status for one in chain if isinstance(status := getattr(one, "status", None), int)), None)
    if any(isinstance(one, socket.gaierror) for one in chain):
        return ConfigError(f"cannot read {url}: its host is not known, or there is no network")
    if any(isinstance(one, (ConnectionRefusedError, TimeoutError)) for one in chain):
        return ConfigError(f"cannot read {url}: nobody answers there")
    if status in _NOT_THERE or (isinstance(error, FileNotFoundError) and not _has_query(url)):
        return DataError(f"{url}: no such file")
    if status:
        return ConfigError(f"cannot read {url}: its server answers {status}")
    if type(error).__name__ == "NoCredentialsError":
        return ConfigError(f"cannot read {url}: no credentials; {_CREDENTIALS}")
    found = chain[1] if isinstance(error, FileNotFoundError) and len(chain) > 1 else error
    said = one_line(str(found).strip().partition("\n")[0], 160)
    return ConfigError(f"cannot read {url} ({': '.join(filter(None, [type(found).__name__, said]))})")


def _listed(url: str) -> tuple[Any, dict[str, _Shard]]:
    """The store, and by name what it says of each file."""
    import fsspec

    _check_protocol(url)
    told = _patience() if _has_query(url) else {}
    store, place = fsspec.core.url_to_fs(url, skip_instance_cache=True, **told)  # what it knew of folders may be old
    found: dict[str, Mapping[str, Any]]
    if _has_query(url):
        found, said = {place: store.info(place)}, ""
    elif is_pattern(place):
        found, said = store.glob(place, detail=True), "no file fits this pattern"
    elif (info := store.info(place))["type"] == "directory":
        inside = {one["name"]: one for one in store.ls(place, detail=True)}
        found, said = {name: inside[name] for name in inside if name.endswith(SUFFIXES)}, "holds no file of items"
    else:
        found, said = {place: info}, ""
    files = {name: _shard(place, name, found[name]) for name in sorted(found) if found[name]["type"] == "file"}
    if not files:
        raise DataError(f"{url}: {said or 'is no file'}")
    return store, files


def _check_protocol(url: str) -> None:
    """Raises ConfigError for one that nobody knows, ImportError for one that a package brings which is not here."""
    import fsspec

    protocol, known = url.partition(":")[0], {*fsspec.available_protocols(), *fsspec.registry}
    if protocol not in known | {*_PACKAGES}:
        raise ConfigError(f"{url}: unknown protocol {protocol!r}{nearest(protocol.lower(), sorted(known)) or _USUAL}")
    if protocol not in known:
        raise ImportError(protocol)


def _patience() -> dict[str, Any]:
    """A silent server is given up, and a large file is not, which aiohttp does after five minutes."""
    import aiohttp

    return {
        "client_kwargs": {"timeout": aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT_S, sock_read=TIMEOUT_S)}
    }


def _has_query(url: str) -> bool:
    """Whether a question mark in it begins a query; such addresses stand for one file each."""
    return url.startswith(("http://", "https://"))


def _path_in(url: str) -> str:
    """The part that names a place, without query."""
    return urlsplit(url).path if _has_query(url) else url.partition("://")[2]


def _shard(place: str, name: str, info: Mapping[str, Any]) -> _Shard:
    size = info.get("size")
    version = next((str(info[key]) for key in _VERSIONS if info.get(key)), None)
    base = fixed_part(place) if is_pattern(place) else place
    inside = name.removeprefix(base).strip("/") if name.startswith(base) else ""
    short = inside or (_path_in(name) if _has_query(name) else name).rpartition("/")[2] or "items"
    key = digest(name, str(size), version or "").hex()
    return _Shard(name=short, size=size, version=version, file=f"{key}-{as_file_name(short)[-80:]}")


def _is_whole(folder: Path, shard: _Shard) -> bool:
    path = folder / Path(shard.file).name  # its index names files of its own folder only
    return is_file(path) and shard.size in (None, path.stat().st_size)


class _Told:
    """Tells of the bytes of all files while one of them comes."""

    def __init__(self, progress: Progress | None, have: int, total: int | None) -> None:
        self._progress, self.have, self._total = progress, have, total

    def add(self, n: int) -> None:
        """So many more bytes are here."""
        self.have += n
        if self._progress:
            self._progress(self.have, self._total)


def _fetch(store: Any, name: str, path: Path, size: int | None, told: _Told) -> None:  # noqa: ANN401
    """Fetches one file, beside its place at first."""
    from fsspec.callbacks import Callback

    class Bytes(Callback):  # type: ignore[misc] # fsspec has no types
        """Fsspec's way of telling how far it is."""

        def relative_update(self, inc: int = 1) -> None:
            told.add(inc)

    part = path.with_name(f"{path.name}.part")
    store.get_file(name, str(part), callback=Bytes())
    if size is not None and part.stat().st_size != size:
        raise DataError(f"{name}: came with {part.stat().st_size:,} bytes of {size:,}; try again")
    part.replace(path)


def _address(url: str, name: str) -> str:
    """That of one of the files that an address stands for.

    >>> _address("s3://bucket/tea", "part-0.jsonl"), _address("s3://bucket/*/p.jsonl", "a/p.jsonl")
    ('s3://bucket/tea/part-0.jsonl', 's3://bucket/a/p.jsonl')
    """
    protocol, _, place = url.partition("://")
    if _has_query(url) or place.endswith(name):
        return url
    base = fixed_part(place) if is_pattern(place) else place.rstrip("/")
    return f"{protocol}://{base}/{name}"


def _name(url: str) -> str:
    place = _path_in(url).strip("/")
    return task_name(fixed_part(place) if is_pattern(place) and not _has_query(url) else place)
