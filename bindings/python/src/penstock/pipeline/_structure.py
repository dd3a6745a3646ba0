"""The structure of elements: arrays, and tuples and dicts of them.

A tree is an array, or a tuple or dict of trees. One tree over a span of n elements has
arrays whose first axes are all n long; that of one element lacks this axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from penstock._pointers import describe
from penstock._spans import Array

Tree = Any

_NUMBERS = (bool, int, float, complex, np.generic)


def leaves(tree: Tree) -> list[Array]:
    """Its arrays, in order."""
    if isinstance(tree, tuple):
        return [leaf for part in tree for leaf in leaves(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    return [tree]


def map_leaves(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """A tree of the same structure."""
    if isinstance(tree, tuple):
        return like(tree, [map_leaves(function, part) for part in tree])
    if isinstance(tree, dict):
        return {key: map_leaves(function, part) for key, part in tree.items()}
    return function(tree)


def like(pattern: tuple[Any, ...], parts: list[Any]) -> tuple[Any, ...]:
    """A tuple, or a named one of the same kind."""
    if hasattr(pattern, "_fields"):
        return type(pattern)(*parts)
    return tuple(parts)


def merge(function: Callable[[list[Array]], Array], trees: Sequence[Tree]) -> Tree:
    """Makes one tree of several that have the same structure, array by array."""
    first = trees[0]
    if isinstance(first, tuple):
        columns = zip(*trees, strict=True)
        return like(first, [merge(function, column) for column in columns])
    if isinstance(first, dict):
        return {key: merge(function, [tree[key] for tree in trees]) for key in first}
    return function(list(trees))


def length(tree: Tree, what: str) -> int:
    """How many elements a tree has that the program gave."""
    lengths = []
    for leaf in leaves(tree):
        if leaf.ndim == 0:
            raise ValueError(f"{what} must have a first axis, and has shape ()")
        lengths.append(len(leaf))
    if not lengths:
        raise ValueError(f"{what} has no arrays")
    if len(set(lengths)) > 1:
        raise ValueError(
            f"the arrays of {what} have {sorted(set(lengths))} elements; expected "
            f"equally many"
        )
    return lengths[0]


def arrays(value: Any, what: str) -> Tree:
    """A tree of arrays of what the program gave: whatever NumPy or DLPack reads."""
    if isinstance(value, tuple):
        return like(value, [arrays(part, what) for part in value])
    if isinstance(value, dict):
        return {key: arrays(part, what) for key, part in value.items()}
    if not isinstance(value, np.ndarray):
        if hasattr(value, "__dlpack__"):
            value = np.from_dlpack(value)
        elif value is None or isinstance(value, (str, bytes, set)):
            raise TypeError(f"{what} must be an array, not {describe(value)}")
        else:
            value = np.asarray(value)
    return value


def describe_tree(tree: Tree) -> str:
    """For errors: ``(float32[64], int64)``."""
    if isinstance(tree, tuple):
        return f"({', '.join(describe_tree(part) for part in tree)})"
    if isinstance(tree, dict):
        parts = (f"{key!r}: {describe_tree(part)}" for key, part in tree.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(tree, np.ndarray):
        shape = "".join(f"[{n}]" for n in tree.shape[1:])
        return f"{tree.dtype}{shape}"
    return describe(tree)


def elements(tree: Tree) -> list[Any]:
    """The elements of a span, one by one: views and numbers."""
    if isinstance(tree, tuple):
        columns = [elements(part) for part in tree]
        kind = type(tree)
        if kind is tuple:
            return list(zip(*columns, strict=True))
        return [like(tree, list(parts)) for parts in zip(*columns, strict=True)]
    if isinstance(tree, dict):
        columns = [elements(part) for part in tree.values()]
        return [
            dict(zip(tree, parts, strict=True)) for parts in zip(*columns, strict=True)
        ]
    return list(tree)


def stack(values: Sequence[Any], what: str) -> Tree:
    """One tree over a span of elements that are Python objects.

    Numbers become an array of them, arrays one with an axis more, and whatever else an
    array of objects.
    """
    first = values[0]
    if isinstance(first, tuple):
        for i, value in enumerate(values):
            if not isinstance(value, tuple) or len(value) != len(first):
                raise _unlike(what, i, value, f"a tuple of {len(first)}")
        columns = zip(*values, strict=True)
        return like(first, [stack(column, what) for column in columns])
    if isinstance(first, dict):
        for i, value in enumerate(values):
            if not isinstance(value, dict) or value.keys() != first.keys():
                raise _unlike(what, i, value, f"a dict with the keys {[*first]}")
        return {key: stack([value[key] for value in values], what) for key in first}
    if isinstance(first, np.ndarray):
        return _stack_arrays(values, what)
    if isinstance(first, _NUMBERS):
        return _stack_numbers(values, what)
    if isinstance(first, list):
        rows = [_as_array(value) for value in values]
        if isinstance(rows[0], np.ndarray):
            return _stack_arrays(rows, what)
    return objects(values)


def objects(values: Sequence[Any]) -> Array:
    """An array of objects, which NumPy would look into otherwise."""
    array = np.empty(len(values), object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _as_array(value: Any) -> Any:
    try:
        array = np.asarray(value)
    except ValueError:  # of lists of unequal lengths
        return value
    return value if array.dtype.kind in "OUS" else array


def _stack_arrays(values: Sequence[Any], what: str) -> Array:
    first = values[0]
    for i, value in enumerate(values):
        if (
            not isinstance(value, np.ndarray)
            or value.shape != first.shape
            or value.dtype != first.dtype
        ):
            raise _unlike(what, i, value, describe(first))
    return np.stack(values)


def _stack_numbers(values: Sequence[Any], what: str) -> Array:
    array = np.array(values)
    if array.dtype == object or array.ndim != 1 or array.dtype.kind in "US":
        kind = type(values[0]).__name__
        for i, value in enumerate(values):
            if not isinstance(value, _NUMBERS) or np.asarray(value).dtype == object:
                raise _unlike(what, i, value, f"a number as the first one, a {kind}")
    return array


def _unlike(what: str, i: int, value: Any, expected: str) -> TypeError:
    return TypeError(
        f"{what}: element {i} is {describe(value)}; expected {expected}, so that it "
        f"can stand in one array with the others"
    )
