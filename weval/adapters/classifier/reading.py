"""Requests into tokens: the chat template or the wire format, one BOS, nothing cut unless that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from weval.adapters.classifier.options import HeadOptions
from weval.adapters.classifier.sharing import Ids
from weval.adapters.texts import Messages, filled
from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.types import Request, Score

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_MARK = "⟦Response⟧"
"""Stands for a response where it is looked for what surrounds one; in capitals and not, so that a change shows."""


TODAY = "26 Jul 2024"
"""The date that Llama's chat templates are given: the one they fall back on. Tomorrow a score is the same."""

_PLAIN = Request("", "", "Query", "Query", None, (), ("Response",))
"""A request with nothing special in it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A request as the model reads it. `start` is the first token of the response, where that is asked for."""

    request: Request
    ids: Ids
    start: int | None = None
    cut: str | None = None


class Reader:
    """Tokenizes requests as its options say. `limit` is how many tokens the model can read (None: no limit is known).

    Raises ConfigError for a model without a chat template that is given no wire format, and for an end token it lacks;
    AdapterError for a template that leaves out a turn, and for two BOS.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, options: HeadOptions, limit: int | None, name: str) -> None:
        self.tokenizer: Any = tokenizer  # transformers types its calls as lists of lists of anything
        self.options, self.limit, self.name = options, limit, name
        if options.wire is None and not self.tokenizer.chat_template:
            raise ConfigError(
                f"{name} has no chat template; give the exact text it was trained on, as "
                "--set wire='Question: {query} Answer: {response}'"
            )
        if options.append_eos and self.tokenizer.eos_token_id is None:
            raise ConfigError(f"--set append_eos=true: {name} has no end-of-sequence token")
        if options.wire is None:
            self._check_template()
        self._check_bos()

    def remarks(self) -> Iterator[str]:
        """What is to be known of the texts that it makes."""
        template = str(self.tokenizer.chat_template) if self.options.wire is None else ""
        if "strftime_now" in template and "date_string" not in template:
            yield "the chat template asks the clock for today's date: texts, and scores, may change by the day"

    def read(self, requests: Sequence[Request], *, find_response: bool = False) -> Iterator[Read | Score]:
        """Each request as tokens, in order; a Score without a value where there is nothing to read, or too much."""
        texts = [self._text(request) for request in requests]
        encoded = self._encode(texts, offsets=find_response)
        for n, (request, text, ids) in enumerate(zip(requests, texts, encoded["input_ids"], strict=True)):
            if not ids:
                yield Score.missing(request, "failed", "the text is empty: there is no token to read")
                continue
            start = self._start(request, text, encoded["offset_mapping"][n]) if find_response else None
            if self.limit is not None and len(ids) > self.limit:
                yield self._too_long(request, text, ids)
            else:
                yield Read(request, np.array(ids, dtype=np.int32), start)

    def _text(self, request: Request) -> str:
        if self.options.wire is not None:
            return self.options.text(request)
        return self._chat(self.options.messages(request))

    def _chat(self, messages: Messages) -> str:
        from jinja2 import TemplateError

        try:
            said = self.tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=self.options.generation_prompt,
                date_string=TODAY,
            )
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise AdapterError(f"{self.name}: its chat template refuses the chat ({one_line(str(error))})") from error
        return str(said)

    def _check_template(self) -> None:
        """Raises AdapterError for a chat template that leaves out a turn: the model would be judged on less."""
        turns = self.options.messages(_PLAIN)
        for turn in turns:
            turn["content"] = f"{turn['role'].title()}-Turn"
        said = self._chat(turns).lower()
        for turn in turns:
            if turn["content"].lower() not in said:
                raise AdapterError(f"{self.name}: its chat template leaves out the {turn['role']} turn")

    def _encode(self, texts: list[str], *, offsets: bool) -> dict[str, list[list[Any]]]:
        if offsets and not self.tokenizer.is_fast:
            raise ConfigError(
                f"{self.name}: its tokenizer does not say where tokens stand in the text (not a fast one)"
            )
        encoded = self.tokenizer(
            texts,
            add_special_tokens=self.options.sends_special_tokens(),
            return_attention_mask=False,
            return_token_type_ids=False,
            return_offsets_mapping=offsets,
            verbose=False,  # it would warn of long texts, which are dealt with here
        )
        ids = encoded["input_ids"]
        if self.options.append_eos:
            end = self.tokenizer.eos_token_id
            ids = [found if found and found[-1] == end else [*found, end] for found in ids]
        return {"input_ids": ids, "offset_mapping": encoded["offset_mapping"] if offsets else []}

    def _check_bos(self) -> None:
        """Raises AdapterError where every text would begin with two BOS: a text's own may stand where it likes."""
        bos, ids = self.tokenizer.bos_token_id, self._encode([self._text(_PLAIN)], offsets=False)["input_ids"][0]
        if bos is not None and len(ids) > 1 and ids[0] == ids[1] == bos:
            raise AdapterError(
                f"{self.name}: the text begins with {self.tokenizer.bos_token!r} and the tokenizer adds another; "
                "--set special_tokens=no"
            )

    def _start(self, request: Request, text: str, offsets: Sequence[tuple[int, int]]) -> int:
        """The first token of the response. Raises AdapterError where the text does not hold it as it is."""
        span = self._response(request, text)
        if span is not None:
            found = next((n for n, (_, end) in enumerate(offsets) if end > span[0]), None)
            if found:
                return found
        raise AdapterError(
            f"{self.name}: the response cannot be found in the text that the template makes of it, or nothing before it"
        )

    def _parts(self, request: Request, text: str) -> Iterator[tuple[str, int, int]]:
        """Where the parts of a request stand in its text: name, start, end; those that stand in it as they are."""
        whole = filled("{query}", request).strip() in text
        for part in ("query" if whole else "instruction", "requirement"):
            said = filled(f"{{{part}}}", request).strip()  # templates take off what surrounds a turn
            place = text.find(said)
            if said and place >= 0:
                yield part, place, place + len(said)
        span = self._response(request, text)
        if span is not None:
            yield "response", *span

    def _response(self, request: Request, text: str) -> tuple[int, int] | None:
        """Where the response stands: between what surrounds another response, as a short one may stand elsewhere too.

        Where the template treats the two differently, the last place where it stands as it is; None where it does not.
        """
        marked = self._text(replace(request, responses=(_MARK,)))
        head, found, tail = marked.rpartition(_MARK)
        as_it_is = text.startswith(head) and text.endswith(tail) and len(head) + len(tail) <= len(text)
        if found and as_it_is:
            return len(head), len(text) - len(tail)
        said = request.responses[0].strip()
        place = text.rfind(said)
        return (place, place + len(said)) if said and place >= 0 else None

    def _too_long(self, request: Request, text: str, ids: Sequence[int]) -> Read | Score:
        assert self.limit is not None
        cut = self.options.truncation
        if cut == "none":
            return Score.missing(
                request,
                "truncated",
                f"{len(ids):,} tokens, and the model reads {self.limit:,}; --set truncation=middle cuts such texts",
            )
        front, back = self._added  # as transformers has it, they are not cut off
        left = {"right": max(0, self.limit - back), "left": min(front, self.limit), "middle": self.limit // 2}[cut]
        right = self.limit - left
        kept = [*ids[:left], *(ids[-right:] if right else ())]
        lost = self._lost(request, text, left, len(ids) - right)
        said = f"cut {len(ids) - self.limit:,} of {len(ids):,} tokens ({cut}): {lost}"
        return Read(request, np.array(kept, dtype=np.int32), cut=said)

    @cached_property
    def _added(self) -> tuple[int, int]:
        """How many tokens are put before and after a text by the tokenizer and by append_eos."""
        bare = self.tokenizer("x", add_special_tokens=False)["input_ids"]
        full = self._encode(["x"], offsets=False)["input_ids"][0]
        front = next((n for n in range(len(full)) if full[n : n + len(bare)] == bare), 0)
        return front, max(0, len(full) - len(bare) - front)

    def _lost(self, request: Request, text: str, start: int, end: int) -> str:
        """The parts of a request that lost tokens."""
        if not self.tokenizer.is_fast:
            return "parts unknown"
        offsets = self._encode([text], offsets=True)["offset_mapping"][0]
        spans = [span for span in offsets[start:end] if span[1] > span[0]]
        if not spans:
            return "special tokens"
        first, last = spans[0][0], spans[-1][1]
        parts = [part for part, begin, stop in self._parts(request, text) if begin < last and first < stop]
        return ", ".join(parts) or "the text around the parts"
