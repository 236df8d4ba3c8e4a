"""Reward models through the command line: every kind of head, on the bundled set and on real texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval, weval
from weval.plan import PROBES
from weval.store import REPORT, read_rows, read_run

__all__ = ["weval"]

WIRE = "wire=Only output  1 if it does.  Response: {response}. Constraint: {requirement}"

HEADS = {
    "logit": ("rm", []),
    "logit by requirement": ("rm", ["unit=requirement", WIRE]),
    "class": ("two_labels", ["head=class", "label=1", "unit=requirement", WIRE]),
    "logit_difference": ("two_labels", ["head=logit_difference", "label=1", "other_label=0"]),
    "vocab_logit": ("lm", ["head=vocab_logit", "token=e"]),
    "dpo": ("lm", ["head=dpo"]),
    "remote_output": ("rm", ["head=remote_output", "output=logits", "remote_code=true"]),
    "encoder": ("bert", ["wire={query} {response}", "truncation=middle"]),
    "absolute positions": ("gpt2", ["truncation=middle"]),
}


@pytest.mark.parametrize("head", HEADS)
def test_every_head_runs_on_the_bundled_set(head: str, weval: Weval, request: pytest.FixtureRequest) -> None:
    judged(weval, request, head, "--task", "weval-mini", "--limit", "3")


@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS)
def test_every_head_runs_on_real_texts(head: str, weval: Weval, request: pytest.FixtureRequest, shared: Path) -> None:
    judged(weval, request, head, "--data", str(shared / "data" / "real_dropout_dev.jsonl"), "--limit", "3")


def judged(weval: Weval, request: pytest.FixtureRequest, head: str, *data: str) -> None:
    fixture, settings = HEADS[head]
    if head == "dpo":
        settings = [*settings, f"reference_model={request.getfixturevalue('other_lm')}"]
    model = f"classifier:{request.getfixturevalue(fixture)}"
    pairs = [word for setting in settings for word in ("--set", setting)]
    said = weval("run", "--model", model, *data, *pairs, "--out", "run", "--json")
    assert said.code == 0, said.err
    result = json.loads(said.out)
    assert result["n_scored"] == result["n_items"] == 3
    assert result["cost"]["tokens_in"] > 0
    certificate = read_run(Path("run")).certificate
    assert certificate is not None
    assert result["diagnosis"]["resolution"]["drift"] == certificate.noise
    assert "Can its numbers be trusted?" in (Path("run") / REPORT).read_text(encoding="utf-8")


def test_a_stopped_run_goes_on_and_a_changed_model_is_refused(weval: Weval, rm: Path, two_labels: Path) -> None:
    arguments = ["run", "--model", f"classifier:{rm}", "--task", "weval-mini", "--limit", "3", "--out", "run"]
    assert weval(*arguments).code == 0
    scores = Path("run/scores.jsonl")
    lines = scores.read_bytes().splitlines(keepends=True)
    scores.write_bytes(b"".join(lines[:7]) + lines[7][:20])
    said = weval(*arguments, "--set", "batch_tokens=50", "--set", "sharing=false")
    assert said.code == 0
    assert "continuing: 7 of 15" in said.err
    again = {row.id: row.values[0] for _, row in read_rows(Path("run"))}
    before = {row["id"]: row["values"][0] for row in map(json.loads, lines)}
    assert again == pytest.approx(before, abs=1e-4)
    changed = weval(*arguments, "--set", "max_length=4000")
    assert (changed.code, changed.out) == (2, "")
    assert "holds a different run; model.fingerprint.settings.max_length was null, is 4000" in changed.err


def test_probes_run_on_a_reward_model(weval: Weval, rm: Path) -> None:
    for probe in PROBES:
        said = weval(
            "run", "--model", f"classifier:{rm}", "--task", "weval-mini", "--limit", "3", "--set", f"probe={probe}",
            "--set", "unit=requirement", "--set", WIRE, "--json",
        )  # fmt: skip
        assert said.code == 0, said.err
        assert not json.loads(said.out)["publishable"]


def test_what_is_wrong_with_a_model_is_one_line(weval: Weval, lm: Path, two_labels: Path, bert: Path) -> None:
    for model, message in {
        f"classifier:{lm}": "no trained head",
        f"classifier:{two_labels}": "has 2 labels",
        f"classifier:{bert}": "no chat template",
        "classifier:./nowhere": "no such folder",
        "paper-rm": "no public weights",
    }.items():
        said = weval("run", "--model", model, "--task", "weval-mini", "--limit", "2", "--out", "run", "--fresh")
        assert (said.code, said.out) == (2, "")
        lines = [line for line in said.err.splitlines() if not line.startswith("note: ")]
        assert len(lines) == 1 and message in lines[0], said.err
