"""The library's numbers for NumPy's types of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock._signatures import Scalar

_SCALARS = {
    "b1": Scalar.BOOL,
    **{f"i{size}": Scalar[f"I{size * 8}"] for size in (1, 2, 4, 8)},
    **{f"u{size}": Scalar[f"U{size * 8}"] for size in (1, 2, 4, 8)},
    "f4": Scalar.F32,
    "f8": Scalar.F64,
}


def scalar_of(dtype: np.dtype[Any]) -> Scalar | None:
    """None: the library does not compute with it, or not in this byte order."""
    return _SCALARS.get(dtype.str[1:]) if dtype.isnative else None
