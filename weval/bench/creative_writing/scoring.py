"""From the scores of pieces to the score of a writer.

Source: EQ-bench/creative-writing-bench at e7ab0091, core/scoring.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean
from typing import Any

from weval.bench.creative_writing.criteria import CRITERIA, NEGATIVE
from weval.bench.creative_writing.parsing import HIGHEST
from weval.bench.items import Mode, is_original

PERCENT = 5.0
"""From 0..20 to 0..100."""


def piece_score(scores: Mapping[str, float], mode: Mode = "repaired") -> float | None:
    """The score of one piece from 0 to 20, higher is better: the mean over criteria, of negative ones 20 minus theirs.

    Repaired: None unless all 22 criteria are there, each from 0 to 20. Original: the mean of those that are there,
    under any name; a name that is not exactly that of a negative criterion counts as a positive one, and what is above
    20 after that is left out. None where nothing is left.

    >>> piece_score({"Coherent": 18, "- Meandering": 18}, mode="original"), piece_score({"Coherent": 18})
    (18.0, None)
    """
    if is_original(mode):
        turned = [HIGHEST - value if name in NEGATIVE else value for name, value in scores.items() if value <= HIGHEST]
        kept = [value for value in turned if value <= HIGHEST]
        return sum(kept) / len(kept) if kept else None
    if not all(0 <= scores.get(name, -1.0) <= HIGHEST for name in CRITERIA):
        return None
    return fmean(HIGHEST - scores[name] if name in NEGATIVE else scores[name] for name in CRITERIA)


def aggregate(pieces: Iterable[tuple[str, Mapping[str, float]]], mode: Mode = "repaired") -> dict[str, float | None]:
    """The score of a writer from the scores of its pieces, given as prompt and scores by criterion.

    `overall_score` is from 0 to 20, `eqbench_creative_score` five times that. Repaired: the mean over prompts of the
    mean over a prompt's pieces, so that a prompt with pieces missing weighs as much as the others; pieces without a
    score are missing, for the caller to count; None where there is none. Original: the mean over pieces, whatever the
    prompt, at two decimals; 0 where there is none.

    >>> aggregate([("1", {"Coherent": 10}), ("2", {"Coherent": 20}), ("2", {})], mode="original")
    {'overall_score': 15.0, 'eqbench_creative_score': 75.0}
    """
    by_prompt: dict[str, list[float]] = {}
    for prompt, scores in pieces:
        if (score := piece_score(scores, mode)) is not None:
            by_prompt.setdefault(prompt, []).append(score)
    if is_original(mode):
        every = [score for of_prompt in by_prompt.values() for score in of_prompt]
        mean = sum(every) / len(every) if every else 0.0
        return {"overall_score": round(mean, 2), "eqbench_creative_score": round(mean * PERCENT, 2)}
    overall = fmean(map(fmean, by_prompt.values())) if by_prompt else None
    return {"overall_score": overall, "eqbench_creative_score": None if overall is None else overall * PERCENT}


def recorded_pieces(tasks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, float]]]:
    """The pieces in a run of the original: tasks with `results_by_modifier`, each of them with `judge_scores`.

    A prompt is called by its place, from 1.

    >>> list(recorded_pieces([{"results_by_modifier": {"rain": {"judge_scores": {"Coherent": 9}}}}]))
    [('1', {'Coherent': 9})]
    """
    for at, task in enumerate(tasks, start=1):
        for result in task["results_by_modifier"].values():
            yield str(at), result["judge_scores"]
