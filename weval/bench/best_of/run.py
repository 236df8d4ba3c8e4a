"""The whole way of a best of n: N ordinary runs of a benchmark, each of a text for every item; then their rewards.

The folder holds sample-1 to sample-N, the runs, and by-REWARD for each reward model that has chosen among their texts:
another one asks nobody else, and more texts are written beside those that are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from weval.bench.asking import Asking
from weval.bench.best_of.checking import check_benchmark, check_temperature, check_written
from weval.bench.best_of.curve import best_of
from weval.bench.best_of.given import divide_samples
from weval.bench.best_of.rating import REWARD, REWARDS, rated, request, reward_model, rewards_in, texts_of
from weval.bench.best_of.result import BestOf, BestOfIdentity, Computed
from weval.bench.best_of.samples import run_samples
from weval.bench.estimate import BenchEstimate, Line, estimate
from weval.bench.finish import BenchOutcome
from weval.bench.identity import BenchId
from weval.bench.ready import BenchRun, Ready, default_folder, prepare
from weval.bench.result import Maker
from weval.bench.run import forget, held
from weval.bench.told import Told
from weval.errors import ConfigError
from weval.files import as_file_name, write_json
from weval.identity import record_of
from weval.run import Watcher
from weval.store import RESULT
from weval.types import Adapter, Paid


@dataclass(frozen=True)
class BestOfRun:
    """What the user asked for: `run` as for one text, with settings of the reward model among its own; how many texts,
    and who chooses.
    """

    run: BenchRun
    n: int
    reward: str | None = None

    @property
    def for_reward(self) -> dict[str, str]:
        """The settings of the reward model."""
        settings = self.run.settings.items()
        return {name.removeprefix(REWARD): value for name, value in settings if name.startswith(REWARD)}

    @property
    def of_text(self) -> BenchRun:
        """The run for one text, with the settings that are its own."""
        settings = {name: value for name, value in self.run.settings.items() if not name.startswith(REWARD)}
        return replace(self.run, settings=settings)


def run_best_of(spec: BestOfRun, watcher: Watcher | None = None) -> BestOf:
    """Runs or continues a best of n and writes its result. Raises WevalError; what was replied before stays."""
    watcher = watcher or Watcher()
    adapter, ready = _prepared(spec, watcher)
    root = spec.run.out or _default_folder(ready)
    if spec.run.responses:
        divide_samples(spec.run.responses, root, spec.n)
    run = replace(spec.of_text, model=ready.writer.name)
    samples = run_samples(run, run.settings, spec.n, root, watcher)
    data, reward = ready.benchmark.data, Maker(name=str(spec.reward), fingerprint=dict(adapter.fingerprint))
    identity = BestOfIdentity(
        benchmark=BenchId(name=data.spec.name, version=data.spec.version, set=data.set_name),
        files=dict(data.used),
        reward=reward,
        unit=adapter.unit,
    )
    computed = Computed(n_texts=spec.n, resamples=ready.benchmark.options.resamples)
    with held(root / f"by-{as_file_name(reward.name)}", [REWARDS]) as folder:
        if run.fresh:
            forget(folder, [REWARDS], watcher)
        folder.begin(record_of(identity, computed, spec.run.settings, run.command, run.data))
        _rate(samples, adapter, folder.path, watcher)
        return finish_best_of(folder.path, samples, reward, computed)


def finish_best_of(folder: Path, samples: Sequence[BenchOutcome], reward: Maker, computed: Computed) -> BestOf:
    """Computes the result of what is there and writes it. Raises ResultError where not one item has a best of n."""
    with texts_of(samples) as choice, rewards_in(folder) as replies:
        found = rated(samples[0].items, choice, replies)
    made = best_of(folder, samples, found, reward, computed.resamples)
    write_json(folder / RESULT, made.result)
    return made


def estimate_best_of(spec: BestOfRun, watcher: Watcher | None = None) -> BenchEstimate:
    """What it would ask from its beginning: all texts are judged, so that the curve is exact. Nothing is asked."""
    adapter, ready = _prepared(spec, watcher or Watcher())
    n, one = spec.n, estimate(spec.of_text)
    lines = [
        replace(
            line,
            calls=n * line.calls,
            at_most=n * line.at_most,
            tokens_in=n * line.tokens_in,
            tokens_out=n * line.tokens_out,
            usd=None if line.usd is None else n * line.usd,
        )
        for line in one.lines
    ]
    lines.append(_rewards_line(spec, adapter, ready))
    prices = [line.usd for line in lines if line.usd is not None]
    return BenchEstimate(one.items, tuple(lines), sum(prices) if prices else None)


def _rewards_line(spec: BestOfRun, adapter: Adapter, ready: Ready) -> Line:
    """A reward for each text, which has a word of four letters for each token that texts usually have."""
    sizes = [ready.benchmark.usual_tokens(item) for item in ready.items]
    asked = [
        request("1", item, item.prompt, "word" * size, adapter.unit)
        for item, size in zip(ready.items, sizes, strict=True)
    ]
    costs = [adapter.expected_usd(one) for one in asked] if isinstance(adapter, Paid) else []
    known = [spec.n * cost for cost in costs if cost is not None]
    calls, tries = spec.n * len(asked), ready.benchmark.options.tries
    read = spec.n * sum(size + len(one.query) // 4 for size, one in zip(sizes, asked, strict=True))
    return Line(REWARDS.name, "rater", str(spec.reward), calls, calls * tries, read, 0, sum(known) if known else None)


def _prepared(spec: BestOfRun, watcher: Watcher) -> tuple[Adapter, Ready]:
    """Everything that can be checked before the first call. Raises WevalError."""
    if spec.n < 2:
        raise ConfigError(f"--best-of {spec.n}: at least 2 texts, of which one is chosen")
    if not spec.reward:
        raise ConfigError("--best-of: --reward MODEL, who chooses? As weval run takes it; see: weval list models")
    if spec.run.replies:
        raise ConfigError("--replies: has no place with --best-of, where every text of an item is judged")
    check_written(spec.run.benchmark)
    adapter, run = reward_model(spec.reward, spec.for_reward), spec.of_text
    ready = prepare(run, Watcher())  # each run says its notices itself
    check_benchmark(ready)
    if not run.responses:
        check_temperature(ready, run.settings)
    return adapter, ready


def _default_folder(ready: Ready) -> Path:
    """That of the run of one text, with what it is in its name."""
    usual = default_folder(ready)
    return usual.parent / f"{usual.name}-best-of"


def _rate(samples: Sequence[BenchOutcome], adapter: Adapter, folder: Path, watcher: Watcher) -> None:
    """Asks for the rewards that are not there yet."""
    first = samples[0]
    if isinstance(adapter, Paid):
        (folder / REWARDS.name).mkdir(exist_ok=True)
        adapter.keep_in(folder / REWARDS.name)
    with texts_of(samples, adapter.unit) as choice, rewards_in(folder) as replies:
        told, tries = Told({REWARDS.name: replies}), first.benchmark.options.tries
        Asking(REWARDS, choice, first.items, replies, told, tries, watcher).ask(adapter)
