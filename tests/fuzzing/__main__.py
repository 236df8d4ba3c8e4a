"""Coverage-guided fuzzing of the entry points, one after the other, each in a process of its own.

    python -m tests.fuzzing [NAME…] [--seconds N] [--corpus DIR] [--minimise]

Inputs that reach something new are kept below DIR, one folder for each entry point; what makes one fail goes to
tests/fuzzing/crashes, and how it failed is printed. `--minimise` fuzzes nothing, and takes as few inputs of DIR into
tests/fuzzing/corpus as reach most of what all of them do. Needs the extra `fuzz`. See docs/fuzzing.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent
CORPUS, CRASHES = HERE / "corpus", HERE / "crashes"
NAMES = ("items", "runs", "descriptions", "replies", "servers", "submissions", "rows", "texts")
MAX_LEN = 2048
MOST_INPUTS = 30
LONGEST_S = 0.5
LEAST_NEW = 1
"""An input of the corpus adds so many lines to those before it."""

WEVAL = "/weval/"
TraceFunction = Callable[[FrameType, str, object], "TraceFunction | None"]


def main() -> int:
    """Fuzzes what is named, or everything; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default: 60)")
    parser.add_argument("--corpus", type=Path, help="where inputs are kept (default: a temporary folder)")
    parser.add_argument("--minimise", action="store_true", help="take the best inputs of DIR into the repository")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if unknown := [name for name in said.names if name not in NAMES]:
        parser.error(f"no entry point is called {unknown[0]}")
    if said.minimise and not said.corpus:
        parser.error("--minimise needs --corpus")
    if not said.minimise and importlib.util.find_spec("atheris") is None:
        parser.error("atheris is not installed: pip install 'weval[fuzz]'")
    if said.minimise and said.one:
        return _minimise(said.names[0], said.corpus)
    if said.one:
        return _fuzz(said.names[0], said.seconds, said.corpus)
    with tempfile.TemporaryDirectory() as folder:
        corpus = said.corpus or Path(folder)
        more = ("--minimise",) if said.minimise else ()
        codes = [_in_process(name, said.seconds, corpus, *more) for name in said.names or NAMES]
    return int(any(codes))


def _in_process(name: str, seconds: int, corpus: Path, *more: str) -> int:
    """How many kinds of faults there were, or 1 where the process died."""
    before = crashes_of(name)
    command = [sys.executable, "-m", "tests.fuzzing", name, "--one", "--seconds", str(seconds), "--corpus", str(corpus)]
    print(f"{name}: {' '.join(more) or f'{seconds} s'}", flush=True)
    code = subprocess.run([*command, *more], check=False).returncode
    found = crashes_of(name) - before
    if not more:
        died = f"; its process ended with {code}" if code and not found else ""
        print(f"{name}: {len(found)} kinds of faults{died}", *sorted(found), sep="\n  ", flush=True)
    return len(found) or int(code != 0)


def crashes_of(name: str) -> set[str]:
    """The inputs that failed, by file."""
    return {path.name for path in (CRASHES / name).glob("*")}


def _minimise(name: str, corpus: Path) -> int:
    """Takes the inputs that add the most lines to those before them, none that is slow; what failed once stays."""
    from tests.fuzzing.entrypoints import tried

    kept = CORPUS / name
    kept.mkdir(parents=True, exist_ok=True)
    tried(name, b"")  # what is made once in a process
    inputs = {path.read_bytes() for path in (*(corpus / name).glob("*"), *kept.glob("*.in"))}
    left = dict[bytes, set[tuple[str, int]]]()
    for data in sorted(inputs):
        began = time.process_time()
        left[data] = _reached(name, data)
        if time.process_time() - began > LONGEST_S:
            del left[data]
    for path in kept.glob("*.in"):
        path.unlink()
    covered, n = set[tuple[str, int]](), 0
    while n < MOST_INPUTS:
        best = max(left, key=lambda data: (len(left[data] - covered), -len(data)), default=b"")
        if not left or len(left[best] - covered) < LEAST_NEW:
            break
        covered |= left.pop(best)
        n += 1
        (kept / f"{hashlib.sha1(best).hexdigest()[:16]}.in").write_bytes(best)
    print(f"{name}: {n} of {len(inputs)} inputs, {len(covered):,} lines of weval")
    return 0


def _reached(name: str, data: bytes) -> set[tuple[str, int]]:
    """The lines of weval that an input leads through."""
    from tests.fuzzing.entrypoints import tried

    found = set[tuple[str, int]]()

    def inside(frame: FrameType, event: str, argument: object) -> TraceFunction:
        found.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def called(frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        return inside if WEVAL in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        tried(name, data)
    finally:
        sys.settrace(before)
    return found


def _fuzz(name: str, seconds: int, corpus: Path) -> int:
    """Never returns: libFuzzer ends the process. The first input of each kind of fault is kept, and it goes on."""
    import atheris

    with atheris.instrument_imports(include=["weval"]):
        from tests.fuzzing.bounds import TooSlow
        from tests.fuzzing.entrypoints import tried
    found, crashes = corpus / name, CRASHES / name
    for folder in (found, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    seen = set[tuple[type, str, int | None]]()

    def one(data: bytes) -> None:
        try:
            tried(name, data)
        except (Exception, TooSlow) as fault:  # noqa: BLE001 - whatever it is, it is what is looked for
            place = traceback.extract_tb(fault.__traceback__)[-1]
            if (kind := (type(fault), place.filename, place.lineno)) not in seen:
                seen.add(kind)
                (crashes / f"crash-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
                traceback.print_exception(fault)

    arguments = [
        f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/", f"-max_len={MAX_LEN}", "-rss_limit_mb=3000",
        "-print_final_stats=1", "-timeout=120", "-reduce_inputs=1", "-len_control=0", str(found),
    ]  # fmt: skip
    if (CORPUS / name).is_dir():
        arguments.append(str(CORPUS / name))
    atheris.Setup([name, *arguments], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
