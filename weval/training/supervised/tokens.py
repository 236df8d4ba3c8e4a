"""Lessons as TRL's SFTTrainer takes them: tokens, and labels that leave the prompt out of the loss.

A chat is put into tokens as it is when the model is asked (weval/textmodels/local/chat.py), so that training and use
cannot differ, and no text can pass for the end of its turn. TRL would cut what is too long without a word; here it is
cut or left out before, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weval.errors import ConfigError, ResultError
from weval.textmodels.local.chat import Chat, Unreadable
from weval.training.sections import Profile, Supervision
from weval.training.supervised.lessons import Lesson
from weval.wording import counted

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""The label of a token that no loss is computed for, to transformers."""


@dataclass(frozen=True, slots=True)
class Tokenised:
    """Columns of a data set, and the places of the lessons that are in it; what was cut or left out is counted."""

    columns: dict[str, list[list[int]]]
    places: tuple[int, ...]
    n_cut: int
    left_out: dict[str, int]

    def told(self, limit: int | None) -> list[str]:
        """What was cut and left out, in words."""
        said = {
            f"longer with the prompt than {limit or 0:,} tokens, and cut, without an end": self.n_cut,
            **{f"left out: {reason}": n for reason, n in self.left_out.items()},
        }
        return [f"{counted(n, 'text')} {words}" for words, n in said.items() if n]


def tokenised(lessons: Iterable[Lesson], tokenizer: PreTrainedTokenizerBase, profile: Profile) -> Tokenised:
    """The lessons in tokens, in their order. A text ends in the token that ends a turn, unless it was cut.

    Raises ConfigError for a model without a chat template, ResultError where there are lessons and none is left.
    """
    chat, limit = Chat(tokenizer, profile.model.base), profile.optimisation.max_tokens
    over_long = (profile.supervision or Supervision()).over_long
    rows, places, lost, n_cut = list[tuple[list[int], list[int]]](), list[int](), Counter[str](), 0
    place, end = -1, end_of_turn(chat)
    for place, lesson in enumerate(lessons):
        try:
            asked, text = chat.ids(lesson.asked), _ids(lesson.text, chat, end)
        except Unreadable as error:
            lost[str(error)] += 1
            continue
        is_long = limit is not None and len(asked) + len(text) > limit
        if is_long and (over_long == "leave-out" or len(asked) >= (limit or 0)):
            lost[f"longer than {limit:,} tokens"] += 1
            continue
        n_cut += is_long
        rows.append(((asked + text)[:limit], ([IGNORED] * len(asked) + text)[:limit]))
        places.append(place)
    if place >= 0 and not rows:
        raise ResultError(f"nothing is left to learn from: {', '.join(lost)}")
    columns = {"input_ids": [ids for ids, _ in rows], "labels": [labels for _, labels in rows]}
    return Tokenised(columns, tuple(places), n_cut, dict(lost))


def end_of_turn(chat: Chat) -> int:
    """The token that ends what the model says: the one that its chat template writes there, else that of its tokenizer.

    Raises ConfigError where there is neither.
    """
    ends = chat.ends()
    found = sorted(ends - {chat.tokenizer.eos_token_id}) or sorted(ends)
    if not found:
        raise ConfigError(f"{chat.name}: no token ends a turn")
    return found[0]


def _ids(text: str, chat: Chat, end: int) -> list[int]:
    """A text as the model would have written it. Raises Unreadable for one with tokens in it that control the model."""
    if chat.held([text]):
        raise Unreadable("a text to be learnt has words in it that control the model")
    ids: list[int] = chat.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return [*ids, end]
