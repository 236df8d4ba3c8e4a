"""A random reward model of 28 M parameters, beside plain transformers code on the same texts, in one process.

OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_rm [--data ITEMS.jsonl] [--items 20] [--device cuda --shape 7b]

A Qwen2 whose tokenizer is trained on the texts; 28 M counts what is beside the embeddings. `--shape 7b` has the sizes
of Qwen2.5-7B. Every way scores every text, in turn; scores are compared. By itself it prints its part of the JSON.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import peers
from tests.benchmarks.records import Clock, Figure, Measured, Ratio
from tests.benchmarks.timing import Taken, in_turn, timed
from weval.types import Item, Request

if TYPE_CHECKING:
    from weval.adapters.classifier import Classifier

BUNDLED = Path(__file__).parents[2] / "tasks" / "weval-mini" / "items.jsonl"
SHAPES: dict[str, dict[str, int]] = {
    "tiny": {
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2,
    },
    "small": {
        "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 10,
        "num_attention_heads": 8, "num_key_value_heads": 4,
    },
    "7b": {
        "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
        "num_attention_heads": 28, "num_key_value_heads": 4,
    },
}  # fmt: skip


@dataclass
class Options:
    """What is measured: so many items for requirements, half as many of 800 tokens, three times as many by chat."""

    data: Path = BUNDLED
    items: int = 1
    runs: int = 2
    shape: str = "small"
    device: str = "cpu"
    dtype: str = "float32"
    batch_tokens: int | None = None
    sizes: tuple[int, ...] = (8,)


def measure(quick: bool) -> Measured:
    """On texts of weval-mini. Batches of 64, which take a core very long, are measured by hand (`main`)."""
    return measured(Options(items=1, runs=1, shape="tiny") if quick else Options())


def main() -> None:
    """Measures everything and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=BUNDLED)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shape", choices=SHAPES, default="small")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--batch-tokens", type=int)
    print(measured(Options(**vars(parser.parse_args()), sizes=(8, 64))).model_dump_json(indent=2))


def measured(options: Options) -> Measured:
    """All comparisons, one after the other."""
    from weval.presets import read_preset
    from weval.tasks import load_data

    with tempfile.TemporaryDirectory() as folder:
        path = make_model(Path(folder), options)
        items = list(load_data(options.data).items())
        requirement = {"unit": "requirement", "wire": str(read_preset("paper-rm").settings["wire"])}
        long = [resized(item, path) for item in items[: max(1, options.items // 2)]]
        once = replace(options, runs=1)  # they take longest
        found = [
            compare(path, ("requirements", items[: options.items]), requirement, options, (1,)),
            compare(path, ("requirements of 800 tokens", long), requirement, once, (1,)),
            compare(path, ("responses", items[: 3 * options.items]), {"unit": "response"}, options, options.sizes),
        ]
    peak = Figure(name=f"large matrix product on {options.device}", value=matmul_peak(options) / 1e9, unit="Gflop/s")
    return Measured(
        ratios=tuple(ratio for ratios, _ in found for ratio in ratios),
        figures=(*(figure for _, figures in found for figure in figures), peak),
        versions=peers.installed_here("torch", "transformers"),
    )


def make_model(folder: Path, options: Options) -> Path:
    """A random model, whose tokenizer has a vocabulary of 8,000."""
    import json

    import torch
    from transformers import Qwen2Config, Qwen2ForSequenceClassification

    from tests.small_models import make_tokenizer, save, spread

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
    return save(model, tokenizer, folder)


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
    path: Path, asked: tuple[str, Sequence[Item]], settings: dict[str, str], options: Options, sizes: Sequence[int]
) -> tuple[list[Ratio], list[Figure]]:
    """Ours against batches of fixed sizes in file order, in turn."""
    from weval.adapters.classifier import Classifier
    from weval.adapters.classifier.reading import Read
    from weval.plan import PlanOptions, plan

    more = {"device": options.device, "dtype": options.dtype}
    if options.batch_tokens:
        more["batch_tokens"] = str(options.batch_tokens)
    ours, (name, items) = Classifier(str(path), **settings, **more), asked
    requests = [request for item in items for request, _ in plan(item, ours.unit, PlanOptions())]
    engine: Any = ours._engine  # loaded before anything is timed
    tokens = sum(len(read.ids) for read in engine.reader.read(requests) if isinstance(read, Read))
    heard: dict[int, dict[str, float]] = {}
    ratios = []
    for size in sizes:
        called = "one text at a time" if size == 1 else f"padded batches of {size} in file order"
        ways = (
            kept(heard, 0, lambda: by_us(ours, requests)),
            kept(heard, size, lambda n=size: plainly(ours, requests, n)),
        )
        clock: Clock = "cpu" if options.device == "cpu" else "wall"
        ratios.append(in_turn((f"{name}: weval", ways[0]), (called, ways[1]), options.runs, clock, warm=False))
    effort = engine.runner.efforts()[0]
    real = effort.computed - effort.padding
    took = ratios[-1].seconds[0]
    differing = max(abs(heard[0][key] - other[key]) for other in heard.values() for key in other)
    per_second = real / (options.runs * len(sizes)) / took
    peak = per_second * flops_per_token(engine, tokens / len(requests)) / matmul_peak(options)
    return ratios, [
        Figure(name=f"{name}: tokens asked", value=tokens, unit=f"in {len(requests)} texts"),
        Figure(name=f"{name}: tokens asked", value=tokens / took, unit="a second"),
        Figure(name=f"{name}: computed per real token", value=effort.computed / real, unit="times"),
        Figure(name=f"{name}: prefix tokens saved", value=effort.saved / effort.asked, unit="of all"),
        Figure(name=f"{name}: rate by a large matrix product's", value=peak, unit="times"),
        Figure(name=f"{name}: largest difference of a score", value=differing, unit=""),
    ]


def kept(heard: dict[int, dict[str, float]], key: int, way: Callable[[], dict[str, float]]) -> Callable[[], Taken]:
    """A way that is timed; what it says is kept."""
    return lambda: timed(lambda: heard.update({key: way()}))


def by_us(model: Classifier, requests: Sequence[Request]) -> dict[str, float]:
    """Scores by request."""
    return {score.request_id: score.values[0] for score in model.score(requests)}


def plainly(model: Classifier, requests: Sequence[Request], size: int) -> dict[str, float]:
    """Scores by request, in padded batches of a size in file order, as the model's own class computes them."""
    import torch

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


def matmul_peak(options: Options) -> float:
    """Operations per second of a large matrix product on this device, in this precision: the best of some."""
    import torch

    size = 1024 if options.device == "cpu" else 8192
    clock = time.process_time if options.device == "cpu" else time.perf_counter
    a = torch.randn(size, size, device=options.device, dtype=getattr(torch, options.dtype))
    best = 0.0
    for _ in range(8):
        wait(options.device)
        began = clock()
        a @ a
        wait(options.device)
        best = max(best, 2 * size**3 / (clock() - began))
    return best


def wait(device: str) -> None:
    """Until what was asked of a GPU is done."""
    import torch

    if device != "cpu":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
