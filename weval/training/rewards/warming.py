"""A little language for a policy that was made here: with random weights no text is better than another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from weval.randomness import generator
from weval.training.rewards.prompts import Example, prompt_ids
from weval.training.sections import WarmStart

if TYPE_CHECKING:
    from torch import Tensor

SHORTEST, LONGEST = 0.25, 0.75
"""The lengths of passages that are learnt from, as shares of what the policy may write: it may grow and shrink."""

IGNORED = -100
"""The label of a token that no loss is computed for, to transformers."""

_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*(?=\s)|[。！？][”’」』]*")

Learnt = tuple[list[int], list[int]]
"""The tokens of a prompt and a passage, and the labels of each."""


def passage(text: str, begin: float, n_chars: int) -> str:
    """A stretch of a text from the first sentence that begins after a share of it, to the last that fits whole.

    From the beginning of the text where no sentence begins later; to the last word where no sentence fits.

    >>> passage("One day. The tea was cold. She left.", 0.1, 20), passage("Onceuponatime there was", 0.9, 20)
    ('The tea was cold.', 'Onceuponatime there')
    """
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    start = next((end for end in ends if end >= begin * len(text) and text[end:].strip()), 0) if begin else 0
    rest = text[start:].lstrip()
    if len(rest) <= n_chars:
        return rest
    fit = [found.end() for found in _SENTENCE_END.finditer(rest[: n_chars + 1]) if found.end() <= n_chars]
    return rest[: fit[-1]] if fit else rest[:n_chars].rpartition(" ")[0] or rest[:n_chars]


def learnt(examples: Sequence[Example], tokenizer: Any, limit: int, n: int, seed: int) -> Iterator[Learnt]:  # noqa: ANN401
    """So many prompts, each with a passage of one of its answers, of at most three quarters of `limit` tokens.

    None where there are no answers.
    """
    answered = [each for each in examples if each.answers]
    drawn = generator(seed, "passages")
    for _ in range(n if answered else 0):
        each = answered[drawn.integers(len(answered))]
        answer = each.answers[drawn.integers(len(each.answers))]
        per_token = len(answer) / max(1, len(tokenizer(answer, add_special_tokens=False)["input_ids"]))
        n_chars = max(1, int(per_token * limit * drawn.uniform(SHORTEST, LONGEST)))
        text = passage(answer, drawn.uniform(), n_chars)
        said = [*tokenizer(text, add_special_tokens=False)["input_ids"][: limit - 1], tokenizer.eos_token_id]
        asked = prompt_ids(each.prompt, tokenizer, reasoning=False)
        yield asked + said, [IGNORED] * len(asked) + said


def learn(model: Any, texts: Sequence[Learnt], how: WarmStart) -> list[float]:  # noqa: ANN401
    """Trains all weights on the texts, a batch after the other, the rate falling to nothing; the loss of each step.

    The model is changed in place.
    """
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=how.learning_rate)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / how.steps)
    losses = list[float]()
    model.train()
    for step in range(how.steps):
        loss = model(**_batch(texts[step * how.batch : (step + 1) * how.batch], model.device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def _batch(texts: Sequence[Learnt], device: Any) -> dict[str, Tensor]:  # noqa: ANN401
    """Texts side by side, padded to the longest."""
    import torch

    longest = max(len(ids) for ids, _ in texts)
    return {
        name: torch.tensor([part + [fill] * (longest - len(part)) for part in parts], device=device)
        for name, fill, parts in (
            ("input_ids", 0, [ids for ids, _ in texts]),
            ("labels", IGNORED, [labels for _, labels in texts]),
            ("attention_mask", 0, [[1] * len(ids) for ids, _ in texts]),
        )
    }
