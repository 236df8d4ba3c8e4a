"""The card of a trained model: README.md beside it, with the front matter that the Hugging Face Hub reads."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from weval.build.releasing.card import public
from weval.files import is_file, one_line, read_json, write_text
from weval.machine import missing
from weval.remote.hub import REPOSITORY
from weval.training.curve import read_curve
from weval.training.folder import CARD, CURVE, PLOT, TRAINING, TrainingRecord
from weval.training.outcome import TrainingResult
from weval.training.recipe import Kind
from weval.training.start import Training
from weval.wording import interval_of, value_of

PIPELINES: Mapping[Kind, str] = {
    "reward_model": "text-classification",
    "writer": "text-generation",
    "judge": "text-generation",
}

NOT_FOR: Mapping[Kind, str] = {
    "reward_model": (
        "It was taught which of two texts was written to more requirements. It is no judge of truth, of harm, of what "
        "is well written beyond that, nor of texts unlike those that it saw; a score means something beside others for "
        "the same instruction only. Before it rewards a writer, see what it does under `--set probe=swapped`, and how "
        "much it follows length."
    ),
    "writer": "Nothing was done to make it safe or truthful; it is a subject of research, not a product.",
    "judge": (
        "It repeats the grades that it was shown, with their faults. Do not rank people's texts by it, nor writers "
        "that were trained by it."
    ),
}

REWARDED = (
    "It was rewarded for what its reward can see, and may have learnt what the reward likes rather than to write well."
)
"""What is said before that of a writer that was trained by rewards, and not by texts."""

PLOTTED = ("loss", "reward", "accuracy", "eval_loss")
"""What is drawn, as far as it is in the curve."""


def write_card(training: Training, result: TrainingResult, notes: Sequence[str] = ()) -> None:
    """Writes README.md. Sections that `add_section` put there are to be put there again."""
    record = read_json(training.out / TRAINING, TrainingRecord)
    body = "\n\n".join(_parts(training, result, record, notes))
    write_text(training.out / CARD, f"---\n{_front(training, result)}---\n\n{body}\n")


def add_section(folder: Path, heading: str, text: str) -> None:
    """Puts a section of Markdown into the card of a training run, in the place of one of the same heading.

    Raises DataError, ResultError.
    """
    card = folder / CARD
    write_text(card, with_section(card.read_text(encoding="utf-8") if is_file(card) else "", heading, text))


def with_section(card: str, heading: str, text: str) -> str:
    """The card with a section in the place of that of the same heading, else at its end.

    >>> with_section("# A\\n\\n## B\\n\\nold\\n\\n## C\\n\\nc\\n", "B", "new")
    '# A\\n\\n## B\\n\\nnew\\n\\n## C\\n\\nc\\n'
    """
    before, *sections = ("\n" + card.rstrip("\n")).split("\n## ")
    wanted = f"{heading}\n\n{text.strip()}\n"
    places = [n for n, section in enumerate(sections) if section.partition("\n")[0] == heading]
    if places:
        sections[places[0]] = wanted
    else:
        sections.append(wanted)
    parts = [before.strip("\n"), *(section.strip("\n") for section in sections)]
    return "\n\n## ".join(parts).removeprefix("\n\n") + "\n"


def draw_curve(folder: Path) -> None:
    """Draws the curve as curve.svg; nothing where matplotlib (the extra analysis) or a curve is not there."""
    curve = read_curve(folder / CURVE)
    names = [name for name in PLOTTED if sum(name in line for line in curve) > 1]
    if not names or missing("analysis"):
        return
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 2.2 * len(names)), layout="constrained")
    for axes, name in zip(figure.subplots(len(names), sharex=True, squeeze=False)[:, 0], names, strict=True):
        points = [(line["step"], line[name]) for line in curve if name in line]
        axes.plot(*zip(*points, strict=True), linewidth=1)
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
    figure.axes[-1].set_xlabel("step")
    with mpl.rc_context({"svg.hashsalt": "weval"}):  # the same curve is the same file
        figure.savefig(folder / PLOT, metadata={"Date": None})


def _front(training: Training, result: TrainingResult) -> str:
    base, data = training.profile.model.base, Path(training.profile.data.source).stem
    front: dict[str, Any] = {"license": "other", "license_name": "that-of-its-base-and-data"}
    if REPOSITORY.fullmatch(base) and not Path(base).exists():
        front["base_model"] = base
    front |= {
        "library_name": "transformers",
        "pipeline_tag": PIPELINES[training.recipe.kind],
        "tags": ["weval", training.recipe.kind.replace("_", "-"), training.recipe.name],
    }
    if results := list(_results(result, _learnt(training))):
        front["model-index"] = [{"name": f"{result.recipe}-{result.profile}", "results": results}]
    front["weval"] = {"trained_on": data, "profile": result.profile}
    return yaml.safe_dump(front, sort_keys=False, allow_unicode=True)


def _learnt(training: Training) -> frozenset[str]:
    """Tasks and files that a figure says nothing on, as the model may have been trained on them."""
    return frozenset({*training.profile.data.allow, training.profile.data.source})


def _results(result: TrainingResult, learnt: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Figures as the Hub lists them; those that are undefined, or on what was learnt, are left out."""
    for one in result.measured:
        known = {name: found.value for name, found in one.figures.items() if found}
        if known and one.name not in learnt:
            name = Path(one.name).stem
            yield {
                "task": {"type": PIPELINES[result.kind]},
                "dataset": {"name": name, "type": name},
                "metrics": [{"type": metric, "value": round(value, 4)} for metric, value in known.items()],
            }


