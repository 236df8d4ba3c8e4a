"""What the Hub's refusals mean, each in one line without what the error says itself."""

from __future__ import annotations

import importlib.util

import httpx
import pytest
from huggingface_hub import errors

from weval.errors import ConfigError
from weval.remote.hub import check_repository, told

SECRET = "hf_notForAnyEyes"


def answer(status: int) -> httpx.Response:
    return httpx.Response(status, request=httpx.Request("GET", "http://127.0.0.1"))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.GatedRepoError(SECRET, response=answer(403)), "is gated"),
        (errors.RepositoryNotFoundError(SECRET, response=answer(404)), "no such dataset on the Hub, or a private one"),
        (errors.HfHubHTTPError(SECRET, response=answer(401)), "does not accept your token (401)"),
        (errors.HfHubHTTPError(SECRET, response=answer(403)), "your token may not write datasets there (403)"),
        (errors.HfHubHTTPError(SECRET, response=answer(429)), "too many requests from here (429)"),
        (errors.HfHubHTTPError(SECRET, response=answer(413)), "the Hub refuses the files (413)"),
        (errors.HfHubHTTPError(SECRET, response=answer(503)), "the Hub is out of order (503)"),
        (httpx.ConnectError(SECRET), "the Hub cannot be reached"),
        (errors.OfflineModeIsEnabled(SECRET), "HF_HUB_OFFLINE forbids"),
        (OSError(28, "No space left on device"), "the files cannot be sent (No space left on device)"),
        (ValueError(SECRET), "what answers is not the Hub"),
        (ZeroDivisionError(SECRET), "it was not possible to write datasets there (ZeroDivisionError)"),
    ],
)
def test_an_error_is_told_in_a_line(error: Exception, said: str) -> None:
    line = told(error, "write datasets")
    assert said in line and SECRET not in line and line.isprintable()


def test_what_a_thread_met_is_told() -> None:
    error = RuntimeError(SECRET)
    error.__cause__ = errors.HfHubHTTPError(SECRET, response=answer(401))
    assert "(401)" in told(error, "write")


@pytest.mark.parametrize("name", ["", "owner", "/name", "owner/", "a/b/c", "a b/c", "a/b\n", "a/..", "a--b/c", "-a/b"])
def test_a_repository_has_an_owner_and_a_name(name: str) -> None:
    with pytest.raises(ConfigError, match="is not the name of a dataset of the Hub, OWNER/NAME"):
        check_repository(name, "--push")


def test_the_library_is_asked_for_by_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    check_repository("org/tea", "--push")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"--push needs huggingface-hub: pip install 'weval\[hf\]'"):
        check_repository("org/tea", "--push")
