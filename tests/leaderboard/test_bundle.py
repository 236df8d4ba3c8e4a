"""Files of a submission: read whole within bounds, or refused; written in one way only."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path

import pytest

from tests.cpu import cpu_within
from tests.leaderboard.factories import bomb, lines_of, put, rows_of
from weval.errors import DataError
from weval.leaderboard.bundle import (
    MAX_BYTES,
    SCORES_GZ,
    canonical,
    read_bundle,
    read_once,
    read_run_of,
    unpacked,
    values_digest,
)
from weval.leaderboard.card import CARD, Card
from weval.leaderboard.tree import Entry
from weval.results import Result
from weval.store import RESULT, RUN


def gz(folder: Path, content: bytes) -> Path:
    path = folder / SCORES_GZ
    path.write_bytes(content)
    return path


def test_a_bundle_is_what_was_submitted(length: Entry) -> None:
    record, identity = read_run_of(length.folder)
    bundle = read_bundle(length.folder, record, identity, 300)
    assert (identity.model.name, identity.model.unit, identity.task.name) == ("length", "response", "weval-mini")
    assert len(bundle.rows) == 300
    text = gzip.decompress((length.folder / SCORES_GZ).read_bytes())
    assert bundle.digest == hashlib.sha256(text).hexdigest()
    assert b"".join(canonical(bundle.rows)) == text
    assert bundle.stated() == Result.model_validate_json((length.folder / RESULT).read_bytes())


def test_the_same_run_makes_the_same_bytes(made: Path) -> None:
    """No time and no file name in the gzip: who packs again gets the same."""
    path = made / "results" / "length" / "weval-mini" / SCORES_GZ
    assert gzip.compress(gzip.decompress(path.read_bytes()), mtime=0) == path.read_bytes()


@pytest.mark.parametrize("n", [0, 1, 999, 1000])
def test_what_fits_is_unpacked(tmp_path: Path, n: int) -> None:
    assert unpacked(gz(tmp_path, gzip.compress(b"x" * n, mtime=0)), 1000) == b"x" * n


@pytest.mark.parametrize("n", [1001, 2000, 10**6])
def test_what_does_not_fit_is_not(tmp_path: Path, n: int) -> None:
    with pytest.raises(DataError, match="unpacks to more than 1,000 bytes"):
        unpacked(gz(tmp_path, gzip.compress(b"x" * n, mtime=0)), 1000)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_several_chunks_of_a_file_are_read(tmp_path: Path, level: int) -> None:
    text = bytes(range(256)) * 4096
    assert unpacked(gz(tmp_path, gzip.compress(text, level, mtime=0)), len(text)) == text


WHOLE = gzip.compress(b"text", mtime=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is cut off"),
        (b"text", "is not a gzip file"),
        (zlib.compress(b"text"), "is not a gzip file"),
        (WHOLE[:-1], "is cut off"),
        (WHOLE[:-4] + bytes(4), "damaged"),
        (WHOLE + b"\0", "something behind its end"),
        (WHOLE + WHOLE, "something behind its end"),
        (bomb(1), "unpacks to more"),
    ],
)
def test_what_is_no_gzip_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        unpacked(gz(tmp_path, content), 1000)


def test_a_made_bomb_is_a_real_one() -> None:
    """It would unpack, if anybody did."""
    unpacker = zlib.decompressobj(31)
    assert unpacker.decompress(bomb(3)[:-8]) == bytes(3 * 2**20)
    assert unpacker.unused_data == b"" and not unpacker.eof


def test_the_digest_of_values_sees_answers_and_nothing_else(length: Entry) -> None:
    rows = rows_of(length)
    same = [row.model_copy(update={"seconds": 3.0, "id": "x", "cost_usd": 1.0}) for row in reversed(rows)]
    assert values_digest(same) == values_digest(rows)
    assert values_digest([rows[0].model_copy(update={"values": (1e-9,)}), *rows[1:]]) != values_digest(rows)
    assert values_digest([rows[0].model_copy(update={"candidates": ("a9",)}), *rows[1:]]) != values_digest(rows)
    assert values_digest(rows[1:]) != values_digest(rows)


def test_canonical_lines_leave_out_the_words_of_a_model(length: Entry) -> None:
    row = rows_of(length)[0].model_copy(update={"raw": "a secret", "reason": "why", "mass": 0.5})
    (line,) = canonical([row])
    assert b"secret" not in line
    assert b'"reason":"why"' in line and b'"mass":0.5' in line


def test_wrong_lines_are_named(length: Entry) -> None:
    record, identity = read_run_of(length.folder)
    found = lines_of(length)
    found[7] = found[7].replace(b'"status":"ok"', b'"status":"won"')
    gz(length.folder, gzip.compress(b"".join(found)))
    with pytest.raises(DataError, match=r"scores\.jsonl\.gz:8: status: must be 'ok'"):
        read_bundle(length.folder, record, identity, 300)


def test_a_file_says_nothing_twice(length: Entry) -> None:
    assert read_once(length.model_folder, CARD, Card).name == "length"
    path = length.model_folder / CARD
    path.write_text(path.read_text().replace("{", '{"licence": "GPL",', 1))
    with pytest.raises(DataError, match=r"card\.json: the key 'licence' is there twice"):
        read_once(length.model_folder, CARD, Card)


@pytest.mark.parametrize("name", [RUN, RESULT, SCORES_GZ])
def test_a_file_has_a_largest_size(length: Entry, name: str) -> None:
    (length.folder / name).write_bytes(b" " * (MAX_BYTES[name] + 1))
    with pytest.raises(DataError, match=f"is larger than {MAX_BYTES[name]:,} bytes"):
        record, identity = read_run_of(length.folder)
        read_bundle(length.folder, record, identity, 300).stated()


def test_what_a_run_says_it_is_must_be_whole(length: Entry) -> None:
    put(length.folder / RUN, {"identity.plan": {"seed": "nought"}})
    with pytest.raises(DataError, match=r"identity\.plan\.seed: must be a whole number"):
        read_run_of(length.folder)


def test_many_keys_are_looked_through_once(length: Entry) -> None:
    path = length.folder / RUN
    keys = ", ".join(f'"k{n}": "1"' for n in [*range(12_000), 7])
    path.write_text(
        path.read_text()
        .replace('"settings": {', f'"settings": {{{keys}, "last": "1"', 1)
        .replace('"last": "1""', '"last": "1", "')
    )
    with cpu_within(3), pytest.raises(DataError, match="the key 'k7' is there twice"):
        read_run_of(length.folder)
