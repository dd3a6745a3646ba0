"""Streams whose elements' places in a source can be computed.

To take, skip, repeat and shuffle elements of an array is to do so with the numbers of
its rows, and a map after or before comes to the same. So a chain of such steps becomes
an order of numbers, made natively and from any element on, and the rows are fetched and
mapped afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock._streams import FOREVER
from penstock.pipeline._node import ENDLESS, Length

if TYPE_CHECKING:
    from penstock._graph import Graph
    from penstock._stage import Stage
    from penstock.pipeline._map import Map
    from penstock.pipeline._sources import Indexed

Seed = Callable[["Shuffled"], int]


@dataclass(frozen=True)
class Shuffled:
    """Within a window, each repetition by itself; ``step`` is whose seed it is."""

    window: int
    step: object


@dataclass(frozen=True)
class Sliced:
    """Of each repetition so many elements, from a first one on."""

    first: int
    count: float


@dataclass(frozen=True)
class Repeated:
    times: float


Step = Shuffled | Sliced | Repeated


@dataclass(frozen=True)
class Order:
    """The numbers 0 to n - 1 of a source, and what was done to their order."""

    source: Indexed
    steps: tuple[Step, ...] = ()
    maps: tuple[Map, ...] = ()

    def then(self, step: Step) -> Order | None:
        """None where that is no order of numbers that can be written down here."""
        lengths = self.lengths()
        if isinstance(step, Repeated) and lengths[-1] in (0, ENDLESS):
            # Nothing, or never the end: the next repetition never begins.
            return None if lengths[-1] == 0 else self
        if isinstance(step, Repeated) and ENDLESS in lengths:
            # Each repetition would have to begin anew with something endless.
            return None
        return Order(self.source, (*self.steps, step), self.maps)

    def mapped(self, map: Map) -> Order:
        return Order(self.source, self.steps, (*self.maps, map))

    def lengths(self) -> list[float]:
        """How many numbers there are after each step, the source first."""
        found: list[float] = [self.source.count]
        for step in self.steps:
            last = found[-1]
            if isinstance(step, Sliced):
                last = max(0, min(step.count, last - step.first))
            elif isinstance(step, Repeated):
                last = 0 if last == 0 or step.times == 0 else last * step.times
            found.append(last)
        return found

    def length(self) -> Length:
        return self.lengths()[-1]

    @property
    def is_sequential(self) -> bool:
        """Are all numbers in the order of the source?"""
        return not any(isinstance(step, Shuffled) for step in self.steps)

    def runs(self, skip: int) -> Iterator[tuple[int, float]]:
        """The numbers of a sequential order without ``skip``, as ranges."""
        return self._runs(len(self.steps), skip, self.lengths())

    def _runs(
        self, depth: int, skip: float, lengths: list[float]
    ) -> Iterator[tuple[int, float]]:
        if depth == 0:
            if skip < lengths[0]:
                yield int(skip), lengths[0]
            return
        step = self.steps[depth - 1]
        if isinstance(step, Sliced):
            left = step.count - skip
            if left <= 0:
                return
            for start, stop in self._runs(depth - 1, skip + step.first, lengths):
                yield start, min(stop, start + left)
                left -= stop - start
                if left <= 0:
                    return
        elif isinstance(step, Repeated) and lengths[depth] > 0:
            whole, rest = divmod(skip, lengths[depth - 1])
            while whole < step.times:
                yield from self._runs(depth - 1, rest, lengths)
                whole, rest = whole + 1, 0

    def stages(
        self,
        graph: Graph,
        skip: int,
        epoch: int,
        seed: Seed,
        *,
        first: int = 0,
        step: int = 1,
    ) -> Stage:
        """Makes the numbers in a graph, as ``first + step * number``."""
        begin = _Beginning(graph, self, seed, first, step)
        return begin.make(len(self.steps), epoch, epoch + 1, skip, ENDLESS)


class _Beginning:
    """The making of an order's stages, from the last one back to the source."""

    def __init__(
        self, graph: Graph, order: Order, seed: Seed, first: int, step: int
    ) -> None:
        self._graph = graph
        self._order = order
        self._lengths = order.lengths()
        self._seed = seed
        self._first = first
        self._step = step

    def make(
        self, depth: int, begin: int, end: float, skip: float, limit: float
    ) -> Stage:
        """Repetitions ``begin`` up to ``end`` of what the first ``depth`` steps make,
        without ``skip`` numbers, and at most ``limit`` of them."""
        length = self._lengths[depth]
        if depth == 0:
            return self._source(begin, end, skip, limit)
        step = self._order.steps[depth - 1]
        if isinstance(step, Repeated):
            # Repetitions of repetitions are so many more of what is repeated.
            times = step.times
            if begin >= end:
                return self.make(depth - 1, 0, 0, 0, limit)
            last = ENDLESS if times == ENDLESS else end * times
            first = begin if times == ENDLESS else int(begin * times)
            return self.make(depth - 1, first, last, skip, limit)
        if 0 < length < ENDLESS:
            whole = int(min(skip // length, end - begin))
            begin, skip = begin + whole, skip - whole * length
        if isinstance(step, Sliced) and end - begin <= 1:
            rest = max(0, step.count - skip)
            return self.make(depth - 1, begin, end, skip + step.first, min(limit, rest))
        stage = self.make(depth - 1, begin, end, 0, ENDLESS)
        before = self._lengths[depth - 1]
        period = 0 if before == ENDLESS else int(before)
        if isinstance(step, Sliced):
            stage = self._graph.slice(
                f"slice {depth}", stage, step.first, _whole(step.count), period=period
            )
        else:
            window = step.window if before == ENDLESS else min(step.window, period)
            stage = self._graph.shuffle(
                f"shuffle {depth}",
                stage,
                max(1, window),
                self._seed(step),
                period=period,
                epoch=begin,
            )
        if skip > 0 or limit < ENDLESS:
            stage = self._graph.slice(
                f"go on {depth}", stage, _whole(skip), _whole(limit)
            )
        return stage

    def _source(self, begin: int, end: float, skip: float, limit: float) -> Stage:
        count = self._lengths[0]
        start: float
        stop: float
        if begin >= end:
            start = stop = 0
        elif count == ENDLESS:
            start, stop, count = skip, skip + limit, FOREVER
        else:
            stop = end * count if count else 0
            start = min(begin * count + skip, stop)
            stop = min(stop, start + limit)
        return self._graph.range(
            "range",
            _whole(count),
            first=self._first,
            step=self._step,
            start=_whole(start),
            stop=_whole(stop),
        )


def _whole(number: float) -> int:
    return FOREVER if number == ENDLESS else int(number)
