from __future__ import annotations

import pytest

from weval.bench.options import BenchOptions
from weval.errors import ConfigError
from weval.settings import updated


def test_what_must_be_the_same_when_a_run_goes_on() -> None:
    options = updated(BenchOptions(), {"resamples": "500", "tries": "5", "set": "en"})
    assert options.resamples == 500
    assert options.lasting() == {"mode": "repaired", "set": "en", "tries": 5, "prompt": None, "wording": "own"}
    assert updated(options, {"resamples": "200"}).lasting() == options.lasting()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError, match=r"--set mode=x: .*; --set tries=0: "):
        updated(BenchOptions(), {"mode": "x", "tries": "0"})


def test_every_setting_says_what_it_does() -> None:
    assert all(field.description for field in BenchOptions.model_fields.values())


def test_resamples_decide_how_figures_are_computed_and_nothing_that_is_asked() -> None:
    options = BenchOptions(resamples=500)
    assert options.computed().resamples == 500 and "resamples" not in options.lasting()
