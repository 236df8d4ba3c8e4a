"""The malformed corpus, through the command line: one line per problem with file, line and field, and exit code 2.

Nothing may be written that was not there before, nothing may hang, and nothing in a file may move the cursor.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items, write_rows
from weval import files
from weval.cli.main import main
from weval.tasks import spec

Row = dict[str, Any]
Cli = Callable[..., list[str]]


def item(**changes: Any) -> Row:
    """A good item as JSON, with some keys replaced; `...` takes one away."""
    return _changed(make_item(kept=((1, 2), (1,)), n_requirements=2).model_dump(mode="json"), changes)


def candidate(**changes: Any) -> list[Row]:
    """The candidates of an item, the first one changed."""
    first, second = item()["candidates"]
    return [_changed(first, changes), second]


def requirement(**changes: Any) -> list[Row]:
    first, second = item()["requirements"]
    return [_changed(first, changes), second]


def _changed(row: Row, changes: Row) -> Row:
    return {key: value for key, value in (row | changes).items() if value is not ...}


def lines(*rows: object) -> bytes:
    """JSON Lines; what is bytes already stays as it is."""
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


def replaced(row: Row, old: str, new: str) -> bytes:
    """A line of JSON with a piece of its text replaced by what json.dumps would not write."""
    text = json.dumps(row)
    assert old in text
    return text.replace(old, new).encode() + b"\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Calls the command line and checks what every refusal has in common, then each line's beginning."""

    def call(command: list[str], *expected: str) -> list[str]:
        before = _everything(here)
        monkeypatch.setattr(sys, "argv", ["weval", *command])
        with pytest.raises(SystemExit) as caught:
            main()
        said = capsys.readouterr()
        assert caught.value.code == 2
        assert "Traceback" not in said.err
        assert said.out == ""
        assert all(line.isprintable() for line in said.err.split("\n"))
        assert said.err.endswith("\n")
        found = said.err.splitlines()
        assert len(found) == len(expected), said.err
        for line, beginning in zip(found, expected, strict=True):
            assert line.startswith(f"weval: {beginning}")
            assert len(line) < 1000
        assert _everything(here) == before
        return found

    return call


