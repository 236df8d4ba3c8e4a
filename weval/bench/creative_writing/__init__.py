"""Creative Writing Bench v3: 32 prompts, a judge's scores on 22 criteria, and comparisons that give ratings."""

from weval.bench.creative_writing.criteria import CRITERIA, IGNORED_PROMPTS, NEGATIVE, PAIRWISE
from weval.bench.creative_writing.pairwise import (
    Game,
    Match,
    Pluses,
    bins,
    fraction,
    matches,
    outcome,
    parse_pairwise,
    pluses,
    ratings,
)
from weval.bench.creative_writing.parsing import parse_scores
from weval.bench.creative_writing.scoring import aggregate, piece_score, recorded_pieces
from weval.bench.creative_writing.trueskill import Rating, normalised, trueskill

__all__ = [
    "CRITERIA",
    "IGNORED_PROMPTS",
    "NEGATIVE",
    "PAIRWISE",
    "Game",
    "Match",
    "Pluses",
    "Rating",
    "aggregate",
    "bins",
    "fraction",
    "matches",
    "normalised",
    "outcome",
    "parse_pairwise",
    "parse_scores",
    "piece_score",
    "pluses",
    "ratings",
    "recorded_pieces",
    "trueskill",
]
