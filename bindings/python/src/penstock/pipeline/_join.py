"""zip and interleave: several streams as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from penstock.pipeline._chunks import Chunk, Items, Rows
from penstock.pipeline._filter import open_elements
from penstock.pipeline._node import Length, Named, Node, Reader, name_of
from penstock.pipeline._replay import drop
from penstock.pipeline._run import Run
from penstock.pipeline._structure import describe_tree, leaves, merge


class Zip(Node):
    """Tuples of one element of each stream; ends with the shortest."""

    word = "zip"

    def __init__(self, sources: tuple[Node, ...]) -> None:
        self.sources = sources

    def length(self) -> Length:
        lengths = [source.length() for source in self.sources]
        known = [length for length in lengths if length is not None]
        if 0 in known:
            return 0
        return min(known) if len(known) == len(lengths) else None

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return ZipReader([source.open(run, skip, epoch) for source in self.sources])

    def describe(self) -> str:
        return f"zip({len(self.sources)} streams)"


class ZipReader(Reader):
    def __init__(self, sources: list[Reader]) -> None:
        self._sources = sources
        self._waiting: list[Chunk | None] = [None] * len(sources)

    @property
    def element_bytes(self) -> int:  # type: ignore[override]
        return sum(source.element_bytes for source in self._sources)

    def read(self, most: int) -> Chunk | None:
        parts: list[Chunk] = []
        for i, source in enumerate(self._sources):
            chunk = self._waiting[i]
            if chunk is None:
                chunk = self._waiting[i] = source.read(most)
                if chunk is None:
                    return None
            parts.append(chunk)
        n = min(most, min(part.count for part in parts))
        for i, part in enumerate(parts):
            self._waiting[i] = part[n:] if part.count > n else None
        parts = [part[:n] for part in parts]
        owned = all(part.owned for part in parts)
        trees = [part.tree for part in parts if isinstance(part, Rows)]
        if len(trees) == len(parts):
            return Rows(tuple(trees), n, owned=owned)
        columns = [part.values() for part in parts]
        return Items(list(zip(*columns, strict=True)), owned=owned)


class Interleave(Node):
    """Elements of several streams by turns: of given ones, or of those that a callable
    makes of each element."""

    word = "interleave"

    def __init__(
        self,
        sources: tuple[Node, ...],
        function: Any,
        cycle_length: int,
        block_length: int,
    ) -> None:
        self.sources = sources
        self.function = function
        self.cycle_length = cycle_length
        self.block_length = block_length

    def length(self) -> Length:
        if self.function is not None:
            return None
        total: float = 0
        for source in self.sources:
            length = source.length()
            if length is None:
                return None
            total += length
        return total

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        opened: Iterator[Reader]
        if self.function is None:
            opened = iter([source.open(run, 0, epoch) for source in self.sources])
        else:
            call = Named(self.function, self.word)
            source = self.sources[0].open(run, 0, epoch)
            opened = _opened(source, run, epoch, call)
        reader = InterleaveReader(opened, self.cycle_length, self.block_length)
        return drop(reader, skip)

    def describe(self) -> str:
        what = (
            f"{len(self.sources)} streams"
            if self.function is None
            else name_of(self.function)
        )
        return f"interleave({what}, {self.cycle_length}, {self.block_length})"


def _opened(source: Reader, run: Run, epoch: int, call: Named) -> Iterator[Reader]:
    while (chunk := source.read(1)) is not None:
        for value in chunk.values():
            made = call(*value) if type(value) is tuple else call(value)
            yield open_elements(made, run, epoch, call)


class _Turn:
    """One of the streams whose turns come round."""

    __slots__ = ("chunk", "reader")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.chunk: Chunk | None = None

    def look(self, most: int) -> Chunk | None:
        """What comes next, which stays until it is taken."""
        if self.chunk is None:
            self.chunk = self.reader.read(most)
        return self.chunk

    def take(self, count: int) -> Chunk:
        chunk = self.chunk
        assert chunk is not None
        self.chunk = chunk[count:] if chunk.count > count else None
        return chunk[:count]


class InterleaveReader(Reader):
    def __init__(self, readers: Iterator[Reader], cycle: int, block: int) -> None:
        self._readers = readers
        self._cycle = cycle
        self._block = block
        self._turns: list[_Turn] = []
        self._at = 0
        self._left = block
        self._begun = False

    def read(self, most: int) -> Chunk | None:
        if not self._begun:
            self._begun = True
            while len(self._turns) < self._cycle and self._add(len(self._turns)):
                pass
        while self._turns:
            if self._at >= len(self._turns):
                self._at = 0
            if self._at == 0 and self._left == self._block:
                rounds = self._rounds(most)
                if rounds is not None:
                    return rounds
            turn = self._turns[self._at]
            chunk = turn.look(min(most, self._left))
            if chunk is None:
                # The next stream begins in the place of this one.
                self._left = self._block
                del self._turns[self._at]
                self._add(self._at)
                continue
            n = min(most, self._left, chunk.count)
            self._left -= n
            if self._left == 0:
                self._at, self._left = self._at + 1, self._block
            return turn.take(n)
        return None

    def _add(self, place: int) -> bool:
        reader = next(self._readers, None)
        if reader is None:
            return False
        self._turns.insert(place, _Turn(reader))
        self.element_bytes = reader.element_bytes
        return True

    def _rounds(self, most: int) -> Chunk | None:
        """As many whole rounds as all streams have elements for, at once."""
        block, turns = self._block, self._turns
        if most < 2 * block * len(turns):
            return None
        chunks = []
        for turn in turns:
            chunk = turn.look(most // len(turns))
            if chunk is None or chunk.count < block:
                return None
            chunks.append(chunk)
        rounds = min(most // len(turns), min(chunk.count for chunk in chunks)) // block
        if rounds < 1:
            return None
        parts = [turn.take(rounds * block) for turn in turns]
        count = rounds * block * len(turns)
        rows = [part for part in parts if isinstance(part, Rows)]
        if len(rows) == len(parts):
            _check_alike(rows)

            def woven(arrays: list[Any]) -> Any:
                shape = arrays[0].shape[1:]
                blocks = [array.reshape(rounds, block, *shape) for array in arrays]
                return np.stack(blocks, axis=1).reshape(count, *shape)

            return Rows(merge(woven, [part.tree for part in rows]), count, owned=True)
        columns = [part.values() for part in parts]
        items = [
            item
            for i in range(0, rounds * block, block)
            for column in columns
            for item in column[i : i + block]
        ]
        return Items(items, owned=all(part.owned for part in parts))


def _check_alike(rows: list[Rows]) -> None:
    first = describe_tree(rows[0].tree)
    for part in rows[1:]:
        other = describe_tree(part.tree)
        if other != first or len(leaves(part.tree)) != len(leaves(rows[0].tree)):
            raise TypeError(
                f"interleave: its streams have elements of {first} and of {other}; "
                f"expected the same of all"
            )
