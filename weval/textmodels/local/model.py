"""Models that are computed in this process: a window of prompts at a time, and replies are kept as they come."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from weval.textmodels.journal import Journal
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

WINDOW = 256
"""How many prompts are read before the first of them is answered, so that alike ones can be computed together."""

WINDOW_CHARS = 2**22
"""So many characters of them at most, or one prompt: a judge may be asked about texts of 150,000 characters each."""

N_OTHERS = 5
"""Of tokens that are no label, the most likely are told too."""

_REASONING = re.compile(r"\W{0,3}(\w{1,5}_of_)?(think|thinking|thought|reasoning)\W{0,3}", re.IGNORECASE)


class Local:
    """A model in this process. A backend says by `_identity` what it is, and answers a window by `_answered`.

    `holds` names the attribute that the weights come with, once they are loaded.
    """

    holds: ClassVar[str] = ""

    def __init__(self, model: str, options: TextModelOptions) -> None:
        self.model, self.options = model, options
        self.window = WINDOW

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model, by what makes it what it is, and the settings that could change a reply."""
        return {"model": self.model, **self._identity(), "settings": self.options.fingerprint()}

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """What it gives beside text."""
        return frozenset()

    def usd_of(self, tokens_in: int, tokens_out: int) -> None:
        """None: this machine is not paid by tokens."""

    @property
    def price_told(self) -> None:
        """None, as there is no price."""

    def let_go(self) -> None:
        """Frees the weights, as another model needs their memory. The next new prompt loads them again."""
        if self.__dict__.pop(self.holds, None) is not None:
            gc.collect()

    def keep_in(self, folder: Path) -> None:
        """Replies are written to this folder as they come, and those of an earlier session are not made again."""
        self._journal.keep_in(folder)

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """One reply per prompt; kept ones at once. The first new one loads the model. Raises AdapterError."""
        try:
            yield from self._replies(prompts)
        finally:
            if "_journal" in self.__dict__:
                self._journal.close()

    def _replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        fresh: list[Prompt] = []
        n_chars = 0
        for prompt in prompts:
            if kept := self._journal.get(prompt):
                yield kept
                continue
            fresh.append(prompt)
            n_chars += sum(len(text) for _, text in prompt.messages)
            if len(fresh) == self.window or n_chars >= WINDOW_CHARS:
                yield from self._kept(fresh)
                fresh, n_chars = [], 0
        if fresh:
            yield from self._kept(fresh)

    def _kept(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        by_id = {prompt.id: prompt for prompt in prompts}
        for reply in self._answered(prompts):
            self._journal.put(by_id[reply.prompt_id], reply)
            yield reply

    @cached_property
    def _journal(self) -> Journal:
        return Journal(self.fingerprint)

    def _identity(self) -> Mapping[str, Any]:
        """What makes the model what it is, beside its name and settings. May download it."""
        return {}

    def _answered(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        """One reply per prompt."""
        raise NotImplementedError


def until_stop(text: str, stop: str | None) -> tuple[str, bool]:
    """The text before the stop string, and whether it is in it.

    >>> until_stop("7 END 8", "END")
    ('7 ', True)
    """
    if not stop:
        return text, False
    before, found, _ = text.partition(stop)
    return before, bool(found)


def is_reasoning_tag(token: str) -> bool:
    """Whether a special token marks a model's reasoning: such stay in the text, so that it can be taken out.

    >>> [is_reasoning_tag(token) for token in ("<think>", "[/THINK]", "◁think▷", "<|im_end|>")]
    [True, True, True, False]
    """
    return _REASONING.fullmatch(token) is not None


def told(probabilities: Iterable[tuple[str, float]], labels: Iterable[str]) -> dict[str, float]:
    """Probabilities of tokens summed by text: those that are labels but for blanks, and a few of the most likely.

    >>> told([("7", 0.25), (" 7", 0.25), ("7", 0.25), ("x", 0.125)], ["7"])
    {'7': 0.5, ' 7': 0.25, 'x': 0.125}
    """
    wanted, summed = set(labels), dict[str, float]()
    for text, share in probabilities:
        summed[text] = summed.get(text, 0.0) + share
    ranked = sorted(summed.items(), key=lambda found: (-found[1], found[0]))
    others = [text for text, _ in ranked if text.strip() not in wanted][:N_OTHERS]
    return {text: share for text, share in ranked if text in others or text.strip() in wanted}
