"""Lines of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


class Lines:
    """The lines of files one after the other, without their ends."""

    def __init__(self, paths: list[Path], encoding: str | None) -> None:
        self._paths = paths
        self._encoding = encoding

    def __iter__(self) -> Iterator[str | bytes]:
        for path in self._paths:
            with open(path, "rb") as file:
                for line in file:
                    line = line.removesuffix(b"\n").removesuffix(b"\r")
                    yield (
                        line if self._encoding is None else line.decode(self._encoding)
                    )
