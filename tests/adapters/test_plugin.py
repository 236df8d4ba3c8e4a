"""Other people's classes: the contract, and one line for each way to break it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from tests.factories import make_item
from weval.adapters import open_adapter
from weval.errors import AdapterError, ConfigError, WevalError
from weval.plan import PlanOptions, plan
from weval.run import RunSpec, run
from weval.types import Request

GOOD = "for request in requests:\n    yield Score.ok(request, len(request.responses[0]))"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Writes a module beside the user and gives its `--model`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names = []

    def write(body: str = GOOD, head: str = 'unit = "response"', top: str = "", name: str = "scorer_of_mine") -> str:
        text = f"from weval.types import Score\n{dedent(top)}\nclass Mine:\n{indent(dedent(head), '    ')}\n"
        text += f"    def score(self, requests):\n{indent(dedent(body), ' ' * 8)}\n"
        Path(f"{name}.py").write_text(text)
        sys.modules.pop(name, None)
        names.append(name)
        return f"plugin:{name}:Mine"

    yield write
    for name in names:
        sys.modules.pop(name, None)


def requests(unit: str = "response") -> list[Request]:
    return [request for request, _ in plan(make_item(), unit, PlanOptions())]


def refused(model: str, kind: type[WevalError] = AdapterError, **settings: str) -> str:
    """The one line that a plug-in gets, whether it fails when it is opened or when it is asked."""
    with pytest.raises(kind) as caught:
        list(open_adapter(model, settings).score(requests()))
    said = str(caught.value)
    assert said.isprintable()
    assert said.startswith(f"--model {model}: ")
    return said


def test_a_class_beside_the_user_is_found(module: Callable[..., str]) -> None:
    adapter = open_adapter(module(), {})
    assert [score.values for score in adapter.score(requests())] == [(len(r.responses[0]),) for r in requests()]
    assert (adapter.unit, adapter.reads_ids) == ("response", False)


def test_settings_are_its_arguments_and_part_of_what_it_is(module: Callable[..., str]) -> None:
    model = module(head='unit = "response"\ndef __init__(self, reference="", factor="1"): self.fingerprint = [factor]')
    plain, other = open_adapter(model, {}), open_adapter(model, {"factor": "2", "reference": "x"})
    assert (plain.fingerprint["own"], other.fingerprint["own"]) == (["1"], ["2"])
    assert other.fingerprint["settings"] == {"factor": "2", "reference": "x"}
    assert json.loads(json.dumps(other.fingerprint)) == other.fingerprint
    assert "cannot be built with {'colour': 'red'}" in refused(model, ConfigError, colour="red")


def test_a_changed_source_is_another_model(module: Callable[..., str]) -> None:
    first = open_adapter(module(), {}).fingerprint
    assert first == open_adapter(module(), {}).fingerprint
    assert first != open_adapter(module(top="# changed"), {}).fingerprint


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("plugin:nowhere_at_all:Mine", "no module nowhere_at_all here"),
        ("plugin:nowhere_at_all", "is written --model plugin:MODULE:CLASS"),
        ("plugin:nowhere_at_all:", "is written --model plugin:MODULE:CLASS"),
        ("plugin::Mine", "cannot import ''"),
        ("plugin:.relative:Mine", "cannot import '.relative'"),
        ("plugin:../x:Mine", "cannot import"),
        ("plugin:a\nb:Mine", "no module a\\nb here"),
        ("plugin:json:Nothing", "json has no class Nothing"),
        ("plugin:json:__doc__", "json has no class __doc__"),
    ],
)
def test_what_cannot_be_imported(model: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_adapter(model, {})
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "top", ["1 / 0", "raise SystemExit(0)", "import no_such_module_here", "def broken(:", "raise ValueError('a\\nb')"]
)
def test_a_module_that_fails_when_it_is_imported(module: Callable[..., str], top: str) -> None:
    assert "cannot import 'scorer_of_mine' (" in refused(module(top=top), ConfigError)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("pass", "its `unit` is None, not one of response, requirement, pair, list"),
        ('unit = "texts"', "its `unit` is 'texts'"),
        ("unit = ['response']", "its `unit` is ['response']"),
        ('unit = "response"\ndef __init__(self): 1 / 0', "ZeroDivisionError at scorer_of_mine.py:"),
        ('unit = "response"\ndef __init__(self): raise SystemExit', "SystemExit at scorer_of_mine.py:"),
        ('unit = "response"\nfingerprint = {1, 2}', "its `fingerprint` cannot be written as JSON"),
        ('unit = "response"\nfingerprint = float("nan")', "its `fingerprint` cannot be written as JSON"),
        ('unit = "response"\n@property\ndef fingerprint(self): return 1 / 0', "ZeroDivisionError at"),
    ],
)
def test_a_class_that_breaks_the_contract(module: Callable[..., str], head: str, said: str) -> None:
    assert said in refused(module(head=head))


def test_a_class_without_score(module: Callable[..., str]) -> None:
    model = module(top="class Other:\n    unit = 'response'").replace("Mine", "Other")
    assert "has no method `score`" in refused(model)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no\\nway')", "ValueError at scorer_of_mine.py:6: no\\nway"),
        ("yield from ()\nraise SystemExit(0)", "SystemExit at"),
        ("return None", "TypeError: 'NoneType' object is not iterable"),
        ("yield 0.5", "`score` gave float instead of weval.types.Score"),
        ("yield None", "`score` gave NoneType"),
        ("yield Score('r', 'ok', (float('nan'),))", "the model gave nan as a score"),
        ("yield Score('r', 'ok', (float('inf'),))", "the model gave inf as a score"),
        ("yield Score('r', 'ok', 'high')", "must be numbers, not 'high'"),
        ("yield Score('r', 'ok')", "came with 0 values"),
        ("yield Score('r', 'good', (1,))", "status 'good'; known are ok"),
        ("yield Score('r', 'failed')", "must say why"),
        ("yield Score(7, 'ok', (1,))", "`request_id` of a score is int, not str"),
        ("yield Score('r', 'ok', (1,), raw={})", "`raw` of a score is dict, not str"),
        ("yield Score('r', 'failed', (), reason=['x'])", "`reason` of a score is list, not str"),
        ("yield Score('r', 'ok', (1,), tokens_in=True)", "`tokens_in` of a score is bool, not int"),
        ("yield Score('r', 'ok', (1,), tokens_out=1.5)", "`tokens_out` of a score is float, not int"),
        ("yield Score('r', 'ok', (1,), seconds=float('inf'))", "`seconds` of a score is inf"),
        ("yield Score('r', 'ok', (1,), cost_usd='free')", "`cost_usd` of a score is str, not float"),
    ],
)
def test_an_answer_that_breaks_the_contract(module: Callable[..., str], body: str, said: str) -> None:
    assert said in refused(module(body))


def test_numbers_of_numpy_are_answers(module: Callable[..., str]) -> None:
    body = "for r in requests:\n    yield Score.ok(r, numpy.float32(0.5))"
    outcome = run(RunSpec(model=module(body, top="import numpy"), task="weval-mini", limit=2))
    assert outcome.result.n_scored == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("for r in requests:\n    yield Score.ok(r, 1)\n    yield Score.ok(r, 1)", "not asked or answered before"),
        ("yield Score('someone-else', 'ok', (1,))", "'someone-else', which was not asked"),
        ("for r in requests:\n    yield Score.ok(r, 1, 2)", "expected 1 values for unit response, got 2"),
        ("yield from ()", "scored no item of 2"),
    ],
)
def test_answers_that_do_not_fit_what_was_asked(module: Callable[..., str], body: str, said: str) -> None:
    with pytest.raises(WevalError) as caught:
        run(RunSpec(model=module(body), task="weval-mini", limit=2))
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_pair_gives_points_between_0_and_1(module: Callable[..., str]) -> None:
    model = module("for r in requests:\n    yield Score.ok(r, 3)", head='unit = "pair"')
    with pytest.raises(AdapterError, match="0 to 1 points"):
        run(RunSpec(model=model, task="weval-mini", limit=1))


def test_a_plugin_may_sort_and_batch(module: Callable[..., str]) -> None:
    body = "for r in sorted(requests, key=lambda r: r.id):\n    yield Score.ok(r, len(r.responses[0]))"
    task: Any = {"task": "weval-mini", "limit": 3}
    sorting = run(RunSpec(model=module(body), **task)).result.metrics
    assert sorting == run(RunSpec(model="length", **task)).result.metrics


def test_errors_of_ours_while_it_pulls_requests_are_not_its_fault(module: Callable[..., str]) -> None:
    def asking() -> Iterator[Request]:
        yield from requests()
        raise ConfigError("ours")

    with pytest.raises(ConfigError, match=r"^ours$"):
        list(open_adapter(module(), {}).score(asking()))


def test_ctrl_c_passes_through(module: Callable[..., str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        list(open_adapter(module("raise KeyboardInterrupt"), {}).score(requests()))


def test_a_class_may_import_its_neighbours_while_it_scores(module: Callable[..., str]) -> None:
    Path("neighbour_of_mine.py").write_text("VALUE = 7.0")
    model = module("import neighbour_of_mine\nyield from (Score.ok(r, neighbour_of_mine.VALUE) for r in requests)")
    assert {score.values for score in open_adapter(model, {}).score(requests())} == {(7.0,)}
    sys.modules.pop("neighbour_of_mine")
