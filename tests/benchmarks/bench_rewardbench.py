"""rewardbench's own command on the same reward model and the same pairs, scored by its pipeline and by weval."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from tests.benchmarks import peers
from tests.benchmarks.records import Figure, Measured
from tests.benchmarks.timing import in_turn

WORKER = Path(__file__).with_name("rewardbench_worker.py")
BATCH = 8
"""Its own default."""

ON_THE_CPU = "Its pipeline sends every input to CUDA; here inputs stay on the CPU, by one method replaced."

Texts = dict[tuple[str, str], float]
"""Scores by pair and side."""


def measure(quick: bool) -> Measured:
    """float32, nothing truncated; a random Qwen2 of six layers, answers of weval-mini."""
    place = peers.place()
    if place is None:
        return Measured(missing=(f"rewardbench is not installed: {peers.HOW}",))
    n, rounds = (8, 1) if quick else (16, 2)
    with TemporaryDirectory() as name:
        folder = Path(name)
        model, items = write_model(folder / "model"), write_pairs(folder, n)
        with working(place, model, folder) as ask:
            ours = Ours(model, items, folder / "run")
            batches = f"rewardbench, batches of {BATCH}"
            pairs = [
                (("scoring: weval", ours.scoring), (batches, lambda: ask(BATCH)["scoring"])),
                (("scoring: weval without shared beginnings", ours.unshared), (batches, lambda: ask(BATCH)["scoring"])),
                (("scoring: weval", ours.scoring), ("rewardbench, one at a time", lambda: ask(1)["scoring"])),
            ]
            compared = [in_turn(*pair, rounds, warm=number == 0) for number, pair in enumerate(pairs)]
            whole = ("from files to the result: weval run", ours.whole), (batches, lambda: ask(BATCH)["whole"])
            compared.append(in_turn(*whole, rounds, "wall", warm=False))
        theirs = read_scores(folder, model)
    differing = max(abs(ours.heard[key] - theirs[key]) for key in theirs)
    assert differing < 1e-4, f"scores differ by {differing}: it is not the same work"
    return Measured(
        ratios=tuple(compared),
        figures=(
            Figure(name="texts", value=2 * n, unit=""),
            Figure(name="tokens a text", value=ours.tokens / (2 * n), unit=""),
            Figure(name="weval, tokens asked", value=ours.tokens / compared[0].seconds[0], unit="a second"),
            Figure(name="rewardbench, tokens asked", value=ours.tokens / compared[0].seconds[1], unit="a second"),
            Figure(name="largest difference of a score", value=differing, unit=""),
        ),
        versions=peers.rewardbench() | peers.installed_here("transformers", "torch"),
        notes=() if _has_cuda() else (ON_THE_CPU,),
    )


class Ours:
    """weval's ways over the same pairs. `heard` has the scores, `tokens` how many all texts have."""

    def __init__(self, model: Path, items: Path, out: Path) -> None:
        from weval.adapters.classifier import Classifier
        from weval.adapters.classifier.reading import Read
        from weval.plan import PlanOptions, plan
        from weval.tasks import load_data

        self.model, self.items, self.out = model, items, out
        self.classifiers = [
            Classifier(str(model), unit="response", dtype="float32", **more) for more in ({}, {"sharing": "false"})
        ]
        planned = [pair for item in load_data(items).items() for pair in plan(item, "response", PlanOptions())]
        self.requests = [request for request, _ in planned]
        self.names = {request.id: (source.item, source.candidates[0]) for request, source in planned}
        engines: list[Any] = [classifier._engine for classifier in self.classifiers]  # loaded before it is timed
        self.tokens = sum(len(read.ids) for read in engines[0].reader.read(self.requests) if isinstance(read, Read))
        self.heard: Texts = {}

    def scoring(self, which: int = 0) -> float:
        """CPU seconds of all scores."""
        began = time.process_time()
        self.heard = {self.names[one.request_id]: one.values[0] for one in self.classifiers[which].score(self.requests)}
        return time.process_time() - began

    def unshared(self) -> float:
        """The same, each text computed for itself."""
        return self.scoring(1)

    def whole(self) -> float:
        """Seconds on the clock of `weval run`, which measures its certificate, too."""
        from weval.run import RunSpec, run

        shutil.rmtree(self.out, ignore_errors=True)
        began = time.perf_counter()
        settings = {"unit": "response", "dtype": "float32"}
        run(RunSpec(f"classifier:{self.model}", data=self.items, settings=settings, out=self.out))
        return time.perf_counter() - began


@contextmanager
def working(place: Path, model: Path, folder: Path) -> Iterator[Any]:
    """A process in the peers' environment that has loaded rewardbench; a function from a batch size to its seconds."""
    words = [str(place / "python"), str(WORKER), model.name, "pairs.json", "out/"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ
        )
        given, said = process.stdin, process.stdout
        assert given is not None
        assert said is not None
        try:
            yield lambda size: _asked(given, said, size, folder / "worker.log")
        finally:
            process.kill()
            process.wait()
            given.close()
            said.close()


def _asked(given: IO[str], said: IO[str], size: int, log: Path) -> dict[str, float]:
    given.write(f"{size}\n")
    given.flush()
    line = said.readline()
    if not line:
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-3000:])
        raise RuntimeError("rewardbench ended")
    seconds: dict[str, float] = json.loads(line)
    return seconds


def write_model(folder: Path) -> Path:
    """A model that transformers 4.51 and 5 read alike: with the tokenizer of its kind, named as they both know it."""
    from transformers import AutoTokenizer

    from tests.small_models import edit_weights, make_rm, make_tokenizer

    sizes = {"hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 6, "initializer_range": 0.05}
    make_rm(folder, make_tokenizer(vocabulary=4000), **sizes)
    edit_weights(folder, lambda weights: weights["score.weight"].div_(16))  # scores about one apart
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = {
        "tokenizer_class": "Qwen2Tokenizer", "model_max_length": 4096, "chat_template": tokenizer.chat_template,
        "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
        "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    return folder


def write_pairs(folder: Path, n: int) -> Path:
    """Pairs of answers as rewardbench reads them (pairs.json), and the same as items of two, whose path is returned."""
    from weval.tasks import load_task

    pairs, items = [], []
    for item in load_task("weval-mini").items():
        for number in (1, 2):
            chosen, rejected = item.candidates[0], item.candidates[-number]
            two = item.model_copy(update={"id": f"{item.id}-{number}", "candidates": (chosen, rejected)})
            user = {"role": "user", "content": two.query(two.requirement_ids)}
            said = [[user, {"role": "assistant", "content": one.response}] for one in (chosen, rejected)]
            pairs.append({"prompt": user["content"], "chosen": said[0], "rejected": said[1], "pair": two.id,
                          "sides": [chosen.id, rejected.id]})  # fmt: skip
            items.append(two)
    (folder / "pairs.json").write_text("".join(json.dumps(pair) + "\n" for pair in pairs[:n]), encoding="utf-8")
    (folder / "items.jsonl").write_text("".join(item.model_dump_json() + "\n" for item in items[:n]), encoding="utf-8")
    return folder / "items.jsonl"


def read_scores(folder: Path, model: Path) -> Texts:
    """What rewardbench wrote last."""
    found: Texts = {}
    for line in (folder / "out" / f"{model.name}_outputs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for side, score in zip(row["sides"], (row["scores_chosen"], row["scores_rejected"]), strict=True):
            found[row["pair"], side] = score
    return found


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()
