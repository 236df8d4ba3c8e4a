"""What tasks/NAME/bench.yaml says of each benchmark."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from weval.bench.spec import BenchSpec, OwnFile, PinnedFile, bench_lines, bench_names, read_bench
from weval.errors import ConfigError
from weval.textmodels import TextModelOptions

PINNED = {"kind": "github", "repository": "a/b", "commit": "0" * 40, "path": "x.jsonl", "blob": "0" * 8}
SMALL: dict[str, Any] = {
    "name": "small", "version": "1", "title": "Small", "about": "A small one.", "licence": "none",
    "languages": ["en"], "files": {"all": PINNED}, "sets": {"all": {"prompts": "all"}},
}  # fmt: skip


def test_every_description_is_sound() -> None:
    assert {"longbench-write", "longwrite-ruler"} <= set(bench_names())
    for name in bench_names():
        spec = read_bench(name)
        assert spec.name == name and spec.default_set in spec.sets
        assert {file for parts in spec.sets.values() for file in parts.values()} == set(spec.files)
        TextModelOptions.model_validate(spec.writer)
        for file in spec.files.values():
            assert isinstance(file, PinnedFile | OwnFile)


def test_the_lines_say_what_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = bench_lines()
    assert list(lines) == list(bench_names())
    assert lines["longbench-write"].endswith(" (weval fetch longbench-write)")
    assert "(--data: the data set THU-KEG/Arena-Write" in lines["arena-write"]
    monkeypatch.setattr(PinnedFile, "is_here", True)
    assert "weval fetch" not in bench_lines()["longbench-write"]


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown benchmark 'longbench'; did you mean longbench"):
        read_bench("longbench")


@pytest.mark.parametrize(
    "change",
    [
        {"sets": {}},
        {"more": 1},
        {"name": ""},
        {"files": {"all": {**PINNED, "kind": "ftp"}}},
        {"files": {"all": {**PINNED, "path": "../x"}}},
        {"files": {"all": {"kind": "bring", "name": "../x", "where": "here"}}},
    ],
)
def test_what_is_no_description(change: dict[str, Any]) -> None:
    BenchSpec.model_validate_json(json.dumps(SMALL))
    with pytest.raises(ValidationError):
        BenchSpec.model_validate_json(json.dumps({**SMALL, **change}))
