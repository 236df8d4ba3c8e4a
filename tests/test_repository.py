"""Where models come from: folders by digest, the Hub's client against a hub on loopback, one line for each fault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from tests.adapters.classifier.fake_hub import COMMIT, Hub, Reply, refusal, serving
from weval import repository
from weval.errors import AdapterError, ConfigError, WevalError
from weval.repository import Repository, is_commit, located
from weval.store import RESULT

TOKEN = "hf_notForAnyEyes"
NOT_OURS = ("HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


@pytest.fixture
def hub(rm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with the small reward model, which the client in this process takes for the real one; an empty cache."""
    with serving(rm) as found:
        found.stand_in(monkeypatch, tmp_path / "hub")
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(time, "sleep", lambda _: None)  # the client waits longer with every try
        huggingface_hub.utils.disable_progress_bars()
        yield found


def refused(reference: str, revision: str | None = None, kind: type[WevalError] = ConfigError, **said: bool) -> str:
    """The one line that is said about it."""
    with pytest.raises(kind) as caught:
        located(reference, revision, **said)
    line = str(caught.value)
    assert line.isprintable()
    assert TOKEN not in line
    return line


# the Hub


def test_a_repository_is_downloaded_and_known_by_its_commit(hub: Hub) -> None:
    found = located("org/tiny", None)
    assert (found.name, found.version) == ("org/tiny", COMMIT)
    assert {path.name for path in found.folder.iterdir()} == set(hub.files)
    assert (found.folder / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    assert found.json("config.json")["model_type"] == "qwen2"


def test_a_branch_a_tag_and_a_commit_are_the_same_files(hub: Hub) -> None:
    assert {located("org/tiny", name).version for name in ("main", "v1", COMMIT)} == {COMMIT}


def test_neither_pickles_nor_code_nor_subfolders_are_downloaded(hub: Hub) -> None:
    wanted = set(hub.files)
    hub.files |= {
        "pytorch_model.bin": b"run me",
        "training_args.bin": b"run me",
        "model.pt": b"run me",
        "modeling.py": b"run_me()",
        "README.md": b"read me",
        "original/model.safetensors": b"twice",
        "checkpoint-10/config.json": b"{}",
    }
    located("org/tiny", None)
    assert hub.downloads() == wanted
    located("org/tiny", COMMIT, remote_code=True)
    assert hub.downloads() == {*wanted, "modeling.py"}


def test_what_is_pinned_and_here_needs_no_network(hub: Hub) -> None:
    folder = located("org/tiny", None).folder
    hub.asked.clear()
    assert located("org/tiny", COMMIT).folder == folder
    assert hub.asked == []
    hub.shutdown()
    hub.server_close()
    assert located("org/tiny", COMMIT).folder == folder
    assert located("org/tiny", None).folder == folder  # the last known state of the branch


def test_a_cache_that_lacks_a_file_is_completed(hub: Hub) -> None:
    folder = located("org/tiny", COMMIT).folder
    (folder / "tokenizer.json").unlink()
    assert (located("org/tiny", COMMIT).folder / "tokenizer.json").is_file()
    (folder / "tokenizer.json").unlink()
    hub.fault = refusal(503)
    assert "out of order (503)" in refused("org/tiny", COMMIT)


def test_offline_uses_what_is_here(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    said = refused("org/tiny", "v1")
    assert said.startswith("org/tiny: is not in the cache, and HF_HUB_OFFLINE forbids to get it; ")
    assert "hf download org/tiny --revision v1; or name a folder" in said
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    located("org/tiny", "v1")
    hub.asked.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert located("org/tiny", "v1").version == COMMIT
    assert hub.asked == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refusal(403, "GatedRepo"), "is gated: accept its licence on https://huggingface.co/org/tiny, then `hf auth"),
        (refusal(401, "GatedRepo", within="/resolve/"), "is gated: accept its licence on https://huggingface.co/org/"),
        (refusal(404, "RepoNotFound"), "no such repository on the Hub, or a private one (`hf auth login`)"),
        (refusal(401, "RepoNotFound"), "no such repository on the Hub, or a private one (`hf auth login`)"),
        (refusal(401, None, "Invalid credentials in Authorization header"), "does not accept your token for it (401)"),
        (refusal(403), "does not accept your token for it (403): `hf auth login`"),
        (refusal(403, within="/resolve/"), "does not accept your token for it (403): `hf auth login`"),
        (refusal(404, "EntryNotFound", within="config.json"), "the Hub is out of order (404): try again later"),
        (refusal(429), "too many requests from here (429): try again later"),
        (refusal(500), "the Hub is out of order (500): try again later, or name a folder that holds it"),
        (refusal(500, within="/tree/"), "the Hub is out of order (500): try again later"),
        (refusal(502, within="/resolve/"), "the Hub is out of order (502): try again later"),
        (refusal(503, within="/cdn/"), "the Hub is out of order (503): try again later"),
        (lambda *_: Reply(content=b"<html>Please log in</html>"), "what answers is not the Hub; see HF_ENDPOINT"),
        (lambda *_: Reply(content={}), "what answers is not the Hub; see HF_ENDPOINT"),
        (lambda *_: Reply(content=[]), "cannot be downloaded (TypeError: "),
        (lambda _, path: Reply() if "/resolve/" in path else None, "what answers is not the Hub; see HF_ENDPOINT"),
    ],
)
def test_what_the_hub_refuses_is_one_line(
    hub: Hub, fault: Callable[[str, str], Reply | None], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.fault = fault
    assert said in (line := refused("org/tiny"))
    assert line.startswith("org/tiny: ")
    assert capfd.readouterr() == ("", "")


def test_the_token_goes_to_the_hub_and_nowhere_else(hub: Hub) -> None:
    located("org/tiny", None)
    tokens = {path.split("/")[1]: token for _, path, token in hub.asked}
    assert tokens == {"api": f"Bearer {TOKEN}", "org": f"Bearer {TOKEN}", "cdn": None}


def test_a_token_that_is_none_is_not_repeated(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_notForAnyEyeß")
    assert refused("org/tiny") == "org/tiny: HF_TOKEN, or the token that is logged in, is none: `hf auth login`"


def test_a_download_that_breaks_off_is_one_line(hub: Hub) -> None:
    def short(method: str, path: str) -> Reply | None:
        size = str(len(hub.files["model.safetensors"]))
        return Reply(content=b"only this", headers={"Content-Length": size}) if path.startswith("/cdn/") else None

    hub.fault = short
    assert "the Hub cannot be reached" in refused("org/tiny")
    hub.fault = lambda method, path: Reply(content=b"other") if path.startswith("/cdn/") else None
    assert "cannot be downloaded (Consistency check failed" in refused("org/tiny")
    hub.fault = lambda method, path: None
    assert located("org/tiny", None).version == COMMIT


def test_a_disk_that_is_full_is_one_line(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", full)
    assert refused("org/tiny") == "org/tiny: cannot be downloaded (No space left on device)"


def test_what_nobody_foresaw_is_one_line_too(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError(f"header\n'Bearer {TOKEN}' is illegal")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", broken)
    assert refused("org/tiny") == "org/tiny: cannot be downloaded (RuntimeError: header '… is illegal)"


def test_a_revision_that_is_not_there(hub: Hub) -> None:
    assert refused("org/tiny", "nope") == "org/tiny: has no revision 'nope'"
    assert refused("org/tiny", "f" * 40) == f"org/tiny: has no revision {'f' * 40!r}"
    hub.revisions = set()
    assert refused("org/tiny") == "org/tiny: has no revision 'main'"


@pytest.mark.parametrize("name", ["../../../etc/hosts", "/etc/hosts", "a/../b", "a b", "a\nb", "-x", "ü\x00"])
def test_a_revision_is_a_name_and_not_a_path(hub: Hub, name: str) -> None:
    assert "is not the name of a commit, branch or tag" in refused("org/tiny", name)
    assert hub.asked == []


def test_an_unreachable_hub_and_an_empty_cache(hub: Hub) -> None:
    hub.shutdown()
    hub.server_close()
    for revision, at in ((None, ""), (COMMIT, f" --revision {COMMIT}")):
        assert refused("org/tiny", revision) == (
            "org/tiny: is not in the cache, and the Hub cannot be reached; on a machine with a network: "
            f"hf download org/tiny{at}; or name a folder that holds it"
        )


def test_a_repository_of_pickles_only(hub: Hub) -> None:
    hub.files["pytorch_model.bin"] = hub.files.pop("model.safetensors")
    said = refused("org/tiny")
    assert "has no weights in safetensors files; pickle files (*.bin) could run code and are not read" in said
    assert "--set revision=" in said


def test_code_of_the_hub_needs_a_pinned_commit(hub: Hub) -> None:
    for revision in (None, "main", COMMIT[:12], COMMIT.upper()):
        said = refused("org/tiny", revision, remote_code=True)
        assert said.endswith("only at a pinned commit that you have read; --set revision=COMMIT (40 signs)")
    assert hub.asked == []
    with pytest.raises(ConfigError, match="--set reference_revision=COMMIT"):
        located("org/tiny", None, remote_code=True, pin="reference_revision")


@pytest.mark.parametrize(
    "name",
    [
        "", "a", "a/b/c", "../b", "./b", "/a/b", "~/no_such_folder_here", "~nobody_here/b", "a/", "/", "a//b", "a/b/",
        "a/..", "a/b c", "a/b\n", "a\x00/b", "ä/ü", "a/\u202eb", "a/b--c", "a/b.git", "a/" + "b" * 100, "a" * 5000,
        "https://huggingface.co/a/b", "a\\b/c",
    ],
)  # fmt: skip
def test_names_that_are_none_never_reach_the_network(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(name)
    assert hub.asked == []
    assert list(tmp_path.iterdir()) == []


def test_without_the_client_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "needs huggingface-hub: pip install 'weval[hf]'" in refused("org/tiny")


# folders


@pytest.fixture
def folder(rm: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rm, tmp_path / "copy"))


def version(folder: Path) -> str:
    return located(str(folder), None).version


def test_a_folder_is_known_by_what_is_in_it_wherever_it_lies(folder: Path, rm: Path) -> None:
    assert version(folder) == version(rm)
    (folder / "README.md").write_text("trained on a Tuesday")
    (folder / "optimizer.pt").write_bytes(b"0")
    (folder / "logs").mkdir()
    os.utime(folder / "config.json", (0, 0))
    assert version(folder) == version(rm)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "chat_template.jinja", "new.py", "new.json"])
def test_a_file_that_changes_what_is_computed_makes_another_model(folder: Path, name: str) -> None:
    before = version(folder)
    path = folder / name
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    assert version(folder) != before


def test_every_weight_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One number of any tensor, also in a file of which only parts are read: a head is small, and read whole."""
    path = folder / "model.safetensors"
    tensors, size = load_file(path), path.stat().st_size
    monkeypatch.setattr(repository, "SAMPLE_BYTES", 256)
    seen = {version(folder)}
    for name in tensors:
        changed = {key: tensor.clone() for key, tensor in tensors.items()}
        changed[name].view(-1)[0] += 1
        save_file(changed, path, {"format": "pt"})
        assert path.stat().st_size == size
        seen.add(version(folder))
    changed = {key: tensor.clone() for key, tensor in tensors.items()}
    changed["score.weight"][0, 37] += 1
    save_file(changed, path, {"format": "pt"})
    assert len(seen | {version(folder)}) == len(tensors) + 2


def test_of_large_tensors_little_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "SAMPLE_BYTES", 16)
    read = []
    real = repository._samples
    monkeypatch.setattr(repository, "_samples", lambda *span: read.extend(real(*span)) or real(*span))
    version(folder)
    assert sum(length for _, length in read[1:]) < (folder / "model.safetensors").stat().st_size / 20


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"123",
        b"\xff" * 100,
        b"\x02" + b"\0" * 7 + b"[]",
        b"\x12" + b"\0" * 7 + b'{"a":{"x":"none"}}',
        b"\x21" + b"\0" * 7 + b'{"a":{"data_offsets":[0, 1e400]}}',
        b"\x40" * 9,
    ],
)
def test_weights_that_are_none_have_a_digest_all_the_same(folder: Path, content: bytes) -> None:
    before = version(folder)
    (folder / "model.safetensors").write_bytes(content)
    assert version(folder) not in (before, "")


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (["config.json"], "holds no model (neither config.json nor adapter_config.json)"),
        (["model.safetensors"], "has no weights in safetensors files; pickle files"),
    ],
)
def test_folders_without_a_model(folder: Path, lost: list[str], said: str) -> None:
    for name in lost:
        (folder / name).unlink()
    assert refused(str(folder)).startswith(f"{folder}: {said}")


def test_a_folder_that_lacks_a_shard(folder: Path) -> None:
    names = [f"model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)]
    (folder / "model.safetensors").rename(folder / names[0])
    index = {"weight_map": {f"layer{n}": name for n, name in enumerate(names)}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert refused(str(folder)).endswith(f": lacks 2 of 3 files of weights ({names[1]}, …)")
    (folder / "model.safetensors.index.json").write_text('{"weight_map": [1]}')
    assert version(folder)
    (folder / "model.safetensors.index.json").write_text("{")
    assert "model.safetensors.index.json is not JSON" in refused(str(folder), kind=AdapterError)


def test_folders_that_are_not_there_or_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused("./nowhere").startswith("./nowhere: no such folder")
    assert "is a folder; revisions are those of the Hub" in refused(str(folder), "main")
    assert version(folder) == located(str(folder), "").version

    def closed(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(repository, "_sampled", closed)
    assert refused(str(folder)) == f"{folder}: Permission denied"
    monkeypatch.setattr(Path, "is_dir", closed)
    assert refused(str(folder)) == f"{folder}: Permission denied"


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_files_that_are_not_json(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    with pytest.raises(AdapterError, match=r"^m: config.json is not JSON \("):
        Repository("m", folder, "").json("config.json")


def test_files_that_are_not_objects_or_not_there(folder: Path) -> None:
    (folder / "config.json").write_text("[1]")
    found = Repository("m", folder, "")
    assert (found.json("config.json"), found.json("no.json")) == ({}, {})


# the whole way


def weval(hub_url: str, cwd: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """`weval run` with the model of the hub, as a user runs it, with a cache of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    env = kept | {
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(cwd / "home"),
        "HF_TOKEN": TOKEN,
        "OMP_NUM_THREADS": "1",
    }
    words = ["run", "--model", "classifier:org/tiny", "--task", "weval-mini", "--limit", "4", *more]
    command = [sys.executable, "-m", "weval", *words]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_a_run_with_a_model_of_the_hub(hub: Hub, tmp_path: Path) -> None:
    ran = weval(hub.url, tmp_path)
    assert ran.returncode == 0, ran.stderr
    folder = tmp_path / "runs/classifier-org-tiny/weval-mini-first4"
    model = json.loads((folder / RESULT).read_text())["model"]
    assert (model["name"], model["fingerprint"]["version"]) == ("classifier:org/tiny", COMMIT)
    written = "".join(path.read_text() for path in folder.iterdir() if path.is_file())
    assert TOKEN not in ran.stdout + ran.stderr + written


def test_a_run_without_the_hub_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    ran = weval("http://127.0.0.1:9", tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "org/tiny: is not in the cache, and the Hub cannot be reached; on a machine with a network" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["run.json", "result.json", "trainer_state.json", "README.md"])
def test_what_a_run_or_a_training_leaves_beside_a_model_is_not_the_model(folder: Path, name: str) -> None:
    before = located(str(folder), None).version
    (folder / name).write_text('{"schema": 1}', encoding="utf-8")
    assert located(str(folder), None).version == before


def test_only_a_whole_commit_is_pinned() -> None:
    assert is_commit("0123456789abcdef0123456789abcdef01234567")
    assert not any(map(is_commit, ("main", "0123456", "", None, "0123456789ABCDEF0123456789ABCDEF01234567")))
