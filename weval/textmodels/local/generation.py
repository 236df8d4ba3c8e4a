"""How transformers writes replies: likeliest tokens in batches, sampled ones alone, each with a seed of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weval.randomness import digest
from weval.textmodels.local.chat import Chat
from weval.textmodels.local.checkpoint import explained
from weval.textmodels.local.model import told
from weval.textmodels.local.sampling import Sampling
from weval.textmodels.local.tasks import Task, Tasks
from weval.textmodels.local.transformers_library import context_of
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    import torch

N_LIKELIEST = 64
"""So many tokens are looked at for the most likely ones."""

_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")


class Generator:
    """A loaded model that replies to windows of prompts."""

    def __init__(self, name: str, model: Any, chat: Chat, options: TextModelOptions) -> None:  # noqa: ANN401
        self.name, self.model, self.options = name, model, options
        own = model.generation_config
        self.sampling = Sampling.of(options, own)
        self.tasks = Tasks(chat, self.sampling, context_of(model.config), own.eos_token_id, options.stop)
        pad, known = chat.tokenizer.pad_token_id, model.get_input_embeddings().num_embeddings
        self.pad = pad if pad is not None and pad < known else 0  # nothing looks at it; some are none of the model's
        self.batch_size = options.batch_size

    def answered(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        """One reply per prompt. The longest come first: what does not fit into memory shows at once."""
        tasks, replies = self.tasks.of(prompts)
        yield from replies
        for batch in self._batches(sorted(tasks, key=lambda task: (-len(task.ids), task.prompt.id))):
            yield from self._made(batch)

    def _batches(self, tasks: Sequence[Task]) -> Iterator[list[Task]]:
        """Tasks that may be computed together without changing each other's replies, but for rounding."""
        batch: list[Task] = []
        for task in tasks:
            if batch and not (len(batch) < self.batch_size and self._go_together(batch[0], task)):
                yield batch
                batch = []
            batch.append(task)
        if batch:
            yield batch

    def _go_together(self, one: Task, other: Task) -> bool:
        if self.sampling.is_random or one.limit != other.limit:
            return False
        return len(one.ids) == len(other.ids) or not self.sampling.minds_padding

    def _made(self, batch: list[Task]) -> Iterator[Reply]:
        """Replies to a batch; to its halves where it does not fit into memory."""
        import torch

        began = time.perf_counter()
        with explained(self.name, "failed"):
            rows = self._rows(batch)
        if rows is not None:
            took = time.perf_counter() - began
            for task, (ids, probabilities) in zip(batch, rows, strict=True):
                yield self.tasks.reply(task, ids, probabilities, took / len(batch))
            return
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(batch) == 1:
            reason = f"{len(batch[0].ids):,} tokens do not fit into the device's memory; --set dtype=bfloat16"
            yield Reply(batch[0].prompt.id, "failed", reason=reason, tokens_in=len(batch[0].ids))
            return
        self.batch_size = half = max(1, len(batch) // 2)
        for start in range(0, len(batch), half):
            yield from self._made(batch[start : start + half])

    def _rows(self, batch: Sequence[Task]) -> list[tuple[list[int], dict[str, float]]] | None:
        """What was written for each, and the probabilities of its first token; None where there was no memory."""
        import torch

        try:
            return self._generated(batch)
        except torch.OutOfMemoryError:
            return None
        except RuntimeError as error:
            if any(said in str(error).lower() for said in _NO_MEMORY):
                return None
            raise

    def _generated(self, batch: Sequence[Task]) -> list[tuple[list[int], dict[str, float]]]:
        import torch

        longest = max(len(task.ids) for task in batch)
        padding = [longest - len(task.ids) for task in batch]
        ids = torch.tensor([[self.pad] * n + task.ids for n, task in zip(padding, batch, strict=True)])
        mask = torch.tensor([[0] * n + [1] * len(task.ids) for n, task in zip(padding, batch, strict=True)])
        stopping, place = (
            _stopping(self.tasks.text, None if self.tasks.is_stop_a_token else self.options.stop, longest),
            self.model.device,
        )
        with torch.inference_mode(), _seeded(self._seed(batch[0].prompt)), _first_logits(self.model) as first:
            written = self.model.generate(
                input_ids=ids.to(place),
                attention_mask=mask.to(place),
                generation_config=self.sampling.config,
                max_new_tokens=batch[0].limit,
                eos_token_id=sorted(self.tasks.ends) or None,
                pad_token_id=self.pad,
                stopping_criteria=[stopping] if stopping else None,
                tokenizer=self.tasks.tokenizer,
            )[:, longest:].tolist()
        at = stopping.stopped if stopping else {}
        return [
            (self.tasks.until_end(row[: at.get(n, len(row))]), self._told(task.prompt, first[0][n]) if first else {})
            for n, (row, task) in enumerate(zip(written, batch, strict=True))
        ]

    def _seed(self, prompt: Prompt) -> int | None:
        if not self.sampling.is_random:
            return None
        return int.from_bytes(digest(prompt.id, str(self.options.sampling_seed or 0), size=7))

    def _told(self, prompt: Prompt, logits: torch.Tensor) -> dict[str, float]:
        """Probabilities of the first token: of all that are labels but for blanks, and of the likeliest."""
        if not prompt.labels:
            return {}
        texts = self.tasks.token_texts
        shares = logits.float().softmax(-1)
        likeliest = shares.topk(min(N_LIKELIEST, len(shares))).indices.tolist()
        tokens = [
            token
            for token in dict.fromkeys([*self.tasks.labels(prompt), *likeliest])
            if token in texts and token < len(shares)
        ]
        values = shares[tokens].tolist()
        return told(((texts[token], share) for token, share in zip(tokens, values, strict=True)), prompt.labels)


def _stopping(decode: Any, stop: str | None, start: int) -> Any:  # noqa: ANN401 - transformers' StoppingCriteria
    """Ends a row when its text holds the stop string; `stopped` is at how many tokens each did."""
    if not stop:
        return None
    import torch
    from transformers import StoppingCriteria

    tail = len(stop.encode("utf-8", "surrogatepass")) + 8

    class _AtText(StoppingCriteria):
        stopped: dict[int, int]

        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> torch.Tensor:  # noqa: ANN401
            n_new = input_ids.shape[1] - start
            for row, ids in enumerate(input_ids[:, start:][:, -tail:].tolist()):
                if row not in self.stopped and stop in decode(ids):
                    self.stopped[row] = n_new
            done = [row in self.stopped for row in range(len(input_ids))]
            return torch.tensor(done, dtype=torch.bool, device=input_ids.device)

    made: Any = _AtText()
    made.stopped = {}
    return made


@contextmanager
def _first_logits(model: Any) -> Iterator[list[torch.Tensor]]:  # noqa: ANN401
    """The model's raw outputs for the first token of each row, before any temperature or penalty, once it has run."""
    found: list[torch.Tensor] = []

    def keep(module: Any, inputs: Any, output: Any) -> None:  # noqa: ANN401
        if not found and getattr(output, "logits", None) is not None:
            found.append(output.logits[:, -1].detach())

    hook = model.register_forward_hook(keep)
    try:
        yield found
    finally:
        hook.remove()


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Draws within are those of the seed, and the generators are afterwards as they were before."""
    if seed is None:
        yield
        return
    import torch

    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
