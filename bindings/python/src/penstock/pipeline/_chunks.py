"""Spans of a stream as they move through a pipeline in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from penstock._spans import Array
from penstock.pipeline._structure import (
    Tree,
    elements,
    leaves,
    map_leaves,
    merge,
    stack,
)


class Rows:
    """A span of elements as a tree of arrays, one row for each element."""

    __slots__ = ("count", "owned", "tree")

    def __init__(self, tree: Tree, count: int, *, owned: bool) -> None:
        self.tree = tree
        self.count = count
        #: Nobody else reads or writes the memory, so that it may be given away.
        self.owned = owned

    def __getitem__(self, part: slice) -> Rows:
        start, stop, _ = part.indices(self.count)
        if start == 0 and stop == self.count:
            return self
        tree = map_leaves(lambda array: array[part], self.tree)
        return Rows(tree, max(0, stop - start), owned=self.owned)

    def gather(self, numbers: Array) -> Rows:
        """A copy of some rows: by their numbers, or by a mask."""
        if numbers.dtype == np.bool_:
            numbers = np.flatnonzero(numbers)
        tree = map_leaves(lambda array: array.take(numbers, axis=0), self.tree)
        return Rows(tree, len(numbers), owned=True)

    def values(self) -> list[Any]:
        """The elements, one by one."""
        return elements(self.tree)

    def as_rows(self, what: str) -> Rows:
        return self

    def own(self) -> Rows:
        """The same, in memory that the reader may do with as it likes."""
        if self.owned and all(leaf.flags.writeable for leaf in leaves(self.tree)):
            return self
        return Rows(map_leaves(np.array, self.tree), self.count, owned=True)

    @property
    def element_bytes(self) -> int:
        return max(1, sum(leaf.nbytes for leaf in leaves(self.tree)) // self.count)


class Items:
    """A span of elements that are Python objects, batches among them."""

    __slots__ = ("items", "owned")

    def __init__(self, items: list[Any], *, owned: bool) -> None:
        self.items = items
        self.owned = owned

    @property
    def count(self) -> int:
        return len(self.items)

    def __getitem__(self, part: slice) -> Items:
        return Items(self.items[part], owned=self.owned)

    def gather(self, numbers: Array) -> Items:
        if numbers.dtype == np.bool_:
            numbers = np.flatnonzero(numbers)
        items = self.items
        return Items([items[i] for i in numbers.tolist()], owned=self.owned)

    def values(self) -> list[Any]:
        return self.items

    def as_rows(self, what: str) -> Rows:
        return Rows(stack(self.items, what), len(self.items), owned=True)

    def own(self) -> Items:
        if self.owned:
            return self
        return Items([map_leaves(_own_leaf, item) for item in self.items], owned=True)


def _own_leaf(leaf: Any) -> Any:
    return np.array(leaf) if isinstance(leaf, np.ndarray) else leaf


Chunk = Rows | Items


def join(chunks: Sequence[Chunk], what: str) -> Chunk:
    """One span of several that follow each other; at least one."""
    if len(chunks) == 1:
        return chunks[0]
    if all(isinstance(chunk, Items) for chunk in chunks):
        items = [item for chunk in chunks for item in chunk.values()]
        return Items(items, owned=all(chunk.owned for chunk in chunks))
    trees = [chunk.as_rows(what).tree for chunk in chunks]
    return Rows(
        merge(_concatenate, trees),
        sum(chunk.count for chunk in chunks),
        owned=True,
    )


def _concatenate(arrays: list[Array]) -> Array:
    dtypes = {array.dtype for array in arrays}
    # NumPy would make foreign byte orders native.
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    joined: Array = np.concatenate(arrays, dtype=dtype)
    return joined
