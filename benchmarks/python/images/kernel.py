"""Crop, flip, resize and normalise in one pass, for every system that takes a function.

numba compiles it to code that runs without the GIL, so that what is compared is how the
systems call it. Between two rows first, which is plain vector code over the crop's rows, then
within the row.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from images import data

_LOW, _HIGH, _WEIGHT = data.resize_positions()
_LOW3, _HIGH3 = _LOW * 3, _HIGH * 3
_SCALE = (1 / data.DEVIATION_255).astype(np.float32)
_SHIFT = (-data.MEAN_255 / data.DEVIATION_255).astype(np.float32)
_ROW = data.CROP * 3
_FROM = data.EDGE * 3
_EDGE, _OUT = data.EDGE, data.OUT
_ONE = np.float32(1)


@numba.njit(nogil=True, cache=True, fastmath=True)  # type: ignore[misc, unused-ignore]
def transform(image: Any, flip: Any, out: Any) -> None:
    """image: uint8, 480 x 480 x 3; out: float32, 224 x 224 x 3."""
    row = np.empty(_ROW, np.float32)
    flat = image.reshape((image.shape[0], image.shape[1] * 3))
    for y in range(_OUT):
        upper = flat[_EDGE + _LOW[y], _FROM : _FROM + _ROW]
        lower = flat[_EDGE + _HIGH[y], _FROM : _FROM + _ROW]
        weight = _WEIGHT[y]
        for x in range(_ROW):
            above = np.float32(upper[x])
            row[x] = above + (np.float32(lower[x]) - above) * weight
        for x in range(_OUT):
            # The middles lie symmetrically, so that flipping the result is flipping the image.
            to = _OUT - 1 - x if flip else x
            left, right, weight = _LOW3[x], _HIGH3[x], _WEIGHT[x]
            for c in range(3):
                value = row[left + c] + (row[right + c] - row[left + c]) * weight
                out[y, to, c] = value * _SCALE[c] + _SHIFT[c]


@numba.njit(nogil=True, cache=True)  # type: ignore[misc, unused-ignore]
def flips(number: int) -> bool:
    """Whether the image of this number in the stream is flipped: a hash's bit."""
    x = np.uint64(number) * np.uint64(0x9E3779B97F4A7C15)
    return bool((x ^ (x >> np.uint64(29))) >> np.uint64(33) & np.uint64(1))


@numba.njit(nogil=True, cache=True)  # type: ignore[misc, unused-ignore]
def transform_numbers(images: Any, numbers: Any, out: Any) -> None:
    """A whole batch: the images of these numbers of the stream."""
    for at in range(len(numbers)):
        number = numbers[at]
        transform(images[number % len(images)], flips(number), out[at])


def transformed(image: data.Array, number: int) -> data.Array:
    out = np.empty((data.OUT, data.OUT, 3), np.float32)
    transform(image, flips(number), out)
    return out


def transformed_batch(images: data.Array, numbers: data.Array) -> data.Array:
    out = np.empty((len(numbers), data.OUT, data.OUT, 3), np.float32)
    transform_numbers(images, numbers, out)
    return out
