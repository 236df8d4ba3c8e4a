"""Nothing that a submission names is run where it could be code, an address or a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from weval.adapters import ADAPTERS, family_settings
from weval.leaderboard.trusted import BACKENDS, HARMLESS, UNREPEATED, distrusted
from weval.presets import preset_names, read_preset
from weval.textmodels import TEXT_MODELS, TextModelOptions

REFUSED = {
    "base_url": "an address",
    "key_env": "the name of a secret",
    "method": "code",
    "model": "of http: alone",
    "model_args": "arguments of another library, code among them",
    "output": "code",
    "prompt": "a folder, unless it is one of ours",
    "protocol": "of http: alone",
    "reference_model": "another model",
    "reference_revision": "of another model",
    "remote_code": "code",
}
"""Every setting stands here or among the harmless, so that a new one is thought about."""


def test_every_setting_is_either_harmless_or_refused() -> None:
    known = {name for family in ADAPTERS for name in family_settings(family)} | set(TextModelOptions.model_fields)
    assert known == HARMLESS | UNREPEATED | REFUSED.keys()
    assert not (HARMLESS | UNREPEATED) & REFUSED.keys()


def test_the_backends_that_are_not_asked_take_addresses_or_arguments() -> None:
    assert TEXT_MODELS.keys() - {*BACKENDS} == {"server", "lm-eval", "inspect"}


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("rules", {}),
        ("random", {}),
        ("classifier:org/reward", {"dtype": "float32", "revision": "abc"}),
        ("vllm:org/reward", {"tensor_parallel_size": "2"}),
        ("judge:openai/gpt-4o-2024-11-20", {"prompt": "rubric-10", "batch": "wait"}),
        ("judge:anthropic/claude-sonnet-4-5", {"temperature": "0"}),
        ("judge:transformers/org/chat", {"samples": "3"}),
        ("skywork-rm", {}),
        ("paper-rm:org/reward", {}),
        ("deepseek-judge", {}),
        ("armorm", {}),
    ],
)
def test_models_that_only_compute_are_asked(model: str, settings: dict[str, str]) -> None:
    assert [*distrusted(model, settings)] == []


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("plugin:os:system", {}),
        ("http:http://127.0.0.1/predict", {}),
        ("scores:/etc/passwd", {}),
        ("human:ratings.jsonl", {}),
        ("preset:evil.yaml", {}),
        ("somebody-elses", {}),
        ("classifier:/srv/model", {}),
        ("classifier:./model", {}),
        ("classifier:~/model", {}),
        ("classifier:../a", {}),
        ("classifier:a/..", {}),
        ("classifier:model", {}),
        ("vllm:/srv/model", {}),
        ("judge:transformers//srv/model", {}),
        ("judge:transformers/./model", {}),
        ("judge:vllm/a/b/c", {}),
        ("judge:server/model", {}),
        ("judge:lm-eval/hf", {}),
        ("judge:inspect/hf/org/model", {}),
        ("judge:openai/../x y", {}),
        ("deepseek-judge:server/other", {}),
        ("skywork-rm:/srv/model", {}),
        ("armorm:org/other", {}),
        ("armorm", {"revision": "0" * 40}),
        ("internlm2-7b", {"base_revision": "x"}),
        ("judge:openai/gpt-4o", {"prompt": "./folder"}),
        ("judge:openai/gpt-4o", {"prompt": "/srv/folder"}),
        *(("classifier:org/reward", {name: "x"}) for name in REFUSED),
        ("classifier:org/reward", {"trust_remote_code": "true"}),
    ],
)
def test_code_addresses_and_files_are_not(model: str, settings: dict[str, str]) -> None:
    assert [*distrusted(model, settings)]


def test_a_folder_that_is_here_is_not_taken_for_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results/evil").mkdir(parents=True)
    for model in ("classifier:results/evil", "judge:transformers/results/evil", "paper-rm:results/evil"):
        assert "is also a folder here" in " ".join(distrusted(model, {}))


def test_our_own_presets_are_trusted_as_they_are() -> None:
    for name in preset_names():
        assert [*distrusted(name, {})] == []
        if read_preset(name).settings.get("remote_code"):
            assert [*distrusted(name, {"revision": "main"})]
