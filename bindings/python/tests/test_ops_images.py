"""Operators on images: against the documented formulas, written out in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from penstock import ops

Array = np.ndarray[Any, Any]
F4 = np.float32


def images(n: int, *shape: int, dtype: str = "u1") -> Array:
    random = np.random.default_rng(sum(shape))
    if dtype[0] == "f":
        return random.standard_normal((n, *shape)).astype(dtype)
    return random.integers(0, 100, (n, *shape)).astype(dtype)


def places(count: int, size: int) -> tuple[Array, Array, Array]:
    """Left, right and weight of each pixel of a new size."""
    centre = np.maximum((np.arange(count) + 0.5) * (size / count) - 0.5, 0)
    left = np.minimum(centre.astype(np.int64), size - 1)
    return left, np.minimum(left + 1, size - 1), (centre - left).astype(F4)


def bilinear(values: Array, height: int, width: int) -> Array:
    upper, lower, weight = places(height, values.shape[1])
    weight = weight.reshape((-1,) + (1,) * (values.ndim - 2))
    a, b = values[:, upper].astype(F4), values[:, lower].astype(F4)
    rows = a + (b - a) * weight
    left, right, weight = places(width, values.shape[2])
    weight = weight.reshape((-1,) + (1,) * (values.ndim - 3))
    a, b = rows[:, :, left], rows[:, :, right]
    return np.asarray(a + (b - a) * weight)


def nearest(values: Array, height: int, width: int) -> Array:
    y = ((np.arange(height) + 0.5) * (values.shape[1] / height)).astype(int)
    x = ((np.arange(width) + 0.5) * (values.shape[2] / width)).astype(int)
    return np.asarray(values[:, y][:, :, x])


def same(found: Array, expected: Array) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == np.ascontiguousarray(expected).tobytes()


SHAPES = [(7, 9, 3), (8, 8, 1), (5, 6), (4, 11, 4), (9, 3, 2), (1, 1, 3), (6, 7, 5)]
DTYPES = ["u1", "i2", "f4", "f8"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["u1", "f4", "i4", "f8"])
def test_bilinear(shape: tuple[int, ...], dtype: str) -> None:
    values = images(3, *shape, dtype=dtype)
    for size in [(1, 1), (4, 5), (7, 9), (16, 3), (3, 40), (20, 21)]:
        same(ops.resize(*size)(values), bilinear(values.astype(F4), *size))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["u1", "f4", "b1", "i8"])
def test_nearest(shape: tuple[int, ...], dtype: str) -> None:
    values = images(3, *shape, dtype=dtype)
    for size in [(1, 1), (4, 5), (7, 9), (16, 3), (3, 40)]:
        same(ops.resize(*size, method="nearest")(values), nearest(values, *size))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_flip(shape: tuple[int, ...], dtype: str) -> None:
    values = images(4, *shape, dtype=dtype)
    same(ops.flip()(values), values[:, :, ::-1])
    same(ops.flip(horizontal=False, vertical=True)(values), values[:, ::-1])
    same(ops.flip(vertical=True)(values), values[:, ::-1, ::-1])


def test_flip_of_rows_of_any_width() -> None:
    for width in range(1, 40):
        values = images(2, 3, width, 3)
        same(ops.flip()(values), values[:, :, ::-1])
        if width > 2:
            chain = ops.crop(0, 1, 3, width - 2) | ops.flip() | ops.add(1)
            same(chain(values), values[:, :, -2:0:-1] + np.uint8(1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_crop(dtype: str) -> None:
    values = images(4, 10, 12, 3, dtype=dtype)
    same(ops.crop(2, 3, 5, 6)(values), values[:, 2:7, 3:9])
    same(ops.center_crop(4, 5)(values), values[:, 3:7, 3:8])
    same(ops.crop(0, 0, 10, 12)(values), values)


def test_views_of_views() -> None:
    """Crops and flips one after the other are taken together."""
    values = images(2, 20, 24, 3)
    chain = (
        ops.crop(1, 2, 16, 20)
        | ops.flip()
        | ops.crop(3, 4, 10, 12)
        | ops.flip(vertical=True)
        | ops.crop(2, 1, 6, 7)
    )
    expected = values[:, 1:17, 2:22][:, :, ::-1][:, 3:13, 4:16][:, ::-1, ::-1]
    same(chain(values), expected[:, 2:8, 1:8])


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_the_whole_way(channels: int, is_mirrored: bool) -> None:
    values = images(3, 48, 52, channels)
    mean, std = np.arange(channels) * 10.0, np.arange(channels) + 3.0
    seen = values[:, 5:45, 7:47]
    steps = ops.crop(5, 7, 40, 40)
    if is_mirrored:
        steps, seen = steps | ops.flip(vertical=True), seen[:, ::-1, ::-1]
    chain = steps | ops.resize(22, 23) | ops.normalise(mean, std)
    expected = (bilinear(seen, 22, 23) - mean.astype(F4)) / std.astype(F4)
    same(chain(values), expected)


def test_numbers_before_and_views_behind_a_resize() -> None:
    values = images(3, 30, 31, 3)
    chain = ops.multiply(2) | ops.resize(10, 12) | ops.crop(1, 2, 8, 9) | ops.flip()
    expected = bilinear(values * np.uint8(2), 10, 12)[:, 1:9, 2:11][:, :, ::-1]
    same(chain(values), expected)
    twice = ops.resize(40, 41) | ops.resize(7, 8)
    same(twice(values), bilinear(bilinear(values, 40, 41), 7, 8))


def test_operands_for_each_pixel_behind_a_resize() -> None:
    values = images(3, 30, 31, 3)
    mask = np.random.default_rng(0).standard_normal((10, 12, 3)).astype(F4)
    chain = ops.resize(10, 12) | ops.multiply(mask) | ops.add(mask[:, :1])
    same(chain(values), bilinear(values, 10, 12) * mask + mask[:, :1])


def test_random_crops_and_flips() -> None:
    values = images(1, 12, 13, 1).repeat(400, axis=0)
    cut = ops.random_crop(9, 10, seed=3)(values)
    seen = set()
    for made in cut:
        found = [
            (top, left)
            for top in range(4)
            for left in range(4)
            if np.array_equal(made, values[0, top : top + 9, left : left + 10])
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert len(seen) == 16, "every place is taken"
    flipped = ops.random_flip(seed=3)(values)
    is_flipped = [not np.array_equal(made, values[0]) for made in flipped]
    assert 150 < sum(is_flipped) < 250
    for made in flipped:
        assert any(np.array_equal(made, v) for v in (values[0], values[0][:, ::-1]))
    always = ops.random_flip(vertical=True, probability=1.0)(values)
    same(always, values[:, ::-1, ::-1])


def test_random_operators_depend_on_seed_and_number_alone() -> None:
    values = images(64, 20, 20, 3)
    chain = ops.random_crop(8, 8, seed=5) | ops.random_flip(seed=5)
    whole = chain(values, first=1000)
    for i in (0, 1, 40, 63):
        same(chain(values[i : i + 1], first=1000 + i)[0], whole[i])
    assert not np.array_equal(whole, chain(values))
    other = ops.random_crop(8, 8, seed=6) | ops.random_flip(seed=5)
    assert not np.array_equal(whole, other(values, first=1000))
    same((chain | ops.cast("f4"))(values, first=1000), whole.astype(F4))


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"crop\(0, 0, 1, 1\) of double: expected images"
    ):
        ops.crop(0, 0, 1, 1)(np.zeros(4))
    with pytest.raises(ValueError, match=r"a crop of 5 x 5 .* image of 4 x 9"):
        ops.center_crop(5, 5)(np.zeros((2, 4, 9)))
    with pytest.raises(
        ValueError, match="a crop of 3 x 10 is not in an image of 4 x 9"
    ):
        ops.random_crop(3, 10)(np.zeros((2, 4, 9)))
    with pytest.raises(ValueError, match="method must be one of 'bilinear', 'nearest'"):
        ops.resize(2, 2, "bicubic")
    with pytest.raises(ValueError, match="an image of 0 x 2 has no pixel"):
        ops.resize(0, 2)
    with pytest.raises(ValueError, match="probability must be from 0 to 1"):
        ops.random_flip(probability=2)
    with pytest.raises(ValueError, match="seed must be at least 0"):
        ops.random_crop(1, 1, seed=-1)
