"""Writing-RL's rewards in veRL: the same comparisons and the same schedule, whose file all reward workers share.

Three places of veRL 0.9.1 are named here, all by configuration (`verl_keys`): `compute_score` rewards a text; the
reward manager tells it the step, which veRL keeps to itself; the checkpoint callback, on the driver, begins the
schedule and puts it beside each checkpoint. Validation moves nothing. Written against veRL's code; not run on hardware.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar

from weval.build.records import Laddered
from weval.errors import ConfigError
from weval.files import is_file, read_json, write_json
from weval.randomness import digest
from weval.serving.batching import Batcher
from weval.serving.options import ServeOptions
from weval.training.comparing.comparer import Comparer
from weval.training.comparing.judges import open_judge
from weval.training.comparing.keeping import at_first, keep_in, kept_in
from weval.training.comparing.rewarding import Comparisons, Rollout
from weval.training.comparing.store import SCHEDULE, Store
from weval.training.sections import Comparison
from weval.training.verl_reward import NoReward
from weval.types import Adapter, Id, Record, Request, Score

HERE = "weval.training.comparing.verl_reward"
STEP, SESSION, SPLIT = "weval_step", "weval_session", "split"
"""What the reward manager adds to a row's extra_info, and what says there whether the row is trained on."""

TRAIN = "train"
LATEST = "latest_checkpointed_iteration.txt"
SETUP = "comparison.json"

FIRST = 1
"""As veRL counts its steps."""

BATCHING = ServeOptions(max_batch=512, max_wait_ms=20.0, max_queue=1_000_000)
"""Texts come one by one, as they are written; a judge is asked about those that wait at once."""


class Setup(Record):
    """comparison.json, which an export writes: what workers have to know. The schedule is in a file beside it."""

    comparison: Comparison
    prompts: tuple[Id, ...] = ()


def write_setup(folder: Path, comparison: Comparison, prompts: Iterable[str]) -> Path:
    """Writes what workers have to know into a folder that they all see; the schedule will be there too."""
    path = folder / SETUP
    names = tuple(prompts) if comparison.mode == "original" else ()
    write_json(path, Setup(comparison=comparison, prompts=names))
    return path


def verl_keys(setup: Path | str) -> dict[str, str]:
    """What veRL is told of rewards; `setup` is where its workers see comparison.json."""
    return {
        "reward.custom_reward_function.path": f"pkg://{HERE}",
        "reward.custom_reward_function.name": "compute_score",
        "+reward.custom_reward_function.reward_kwargs.setup": str(setup),
        "reward.reward_manager.source": "importlib",
        "reward.reward_manager.name": "SteppedRewards",
        "reward.reward_manager.module.path": f"pkg://{HERE}",
        "trainer.checkpoint_callback_class": f"{HERE}.ScheduleKept",
    }


async def compute_score(
    data_source: str, solution_str: str, ground_truth: str, extra_info: Mapping[str, Any] | None = None, *, setup: str,
    **_: Any,  # noqa: ANN401 - the address of a reward model, where veRL runs one
) -> dict[str, float]:  # fmt: skip
    """The reward of one text, as veRL asks for it. `ground_truth` is a prompt with its references, as JSON.

    Raises NoReward where the judge gave none: veRL leaves such a text out. Raises ConfigError without a step.
    """
    extra = extra_info or {}
    if STEP not in extra:
        raise ConfigError("reward.reward_manager: has to be weval's, which tells the step (verl_keys)")
    number = str(extra.get(SESSION, digest(solution_str).hex()))
    rollout = Rollout(number, _prompt(ground_truth), solution_str, trains=extra.get(SPLIT, TRAIN) == TRAIN)
    comparisons = _comparisons(setup)
    (found,) = await asyncio.to_thread(comparisons.rewards, int(extra[STEP]), [rollout])
    if found is None:
        raise NoReward(f"prompt {rollout.prompt.id}: the judge gave no verdict")
    return {"score": found}


class SteppedRewards:
    """veRL's naive reward manager, which also tells `compute_score` the step and the number of the rollout."""

    def __init__(self, config: Any, tokenizer: Any, compute_score: Any, **router: Any) -> None:  # noqa: ANN401
        self._naive = _naive()(config, tokenizer, compute_score, **router)

    async def run_single(self, data: Any) -> Any:  # noqa: ANN401 - a DataProto with one rollout
        """The reward of a rollout."""
        about = data.non_tensor_batch
        told = {STEP: int(about["global_steps"][-1]), SESSION: int(about["session_id"][-1])}
        about["extra_info"][-1] = {**about["extra_info"][-1], **told}
        return await self._naive.run_single(data)

    @classmethod
    def assemble_rm_scores(cls, data: Any, scores: list[float]) -> Any:  # noqa: ANN401
        """As veRL's own."""
        return _naive().assemble_rm_scores(data, scores)


class ScheduleKept:
    """veRL's checkpoint callback, made on the driver before the first step: `on_save` after each checkpoint."""

    def __init__(self, config: Any) -> None:  # noqa: ANN401 - veRL's configuration
        setup, self._store = _read(str(config.reward.custom_reward_function.reward_kwargs["setup"]))
        found = checkpoint_of(config.trainer)
        first = at_first(setup.prompts, setup.comparison.mode, FIRST)
        self._store.begin(kept_in(found) if found else first)

    def on_save(self, *, global_step: int, checkpoint_dir: str, **_: Any) -> None:  # noqa: ANN401
        """Puts the schedule of the next step beside a checkpoint."""
        keep_in(Path(checkpoint_dir), self._store, global_step + 1)


def checkpoint_of(trainer: Any) -> Path | None:  # noqa: ANN401 - the section of veRL's configuration
    """The checkpoint that veRL goes on from, by the rules of its own trainer; None at the beginning."""
    if trainer.resume_mode == "disable":
        return None
    if trainer.resume_mode == "resume_path":
        return Path(trainer.resume_from_path)
    folder = Path(trainer.default_local_dir)
    if not is_file(folder / LATEST):
        return None
    return folder / f"global_step_{int((folder / LATEST).read_text(encoding='utf-8'))}"


class _Gathered:
    """An adapter that is asked from many threads; what they ask goes to the model in batches."""

    reads_ids: ClassVar[bool] = False

    def __init__(self, adapter: Adapter) -> None:
        self._adapter, self.unit = adapter, adapter.unit
        self._batcher = Batcher(adapter, BATCHING)
        self._batcher.start()

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The model's."""
        return self._adapter.fingerprint

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, in order."""
        return (future.result() for future in self._batcher.submit(list(requests)))


_opening = threading.Lock()


def _comparisons(setup: str) -> Comparisons:
    with _opening:  # many texts may come at once before a judge is there
        return _opened(setup)


@cache
def _opened(setup: str) -> Comparisons:
    found, store = _read(setup)
    adapter = _Gathered(open_judge(found.comparison, on_gpu=False))
    return Comparisons(Comparer(adapter, found.comparison), store, found.comparison)


@lru_cache(maxsize=256)  # a group's texts come together
def _prompt(ground_truth: str) -> Laddered:
    return Laddered.model_validate_json(ground_truth)


def _read(setup: str) -> tuple[Setup, Store]:
    """What is to be known, and the schedule that all workers share."""
    found = read_json(Path(setup), Setup)
    return found, Store(Path(setup).with_name(SCHEDULE), found.comparison.mode)


def _naive() -> Any:  # noqa: ANN401 - a class of veRL, which is not here where no one trains by it
    return importlib.import_module("verl.experimental.reward_loop.reward_manager.naive").NaiveRewardManager
