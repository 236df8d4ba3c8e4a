"""Where items come from, and what is said where they are not here."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from weval.tasks.sources import BundledSource, PinnedSource, Source, UnreleasedSource

SOURCE: TypeAdapter[BundledSource | PinnedSource | UnreleasedSource] = TypeAdapter(Source)
PIN = {"kind": "github", "repository": "a/b", "commit": "0" * 40, "path": "x.jsonl", "blob": "1" * 40}


def test_the_kind_decides() -> None:
    bundled = SOURCE.validate_python({"kind": "bundled", "path": "items.jsonl", "sha256": "0" * 64})
    assert isinstance(bundled, BundledSource)
    assert (bundled.is_here, bundled.remedy("t")) == (True, "")
    pinned = SOURCE.validate_python(PIN)
    assert isinstance(pinned, PinnedSource)
    assert (pinned.is_here, pinned.remedy("t")) == (False, "weval fetch t")
    lost = SOURCE.validate_python({"kind": "unreleased"})
    assert isinstance(lost, UnreleasedSource)
    assert (lost.is_here, lost.remedy("t")) == (False, "weval build all t, or --data FILE")


@pytest.mark.parametrize(
    "said", [{"kind": "unreleased", "path": "x"}, {"kind": "rumour"}, {}, {**PIN, "commit": "main"}]
)
def test_nothing_else_is_a_source(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SOURCE.validate_python(said)
