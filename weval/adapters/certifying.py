"""The fixed texts on which every computing adapter is tried before a run, and what their scores must not look like.

The first query has an easy pair: an answer, and something beside the point. The texts differ in length, language and
ending, so that padding, truncation and the pooled token show. They are no benchmark: nothing here asks which is better.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from weval.errors import AdapterError
from weval.types import Drift, Request, Requirement, Unit

TRYING = "trying the model on fixed texts"
"""What the user is told meanwhile."""

_ROUNDING = {"float32": 2**-10, "float16": 2**-7, "bfloat16": 2**-5}
"""Share of the largest score by which another may move, by the precision of the layers."""

_TEA = (
    "Write two sentences about how tea is made, for a child.",
    ("Mention water.", "End with a question."),
    (
        "First you warm some water until it sings in the kettle, and then you pour it over the dry leaves and wait. "
        "Can you smell how the leaves wake up?",
        "asdf qwer 12 12 12 12",
        "Tea is made of leaves.",
        "Water. Leaves. A cup, a spoon, and a little patience: the water turns brown while you count to one hundred. "
        "While you count you may think of the hill where the leaves grew, of the rain that fell on it, of the people "
        "who picked them in the morning, when the sun was low, and of the ship that brought them here across the sea. "
        "Then you take the leaves out, for they have given what they had, and you add milk if you like milk, or a "
        "slice of lemon if you do not, and you blow on it, because it is hot, and you drink it. Shall we make some?\n",
    ),
)
_CITY = (
    "Describe your city to a friend who has never been there.",
    ("Use at most 40 words.", "Name one street."),
    (
        "It lies on a river, it is loud, and in spring the whole of Linden Street smells of bread.",
        "## My city\n\n- a river\n- a market\n- **Linden Street**, where the bakers are",
        "I would rather not say.",
    ),
)
_RAIN = (
    "请用三句话描写一场秋雨。",
    ("写到窗户。", "最后一句要短。"),
    ("雨从清晨下起，把整条街洗成了灰色。窗户上挂满了水珠，像一页没有写完的信。秋天到了。", "今天天气很好，太阳很大。"),
)


def fixed_requests(unit: Unit) -> list[Request]:
    """The fixed requests for a unit of response or requirement; the first is the easy answer, the second beside it."""
    asked = []
    for number, (instruction, texts, responses) in enumerate((_TEA, _CITY, _RAIN)):
        requirements = tuple(Requirement(id=f"c{n}", text=text) for n, text in enumerate(texts, start=1))
        language = "zh" if number == 2 else "en"
        query = ("" if language == "zh" else " ").join((instruction, *texts))
        for one in requirements if unit == "requirement" else (None,):
            for place, response in enumerate(responses):
                name = f"certificate-{number}-{place}" + (f"-{one.id}" if one else "")
                group = f"certificate-{number}"
                asked.append(
                    Request(name, group, query, instruction, language, requirements, (response,), requirement=one)
                )
    return asked


def check_finite(name: str, value: float, n_tokens: int) -> None:
    """Raises AdapterError for a score that is no number."""
    if not math.isfinite(value):
        raise AdapterError(
            f"{name} gave {value} for a text of {n_tokens:,} tokens: its numbers overflow; "
            "--set dtype=bfloat16, or float32"
        )


def check_read(name: str, asked: Sequence[Request], read: Collection[str], limit: int | None) -> None:
    """Raises AdapterError where the easy pair is not among the requests, by id, whose texts the model could read."""
    if not {request.id for request in asked[:2]} <= {*read}:
        raise AdapterError(f"{name}: reads {limit} tokens, too few for the texts it is tried on")


def check_plausible(name: str, scores: Mapping[str, float], *, bounded: bool) -> None:
    """Raises AdapterError where scores of the fixed requests, by request id, cannot come from a working model.

    The same for both texts of the easy pair: whatever was scored, it was not the response. All within 0 to 1 though
    the scores are meant to be unbounded: somebody took a sigmoid or a softmax on the way, which ties what is good.
    """
    values = list(scores.values())
    if values[0] == values[1]:
        raise AdapterError(
            f"{name} gives an answer and a text beside the point the same score ({values[0]:g}): it does not score the "
            "response. Check the chat template or wire format, the pad token and the head"
        )
    if not bounded and all(0 <= value <= 1 for value in values):
        raise AdapterError(
            f"{name} gives scores between 0 and 1 only ({min(values):.4g} to {max(values):.4g}), as after a sigmoid or "
            "softmax, which ties what is good; ask for the raw score, or --set bounded=true if that is what it gives"
        )


def rounding(dtype: str, scores: Iterable[float]) -> float:
    """How far rounding in a precision may move scores of such a size; what moves them more is something else.

    >>> rounding("bfloat16", [-8.0, 2.0])
    0.25
    """
    return _ROUNDING.get(dtype, _ROUNDING["bfloat16"]) * max([1.0, *map(abs, scores)])


def check_repeated(name: str, drift: Drift, limit: float) -> None:
    """Raises AdapterError where the same texts, scored again in the same way, moved by more than rounding."""
    if drift.largest > limit:
        raise AdapterError(
            f"{name}: scored twice, a text got scores {drift.largest:.2g} apart: something in it is random "
            "(dropout that is not switched off?), and so is a ranking by it"
        )


def drift_between(requests: Sequence[Request], before: Sequence[float], after: Sequence[float]) -> Drift:
    """How far scores of the same requests moved, and how many pairs of responses to one question changed order.

    A pair that is tied on one side only counts as flipped.
    """
    largest = max(abs(b - a) for a, b in zip(before, after, strict=True))
    flipped = n_pairs = 0
    for i, j in combinations(range(len(requests)), 2):
        one, other = requests[i], requests[j]
        if one.group == other.group and one.requirement == other.requirement:
            n_pairs += 1
            flipped += _sign(before[i] - before[j]) != _sign(after[i] - after[j])
    return Drift(largest=largest, flipped=flipped, n_pairs=n_pairs)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
