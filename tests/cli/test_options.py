from __future__ import annotations

from typing import get_args

from weval.cli.options import AsJson, Settings


def test_shared_options_are_described() -> None:
    for option in (AsJson, Settings):
        assert get_args(option)[1].help
