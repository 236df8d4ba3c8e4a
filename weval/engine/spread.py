"""Adapters and text models that are answered by workers: by their names and settings, opened where Ray has room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from weval.engine.options import EngineOptions
from weval.errors import ConfigError
from weval.textmodels import TEXT_MODELS
from weval.types import Adapter, Certificate, Paid, Prompt, Reply, Request, Score, TextModel, Unit

if TYPE_CHECKING:
    from weval.engine.cluster import Cluster
    from weval.engine.pool import Pool, Size

HERE = ("transformers", "vllm")
"""Backends whose models are computed where they are opened, and for nobody's bill."""

BATCH, VLLM_BATCH = 64, 512
"""Requests that a worker is given at once. vLLM fills its own batches, and idles at the end of what it was given."""

_UNCOMPUTED = ("weval.adapters.baselines", "weval.adapters.rules")
"""What has no use for a GPU."""


class Spread:
    """An adapter whose requests workers answer. What it is, they say."""

    reads_ids: ClassVar[bool] = False

    def __init__(self, pool: Pool, unit: Unit) -> None:
        self.unit, self._pool = unit, pool

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """The adapter's, as a worker finds it."""
        return self._found()

    def _found(self) -> Mapping[str, Any]:
        found = self._pool.about()
        self._pool.let_go()
        return found

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, as workers answer them."""
        return self._pool.answers(requests)


class SpreadCertified(Spread):
    """One that computes, and can be measured: the worker that said what it is is kept for that."""

    def _found(self) -> Mapping[str, Any]:
        return self._pool.about()

    def certify(self) -> Certificate:
        """What a worker measured."""
        return self._pool.certify()


class SpreadText:
    """A text model of this process, whose prompts workers answer. Replies are kept by whoever asks, as they come."""

    def __init__(self, pool: Pool, tells: frozenset[Literal["probabilities", "schema"]]) -> None:
        self.tells, self._pool = tells, pool

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model's, as a worker finds it."""
        found = self._pool.about()
        self._pool.let_go()
        return found

    @property
    def price_told(self) -> None:
        """None, as there is no price."""

    def usd_of(self, tokens_in: int, tokens_out: int) -> None:
        """None: this is not paid by tokens."""

    def keep_in(self, folder: Path) -> None:
        """Nothing is: no reply was paid for."""

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """One reply per prompt, as workers answer them."""
        return self._pool.answers(prompts)


@dataclass(frozen=True, slots=True)
class Engine:
    """How the user wants requests answered. `notice` is told what they should know."""

    options: EngineOptions
    notice: Callable[[str], None]


@contextmanager
def at_work(engine: Engine, name: str, adapter: Adapter, settings: Mapping[str, str]) -> Iterator[Adapter]:
    """The adapter as the engine has it: itself, or one that workers answer for as long as this lasts.

    Raises ConfigError for one that cannot be spread, and where there is no cluster.
    """
    options = engine.options
    if options.is_local:
        yield adapter
        return
    if why := why_not(adapter):
        raise ConfigError(f"--set engine={options.engine}: {name} {why}")
    from weval.engine.cluster import connected

    with connected(options, engine.notice) as cluster:
        kind = SpreadCertified if hasattr(adapter, "certify") else Spread
        yield kind(pool_for(cluster, engine, name, adapter, settings), adapter.unit)


def why_not(adapter: Adapter) -> str | None:
    """Why an adapter is not spread over workers; None where it is.

    >>> from weval.adapters import open_adapter
    >>> why_not(open_adapter("length", {}))
    >>> why_not(open_adapter("http:http://127.0.0.1/predict", {}))
    'asks a server; --set concurrency=N does what more workers would'
    """
    if adapter.reads_ids:
        return "looks answers up in a file: there is nothing to compute"
    if isinstance(adapter, Paid):
        backend = str(getattr(adapter, "name", "")).partition("/")[0]
        return None if backend in HERE else NOT_HERE
    if hasattr(getattr(adapter, "options", None), "concurrency"):
        return "asks a server; --set concurrency=N does what more workers would"
    return None


NOT_HERE = (
    "is asked by one process, which keeps what was paid for and pays for nothing twice; --set concurrency=N, or "
    "batch_size, does what more workers would"
)
"""Why models behind an API are not spread."""


def pool_for(cluster: Cluster, engine: Engine, name: str, adapter: Adapter, settings: Mapping[str, str]) -> Pool:
    """Workers of a cluster for an adapter."""
    from weval.engine.pool import Pool
    from weval.engine.work import Desk, Scoring

    computed = getattr(adapter, "model", adapter)  # of a judge, its text model
    uses_gpu = type(adapter).__module__ not in _UNCOMPUTED
    size = _size(cluster, engine.options, computed, uses_gpu=uses_gpu)
    desk = Desk(Scoring(name, dict(settings)), str(Path.cwd()))
    return Pool(cluster, desk, size, _request_chars, lambda request: request.group, engine.notice)


def spread_text(cluster: Cluster, engine: Engine, model: TextModel) -> SpreadText:
    """A text model that workers of a cluster answer for."""
    from weval.engine.pool import Pool
    from weval.engine.work import Desk, Replying

    own: Any = model
    work = Replying(f"{backend_name(model)}/{own.model}", own.options)
    size = _size(cluster, engine.options, model, uses_gpu=True)
    pool = Pool(cluster, Desk(work, str(Path.cwd())), size, _prompt_chars, notice=engine.notice)
    return SpreadText(pool, model.tells)


def backend_name(model: TextModel) -> str:
    """The backend that a text model is of; empty for one of none.

    >>> from weval.textmodels import TextModelOptions, open_text_model
    >>> backend_name(open_text_model("transformers/./folder", TextModelOptions()))
    'transformers'
    """
    location = f"{type(model).__module__}:{type(model).__name__}"
    return next((name for name, backend in TEXT_MODELS.items() if backend.location == location), "")


def _size(cluster: Cluster, options: EngineOptions, computed: Any, *, uses_gpu: bool) -> Size:  # noqa: ANN401
    """How many workers of which size: as the user said, else a GPU for each, or as many as share a model's weights.

    Raises ConfigError where there is no room for them.
    """
    from weval.engine.pool import Size

    own = getattr(computed, "options", None)
    gpus = options.worker_gpus
    if gpus is None:
        wants = uses_gpu and cluster.gpus > 0 and getattr(own, "device", "auto") not in ("cpu", "mps")
        gpus = float(getattr(own, "tensor_parallel_size", 1)) if wants else 0.0
    fit = cluster.fits(options.worker_cpus, gpus)
    if options.workers and options.workers > fit:  # the others would be waited for, and nobody would know
        raise ConfigError(f"--set workers={options.workers}: {cluster.name} has room for {fit} of this size")
    return Size(options.workers or fit, options.worker_cpus, gpus, options.worker_batch or _batch(computed))


def _batch(computed: Any) -> int:  # noqa: ANN401 - an adapter, or a text model
    """How many requests are given at once: of long texts few, as they are kept when all of them are there."""
    if type(computed).__module__.endswith(".vllm"):
        return min(VLLM_BATCH, int(getattr(computed, "window", VLLM_BATCH)))
    return int(getattr(getattr(computed, "options", None), "batch_size", BATCH))


def _request_chars(request: Request) -> int:
    return len(request.query) + sum(map(len, request.responses))


def _prompt_chars(prompt: Prompt) -> int:
    return sum(len(text) for _, text in prompt.messages)
