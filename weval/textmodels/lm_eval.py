"""`lm-eval/MODEL_TYPE` with `--set model_args=pretrained=…`: a model type of lm-evaluation-harness.

Its interface is text in, text out: it does not say why a reply ended, so one that has as many tokens as were allowed is
taken for cut off; and turns cannot be kept apart from texts that look like their marks, so where its tokenizer is known
a prompt with such a text is not asked. Left to itself it cuts long prompts from the left; they are not asked either.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

from weval.errors import AdapterError, ConfigError, missing_extra
from weval.repository import digest_of, is_commit
from weval.textmodels.local.chat import Chat, Messages, Unreadable, refuse_halves, system_first
from weval.textmodels.local.checkpoint import explained
from weval.textmodels.local.model import Local, until_stop
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

Turns = list[dict[str, str]]

ROUNDS = 4
"""Batches that are put to lm-eval together: it gives replies back, to be kept, when all of them are there."""

_SECRETS = re.compile(
    r"(?:^|[,?&])\s*((?:\w+_)?(?:key|secret|password)|(?:hf_|auth_|use_auth_)?token|header)\s*=(?!True|False|None)"
    r"|\w+\s*=\s*\w+://[^/,]*@"
)
"""Arguments that hold a secret, themselves or in an address: `pad_token` is none."""


_CODE_FROM = ("pretrained", "tokenizer", "peft", "delta")
"""Arguments that name a repository, whose code runs with trust_remote_code."""


class LmEval(Local):
    """A language model by lm-eval. It knows greedy decoding, its default, and sampling without a seed.

    Raises ConfigError for a secret in model_args, and for code of the Hub that is not pinned to a commit.
    """

    def __init__(self, model: str, options: TextModelOptions) -> None:
        if found := _SECRETS.search(options.model_args or ""):
            raise ConfigError(
                f"--set model_args: {found[1] or 'a password'} would be written into the run's folder; lm-eval reads "
                "keys from the environment, as OPENAI_API_KEY or HF_TOKEN"
            )
        _check_remote_code(options.model_args or "")
        super().__init__(model, options)
        self.window = ROUNDS * options.batch_size

    def _identity(self) -> Mapping[str, Any]:
        return {"backend": "lm-eval", "files": self._files}

    @cached_property
    def _files(self) -> Mapping[str, str]:
        """A digest of each folder that model_args names: what is in it may change."""
        parts = [part.partition("=") for part in (self.options.model_args or "").split(",")]
        folders = {name.strip(): Path(value) for name, _, value in parts if value and Path(value).is_dir()}
        return {name: digest_of(folder) for name, folder in folders.items()}

    @cached_property
    def _lm(self) -> Any:  # noqa: ANN401 - lm_eval.api.model.LM
        registry = _registry(self.model)
        arguments = self.options.model_args or ""
        more = {} if "batch_size=" in arguments else {"batch_size": self.options.batch_size}
        with explained(f"lm-eval/{self.model}", "cannot be made"), redirect_stdout(sys.stderr):
            kind = registry.get_model(self.model)
            _quiet()
            try:
                return kind.create_from_arg_string(arguments, more)
            except AssertionError as error:  # of torch, on a machine without a GPU
                if "CUDA" not in str(error):
                    raise
                raise ConfigError(
                    f"lm-eval/{self.model}: there is no GPU that torch can use; --set model_args=…,device=cpu"
                ) from error
            except TypeError as error:
                if "batch_size" not in str(error):
                    raise
                return kind.create_from_arg_string(arguments, {})

    @cached_property
    def _chat(self) -> Chat | None:
        """The chat template and tokenizer, where they are ones of transformers."""
        tokenizer = getattr(self._lm, "tokenizer", None)
        known = getattr(tokenizer, "chat_template", None) and hasattr(tokenizer, "added_tokens_decoder")
        return Chat(tokenizer, self.model) if known and tokenizer is not None else None

    def _answered(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        tasks: list[tuple[Prompt, Any, int | None]] = []
        for prompt in prompts:
            try:
                context = self._context(prompt)
                tasks.append((prompt, context, self._fitting(context)))
            except Unreadable as error:
                yield Reply(prompt.id, "failed", reason=str(error))
            except TooLong as error:
                yield Reply(prompt.id, "truncated", reason=str(error), tokens_in=error.tokens, tokens_out=0)
        if tasks:
            yield from self._generated(tasks)

    def _generated(self, tasks: Sequence[tuple[Prompt, Any, int | None]]) -> Iterator[Reply]:
        kind = importlib.import_module("lm_eval.api.instance").Instance
        asked = [kind("generate_until", {}, (context, self._arguments()), n) for n, (_, context, _) in enumerate(tasks)]
        ask, began = self._lm.generate_until, time.perf_counter()
        quiet = {"disable_tqdm": True} if "disable_tqdm" in inspect.signature(ask).parameters else {}
        with explained(f"lm-eval/{self.model}", "failed"), redirect_stdout(sys.stderr):
            texts = ask(asked, **quiet)
        if len(texts) != len(tasks):
            raise AdapterError(f"lm-eval/{self.model} gave {len(texts)} replies to {len(tasks)} prompts")
        seconds = (time.perf_counter() - began) / len(tasks)
        for (prompt, _, n_in), text in zip(tasks, texts, strict=True):
            yield self._reply(prompt, text, n_in, seconds)

    def _reply(self, prompt: Prompt, said: object, n_in: int | None, seconds: float) -> Reply:
        if not isinstance(said, str):
            return Reply(prompt.id, "failed", reason=f"the reply is no text ({type(said).__name__})", seconds=seconds)
        text, is_stopped = until_stop(said, self.options.stop)
        n_out, limit = self._count(text), self._max_tokens
        is_cut = not is_stopped and n_out is not None and limit is not None and n_out >= limit
        return Reply(
            prompt.id,
            "truncated" if is_cut else "ok",
            text,
            f"the reply was cut off at {limit:,} tokens" if is_cut else None,
            tokens_in=n_in,
            tokens_out=n_out,
            seconds=seconds,
            sent=self._sent(prompt),
        )

    def _arguments(self) -> dict[str, Any]:
        """lm-eval's words for the settings; made anew for each prompt, as it changes them."""
        options = self.options
        said: dict[str, Any] = {"until": [options.stop] if options.stop else []}
        said |= {"max_gen_toks": self._max_tokens} if self._max_tokens else {}
        said |= {"top_p": options.top_p} if options.top_p is not None and options.temperature else {}
        temperature = options.temperature or 0.0
        return said | {"do_sample": temperature > 0, "temperature": temperature}

    def _sent(self, prompt: Prompt) -> dict[str, Any]:
        said = self._arguments()
        found = {"temperature": said["temperature"], "max_tokens": self._max_tokens, "stop": self.options.stop}
        found["top_p"] = said.get("top_p")  # null where nothing is drawn
        found |= {"schema": None, "probabilities": None}  # there is no way to ask for them
        given = [
            *self.options.sampling(),
            *(["schema"] if prompt.schema else []),
            *(["probabilities"] if prompt.labels else []),
        ]
        return {name: value for name, value in found.items() if value is not None or name in given}

    @cached_property
    def _max_tokens(self) -> int | None:
        found = self.options.max_tokens or self._attribute("max_gen_toks")
        return found if isinstance(found, int) else None

    def _context(self, prompt: Prompt) -> Any:  # noqa: ANN401 - a text, or what a chat API is sent
        """The prompt as lm-eval takes it: by its chat template, or plain where it has none. Raises Unreadable."""
        refuse_halves(prompt.messages)
        if self._chat and (held := self._chat.held(text for _, text in prompt.messages)):
            raise Unreadable(
                f"a text of the prompt holds {min(held)}, which lm-eval would read as the model's own mark"
            )
        return context_of(prompt.messages, self._templated)

    def _templated(self, turns: Turns) -> Any:  # noqa: ANN401
        """A chat by the model type's template; None where it has none."""
        tokenizer = getattr(self._lm, "tokenizer", None)
        if tokenizer is not None and hasattr(tokenizer, "chat_template") and not tokenizer.chat_template:
            return None
        try:
            with explained(f"lm-eval/{self.model}", "its chat template failed"), redirect_stdout(sys.stderr):
                return self._lm.apply_chat_template(turns)
        except AdapterError as error:
            if isinstance(error.__cause__, NotImplementedError):
                return None
            raise

    def _fitting(self, context: object) -> int | None:
        """The tokens of a prompt, where they can be counted. Raises TooLong where they and the reply are too many."""
        if type(context) is not str:
            return None
        n, limit, reply = self._count(context), self._attribute("max_length"), self._max_tokens or 0
        if n is not None and isinstance(limit, int) and n + reply > limit:
            raise TooLong(
                f"the prompt has {n:,} tokens; with the {reply:,} of a reply more than the {limit:,} of the model, and "
                "lm-eval would cut it from the left; --set max_tokens=…, or max_length=… in model_args",
                n,
            )
        return n

    def _count(self, text: str) -> int | None:
        """How many tokens a text has; None where this model type does not tell."""
        encode = getattr(self._lm, "tok_encode", None)
        if encode is None or getattr(self._lm, "tokenizer", True) is None:
            return None
        with explained(f"lm-eval/{self.model}", "its tokenizer failed"):
            bare = "add_special_tokens" in inspect.signature(encode).parameters
            found = encode(text, add_special_tokens=False) if bare else encode(text)
        return len(found) if isinstance(found, Sequence) and all(isinstance(token, int) for token in found) else None

    def _attribute(self, name: str) -> object:
        """A property of the model type, which may have none, or one that raises."""
        try:
            return getattr(self._lm, name, None)
        except NotImplementedError:
            return None


