"""lm-evaluation-harness asking the same server for the same judge prompts, as many at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks import peers
from tests.benchmarks.bench_judges import AT_ONCE, DELAY_S, replies, serving, texts
from tests.benchmarks.records import Figure, Measured
from tests.benchmarks.timing import Taken, by_both_clocks, timed

INSTALL = "pip install 'weval[lm-eval]'"
Heard = dict[str, list[str | None]]


def measure(quick: bool) -> Measured:
    """Model type beside text model, prompts in, replies out; and whole runs, from a file to the result."""
    versions = peers.installed_here("lm-eval", "aiohttp", "openai")
    if "lm-eval" not in versions:
        return Measured(missing=(f"lm-eval is not installed: {INSTALL}",))
    n, rounds, delay_s = (25, 1, 0.02) if quick else (1000, 2, DELAY_S)
    asked, heard = f"{n:,} requests, {AT_ONCE} at once", [Heard(), Heard()]
    with serving(delay_s) as url, TemporaryDirectory() as name:
        prompts, whole = texts(n), Whole(url, Path(name), n)
        ours = kept(heard[0], "ours", lambda: replies(url, prompts))
        theirs = kept(heard[0], "theirs", lambda: lm_eval_replies(url, prompts))
        run_ours, run_theirs = kept(heard[1], "ours", whole.ours), kept(heard[1], "theirs", whole.theirs)
        called = (f"the text model, {asked}", "lm-eval's local-chat-completions")
        runs = (f"weval run with a judge, {asked}", "lm-eval's simple_evaluate of the same prompts")
        ratios = (
            *by_both_clocks((called[0], ours), (called[1], theirs), rounds),
            *by_both_clocks((runs[0], run_ours), (runs[1], run_theirs), rounds),
        )
    differing = sum(a != b for one in heard for a, b in zip(one["ours"], one["theirs"], strict=True))
    figure = Figure(name="replies that differ", value=differing, unit=f"of {2 * n:,}")
    return Measured(ratios=ratios, figures=(figure,), versions=versions)


def kept(heard: Heard, key: str, way: Callable[[], Sequence[str | None]]) -> Callable[[], Taken]:
    """A way that is timed; what it hears is kept."""

    def run() -> Taken:
        found: list[Sequence[str | None]] = []
        taken = timed(lambda: found.append(way()))
        heard[key] = list(found[0])
        return taken

    return run


def lm_eval_replies(url: str, prompts: list[str]) -> list[str]:
    """What its model type hears, in the order of the prompts."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.openai_completions import LocalChatCompletion

    model = LocalChatCompletion(**model_settings(url))
    wanted = {"until": [], "max_gen_toks": 16, "temperature": 0.0, "do_sample": False}
    contexts = [model.apply_chat_template([{"role": "user", "content": text}]) for text in prompts]
    asked = [Instance("generate_until", {}, (context, dict(wanted)), n) for n, context in enumerate(contexts)]
    found: list[str] = model.generate_until(asked, disable_tqdm=True)
    return found


def model_settings(url: str) -> dict[str, Any]:
    """How its model type is opened."""
    return {
        "base_url": f"{url}/chat/completions", "model": "m", "num_concurrent": AT_ONCE, "max_length": 100_000,
        "eos_string": "</s>",
    }  # fmt: skip


class Whole:
    """Whole runs on the requests about the first items of weval-mini, 25 each: their prompts are lm-eval's task."""

    def __init__(self, url: str, folder: Path, n: int) -> None:
        from weval.adapters.judge import Judge
        from weval.plan import PlanOptions, plan
        from weval.tasks import load_task

        settings = {"base_url": url, "concurrency": str(AT_ONCE), "prompt": "requirement-binary", "temperature": "0"}
        self.url, self.folder, self.settings, self.limit = url, folder, settings, n // 25
        judge, items = Judge("server/m", **settings), list(load_task("weval-mini").items())[: self.limit]
        requests = [request for item in items for request, _ in plan(item, judge.unit, PlanOptions())]
        asked = [dict(judge.prompt(request).messages) for request in requests]
        self.ids, (self.system,) = [request.id for request in requests], {one["system"] for one in asked}
        rows = [json.dumps({"user": one["user"], "target": "[[1]]"}) + "\n" for one in asked]
        (folder / "prompts.jsonl").write_text("".join(rows), encoding="utf-8")

    def ours(self) -> list[str]:
        """`weval run`: prompts and verdicts made, every reply and score on disk before the next, a result written."""
        from weval.run import RunSpec, run
        from weval.store import read_rows

        shutil.rmtree(self.folder / "run", ignore_errors=True)
        spec = RunSpec(
            "judge:server/m", "weval-mini", settings=self.settings, limit=self.limit, out=self.folder / "run"
        )
        run(spec)
        said = {row.id: f"[[{row.values[0]:.0f}]]" for _, row in read_rows(self.folder / "run")}
        return [said[name] for name in self.ids]

    def theirs(self) -> list[str]:
        """The harness: the finished prompts from a file, one figure, nothing written; without the list of its tasks,
        which takes it 15 s to make.
        """
        from lm_eval import simple_evaluate
        from lm_eval.tasks import TaskManager

        task = {
            "task": "judged", "dataset_path": "json", "test_split": "test", "output_type": "generate_until",
            "dataset_kwargs": {
                "data_files": {"test": str(self.folder / "prompts.jsonl")}, "cache_dir": str(self.folder / "cache")
            },
            "doc_to_text": "{{user}}", "doc_to_target": "{{target}}", "metric_list": [{"metric": "exact_match"}],
            "generation_kwargs": {"until": [], "max_gen_toks": 2048, "temperature": 0.0, "do_sample": False},
        }  # fmt: skip
        found = simple_evaluate(
            "local-chat-completions", model_args=model_settings(self.url), tasks=[task],
            system_instruction=self.system, apply_chat_template=True, bootstrap_iters=0,
            task_manager=TaskManager(include_defaults=False),
        )  # fmt: skip
        samples = sorted(found["samples"]["judged"], key=lambda sample: sample["doc_id"])
        return [sample["resps"][0][0] for sample in samples]
