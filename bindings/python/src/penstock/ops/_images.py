"""Operators on images: elements of shape (height, width, channels) or (height, width).

A chain of crops and flips, at most one resize behind them, and operators on numbers
behind that goes over an image once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from penstock._choices import choice, count
from penstock._library import lib
from penstock._signatures import Resize
from penstock._types import ElementType
from penstock.ops._bound import BoundOperator, chained
from penstock.ops._layouts import Layout, element
from penstock.ops._numbers import cast_bound
from penstock.ops._operator import Operator


def _sized(
    taken: ElementType,
    size: tuple[int, int] | None,
    function: Callable[..., int],
    *arguments: Any,
    dtype: Any = None,
) -> BoundOperator:
    """size: of the result; None, as before."""
    if len(taken.shape) not in (2, 3):
        raise TypeError(
            f"expected images of shape (height, width) or (height, width, channels), "
            f"not elements of shape {taken.shape}"
        )
    shape = taken.shape if size is None else (*size, *taken.shape[2:])
    made = element(taken.dtype if dtype is None else dtype, shape)
    return BoundOperator(taken, made, function, Layout.of(taken).reference, *arguments)


def _size(height: int, width: int) -> tuple[int, int]:
    size = count(height, "height"), count(width, "width")
    if 0 in size:
        raise ValueError(f"an image of {height} x {width} has no pixel")
    return size


def crop(top: int, left: int, height: int, width: int) -> Operator:
    """``x[top : top + height, left : left + width]``"""
    place = count(top, "top"), count(left, "left")
    size = _size(height, width)
    return Operator(
        f"crop({top}, {left}, {height}, {width})",
        lambda taken: _sized(taken, size, lib.pst_operator_crop, *place, *size),
    )


def center_crop(height: int, width: int) -> Operator:
    """The middle of an image; of two middles the upper left one."""
    size = _size(height, width)

    def make(taken: ElementType) -> BoundOperator:
        there = (*taken.shape, 0, 0)
        place = [max(0, (there[i] - size[i]) // 2) for i in range(2)]
        return _sized(taken, size, lib.pst_operator_crop, *place, *size)

    return Operator(f"center_crop({height}, {width})", make)


def random_crop(height: int, width: int, *, seed: int = 0) -> Operator:
    """A part of that size at a random place, which depends on the seed and the number
    of the element in the stream; see :func:`numbered`."""
    size, draws = _size(height, width), count(seed, "seed")
    return Operator(
        f"random_crop({height}, {width}, seed={seed})",
        lambda taken: _sized(taken, size, lib.pst_operator_random_crop, *size, draws),
        is_random=True,
    )


def flip(*, horizontal: bool = True, vertical: bool = False) -> Operator:
    """Left and right change places (horizontal), or top and bottom (vertical)."""
    ways = bool(horizontal), bool(vertical)
    return Operator(
        f"flip(horizontal={ways[0]}, vertical={ways[1]})",
        lambda taken: _sized(taken, None, lib.pst_operator_flip, *ways),
    )


def random_flip(
    *,
    horizontal: bool = True,
    vertical: bool = False,
    probability: float = 0.5,
    seed: int = 0,
) -> Operator:
    """:func:`flip` with a probability for each way that is asked for; random as
    :func:`random_crop` is."""
    ways = bool(horizontal), bool(vertical)
    chance, draws = float(probability), count(seed, "seed")
    if not 0 <= chance <= 1:
        raise ValueError(f"probability must be from 0 to 1, not {probability}")
    return Operator(
        f"random_flip(horizontal={ways[0]}, vertical={ways[1]}, "
        f"probability={chance}, seed={seed})",
        lambda taken: _sized(
            taken, None, lib.pst_operator_random_flip, *ways, chance, draws
        ),
        is_random=True,
    )


def resize(height: int, width: int, method: Resize | str = Resize.BILINEAR) -> Operator:
    """Another size.

    Pixel i of n lies at ``c = max((i + 0.5) * (size / n) - 0.5, 0)`` of the size
    before, as in torch (``align_corners=False``, no antialiasing) and tf.image.
    "bilinear": makes float32. With ``w = float32(c - floor(c))`` between two
    neighbours a and b it is ``a + (b - a) * w``, of rows first and then of columns.
    "nearest": the pixel ``floor(c + 0.5)``, of any dtype.
    """
    size, how = _size(height, width), choice(Resize, method, "method")

    def make(taken: ElementType) -> BoundOperator:
        if how is Resize.NEAREST:
            return _sized(taken, size, lib.pst_operator_resize, *size, how)
        parts = []
        if taken.dtype not in (np.uint8, np.float32):
            parts.append(cast_bound(taken, np.float32))
        numbers = parts[-1].output if parts else taken
        parts.append(
            _sized(numbers, size, lib.pst_operator_resize, *size, how, dtype=np.float32)
        )
        return chained(parts)

    return Operator(f"resize({height}, {width}, {how.name.lower()!r})", make)
