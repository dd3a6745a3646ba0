"""Elements with several parts, of which operators take one."""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock._spans import Array
from penstock.pipeline._chunks import Rows
from penstock.pipeline._structure import Tree, leaves, like


class Beside:
    """The other parts: labels, as a rule. They are gathered when results are there."""

    def __init__(self, tree: Tree, on: Any) -> None:
        self._pattern = tree
        self._keys = range(len(tree)) if isinstance(tree, tuple) else list(tree)
        self._on = on
        others = tuple(tree[key] for key in self._keys if key != on)
        arrays = leaves(others)
        self._rows = Rows(others, len(arrays[0]) if arrays else 0, owned=False)
        #: Of one element.
        self.bytes = sum(array.nbytes // max(1, len(array)) for array in arrays)

    def around(self, made: Array, numbers: Array) -> Tree:
        """Whole elements: what was made of some rows, and what stands beside them."""
        parts = iter(self._rows.gather(numbers).tree)
        whole = [made if key == self._on else next(parts) for key in self._keys]
        if isinstance(self._pattern, tuple):
            return like(self._pattern, whole)
        return dict(zip(self._keys, whole, strict=True))


def parts(tree: Tree, on: Any) -> tuple[Array | None, Beside | None]:
    """The array that operators ``on`` a part take, None where it is none, and what
    stands beside it."""
    if on is None:
        return (tree if isinstance(tree, np.ndarray) else None), None
    if isinstance(tree, tuple) and type(on) is int and -len(tree) <= on < len(tree):
        on %= len(tree)
    elif not isinstance(tree, dict) or on not in tree:
        return None, None
    table = tree[on]
    return (table, Beside(tree, on)) if isinstance(table, np.ndarray) else (None, None)
