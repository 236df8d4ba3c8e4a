"""The order of prompts: by seed and epoch alone, whatever wraps the sampler."""

from __future__ import annotations

from types import SimpleNamespace

from accelerate.data_loader import BatchSamplerShard, DataLoaderShard, skip_first_batches
from torch.utils.data import BatchSampler, DataLoader
from trl.trainer.utils import RepeatSampler

from weval.training.rewards.order import in_order, sampler_of


def loaders():
    """A data loader as one process has it, as one of two has it, and as one that skips what was trained on."""
    rows = list(range(8))

    def batches() -> BatchSampler:
        return BatchSampler(RepeatSampler(rows, mini_repeat_count=2, batch_size=4, seed=5), 8, False)

    yield DataLoader(rows, batch_sampler=batches())
    yield DataLoaderShard(rows, batch_sampler=BatchSamplerShard(batches(), 2, 0))
    yield skip_first_batches(DataLoaderShard(rows, batch_sampler=BatchSamplerShard(batches(), 2, 0)), 1)


def drawn(loader, epoch: float) -> list[int]:
    (order,) = in_order()
    order.on_epoch_begin(SimpleNamespace(seed=5), SimpleNamespace(epoch=epoch), None, train_dataloader=loader)
    return list(sampler_of(loader))


def test_an_epoch_has_its_own_order_whatever_was_drawn_before() -> None:
    for loader in loaders():
        assert isinstance(sampler_of(loader), RepeatSampler)
        first, second = drawn(loader, 0.0), drawn(loader, 1.0)
        assert sorted(first) == sorted(second)
        assert first != second
        assert drawn(loader, 1.5) == second  # in the middle of an epoch
    (fresh, *_) = loaders()
    assert drawn(fresh, 1.0) == second


def test_a_sampler_without_chance_is_left_alone() -> None:
    loader = DataLoader([1, 2, 3, 4], batch_size=2)
    assert drawn(loader, 1.0) == [0, 1, 2, 3]
