"""take, skip, repeat and shuffle."""

from __future__ import annotations

import numpy as np

from penstock._spans import Array
from penstock._streams import Shuffle as NumberShuffle
from penstock.pipeline._chunks import Chunk, Items, Rows, join
from penstock.pipeline._node import ENDLESS, Length, Node, Reader
from penstock.pipeline._order import Order, Repeated, Shuffled, Sliced, Step
from penstock.pipeline._replay import LimitReader, drop
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree, map_leaves


class Placing(Node):
    """A step that only says which elements come, and when."""

    def __init__(self, source: Node) -> None:
        self.sources = (source,)

    def step(self) -> Step:
        raise NotImplementedError

    def order(self) -> Order | None:
        order = self.sources[0].order()
        return None if order is None else order.then(self.step())

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        from penstock.pipeline._sources import open_order

        order = self.order()
        if order is not None:
            return open_order(order, run, skip, epoch)
        return self.over(run, skip, epoch)

    def over(self, run: Run, skip: int, epoch: int) -> Reader:
        """Over a source whose elements' places cannot be computed."""
        raise NotImplementedError


class Slice(Placing):
    """take and skip."""

    def __init__(self, source: Node, first: int, count: float) -> None:
        super().__init__(source)
        self.first = first
        self.count = count
        self.word = "skip" if count == ENDLESS else "take"

    def step(self) -> Step:
        return Sliced(self.first, self.count)

    def length(self) -> Length:
        length = self.sources[0].length()
        if length is None:
            return 0 if self.count == 0 else None
        return max(0, min(self.count, length - self.first))

    def over(self, run: Run, skip: int, epoch: int) -> Reader:
        rest = max(0, self.count - skip)
        if rest == 0:
            return EmptyReader()
        reader = self.sources[0].open(run, skip + self.first, epoch)
        return reader if rest == ENDLESS else LimitReader(reader, rest)

    def describe(self) -> str:
        return f"{self.word}({self.first if self.word == 'skip' else self.count})"


class EmptyReader(Reader):
    def read(self, most: int) -> Chunk | None:
        return None


class Repeat(Placing):
    word = "repeat"

    def __init__(self, source: Node, times: float) -> None:
        super().__init__(source)
        self.times = times

    def step(self) -> Step:
        return Repeated(self.times)

    def length(self) -> Length:
        length = self.sources[0].length()
        if self.times == 0 or length == 0:
            return 0
        return None if length is None else length * self.times

    def over(self, run: Run, skip: int, epoch: int) -> Reader:
        length = self.sources[0].length()
        if length is None or length == 0:
            return drop(RepeatReader(self, run, 0, 0, epoch), skip)
        whole, rest = divmod(skip, length)
        return RepeatReader(self, run, int(whole), int(rest), epoch)

    def describe(self) -> str:
        return "repeat()" if self.times == ENDLESS else f"repeat({self.times})"


class RepeatReader(Reader):
    """Opens the source anew for each repetition."""

    def __init__(
        self, node: Repeat, run: Run, whole: int, skip: int, epoch: int
    ) -> None:
        self._node = node
        self._run = run
        self._next = whole
        self._skip = skip
        # Repetitions of repetitions are in orders of their own, too.
        self._first = 0 if node.times == ENDLESS else int(epoch * node.times)
        self._reader: Reader | None = None
        self._is_empty = False

    def read(self, most: int) -> Chunk | None:
        while True:
            if self._reader is None:
                if self._next >= self._node.times or self._is_empty:
                    return None
                self._reader = self._node.sources[0].open(
                    self._run, self._skip, self._first + self._next
                )
                self.element_bytes = self._reader.element_bytes
                # What is empty once would be looked for without end.
                self._is_empty = self._skip == 0
                self._next, self._skip = self._next + 1, 0
            chunk = self._reader.read(most)
            if chunk is not None:
                self._is_empty = False
                return chunk
            self._reader = None


