"""What a loaded model is asked, in tokens, and what it wrote, as replies: the same for whoever computes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from weval.textmodels.local.chat import Chat, Unreadable
from weval.textmodels.local.model import is_reasoning_tag, until_stop
from weval.textmodels.local.sampling import Sampling
from weval.types import Prompt, Reply


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt in tokens, and how many may follow."""

    prompt: Prompt
    ids: list[int]
    limit: int


class Tasks:
    """Makes tasks of prompts, and replies of tokens.

    `context` is how many tokens the model reads and writes together (None: no limit is known); `own_ends` are the ones
    that end a reply by its configuration.
    """

    def __init__(
        self,
        chat: Chat,
        sampling: Sampling,
        context: int | None,
        own_ends: int | Iterable[int] | None,
        stop: str | None,
    ) -> None:
        self.chat, self.sampling, self.context, self.stop = chat, sampling, context, stop
        self.tokenizer = chat.tokenizer
        own = {own_ends} if isinstance(own_ends, int) else set(own_ends or ())
        added: Mapping[str, int] = self.tokenizer.added_tokens_encoder
        self.is_stop_a_token = stop in added
        stops = {token for text, token in added.items() if text == stop}
        self.ends = frozenset(own | stops | chat.ends())

    def of(self, prompts: Iterable[Prompt]) -> tuple[list[Task], list[Reply]]:
        """Tasks for prompts, and replies to those that cannot be asked."""
        found = [self._read(prompt) for prompt in prompts]
        tasks = [one for one in found if isinstance(one, Task)]
        return tasks, [one for one in found if isinstance(one, Reply)]

    def _read(self, prompt: Prompt) -> Task | Reply:
        try:
            ids = self.chat.ids(prompt.messages)
        except Unreadable as error:
            return Reply(prompt.id, "failed", reason=str(error))
        if self.context is not None and len(ids) >= self.context:
            reason = f"the prompt has {len(ids):,} tokens, and the model reads and writes {self.context:,}"
            return Reply(prompt.id, "truncated", reason=reason, tokens_in=len(ids), tokens_out=0)
        room = self.sampling.max_tokens if self.context is None else self.context - len(ids)
        return Task(prompt, ids, min(self.sampling.max_tokens, room))

    def reply(
        self,
        task: Task,
        ids: Sequence[int],
        probabilities: Mapping[str, float],
        seconds: float,
        *,
        keeps_schema: bool = False,
    ) -> Reply:
        """The reply that was written; whole where a token or the stop text ended it, else cut off."""
        text, is_stopped = until_stop(self.text(ids), self.stop)
        prompt = task.prompt
        asked: dict[str, Any] = {} if prompt.schema is None else {"schema": keeps_schema or None}
        asked |= {"probabilities": bool(probabilities) or None} if prompt.labels else {}
        is_whole = is_stopped or (len(ids) > 0 and ids[-1] in self.ends) or len(ids) < task.limit
        return Reply(
            prompt.id,
            "ok" if is_whole else "truncated",
            text,
            None if is_whole else f"the reply was cut off at {len(ids):,} tokens",
            probabilities,
            tokens_in=len(task.ids),
            tokens_out=len(ids),
            seconds=seconds,
            sent={**self.sampling.sent, "max_tokens": task.limit, **asked},
        )

    def text(self, ids: Sequence[int]) -> str:
        """The text of tokens, without those that stand for none."""
        kept = [token for token in ids if token not in self._silent and token < len(self.tokenizer)]
        text: str = self.tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text

    def until_end(self, ids: Sequence[int]) -> list[int]:
        """What was written, with the token that ended it, without what stands after it."""
        end = next((n for n, token in enumerate(ids) if token in self.ends), len(ids))
        return list(ids[: end + 1])

    def labels(self, prompt: Prompt) -> list[int]:
        """The tokens that are a label of a prompt but for blanks."""
        wanted = frozenset(prompt.labels)
        if wanted not in self._labels:
            self._labels[wanted] = [token for token, text in self.token_texts.items() if text.strip() in wanted]
        return self._labels[wanted]

    @cached_property
    def token_texts(self) -> dict[int, str]:
        """The text of every token by itself."""
        tokens = range(len(self.tokenizer))
        texts = self.tokenizer.batch_decode([[n] for n in tokens], clean_up_tokenization_spaces=False)
        return dict(zip(tokens, texts, strict=True))

    @cached_property
    def _labels(self) -> dict[frozenset[str], list[int]]:
        return {}

    @cached_property
    def _silent(self) -> frozenset[int]:
        """Special tokens that stand for no text."""
        added: Mapping[int, Any] = self.tokenizer.added_tokens_decoder
        return frozenset(n for n, token in added.items() if token.special and not is_reasoning_tag(token.content))
