"""torch's DataLoader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

import machine
from images import data, kernel
from images.clock import measure
from model import Outcome


class _ByImage(Dataset[Any]):
    def __init__(self, source: data.Array, count: int) -> None:
        self._source, self._count = source, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Any:
        image = self._source[number % len(self._source)]
        return torch.from_numpy(kernel.transformed(image, number))


class _ByBatch(_ByImage):
    def __getitems__(self, numbers: list[int]) -> Any:
        return torch.from_numpy(kernel.transformed_batch(self._source, np.array(numbers)))


class _OwnOperators(_ByImage):
    """torch's own operations on tensors; the image as torch has it, C x H x W."""

    _mean = torch.from_numpy(data.MEAN_255)[:, None, None]
    _deviation = torch.from_numpy(data.DEVIATION_255)[:, None, None]

    def __getitem__(self, number: int) -> Any:
        image = torch.from_numpy(self._source[number % len(self._source)])
        edge, crop = data.EDGE, data.CROP
        part = image[edge : edge + crop, edge : edge + crop].permute(2, 0, 1).float()
        if torch.rand(()) < 0.5:
            part = part.flip(2)
        resized = torch.nn.functional.interpolate(
            part[None], (data.OUT, data.OUT), mode="bilinear", align_corners=False
        )[0]
        return (resized - self._mean) / self._deviation


def _as_it_is(batch: Any) -> Any:
    return batch


def _measure(
    size: dict[str, int],
    dataset: type[_ByImage],
    workers: int,
    collate: Any = None,
    as_array: Any = torch.Tensor.numpy,
) -> Outcome:
    source = data.images()
    # The loader's processes run the operations; more threads in each only fight.
    torch.set_num_threads(1)

    def make(count: int, serial: bool) -> Iterable[Any]:
        loader: Iterable[Any] = DataLoader(
            dataset(source, count),
            batch_size=data.BATCH,
            shuffle=True,
            num_workers=0 if serial else workers,
            collate_fn=collate,
            generator=torch.Generator().manual_seed(data.SEED),
        )
        return loader

    return measure(size, source, make, as_array)


def in_process(size: dict[str, int]) -> Outcome:
    return _measure(size, _ByBatch, 0, _as_it_is)


def processes_by_image(size: dict[str, int]) -> Outcome:
    return _measure(size, _ByImage, machine.cpus())


def processes_by_batch(size: dict[str, int]) -> Outcome:
    return _measure(size, _ByBatch, machine.cpus(), _as_it_is)


def own_operators(size: dict[str, int]) -> Outcome:
    def as_array(batch: Any) -> Any:
        return batch.permute(0, 2, 3, 1).numpy()

    return _measure(size, _OwnOperators, machine.cpus(), None, as_array)
