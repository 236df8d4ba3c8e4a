"""An export on its way to a hub on loopback, by the real client; each fault is one line without the token."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from tests.build.answered import RECIPE, lines, made, put, rows
from tests.leaderboard.fake_dataset_hub import NAME, Hub, Reply, taken_for_the_real_one
from tests.loopback_hub import served
from weval.build import BuildSpec, build
from weval.build.releasing.publishing import push_to_hub
from weval.errors import ConfigError, ResultError, WevalError

TOKEN = "hf_notForAnyEyes"

LMSYS = RECIPE + "seeds: {sets: [{source: lmsys-chat-1m}]}\n"


class Making(Hub):
    """A hub that makes repositories too, and remembers what it was asked to make."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[dict[str, Any]] = []

    def reply(self, method: str, path: str, body: bytes) -> Reply:
        if self.fault(method, path) is None and method == "POST":
            if path == "/api/repos/create":
                self.made.append(json.loads(body))
                return Reply(content={"url": f"{self.url}/datasets/{NAME}"})
            if path == "/api/validate-yaml":  # the client sends README.md first
                return Reply(content={"errors": [], "warnings": []})
        return super().reply(method, path, body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Making]:
    """A hub which the client in this process takes for the real one."""
    with served(Making()) as found:
        taken_for_the_real_one(found.url, monkeypatch, tmp_path)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield found


def exported(root: Path, recipe: str = RECIPE, source: str = "seeds.jsonl") -> Path:
    content = rows(3)
    for draft in content["requirements"]:
        draft["source"] = source
    put(root, content, recipe)
    for step in ("verify", "card", "export"):
        folder = made(step, root).file.parent
    return folder


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tmp_path_factory.mktemp("tea"))


@pytest.fixture
def folder(tea: Path, tmp_path: Path) -> Path:
    """An export of its own for each test."""
    return Path(shutil.copytree(tea, tmp_path / "export"))


def refused(folder: Path, name: str = NAME, kind: type[WevalError] = ConfigError) -> str:
    """The one line that is said about it."""
    with pytest.raises(kind) as caught:
        push_to_hub(folder, name)
    line = str(caught.value)
    assert line.isprintable()
    assert TOKEN not in line
    return line


def test_one_commit_holds_the_export_and_nothing_else(hub: Making, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    address = push_to_hub(folder, NAME)
    assert address == f"{hub.url}/datasets/{NAME}"
    wanted = {"items.jsonl", "task.yaml", "README.md", "card.json", "released.jsonl"}
    assert hub.files == {name: (folder / name).read_bytes() for name in wanted}
    assert hub.header["summary"] == "tea 2"
    (made_of,) = hub.made
    assert (made_of["name"], made_of["organization"], made_of["type"]) == ("board", "org", "dataset")
    assert made_of["visibility"] == "public"
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert not any("create_pr" in query for query in hub.queries)


def test_a_new_repository_may_be_private(hub: Making, folder: Path) -> None:
    push_to_hub(folder, NAME, private=True)
    (made_of,) = hub.made
    assert made_of["visibility"] == "private"


def test_texts_that_must_not_be_passed_on_are_not(hub: Making, tmp_path: Path) -> None:
    folder = exported(tmp_path, LMSYS, "lmsys-chat-1m")
    said = refused(folder)
    assert said.startswith("org/board: is not published; lmsys/lmsys-chat-1m: its licence forbids to pass its texts on")
    assert "seeds.sets.N.licence" in said
    with pytest.raises(ConfigError):
        push_to_hub(folder, NAME, private=True)
    assert hub.asked == [] and hub.made == []


def test_who_has_another_licence_states_it_in_the_recipe(hub: Making, tmp_path: Path) -> None:
    exported(tmp_path, LMSYS, "lmsys-chat-1m")
    stated = {"seeds.sets.0.licence": "by letter of 1 May"}
    for step in ("card", "export"):
        (done,) = build(BuildSpec(step, str(tmp_path / "tea.yaml"), stated, tmp_path / "build"))
    push_to_hub(done.file.parent, NAME)
    assert b"by letter of 1 May" in hub.files["README.md"]


@pytest.mark.parametrize(
    ("status", "within", "words"),
    [
        (401, "/", "does not accept your token (401)"),
        (403, "/api/", "your token may not write datasets there (403)"),
        (400, "/api/validate-yaml", "README.md says before its first heading"),
        (403, "/commit/", "your token may not write datasets there (403)"),
        (413, "/commit/", "the Hub refuses the files (413)"),
        (500, "/commit/", "the Hub is out of order (500)"),
    ],
)
def test_what_the_hub_refuses_is_said_in_one_line(
    hub: Making, folder: Path, status: int, within: str, words: str
) -> None:
    hub.fault = lambda _, path: Reply(status, {"error": f"no {TOKEN}"}) if within in path else None
    said = refused(folder)
    assert said.startswith("org/board: ") and words in said


def test_no_network(hub: Making, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert refused(folder) == "org/board: the Hub cannot be reached; see your network, proxy and HF_ENDPOINT"


def test_no_token(hub: Making, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert refused(folder) == "org/board: publishing needs your token: `hf auth login`, or HF_TOKEN"
    assert hub.made == []


def test_no_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ConfigError, match=r"pip install 'weval\[hf\]'"):
        push_to_hub(folder, NAME)


def test_no_name(folder: Path) -> None:
    assert "is not the name of a dataset of the Hub, OWNER/NAME" in refused(folder, "board")


def test_what_is_no_whole_export_is_not_published(hub: Making, folder: Path) -> None:
    (folder / "README.md").unlink()
    assert refused(folder, kind=ResultError).endswith("README.md: no such file; weval build export makes it")
    (folder / "README.md").symlink_to(folder / "task.yaml")
    assert "README.md: is a link" in refused(folder, kind=ResultError)
    (folder / "README.md").unlink()
    (folder / "README.md").write_text("mine")
    card = folder / "card.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "items_sha256": "0" * 64}))
    assert "card.json: is the card of other items" in refused(folder, kind=ResultError)
    assert hub.made == []


def test_a_card_edited_to_be_free_of_others_texts_is_no_way_round(hub: Making, tmp_path: Path) -> None:
    """Who edits the copy in the export still leaves the source's own mark."""
    folder = exported(tmp_path, LMSYS, "lmsys-chat-1m")
    card = folder / "card.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "redistributable": True}))
    assert "forbids" in refused(folder)
    assert lines(folder / "items.jsonl")
