"""The reward of Writing-RL: a judge compares a response with a reference, which gets better as the writer does."""

from weval.bench.writing_rl.extracting import extract_json, extract_solution
from weval.bench.writing_rl.references import References, starting_index
from weval.bench.writing_rl.reward import Strategy, reward, shown
from weval.bench.writing_rl.verdicts import Label, bracketed, parse_verdict

__all__ = [
    "Label",
    "References",
    "Strategy",
    "bracketed",
    "extract_json",
    "extract_solution",
    "parse_verdict",
    "reward",
    "shown",
    "starting_index",
]
