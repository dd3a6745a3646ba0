"""Reducing elements by key: counts, sums, least and greatest, means."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock import _signatures as c
from penstock._choices import choice, text
from penstock._files import FileStages, byte_strings
from penstock._library import lib
from penstock._pointers import describe
from penstock._scalars import scalar_of
from penstock._signatures import Reduction, Scalar
from penstock._stage import Stage
from penstock._types import BYTES, ElementType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from penstock._settings import StageOptions
    from penstock._spans import Array

    #: A reduction, or one of a field of records.
    Wanted = Reduction | str | tuple[Reduction | str, str]


class KeyedStages(FileStages):
    """Reductions by key; a base of :class:`Graph`."""

    def reduce(
        self,
        name: str,
        input: Stage,
        wanted: Mapping[str, Wanted] | None = None,
        *,
        by: str | None = None,
        sorted: bool = False,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """One element for each different key, when the input has ended.

        by
            The field of records that is the key: an integer or ``BYTES``. None: the
            element is the key itself.
        wanted
            What is made of the elements with one key, by the name it gets in the
            result: ``{"n": "count", "total": ("sum", "price")}``; "count", "sum",
            "min", "max" or "mean", and of which field (none: of the element itself).
            None: ``{"count": "count"}``.

        sorted
            Groups come in ascending order of their keys; else in no order that can be
            relied on.

        The result's dtype has "key" and those names: 64-bit integers or floats. With
        replicas the last bits of sums of floats may differ from run to run. Keys of
        type ``BYTES`` are given back with :func:`byte_strings`, see also
        :func:`groups_of`.
        """
        taken = self._input(input)
        columns = {"count": "count"} if wanted is None else dict(wanted)
        if not columns:
            raise ValueError("wanted must name at least one reduction")
        if "key" in columns:
            raise ValueError("wanted: the name 'key' is the key's own")
        where, key_offset = _field(taken, by, "by")
        if where in (Scalar.F32, Scalar.F64):
            raise TypeError(
                f"by must name an integer or BYTES; floats are no keys, and {by!r} of "
                f"{taken.dtype} is one"
            )
        found = [_aggregate(taken, column, each) for column, each in columns.items()]
        raw = c.ReduceOptions(
            key=where,
            key_offset=key_offset,
            aggregates=(c.Aggregate * len(found))(*(each for each, _ in found)),
            aggregate_count=len(found),
            sorted=bool(sorted),
        )
        made = _groups(where, dict(zip(columns, (t for _, t in found), strict=True)))
        stage = lib.pst_reduce(self._live(), text(name, "name"), input.raw, byref(raw))
        return self._native(name, stage, made, taken, options)


def groups_of(groups: Array) -> dict[str, Any]:
    """The columns of groups by name, keys of type ``BYTES`` as a list of bytes.

    Such keys are given back: for groups as pulled from a drain, once.
    """
    columns: dict[str, Any] = {name: groups[name] for name in groups.dtype.names or ()}
    if "key" not in columns:
        raise TypeError(f"expected groups, as of Graph.reduce, not {describe(groups)}")
    if groups.dtype["key"] == BYTES.dtype:
        columns["key"] = byte_strings(groups["key"])
    return columns


def _field(type: ElementType, name: str | None, what: str) -> tuple[Scalar, int]:
    """What stands in a field of the element, and where."""
    if type.shape:
        raise TypeError(f"{what}: elements are rows, {type.name}, not single values")
    dtype, offset = type.dtype, 0
    if name is not None:
        fields: Any = dtype.fields
        if fields is None or name not in fields or dtype == BYTES.dtype:
            raise ValueError(f"{what}: elements of {dtype} have no field {name!r}")
        dtype, offset = fields[name][:2]
    if dtype == BYTES.dtype:
        return Scalar.BYTES, offset
    field = scalar_of(dtype)
    if field is None or field is Scalar.BOOL:
        raise TypeError(
            f"{what} must be an integer, a float or BYTES, and is {dtype}"
            + ("" if name is not None else "; name one of its fields")
        )
    return field, offset


def _aggregate(
    type: ElementType, column: str, wanted: Wanted
) -> tuple[c.Aggregate, str]:
    """The struct, and the dtype of the result."""
    what, of = wanted if isinstance(wanted, tuple) else (wanted, None)
    kind = choice(Reduction, what, f"wanted[{column!r}]")
    if kind is Reduction.COUNT:
        return c.Aggregate(what=kind), "i8"
    field, offset = _field(type, of, f"wanted[{column!r}]")
    if field is Scalar.BYTES:
        raise TypeError(f"wanted[{column!r}]: there is no {kind.name.lower()} of bytes")
    is_float = field in (Scalar.F32, Scalar.F64) or kind is Reduction.MEAN
    dtype = "f8" if is_float else "i8" if field <= Scalar.I64 else "u8"
    return c.Aggregate(what=kind, field=field, offset=offset), dtype


def _groups(key: Scalar, columns: dict[str, str]) -> ElementType:
    keys: Any = (
        BYTES.dtype if key is Scalar.BYTES else "i8" if key <= Scalar.I64 else "u8"
    )
    return ElementType(np.dtype([("key", keys), *columns.items()], align=True))
