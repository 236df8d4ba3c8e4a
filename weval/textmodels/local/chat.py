"""Turns of a chat into tokens such that no text in them can end its turn, or begin one of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.types import Role

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Messages = Sequence[tuple[Role, str]]

TODAY = "26 Jul 2024"
"""The date that Llama's chat templates are given: the one they fall back on. Tomorrow a reply is the same."""

_TRIED: Messages = (("user", "Text"), ("assistant", "Answer"), ("user", "Text"))


class Unreadable(Exception):
    """A prompt that cannot be put into tokens safely, or not at all; others can."""


class Chat:
    """The chat template of a model and its tokenizer.

    A foreign text may hold `<|im_end|>`, and the tokenizer would take that for the end of the turn. So
    the tokens that control the model (special ones, and those that its template writes) are given secret names before
    the chat is tokenized, in the template's own text only; what looks like one in a text is tokenized as the letters it
    consists of. A text without any gives the tokens that everybody else's code gives. Two kinds cannot be protected:
    templates whose marks are plain text (as `[INST]` of the first Mistral) have nothing to tell apart; and tokenizers
    that are not of the `tokenizers` library cannot be renamed in, so a prompt with such a text raises Unreadable.

    Raises ConfigError for a model without a chat template.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        self.tokenizer: Any = tokenizer  # transformers types its calls as lists of lists of anything
        self.name = name
        if not self.tokenizer.chat_template:
            raise ConfigError(f"{name} has no chat template: it is not made for chats; take an instruct or chat model")
        self.controls: Mapping[str, int] = self._controls()
        self._pattern = re.compile("|".join(map(re.escape, sorted(self.controls, key=len, reverse=True))) or r"(?!)")
        self._renamed: Any = None

    def ids(self, messages: Messages) -> list[int]:
        """The chat as tokens, up to where the reply begins. Raises Unreadable."""
        if any(_SECRET in text or _MARK in text for _, text in messages):
            raise Unreadable(
                f"a text of the prompt holds {_SECRET!r} or {_MARK!r}, which stand for something else here"
            )
        refuse_halves(messages)
        held = self.held(text for _, text in messages)
        text = self.text(messages)
        if not held:
            ids: list[int] = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
            wanted = text
        else:
            marked = [(role, self._pattern.sub(lambda found: _mark(held[found[0]]), text)) for role, text in messages]
            wanted = self.text(marked)
            ids = self._with_secret_names(wanted, held)
        if not ids:
            raise Unreadable("the chat template makes an empty text of the prompt")
        if self._controlling(ids) != self._controlling(self.controls[found] for found in self._pattern.findall(wanted)):
            raise Unreadable("a text of the prompt holds what the tokenizer takes for a token that controls the model")
        return ids

    def held(self, texts: Iterable[str]) -> dict[str, int]:
        """The texts of control tokens that texts hold, numbered."""
        found = {name for text in texts for name in self._pattern.findall(text)}
        return {name: n for n, name in enumerate(sorted(found))}

    def text(self, messages: Messages) -> str:
        """The chat as text, up to where the reply begins. Raises Unreadable where the template refuses it."""
        return self._rendered(messages if self._takes_system else system_first(messages))

    @cached_property
    def _takes_system(self) -> bool:
        """Whether the template writes a system turn; some refuse it, some leave it out in silence."""
        try:
            return "System-Turn" in self._rendered((("system", "System-Turn"), ("user", "User-Turn")))
        except Unreadable:
            return False

    def _rendered(self, messages: Messages) -> str:
        from jinja2 import TemplateError

        turns = [{"role": role, "content": text} for role, text in messages]
        try:
            said = self.tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True, date_string=TODAY
            )
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise Unreadable(f"its chat template refuses the chat ({one_line(str(error), 160)})") from error
        return str(said)

    def ends(self) -> set[int]:
        """The tokens that end a reply: the tokenizer's, and the one that the template writes after an answer."""
        found = set() if self.tokenizer.eos_token_id is None else {int(self.tokenizer.eos_token_id)}
        try:
            tail = self.text(_TRIED).partition(_TRIED[1][1])[2]
        except Unreadable:
            return found
        first = self._pattern.match(tail.lstrip())
        return found | ({self.controls[first[0]]} if first else set())

    def _controls(self) -> dict[str, int]:
        """Tokens that control the model. Others were added too, by some for HTML tags or blanks: they are words."""
        added: Mapping[int, Any] = self.tokenizer.added_tokens_decoder
        special = {token.content: n for n, token in added.items() if token.special and token.content.strip()}
        try:
            said = self.tokenizer.apply_chat_template(
                [{"role": role, "content": text} for role, text in _TRIED], tokenize=False, add_generation_prompt=True
            )
        except Exception:  # noqa: BLE001 - a template may refuse this chat in any way; the prompt's own says so
            return special
        written = {token.content: n for n, token in added.items() if token.content.strip() and token.content in said}
        return special | written

    def _controlling(self, ids: Iterable[int]) -> list[int]:
        known = {*self.controls.values()} - {self.tokenizer.unk_token_id}  # that may stand for any rare sign
        return [token for token in ids if token in known]

    def _with_secret_names(self, text: str, held: Mapping[str, int]) -> list[int]:
        """The tokens of a text in which marks stand for what is to be read as letters."""
        if self._renamed is None:
            self._renamed = self._rename()
        text = self._pattern.sub(lambda found: _secret(self.controls[found[0]]), text)
        for name, n in held.items():
            text = text.replace(_mark(n), name)
        ids: list[int] = self._renamed.encode(text, add_special_tokens=False).ids
        return ids

    def _rename(self) -> Any:  # noqa: ANN401 - tokenizers.Tokenizer
        """A tokenizer that knows the control tokens by secret names only."""
        from tokenizers import Tokenizer

        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        if not isinstance(backend, Tokenizer):
            raise Unreadable(
                "a text of the prompt holds what its tokenizer would take for a token that controls the model, and it "
                "is none of the tokenizers library, which could be told not to"
            )
        content = json.loads(backend.to_str())
        content |= {"post_processor": None, "truncation": None, "padding": None}
        for token in content["added_tokens"]:
            if token["content"] in self.controls:
                token["content"] = _secret(token["id"])
        _rename_vocabulary(content["model"], self.controls)
        renamed = Tokenizer.from_str(json.dumps(content))
        if any(renamed.token_to_id(_secret(n)) != n for n in self.controls.values()):
            raise AdapterError(f"{self.name}: its tokenizer cannot tell texts from tokens that control the model")
        return renamed


