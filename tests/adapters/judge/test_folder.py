from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from weval.adapters.judge.folder import JudgeFolder, is_judge, judge_lines, judge_names, read_judge
from weval.adapters.judge.official import Official
from weval.errors import ConfigError, DataError
from weval.types import Request, Requirement

SPEC = """\
version: "1"
about: Is it brief?
unit: requirement
reads: [response, requirement]
reply:
  form: brackets
  values: {"1": 1, "0": 0}
labels: {"1": 1, "0": 0}
answers:
  reasoned: Think, then [[1]] or [[0]].
  label: 1 or 0.
sampling: {temperature: 0.6}
"""
USER = "Tags end in {mark}.\n{response}\n{requirement}\n{answer}\n"
ASKED = Requirement(id="c1", text="Be brief.")
REQUEST = Request("1", "g", "Write. Be brief.", "Write.", "en", (ASKED,), ("Tea.",), ASKED)

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a judge's folder, with some files changed or (None) left out, and gives its path as a user would."""
    monkeypatch.chdir(tmp_path)

    def call(spec: str | None = SPEC, user: str | bytes | None = USER, system: str | None = None) -> str:
        folder = tmp_path / "my-judge"
        folder.mkdir(exist_ok=True)
        for name, text in (("judge.yaml", spec), ("user.txt", user), ("system.txt", system)):
            if text is not None:
                (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return "./my-judge"

    return call


def problems(path: str) -> list[str]:
    with pytest.raises(DataError) as found:
        read_judge(path)
    return found.value.problems


# --- reading


def test_a_folder_is_read(write: Write) -> None:
    judge = read_judge(write(system="Be exact.\n"))
    assert (judge.name, judge.spec.unit, judge.system) == ("my-judge", "requirement", "Be exact.")
    assert judge.user == USER.rstrip("\n")


def test_the_hash_is_of_all_three_files(write: Write) -> None:
    hashes = {
        read_judge(write()).sha256,
        read_judge(write(spec=SPEC.replace("0.6", "0.7"))).sha256,
        read_judge(write(user=USER + "\n")).sha256,
        read_judge(write(system="Be exact.")).sha256,
        read_judge(write(system="Be exact!")).sha256,
    }
    assert len(hashes) == 5
    assert read_judge(write(system="Be exact!")).sha256 in hashes


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"unknown prompt 'critic-11'; did you mean critic-10"):
        read_judge("critic-11")


def test_a_name_is_no_path_and_a_path_no_name(write: Write, tmp_path: Path) -> None:
    write()
    with pytest.raises(ConfigError, match=r"unknown prompt 'my-judge'; the folder here is \./my-judge"):
        read_judge("my-judge")
    assert read_judge(str(tmp_path / "my-judge")).name == "my-judge"
    assert [is_judge(text) for text in ("pairwise", "./pairwise", "~/mine", "a/b", "mine")] == [
        True, True, True, True, False,
    ]  # fmt: skip


def test_the_folder_itself_may_be_a_link(write: Write, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write().removeprefix("./"))
    assert read_judge("./link").name == "my-judge"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("./nowhere", "nowhere: no such folder"),
        ("./my-judge/judge.yaml", "my-judge/judge.yaml: is not a folder"),
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x: has no home folder to start from"),
        ("./" + "x" * 300, "File name too long"),
        ("./a\nb", "a\\nb: no such folder"),
    ],
)
def test_what_is_no_folder_is_one_line(write: Write, path: str, said: str) -> None:
    write()
    (problem,) = problems(path)
    assert said in problem


@pytest.mark.parametrize("file", ["judge.yaml", "user.txt"])
def test_a_missing_file_is_named(write: Write, tmp_path: Path, file: str) -> None:
    path = write()
    (tmp_path / "my-judge" / file).unlink()
    assert problems(path) == [
        f"my-judge/{file}: no such file; a judge's folder holds judge.yaml, user.txt and maybe system.txt"
    ]


@pytest.mark.parametrize("file", ["judge.yaml", "user.txt", "system.txt"])
def test_files_are_small_and_regular_and_no_links(write: Write, tmp_path: Path, file: str) -> None:
    path, place = write(system="Be exact."), tmp_path / "my-judge" / file
    place.write_bytes(b"x" * (2**18 + 1))
    assert problems(path) == [f"my-judge/{file}: is larger than 256 KB"]
    place.unlink()
    place.mkdir()
    assert problems(path) == [f"my-judge/{file}: is a directory, not a file"]
    place.rmdir()
    place.symlink_to("/etc/hostname")
    assert problems(path) == [f"my-judge/{file}: is a symbolic link; put the file itself there"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (USER.encode("utf-16"), "user.txt:1: is UTF-16"),
        (b"{response} \xff {requirement} {answer}", "user.txt:1: is not UTF-8 (byte 12 of the line)"),
        (b"{response}\0", "user.txt:1: holds a NUL byte"),
        (b"\xef\xbb\xbf" + USER.encode(), "user.txt:1: starts with a byte order mark"),
        (USER.replace("\n", "\r\n").encode(), "user.txt:1: ends in CRLF"),
        (b"\n \n", "user.txt: is empty"),
        (b"", "user.txt: is empty"),
    ],
)
def test_odd_bytes_are_one_line(write: Write, content: bytes, said: str) -> None:
    (problem,) = problems(write(user=content))
    assert problem.startswith(f"my-judge/{said}")


