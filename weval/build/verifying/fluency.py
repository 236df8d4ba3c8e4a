"""Does dropping requirements spoil the text itself? Each answer beside the one that kept all, in both orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from weval.adapters import setting_names
from weval.audit.shares import GroupCounts, shares, summed
from weval.build.verifying.findings import Beside, Read
from weval.build.verifying.judging import Judge
from weval.joined import Block, Joined
from weval.types import Item

PROMPT = "fluency-pairwise"
BEST = "v1"

_SIGNS = {"better": 1, "equal": 0, "worse": -1}


def reader_of(model: str, settings: Mapping[str, str]) -> Judge:
    """The judge of fluency: asked about each answer and the best one only, and by our prompt, if it reads prompts.

    What the settings say of the other judge's prompt and questions is not for this one.
    """
    own = {name: value for name, value in settings.items() if name not in ("prompt", "wording", "judged_on")}
    if "prompt" in (setting_names(model) or ()):
        own["prompt"] = PROMPT
    return Judge("reader", model, {**own, "against": BEST})


def shown(item: Item) -> Item:
    """The item with its candidates named by their places, so that the best has the same name everywhere."""
    renamed = (one.model_copy(update={"id": f"v{place}"}) for place, one in enumerate(item.candidates, start=1))
    return item.model_copy(update={"candidates": tuple(renamed)})


def read(joined: Joined, items: Sequence[Item], model: str) -> Read:
    """The shares from the answers about `shown` items; an answer's points are the mean of both orders."""
    counts = {name: GroupCounts() for name in _SIGNS}
    contradictory = missing = 0
    for block in joined.blocks:
        points, known, torn = _points(block)
        contradictory += int(torn.sum())
        missing += int((~known).sum())
        dropped = block.types.shape[1] - block.gold[:, 1:]
        signs = np.sign(points - 0.5)
        for row, place in zip(*np.nonzero(known), strict=True):
            for name, sign in _SIGNS.items():
                hit = int(signs[row, place] == sign)
                counts[name].add(int(block.positions[row]), int(dropped[row, place]), hit, 1)
    by_group = {name: found.by_group(len(items)) for name, found in counts.items()}
    groups = sorted({group for found in by_group.values() for group in found}, key=int)
    parts = shares({(name, group): by_group[name][group] for name in _SIGNS for group in groups})
    sums = {name: total for name, found in by_group.items() if (total := summed(found))}
    overall = shares(sums)
    return Read(
        model=model,
        n_contradictory=contradictory,
        n_missing=missing,
        overall=Beside(**{name: overall.get(name) for name in _SIGNS}),
        by_dropped={group: Beside(**{name: parts.get((name, group)) for name in _SIGNS}) for group in groups},
    )


def _points(block: Block) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Of each answer but the best, (m, n - 1): its points, whether both orders have some, and whether they disagree."""
    shown_second, shown_first = 1 - block.answers[:, 0, 1:], block.answers[:, 1:, 0]
    known = block.applicable[:, 0, 1:] & block.applicable[:, 1:, 0]
    points = np.where(known, (shown_second + shown_first) / 2, np.nan)
    torn = known & (np.sign(shown_second - 0.5) * np.sign(shown_first - 0.5) < 0)
    return points, known, torn