def _everything(folder: Path) -> dict[str, tuple[int, int, int]]:
    """What lies in a folder, and when each file was last written."""
    stats = {str(path): path.lstat() for path in folder.rglob("*")}
    return {name: (stat.st_mode, stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def succeed(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["weval", *command])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0


def with_candidate(**changes: Any) -> bytes:
    return lines(item(candidates=candidate(**changes)))


def with_check(check: Row) -> bytes:
    return lines(item(requirements=requirement(check=check)))


RUN = ["run", "--model", "length", "--out", "out"]
UNKNOWN = "is not a known key"

# --- items.jsonl

ITEMS: dict[str, tuple[bytes, list[str]]] = {
    # not a text of lines
    "empty": (b"", [": is empty"]),
    "blank": (b"\n", [":1: is an empty line"]),
    "blank-line-between": (lines(item(), b"\n", item(id="b")), [":2: is an empty line"]),
    "not-utf8": (lines(item(), b'{"id": "\xe9"}\n'), [":2: is not UTF-8 (byte 9 of the line)"]),
    "latin-1-throughout": (b"\xe9\n\xe9\n\xe9\n", [":1: is not UTF-8", ":2: is not UTF-8", ":3: is not UTF-8"]),
    "utf-16": (lines(item()).decode().encode("utf-16"), [":1: is UTF-16"]),
    "utf-16-without-mark": (lines(item()).decode().encode("utf-16-le"), [":1: holds a NUL byte"]),
    "byte-order-mark": (b"\xef\xbb\xbf" + lines(item()), [":1: starts with a byte order mark"]),
    "crlf": (lines(item(), item(id="b")).replace(b"\n", b"\r\n"), [":1: ends in CRLF"]),
    "byte-order-mark-and-crlf": (b"\xef\xbb\xbf" + lines(item())[:-1] + b"\r\n", [":1: starts", ":1: ends in CRLF"]),
    "old-mac-line-ends": (lines(item(), item(id="b")).replace(b"\n", b"\r"), [":1: is not JSON (trailing characters"]),
    "nul-bytes": (b"\0" * 5000, [":1: holds a NUL byte"]),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0", [":1: ends in CRLF", ":1: is not UTF-8", ":2: is not", ":3: holds a NUL"]),
    # not JSON
    "not-json": (b"instruction,response\n", [":1: is not JSON"]),
    "truncated": (lines(item(), item(id="b"))[:-30], [":2: is not JSON (cut off while parsing"]),
    "truncated-between-lines": (lines(lines(item())[:60] + b"\n", item(id="b")), [":1: is not JSON (cut off while"]),
    "pretty-printed": (b"[\n {\n", [":1: is the start of a JSON value over several lines"]),
    "trailing-comma": (lines(item())[:-2] + b",}\n", [":1: is not JSON (trailing comma"]),
    "two-on-a-line": (lines(item())[:-1] + lines(item(id="b")), [":1: is not JSON (trailing characters"]),
    "an-array": (lines([item()]), [":1: must be an object, not a list"]),
    "a-string": (lines("item"), [":1: must be an object, not 'item'"]),
    "a-number": (lines(3), [":1: must be an object, not 3"]),
    "null": (lines(None), [":1: must be an object, not null"]),
    "million-deep-array": (b"[" * 10**6 + b"\n", [":1: is not JSON (nested too deeply"]),
    "deep-object": (b'{"a":' * 10**5 + b"1" + b"}" * 10**5 + b"\n", [":1: is not JSON (nested too deeply"]),
    "lone-surrogate": (
        replaced(item(instruction="@"), '"@"', '"\\ud800"'), [":1: is not JSON (a \\u escape stands for half a char"]
    ),
    "surrogate-in-an-id": (replaced(item(id="@"), '"@"', '"\\udfff"'), [":1: is not JSON (a \\u escape"]),
    "number-of-5000-digits": (
        replaced(item(candidates=candidate(kept=77)), "77", "7" * 5000), [":1: is not JSON (number out of range"]
    ),
    # types and keys
    "key-missing": (lines(item(instruction=...)), [":1: instruction: is missing"]),
    "key-unknown": (lines(item(prompts=[])), [f":1: prompts: {UNKNOWN}"]),
    "key-unknown-deep": (with_candidate(score=1), [f":1: candidates[0].score: {UNKNOWN}"]),
    "id-a-number": (lines(item(id=3)), [":1: id: must be a string, not 3"]),
    "id-empty": (lines(item(id="")), [":1: id: must not be empty"]),
    "id-too-long": (lines(item(id="x" * 201)), [":1: id: has 201 characters; at most 200"]),
    "instruction-empty": (lines(item(instruction="")), [":1: instruction: must not be empty"]),
    "instruction-null": (lines(item(instruction=None)), [":1: instruction: must be a string, not null"]),
    "requirements-an-object": (lines(item(requirements={})), [":1: requirements: must be a list, not an object"]),
    "requirements-of-strings": (
        lines(item(requirements=["Do.", "Go."])),
        [":1: requirements[0]: must be an object, not 'Do.'", ":1: requirements[1]: must be an object"],
    ),
    "no-requirements": (lines(item(requirements=[])), [":1: requirements: has too few entries (0; at least 1)"]),
    "requirement-type-unknown": (
        lines(item(requirements=requirement(type="tone"))), [":1: requirements[0].type: must be 'length', 'format'"]
    ),
    "one-candidate": (lines(item(candidates=candidate()[:1])), [":1: candidates: has too few entries (1; at least 2)"]),
    "response-missing": (with_candidate(response=...), [":1: candidates[0].response: is missing"]),
    "response-a-list": (with_candidate(response=["x"]), [":1: candidates[0].response: must be a str"]),
    "response-of-2-million": (
        with_candidate(response="x" * 2_000_000),
        [":1: candidates[0].response: has 2,000,000 characters; at most 1,000,000 are allowed"],
    ),
    # what contradicts itself
    "id-twice": (lines(item(), item()), [":2: id: 'i1' is already the id of line 1"]),
    "id-twice-far-apart": (
        lines(item(), *(item(id=f"x{n}") for n in range(999)), item()), [":1001: id: 'i1' is already the id of line 1"]
    ),
    "id-three-times": (lines(item(), item(), item()), [":2: id: 'i1' is already", ":3: id: 'i1' is"]),
    "requirement-id-twice": (
        lines(item(requirements=requirement(id="c2"), candidates=[candidate(kept=2)[0], candidate(kept=1, id="b")[0]])),
        [":1: requirements: 'c2' appears 2 times"],
    ),
    "candidate-id-twice": (with_candidate(id="a2"), [":1: candidates: 'a2' appears 2 times"]),
    "kept-unknown": (
        with_candidate(kept=["c1", "c9"]), [":1: candidates[0].kept: 'c9' is not the id of a requirement"]
    ),
    "kept-twice": (with_candidate(kept=["c2", "c2"]), [":1: candidates[0].kept: 'c2' appears 2 times"]),
    "kept-a-string": (with_candidate(kept="c1"), [":1: candidates[0].kept: must be a list, not 'c1'"]),
    "kept-true": (with_candidate(kept=True), [":1: candidates[0].kept: must be a whole number, not true"]),
    "kept-negative": (with_candidate(kept=-1), [":1: candidates[0].kept: must be at least 0, not -1"]),
    "kept-too-many": (with_candidate(kept=3), [":1: candidates[0].kept: is 3, but there are 2"]),
    "kept-a-fraction": (with_candidate(kept=1.5), [":1: candidates[0].kept: must be a whole number, not 1.5"]),
    "kept-nan": (
        with_candidate(kept=float("nan")), [":1: candidates[0].kept: must be a whole number"]
    ),
    "kept-1e400": (
        replaced(item(candidates=candidate(kept=77)), "77", "1e400"), [":1: candidates[0].kept: must be a whole number"]
    ),
    "gold-ties": (with_candidate(kept=["c2"]), [":1: candidates: kept counts tie ([1, 1]); --set gold"]),
    # checks
    "check-kind-unknown": (
        with_check({"kind": "words"}), [":1: requirements[0].check.kind: 'words' is unknown"]
    ),
    "check-kind-missing": (
        with_check({"min": 1}), [":1: requirements[0].check.kind: is missing"]
    ),
    "check-min-above-max": (
        with_check({"kind": "word_count", "min": 3, "max": 2}),
        [":1: requirements[0].check: `min` 3 is above `max` 2"],
    ),
    "check-min-negative": (
        with_check({"kind": "word_count", "min": -3}),
        [":1: requirements[0].check.min: must be at least 0, not -3"],
    ),
    "check-min-true": (
        with_check({"kind": "word_count", "min": True}),
        [":1: requirements[0].check.min: must be a whole number, not true"],
    ),
    "check-of-nothing": (
        with_check({"kind": "word_count"}),
        [":1: requirements[0].check: needs `min` or `max`"],
    ),
    "check-key-of-another-kind": (
        with_check({"kind": "table", "max": 3}),
        [f":1: requirements[0].check.max: {UNKNOWN}"],
    ),
    # terminals
    "escape-in-a-key": (lines(item(**{"\x1b[31mred": 1})), [f":1: \\x1b[31mred: {UNKNOWN}"]),
    "newline-in-a-key": (lines(item(**{"a\nweval: fine": 1})), [f":1: a\\nweval: fine: {UNKNOWN}"]),
    "bell-in-an-id": (lines(item(id="a\x07"), item(id="a\x07")), [":2: id: 'a\\x07' is already"]),
    "right-to-left-in-an-id": (lines(item(id="a\u202eb"), item(id="a\u202eb")), [":2: id: 'a\\u202eb' is already"]),
    "line-separator-in-an-id": (lines(item(id="a\u2028b"), item(id="a\u2028b")), [":2: id: 'a\\u2028b' is already"]),
    "escape-in-a-kept-id": (
        with_candidate(kept=["\x1b]0;x\x07"]), [":1: candidates[0].kept: '\\x1b]0;x\\x07' is not the id"]
    ),
    "huge-unknown-key": (lines(item(**{"k" * 10**6: 1})), [":1: kkkk"]),
    # several problems
    "several-in-one-line": (
        lines(item(id=1, instruction="", extra=2)),
        [":1: id: must be", ":1: instruction: must not be empty", f":1: extra: {UNKNOWN}"],
    ),
    "several-in-several-lines": (
        lines(item(), b"{\n", item(), item(id=2), b"\xff\n", item(id="b", candidates=candidate(kept=["c2"]))),
        [":2: is not JSON", ":4: id: must", ":5: is not UTF-8", ":6: candidates: kept", ":3: id: 'i1' is already"],
    ),
    "thirty": (
        lines(*(item(id=f"x{n}", extra=1) for n in range(30))),
        [*(f":{n}: extra: {UNKNOWN}" for n in range(1, 21)), ": and 10 more problems"],
    ),
    "thirty-in-one-line": (
        lines(item(**{f"k{n}": 1 for n in range(30)})),
        [*(f":1: k{n}: {UNKNOWN}" for n in range(20)), ": and 10 more problems"],
    ),
    "thirty-double-ids": (
        lines(*(item() for _ in range(31))), [*(f":{n}: id: 'i1'" for n in range(2, 22)), ": and 10 more problems"]
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), ITEMS.values(), ids=ITEMS)
def test_items(here: Path, refused: Cli, content: bytes, expected: list[str]) -> None:
    (here / "items.jsonl").write_bytes(content)
    refused([*RUN, "--data", "items.jsonl"], *(f"items.jsonl{line}" for line in expected))


def test_a_good_file_is_fine(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """So that the corpus above fails for its own faults only."""
    (here / "items.jsonl").write_bytes(lines(item(), item(id="b")))
    succeed(monkeypatch, [*RUN, "--data", "items.jsonl"])
    assert capsys.readouterr().err == ""
    assert (here / "out" / "result.json").exists()


def test_a_line_of_50_megabytes(here: Path, refused: Cli) -> None:
    with (here / "items.jsonl").open("wb") as file:
        file.write(lines(item()) + b'{"id": "')
        file.truncate(50 * 2**20)  # a hole: NUL bytes, which need no disk
    refused([*RUN, "--data", "items.jsonl"], "items.jsonl:2: is longer than 32 MB")


# --- what is no file


def test_a_folder_a_link_a_pipe_a_device(here: Path, refused: Cli) -> None:
    (here / "folder").mkdir()
    (here / "dangling").symlink_to("nowhere")
    (here / "loop").symlink_to("loop")
    os.mkfifo(here / "pipe")
    (here / "items.jsonl").write_bytes(lines(item()))
    began = time.monotonic()
    for name, said in {
        "dangling": "no such file",
        "loop": "no such file",
        "pipe": "is not a regular file",
        "/dev/zero": "is not a regular file",
        "/dev/stdin": "is not a regular file",
        "nothing.jsonl": "no such file",
        "items.jsonl/deeper": "no such file",
        "x" * 300: "File name too long",
        "a\nb\x1b[31m": "no such file",
    }.items():
        if name == "/dev/stdin" and Path(name).is_file():
            continue
        shown = name.replace("\n", "\\n").replace("\x1b", "\\x1b")
        refused([*RUN, "--data", name], f"{shown}: {said}")
        refused(["run", "--model", f"scores:{name}", "--data", "items.jsonl", "--out", "out"], f"{shown}: {said}")
        refused(["run", "--model", f"human:{name}", "--data", "items.jsonl", "--out", "out"], f"{shown}: {said}")
    for kind in ("scores", "human"):
        refused([*RUN[:1], "--model", f"{kind}:folder", "--data", "items.jsonl"], "folder: is a directory, not a file")
    for command in ([*RUN, "--data"], ["audit"], ["annotate"]):
        refused([*command, "folder"], "folder: is a folder without task.yaml")
    assert time.monotonic() - began < 30


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(run_folder: Path, refused: Cli) -> None:
    items = run_folder.parent / "items.jsonl"
    for path, command, said in (
        (items, RESUME, "items.jsonl: Permission denied"),
        (items, RESCORE, f"{items}: Permission denied"),
        (items, ["run", "--model", "scores:items.jsonl", "--task", "weval-mini"], "items.jsonl: Permission denied"),
        (run_folder / "run.json", RESCORE, "out/run.json: Permission denied"),
        (run_folder / "scores.jsonl", RESCORE, "out/scores.jsonl: Permission denied"),
        (run_folder / "result.json", SHOW, "out/result.json: Permission denied"),
        (run_folder, SHOW, "out/result.json: Permission denied"),
        (run_folder, RESCORE, "out/run.json: Permission denied"),
        (run_folder, RESUME, "cannot use out as a run folder: Permission denied"),
        (run_folder, ["fetch", "weval", "--from", "out"], "out/Rainier-rq1/From_Coarse_to_Fine/WEval/eval.jsonl: Perm"),
    ):
        mode = path.stat().st_mode
        path.chmod(0)
        try:
            refused(command, said)
        finally:
            path.chmod(mode)


def test_no_permission_as_the_system_would_say_it(here: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "items.jsonl").write_bytes(lines(item()))
    really_open = Path.open

    def refuse(path: Path, *args: Any, **more: Any) -> Any:
        if path.name in ("items.jsonl", "scores.jsonl"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return really_open(path, *args, **more)

    (here / "scores.jsonl").write_bytes(lines(score()))
    monkeypatch.setattr(Path, "open", refuse)
    refused([*RUN, "--data", "items.jsonl"], "items.jsonl: Permission denied")
    refused(["run", "--model", "scores:scores.jsonl", "--task", "weval-mini"], "scores.jsonl: Permission denied")


def test_a_folder_without_permission_as_the_system_would_say_it(
    run_folder: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_is_file = Path.is_file

    def refuse(path: Path) -> bool:
        if "out" in path.parts:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return really_is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    refused(SHOW, "out/run.json: Permission denied")
    refused(RESCORE, "out/run.json: Permission denied")
    refused(
        ["fetch", "weval", "--from", "out"], "out/Rainier-rq1/From_Coarse_to_Fine/WEval/eval.jsonl: Permission denied"
    )


# --- the released layout


def row(k: int = 2, **changes: Any) -> Row:
    """A row that kept k of two requirements, with some keys replaced."""
    texts = ["Be brief.", "Rhyme."][:k]
    good = {
        "prompt": " ".join(["Write.", *texts]),
        "chosen": f"answer {k}",
        "constraint": texts,
        "instruction_id_list": ["soft"] * k,
    }
    return _changed(good, changes)


RELEASED: dict[str, tuple[list[object], list[str], list[str]]] = {
    "constraint-missing": ([row(), row(1, constraint=...)], [], [":2: constraint: is missing"]),
    "constraint-a-string": ([row(constraint="Rhyme."), row(1)], [], [":1: constraint: must be a list, not 'Rhyme.'"]),
    "constraint-empty": ([row(), row(1, constraint=[])], [], [":2: constraint: has too few entries"]),
    "ids-missing": ([row(instruction_id_list=...), row(1)], [], [":1: instruction_id_list: is missing"]),
    "ids-numbers": ([row(), row(1, instruction_id_list=[7])], [], [":2: instruction_id_list[0]: must be a string"]),
    "answer-missing": ([row(), row(1, chosen=...)], [], [":2: chosen: is missing"]),
    "prompt-null": ([row(), row(1, prompt=None)], [], [":2: prompt: must be a string, not null"]),
    "prompt-blank": ([row(prompt=" "), row(1, prompt=" ")], ["group_size=2"], [":1: prompt: is blank"]),
    "no-full-row": ([row(constraint=["Be brief.", "Rhyme.", "Go."])] * 2, [], [":1: prompt: no", ":2: prompt: no"]),
    "full-row-twice": ([row(), row()], [], [":1: prompt: 2 rows of its query", ":2: prompt: 2 rows"]),
    "tie": ([row(), row(1), row(1)], [], [":1: instruction_id_list: kept counts tie ([2, 1, 1])"]),
    "alone": ([row(), row(1), row(prompt="Other. Be brief. Rhyme.")], [], [":3: prompt: no other row has this query"]),
    "uneven": (
        [row(n, prompt=row(n)["prompt"].replace("Write", name)) for name in "ABC" for n in (2, 1)]
        + [row(prompt="D. Rhyme.", constraint=["Rhyme.", "Be brief."])],
        [], [":7: prompt: no other row has this query"],
    ),
    "left-over": ([row(), row(1), row()], ["group_size=2"], [":3: prompt: the last 1 of 3 rows do not fill"]),
    "mixed": ([row(), row(1, prompt="Other.")], ["group_size=2"], [":2: prompt: is another query than line 1"]),
    "too-many-ids": (
        [row(instruction_id_list=["a"] * 3), row(1)], ["group_size=2"], [":1: instruction_id_list: lists 3, and no row"]
    ),
    "answer-of-2-million": ([row(chosen="x" * 2_000_000), row(1)], [], [":1: response: has 2,000,000 characters; "]),
    "nothing-left": ([row(), row(1)], ["max_response_chars=3"], [": no query is left"]),
    "answer-nan": ([row(chosen=float("nan")), row(1)], [], [":1: chosen: must be a string, not nan"]),
    "bad-line-between": ([row(), b"{\n", row(1)], [], [":2: is not JSON"]),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "options", "expected"), RELEASED.values(), ids=RELEASED)
def test_released_layout(here: Path, refused: Cli, rows: list[object], options: list[str], expected: list[str]) -> None:
    (here / "eval.jsonl").write_bytes(lines(*rows))
    settings = [word for option in options for word in ("--set", option)]
    refused([*RUN, "--data", "eval.jsonl", *settings], *(f"eval.jsonl{line}" for line in expected))


PARQUET: dict[str, tuple[Callable[[bytes], bytes], list[str]]] = {
    "cut-off": (lambda whole: whole[:-20], [": is not a readable Parquet file ("]),
    "four-bytes": (lambda whole: whole[:4], [": is not a readable Parquet file ("]),
    "rubbish-inside": (lambda whole: whole[:4] + b"\xff" * 64 + whole[68:], [": is not a readable Parquet file ("]),
    "rubbish-footer": (lambda whole: whole[:-200] + b"\xff" * 192 + whole[-8:], [": is not a readable Parquet file ("]),
}


@pytest.mark.parametrize(("damage", "expected"), PARQUET.values(), ids=PARQUET)
def test_damaged_parquet(here: Path, refused: Cli, damage: Callable[[bytes], bytes], expected: list[str]) -> None:
    (here / "eval.parquet").write_bytes(damage(_parquet(here / "whole", [row(), row(1)])))
    refused([*RUN, "--data", "eval.parquet"], *(f"eval.parquet{line}" for line in expected))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(), row(1, prompt=None)], [":2: prompt: must be a string, not null"]),
        ([row(constraint=[None]), row(1)], [":1: constraint[0]: must be a string, not null"]),
        ([row(prompt=...), row(1, prompt=...)], [":1: prompt: is missing", ":2: prompt: is missing"]),
        ([], [": holds no rows"]),
    ],
    ids=["null", "null-in-a-list", "column-missing", "no-rows"],
)
def test_parquet_rows(here: Path, refused: Cli, rows: list[Row], expected: list[str]) -> None:
    (here / "eval.parquet").write_bytes(_parquet(here / "whole", rows))
    refused([*RUN, "--data", "eval.parquet"], *(f"eval.parquet{line}" for line in expected))


