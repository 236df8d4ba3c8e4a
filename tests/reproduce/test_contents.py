from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cpu import cpu_within
from weval.errors import ConfigError
from weval.reproduce import contents
from weval.reproduce.contents import contents_of
from weval.reproduce.manifest import Bench, Profile, Run, Train, profile_names, read_profile

BROUGHT = "{brought:thing}"


def found(home: Path, brought: dict[str, Path] | None = None, **step: Any) -> dict[str, str]:
    """The digests of what one run reads."""
    run = Run.model_validate({"does": "run", "about": "a", "model": "length"} | step)
    profile = Profile(name="p", title="t", about="a", is_check=True, steps={"one": run})
    return contents_of(profile, brought or {}, home)


def test_every_kind_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text("{}", encoding="utf-8")
    given = found(
        tmp_path,
        {"thing": tmp_path / "items.jsonl"},
        model="writing-critic:hf/{brought:thing}",
        task="weval-mini",
        settings={"a": "{bundled:items.jsonl}", "prompt": "rubric-10", "other": "no-such-thing"},
    )
    known = {"brought:thing", "task:weval-mini", "preset:writing-critic", "bundled:items.jsonl", "named:rubric-10"}
    assert set(given) == known
    assert len(set(given.values())) == len(known)


def test_a_recipe_is_known_without_its_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "room", lambda name: tmp_path / name)
    folder = tmp_path / "training_recipes" / "mine"
    folder.mkdir(parents=True)
    train = Train(does="train", about="a", recipe="mine", profile="tiny")
    profile = Profile(name="p", title="t", about="a", is_check=True, steps={"one": train})

    def known() -> dict[str, str]:
        return contents_of(profile, {}, tmp_path)

    assert known() == {}
    (folder / "train.py").write_text("1", encoding="utf-8")
    before = known()
    assert set(before) == {"recipe:mine"}
    (folder / "README.md").write_text("words", encoding="utf-8")
    assert known() == before
    (folder / "train.py").write_text("2", encoding="utf-8")
    assert known() != before


def test_a_preset_is_known_by_its_prompt_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = found(tmp_path, model="writing-critic")
    other = tmp_path / contents.read_preset("writing-critic").strings()["prompt"]
    other.mkdir()
    (other / "user.txt").write_text("another", encoding="utf-8")
    monkeypatch.setattr(contents, "PROMPTS", tmp_path)
    assert found(tmp_path, model="writing-critic") != before


def test_what_was_brought_is_known_by_name_and_content_and_not_by_where_it_lies(tmp_path: Path) -> None:
    def known(at: str, *files: tuple[str, str]) -> str:
        for name, text in files:
            path = tmp_path / at / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return found(tmp_path, {"thing": tmp_path / at}, model=f"classifier:{BROUGHT}")["brought:thing"]

    first = known("here/rm", ("config.json", "{}"), ("deep/weights", "1"))
    assert known("there/rm", ("config.json", "{}"), ("deep/weights", "1")) == first
    others = [
        known("there/other", ("config.json", "{}"), ("deep/weights", "1")),
        known("a/rm", ("config.json", "{}"), ("deep/weights", "2")),
        known("b/rm", ("config.json", "{}"), ("weights", "1")),
        known("c/rm", ("config.json", "{}")),
        known("here/rm/config.json"),
    ]
    assert len({first, *others}) == 1 + len(others)


def test_of_a_large_file_samples_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "LARGE", 1000)
    monkeypatch.setattr(contents, "SAMPLE", 16)
    weights = tmp_path / "weights"

    def known(content: bytes) -> str:
        weights.write_bytes(content)
        return found(tmp_path, {"thing": weights}, model=f"classifier:{BROUGHT}")["brought:thing"]

    first = known(bytes(2000))
    assert known(bytes(2000)) == first
    os.utime(weights, (1, 1))
    assert known(bytes(2000)) == first
    for other in (bytes(2001), b"1" + bytes(1999), bytes(1999) + b"1", bytes(990) + b"1" * 80 + bytes(930)):
        assert known(other) != first


def test_weights_of_several_gigabytes_take_no_time(tmp_path: Path) -> None:
    with (tmp_path / "weights").open("wb") as file:
        file.truncate(20 * 10**9)  # takes no room on the disk
    with cpu_within(2):
        assert found(tmp_path, {"thing": tmp_path / "weights"}, model=f"classifier:{BROUGHT}")


def test_what_is_brought_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--bring thing: nowhere: no such file or folder"):
        found(tmp_path, {"thing": Path("nowhere")})


def test_what_is_not_brought_has_no_digest(tmp_path: Path) -> None:
    assert found(tmp_path, model=f"human:{BROUGHT}") == {}


@pytest.mark.parametrize("name", profile_names())
def test_the_profiles_that_weval_brings_are_looked_through_in_no_time(name: str) -> None:
    with cpu_within(5):
        assert contents_of(read_profile(name), {})


def test_yaml_is_known_by_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(contents, "room", lambda name: tmp_path / name)
    (tmp_path / "tasks" / "mine").mkdir(parents=True)
    file = tmp_path / "tasks" / "mine" / "task.yaml"

    def known(text: str) -> str:
        file.write_text(text, encoding="utf-8")
        return found(tmp_path, task="mine")["task:mine"]

    first = known("name: mine\n")
    assert known("# why\nname: mine   # so\n") == first
    assert known("name: other\n") != first
    assert known("name: [\n") != known("name: {\n")  # what cannot be read is known by its bytes


def test_a_benchmark_is_known_by_the_prompts_it_asks_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bench = Bench(does="bench", about="a", benchmark="writingbench", model="a", judge="b")
    profile = Profile(name="p", title="t", about="a", is_check=True, steps={"one": bench})
    before = contents_of(profile, {}, tmp_path)
    (tmp_path / "critic-10").mkdir()
    (tmp_path / "critic-10" / "user.txt").write_text("another", encoding="utf-8")
    monkeypatch.setattr(contents, "PROMPTS", tmp_path)
    assert contents_of(profile, {}, tmp_path) != before
