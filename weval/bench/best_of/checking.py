"""Whether a benchmark has a best of n, and what makes the N texts of an item different ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weval.bench.catalogue import benchmark_class
from weval.bench.estimate import Supposed
from weval.bench.items import is_original
from weval.bench.models import WRITER, named
from weval.bench.ready import BenchRun, Ready
from weval.errors import ConfigError
from weval.textmodels import backend_of

SEED, TEMPERATURE = "sampling_seed", "temperature"


def check_written(name: str) -> None:
    """Raises ConfigError for a benchmark in which nothing is written, whatever its settings and its data are."""
    kind = benchmark_class(name)
    if all(step.role != "writer" for step in kind.steps(kind.options_type())):
        raise ConfigError(f"--best-of: {name}: nothing is written in it; there are no texts to choose among")


def check_benchmark(ready: Ready) -> None:
    """Raises ConfigError for a benchmark whose figures are not sums over texts, one for each item."""
    name, options = ready.spec.benchmark, ready.benchmark.options
    writing = [step for step in ready.steps if step.role == "writer"]
    if len(writing) > 1:
        raise ConfigError(f"--best-of: {name}: its texts are written in several steps; one text is chosen by itself")
    if is_original(options.mode):
        raise ConfigError("--best-of: mode=original: what the published scripts drop cannot be chosen; leave the mode")
    for item in ready.items:
        parts = ready.benchmark.parts(writing[0], item, Supposed())
        if len(parts) != 1:
            more = "; see --set iterations=1" if "iterations" in type(options).model_fields else ""
            raise ConfigError(f"--best-of: {name}: an item has {len(parts)} texts; one is chosen for each item{more}")


def check_temperature(ready: Ready, settings: Mapping[str, str]) -> None:
    """Raises ConfigError for a writer that always writes the same."""
    step = next(step for step in ready.steps if step.role == "writer")
    usual = {**ready.benchmark.data.spec.writer, **step.sampling}.get(TEMPERATURE)
    said = settings.get(WRITER + TEMPERATURE, usual)
    if said is not None and float(said) == 0:
        raise ConfigError(f"--best-of: writer.{TEMPERATURE}=0: all texts of an item would be the same")


def seeds_of(run: BenchRun, settings: Mapping[str, str], n: int) -> Iterator[dict[str, str]]:
    """For each sample the setting that has its texts drawn by themselves: the seed that was given (0), the next …

    Nothing for a writer that takes no seed, and draws anew each time.
    """
    takes = not run.responses and SEED in backend_of(named(str(run.model), {}).reference)[0].uses
    first = int(settings.get(WRITER + SEED, "0"))  # which is a number: it was checked before
    yield from ({WRITER + SEED: str(first + sample)} if takes else {} for sample in range(n))
