"""How fast reward models score, side by side with plain transformers code on the same texts, in one process.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_rm.py --data ITEMS.jsonl [--items 20] [--device cuda]

The model is a random Qwen2 (`--shape small`: 28 M parameters beside the embeddings; `--shape 7b`: that of Qwen2.5-7B),
its tokenizer trained on the texts. Every way scores every text; scores are compared. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForSequenceClassification

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.small_models import make_tokenizer, spread
from weval.adapters.classifier import Classifier
from weval.adapters.classifier.reading import Read
from weval.plan import PlanOptions, plan
from weval.presets import read_preset
from weval.tasks import load_data
from weval.types import Item, Request

SHAPES: dict[str, dict[str, int]] = {
    "small": {
        "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 10,
        "num_attention_heads": 8, "num_key_value_heads": 4,
    },
    "7b": {
        "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
        "num_attention_heads": 28, "num_key_value_heads": 4,
    },
}  # fmt: skip


def main() -> None:
    """Measures everything and prints it."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        path = make_model(Path(folder), options)
        items = list(load_data(options.data).items())
        report: dict[str, Any] = {"shape": options.shape, "device": options.device, "dtype": options.dtype}
        report["matmul_gflops"] = round(matmul_peak(options) / 1e9, 1)
        wire = read_preset("paper-rm").settings["wire"]
        requirement = {"unit": "requirement", "wire": str(wire)}
        print("measuring: requirements of real answers", file=sys.stderr)
        report["requirement"] = compare(path, items[: options.items], requirement, options, (1,))
        print("measuring: requirements of answers of 800 tokens", file=sys.stderr)
        long = [resized(item, path) for item in items[: max(1, options.items // 2)]]
        report["requirement_800_tokens"] = compare(path, long, requirement, options, (1,))
        print("measuring: responses", file=sys.stderr)
        report["response"] = compare(path, items[: 3 * options.items], {"unit": "response"}, options, (8, 64))
    print(json.dumps(report, indent=2))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shape", choices=SHAPES, default="small")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--batch-tokens", type=int)
    return parser.parse_args()


def make_model(folder: Path, options: argparse.Namespace) -> Path:
    """A random model, whose tokenizer has a vocabulary of 8,000."""
    torch.manual_seed(0)
    lines = options.data.read_text(encoding="utf-8").splitlines()[:100]
    texts = [candidate["response"] for line in lines for candidate in json.loads(line)["candidates"]]
    tokenizer = make_tokenizer(vocabulary=8000, texts=texts)
    config = Qwen2Config(
        vocab_size=len(tokenizer), max_position_embeddings=32768, num_labels=1, pad_token_id=0, **SHAPES[options.shape]
    )
    with torch.device(options.device):
        model = Qwen2ForSequenceClassification(config).to(getattr(torch, options.dtype))
    spread(model.score)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def resized(item: Item, path: Path) -> Item:
    """The item with responses of 800 tokens, repeated or cut."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(path)

    def long(text: str) -> str:
        ids = tokenizer(text)["input_ids"] or [5]
        return str(tokenizer.decode((ids * (800 // len(ids) + 1))[:800]))

    candidates = tuple(c.model_copy(update={"response": long(c.response)}) for c in item.candidates)
    return item.model_copy(update={"candidates": candidates})


def compare(
    path: Path, items: Sequence[Item], settings: dict[str, str], options: argparse.Namespace, sizes: Sequence[int]
) -> dict[str, Any]:
    """Ours against batches of fixed sizes in file order, in turn; medians over runs."""
    more = {"device": options.device, "dtype": options.dtype}
    if options.batch_tokens:
        more["batch_tokens"] = str(options.batch_tokens)
    ours = Classifier(str(path), **settings, **more)
    requests = [request for item in items for request, _ in plan(item, ours.unit, PlanOptions())]
    engine: Any = ours._engine  # loaded before anything is timed
    ways: dict[str, Callable[[], dict[str, float]]] = {"ours": lambda: by_us(ours, requests)}
    for size in sizes:
        ways[f"batches of {size}"] = lambda size=size: plainly(ours, requests, size)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, dict[str, float]] = {}
    for _ in range(options.runs):
        for name, way in ways.items():
            began = time.perf_counter()
            found[name] = way()
            seconds[name].append(time.perf_counter() - began)
    tokens = sum(len(read.ids) for read in engine.reader.read(requests) if isinstance(read, Read))
    effort = engine.runner.efforts()[0]
    real = effort.computed - effort.padding
    took = {name: median(times) for name, times in seconds.items()}
    speed = real / options.runs / took["ours"]
    return {
        "requests": len(requests),
        "tokens": tokens,
        "seconds": {name: round(value, 2) for name, value in took.items()},
        "times faster than": {name: round(took[name] / took["ours"], 2) for name in ways if name != "ours"},
        "largest difference": {
            name: max(abs(found["ours"][key] - other[key]) for key in other) for name, other in found.items()
        },
        "tokens per second": round(tokens / took["ours"]),
        "computed per real token": round(effort.computed / real, 3),
        "prefix tokens saved": round(effort.saved / effort.asked, 3),
        "share of matmul peak": round(
            speed * flops_per_token(engine, tokens / len(requests)) / matmul_peak(options), 2
        ),
    }


def by_us(model: Classifier, requests: Sequence[Request]) -> dict[str, float]:
    """Scores by request."""
    return {score.request_id: score.values[0] for score in model.score(requests)}


def plainly(model: Classifier, requests: Sequence[Request], size: int) -> dict[str, float]:
    """Scores by request, in padded batches of a size in file order, as the model's own class computes them."""
    found: dict[str, float] = {}
    engine: Any = model._engine
    tokenizer, options, device = engine.reader.tokenizer, model.options, model._loaded.device
    tokenizer.padding_side = "right"
    with torch.inference_mode():
        for batch in chunks(requests, size):
            texts = [engine.reader._text(request) for request in batch]
            said = tokenizer(
                texts, padding=True, return_tensors="pt", add_special_tokens=options.sends_special_tokens()
            ).to(device)
            logits = model._loaded.model(**said).logits[:, 0].float().tolist()
            found |= {request.id: value for request, value in zip(batch, logits, strict=True)}
    return found


def chunks(requests: Sequence[Request], size: int) -> Iterator[Sequence[Request]]:
    """Batches in order."""
    for start in range(0, len(requests), size):
        yield requests[start : start + size]


def flops_per_token(engine: Any, length: float) -> float:
    """Two per weight beside the embeddings, and what attention takes at half the length on average."""
    layers = engine.runner.decoder.layers
    weights = sum(p.numel() for name, p in layers.named_parameters() if "embed" not in name)
    config = layers.config
    return 2 * weights + 2 * config.num_hidden_layers * config.hidden_size * length


def matmul_peak(options: argparse.Namespace) -> float:
    """Operations per second of a large matrix product on this device, in this precision: the best of some."""
    size = 1024 if options.device == "cpu" else 8192
    a = torch.randn(size, size, device=options.device, dtype=getattr(torch, options.dtype))
    best = 0.0
    for _ in range(8):
        wait(options.device)
        began = time.perf_counter()
        a @ a
        wait(options.device)
        best = max(best, 2 * size**3 / (time.perf_counter() - began))
    return best


def wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
