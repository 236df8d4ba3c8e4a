"""Runs in the peers' environment: rewardbench's own command on a file of pairs, as often as it is told to.

PYTHON-OF-THE-PEERS rewardbench_worker.py MODEL PAIRS OUT

A batch size on each line of standard input; for each a line of JSON: seconds of the whole, and of its pipeline, which
reads texts, pads, and computes. What it writes lies in OUT, as rewardbench writes it.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any


def stay_on_the_cpu() -> None:
    """Its pipeline moves all inputs to "cuda", whatever there is: without one they stay. Nothing else is changed."""
    import torch
    from transformers import BatchEncoding

    moved = BatchEncoding.to

    def to(self: Any, device: str, **options: Any) -> Any:
        return self if device == "cuda" and not torch.cuda.is_available() else moved(self, device, **options)

    BatchEncoding.to = to


def main() -> None:
    """Until standard input ends."""
    from rewardbench.models.pipeline import RewardBenchPipeline
    from rewardbench.rewardbench import Args, rewardbench

    model, pairs, out = sys.argv[1:]
    given = {"model": model, "dataset": pairs, "load_json": True, "output_dir": out}
    spent = 0.0
    called = RewardBenchPipeline.__call__

    def timed(self: Any, *args: Any, **options: Any) -> Any:
        nonlocal spent
        began = time.process_time()
        scores = called(self, *args, **options)
        spent += time.process_time() - began
        return scores

    RewardBenchPipeline.__call__ = timed
    stay_on_the_cpu()
    for line in sys.stdin:
        began, spent = time.perf_counter(), 0.0
        with contextlib.redirect_stdout(sys.stderr):
            rewardbench(Args(**given, not_quantized=True, torch_dtype="float32", batch_size=int(line)))
        print(json.dumps({"whole": time.perf_counter() - began, "scoring": spent}), flush=True)


if __name__ == "__main__":
    main()
