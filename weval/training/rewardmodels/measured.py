"""What a trained reward model is worth: its figures, whether it reads, and how far it is above what does not.

On each set of items it is asked as it was trained and, as a probe, about another item's requirements; beside it stand
the length of a text and the words of a requirement found in it. A model that only knows how texts look which were
written to many requirements does as well under the probe (docs/rm-formulations.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from weval.compare import CompareOptions, compare
from weval.comparison import Difference
from weval.files import as_file_name, is_file, write_json
from weval.results import Estimate, TaskStamp
from weval.run import DEFAULT_TASK, RunSpec, Settings, Watcher, run
from weval.tasks import task_names
from weval.training.card import add_section
from weval.training.folder import PRESET, RUNS
from weval.training.measuring import as_set
from weval.training.rewardmodels.data import HELDOUT
from weval.training.start import Training
from weval.types import Record
from weval.wording import DASH, interval, number, value_of

MEASURED = "measured.json"
"""In the folder of a training run."""

HEADING = "Does it read"
"""Of its section in the card."""

EXPLAINED = (
    "Beside the model: the same model asked about the requirements of another item (a model that reads falls), and the "
    "better of two scorers that read nothing, the length of a text and the words of a requirement found in it. *Above "
    "that* is the paired difference. 95 % intervals in brackets, over items."
)

BASELINES = ("length", "keywords")
SHOWN = ("correlation", "reading")

Figures = dict[str, Estimate | None]
Differences = dict[str, Difference | None]


class OnItems(Record):
    """One set of items: the model's figures, those under the probe and of the baselines, and how far it is above each.

    `above` has the paired differences by what the model is compared with: swapped, length, keywords.
    """

    task: TaskStamp
    n_items: int
    model: Figures
    swapped: Figures
    baselines: dict[str, Figures]
    above: dict[str, Differences]

    @property
    def best_baseline(self) -> str:
        """The baseline with the higher correlation: what a model has to beat."""
        return max(self.baselines, key=lambda name: _value(self.baselines[name]["correlation"]))


class Measured(Record):
    """measured.json. `held_pairs` is how many of the pairs held out are ranked right, ties half; null without any."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    held_pairs: Estimate | None = None
    items: dict[str, OnItems]


def measure(
    model: str, targets: Sequence[str], runs: Path, settings: Mapping[str, str], watcher: Watcher | None = None
) -> dict[str, OnItems]:
    """Runs a model on tasks or files of items, into folders below `runs`, and compares, by the name of the folder. Runs
    that are there go on.

    Raises WevalError where one of them cannot be made; what was scored before stays.
    """
    made = [_Runs(model, target, runs, settings, watcher) for target in targets]
    return {each.place.name: _on_items(each) for each in made}


class _Runs:
    """The runs on one set of items, each in a folder of its own."""

    def __init__(
        self, model: str, target: str, runs: Path, settings: Mapping[str, str], watcher: Watcher | None
    ) -> None:
        self.model, self.settings, self.watcher = model, settings, watcher
        is_task = target in task_names()
        self.task = target if is_task else DEFAULT_TASK
        self.data = None if is_task else Path(target)
        self.place = runs / as_file_name(target if is_task else Path(target).stem)

    def make(self, name: str) -> Path:
        """The folder of a finished run: of the model itself, under the probe (swapped), or of a baseline."""
        is_baseline = name in BASELINES
        said = {key: value for key, value in self.settings.items() if not is_baseline or key in Settings.model_fields}
        outcome = run(
            RunSpec(
                model=name if is_baseline else self.model,
                task=self.task,
                data=self.data,
                settings=said | ({"probe": "swapped"} if name == "swapped" else {}),
                out=self.place if name == "model" else self.place.with_name(f"{self.place.name}-{name}"),
            ),
            self.watcher,
        )
        return outcome.folder


def _on_items(runs: _Runs) -> OnItems:
    folders = {name: runs.make(name) for name in ("model", "swapped", *BASELINES)}
    said = runs.settings.get("resamples")
    options = CompareOptions(resamples=int(said) if said else None)
    beside = {
        name: compare([folders["model"], folder], options).comparison
        for name, folder in folders.items()
        if name != "model"
    }
    figures: dict[str, Figures] = {name: found.runs[1].metrics for name, found in beside.items()}
    first = next(iter(beside.values()))
    return OnItems(
        task=first.task,
        n_items=first.n_compared,
        model=first.runs[0].metrics,
        swapped=figures.pop("swapped"),
        baselines=figures,
        above={name: found.duels[0].metrics for name, found in beside.items()},
    )


def measure_reward_model(training: Training, right: Estimate | None = None) -> Measured:
    """Measures the finished model of a training run on its held-out items and on the profile's `measure.tasks`.

    `right` is the share of held-out pairs ranked right. Writes measured.json, and a table into the card. Of several
    processes only the first may call this. Raises WevalError where something cannot be measured.
    """
    heldout = training.out / HELDOUT
    targets = [*([str(heldout)] if is_file(heldout) else []), *training.profile.measure.tasks]
    settings = as_set(training.profile.measure.settings)
    training.watcher.counts("scoring", "scored")
    found = Measured(
        schema=1,
        held_pairs=right,
        items=measure(f"preset:{training.out / PRESET}", targets, training.out / RUNS, settings, training.watcher),
    )
    write_json(training.out / MEASURED, found)
    add_section(training.out, HEADING, f"{EXPLAINED}\n\n{measured_table(found)}")
    return found


def measured_table(measured: Measured) -> str:
    """The figures as a table in Markdown, a line for each set of items and figure; 95 % intervals in brackets."""
    heads = ("items", "figure", "model", "requirements swapped", "above that", "best baseline", "above that")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name, found in measured.items.items():
        for figure in SHOWN:
            if found.model[figure] is not None:
                lines.append("| " + " | ".join(_row(name, figure, found)) + " |")
    if (pairs := measured.held_pairs) is not None:
        lines += ["", f"Of {pairs.n:,} preferences held out {value_of(pairs)} are ranked right, ties half."]
    return "\n".join(lines)


def _row(name: str, figure: str, found: OnItems) -> Iterator[str]:
    baseline = found.best_baseline
    yield from (f"{name} ({found.n_items})", figure)
    yield _told(found.model[figure])
    yield _told(found.swapped[figure])
    yield _told(found.above["swapped"][figure])
    yield f"{baseline} {_told(found.baselines[baseline][figure])}"
    yield _told(found.above[baseline][figure])


def _told(figure: Estimate | Difference | None) -> str:
    if figure is None:
        return DASH
    return number(figure.value) + (f" [{interval(figure.ci)}]" if figure.ci else "")


def _value(figure: Estimate | None) -> float:
    return -2.0 if figure is None else figure.value