# --- what must fit together


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (USER.replace("{answer}", ""), [": {answer} is missing"]),
        (USER.replace("{requirement}", ""), [": {requirement} is missing"]),
        (USER + "{response}", [":5: {response} appears twice"]),
        (USER + "\n{query}", [":6: {query} is not among what judge.yaml says the judge reads"]),
        (USER + "{respones}", [":5: {respones} is no place; known are query, instruction, requirements, req"]),
        ("{x}\n{answer}", [":1: {x} is no place", ": {response} is missing", ": {requirement} is missing"]),
    ],
)
def test_templates_are_held_to_the_spec(write: Write, user: str, said: list[str]) -> None:
    found = problems(write(user=user))
    assert len(found) == len(said)
    for problem, beginning in zip(found, said, strict=True):
        assert problem.startswith(f"my-judge/user.txt{beginning}")


def test_a_system_prompt_has_no_places(write: Write) -> None:
    assert problems(write(system="Hi\n{response}")) == [
        "my-judge/system.txt:2: {response}: places are filled in user.txt only"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("labels: {", "colour: red\nlabels: {", ":8: colour: is not a known key"),
        ("unit: requirement\n", "unit: item\n", ":3: unit: must be 'response', 'requirement'"),
        ("[response, requirement]", "[response]", ":4: reads: a judge of unit requirement is shown"),
        ('values: {"1": 1, "0": 0}', "values: {}", ":7: reply.values: brackets need two values"),
        ("temperature: 0.6", "temperature: hot", ":12: sampling.temperature: must be a number"),
        ("temperature: 0.6", "warmth: 0.6", ":12: sampling.warmth: is no sampling parameter"),
        ("label: 1 or 0.", "label: 1 or 0 {answer}.", ":11: answers.label: {answer} has no place in an answer"),
        ("Think,", "Think {of},", ":10: answers.reasoned: {of} has no place in an answer"),
        ("about: Is it brief?", "about: [", " is not YAML"),
    ],
)
def test_a_bad_spec_is_told_by_line_and_field(write: Write, old: str, new: str, said: str) -> None:
    assert old in SPEC
    (problem,) = problems(write(spec=SPEC.replace(old, new)))
    assert problem.startswith("my-judge/judge.yaml:")
    assert said in problem


# --- asking


def test_turns_are_in_the_wording_asked_for(write: Write) -> None:
    judge = read_judge(write(system="Be exact."))
    reasoned, label = judge.prompt(REQUEST), judge.prompt(REQUEST, answer="label")
    assert [role for role, _ in reasoned] == ["system", "user"]
    assert reasoned[0] == label[0] == ("system", "Be exact.")
    assert reasoned[1][1].endswith("\nThink, then [[1]] or [[0]].")
    assert label[1][1].endswith("\n1 or 0.")
    assert "\nTea.\n</response-" in reasoned[1][1]


def test_without_a_system_prompt_there_is_one_turn(write: Write) -> None:
    assert [role for role, _ in read_judge(write()).prompt(REQUEST)] == ["user"]


def test_a_judge_without_labels_says_so(write: Write) -> None:
    spec = SPEC.replace('labels: {"1": 1, "0": 0}\n', "").replace("  label: 1 or 0.\n", "")
    judge = read_judge(write(spec=spec))
    judge.check("reasoned")
    for answer in ("label", "expected"):
        with pytest.raises(ConfigError, match=rf"--set answer={answer}: the judge my-judge has no labels"):
            judge.check(answer)
    with pytest.raises(ConfigError, match="has no labels"):
        judge.prompt(REQUEST, answer="label")


def test_the_official_prompt_takes_the_place_of_ours(write: Write) -> None:
    judge = read_judge(write(system="Be exact."))
    official = Official(None, ("Is ", ("response",), " [", ("requirement",), "]?"), "rule", {}, {})
    assert judge.prompt(REQUEST, official=official) == (("user", "Is Tea. [Be brief.]?"),)
    with pytest.raises(ConfigError, match="--set answer=label: the official prompt of my-judge has a form of its own"):
        judge.prompt(REQUEST, answer="label", official=official)


# --- lists


def test_lists_say_what_each_judge_does_and_what_to_fetch() -> None:
    lines = judge_lines()
    assert tuple(lines) == judge_names()
    assert lines["requirement-binary"].endswith("(official wording: weval fetch requirement-binary)")
    assert "fetch" not in lines["rubric-10"]
    judge: JudgeFolder = read_judge("rubric-10")
    assert lines["rubric-10"] == judge.spec.about