def _parts(training: Training, result: TrainingResult, record: TrainingRecord, notes: Sequence[str]) -> Iterator[str]:
    recipe = training.recipe
    yield f"# {recipe.title}\n\n{recipe.about}"
    command = " ".join(str(public(word)) for word in shlex.split(record.command))
    yield f"Made by `{_cell(command)}` of weval {record.environment.get('weval')}."
    if result.preset:
        yield f"Use: `weval run --model preset:{result.preset} --task weval`"
    if notes:
        yield "\n".join(f"- {one_line(note, 1500).replace('<', '&lt;')}" for note in notes)
    yield "## What it was trained on\n\n" + _table(
        ("what", "sha256, or what it is"),
        [(public(name), value) for name, value in record.identity["data"].items()]
        + [("base: " + str(public(result.base)), result.base_version or "unknown")],
    )
    rewarded = training.profile.reward is not None or training.profile.comparison is not None
    yield "## Not for\n\n" + (f"{REWARDED} " if rewarded else "") + NOT_FOR[recipe.kind]
    yield "## Measured\n\n" + _measured(result, _learnt(training))
    yield "## The curve\n\n" + _curve(training.out, result)
    used = {name: section for name, section in record.identity["profile"].items() if section is not None}
    settings = yaml.safe_dump(public(used), sort_keys=False, allow_unicode=True)
    yield f"## Settings\n\n```yaml\n{settings}```"
    versions = ", ".join(f"{name} {value}" for name, value in record.environment.items())
    yield f"Made with: {versions}."


def _measured(result: TrainingResult, learnt: frozenset[str]) -> str:
    rows = [
        (Path(one.name).name, name, value_of(found), interval_of(found), f"{found.n:,}" if found else "0")
        for one in result.measured
        for name, found in one.figures.items()
    ]
    parts = [_table(("on", "figure", "value", "95 % interval", "items"), rows)] if rows else []
    known = [Path(one.name).name for one in result.measured if one.name in learnt]
    parts += [f"It was trained on items of {_cell(name)}: figures on that say nothing." for name in known]
    parts += [f"Not measured: {_cell(name)}." for name in result.not_measured]
    return "\n\n".join(parts) or "It was run on no task and no benchmark when it was made."


def _curve(folder: Path, result: TrainingResult) -> str:
    rows = [(name, f"{value:.4g}", f"{result.end[name]:.4g}") for name, value in result.begin.items()]
    drawn = f"![Curve of training]({PLOT})\n\n" if is_file(folder / PLOT) else ""
    hours = f"{result.seconds / 3600:.1f} hours" if result.seconds > 5400 else f"{result.seconds / 60:.1f} minutes"
    said = f"{result.steps:,} steps in {hours}. Means over the first and the last tenth of the lines of {CURVE}:"
    return f"{drawn}{said}\n\n" + _table(("what", "first", "last"), rows)


def _table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    """Somebody's text in a cell of a table, or in a line."""
    return one_line(str(value), 300).replace("|", "\\|").replace("`", "'").replace("<", "&lt;")
