from __future__ import annotations

import pytest
from pydantic import ValidationError

from weval.training.sections import Critic, Filtering, Supervision


def test_texts_are_cut_and_critics_asked_in_our_words_unless_said_otherwise() -> None:
    assert (Supervision().over_long, Critic().prompt, Critic().wording) == ("cut", "critic-10", "own")
    assert Filtering() == Filtering(judge=None, keep=None, least=None)
    with pytest.raises(ValidationError, match="keep"):
        Filtering(keep=0)
