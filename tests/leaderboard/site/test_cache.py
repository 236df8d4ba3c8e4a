"""What was computed before: found again for the same content, and never for another."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from weval.leaderboard.site import cache
from weval.leaderboard.site.cache import Cache, key_of
from weval.types import Record


class Small(Record):
    value: float
    name: str = ""


class Other(Record):
    text: str


def test_what_was_kept_is_found_again_to_the_last_bit(tmp_path: Path) -> None:
    kept = Cache(tmp_path / "deep" / "cache")
    assert kept.get("k", Small) is None
    kept.put("k", Small(value=0.1 + 0.2, name="é\U0001f999"))
    assert kept.get("k", Small) == Small(value=0.1 + 0.2, name="é\U0001f999")
    assert [path.name for path in (tmp_path / "deep" / "cache").iterdir()] == ["k.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"value": 1.0, "name": "x"', b'{"value": "NaN"}', b"\xff\x00", b"[]"])
def test_what_is_broken_counts_as_absent(tmp_path: Path, content: bytes) -> None:
    Cache(tmp_path).put("k", Small(value=1))
    (tmp_path / "k.json").write_bytes(content)
    assert Cache(tmp_path).get("k", Small) is None


def test_a_record_of_another_kind_counts_as_absent(tmp_path: Path) -> None:
    Cache(tmp_path).put("k", Other(text="x"))
    assert Cache(tmp_path).get("k", Small) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    Cache(tmp_path).put("k", Small(value=1))
    assert Cache(tmp_path).get("k", Small) is None
    tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_the_folder_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("mine", encoding="utf-8")
    Cache(tmp_path / "cache").put("k", Small(value=1))
    assert Cache(tmp_path / "cache").get("k", Small) is None
    assert (tmp_path / "cache").read_text(encoding="utf-8") == "mine"


def test_it_lies_in_the_users_cache_unless_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Cache().put("k", Small(value=1))
    assert [path.name for path in tmp_path.rglob("k.json")] == ["k.json"]


def test_a_key_tells_apart_what_is_put_together_otherwise() -> None:
    keys = [key_of("ab", "c"), key_of("a", "bc"), key_of("abc"), key_of("abc", ""), key_of(), key_of("", "abc")]
    assert len({*keys}) == len(keys)
    assert key_of("é") == key_of("é".encode())
    assert key_of("\ud800") != key_of("\ud801")


def test_another_weval_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of("a")
    assert key_of("a") == before
    monkeypatch.setattr(cache, "_code", lambda: "another")
    assert key_of("a") != before


def test_the_hash_of_the_code_is_that_of_every_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(**files: str) -> str:
        for name, text in files.items():
            (tmp_path / "sub").mkdir(exist_ok=True)
            (tmp_path / "sub" / f"{name}.py").write_text(text, encoding="utf-8")
        return cache._code.__wrapped__()

    monkeypatch.setattr(cache.weval, "__file__", str(tmp_path / "__init__.py"))
    assert len({of(a="1"), of(a="2"), of(a="2", b="")}) == 3
    assert of(a="2") == of(a="2")


def test_what_nobody_asked_for_in_two_months_is_forgotten(tmp_path: Path) -> None:
    store = Cache(tmp_path)
    for name in ("old", "new", "used"):
        store.put(name, Small(value=1))
    for name in ("old", "used"):
        os.utime(tmp_path / f"{name}.json", (0, time.time() - 61 * 86_400))
    assert store.get("used", Small)
    store.prune()
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["new", "used"]
