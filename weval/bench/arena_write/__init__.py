"""Arena-Write: a writer beside six baselines, judged in both orders; win rates and ratings from the verdicts."""

from weval.bench.arena_write.parsing import VERDICTS, Rule, parse_verdict, points_of_a
from weval.bench.arena_write.ratings import (
    ANCHOR_ELO,
    ELO_PER_LOG_ODDS,
    bradley_terry,
    elo,
    elo_intervals,
    win_probability,
)
from weval.bench.arena_write.scoring import (
    Battle,
    Game,
    PositionBias,
    WinRate,
    battles,
    position_bias,
    published_scores,
    win_rate,
)
from weval.bench.arena_write.tables import WRITER, pooled

__all__ = [
    "ANCHOR_ELO",
    "ELO_PER_LOG_ODDS",
    "VERDICTS",
    "WRITER",
    "Battle",
    "Game",
    "PositionBias",
    "Rule",
    "WinRate",
    "battles",
    "bradley_terry",
    "elo",
    "elo_intervals",
    "parse_verdict",
    "points_of_a",
    "pooled",
    "position_bias",
    "published_scores",
    "win_probability",
    "win_rate",
]
