"""The files of a benchmark: pinned ones verified, brought ones as they are, each known by its hash in what a run is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from weval.bench.spec import BenchSpec, OwnFile, PinnedFile, read_bench
from weval.errors import ConfigError, DataError, unknown
from weval.files import is_file, is_folder
from weval.hashes import git_blob_of, sha256_of
from weval.pins import Progress, fetch_from, located


class BenchData:
    """The files of one set of a benchmark. Files of the user (`own`: one file, or a folder of them) go before pinned
    ones, and are not verified.

    `used` holds the sha256 of every file that was asked for, by part.
    """

    def __init__(
        self, spec: BenchSpec, set_name: str | None = None, own: Path | None = None, progress: Progress | None = None
    ) -> None:
        self.spec, self.own, self._progress = spec, own, progress
        self.set_name = set_name or spec.default_set
        if self.set_name not in spec.sets:
            raise unknown("set", self.set_name, spec.sets)
        self.parts = spec.sets[self.set_name]
        self.used: dict[str, str] = {}
        self._found: dict[str, Path] = {}
        if own and not is_file(own) and not is_folder(own):
            raise DataError(f"{own}: no such file or folder")
        if own and not any(self._brought(part) for part in self.parts):
            names = dict.fromkeys(place.name for part in self.parts for place in self._places(own, part))
            raise DataError(f"{own}: holds none of {', '.join(names)}")

    @property
    def is_own(self) -> bool:
        """Whether a file of the user has been read that is not the public one, or of which nobody can tell."""
        return any(self._is_own(part) for part in self.used)

    def path(self, part: str) -> Path:
        """The file of a part, fetched if it is pinned and not here yet; looked for, verified and hashed once.

        Raises ConfigError saying how it is brought.
        """
        if part not in self._found:
            self._found[part] = self._located(part)
            self.used[part] = sha256_of(self._found[part])
        return self._found[part]

    def _located(self, part: str) -> Path:
        if (found := self._brought(part)) is not None:
            return found
        file = self.spec.files[self.parts[part]]
        if isinstance(file, OwnFile):
            raise ConfigError(
                f"{self.spec.name}: {file.name} does not come with weval: {file.where}; bring it by --data "
                f"{'FILE' if part == next(iter(self.parts)) else 'FOLDER'}"
            )
        if self.own and is_file(self.own) and part != next(iter(self.parts)):
            raise ConfigError(f"{self.spec.name}: --data {self.own} is one file; {part} is another, in a FOLDER")
        return located(file, self.spec.name, self._progress)

    def maybe(self, part: str) -> Path | None:
        """As `path`, or None for a part that the set has not, or that the user's own data comes without."""
        if part not in self.parts or (self.own and self._brought(part) is None):
            return None
        return self.path(part)

    def _is_own(self, part: str) -> bool:
        found, file = self._brought(part), self.spec.files[self.parts[part]]
        return found is not None and not (isinstance(file, PinnedFile) and git_blob_of(found).startswith(file.blob))

    def _brought(self, part: str) -> Path | None:
        """The user's file for a part."""
        if self.own is None:
            return None
        if is_file(self.own):
            return self.own if part == next(iter(self.parts)) else None
        return next((place for place in self._places(self.own, part) if is_file(place)), None)

    def _places(self, folder: Path, part: str) -> Iterator[Path]:
        file = self.spec.files[self.parts[part]]
        if isinstance(file, PinnedFile):
            yield from (folder / file.repository / file.path, folder / file.path, folder / Path(file.path).name)
        else:
            yield folder / file.name


def fetch_bench(name: str, source: Path | None = None, progress: Progress | None = None) -> dict[str, Path]:
    """Brings the pinned files of a benchmark here, verified: from the network, or those that lie in a folder.

    Raises DataError where the folder holds none of them, or another in the place of one; ConfigError where nothing of
    the benchmark can be fetched.
    """
    spec = read_bench(name)
    pinned = {at: file for at, file in spec.files.items() if isinstance(file, PinnedFile)}
    if not pinned:
        brought = "; ".join(file.where for file in spec.files.values() if isinstance(file, OwnFile))
        raise ConfigError(f"{name}: has no file that could be pinned; bring them by --data: {brought}")
    if source is not None and not is_folder(source):
        raise DataError(f"{source}: is not a folder")
    if source is None:
        return {at: located(file, name, progress) for at, file in pinned.items()}
    found, missing = dict[str, Path](), list[str]()
    for at, file in pinned.items():
        places = (source / file.repository / file.path, source / file.path, source / Path(file.path).name)
        here = [place for place in places if is_file(place)]
        if here and not all(_is_another(place, file, pinned.values()) for place in here):
            found[at] = fetch_from(file, source)
        else:
            missing.append(at)
    if not found:
        raise DataError(f"{source}: holds none of {', '.join(missing)}")
    return found


def _is_another(place: Path, wanted: PinnedFile, pinned: Iterable[PinnedFile]) -> bool:
    """Whether a file is one of those that lie at the same path at other commits."""
    blob = git_blob_of(place)
    same = [file for file in pinned if (file.repository, file.path) == (wanted.repository, wanted.path)]
    return not blob.startswith(wanted.blob) and any(blob.startswith(file.blob) for file in same)
