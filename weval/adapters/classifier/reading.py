"""Requests into tokens: the chat template or the wire format, one BOS, nothing cut unless that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from weval.adapters.classifier.options import HeadOptions
from weval.adapters.classifier.sharing import Ids
from weval.adapters.texts import filled
from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.types import Request, Score

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Read:
    """A request as the model reads it. `start` is the first token of the response, where that is asked for."""

    request: Request
    ids: Ids
    start: int | None = None
    cut: str | None = None


class Reader:
    """Tokenizes requests as its options say. `limit` is how many tokens the model can read (None: no limit is known).

    Raises ConfigError for a model without a chat template that is given no wire format, and for an end token it lacks.
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

    def read(self, requests: Sequence[Request], *, find_response: bool = False) -> Iterator[Read | Score]:
        """Each request as tokens, in order; a Score without a value where there is nothing to read, or too much."""
        texts = [self._text(request) for request in requests]
        encoded = self._encode(texts, offsets=find_response)
        for n, (request, text, ids) in enumerate(zip(requests, texts, encoded["input_ids"], strict=True)):
            if not ids:
                yield Score.missing(request, "failed", "the text is empty: there is no token to read")
                continue
            self._check_bos(ids)
            start = self._start(request, text, encoded["offset_mapping"][n]) if find_response else None
            if self.limit is not None and len(ids) > self.limit:
                yield self._too_long(request, text, ids)
            else:
                yield Read(request, np.array(ids, dtype=np.int32), start)

    def _text(self, request: Request) -> str:
        if self.options.wire is not None:
            return self.options.text(request)
        from jinja2 import TemplateError

        try:
            said = self.tokenizer.apply_chat_template(
                self.options.messages(request), tokenize=False, add_generation_prompt=self.options.generation_prompt
            )
        except TemplateError as error:
            raise AdapterError(f"{self.name}: its chat template refuses the chat ({one_line(str(error))})") from error
        return str(said)

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

    def _check_bos(self, ids: Sequence[int]) -> None:
        bos = self.tokenizer.bos_token_id
        if bos is not None and len(ids) > 1 and ids[0] == ids[1] == bos:
            raise AdapterError(
                f"{self.name}: the text begins with {self.tokenizer.bos_token!r} and the tokenizer adds another; "
                "--set special_tokens=no"
            )

    def _start(self, request: Request, text: str, offsets: Sequence[tuple[int, int]]) -> int:
        """The first token of the response. Raises AdapterError where the text does not hold it as it is."""
        for part, begin, _ in self._parts(request, text):
            if part == "response":
                found = next((n for n, (_, end) in enumerate(offsets) if end > begin), None)
                if found:
                    return found
        raise AdapterError(f"{self.name}: the response cannot be found in the text that the template makes of it")

    def _parts(self, request: Request, text: str) -> Iterator[tuple[str, int, int]]:
        """Where the parts of a request stand in its text: name, start, end; those that stand in it as they are."""
        place = 0
        for part in ("query", "requirement", "response"):
            said = request.responses[0] if part == "response" else filled(f"{{{part}}}", request)
            said = said.strip()  # templates take off what surrounds a turn
            place = text.rfind(said) if part == "response" else text.find(said)
            if said and place >= 0:
                yield part, place, place + len(said)

    def _too_long(self, request: Request, text: str, ids: Sequence[int]) -> Read | Score:
        assert self.limit is not None
        cut = self.options.truncation
        if cut == "none":
            return Score.missing(
                request,
                "truncated",
                f"{len(ids):,} tokens, and the model reads {self.limit:,}; --set truncation=middle cuts such texts",
            )
        left = {"right": self.limit, "left": 0, "middle": self.limit // 2}[cut]  # tokens kept at the start
        right = self.limit - left
        kept = [*ids[:left], *(ids[-right:] if right else ())]
        lost = self._lost(request, text, left, len(ids) - right)
        said = f"cut {len(ids) - self.limit:,} of {len(ids):,} tokens ({cut}): {lost}"
        return Read(request, np.array(kept, dtype=np.int32), cut=said)

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
