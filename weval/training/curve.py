"""The curve of a training run and its checkpoints: a run that was killed goes on to the same curve.

curve.jsonl has a line for every step that was logged: {"step": n, "seconds": since the line before, "loss": …}. When a
run goes on from a checkpoint, the lines after its step are cut off and written again. What a trainer logs of its own
speed is left out.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weval.appending import append_line, cut_off_half_line
from weval.errors import ResultError
from weval.files import os_message
from weval.training.folder import CHECKPOINTS, CURVE, complete
from weval.training.start import Training, in_step
from weval.training.stopping import Stopping

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

SPEED = ("_runtime", "_per_second", "step_time", "preparation_time")
"""How the names of fields end that tell of speed."""

TOKENS = "num_tokens"
"""How many were trained on since the first step."""

SHOWN = ("loss", "reward", "accuracy")
"""What is shown beside the bar, as far as it is logged."""


class Trained(Exception):
    """The last step was done before: there is nothing to train."""


def read_curve(path: Path) -> list[dict[str, float]]:
    """The lines of a curve.jsonl, oldest first; a half line at the end is none, and neither does a file have to be.

    Raises ResultError for a file that is no curve.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        found = [json.loads(line) for line in lines if line.endswith(b"\n")]
    except OSError as error:
        raise ResultError(f"{path}: {os_message(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{path}: is no curve of a training run, a JSON object per line") from error
    if not all(isinstance(line, dict) and isinstance(line.get("step"), int) for line in found):
        raise ResultError(f"{path}: is no curve of a training run; every line has a step")
    return found


def cut_back(path: Path, step: int) -> None:
    """Takes off the lines after a step, which are written again. Raises ResultError."""
    cut_off_half_line(path)
    kept = 0
    for found, line in zip(read_curve(path), path.read_bytes().splitlines(keepends=True), strict=True):
        if found["step"] > step:
            break
        kept += len(line)
    try:
        os.truncate(path, kept)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error


def logged(logs: Mapping[str, Any], step: int, seconds: float) -> dict[str, float]:
    """A line of the curve: the finite numbers among what was logged, without those of speed.

    >>> logged({"loss": 0.5, "reward": float("nan"), "eval_runtime": 3.0}, 10, 1.234)
    {'step': 10, 'seconds': 1.23, 'loss': 0.5}
    """
    line: dict[str, float] = {"step": step, "seconds": round(seconds, 2)}
    for name, value in logs.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if is_number and not name.endswith(SPEED) and name not in line:
            line[name] = value
    return line


def train(training: Training, trainer: Trainer) -> None:
    """Trains from the last whole checkpoint, or the beginning, to the last step. Where that was done before, the
    trainer has its weights when this returns.
    """
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)  # it prints every line of the curve
    found = training.checkpoint()
    try:
        trainer.train(resume_from_checkpoint=str(found) if found else None)
    except Trained:
        trainer.is_in_train = False


def callbacks(training: Training) -> list[TrainerCallback]:
    """What a trainer does beside training: it writes the curve, marks whole checkpoints, shows how it goes.

    On Ctrl-C and SIGTERM the step is finished and saved, then KeyboardInterrupt raised.
    """
    from transformers import TrainerCallback

    watch = _Watch(training)

    class _Curve(TrainerCallback):
        def on_train_begin(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            watch.begin(state)

        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            if watch.step(args, state):
                control.should_save = control.should_training_stop = True
            if control.should_save:
                control.should_log = True  # means over several steps begin anew at a checkpoint, killed or not

        def on_log(
            self,
            args: TrainingArguments,
            state: TrainerState,
            control: TrainerControl,
            logs: Mapping[str, Any] | None = None,
            **_: object,
        ) -> None:
            watch.log(logs or {}, state)

        def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
            watch.saved(state)

        def on_train_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
        ) -> None:
            watch.stopping.release()

    return [_Curve()]


class _Watch:
    """What happens on each event of a trainer."""

    def __init__(self, training: Training) -> None:
        self.training, self.stopping = training, Stopping(tells=training.is_main)
        self._is_leaving, self._is_told = False, False
        self._since, self._tokens = time.monotonic(), 0.0  # of what is measured before the first step, too

    def begin(self, state: TrainerState) -> None:
        """The first step comes, or the next one after a checkpoint. Raises Trained where none is left."""
        step, last = state.global_step, state.max_steps
        if self.training.is_main:
            cut_back(self.training.out / CURVE, step)
            before = read_curve(self.training.out / CURVE)
            if not state.num_input_tokens_seen:  # some of TRL's trainers count from 0 again
                self._tokens = max((line.get(TOKENS, 0.0) for line in before), default=0.0)
        if step >= last:
            raise Trained
        self.training.watcher.counts("training", "trained")
        self.training.watcher.started(last, step)
        self._since = time.monotonic()
        self.stopping.listen()

    def step(self, args: TrainingArguments, state: TrainerState) -> bool:
        """A step is done. Whether this one is to be saved and the last for now."""
        self.training.watcher.scored()
        self._is_leaving = state.global_step % steps_of_rollout(args) == 0 and self.stopping.agreed()
        return self._is_leaving

    def log(self, logs: Mapping[str, Any], state: TrainerState) -> None:
        """Something was logged; the summary at the end is no part of the curve."""
        if not self.training.is_main or "train_runtime" in logs:
            return
        now = time.monotonic()
        line = logged(logs, state.global_step, now - self._since)
        self._since = now
        if TOKENS in line:
            line[TOKENS] += self._tokens
        append_line(self.training.out / CURVE, json.dumps(line).encode() + b"\n")
        shown = [f"{name} {line[name]:.3g}" for name in SHOWN if name in line]
        self.training.watcher.beside(", ".join(shown))
        if "loss" in logs and "loss" not in line and not self._is_told:
            self._is_told = True
            self.training.watcher.notice(f"the loss is no number at step {state.global_step}; is the rate too high?")

    def saved(self, state: TrainerState) -> None:
        """A checkpoint is written, by this process; the others may be writing their parts of it still."""
        in_step()
        if self.training.is_main:
            complete(self.training.out / CHECKPOINTS / f"checkpoint-{state.global_step}")
        if self._is_leaving:
            self.stopping.release()
            raise KeyboardInterrupt


def steps_of_rollout(args: TrainingArguments) -> int:
    """How many steps are made of one rollout: a policy can be stopped between two, as what was generated is not saved.

    1 for trainers that generate nothing.
    """
    generated = int(getattr(args, "steps_per_generation", None) or 0) * int(getattr(args, "num_iterations", 1))
    return max(1, generated // args.gradient_accumulation_steps)
