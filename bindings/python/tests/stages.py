"""Stages that many tests need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import penstock as ps


def count_to(end: int, dtype: Any = np.int64) -> Callable[..., Any]:
    """A source of 0, 1, 2 ... end - 1."""

    def fill(context: ps.Context, out: Any) -> int | ps.End:
        made = context.position
        n = min(len(out), end - made)
        out[:n] = np.arange(made, made + n, dtype=dtype)
        return n if made + n < end else ps.End(n)

    return fill


def collect(into: list[int]) -> Callable[..., None]:
    """A sink that appends what comes."""

    def take(context: ps.Context, values: Any) -> None:
        into.extend(values.tolist())

    return take


def numbers(graph: ps.Graph, end: int = 1000, **options: Any) -> ps.Stage:
    return graph.source("numbers", np.int64, count_to(end), **options)


def nothing(*_: Any) -> None:
    pass


def notes(error: BaseException) -> list[str]:
    """What was added to an exception, also before Python 3.11."""
    return list(getattr(error, "__notes__", []))
