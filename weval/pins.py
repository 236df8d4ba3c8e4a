"""Public files by pin: repository, commit, path and git blob hash. Downloaded once, verified, kept in the cache."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from filelock import FileLock
from pydantic import Field

from weval.errors import ConfigError, DataError
from weval.files import is_file, one_line, os_message
from weval.hashes import git_blob_of
from weval.types import Record

if TYPE_CHECKING:
    import httpx

RAW_HOST = "https://raw.githubusercontent.com"
TIMEOUT_S = 30.0
MAX_BYTES = 128 * 2**20
"""GitHub itself takes no file above 100 MB."""

ATTEMPTS = 3
WAIT_S = 0.5

Progress = Callable[[int, int | None], None]
"""Called with bytes so far and bytes in total (None where the server does not say)."""


class Pin(Record):
    """One file of a public repository, fixed for ever.

    `blob` is the git hash of its content, or the first of its 40 hex digits, as many as are known, 8 at least. Commit
    and path fix the content already: the digits are there to catch a mistake, as in a file that was brought by hand.
    """

    repository: Annotated[str, Field(pattern=r"^\w[\w.-]*/\w[\w.-]*$")]
    commit: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    path: Annotated[str, Field(pattern=r"^(\w[\w. ()-]*/)*\w[\w. ()-]*$")]
    blob: Annotated[str, Field(pattern="^[0-9a-f]{8,40}$")]

    @property
    def url(self) -> str:
        """Where the file is downloaded from."""
        return f"{RAW_HOST}/{self.repository}/{self.commit}/{quote(self.path)}"

    @property
    def cached(self) -> Path:
        """Where the file lies once it has been fetched."""
        import platformdirs

        return platformdirs.user_cache_path("weval") / "data" / self.repository / self.commit / self.path

    @property
    def is_here(self) -> bool:
        """Whether the file has been fetched; its content is not looked at."""
        try:
            return self.cached.is_file()
        except OSError:
            return False


def located(pin: Pin, name: str, progress: Progress | None = None, instead: str = "") -> Path:
    """The cached file, verified; downloaded first if it is not there or damaged (see `fetch`)."""
    return pin.cached if is_whole(pin) else fetch(pin, name, progress, instead)


def is_whole(pin: Pin) -> bool:
    """Whether the cached file is there, and is the pinned one."""
    return is_file(pin.cached) and git_blob_of(pin.cached).startswith(pin.blob)


def fetch(pin: Pin, name: str, progress: Progress | None = None, instead: str = "") -> Path:
    """Downloads the file into the cache: continues a broken download, verifies, then renames into place.

    `name` is what `weval fetch` takes to bring it here, `instead` what to do without it; both are said where it cannot
    be reached.
    """
    hint = f"weval fetch {name} --from DIR{instead and f'; or {instead}'}"
    part = pin.cached.with_name(pin.cached.name + ".part")
    with _writing(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    with _writing(part), FileLock(f"{part}.lock"):  # a second process waits, and finds the file
        if is_whole(pin):
            return pin.cached
        continued = part.exists()
        _download(pin, part, progress, hint)
        if continued and not git_blob_of(part).startswith(pin.blob):  # what was there was something else
            part.unlink()
            _download(pin, part, progress, hint)
        if not (blob := git_blob_of(part)).startswith(pin.blob):
            part.unlink()
            raise DataError(f"{pin.url}: {_other_file(blob, pin)}")
        return part.replace(pin.cached)


def fetch_from(pin: Pin, folder: Path) -> Path:
    """Takes the file from a folder that holds it as OWNER/REPO/PATH, as PATH or by its name alone, and verifies it."""
    places = [folder / pin.repository / pin.path, folder / pin.path, folder / Path(pin.path).name]
    found = [place for place in places if is_file(place)]
    if not found:
        if not folder.is_dir():
            raise DataError(f"{folder}: is not a folder")
        raise DataError(f"{folder}: holds neither {pin.repository}/{pin.path} nor {Path(pin.path).name}")
    for place in found:
        if git_blob_of(place).startswith(pin.blob):
            return _copied(place, pin.cached)
    raise DataError(f"{found[0]}: {_other_file(git_blob_of(found[0]), pin)}")


def _copied(place: Path, target: Path) -> Path:
    part = target.with_name(target.name + ".part")
    with _writing(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, part)
        return part.replace(target)


def _other_file(blob: str, pin: Pin) -> str:
    return f"is not the pinned file (git blob {blob[:12]}, expected {pin.blob[:12]})"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {os_message(error)}") from error


def _download(pin: Pin, part: Path, progress: Progress | None, hint: str) -> None:
    """Tries a few times; each try goes on where the last one broke off."""
    import httpx

    reason = ""
    for attempt in range(ATTEMPTS):
        try:
            with _client() as client:
                _download_rest(client, pin.url, part, progress)
                return
        except httpx.HTTPStatusError as error:
            reason = f"HTTP {error.response.status_code}"
            if error.response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = one_line(str(error)) or type(error).__name__
        if attempt + 1 < ATTEMPTS:
            time.sleep(WAIT_S * 2**attempt)
    raise ConfigError(
        f"cannot reach {pin.url} ({reason}). Bring {pin.repository}/{pin.path} of commit {pin.commit[:12]} by "
        f"hand: {hint}"
    )


def _client() -> httpx.Client:
    """A client that follows the environment's proxies and certificates. Raises ConfigError where those are wrong."""
    import httpx

    try:
        return httpx.Client(timeout=TIMEOUT_S, follow_redirects=True, event_hooks={"response": [_stay_encrypted]})
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        raise ConfigError(f"the environment's proxy or certificate settings cannot be used: {error}") from error


def _stay_encrypted(response: httpx.Response) -> None:
    """Raises HTTPError where an answer that came encrypted leads to one that would not."""
    import httpx

    if response.has_redirect_location and response.url.scheme == "https":
        there = response.url.join(response.headers["Location"])
        if there.scheme != "https":
            raise httpx.RequestError(f"leads to {there.scheme}://{there.host}, which is not encrypted")


def _download_rest(client: httpx.Client, url: str, part: Path, progress: Progress | None) -> None:
    """Asks for the bytes that are still missing, and starts anew where the server cannot continue."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}  # ranges count the file's own bytes
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", url, headers=headers) as reply:
        if have and reply.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # everything is here already; the hash decides
        reply.raise_for_status()
        if reply.status_code != HTTPStatus.PARTIAL_CONTENT:
            have = 0
        length = reply.headers.get("Content-Length")
        total = have + int(length) if length and length.isdigit() else None
        with part.open("ab" if have else "wb") as file:
            for chunk in reply.iter_bytes():
                file.write(chunk)
                have += len(chunk)
                if have > MAX_BYTES:
                    file.truncate(0)
                    raise DataError(f"{url}: is larger than {MAX_BYTES // 2**20} MB, and not the pinned file")
                if progress:
                    progress(have, total)