def _parquet(path: Path, rows: list[Row]) -> bytes:
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pytest.importorskip("pyarrow").Table.from_pylist(rows), path)
    return path.read_bytes()


# --- scores and rankings


def score(**changes: Any) -> Row:
    return _changed({"item_id": "i1", "candidate_id": "a1", "score": 1.0}, changes)


def ranking(**changes: Any) -> Row:
    return _changed({"item_id": "i1", "annotator": "p", "ranking": ["a1", "a2"]}, changes)


SCORES: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", [": is empty"]),
    "csv": (b"item_id,candidate_id,score\ni1,a1,1\n", [":1: is not JSON", ":2: is not JSON"]),
    "nan": (lines(score(score=float("nan"))), [":1: score: must be a finite number, not nan"]),
    "infinity": (lines(score(score=float("-inf"))), [":1: score: must be a finite number, not -inf"]),
    "1e400": (replaced(score(score=77), "77", "1e400"), [":1: score: must be a finite number, not inf"]),
    "1000-digits": (
        replaced(score(score=77), "77", "7" * 1000),
        [":1: score: must be a finite number, not one of 1000"],
    ),
    "5000-digits": (replaced(score(score=77), "77", "7" * 5000), [":1: is not JSON (number out of range"]),
    "a-string": (lines(score(score="0.5")), [":1: score: must be a number, not '0.5'"]),
    "true": (lines(score(score=True)), [":1: score: must be a number, not true"]),
    "missing": (lines(score(score=...)), [":1: score: is missing"]),
    "unknown-key": (lines(score(model="x")), [f":1: model: {UNKNOWN}"]),
    "twice": (lines(score(), score(candidate_id="a2"), score()), [":3: candidate_id: i1 a1 has a score already"]),
    "half-by-requirement": (
        lines(score(requirement_id="c1"), score()),
        [":2: requirement_id: is in some lines and not"],
    ),
    "escape": (lines(score(item_id="\x1b[2J"), score(item_id="\x1b[2J")), [":2: candidate_id: \\x1b[2J a1 has"]),
    "crlf": (lines(score()).replace(b"\n", b"\r\n"), [":1: ends in CRLF"]),
    "byte-order-mark": (b"\xef\xbb\xbf" + lines(score()), [":1: starts with a byte order mark"]),
    "truncated": (lines(score())[:-8], [":1: is not JSON (cut off"]),
}
RANKINGS: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", [": is empty"]),
    "no-one-ranked": (lines(ranking(ranking=[])), [":1: ranking: has too few entries"]),
    "empty-tier": (lines(ranking(ranking=["a1", []])), [":1: ranking[1]: has too few entries"]),
    "numbers": (lines(ranking(ranking=[1])), [":1: ranking[0]: must be a string, not 1"]),
    "too-deep": (lines(ranking(ranking=[["a1", ["a2"]]])), [":1: ranking[0][1]: must be a string, not a list"]),
    "a-string": (lines(ranking(ranking="a1>a2")), [":1: ranking: must be a list, not 'a1>a2'"]),
    "candidate-twice": (lines(ranking(ranking=["a1", "a2", "a1"])), [":1: ranking: names a candidate twice"]),
    "annotator-twice": (lines(ranking(), ranking()), [":2: annotator: 'p' has ranked 'i1' before"]),
    "annotator-missing": (lines(ranking(annotator=...)), [":1: annotator: is missing"]),
    "not-utf8": (b'{"annotator": "\xfc"}\n', [":1: is not UTF-8 (byte 16 of the line)"]),
}


