"""From prompts to what is trained on: the policy's own texts, their grades, ladders, and the prompts that stay.

Done once; what came out is in the run's folder, and a run that goes on reads it there:

OUT/own.jsonl         what the policy wrote before training
OUT/ladders.jsonl     the prompts that are trained on with their references, worst first
OUT/held.jsonl        those that are held out
OUT/selection.json    how many there were, how many were left out and why, and their learning potential
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.build.records import Laddered, TrainingPrompt
from weval.errors import ConfigError, DataError
from weval.files import Problems, is_file, read_json, read_jsonl, write_json, write_text
from weval.settings import updated
from weval.textmodels import TextModelOptions, open_text_model
from weval.training.comparing.grading import Named, check_grader, means, read_grades, scores_of
from weval.training.comparing.judges import comparison_of
from weval.training.comparing.ladders import laddered
from weval.training.comparing.selection import potential, select
from weval.training.measuring import as_set
from weval.training.rewards.policy import Prepared
from weval.training.rewards.prompts import Example, Prompts, rows
from weval.training.rewards.reward import ABOUT
from weval.training.sections import Comparison
from weval.training.start import Training, in_step
from weval.training.trl import policy_of
from weval.types import Adapter, Id, Prompt, Record, Reply
from weval.wording import counted

OWN, LADDERS, HELD, SELECTION = "own.jsonl", "ladders.jsonl", "held.jsonl", "selection.json"


class OwnText(Record):
    """What the policy wrote to a prompt; null where nothing came."""

    prompt_id: Id
    sample: int
    text: str | None


class Chosen(Record):
    """selection.json. `left_out` counts prompts by reason; `potential` is the mean of those that stay, None unasked."""

    how: str
    n_prompts: int
    n_kept: int
    left_out: dict[str, int]
    potential: float | None = None
    own_grade: float | None = None


@dataclass(frozen=True, slots=True)
class Ladders:
    """What is trained on, and what is held out."""

    train: tuple[Laddered, ...]
    held: tuple[Laddered, ...]


def choose(training: Training, prompts: Prompts, policy: Prepared, grader: Adapter) -> Ladders:
    """The prompts that the profile selects, with their references. Of several processes the first chooses.

    Raises ConfigError, DataError where nothing is left, AdapterError where the policy or its grader cannot be used.
    """
    out = training.out
    if training.is_main and not (out / SELECTION).is_file():
        _choose(training, prompts, policy, grader)
    in_step()
    return Ladders(_read(out / LADDERS), _read(out / HELD))


def _choose(training: Training, prompts: Prompts, policy: Prepared, grader: Adapter) -> None:
    how = comparison_of(training.profile)
    train, held = (_fitting(*each) for each in ((prompts.train, policy.train), (prompts.held, policy.held)))
    own: dict[str, list[str | None]] = {}
    if how.own_texts or (how.selection != "all" and how.grades is None):
        own = own_texts(training, [example.prompt for example in (*train, *held)], policy)
    ladders, lost = _ladders(train, own, grader, how)
    held_ladders, _ = _ladders(held, own, grader, how)
    grades = {} if how.selection == "all" else _grades(ladders, own, grader, how)
    selection = select(ladders, grades, how.selection, how.keep)
    chosen = Chosen(
        how=how.selection,
        n_prompts=len(prompts.train),
        n_kept=len(selection.kept),
        left_out=_counts(too_long=len(prompts.train) - len(train)) | lost | selection.left_out,
        potential=_mean([potential(row, grades[row.id]) for row in selection.kept if row.id in grades]),
        own_grade=_mean([grades[row.id] for row in selection.kept if row.id in grades]),
    )
    if not selection.kept:
        raise DataError(f"{training.profile.data.source}: no prompt is left to train on ({_told(chosen)})")
    _write(training.out / LADDERS, selection.kept)
    _write(training.out / HELD, held_ladders)
    write_json(training.out / SELECTION, chosen)  # last: without it all is done again
    training.watcher.notice(f"trained on {counted(chosen.n_kept, 'prompt')} of {chosen.n_prompts:,} ({_told(chosen)})")


def own_texts(training: Training, prompts: Sequence[TrainingPrompt], policy: Prepared) -> dict[str, list[str | None]]:
    """What the policy writes to each prompt before it is trained, sampled as it will be in training. Written once."""
    file, how, limits = training.out / OWN, comparison_of(training.profile), policy_of(training.profile)
    if not is_file(file):
        asked = [
            Prompt(f"{prompt.id}#{n}", tuple((turn.role, turn.content) for turn in prompt.prompt))
            for prompt in prompts
            for n in range(how.samples)
        ]
        options = TextModelOptions(temperature=limits.temperature, max_tokens=limits.max_response_tokens)
        replies = {reply.prompt_id: reply for reply in _replies(training, asked, options, policy)}
        rows = [
            OwnText(prompt_id=prompt.id, sample=n, text=_text(replies.get(f"{prompt.id}#{n}")))
            for prompt in prompts
            for n in range(how.samples)
        ]
        _write(file, rows)
    problems, found = Problems(file), dict[str, list[str | None]]()
    for _, row in read_jsonl(file, OwnText, problems):
        found.setdefault(row.prompt_id, []).append(row.text)
    problems.check()
    return found


def _replies(
    training: Training, asked: Sequence[Prompt], options: TextModelOptions, policy: Prepared
) -> Iterable[Reply]:
    how = comparison_of(training.profile)
    training.watcher.counts("writing what is graded", "written")
    training.watcher.started(len(asked), 0)
    if how.writer:
        model = open_text_model(how.writer, updated(options, as_set(how.writer_settings)))
        replies: Iterable[Reply] = model.replies(asked)
    else:
        from weval.textmodels.local.chat import Chat
        from weval.textmodels.local.generation import Generator

        seeded = options.model_copy(update={"sampling_seed": training.profile.seed})
        name = training.profile.model.base
        replies = Generator(name, policy.model.eval(), Chat(policy.tokenizer, name), seeded).answered(asked)
    for reply in replies:
        training.watcher.scored()
        yield reply


def _text(reply: Reply | None) -> str | None:
    """What was written; a text that met the limit is one, as it is in training."""
    return reply.text if reply and reply.status in ("ok", "truncated") else None


def _fitting(examples: Sequence[Example], data: Any) -> list[Example]:  # noqa: ANN401 - a data set, or None
    """The examples that the policy can read: those of its data set."""
    names = {json.loads(about)["id"] for about in data[ABOUT]} if data is not None else set()
    return [example for example in examples if example.prompt.id in names]


def _ladders(
    examples: Sequence[Example], own: Mapping[str, Sequence[str | None]], grader: Adapter, how: Comparison
) -> tuple[list[Laddered], dict[str, int]]:
    """Those that came with the data, or made here, with how many prompts have none and why."""
    given = [example.prompt for example in examples if isinstance(example.prompt, Laddered)]
    if given:
        if how.own_texts or how.cut_words:
            raise ConfigError("comparison.own_texts, cut_words: references that were graded before stay as they are")
        return given, {}
    check_grader(grader, how.grader or how.judge)
    written = {name: [text for text in texts if text] for name, texts in own.items()}
    found = laddered(examples, written, grader, how)
    return list(found.prompts), found.left_out


def _grades(
    prompts: Sequence[Laddered], own: Mapping[str, Sequence[str | None]], grader: Adapter, how: Comparison
) -> dict[str, float]:
    """The policy's own grades by prompt, from the file that the profile names or given now."""
    if how.grades:
        return read_grades(Path(how.grades))
    check_grader(grader, how.grader or how.judge)
    texts: list[Named] = [
        (f"own{n}", prompt, text) for prompt in prompts for n, text in enumerate(own.get(prompt.id, ())) if text
    ]
    found = iter(scores_of(grader, texts))
    return means({prompt.id: [next(found) if text else None for text in own.get(prompt.id, ())] for prompt in prompts})


def as_rows(prompts: Sequence[Laddered]) -> list[dict[str, Any]]:
    """Rows of a data set for TRL: the chat, and the prompt with its references for who rewards."""
    return rows([Example(prompt) for prompt in prompts], reasoning=False)


def read_chosen(out: Path) -> Chosen:
    """What was selected in a training run. Raises DataError."""
    return read_json(out / SELECTION, Chosen)


def _told(chosen: Chosen) -> str:
    lost = [f"{n:,} {reason.replace('_', ' ')}" for reason, n in sorted(chosen.left_out.items())]
    own = [] if chosen.potential is None else [f"learning potential {chosen.potential:.3g}"]
    return ", ".join([f"selection: {chosen.how}", *own, *lost])


def _counts(**counts: int) -> dict[str, int]:
    return {reason: n for reason, n in counts.items() if n}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _write(path: Path, rows: Iterable[Record]) -> None:
    write_text(path, "".join(row.model_dump_json() + "\n" for row in rows))


def _read(path: Path) -> tuple[Laddered, ...]:
    if not path.stat().st_size:
        return ()
    problems = Problems(path)
    rows = tuple(row for _, row in read_jsonl(path, Laddered, problems))
    problems.check()
    return rows
