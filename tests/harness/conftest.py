"""Models that answer by a rule, asked through lm-evaluation-harness and through `weval run`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.api.registry import model_registry
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

from tests.small_models import ROOT
from weval.readback import Outcome
from weval.run import RunSpec, Watcher, run

FOLDER = ROOT / "tasks" / "lm_eval"


class Decided(LM):
    """Finds requirements met by a hash of all that it is sent, and says so in one of several forms."""

    contexts: list[str]

    def __init__(self, batch_size: int = 1) -> None:
        super().__init__()
        type(self).contexts = []

    def loglikelihood(self, requests: Any) -> Any:
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood

    def generate_until(self, requests: Any) -> Any:
        type(self).contexts += [request.args[0] for request in requests]
        return [self.reply(int(hashlib.sha256(request.args[0].encode()).hexdigest(), 16)) for request in requests]

    def reply(self, drawn: int) -> str:
        verdict = drawn % 2
        return [
            f"It does not say.\n\n**Verdict:** [[{verdict}]]",
            f"[[{verdict}]]<|im_end|>",
            f"<think>\nIs it [[{1 - verdict}]]?\n</think>\nNo.\n[[{verdict}]]",
        ][drawn % 3]


class Erratic(Decided):
    """Decides nothing now and then: refuses, quotes both verdicts, stops in its reasoning, says nothing."""

    def reply(self, drawn: int) -> str:
        lost = ["I'm sorry, but I can't help with that.", "[[0]]\nor\n[[1]]", "<think>Hm. [[1]]", ""]
        return lost[drawn % 4] if drawn % 17 == 0 else super().reply(drawn)


class Chatting(Erratic):
    """A model type with a chat template."""

    tokenizer_name = "none"

    def apply_chat_template(self, chat_history: Any, add_generation_prompt: bool = True) -> str:
        assert add_generation_prompt
        return "".join(f"<{turn['role']}>{turn['content']}</{turn['role']}>" for turn in chat_history) + "<assistant>"


class Systemless(Chatting):
    """A chat template that leaves system turns out."""

    def apply_chat_template(self, chat_history: Any, add_generation_prompt: bool = True) -> str:
        return super().apply_chat_template([turn for turn in chat_history if turn["role"] != "system"])


MODELS = {"t-decided": Decided, "t-erratic": Erratic, "t-chatting": Chatting, "t-systemless": Systemless}


@pytest.fixture(scope="session", autouse=True)
def models() -> Iterator[None]:
    """The models as lm-eval's model types."""
    for name, kind in MODELS.items():
        model_registry.register(name, target=kind)
    yield
    for name in MODELS:
        del model_registry._objs[name]


class Notes(Watcher):
    """Keeps what is said to whom it concerns."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str) -> None:
        self.said.append(text)


@dataclass(frozen=True)
class Evaluated:
    """What lm-eval reports, by metric; where its samples lie; what the model was sent."""

    figures: dict[str, Any]
    samples: Path
    contexts: list[str]


def evaluated(out: Path, model: str, task: str = "weval_mini", metadata: Any = None, **said: Any) -> Evaluated:
    """A task of ours run by lm-eval, which writes its files as its command line does."""
    tracker = EvaluationTracker(output_path=str(out))
    manager = TaskManager(include_path=str(FOLDER), include_defaults=False, metadata=metadata or {})
    kind: Any = MODELS.get(model)
    found: Any = simple_evaluate(
        model, tasks=[task], task_manager=manager, evaluation_tracker=tracker, bootstrap_iters=0, **said
    )
    samples = found.pop("samples")
    tracker.save_results_aggregated(found, samples)
    tracker.save_results_samples(task, samples[task])
    (path,) = out.rglob(f"samples_{task}_*.jsonl")
    figures = {key.partition(",")[0]: value for key, value in found["results"][task].items() if "stderr" not in key}
    return Evaluated(figures, path, list(kind.contexts) if kind else [])


@dataclass(frozen=True)
class Both:
    """The same model asked both ways."""

    here: Outcome
    there: Evaluated
    asked_here: list[str]


def both_ways(folder: Path, model: str, limit: int | None = None, **said: Any) -> Both:
    """A model asked about weval-mini, or the first `limit` items of it."""
    here = run(RunSpec(f"lm-eval:{model}", "weval-mini", limit=limit, out=folder / "run"))
    asked = list(MODELS[model].contexts)
    there = evaluated(folder / "lm-eval", model, metadata={"limit": limit} if limit else None, **said)
    return Both(here, there, asked)


@pytest.fixture(scope="session")
def erratic(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A model that now and then gives no verdict, without a chat template."""
    return both_ways(tmp_path_factory.mktemp("erratic"), "t-erratic")


@pytest.fixture(scope="session")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """A model that always gives a verdict on six items, by lm-eval."""
    return evaluated(tmp_path_factory.mktemp("decided"), "t-decided", metadata={"limit": 6})


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """The same with lm-eval's --limit 60: two items of 25 questions, and ten questions about a third."""
    return evaluated(tmp_path_factory.mktemp("first"), "t-decided", limit=60)
