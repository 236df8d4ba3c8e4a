"""What a build would ask and cost, before a single call: by what is here already, or by the recipe's own numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from weval.adapters.judge.adapter import tokens_about
from weval.adapters.judge.folder import read_judge
from weval.adapters.judge.options import JudgeOptions
from weval.build.chain import STEPS
from weval.build.folder import main_file
from weval.build.perform import Build, BuildSpec, asked_steps, inputs_of, opened_build
from weval.build.records import Chosen, Draft, Query, TrainingPrompt
from weval.build.roles import judge_options, roles, text_model_of
from weval.build.sections import Writer
from weval.build.seeding.prototypes import prototypes_of
from weval.build.standing import standing
from weval.build.starting import items_of
from weval.build.step import Step, n_kept
from weval.build.verifying.fluency import reader_of
from weval.errors import ResultError
from weval.files import Problems, read_jsonl, read_lines
from weval.textmodels import TextModelOptions, backend_of
from weval.textmodels.hosting.wire import host_of
from weval.textmodels.journal import REPLIES
from weval.textmodels.prices import Usage, price_of

JUDGE_TOKENS = 200
"""Of a reasoned verdict."""

SEED_TOKENS, REQUIREMENT_TOKENS, PROMPT_TOKENS = 60, 25, 600
"""Of a seed that is not here yet, of a requirement, and of what a model is told before the seed."""

LOOKED_AT = 1000
"""So many seeds are read to see how long they are."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one role of one step would ask. `usd` is None where no price is known, or nothing is paid by tokens."""

    step: str
    role: str
    model: str | None
    calls: int
    tokens_in: int
    tokens_out: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """All lines, and how many items they are for. Attempts after bad replies are not in it.

    `usd` is the sum of the prices that are known, None where none is.
    `made` are steps that would ask something and stand already. `kept` counts the replies in the folders of the others:
    what they answer, asked in the same words of the same model, is not asked again, though the lines count it.
    """

    items: int
    lines: tuple[Line, ...]
    usd: float | None
    made: tuple[str, ...] = ()
    kept: int = 0


@dataclass(frozen=True, slots=True)
class _Volume:
    """How many seeds and items there are or will be, and of an item its requirements, versions and tokens."""

    seeds: int
    items: int
    requirements: float
    versions: float
    tokens: float


def estimate(spec: BuildSpec) -> Estimate:
    """What the steps that were asked for would ask, without those that stand. Needs no key, and writes nothing.

    Raises ConfigError, DataError; ResultError where nobody can know how many seeds there will be.
    """
    ready = opened_build(spec)
    volume = _volume(ready)
    lines, made, kept = list[Line](), list[str](), 0
    for step in asked_steps(spec.step, ready.recipe):
        if not (found := list(_ASKS[step.name](ready, volume)) if step.name in _ASKS else []):
            continue
        if not spec.fresh and _stands(step, ready):
            made.append(step.name)
            continue
        lines += found
        kept += sum(n_kept(path) for path in sorted((ready.root / step.name).rglob(REPLIES)))
    prices = [line.usd for line in lines if line.usd is not None]
    return Estimate(volume.items, tuple(lines), math.fsum(prices) if prices else None, tuple(made), kept)


def _stands(step: Step, ready: Build) -> bool:
    try:
        return standing(step, ready.root, ready.recipe, lambda: inputs_of(step, ready)).stands
    except ResultError:  # what it reads is not there yet
        return False


def _requirements(ready: Build, volume: _Volume) -> Iterator[Line]:
    for role in roles(STEPS["requirements"], ready.recipe):
        yield _line("requirements", "writer", role.writer, volume.seeds, PROMPT_TOKENS + volume.tokens)


def _answer(ready: Build, volume: _Volume) -> Iterator[Line]:
    path = main_file(ready.root, STEPS["dropout"])
    if path.is_file():
        problems = Problems(path)
        sizes = [tokens_about(query.query) for _, query in read_jsonl(path, Query, problems)]
        problems.check()
        yield _line("answer", "teacher", ready.recipe.answer, len(sizes), sum(sizes) / max(1, len(sizes)))
        return
    kept = REQUIREMENT_TOKENS * (volume.requirements + 1) / 2
    yield _line("answer", "teacher", ready.recipe.answer, round(volume.items * volume.versions), volume.tokens + kept)


def _verify(ready: Build, volume: _Volume) -> Iterator[Line]:
    section, answer = ready.recipe.verify, ready.recipe.answer.usual_tokens
    if section.judge:
        calls = round(volume.items * volume.versions * volume.requirements)
        yield _judged("verify", "judge", section.judge, section.judge_settings, calls, answer)
    if section.reader:
        calls = round(volume.items * 2 * (volume.versions - 1))  # each version beside the best, in both orders
        reader = reader_of(section.reader, section.judge_settings)
        yield _judged("verify", "reader", section.reader, reader.settings, calls, 2 * answer)


