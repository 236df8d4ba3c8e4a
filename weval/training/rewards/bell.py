"""Rings the alarms of alarms.py while a policy is trained: a notice, and a line in alarms.jsonl."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weval.appending import append_line
from weval.files import write_text
from weval.training.curve import logged, read_curve
from weval.training.folder import CURVE
from weval.training.rewards.alarms import Alarm, begun
from weval.training.rewards.statistics import REWARD
from weval.training.sections import Alarms
from weval.training.start import Training

if TYPE_CHECKING:
    from transformers import TrainerCallback

ALARMS = "alarms.jsonl"


class Bell:
    """The steps so far, and the alarms that they set off: each once, until it has been off again."""

    def __init__(self, training: Training, limits: Alarms) -> None:
        self._training, self._limits = training, limits
        self._rows: list[dict[str, float]] = []

    def begin(self, step: int) -> None:
        """Takes what there is up to the step that the run goes on from; later alarms will be rung again."""
        self._rows = [row for row in read_curve(self._training.out / CURVE) if row["step"] <= step and REWARD in row]
        kept = [alarm for alarm in read_alarms(self._file) if alarm.step <= step]
        if self._file.exists():
            write_text(self._file, "".join(alarm.model_dump_json() + "\n" for alarm in kept))

    def log(self, logs: Mapping[str, Any], step: int) -> None:
        """Takes a step, as it was logged."""
        if logs.get(REWARD) is None:
            return
        self._rows.append(logged(logs, step, 0.0))
        for alarm in begun(self._rows, self._limits):
            self._training.watcher.notice(f"step {alarm.step}: {alarm.kind}: {alarm.said}")
            append_line(self._file, alarm.model_dump_json().encode() + b"\n")

    @property
    def _file(self) -> Path:
        return self._training.out / ALARMS


def read_alarms(path: Path) -> list[Alarm]:
    """The alarms of a training run, oldest first; a half line at the end is none."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines(keepends=True)
    return [Alarm.model_validate_json(line) for line in lines if line.endswith(b"\n")]


def bell(training: Training) -> list[TrainerCallback]:
    """What a trainer is told to do: ring alarms. Only one process of a run does."""
    from transformers import TrainerCallback

    reward = training.profile.reward
    ours = Bell(training, reward.alarms if reward else Alarms())

    class Rings(TrainerCallback):
        """One training run's."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if training.is_main:
                ours.begin(state.global_step)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ANN401
            if training.is_main:
                ours.log(logs or {}, state.global_step)

    return [Rings()]
