import doctest
import importlib
import pkgutil

import pytest

import weval.metrics
from weval.metrics import LIMITS, METRICS, WORST

MODULES = sorted(module.name for module in pkgutil.iter_modules(weval.metrics.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples_are_right_and_every_public_function_has_one(name):
    module = importlib.import_module(f"weval.metrics.{name}")
    assert doctest.testmod(module).failed == 0
    own = [f for f in vars(module).values() if callable(f) and getattr(f, "__module__", "") == module.__name__]
    without = [f.__name__ for f in own if not isinstance(f, type) and f.__name__[0] != "_" and ">>>" not in f.__doc__]
    assert without == []


def test_tables_name_the_same_metrics_in_display_order():
    assert list(METRICS) == ["correlation", "il", "pl", "spearman", "pairwise_accuracy", "top1", "tie_rate"]
    assert [*METRICS, "reading"] == list(LIMITS) == list(WORST)
    assert [WORST[name] for name in WORST] == [-1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0, -1.0]


def test_public_names_are_there():
    assert all(hasattr(weval.metrics, name) for name in weval.metrics.__all__)


def test_the_package_name_of_a_metric_is_the_function():
    # `weval.metrics.reading` and `weval.metrics.released` are modules too; the functions must win.
    assert callable(weval.metrics.reading)
    assert callable(weval.metrics.released)
