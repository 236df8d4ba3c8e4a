"""Best of n: of several texts a reward model chooses one, and the benchmark says what that is worth, for every n."""

from weval.bench.best_of.beside import Beside, beside
from weval.bench.best_of.readback import divided, rescore_best_of
from weval.bench.best_of.result import BestOf, BestOfResult, Point
from weval.bench.best_of.run import BestOfRun, estimate_best_of, run_best_of

__all__ = [
    "Beside",
    "BestOf",
    "BestOfResult",
    "BestOfRun",
    "Point",
    "beside",
    "divided",
    "estimate_best_of",
    "rescore_best_of",
    "run_best_of",
]
