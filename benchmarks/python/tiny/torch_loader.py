"""torch's DataLoader without processes, which only cost at this size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from model import Outcome
from tiny.clock import BATCH, SEED, maps, measure
from tiny.shuffling import shuffled


class _Numbers(Dataset[Any]):
    """Answers a whole batch at once, as tensors."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Any:
        return maps(number)

    def __getitems__(self, numbers: list[int]) -> Any:
        x = torch.tensor(numbers)
        x = x + 1
        x = x * 3
        return x - 7


class _Stream(IterableDataset[Any]):
    def __init__(self, count: int) -> None:
        self._count = count

    def __iter__(self) -> Iterator[int]:
        numbers: Iterable[int] = range(self._count)
        for function in (lambda x: x + 1, lambda x: x * 3, lambda x: x - 7):
            numbers = map(function, numbers)
        return shuffled(numbers)


def _as_it_is(batch: Any) -> Any:
    return batch


def by_batch(size: dict[str, int]) -> Outcome:
    torch.set_num_threads(1)
    return measure(
        size["items"],
        lambda count: DataLoader(
            _Numbers(count),
            batch_size=BATCH,
            shuffle=True,
            collate_fn=_as_it_is,
            generator=torch.Generator().manual_seed(SEED),
        ),
    )


def stream(size: dict[str, int]) -> Outcome:
    torch.set_num_threads(1)
    return measure(size["items"], lambda count: DataLoader(_Stream(count), batch_size=BATCH))
