"""`weval import lm-eval`: samples of a weval task become a run, its scores read again from the raw replies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from weval.adapters import open_adapter
from weval.errors import ConfigError
from weval.evaluate import EvaluateOptions
from weval.files import as_file_name, os_message, read_json
from weval.harness.figures import asked_about
from weval.harness.samples import Samples, digest_of, read_samples
from weval.harness.suite import PLAN
from weval.identity import Identity, record_of
from weval.readback import Outcome, finish, scored_run
from weval.results import ModelStamp, TaskStamp
from weval.run import Watcher
from weval.store import RunFolder

_SAYABLE = {"until", "max_gen_toks", "do_sample", "temperature", "top_p"}
"""What lm-eval may be told of sampling that `weval run` may be, too."""


class Config(BaseModel):
    """Who was asked, as lm-eval's results say it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    model_args: dict[str, Any] | str | None = None


class Results(BaseModel):
    """results_*.json of lm-eval, as far as it is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    config: Config
    lm_eval_version: str | None = None


def import_samples(path: Path, out: Path | None = None, command: str = "", watcher: Watcher | None = None) -> Outcome:
    """The run that a file of samples holds, written to `out` (default: runs/MODEL/TASK, as of a run).

    Items up to the last one with a sample were asked about; one of them with an answer missing is missing. The results
    of the same lm-eval run, where they lie beside the samples, say which model it was. The same file once more changes
    nothing. Raises DataError for bad samples, ResultError where the folder holds another run or no item has a score.
    """
    watcher = watcher or Watcher()
    samples = read_samples(path)
    suite, task = samples.suite, samples.suite.task
    for notice in task.notices:
        watcher.notice(notice)
    results = _results_beside(path)
    if results is None:
        watcher.notice(
            f"no results of lm-eval beside {path.name}: which model it was is not known, and it cannot be submitted"
        )
    settings = _settings(samples.generation)
    if results and samples.is_plain:
        watcher.notice("lm-eval asked without a chat template; weval run uses the model's, where it has one")
    if results and settings is None:
        watcher.notice("lm-eval was told more of sampling than weval run can be, so the run cannot be submitted")
    name, settings = _model(path, results, settings)
    asked = sum(1 for _ in asked_about(suite, {suite.questions[one].source.item for one in samples.replies}))
    identity = Identity(
        task=TaskStamp(name=task.name, version=task.version, sha256=task.sha256),
        data=task.options,
        model=ModelStamp(
            name=name, unit=suite.judge.spec.unit, reads_ids=False, fingerprint=_fingerprint(name, samples, results)
        ),
        plan=PLAN,
        limit=asked if asked < task.n_items else None,
    )
    record = record_of(identity, EvaluateOptions(), settings or {}, command, suite.data or None)
    if settings is None:
        record = record.model_copy(update={"settings": None})
    part = f"-first{identity.limit}" if identity.limit else ""  # as weval run calls it
    folder = out or Path("runs") / as_file_name(name) / (as_file_name(task.name) + part)
    with RunFolder(folder) as held:
        held.begin(record)
        there = held.answered(failed_too=True)
        for request_id, question in suite.questions.items():
            if request_id in samples.replies and request_id not in there:
                held.append(suite.score(request_id, samples.replies[request_id]), question.source)
        return finish(scored_run(folder, identity, EvaluateOptions(), task))


def _results_beside(path: Path) -> Results | None:
    """The results that lm-eval wrote with these samples: under the same time, in the same folder. Raises DataError."""
    try:
        beside = sorted(path.parent.glob("results_*.json"))
    except OSError as error:
        raise ConfigError(f"{path.parent}: {os_message(error)}") from error
    for results in beside:
        if path.stem.endswith(results.stem.removeprefix("results")):
            return read_json(results, Results)
    return None


def _model(path: Path, results: Results | None, settings: dict[str, str] | None) -> tuple[str, dict[str, str] | None]:
    """The model as `weval run` would ask it, with its settings; or a name alone, None where it could not."""
    if results is not None:
        told = results.config.model_args or {}
        arguments = told if isinstance(told, str) else ",".join(f"{name}={value}" for name, value in told.items())
        name = f"lm-eval:{results.config.model}"
        for model in ([f"{name},{arguments}"] if arguments else []) + [name]:  # without arguments that hold a secret
            try:
                open_adapter(model, settings or {})
            except ConfigError:
                continue
            return model, settings
        return name, None
    return f"lm-eval:{path.absolute().parent.name}", None


def _settings(generation: Mapping[str, Any]) -> dict[str, str] | None:
    """lm-eval's words for sampling in ours; None where ours cannot say all of it."""
    stops = generation.get("until") or []
    stops = [stops] if isinstance(stops, str) else stops
    if len(stops) > 1 or not generation.keys() <= _SAYABLE:
        return None
    drawn = bool(generation.get("do_sample", generation.get("temperature")))
    found = {"temperature": generation.get("temperature", 1.0) if drawn else 0}
    found |= {"max_tokens": generation["max_gen_toks"]} if "max_gen_toks" in generation else {}
    found |= {"top_p": generation["top_p"]} if drawn and "top_p" in generation else {}
    found |= {"stop": stops[0]} if stops else {}
    return {name: str(value) for name, value in found.items()}


def _fingerprint(name: str, samples: Samples, results: Results | None) -> dict[str, Any]:
    """The judge that was asked and read by, the model as far as it is known, and a hash of what it said.

    No other run has it: an imported one cannot be continued by asking.
    """
    judge = samples.suite.judge
    version = results.lm_eval_version if results else None
    return {
        "adapter": "Judge",
        "judge": judge.name,
        "judge_sha256": judge.sha256,
        "imported": {"from": "lm-eval", "version": version, "replies_sha256": digest_of(samples)},
        "model": {"model": name, "generation": samples.generation, "chat_template": not samples.is_plain},
    }
