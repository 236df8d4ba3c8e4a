from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weval import machine
from weval.machine import EXTRAS, Gpu, Machine, hub_cache, is_here, lacks, missing, this_machine
from weval.presets import Preset

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BIG = Machine(frozenset(EXTRAS), (Gpu("big", 80),), 100)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache of the Hub, and a working folder without models."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "hub"


def preset(**more: Any) -> Preset:
    fields = {"family": "classifier", "reference": "org/rm", "about": "a", "licence": "l", "source": "s"}
    return Preset(**{**fields, **more})


def download(cache: Path, *names: str, commit: str = COMMIT, repository: str = "models--org--rm") -> Path:
    snapshot = cache / repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    for name in names:
        (snapshot / name).touch()
    return snapshot


def said(wanted: Preset, here: Machine = BIG) -> list[str]:
    return [lack.what for lack in lacks(wanted, here)]


# --- what is lacking -------------------------------------------------------------------------------------------


def test_a_downloaded_model_on_a_large_gpu_lacks_nothing(cache: Path) -> None:
    download(cache, "model.safetensors")
    assert lacks(preset(memory_gb=15), BIG) == []


def test_the_extra_of_the_family(cache: Path) -> None:
    download(cache, "model.safetensors")
    (lack,) = lacks(preset(), Machine(frozenset({"vllm"}), BIG.gpus, 100))
    assert (lack.what, lack.how) == ("extra hf", "pip install 'weval[hf]'")


def test_what_runs_elsewhere_needs_nothing_here() -> None:
    served = preset(family="http", reference="http://127.0.0.1:8000", memory_gb=141)
    assert said(served, Machine(frozenset(), (), 1)) == []


def test_a_model_that_is_not_here_comes_with_its_command() -> None:
    (lack,) = lacks(preset(memory_gb=15), BIG)
    assert (lack.what, lack.how) == ("not downloaded", "hf download org/rm (15 GB)")
    (lack,) = lacks(preset(settings={"revision": "v2"}), BIG)
    assert lack.how == "hf download org/rm --revision v2"


def test_without_public_weights_a_folder_is_to_be_named() -> None:
    assert said(preset(reference=None)) == ["weights (name a folder)"]


def test_code_of_a_repository_needs_a_commit(cache: Path) -> None:
    code = {"remote_code": True}
    assert [lack.how for lack in lacks(preset(settings=code), BIG)] == [
        "--set revision=COMMIT, one whose code you have read", "hf download org/rm --revision COMMIT",
    ]  # fmt: skip
    assert said(preset(settings={**code, "revision": "main"})) == ["a pinned revision", "not downloaded"]
    assert said(preset(settings={**code, "revision": COMMIT})) == ["not downloaded"]
    download(cache, "model.safetensors")
    assert said(preset(settings={**code, "revision": COMMIT})) == []


def test_pickles_need_another_revision(cache: Path) -> None:
    assert said(preset(pickled=True)) == ["a revision with safetensors", "not downloaded"]
    download(cache, "model.safetensors")
    assert said(preset(pickled=True, settings={"revision": COMMIT})) == []


def test_a_gated_model_asks_for_its_licence_until_it_is_here(cache: Path) -> None:
    gate, _ = lacks(preset(gated=True), BIG)
    assert gate.what == "a licence accepted on the Hub (gated)"
    assert gate.how == "accept it on https://huggingface.co/org/rm, then `hf auth login`"
    download(cache, "model.safetensors")
    assert said(preset(gated=True)) == []


