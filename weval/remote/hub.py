"""The Hugging Face Hub: what can be checked before it is asked, and what it means when it says no, in a line each."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from typing import Any

from weval.errors import ConfigError, missing_extra
from weval.files import one_line

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
"""OWNER/NAME."""


def check_repository(name: str, option: str) -> None:
    """Raises ConfigError for what is not the name of a repository, and where the Hub's library is not installed."""
    if importlib.util.find_spec("huggingface_hub") is None:
        raise missing_extra("huggingface-hub", "hf", option)
    if not REPOSITORY.fullmatch(name) or "--" in name or ".." in name:
        raise ConfigError(f"{option} {one_line(name, 80)}: is not the name of a dataset of the Hub, OWNER/NAME")


def told(error: Exception, doing: str) -> str:
    """What an error of the Hub's client means; `doing` is what was tried, as "open pull requests".

    Nothing of what the error says itself: that may hold a token.
    """
    from huggingface_hub import errors as hub

    known: dict[type[Exception], str | Callable[[Any], str]] = {  # the most special first
        hub.GatedRepoError: "is gated: ask for access on its page, then `hf auth login`",
        hub.DisabledRepoError: "is disabled on the Hub",
        hub.RepositoryNotFoundError: "no such dataset on the Hub, or a private one (`hf auth login`)",
        hub.OfflineModeIsEnabled: "HF_HUB_OFFLINE forbids to reach the Hub",
        hub.HFValidationError: "is not the name of a repository",
        hub.HfHubHTTPError: lambda e: _refused(e.response.status_code, doing),
        OSError: lambda e: f"the files cannot be sent ({one_line(e.strerror or type(e).__name__, 80)})",
        UnicodeError: "HF_TOKEN, or the token that is logged in, is none: `hf auth login`",
        ValueError: "what answers is not the Hub; see HF_ENDPOINT and your proxy",
        KeyError: "what answers is not the Hub; see HF_ENDPOINT and your proxy",
    }
    if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):  # an upload, by a thread
        error = error.__cause__
    if any(kind.__name__ == "TransportError" for kind in type(error).__mro__):  # of httpx, or its successor
        return "the Hub cannot be reached; see your network, proxy and HF_ENDPOINT"
    said = next((said for kind, said in known.items() if isinstance(error, kind)), None)
    if said is None:
        return f"it was not possible to {doing} there ({type(error).__name__})"
    return said if isinstance(said, str) else said(error)


def _refused(status: int, doing: str) -> str:
    """What to do about an answer of the Hub that none of the client's own errors explains."""
    if status == 401:
        return "the Hub does not accept your token (401): `hf auth login`"
    if status == 403:
        return f"your token may not {doing} there (403): make one that may write, or see if they are allowed"
    if status == 429:
        return "the Hub has had too many requests from here (429): try again later"
    if status < 500:
        return f"the Hub refuses the files ({status})"
    return f"the Hub is out of order ({status}): try again later"
