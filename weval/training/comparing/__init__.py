"""Writing-RL: a writer rewarded by comparison with references that get better as it does, on prompts worth training on.

Source: arXiv 2506.05760 (selection by margin, pairwise rewards, dynamic references) and Tongyi-Zhiwen/Writing-RL at
3f16f298, whose reward and schedule are repeated in the mode `original` (weval/bench/writing_rl).
"""

from weval.training.comparing.choosing import as_rows, choose, read_chosen
from weval.training.comparing.judges import hashes, open_judges
from weval.training.comparing.keeping import keeper, open_schedule, told
from weval.training.comparing.ladders import read_ladders
from weval.training.comparing.rewarding import open_comparisons

__all__ = [
    "as_rows",
    "choose",
    "hashes",
    "keeper",
    "open_comparisons",
    "open_judges",
    "open_schedule",
    "read_chosen",
    "read_ladders",
    "told",
]