@pytest.mark.parametrize(
    ("gpus", "main", "expected"),
    [
        ((40,), 10, []),
        ((), 40, ["no GPU: slow"]),
        ((), None, ["no GPU: slow"]),
        ((), 32.9, ["33 GB of memory (has 32)"]),
        ((10,), 20, ["33 GB of memory (has 30)"]),
        ((24, 24), 20, ["one GPU of 33 GB: spread over several"]),
        ((24,), 64, ["33 GB on GPUs: spread, slow"]),
        ((24,), None, ["33 GB on GPUs: spread, slow"]),
    ],
)
def test_memory(cache: Path, gpus: tuple[float, ...], main: float | None, expected: list[str]) -> None:
    download(cache, "model.safetensors")
    here = Machine(frozenset(EXTRAS), tuple(Gpu("gpu", size) for size in gpus), main)
    assert said(preset(memory_gb=30), here) == expected
    assert said(preset(), here) == []


# --- what is here ----------------------------------------------------------------------------------------------


def test_a_folder_is_here(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert is_here("mine")
    assert not is_here("~nobody-of-this-name/mine")


def test_a_snapshot_counts_when_it_has_all_its_weights(cache: Path) -> None:
    assert not is_here("org/rm")
    snapshot = download(cache, "config.json")
    assert not is_here("org/rm")
    (snapshot / "model-00001-of-00002.safetensors").touch()
    assert not is_here("org/rm")
    (snapshot / "model-00002-of-00002.safetensors").symlink_to(cache / "gone")
    assert not is_here("org/rm")
    (cache / "gone").touch()
    assert is_here("org/rm")
    assert is_here("org/rm", COMMIT)
    assert is_here("org/rm", "main")
    assert not is_here("org/rm", COMMIT[::-1])


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HF_HUB_CACHE": "/c", "HUGGINGFACE_HUB_CACHE": "/d", "HF_HOME": "/h"}, "/c"),
        ({"HUGGINGFACE_HUB_CACHE": "/d", "HF_HOME": "/h"}, "/d"),
        ({"HF_HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/h/hub"),
        ({"HF_HOME": "~/h"}, "/home/me/h/hub"),
        ({"HF_HUB_CACHE": "$HF_HOME/all", "HF_HOME": "/h"}, "/h/all"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
        ({}, "/home/me/.cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_the_hub_keeps_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    assert str(hub_cache()) == expected


# --- this machine ----------------------------------------------------------------------------------------------


def test_extras_are_found_without_importing_them() -> None:
    assert missing("parquet") == []
    assert "parquet" in this_machine().extras


def test_main_memory_is_asked_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1_000_000}.get)
    assert this_machine().memory_gb == pytest.approx(4.096)

    def unknown(name: str) -> int:
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", unknown)
    assert this_machine().memory_gb is None


def tool(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """An nvidia-smi that does what the script says."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(machine.platform, "system", lambda: "Linux")


def test_gpus_are_those_of_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "NVIDIA H100 80GB HBM3, 81559 MiB\nNVIDIA A30, MIG, [N/A]\n\nOdd, Name, 1024 MiB"
    tool(monkeypatch, tmp_path, f"[ \"$1\" = --query-gpu=name,memory.total ] && echo '{lines}'")
    assert [(gpu.name, round(gpu.memory_gb, 1)) for gpu in this_machine().gpus] == [
        ("NVIDIA H100 80GB HBM3", 85.5), ("Odd, Name", 1.1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "script", ["echo 'No devices were found'; exit 6", "echo 'Failed to initialize NVML'", "printf '\\377'"]
)
def test_a_broken_driver_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    tool(monkeypatch, tmp_path, script)
    assert this_machine().gpus == ()


def test_a_driver_that_hangs_is_waited_for_in_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(monkeypatch, tmp_path, "true")

    def hang(*args: Any, timeout: float, **more: Any) -> None:
        assert timeout <= 10
        raise subprocess.TimeoutExpired("nvidia-smi", timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert this_machine().gpus == ()


def test_without_the_program_there_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine.platform, "system", lambda: "Linux")
    assert this_machine().gpus == ()


def test_apples_gpu_computes_in_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(machine.platform, "machine", lambda: "arm64")
    here = this_machine()
    assert [gpu.memory_gb for gpu in here.gpus] == [here.memory_gb]