def system_first(messages: Messages) -> Messages:
    """The chat with what the system turn says at the head of the user's, for models without system turns.

    >>> system_first((("system", "Be strict."), ("user", "Judge.")))
    [('user', 'Be strict.\\n\\nJudge.')]
    """
    said = [text for role, text in messages if role == "system"]
    turns = [turn for turn in messages if turn[0] != "system"]
    if said and turns:
        role, text = turns[0]
        turns[0] = (role, "\n\n".join([*said, text]))
    return turns


def refuse_halves(messages: Messages) -> None:
    """Raises Unreadable for half a character, which no tokenizer takes."""
    if any(_HALF.search(text) for _, text in messages):
        raise Unreadable("a text of the prompt holds half a character")


_HALF = re.compile("[\ud800-\udfff]")

_SECRET = "⟦\ue000"
_MARK = "⟦\ue001"
"""Begins with signs that are for private use, which no template changes or splits at."""


def _secret(token: int) -> str:
    return f"{_SECRET}{token}⟧"


def _mark(n: int) -> str:
    return f"{_MARK}{n}⟧"


def _rename_vocabulary(model: dict[str, Any], controls: Mapping[str, int]) -> None:
    """Renames tokens in the vocabulary of a tokenizer's model: a table, or for Unigram a list with scores."""
    vocabulary = model["vocab"]
    if model.get("unk_token") in controls:
        model["unk_token"] = _secret(controls[model["unk_token"]])
    if isinstance(vocabulary, dict):
        model["vocab"] = {_secret(n) if name in controls else name: n for name, n in vocabulary.items()}
    else:
        model["vocab"] = [[_secret(n) if name in controls else name, s] for n, (name, s) in enumerate(vocabulary)]
