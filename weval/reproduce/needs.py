"""What a step lacks on this machine, so that it is not begun in vain: each lack with its remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from weval.adapters.judge.folder import read_judge
from weval.bench.catalogue import benchmark_class
from weval.bench.models import wording_of
from weval.build.perform import asked_steps
from weval.errors import WevalError
from weval.machine import ROOM, Lack, Machine, hub_home, lack_of_extra, lacks
from weval.reproduce.asked import Asked, asked_of, filled, profile_of, recipe_of, whole_model
from weval.reproduce.fetched import is_fetched
from weval.reproduce.graph import Graph, reads
from weval.reproduce.manifest import PLACE, Bench, Build, Doing, Fetch, Run, Train, needed_steps
from weval.reproduce.reach import address_of, addresses_of, hub, hub_sets, reachable
from weval.tasks import read_spec, task_names
from weval.tasks.sources import UnreleasedSource
from weval.training.estimate import estimate
from weval.wording import counted

HARD = ("extra", "key", "weights", "revision", "gated", "memory")
"""What a step cannot do without, of the kinds that weval.machine tells apart. What is not downloaded, the step itself
downloads, where there is a network.
"""

GATED_SETS = ("lmsys/lmsys-chat-1m",)
"""Data sets of the Hub for those only who have accepted their licence."""

SIZES_GB = (16, 24, 48, 80, 141, 192)
"""The memory that GPUs come with: the least of these that will do is named."""

ELSEWHERE = "the same command on a machine that has it, with the folder of --out copied there under its name"


def lacking(step: Doing, graph: Graph, machine: Machine, reached: Mapping[str, bool] | None = None) -> list[Lack]:
    """What a step cannot do without and has not here, software first; empty where it can begin.

    What steps before it fetch or make is taken to be there. `reached` says which machines answer (see reachable);
    without it the network is not looked at, but for the server that the step names.
    """
    try:
        found = [
            *_brought(step, graph),
            *_files(step, graph),
            *_software(step, graph, machine),
            *_models(step, graph, machine),
            *_gpus(step, graph, machine),
            *(_network(step, graph, machine, reached) if reached is not None else ()),
            *_server(step, graph, reached),
        ]
    except WevalError as error:  # a setting that there is not; a preset that was brought, and is broken
        found = [Lack(str(error).partition("\n")[0])]
    return list(dict.fromkeys(found))


def _brought(step: Doing, graph: Graph) -> Iterator[Lack]:
    for kind, name in reads(step):
        if kind == "brought" and name not in graph.brought:
            about = graph.profile.brought.get(name)
            if about is None:
                yield Lack(name)
            else:
                yield Lack(f"{about.what}: {about.why}", f"{about.how}; then --bring {name}=PATH")


def _files(step: Doing, graph: Graph) -> Iterator[Lack]:
    """Tasks, benchmarks and published prompts that are not here, and that no step before this one fetches."""
    before = graph.closure(needed_steps(step))
    fetched = {one.name for name in before if isinstance(one := graph.profile.steps[name], Fetch)}
    for name in dict.fromkeys(_read(step, graph)):
        if name in task_names() and isinstance(source := read_spec(name).source, UnreleasedSource):
            yield Lack(f"{name}: its items were never released", source.remedy(name))
        elif name not in fetched and not is_fetched(name):
            yield Lack(f"the files of {name}", f"weval fetch {name}")


def _read(step: Doing, graph: Graph) -> Iterator[str]:
    """What a step reads that `weval fetch` brings, by name."""
    match step:
        case Run(task=name, data=None):
            yield name or "weval"
        case Bench(benchmark=name, data=None):
            yield name
        case Build():
            recipe = recipe_of(step, graph)
            if recipe.requirements.how == "task" and recipe.requirements.task in task_names():
                yield str(recipe.requirements.task)
    if isinstance(step, Bench):
        yield from _official(*_asked_by(step))
        return
    for asked in asked_of(step, graph):
        if asked.preset.family == "judge":
            settings = asked.preset.strings()
            yield from _official(settings.get("prompt"), settings.get("wording"))


def _official(prompt: str | None, wording: str | None) -> Iterator[str]:
    if prompt and wording == "official" and _is_published(prompt):
        yield prompt


@cache
def _is_published(prompt: str) -> bool:
    return read_judge(prompt).spec.official is not None


def _asked_by(step: Bench) -> tuple[str | None, str | None]:
    """The prompt by which a benchmark asks its judge last, and in which wording."""
    prompt = str(step.settings.get("prompt") or _last_prompt(step.benchmark) or "")
    if not step.judge or not prompt:
        return None, None
    said = None if PLACE.search(step.judge) else _wording(step.judge, prompt)
    return prompt, str(step.settings.get("wording") or said)


@cache
def _last_prompt(benchmark: str) -> str | None:
    kind = benchmark_class(benchmark)
    return next((one.prompt for one in reversed(kind.steps(kind.options_type())) if one.prompt), None)


@cache
def _wording(judge: str, prompt: str) -> str:
    return wording_of(judge, prompt)


def _software(step: Doing, graph: Graph, machine: Machine) -> Iterator[Lack]:
    """Extras that a step needs by itself, whatever models it asks."""
    needed = []
    match step:
        case Build():
            names = {one.name for one in asked_steps(step.step, recipe_of(step, graph))}
            needed += ["build"] if names & {"seeds", "filter"} else []
        case Train():
            policy = profile_of(step).policy
            needed += ["train", *(["vllm"] if policy is not None and policy.engine == "vllm-colocate" else [])]
    yield from (lack_of_extra(extra) for extra in needed if extra not in machine.extras)


def _models(step: Doing, graph: Graph, machine: Machine) -> Iterator[Lack]:
    """What its models lack; of the memory of GPUs, where the step wants any, `_gpus` tells."""
    for asked in asked_of(step, graph):
        for lack in lacks(asked.preset, machine):
            passed = (
                lack.kind not in HARD
                or (lack.kind == "extra" and asked.part == "base")  # which the step's own brings
                or (lack.kind in ("weights", "revision", "gated") and asked.awaited)
                or (lack.kind == "gated" and has_token())
                or (lack.kind == "memory" and step.gpus > 0)
            )
            if not passed:
                what = lack.what if lack.kind in ("extra", "key") else f"{asked.repository or asked.name}: {lack.what}"
                yield Lack(what, lack.how, lack.kind)
    if isinstance(step, Build):
        for name in hub_sets(step, graph):
            if name in GATED_SETS and not has_token():
                page = f"https://huggingface.co/datasets/{name}"
                yield Lack(f"{name}: a licence accepted on the Hub", f"accept it on {page}, then `hf auth login`")


def has_token() -> bool:
    """Whether somebody is logged in to the Hub here; whether a licence was accepted, only the Hub knows."""
    if os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN"):
        return True
    named = os.environ.get("HF_TOKEN_PATH")
    return (Path(named) if named else hub_home() / "token").is_file()


def _gpus(step: Doing, graph: Graph, machine: Machine) -> Iterator[Lack]:
    if not step.gpus:
        return
    need = memory_of(step, graph)
    fitting = [gpu for gpu in machine.gpus if need is None or gpu.memory_gb >= need]
    if len(fitting) >= step.gpus:
        return
    least = next((size for size in SIZES_GB if need is not None and size >= need), need)
    each = f" of {least:.0f} GB or more" if least is not None else ""
    yield Lack(f"{counted(step.gpus, 'GPU')}{each} (has {len(fitting)})", ELSEWHERE, "memory")


def memory_of(step: Doing, graph: Graph) -> float | None:
    """What each GPU of a step has to hold, in GB; None where nobody can say. Raises ConfigError, DataError."""
    asked = asked_of(step, graph)
    if isinstance(step, Train):
        profile = profile_of(step).model_copy(update={"model": whole_model(step, graph)})
        fits = estimate(profile, Path(), None).fits
        beside = sum(_share(one) for one in asked if one.part == "reward")
        return None if fits is None else fits + beside
    shares = [_share(one) for one in asked if one.weights is not None]
    return max(shares, default=None)


def _share(asked: Asked) -> float:
    """What each of its GPUs holds of a model's weights, and what is computed beside them."""
    return asked.weights.memory_gb * ROOM / asked.gpus if asked.weights is not None else 0.0