@pytest.mark.parametrize(("content", "expected"), SCORES.values(), ids=SCORES)
def test_scores(here: Path, refused: Cli, content: bytes, expected: list[str]) -> None:
    _recorded(here, refused, "scores", content, expected)


@pytest.mark.parametrize(("content", "expected"), RANKINGS.values(), ids=RANKINGS)
def test_rankings(here: Path, refused: Cli, content: bytes, expected: list[str]) -> None:
    _recorded(here, refused, "human", content, expected)


def _recorded(here: Path, refused: Cli, family: str, content: bytes, expected: list[str]) -> None:
    (here / "items.jsonl").write_bytes(lines(item()))
    (here / "own.jsonl").write_bytes(content)
    command = ["run", "--model", f"{family}:own.jsonl", "--data", "items.jsonl", "--out", "out"]
    refused(command, *(f"own.jsonl{line}" for line in expected))


# --- task.yaml

TASK = """\
name: mine
version: "1.0"
title: Mine
description: A task.
licence: CC0
languages: [en]
source:
  kind: bundled
  path: items.jsonl
  sha256: 0000000000000000000000000000000000000000000000000000000000000000
"""
BOMB = "\n".join(["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30))])

TASKS: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", [": is empty"]),
    "a-list": ("- a\n", [":1: must be an object, not a list"]),
    "a-text": ("hello\n", [":1: must be an object, not 'hello'"]),
    "key-missing": (TASK.replace("title: Mine\n", ""), [":1: title: is missing"]),
    "key-unknown": (TASK + "colour: red\n", [f":11: colour: {UNKNOWN}"]),
    "key-twice": (TASK + "name: other\n", [":11: key 'name' appears twice"]),
    "key-of-a-list": ("? [a, b]\n: c\n", [":1: a key must be a plain text"]),
    "version-a-number": (TASK.replace('"1.0"', "1.0"), [":2: version: must be a string, not 1.0"]),
    "version-true": (TASK.replace('"1.0"', "true"), [":2: version: must be a string, not true"]),
    "languages-a-string": (TASK.replace("[en]", "en"), [":6: languages: must be a list, not 'en'"]),
    "languages-of-null": (TASK.replace("[en]", "[en, ~]"), [":6: languages[1]: must be a string, not null"]),
    "source-kind-unknown": (TASK.replace("bundled", "http"), [":8: source.kind: 'http' is unknown; one of 'bundled'"]),
    "source-kind-missing": (TASK.replace("  kind: bundled\n", ""), [":7: source.kind: is missing"]),
    "source-path-outside": (
        TASK.replace("items.jsonl", "../items.jsonl"),
        [":9: source.path: '../items.jsonl' does not"],
    ),
    "source-hash-a-number": (TASK.replace("0" * 64, "0"), [":10: source.sha256: must be a string, not 0"]),
    "option-unknown": (TASK + "options: {tie: no}\n", [f":11: options.tie: {UNKNOWN}"]),
    "option-out-of-range": (
        TASK + "options:\n  group_size: 1\n",
        [":12: options.group_size: must be at least 2, not 1"],
    ),
    "option-true": (
        TASK + "options:\n  group_size: true\n",
        [":12: options.group_size: must be a whole number, not true"],
    ),
    "option-1e400": (
        TASK + "options:\n  group_size: 1e400\n",
        [":12: options.group_size: must be a whole number, not inf"],
    ),
    "option-huge": (
        TASK + f"options:\n  group_size: 0x{'f' * 50_000}\n",
        [":12: options.group_size: must be a whole nu"],
    ),
    "option-a-date": (
        TASK + "options:\n  group_size: 2024-99-99\n",
        [":12: options.group_size: must be a whole number"],
    ),
    "tabs": (TASK.replace("  kind", "\tkind"), [":8: is not YAML ("]),
    "unclosed": (TASK.replace("[en]", "[en"), [":7: is not YAML ("]),
    "colon-in-a-text": (TASK.replace("A task.", "A task: mine"), [":4: is not YAML ("]),
    "two-documents": (TASK + "---\nname: x\n", [":11: is not YAML ("]),
    "alias-bomb": (BOMB, [":2: aliases (*a0) are not allowed"]),
    "python-object": ("name: !!python/object/apply:os.system [id]\n", [":1: tags (tag:yaml.org,2002:python"]),
    "deep": ("[" * 3000, [": is nested too deeply"]),
    "control-character": (
        TASK.replace("Mine", "Mi\x07ne"),
        [":3: holds a character that YAML does not allow ('\\x07')"],
    ),
    "lone-surrogate": (TASK.replace("Mine", '"\\ud800"'), [":3: holds half a character"]),
    "escape-in-a-key": (TASK + '"\\e[31m\\n": 1\n', [f":11: \\x1b[31m\\n: {UNKNOWN}"]),
    "too-large": ("#" + "x" * 2**21, [": is larger than 1 MB"]),
    "not-utf8": (TASK.encode().replace(b"Mine", b"\xe9"), [":3: is not UTF-8 (byte 8 of the line)"]),
    "crlf": (TASK.replace("\n", "\r\n"), [":1: ends in CRLF"]),
    "byte-order-mark": ("\ufeff" + TASK, [":1: starts with a byte order mark"]),
    "several": (
        TASK.replace("CC0", "3").replace("[en]", "en") + "x: 1\n",
        [":5: licence: must be a string, not 3", ":6: languages: must be a list", f":11: x: {UNKNOWN}"],
    ),
}


@pytest.mark.parametrize(("content", "expected"), TASKS.values(), ids=TASKS)
def test_task_yaml(
    here: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch, content: str | bytes, expected: list[str]
) -> None:
    monkeypatch.setattr(spec, "tasks_folder", lambda: Path("tasks"))
    (here / "tasks" / "mine").mkdir(parents=True)
    (here / "tasks" / "mine" / "task.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(["run", "--model", "length", "--task", "mine"], *(f"tasks/mine/task.yaml{line}" for line in expected))


@pytest.mark.parametrize("command", [["fetch", "mine"], ["list", "tasks"]], ids=" ".join)
def test_task_yaml_by_other_verbs(
    here: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(spec, "tasks_folder", lambda: Path("tasks"))
    (here / "tasks" / "mine").mkdir(parents=True)
    (here / "tasks" / "mine" / "task.yaml").write_text(TASK + "colour: red\n")
    refused(command, "tasks/mine/task.yaml:11: colour: is not a known key")


def test_task_whose_items_are_bad(here: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "tasks_folder", lambda: Path("tasks"))
    (here / "tasks" / "mine").mkdir(parents=True)
    (here / "tasks" / "mine" / "task.yaml").write_text(TASK)
    command = ["run", "--model", "length", "--task", "mine"]
    refused(command, "tasks/mine/items.jsonl: no such file")
    write_rows(here / "tasks" / "mine" / "items.jsonl", [{}])
    refused(
        command,
        *(
            f"tasks/mine/items.jsonl:1: {key}: is missing"
            for key in ("id", "instruction", "requirements", "candidates")
        ),
    )
    write_items(here / "tasks" / "mine" / "items.jsonl", [make_item()])
    refused(command, "tasks/mine/items.jsonl: is not the file that task.yaml names (sha256 ")


# --- run folders


@pytest.fixture
def run_folder(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A finished run of `length` on two items, in `out`."""
    (here / "items.jsonl").write_bytes(lines(item(), item(id="b")))
    succeed(monkeypatch, [*RUN, "--data", "items.jsonl"])
    capsys.readouterr()
    return here / "out"


RESUME = [*RUN, "--data", "items.jsonl"]
RESCORE = ["rescore", "out"]
SHOW = ["show", "out"]


def edited(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(_changed(json.loads(path.read_text()), changes), indent=1))


RUN_JSON: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), ": is empty"),
    "cut-off": (lambda path: path.write_bytes(path.read_bytes()[:40]), ":3: is not JSON (cut off"),
    "not-utf8": (lambda path: path.write_bytes(b'{\n"\xff": 1}'), ":2: is not UTF-8 (byte 2 of the line)"),
    "crlf": (lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")), ":1: ends in CRLF"),
    "a-list": (lambda path: path.write_bytes(b"[]"), ":1: must be an object, not a list"),
    "nested": (lambda path: path.write_bytes(b'{"identity":' * 10**5), ":1: is not JSON (nested too deeply"),
    "nul": (lambda path: path.write_bytes(b"\0" * 100), ":1: holds a NUL byte"),
    "key-missing": (lambda path: edited(path, identity=...), ":1: identity: is missing"),
    "key-unknown": (lambda path: edited(path, **{"\x1b[31m": 1}), f":{{last}}: \\x1b[31m: {UNKNOWN}"),
    "identity-a-list": (lambda path: edited(path, identity=[]), ":{identity}: identity: must be an object, not a list"),
    "created-a-number": (lambda path: edited(path, created=7), ":{created}: created: must be a string, not 7"),
    "another-schema": (lambda path: edited(path, schema=2), ":2: schema: must be 1, not 2"),
}


@pytest.mark.parametrize("command", [RESUME, RESCORE], ids=["run", "rescore"])
@pytest.mark.parametrize(("damage", "expected"), RUN_JSON.values(), ids=RUN_JSON)
def test_run_json(
    run_folder: Path, refused: Cli, command: list[str], damage: Callable[[Path], object], expected: str
) -> None:
    path = run_folder / "run.json"
    damage(path)
    text = path.read_bytes().decode("utf-8", "replace").splitlines()
    places = {
        key: n for n, line in enumerate(text, 1) for key in ("identity", "created") if line.startswith(f' "{key}"')
    }
    refused(command, f"out/run.json{expected.format(last=len(text) - 1, **{'identity': 0, 'created': 0} | places)}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": 3}, "identity.task: must be an object, not 3"),
        ({"data": []}, "identity.data: must be an object, not a list"),
        ({"plan": ...}, "identity.plan: is missing"),
        ({"model": 1}, "identity.model: must be an object, not 1"),
        ({"limit": "3"}, "identity.limit: must be a whole number, not '3'"),
        ({"extra": 1}, f"identity.extra: {UNKNOWN}"),
    ],
)
def test_an_identity_of_something_else(run_folder: Path, refused: Cli, changes: Row, said: str) -> None:
    path = run_folder / "run.json"
    edited(path, identity=_changed(json.loads(path.read_text())["identity"], changes))
    refused(RESCORE, f"out/run.json: {said}")


SCORES_JSONL: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "cut-off-in-the-middle": (lambda rows: [rows[0], rows[1][:20] + b"\n", *rows[2:]], ":2: is not JSON (cut off"),
    "not-utf8": (lambda rows: [b"\xff\n", *rows], ":1: is not UTF-8"),
    "byte-order-mark": (lambda rows: [b"\xef\xbb\xbf" + rows[0], *rows[1:]], ":1: starts with a byte order mark"),
    "crlf": (lambda rows: [rows[0], rows[1][:-1] + b"\r\n", *rows[2:]], ":2: ends in CRLF"),
    "blank-line": (lambda rows: [*rows, b"\n"], ":5: is an empty line"),
    "nan": (lambda rows: [*rows[:3], _row(rows[3], values=[float("nan")])], ":4: values[0]: must be a finite number"),
    "value-a-string": (
        lambda rows: [_row(rows[0], values=["9"]), *rows[1:]],
        ":1: values[0]: must be a number, not '9'",
    ),
    "ok-without-value": (lambda rows: [_row(rows[0], values=[]), *rows[1:]], ":1: status 'ok' with 0 values"),
    "status-unknown": (lambda rows: [_row(rows[0], status="good"), *rows[1:]], ":1: status: must be 'ok', 'unparsed'"),
    "key-missing": (lambda rows: [_row(rows[0], item=...), *rows[1:]], ":1: item: is missing"),
    "key-unknown": (lambda rows: [_row(rows[0], **{"a\nb": 1}), *rows[1:]], f":1: a\\nb: {UNKNOWN}"),
    "nul": (lambda rows: [*rows, b"\0" * 4096 + b"\n"], ":5: holds a NUL byte"),
    "nested": (lambda rows: [b"[" * 10**6 + b"\n", *rows], ":1: is not JSON (nested too deeply"),
}


def _row(line: bytes, **changes: Any) -> bytes:
    return json.dumps(_changed(json.loads(line), changes)).encode() + b"\n"


@pytest.mark.parametrize("command", [RESUME, RESCORE], ids=["run", "rescore"])
@pytest.mark.parametrize(("damage", "expected"), SCORES_JSONL.values(), ids=SCORES_JSONL)
def test_scores_jsonl(
    run_folder: Path, refused: Cli, command: list[str], damage: Callable[[list[bytes]], list[bytes]], expected: str
) -> None:
    path = run_folder / "scores.jsonl"
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    refused(command, f"out/scores.jsonl{expected}")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"item": "zz"}, "item: 'zz' is not an item of the task"),
        ({"item": "\x1b[2J"}, "item: '\\x1b[2J' is not an item of the task"),
        ({"candidates": ["zz"]}, "item 'i1'"),
        ({"candidates": ["a1", "a2"]}, "item 'i1'"),
        ({"requirement": "c1"}, "item 'i1'"),
    ],
    ids=["item", "item-with-an-escape", "candidate", "two-candidates", "requirement"],
)
def test_scores_of_something_else(run_folder: Path, refused: Cli, changes: Row, said: str) -> None:
    path = run_folder / "scores.jsonl"
    first, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([_row(first, **changes), *rest]))
    (line,) = refused(RESCORE, "out/scores.jsonl:1: ")
    assert said in line


RESULT_JSON: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), ": is empty"),
    "cut-off": (lambda path: path.write_bytes(path.read_bytes()[:100]), ":"),
    "nan": (lambda path: edited(path, n_items=float("nan")), ":{n_items}: n_items: must be a whole number, not nan"),
    "true": (lambda path: edited(path, n_items=True), ":{n_items}: n_items: must be a whole number, not true"),
    "key-missing": (lambda path: edited(path, metrics=...), ":1: metrics: is missing"),
    "key-unknown": (lambda path: edited(path, verdict="good"), f":{{last}}: verdict: {UNKNOWN}"),
    "infinite-value": (
        lambda path: edited(path, metrics={"correlation": {"value": float("inf"), "ci": None, "n": 2}}),
        ":{value}: metrics.correlation.value: must be a finite number, not inf",
    ),
    "not-utf8": (lambda path: path.write_bytes(b"\xff"), ":1: is not UTF-8"),
}


@pytest.mark.parametrize(("damage", "expected"), RESULT_JSON.values(), ids=RESULT_JSON)
def test_result_json(run_folder: Path, refused: Cli, damage: Callable[[Path], object], expected: str) -> None:
    path = run_folder / "result.json"
    damage(path)
    text = path.read_bytes().decode("utf-8", "replace").splitlines()
    places = {"n_items": 0, "value": 0, "last": len(text) - 1}
    for n, line in reversed(list(enumerate(text, 1))):
        places |= {key: n for key in ("n_items", "value") if line.strip().startswith(f'"{key}"')}
    refused(SHOW, f"out/result.json{expected.format(**places)}")


def test_what_is_no_run_folder(here: Path, refused: Cli) -> None:
    refused(SHOW, "out: no such folder")
    refused(RESCORE, "out: is not a run folder (no run.json)")
    (here / "out").mkdir()
    refused(SHOW, "out: holds no run")
    refused(RESCORE, "out: is not a run folder (no run.json)")
    (here / "out").rmdir()
    (here / "out").write_text("")
    refused(SHOW, "out: holds no run")
    refused(RESCORE, "out: is not a run folder (no run.json)")


def test_folders_in_the_place_of_files(run_folder: Path, refused: Cli) -> None:
    for name, command, said in (
        ("result.json", SHOW, "out: has no result.json yet"),
        ("run.json", RESCORE, "out: is not a run folder (no run.json)"),
        ("run.json", RESUME, "out/run.json: is a directory, not a file"),
        ("scores.jsonl", RESCORE, "cannot write out/scores.jsonl: Is a directory"),
        ("scores.jsonl", RESUME, "cannot write out/scores.jsonl: Is a directory"),
    ):
        (run_folder / name).rename(run_folder / "aside")
        (run_folder / name).mkdir()
        refused(command, said)
        (run_folder / name).rmdir()
        (run_folder / "aside").rename(run_folder / name)


def test_items_that_went_away_or_changed(run_folder: Path, refused: Cli) -> None:
    data = run_folder.parent / "items.jsonl"
    data.write_bytes(lines(item(), item(id="c")))
    refused(RESCORE, "out: was scored on another file")
    refused(RESUME, "out: holds a different run; task.sha256 was")
    data.write_bytes(lines(item(), item()))
    refused(RESCORE, f"{data}:2: id: 'i1' is already the id of line 1")
    data.unlink()
    refused(RESCORE, f"{data}: no such file")


# --- settings and arguments


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("seed", "--set seed: is not key=value"),
        ("seed=x", "--set seed=x: must be a whole number, not 'x'"),
        ("seed=" + "9" * 5000, "--set seed=999"),
        ("gold=\x1b[31m", "--set gold=\\x1b[31m: must be 'distinct' or 'partial'"),
        ("sede=1", "unknown setting 'sede'; did you mean seed?"),
        ("a\nb=1", "unknown setting 'a\\nb'"),
        ("\nb", "--set \\nb: is not key=value"),
    ],
)
def test_settings(here: Path, refused: Cli, setting: str, said: str) -> None:
    (here / "items.jsonl").write_bytes(lines(item()))
    refused([*RUN, "--data", "items.jsonl", "--set", setting], said)


# --- in a process of its own


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "items.jsonl: is empty"),
        (b"[" * 10**6, "items.jsonl:1: is not JSON (nested too deeply, column"),
        (lines(item(**{"\x1b[31m\n": 1})), "items.jsonl:1: \\x1b[31m\\n: is not a known key"),
    ],
    ids=["empty", "nested", "escape"],
)
def test_the_real_command(here: Path, content: bytes, expected: str) -> None:
    (here / "items.jsonl").write_bytes(content)
    command = [sys.executable, "-m", "weval", *RUN, "--data", "items.jsonl"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"weval: {expected}")
    assert [path.name for path in here.iterdir()] == ["items.jsonl"]


def test_reading_a_big_bad_file_is_bounded(here: Path, refused: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems are counted to the end, and only twenty are kept."""
    monkeypatch.setattr(files, "MAX_PROBLEMS", 3)
    (here / "items.jsonl").write_bytes(b"{}\n" * 5000)
    missing = [f"items.jsonl:1: {key}: is missing" for key in ("id", "instruction", "requirements")]
    refused([*RUN, "--data", "items.jsonl"], *missing, "items.jsonl: and 19,997 more problems")