class Shuffle(Placing):
    """Within a window."""

    word = "shuffle"

    def __init__(self, source: Node, window: int, seed: int | None) -> None:
        super().__init__(source)
        self.window = window
        self.seed = seed

    def step(self) -> Step:
        return Shuffled(self.window, self)

    def length(self) -> Length:
        return self.sources[0].length()

    def over(self, run: Run, skip: int, epoch: int) -> Reader:
        source = self.sources[0].open(run, 0, epoch)
        length = self.sources[0].length()
        window = self.window
        if length is not None and length != ENDLESS:
            window = int(max(1, min(window, length)))
        seed = run.seed(self, self.seed)
        return drop(
            ShuffleReader(source, NumberShuffle(window, seed, epoch=epoch)), skip
        )

    def describe(self) -> str:
        seed = "" if self.seed is None else f", seed={self.seed}"
        return f"shuffle({self.window}{seed})"


class ShuffleReader(Reader):
    """Elements stay where they were put, and the numbers of their places are shuffled.

    So any element can be shuffled, and each is copied in and out once.
    """

    def __init__(self, source: Reader, numbers: NumberShuffle) -> None:
        self._source = source
        self._numbers = numbers
        self._places: Places | None = None
        self._has_ended = False
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        while not self._has_ended:
            # Before the window is full nothing comes out.
            wanted = max(most, min(self._numbers.missing, self._source.span))
            chunk = self._source.read(wanted)
            if chunk is None:
                self._has_ended = True
                break
            if self._places is None:
                self._places = Places()
            numbers = self._numbers.take(self._places.put(chunk))
            if len(numbers):
                return self._places.take_out(numbers)
        if self._places is None:
            return None
        numbers = self._numbers.finish(most)
        return self._places.take_out(numbers) if len(numbers) else None


class Places:
    """Numbered places for elements."""

    def __init__(self) -> None:
        self._chunk: Chunk | None = None
        # Those that are free are the first ``_count`` of an array as long as all are.
        self._free = np.empty(0, np.int64)
        self._count = 0

    def put(self, chunk: Chunk) -> Array:
        """The numbers of the places where they are now."""
        n = chunk.count
        if isinstance(self._chunk, Rows) and isinstance(chunk, Items):
            chunk = chunk.as_rows("shuffle")
        if self._count < n:
            self._grow(chunk, max(n, len(self._free)))
        self._count -= n
        taken: Array = self._free[self._count : self._count + n].copy()
        kept = self._chunk
        if isinstance(kept, Items):
            for place, item in zip(taken.tolist(), chunk.values(), strict=True):
                kept.items[place] = item
            kept.owned = kept.owned and chunk.owned
        elif isinstance(kept, Rows) and isinstance(chunk, Rows):
            _put(kept.tree, taken, chunk.tree)
        return taken

    def take_out(self, numbers: Array) -> Chunk:
        assert self._chunk is not None
        self._free[self._count : self._count + len(numbers)] = numbers
        self._count += len(numbers)
        out = self._chunk.gather(numbers)
        if isinstance(self._chunk, Items):
            for place in numbers.tolist():
                self._chunk.items[place] = None
        return out

    def _grow(self, like: Chunk, more: int) -> None:
        size = len(self._free)
        free = np.empty(size + more, np.int64)
        free[: self._count] = self._free[: self._count]
        free[self._count : self._count + more] = np.arange(size, size + more)
        self._free = free
        self._count += more
        if isinstance(like, Items):
            room: Chunk = Items([None] * more, owned=True)
        else:
            room = Rows(
                map_leaves(
                    lambda array: np.empty((more, *array.shape[1:]), array.dtype),
                    like.tree,
                ),
                more,
                owned=True,
            )
        old = self._chunk
        self._chunk = room if old is None else join([old, room], "shuffle")


def _put(kept: Tree, places: Array, new: Tree) -> None:
    if isinstance(kept, tuple):
        for old, part in zip(kept, new, strict=True):
            _put(old, places, part)
    elif isinstance(kept, dict):
        for key, old in kept.items():
            _put(old, places, new[key])
    else:
        if kept.dtype != new.dtype or kept.shape[1:] != new.shape[1:]:
            raise TypeError(
                f"shuffle: elements of {new.dtype} and shape {new.shape[1:]} follow "
                f"ones of {kept.dtype} and shape {kept.shape[1:]}"
            )
        kept[places] = new