def _network(step: Doing, graph: Graph, machine: Machine, reached: Mapping[str, bool]) -> Iterator[Lack]:
    """Machines that the step has to reach, and that do not answer."""
    server = address_of(step.server.url) if step.server else None
    missed = {name: why for name, why in addresses_of(step, graph).items() if name != server and not reached.get(name)}
    for address, why in missed.items():
        host = address.removesuffix(":443")
        if isinstance(step, Fetch):
            yield Lack(f"{why} ({host} is not reachable)", f"weval fetch {step.name} --from DIR")
        elif address == hub():
            yield from _of_hub(step, graph, machine)
        else:
            yield Lack(f"a way to {host}", "a network, or the variables of its proxy")


def _of_hub(step: Doing, graph: Graph, machine: Machine) -> Iterator[Lack]:
    """What would come from the Hub."""
    for asked in asked_of(step, graph):
        if asked.repository and not asked.awaited:
            for lack in lacks(asked.preset, machine):
                if lack.kind == "download":
                    yield Lack(f"{asked.repository} (not here, and the Hub is not reachable)", lack.how)
    if isinstance(step, Build):
        for name in hub_sets(step, graph):
            yield Lack(f"{name} (the Hub is not reachable)", "a network: a stream of it is read, no copy is kept")


def _server(step: Doing, graph: Graph, reached: Mapping[str, bool] | None) -> Iterator[Lack]:
    if step.server is None:
        return
    address = address_of(step.server.url)
    found = reached if reached is not None and address in reached else reachable([address])
    if not found.get(address):
        yield Lack(f"a server at {step.server.url}", filled(step.server.how, graph))