def context_of(messages: Messages, templated: Callable[[Turns], Any]) -> Any:  # noqa: ANN401
    """Turns as lm-eval's model types take them: by a chat template, or plain where `templated` gives None.

    >>> context_of((("system", "Be strict."), ("user", "Judge.")), lambda turns: None)
    'Be strict.\\n\\nJudge.'
    """
    context = templated(_turns(messages))
    if context is None:
        return "\n\n".join(text for _, text in messages)
    system = "".join(text.strip() for role, text in messages if role == "system")
    if type(context) is str and system not in context:  # some templates refuse it, and lm-eval leaves it out then
        context = templated(_turns(system_first(messages)))
    return context


def _turns(messages: Messages) -> Turns:
    return [{"role": role, "content": text} for role, text in messages]


def _check_remote_code(model_args: str) -> None:
    """Raises ConfigError where code of a repository would be run that is not pinned; a folder was chosen."""
    said = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in model_args.split(","))}
    if said.get("trust_remote_code", "").strip("'\"").lower() in ("", "false", "none", "0"):
        return
    for name in _CODE_FROM:
        is_pinned = name == "pretrained" and is_commit(said.get("revision"))
        if (place := said.get(name)) and not is_pinned and not Path(place).is_dir():
            raise ConfigError(
                f"--set model_args: {name}={place}: its code is run only at a pinned commit that you have read, "
                "revision=COMMIT (40 signs) of pretrained, or from a folder"
            )


class TooLong(Exception):
    """A prompt that with its reply has more tokens than the model reads and writes."""

    def __init__(self, reason: str, tokens: int) -> None:
        super().__init__(reason)
        self.tokens = tokens


def _registry(model: str) -> Any:  # noqa: ANN401 - the module
    """lm-eval's registry. Raises ConfigError where lm-eval is missing, or has no such model type."""
    try:
        importlib.import_module("lm_eval.models")  # fills the registry
        registry = importlib.import_module("lm_eval.api.registry")
    except ImportError as error:
        raise missing_extra("lm-eval", "lm-eval", f"Asking lm-eval/{model}") from error
    if model not in registry.model_registry:
        near = difflib.get_close_matches(model, list(registry.model_registry.keys()), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ConfigError(f"lm-eval has no model type {model!r}{hint}")
    return registry


def _quiet() -> None:
    """Without transformers' warnings, and its progress bars where nobody looks, if it is used."""
    if transformers := sys.modules.get("transformers"):
        transformers.utils.logging.set_verbosity_error()
        if not sys.stderr.isatty():
            transformers.utils.logging.disable_progress_bar()
