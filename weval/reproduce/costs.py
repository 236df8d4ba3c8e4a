"""What a step would take, before anything is here: GPU hours, memory, requests, tokens and dollars. All of it "about".

Requests times tokens, by sizes.yaml and what a recipe says of itself; training by weval.training.estimate; prices by
weval/textmodels/prices.yaml. A local model takes two operations per parameter and token, ten times that where it writes
and waits for memory (see weval.training.estimate.DECODING).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weval.adapters.judge.adapter import REASONED_TOKENS
from weval.adapters.judge.folder import read_judge
from weval.build.estimate import PROMPT_TOKENS, REQUIREMENT_TOKENS, SEED_TOKENS
from weval.build.perform import asked_steps
from weval.build.recipe import Recipe
from weval.errors import WevalError
from weval.files import Problems, is_file, read_lines
from weval.reproduce.asked import Asked, asked_of, filled, profile_of, recipe_of, whole_model
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import PLACE, Bench, Build, Doing, Run, Train
from weval.reproduce.needs import memory_of
from weval.reproduce.reach import address_of
from weval.reproduce.sizes import Card, Items, read_sizes
from weval.tasks import task_names
from weval.textmodels import backend_of
from weval.textmodels.prices import Usage, price_of
from weval.training.estimate import estimate
from weval.types import Record, Text

CATEGORIES = 5
"""Of writing, in the prototypes that seeds are chosen by."""


class StepCost(Record):
    """What a step would take; None where nobody can say. Requests and tokens are those of all models that it asks.

    `gpus` are how many have to be there, `memory_gb` what each of them holds at least. `usd` is what APIs bill for
    `paid_requests` of them, `gpu_usd` what the hours would cost at the price that `notes` tell.
    """

    gpus: int = 0
    gpu_hours: float | None = None
    memory_gb: float | None = None
    requests: int | None = None
    paid_requests: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    usd: float | None = None
    gpu_usd: float | None = None
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """So many requests to a model, each of which reads and writes so many tokens."""

    asked: Asked
    requests: float
    tokens_in: float
    tokens_out: float


def cost_of(step: Doing, graph: Graph) -> StepCost:
    """About what a step would take. Where something of it is not known, a note says so; nothing is raised."""
    try:
        if isinstance(step, Train):
            return _of_training(step, graph)
        asked = asked_of(step, graph)
        return _summed(step, graph, list(_work(step, graph, asked)), len(asked))
    except WevalError as error:
        return StepCost(gpus=step.gpus, notes=(f"not known: {str(error).partition(chr(10))[0]}",))


def _work(step: Doing, graph: Graph, asked: list[Asked]) -> Iterator[Work]:
    match step:
        case Run():
            items = _items(step, graph)
            yield from (_of_run(one, items, graph) for one in asked if items is not None)
        case Bench():
            yield from _of_bench(step, graph, asked)
        case Build():
            yield from _of_build(step, recipe_of(step, graph), asked)


def _items(step: Run, graph: Graph) -> Items | None:
    """How much a run judges: a task, or what a step builds of one."""
    name = step.task or "weval"
    if step.data is not None:
        place = next((one[2] for one in PLACE.finditer(step.data) if one[1] == "step"), "")
        maker = graph.profile.steps.get(place)
        name = _source(recipe_of(maker, graph)) if isinstance(maker, Build) else Path(step.data).stem
    found = read_sizes().tasks.get(name)
    if found is None or step.limit is None:
        return found
    return found.model_copy(update={"items": min(step.limit, found.items)})


def _source(recipe: Recipe) -> str:
    """The task whose queries a build answers; its own name where it makes them."""
    task = recipe.requirements.task if recipe.requirements.how == "task" else None
    return task or recipe.name


def _of_run(asked: Asked, items: Items, graph: Graph) -> Work:
    """A request for each response; of those who are asked by requirement, for each requirement of each."""
    settings, texts = asked.preset.strings() | _trained_to(asked, graph), items.items * items.responses
    if "prompt" in settings:
        spec = read_judge(settings["prompt"]).spec
        unit, query = str(spec.unit), items.query_tokens if "query" in spec.reads else 0
        beside, writes = query + PROMPT_TOKENS // 2 + REQUIREMENT_TOKENS, REASONED_TOKENS
    else:
        unit, beside, writes = settings.get("unit", "response"), items.query_tokens, 0
    requests = texts * (items.requirements if unit == "requirement" else 1)
    return Work(asked, requests, items.response_tokens + beside, writes)


def _trained_to(asked: Asked, graph: Graph) -> dict[str, str]:
    """What the preset that a training writes will say of how its model is asked."""
    maker = graph.profile.steps.get(asked.made_by or "")
    if not isinstance(maker, Train) or not asked.name.startswith("preset:"):
        return {}
    profile = profile_of(maker)
    if profile.critic is not None:
        return {"prompt": profile.critic.prompt}
    return {"unit": profile.reward_head.unit} if profile.reward_head is not None else {}


def _of_bench(step: Bench, graph: Graph, asked: list[Asked]) -> Iterator[Work]:
    """A text for each item, by whoever writes; then what is asked about it."""
    size = read_sizes().benchmarks.get(step.benchmark)
    if size is None:
        return
    own = _lines(Path(filled(step.data, graph))) if step.data else None
    n = size.items if own is None else own
    n = n if step.limit is None else min(step.limit, n)
    samples = int(step.settings.get("samples", 1))
    for one in asked:
        if one.part == "writer":
            yield Work(one, n, size.prompt_tokens, size.text_tokens)
            continue
        for judging in size.judging:
            read = size.prompt_tokens + judging.texts * size.text_tokens + judging.beside
            yield Work(
                one, n * judging.calls * samples, read, size.text_tokens if judging.writes is None else judging.writes
            )


def _lines(path: Path) -> int | None:
    """The items of a file of JSON Lines; None where there is no such file."""
    if path.suffix != ".jsonl" or not is_file(path):
        return None
    return sum(1 for _ in read_lines(path, Problems(path)))


def _of_build(step: Build, recipe: Recipe, asked: list[Asked]) -> Iterator[Work]:
    """Requirements for each seed, an answer to each version of each query; judges of them are not counted."""
    given = read_sizes().tasks.get(_source(recipe))
    writers = [one for one in asked if one.part == "writer"]
    names = [one.name for one in asked_steps(step.step, recipe)]
    if given is None and _source(recipe) in task_names():
        return
    n = given.items if given else recipe.filter.per_category * CATEGORIES
    if recipe.requirements.how != "task" and "requirements" in names and recipe.requirements.model:
        yield Work(writers.pop(0), n, PROMPT_TOKENS + SEED_TOKENS, recipe.requirements.usual_tokens)
    if "answer" in names and recipe.answer.model:
        versions = given.responses if given else recipe.requirements.n
        query = given.query_tokens if given else SEED_TOKENS + REQUIREMENT_TOKENS * (recipe.requirements.n + 1) // 2
        yield Work(writers.pop(0), n * versions, query, recipe.answer.usual_tokens)


def _summed(step: Doing, graph: Graph, works: list[Work], n_models: int) -> StepCost:
    if not works:
        if not n_models:
            return StepCost(gpus=step.gpus, requests=0, paid_requests=0)
        return StepCost(gpus=step.gpus, memory_gb=_memory(step, graph), notes=("how much it asks is not known",))
    paid = [work for work in works if work.asked.preset.endpoint]
    prices, notes = [_usd(work) for work in paid], list[str]()
    if None in prices:
        notes.append(f"no price is known of {', '.join(dict.fromkeys(work.asked.name for work in paid))}")
    card, hours = read_sizes().gpu, _hours(step, works)
    if hours:
        notes += _stands_on(card)
    known = [price for price in prices if price is not None]
    return StepCost(
        gpus=step.gpus,
        gpu_hours=hours,
        memory_gb=_memory(step, graph),
        requests=round(sum(work.requests for work in works)),
        paid_requests=round(sum(work.requests for work in paid)),
        tokens_in=round(sum(work.requests * work.tokens_in for work in works)),
        tokens_out=round(sum(work.requests * work.tokens_out for work in works)),
        usd=math.fsum(known) if known else None,
        gpu_usd=None if hours is None else hours * card.usd_per_hour,
        notes=tuple(notes),
    )


def _usd(work: Work) -> float | None:
    """What an API bills for it, by the table of prices; None where that has none."""
    reference, url = work.asked.preset.reference or "", work.asked.preset.endpoint or ""
    price = price_of(backend_of(reference)[1], host=address_of(url).rpartition(":")[0]) if reference else None
    usd = price.cost_usd(Usage(round(work.tokens_in), round(work.tokens_out))) if price else None
    return None if usd is None else usd * work.requests


def _hours(step: Doing, works: list[Work]) -> float | None:
    """Hours of GPUs for all that is computed here; None where nothing is, or the size of a model is not known."""
    local = [work for work in works if work.asked.repository]
    if not step.gpus or not local or any(work.asked.weights is None for work in local):
        return None
    card = read_sizes().gpu
    seconds = 0.0
    for work in local:
        assert work.asked.weights is not None
        operations = 2e9 * work.asked.weights.met_b * work.requests * (work.tokens_in + work.tokens_out / card.decoding)
        seconds += operations / (card.peak_tflops * 1e12 * card.utilisation)
    return seconds / 3600


def _of_training(step: Train, graph: Graph) -> StepCost:
    profile, rows = profile_of(step), read_sizes().rows.get(step.recipe)
    profile = profile.model_copy(update={"model": whole_model(step, graph)})
    given = rows.rows if rows is not None and step.profile == "paper" else profile.data.train
    found = estimate(profile, Path(), given)
    hours = None if found.hours is None else found.hours * found.devices
    counted = [f"{rows.rows:,} rows: {rows.source}"] if rows is not None and given == rows.rows else []
    beside = ["what its server takes is not in"] if step.server else []
    return StepCost(
        gpus=step.gpus,
        gpu_hours=hours,
        memory_gb=_memory(step, graph),
        tokens_out=None,
        gpu_usd=found.usd,
        notes=(*counted, *beside, *found.notes),
    )


def _memory(step: Doing, graph: Graph) -> float | None:
    return memory_of(step, graph) if step.gpus else None


def _stands_on(card: Card) -> list[str]:
    """What hours and dollars of GPUs stand on, in the words of estimates of training."""
    return [
        f"{card.utilisation:.0%} of {card.peak_tflops:g} TFLOP/s per device",
        f"{card.usd_per_hour:g} USD per GPU and hour is an assumption; loading and saving are not in",
    ]
