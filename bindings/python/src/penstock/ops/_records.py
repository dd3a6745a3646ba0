"""Operators on the fields of structured elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from penstock import _signatures as c
from penstock._library import lib
from penstock._types import ElementType
from penstock.ops._bound import BoundOperator
from penstock.ops._layouts import Layout, element
from penstock.ops._operator import Operator


def _fields(taken: ElementType) -> dict[str, tuple[np.dtype[Any], int]]:
    if taken.dtype.names is None or taken.shape:
        raise TypeError(f"expected a structured dtype, not {taken.dtype}")
    fields: Any = taken.dtype.fields
    return {name: fields[name][:2] for name in taken.dtype.names}


def _field(taken: ElementType, name: str) -> BoundOperator:
    fields = _fields(taken)
    if name not in fields:
        raise ValueError(f"there is no field {name!r}, but {', '.join(fields)}")
    dtype, offset = fields[name]
    base, shape = dtype.subdtype or (dtype, ())
    return BoundOperator(
        taken,
        element(base, shape),
        lib.pst_operator_field,
        taken.size,
        offset,
        Layout(base, shape).reference,
    )


def field(name: str) -> Operator:
    """A field of a structured element."""
    return Operator(f"field({name!r})", lambda taken: _field(taken, name))


def _record(taken: ElementType, parts: Mapping[str, BoundOperator]) -> BoundOperator:
    described: Any = [
        (name, part.output.dtype, part.output.shape) for name, part in parts.items()
    ]
    dtype = np.dtype(described, align=True)
    fields: Any = dtype.fields
    raw = (c.Part * len(parts))(
        *(c.Part(part.handle, fields[name][1]) for name, part in parts.items())
    )
    return BoundOperator(
        taken,
        ElementType(dtype),
        lib.pst_operator_record,
        raw,
        len(parts),
        dtype.itemsize,
        keep=[part._keep for part in parts.values()],
    )


def record(**fields: Operator) -> Operator:
    """A structured element whose fields are what operators make of the same element."""
    if not fields:
        raise ValueError("a record needs a field")

    def make(taken: ElementType) -> BoundOperator:
        return _record(taken, {name: op.bound(taken) for name, op in fields.items()})

    return Operator(f"record({_named(fields)})", make, parts=fields.values())


def update(**fields: Operator) -> Operator:
    """The structured element with some fields replaced: each by what its operator makes
    of the field itself. The others are carried over."""

    def make(taken: ElementType) -> BoundOperator:
        there = _fields(taken)
        for name in fields:
            if name not in there:
                raise ValueError(f"there is no field {name!r}, but {', '.join(there)}")
        parts = {
            name: (field(name) | fields[name]).bound(taken)
            if name in fields
            else _field(taken, name)
            for name in there
        }
        return _record(taken, parts)

    return Operator(f"update({_named(fields)})", make, parts=fields.values())


def numbered(operator: Operator, name: str | None = None) -> Operator:
    """The operator, with the number of an element taken from the element.

    Random operators draw by it. Without this, it is how many elements the stage was
    given before, which replicas cannot count. name: of a field of 64-bit integers; None
    for elements that are such integers themselves.
    """

    def make(taken: ElementType) -> BoundOperator:
        dtype, offset = (taken.dtype, 0) if name is None else _numbering(taken, name)
        if dtype.kind not in "iu" or dtype.itemsize != 8 or taken.shape:
            raise TypeError(
                f"an element's number must be a 64-bit integer, not {dtype}"
            )
        inner = operator.bound(taken)
        return BoundOperator(
            taken,
            inner.output,
            lib.pst_operator_numbered,
            inner.handle,
            offset,
            keep=inner._keep,
        )

    by = "" if name is None else f", {name!r}"
    return Operator(f"numbered({operator!r}{by})", make)


def _numbering(taken: ElementType, name: str) -> tuple[np.dtype[Any], int]:
    fields = _fields(taken)
    if name not in fields:
        raise ValueError(f"there is no field {name!r}, but {', '.join(fields)}")
    return fields[name]


def _named(fields: Mapping[str, Operator]) -> str:
    return ", ".join(f"{name}={op!r}" for name, op in fields.items())