def _references(ready: Build, volume: _Volume) -> Iterator[Line]:
    section, grader = ready.recipe.references, ready.recipe.references.grader
    prompts = _lines_of(main_file(ready.root, STEPS["prompts"]), TrainingPrompt)
    n, tokens = prompts or (volume.items, volume.tokens)
    for number, writer in enumerate(section.writers, start=1):
        yield _line("references", f"writer {number}", writer, n, tokens)
    if grader.model and section.writers:
        texts, answer = len(section.writers), max(writer.usual_tokens for writer in section.writers)
        options = judge_options(grader.model, grader.settings)
        # By unit: so many questions about the texts of a prompt, each of which shows so many of them.
        asked, shown = {
            "requirement": (texts * volume.requirements, 1),
            "pair": (texts * (texts - 1), 2),
            "list": (1, texts),
        }.get(read_judge(options.prompt).spec.unit if options else "response", (texts, 1))
        yield _judged("references", "grader", grader.model, grader.settings, round(n * asked), shown * answer)


_ASKS: dict[str, Callable[[Build, _Volume], Iterator[Line]]] = {
    "requirements": _requirements,
    "answer": _answer,
    "verify": _verify,
    "references": _references,
}


def _line(step: str, role: str, writer: Writer, calls: int, tokens_in: float) -> Line:
    usd = _usd(writer, round(tokens_in))
    total = None if usd is None else usd * calls
    return Line(step, role, writer.model, calls, round(calls * tokens_in), calls * writer.usual_tokens, total)


def _usd(writer: Writer, tokens_in: int) -> float | None:
    """What one call costs, by the table of prices; None where the model is not in it, or none is named."""
    if writer.model is None:
        return None
    backend, model = backend_of(writer.model)
    url = writer.settings.base_url
    if "base_url" not in backend.uses:
        return None
    price = price_of(model, batch=writer.settings.batch != "off", host=host_of(url) if url else None)
    return price.cost_usd(Usage(tokens_in, writer.usual_tokens)) if price else None


def _judged(step: str, role: str, model: str, settings: Mapping[str, str], questions: int, shown: int) -> Line:
    """What so many questions about texts of so many tokens cost, by the text model behind a judge; no text model is
    behind what judges otherwise, as a reward model.
    """
    reference, options = text_model_of(model), judge_options(model, settings) or JudgeOptions()
    if reference:
        backend_of(reference)
    own = TextModelOptions(batch=options.batch, base_url=options.base_url)
    writer = Writer(model=reference, settings=own, usual_tokens=JUDGE_TOKENS)
    return _line(step, role, writer, questions * options.samples, PROMPT_TOKENS / 2 + shown)


def _volume(ready: Build) -> _Volume:
    """The size of what is here already; of what is not, by the recipe."""
    recipe = ready.recipe
    if recipe.requirements.how == "task":
        items = list(items_of(recipe, ready.home))
        n = max(1, len(items))
        versions = sum(len(item.candidates if recipe.dropout.how == "task" else item.requirements) for item in items)
        tokens = sum(tokens_about(item.instruction) for item in items) / n
        return _Volume(0, len(items), sum(len(item.requirements) for item in items) / n, versions / n, tokens)
    drafts = main_file(ready.root, STEPS["requirements"])
    if not drafts.is_file():
        seeds, tokens = _seeds(ready)
        return _Volume(seeds, seeds, recipe.requirements.n, recipe.requirements.n, tokens)
    problems, sizes = Problems(drafts), list[tuple[int, int]]()
    for _, draft in read_jsonl(drafts, Draft, problems):
        sizes.append((len(draft.requirements), tokens_about(draft.instruction)))
    problems.check()
    n = max(1, len(sizes))
    requirements, tokens = (sum(part) / n for part in zip(*sizes, strict=True)) if sizes else (0.0, 0.0)
    seeds, _ = _lines_of(main_file(ready.root, STEPS["filter"]), Chosen) or (len(sizes), tokens)
    return _Volume(seeds, len(sizes), requirements, requirements, tokens)


def _seeds(ready: Build) -> tuple[int, float]:
    """How many seeds will have requirements, and of how many tokens."""
    section = ready.recipe.filter
    if found := _lines_of(main_file(ready.root, STEPS["filter"]), Chosen):
        return found
    here = _lines_of(main_file(ready.root, STEPS["seeds"]), Chosen)
    if section.how == "centroid":
        n = section.per_category * len(prototypes_of(ready.recipe, ready.home))
        return (min(n, here[0]), here[1]) if here else (n, SEED_TOKENS)
    if here is None:
        raise ResultError("how many seeds there are is not known yet: weval build seeds first, which asks no model")
    return here


def _lines_of(path: Path, record: type[Chosen | TrainingPrompt]) -> tuple[int, float] | None:
    """How many texts a file holds, and how many tokens the first of them have on the average; None without a file.

    Raises DataError where one of the first is broken.
    """
    if not path.is_file():
        return None
    problems, sizes = Problems(path), list[int]()
    for _, row in read_jsonl(path, record, problems):
        sizes.append(tokens_about(row.text if isinstance(row, Chosen) else row.prompt[-1].content))
        if len(sizes) == LOOKED_AT:
            break
    problems.check()
    return sum(1 for _ in read_lines(path, problems)), sum(sizes) / max(1, len(sizes))
