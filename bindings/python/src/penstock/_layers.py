"""Describing layers of networks: stages that multiply matrices."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock import _signatures as c
from penstock._choices import choice, count, text
from penstock._describing import Describing
from penstock._library import lib
from penstock._pointers import describe
from penstock._signatures import Activation
from penstock._spans import Array
from penstock._stage import Stage
from penstock._types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from penstock._description import Type
    from penstock._settings import StageOptions


class Layers(Describing):
    """A base of :class:`Graph`."""

    def matmul(
        self,
        name: str,
        input: Stage,
        type: Type,
        weights: Any,
        *,
        bias: Any = None,
        activation: Activation | str = Activation.LINEAR,
        in_offset: int = 0,
        out_offset: int = 0,
        live: bool = False,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """A layer: each element's k floats times ``weights`` (k x n) plus ``bias`` (n).

        weights, bias: arrays of float32, contiguous. They are copied; with live they
        are read anew for each span, and the graph keeps them. in_offset, out_offset:
        where the floats stand in the elements, in bytes.
        """
        taken, made = self._input(input), ElementType.of(type)
        matrix = _floats(weights, 2, "weights")
        row = None if bias is None else _floats(bias, 1, "bias")
        if row is not None and len(row) != matrix.shape[1]:
            raise ValueError(
                f"bias must have shape ({matrix.shape[1]},) for weights of shape "
                f"{matrix.shape}, not {row.shape}"
            )
        raw = c.MatmulOptions(
            k=matrix.shape[0],
            n=matrix.shape[1],
            weights=matrix.ctypes.data,
            bias=None if row is None else row.ctypes.data,
            activation=choice(Activation, activation, "activation"),
            in_offset=count(in_offset, "in_offset"),
            out_offset=count(out_offset, "out_offset"),
            live=bool(live),
        )
        self._keep += [matrix, row]
        stage = lib.pst_matmul(
            self._live(), text(name, "name"), input.raw, made.reference, byref(raw)
        )
        return self._native(name, stage, made, taken, options)


def _floats(value: Any, dimensions: int, what: str) -> Array:
    if not isinstance(value, np.ndarray) or value.dtype != np.float32:
        raise TypeError(f"{what} must be an array of float32, not {describe(value)}")
    if value.ndim != dimensions:
        raise ValueError(
            f"{what} must have {dimensions} dimensions, not shape {value.shape}"
        )
    if not value.flags.c_contiguous:
        raise ValueError(f"{what} must be contiguous; strides are {value.strides}")
    return value
