"""The class of weval's lm-eval tasks: it puts a question to a model exactly as `weval run` does.

By itself lm-eval sets no blank line between a system text and what follows it where there is no chat template, and has
no way to say what is to stand there without one. And what it keeps of requests (--cache_requests) it takes for those of
any items.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from weval.errors import ConfigError
from weval.textmodels.lm_eval import context_of


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a subclass of lm_eval.api.task.ConfigurableTask
    """`RequirementTask`, made when lm-eval asks for it: to import this module does not load lm-eval."""
    if name == "RequirementTask":
        return _task_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _task_class() -> type:
    configurable: Any = importlib.import_module("lm_eval.api.task").ConfigurableTask

    def begin(self: object, config: Mapping[str, Any]) -> None:
        """Of a task that its class makes, lm-eval hands the class over as well."""
        configurable.__init__(self, config={key: value for key, value in config.items() if key != "class"})

    def build(self: Any, **said: Any) -> None:  # noqa: ANN401 - a task of lm-eval, and which part of it is asked for
        configurable.build_all_requests(self, **said)
        which = {name: said[name] for name in ("limit", "samples", "rank", "world_size") if name in said}
        _refuse_others([request.doc for request in self.instances], [doc for _, doc in self.doc_iterator(**which)])

    members = {"__init__": begin, "build_all_requests": build, "fewshot_context": _context}
    return type("RequirementTask", (configurable,), members)


def _refuse_others(asked: Sequence[Mapping[str, str]], meant: Sequence[Mapping[str, str]]) -> None:
    """Raises ConfigError where requests are not those of the documents, whose scores their replies would become."""
    if [_named(doc) for doc in asked] != [_named(doc) for doc in meant]:
        raise ConfigError(
            "--cache_requests: what lm-eval has kept was asked about other items than these; "
            "leave it out, or: --cache_requests refresh"
        )


def _named(doc: Mapping[str, str]) -> tuple[str, str, str]:
    return doc["id"], doc["sha256"], doc["data_sha256"]


def _context(
    self: object,
    doc: Mapping[str, str],
    num_fewshot: int = 0,
    system_instruction: str | None = None,
    chat_template: Callable[..., Any] | None = None,
    **said: Any,  # noqa: ANN401 - what else lm-eval says of few-shot examples, of which there are none
) -> Any:  # noqa: ANN401 - a text, or what a chat API is sent
    """The prompt of a document. Raises ConfigError for what would be another prompt than everybody else's."""
    if system_instruction:
        raise ConfigError(
            "--system_instruction: the judge has a system text of its own, and with another it is another"
        )
    if num_fewshot:
        raise ConfigError("--num_fewshot: the judge is asked without examples")
    return context_of((("system", doc["system"]), ("user", doc["user"])), partial(_templated, chat_template))


def _templated(chat_template: Callable[..., Any] | None, turns: list[dict[str, str]]) -> Any:  # noqa: ANN401
    return chat_template(turns) if chat_template else None
