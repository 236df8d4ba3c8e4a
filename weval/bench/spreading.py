"""The models of a benchmark's steps, answered by workers where they are computed in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from weval.bench.ready import Ready
from weval.engine.spread import HERE, NOT_HERE, Engine, Spread, backend_name, pool_for, spread_text, why_not
from weval.errors import ConfigError
from weval.types import Adapter, TextModel


@contextmanager
def at_work(ready: Ready, engine: Engine) -> Iterator[Ready]:
    """The run with its models as the engine has them, for as long as this lasts. A model behind an API stays here.

    Raises ConfigError where nothing is left that could be spread, and where there is no cluster.
    """
    if engine.options.is_local:
        yield ready
        return
    models = {name: model for name, model in ready.cast.steps.items() if model is not None}
    spreadable = {name: model for name, model in models.items() if _why_not(model) is None}
    if not spreadable:
        why = next((why for model in models.values() if (why := _why_not(model))), "asks nothing: all replies are here")
        raise ConfigError(f"--set engine={engine.options.engine}: {ready.spec.benchmark} {why}")
    from weval.engine.cluster import connected

    with connected(engine.options, engine.notice) as cluster:
        steps = dict(ready.cast.steps)
        for name, model in spreadable.items():
            if hasattr(model, "replies"):
                steps[name] = spread_text(cluster, engine, cast(TextModel, model))
            else:
                pool = pool_for(cluster, engine, str(ready.spec.model), model, ready.rating)
                steps[name] = Spread(pool, model.unit)
        yield replace(ready, cast=replace(ready.cast, steps=steps))


def _why_not(model: TextModel | Adapter) -> str | None:
    """Why a model is not spread over workers; None where it is."""
    if hasattr(model, "replies"):  # to ask whether it is an Adapter would look for its files
        return None if backend_name(cast(TextModel, model)) in HERE else NOT_HERE
    return why_not(model)
