"""Numbers by whole numbers: reduced natively, on a worker, as they are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock._spans import Array
from penstock._types import ElementType
from penstock.pipeline._pulls import Pulls
from penstock.pipeline._run import Run

_KEYS, _VALUES = "biu", "biuf"
# Whole numbers up to here are what they are as float64, too.
_EXACT = 1 << 53


class NativeReduction:
    """A graph that spans are pushed into as records of a key, a value and a place.

    The place of a key's first record is what its group is sorted by. One replica, so
    that sums of floats are the same in each run.
    """

    def __init__(self, run: Run, how: str, keys: Array, values: Array | None) -> None:
        """For spans like these, which :meth:`takes` them."""
        self._how = how
        self._key = keys.dtype
        self._value = None if values is None else values.dtype
        self._count = 0
        self._largest = 0
        fields = [("place", np.dtype(np.int64)), ("key", _number(keys.dtype))]
        wanted: dict[str, Any] = {"place": ("min", "place"), "count": "count"}
        if values is not None:
            fields.append(("value", _number(values.dtype)))
            wanted["value"] = ("sum" if how == "mean" else how, "value")
        type = self._type = ElementType(np.dtype(fields, align=True))
        graph = self._graph = run.graph("reduce_by_key")
        self._feed = graph.feed("read", type)
        groups = graph.reduce("reduce", self._feed, wanted, by="key")
        self._pulls = Pulls(run, graph, groups)

    @staticmethod
    def can(keys: Array, values: Array | None) -> bool:
        """Are those numbers that it is for?"""
        for array, kinds in ((keys, _KEYS), (values, _VALUES)):
            if array is not None and not (
                array.dtype.kind in kinds
                and array.dtype.isnative
                and array.dtype.char not in "eg"
            ):
                return False
        return True

    def takes(self, keys: Array, values: Array | None) -> bool:
        """May these be added? Not those of another type, nor numbers
        whose sum float64 does not hold, which is what a mean is made of."""
        if keys.dtype != self._key:
            return False
        if values is None or self._value is None:
            return values is None and self._value is None
        if values.dtype != self._value:
            return False
        if self._how == "mean" and values.dtype.kind in "iu":
            largest = max(-int(values.min()), int(values.max()), self._largest)
            if largest * (self._count + len(values)) >= _EXACT:
                return False
            self._largest = largest
        return True

    def add(self, keys: Array, values: Array | None) -> None:
        n = len(keys)
        records = self._type.empty(n)
        records["place"] = np.arange(self._count, self._count + n)
        records["key"] = keys
        if values is not None:
            records["value"] = values
        self._count += n
        self._graph.push(self._feed, records)

    def finish(self) -> tuple[Array, Array, Array] | None:
        """The different keys in the order of their first records, what their values
        come to (of means: sums), and how many there were. None if nothing was added."""
        self._graph.finish_feed(self._feed)
        parts = []
        while (part := self._pulls.read(_GROUPS)) is not None:
            parts.append(part.copy())
        self._graph.close()
        if not parts:
            return None
        groups = np.concatenate(parts)
        groups = groups[np.argsort(groups["place"])]
        keys, counts = groups["key"].astype(self._key), groups["count"].copy()
        if self._value is None:
            return keys, counts, counts
        with np.errstate(over="ignore"):
            return keys, groups["value"].astype(self._made()), counts

    def _made(self) -> Any:
        """The dtype of what the values come to."""
        value = self._value
        assert value is not None
        if self._how in ("min", "max"):
            return value
        if self._how == "mean":
            return np.float64
        return {"u": np.uint64, "f": value}.get(value.kind, np.int64)


# Pulled at once.
_GROUPS = 1 << 16


def _number(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """What stands in a record for such numbers."""
    return np.dtype(np.uint8) if dtype.kind == "b" else dtype
