from __future__ import annotations

import re
from typing import get_args

import pytest

from tests.cli.conftest import Weval
from weval.cli.options import AsJson, Settings


def test_shared_options_are_described() -> None:
    for option in (AsJson, Settings):
        assert get_args(option)[1].help


@pytest.mark.parametrize(
    "verb", ["run", "rescore", "compare", "list", "serve", "train", "bench report", "import lm-eval"]
)
def test_help_names_what_is_to_be_given_and_no_type_of_python(weval: Weval, verb: str) -> None:
    said = weval(*verb.split(), "--help").out
    assert "--help" in said and not re.search(r"<\w|list\[", said), said
