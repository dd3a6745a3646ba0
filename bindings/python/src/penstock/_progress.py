"""A progress bar for a run: tqdm's, or one that the program brings along."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from penstock._pointers import describe

#: Seconds between two looks.
INTERVAL = 0.1


class Bar(Protocol):
    """What tqdm's bars are: update(n) is told of n elements more."""

    def update(self, n: int, /) -> Any: ...


@contextmanager
def bar_of(progress: bool | Bar, name: str) -> Iterator[Bar | None]:
    """For progress=True one that is closed afterwards; else the given one."""
    if not isinstance(progress, bool):
        if not callable(getattr(progress, "update", None)):
            raise TypeError(
                f"progress must be True, or a bar with update(n) as of tqdm, not "
                f"{describe(progress)}"
            )
        yield progress
        return
    tqdm = _tqdm() if progress else None
    if tqdm is None:
        yield None
        return
    with tqdm(desc=name, unit=" elements", unit_scale=True) as made:
        yield made


def _tqdm() -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        warnings.warn(
            "progress=True shows nothing: tqdm is not installed (pip install tqdm)",
            RuntimeWarning,
            stacklevel=5,
        )
        return None
    return tqdm
