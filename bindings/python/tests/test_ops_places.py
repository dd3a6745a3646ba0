"""Operators that move numbers within an element: NumPy's views, copied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from penstock import ops

Array = np.ndarray[Any, Any]
DTYPES = ["b1", "u1", "i2", "f4", "f8"]


def elements(dtype: str, *shape: int) -> Array:
    return np.random.default_rng(1).integers(0, 2**7, (5, *shape)).astype(dtype)


def same(found: Array, expected: Array) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == np.ascontiguousarray(expected).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_transpose(dtype: str, channels: int) -> None:
    values = elements(dtype, 13, 9, channels)
    same(ops.transpose(2, 0, 1)(values), values.transpose(0, 3, 1, 2))
    same(ops.transpose(-1, 1, 0)(values), values.transpose(0, 3, 2, 1))
    same(ops.transpose()(values), values.transpose(0, 3, 2, 1))
    same(ops.transpose(0, 1, 2)(values), values)


@pytest.mark.parametrize("dtype", DTYPES)
def test_reshape(dtype: str) -> None:
    values = elements(dtype, 4, 6, 3)
    same(ops.reshape(-1)(values), values.reshape(5, 72))
    same(ops.reshape(2, 3, -1)(values), values.reshape(5, 2, 3, 12))
    same((ops.index[0, 0, 0] | ops.reshape(1, 1))(values), values[:, :1, :1, 0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_index(dtype: str) -> None:
    values = elements(dtype, 12, 11, 5)
    same(ops.index[3](values), values[:, 3])
    same(ops.index[-1, 2:5](values), values[:, -1, 2:5])
    same(ops.index[::-1, ::-2](values), values[:, ::-1, ::-2])
    same(ops.index[..., 1](values), values[..., 1])
    same(ops.index[..., ::-1](values), values[..., ::-1])
    same(ops.index[1::3, None, 4:, ::4](values), values[:, 1::3, None, 4:, ::4])
    same(ops.index[2, 3, 4](values), values[:, 2, 3, 4])


def test_in_a_chain() -> None:
    images = elements("u1", 20, 21, 3)
    chain = ops.flip() | ops.divide(255) | ops.transpose(2, 0, 1) | ops.index[::-1]
    expected = (images[:, :, ::-1] / 255).transpose(0, 3, 1, 2)[:, ::-1]
    same(chain(images), expected)
    assert repr(chain).endswith("transpose(2, 0, 1) | index[::-1]")


def test_what_cannot_be_is_refused() -> None:
    values = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match=r"^transpose\(0\) of double\[3\]\[4\]: "):
        ops.transpose(0)(values)
    with pytest.raises(ValueError, match=r"^reshape\(5\) of double\[3\]\[4\]: "):
        ops.reshape(5)(values)
    with pytest.raises(ValueError, match="nothing of elements of shape"):
        ops.index[3:](values)
    with pytest.raises(IndexError, match=r"^index\[3\] of double\[3\]\[4\]: "):
        ops.index[3](values)
    with pytest.raises(TypeError, match="whole numbers and slices, not by an object"):
        ops.index[[0, 1]]
    with pytest.raises(TypeError, match=r"not by float 1\.5"):
        ops.index[1.5]
