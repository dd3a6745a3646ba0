"""Pipelines: what is written down, step by step."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from penstock._choices import count as whole
from penstock._engine import Engine
from penstock._pointers import describe, function_address
from penstock._types import ElementType
from penstock.pipeline._background import Prefetch
from penstock.pipeline._batch import Batch
from penstock.pipeline._cache import Cache
from penstock.pipeline._chunks import Items, Rows, join
from penstock.pipeline._files import Pieces
from penstock.pipeline._filter import Filter, FlatMap, Unbatch
from penstock.pipeline._iterator import (
    PipelineIterator,
    describe_steps,
    restored,
)
from penstock.pipeline._join import Interleave, Zip
from penstock.pipeline._map import Map, Operator
from penstock.pipeline._node import ENDLESS, Named, Node
from penstock.pipeline._reduce import HOWS, ReduceByKey
from penstock.pipeline._select import Repeat, Shuffle, Slice
from penstock.pipeline._sources import (
    ArraySource,
    IterableSource,
    RangeSource,
    SequenceSource,
    TypedSource,
)
from penstock.pipeline._structure import Tree, arrays, length


class Pipeline:
    """A stream of elements, described step by step, and run by going through it.

        images = (
            Pipeline.from_array((pixels, labels))
            .map(normalise, on=0)
            .shuffle(1024, seed=7)
            .batch(32)
            .prefetch(2)
        )
        for x, y in images:
            train(x, y)

    Immutable: each method returns a new one, and nothing is read before someone goes
    through it. It can be gone through any number of times, also at once from several
    threads.

    An element is a number, an array, a tuple or dict of them, or any Python object.
    Callables that are given to a step of a stream of arrays see SPANS: many elements at
    once as arrays whose first axis counts them, in as many arguments as a tuple has
    parts. After :meth:`batch` and after :meth:`from_iterable` they see one element at
    a time, which is a batch or an object. ``vectorised`` says otherwise.
    """

    __slots__ = ("_engine", "_node")

    def __init__(self, node: Node, engine: Engine | None = None) -> None:
        self._node = node
        self._engine = engine

    def _then(self, node: Node) -> Pipeline:
        return Pipeline(node, self._engine)

    # ---- Sources

    @staticmethod
    def from_array(array: Any) -> Pipeline:
        """The rows of an array, or of several at once in a tuple or dict.

        Anything that NumPy or DLPack reads; nothing is copied. Structured dtypes stay
        what they are.
        """
        tree = arrays(array, "what from_array was given")
        count = length(tree, "what from_array was given")
        return Pipeline(ArraySource(tree, count))

    @staticmethod
    def range(start: int, stop: int | None = None, step: int = 1) -> Pipeline:
        """Whole numbers (int64) as of Python's ``range``."""
        numbers = range(start) if stop is None else range(start, stop, step)
        for bound in (numbers.start, numbers.stop):
            if not -(2**63) <= bound < 2**63:
                raise ValueError(f"range: {bound} does not fit in int64")
        return Pipeline(RangeSource(numbers.start, numbers.step, len(numbers)))

    @staticmethod
    def from_iterable(
        iterable: Iterable[Any] | Callable[[], Iterable[Any]], *, dtype: Any = None
    ) -> Pipeline:
        """The items of an iterable, or of what a function returns for each iteration.

        Items are any Python objects. With ``dtype``, or a tuple or dict of dtypes, they
        become arrays of it, and callables see spans of them.
        """
        node: Node
        if isinstance(iterable, Sequence) and not isinstance(iterable, (str, bytes)):
            node = SequenceSource(iterable)
        elif callable(iterable) or hasattr(iterable, "__iter__"):
            node = IterableSource(iterable)
        else:
            raise TypeError(
                f"from_iterable expects an iterable, or a function that returns one, "
                f"not {describe(iterable)}"
            )
        if dtype is not None:
            node = TypedSource(node, _types(dtype))
        return Pipeline(node)

    @staticmethod
    def from_files(
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        encoding: str | None = "utf-8",
    ) -> Pipeline:
        """The lines of files, without their ends, one file after the other.

        paths: one or several; ``*``, ``?`` and ``[`` in a single str are a pattern,
        whose matches are sorted. encoding None: lines are bytes.
        """
        if isinstance(paths, str) and glob.has_magic(paths):
            found: list[Path] = [Path(name) for name in sorted(glob.glob(paths))]
            if not found:
                raise FileNotFoundError(f"from_files: no file matches {paths!r}")
        elif isinstance(paths, (str, os.PathLike)):
            found = [Path(paths)]
        else:
            found = [Path(path) for path in paths]
        return Pipeline(Pieces(found, "lines", encoding))

    # ---- Elements

    def map(
        self,
        function: Any,
        *,
        on: Any = None,
        vectorised: bool | None = None,
        type: Any = None,
        user: Any = None,
        replicas: int | None = None,
    ) -> Pipeline:
        """One element for each: by a callable, an operator or a function in C.

        A callable over spans returns an array of equally many rows, or a tuple or dict
        of them. It must treat each element by itself: spans are of any length, and
        steps that only place elements may be moved before it.

        on: the part of a tuple or dict that it works on; the others stay.
        type, user: of a function in C with the header's ``pst_map_fn`` (ctypes, cffi,
        numba ``@cfunc`` or an address), the type of its results and its user pointer.
        replicas: exactly so many at once, whose results keep their order. None: for an
        operator on large elements as many as the engine has workers, otherwise one.
        """
        if replicas is not None:
            replicas = whole(replicas, "replicas", 32)
            if not 1 <= replicas <= 256:
                raise ValueError(f"replicas must be in 1 to 256, not {replicas}")
        native = None
        if function_address(function) is not None:
            if type is None:
                raise TypeError("map: a function in C needs type, that of its results")
            if on is not None or vectorised is False:
                raise TypeError(
                    "map: a function in C works on spans of whole elements, without "
                    "on or vectorised=False"
                )
            native = ElementType.of(type)
        elif isinstance(function, Operator) or callable(function):
            if type is not None or user is not None:
                raise TypeError("map: type and user are for functions in C")
        else:
            raise TypeError(
                f"map expects a callable, an operator or a function in C, not "
                f"{describe(function)}"
            )
        return self._then(
            Map(
                self._node,
                function,
                vectorised=vectorised,
                on=on,
                type=native,
                user=user,
                replicas=replicas,
            )
        )

    def filter(
        self, predicate: Callable[..., Any], *, vectorised: bool | None = None
    ) -> Pipeline:
        """Those that a predicate is true for; over a span it returns an array of
        bools."""
        return self._then(
            Filter(self._node, _callable(predicate, "filter"), vectorised)
        )

    def flat_map(
        self, function: Callable[..., Any], *, vectorised: bool = False
    ) -> Pipeline:
        """The elements of what a callable makes of each: an array's rows, a pipeline's
        elements or an iterable's items.

        It sees one element at a time. vectorised: a whole span, of which it makes
        arrays with any number of rows.
        """
        function = _callable(function, "flat_map")
        return self._then(FlatMap(self._node, function, vectorised))

    def split_words(self) -> Pipeline:
        """The words of texts: what stands between ASCII white space, as of
        ``bytes.split``."""
        if isinstance(self._node, Pieces):
            return self._then(self._node.words())
        return self.flat_map(words)

    def count_by_key(self, *, key: Any = None) -> Pipeline:
        """``reduce_by_key("count")``: each different element, and how often it comes.

        Lines and words of files are read, split and counted natively by all workers,
        and come in ascending order of their bytes.
        """
        return self.reduce_by_key("count", key=key)

    def reduce_by_key(
        self, how: Any = "sum", *, key: Any = None, value: Any = None
    ) -> Pipeline:
        """Pairs of each key and what its values come to, in the order of the keys'
        first appearance.

        how: "sum", "count", "min", "max", "mean", or a callable of two values.
        key, value: the parts of an element, or functions of it (of a span, where
        elements are arrays); by default elements are pairs of both.
        """
        if isinstance(how, str) and how not in HOWS:
            raise ValueError(
                f"reduce_by_key: how must be one of {', '.join(map(repr, HOWS))} or a "
                f"callable, not {how!r}"
            )
        if not isinstance(how, str):
            _callable(how, "reduce_by_key")
        return self._then(ReduceByKey(self._node, how, key, value))

    # ---- Groups

    def batch(self, size: int, *, drop_remainder: bool = False) -> Pipeline:
        """Groups of so many elements as one, with an axis more. The last may be
        smaller."""
        return self._then(
            Batch(self._node, _positive(size, "batch: size"), bool(drop_remainder))
        )

    def unbatch(self) -> Pipeline:
        """The rows of elements that are batches."""
        return self._then(Unbatch(self._node))

    # ---- Places

    def take(self, count: int) -> Pipeline:
        """The first so many."""
        return self._then(Slice(self._node, 0, whole(count, "take: count")))

    def skip(self, count: int) -> Pipeline:
        """All but the first so many."""
        return self._then(Slice(self._node, whole(count, "skip: count"), ENDLESS))

    def repeat(self, times: int | None = None) -> Pipeline:
        """All of it so many times; None: without end. What is shuffled before is
        shuffled anew each time."""
        number = ENDLESS if times is None else whole(times, "repeat: times")
        return self._then(Repeat(self._node, number))

    def shuffle(self, window: int, seed: int | None = None) -> Pipeline:
        """Each element in turn is one of those that come next, ``window`` of them.

        The same seed gives the same order, whatever else runs. None: another order in
        each iteration.
        """
        if seed is not None:
            seed = whole(seed, "shuffle: seed")
        return self._then(
            Shuffle(self._node, _positive(window, "shuffle: window"), seed)
        )

    # ---- Several streams

    def zip(self, *others: Pipeline) -> Pipeline:
        """Tuples of one element of each; ends with the shortest."""
        nodes = [_pipeline(other, "zip")._node for other in others]
        return self._then(Zip((self._node, *nodes)))

    def interleave(
        self,
        *others: Pipeline | Callable[..., Any],
        cycle_length: int | None = None,
        block_length: int = 1,
    ) -> Pipeline:
        """``block_length`` elements of each stream by turns, until all have ended.

        others: pipelines, or one function that makes a pipeline, an array or an
        iterable of each element; then ``cycle_length`` (by default 16) of those are
        open at a time.
        """
        block = _positive(block_length, "interleave: block_length")
        cycle = None
        if cycle_length is not None:
            cycle = _positive(cycle_length, "interleave: cycle_length")
        if len(others) == 1 and not isinstance(others[0], Pipeline):
            function = _callable(others[0], "interleave")
            return self._then(Interleave((self._node,), function, cycle or 16, block))
        nodes = [_pipeline(other, "interleave")._node for other in others]
        sources = (self._node, *nodes)
        return self._then(Interleave(sources, None, cycle or len(sources), block))

    # ---- How it runs

    def prefetch(self, count: int = 2) -> Pipeline:
        """Makes about so many elements ahead, on a thread besides the reader's. Small
        ones are made in larger blocks."""
        return self._then(Prefetch(self._node, _positive(count, "prefetch: count")))

    def cache(self) -> Pipeline:
        """Keeps the elements in memory when they were read to the end for the first
        time, for all later iterations of this pipeline and what is built on it."""
        return self._then(Cache(self._node))

    def on(self, engine: Engine) -> Pipeline:
        """The same on an engine of the program's instead of one for all pipelines."""
        if not isinstance(engine, Engine):
            raise TypeError(f"on expects an Engine, not {describe(engine)}")
        return Pipeline(self._node, engine)

    # ---- Ends

    def __iter__(self) -> PipelineIterator:
        return PipelineIterator(self._node, self._engine)

    def restore(self, state: dict[str, Any]) -> PipelineIterator:
        """Goes on where an iterator of this pipeline, or of one with the same steps,
        was when it gave its :meth:`~PipelineIterator.state`.

        Arrays, ranges and sequences begin in the right place, through any take, skip,
        repeat, shuffle, map, batch, zip and prefetch. Behind filter, flat_map, unbatch,
        interleave, reduce_by_key, iterables and shuffles of those, what came before is
        made once more and dropped.
        """
        return restored(self._node, self._engine, state)

    def to_numpy(self) -> Tree:
        """All elements as one array, or a tuple or dict of them."""
        with iter(self) as iterator:
            chunks = list(iterator.spans())
        if not chunks:
            return self._nothing()
        return join(chunks, "to_numpy").as_rows("to_numpy").own().tree

    def for_each(self, function: Callable[..., Any]) -> int:
        """Calls a function with each element; returns how many there were."""
        call = Named(_callable(function, "for_each"), "for_each")
        with iter(self) as iterator:
            for element in iterator:
                if type(element) is tuple:
                    call(*element)
                else:
                    call(element)
            return iterator.delivered

    def run(self) -> int:
        """Makes all elements and drops them; returns how many there were."""
        with iter(self) as iterator:
            return sum(chunk.count for chunk in iterator.spans())

    def plan(self) -> str:
        """The steps, and which stage would run on which core, and why."""
        steps = "\n".join(describe_steps(self._node))
        with iter(self) as iterator:
            return f"{steps}\n\n{iterator.plan()}"

    def __len__(self) -> int:
        """How many elements it has; TypeError where that shows only at the end."""
        count = self._node.length()
        if count is None or count == ENDLESS:
            raise TypeError(
                "the pipeline has no end"
                if count is not None
                else "how many elements the pipeline has is not known before its end"
            )
        return int(count)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        steps = " | ".join(line.strip() for line in describe_steps(self._node))
        return f"<Pipeline {steps}>"

    def _nothing(self) -> Tree:
        """What to_numpy gives where there are no elements."""
        node = self._node
        while len(node.sources) == 1 and isinstance(node, (Slice, Repeat, Shuffle)):
            node = node.sources[0]
        if isinstance(node, ArraySource):
            return Rows(node.tree, int(node.count), owned=False)[0:0].own().tree
        if isinstance(node, RangeSource):
            return np.empty(0, np.int64)
        return Items([], owned=True).as_rows("to_numpy").tree


def _positive(value: int, what: str) -> int:
    number = whole(value, what)
    if number == 0:
        raise ValueError(f"{what} must be at least 1, not 0")
    return number


def _callable(value: Any, what: str) -> Any:
    if not callable(value):
        raise TypeError(f"{what} expects a callable, not {describe(value)}")
    return value


def _pipeline(value: Any, what: str) -> Pipeline:
    if not isinstance(value, Pipeline):
        raise TypeError(f"{what} expects pipelines, not {describe(value)}")
    return value


def _types(dtype: Any) -> Tree:
    if isinstance(dtype, tuple) and not _has_shape(dtype):
        return tuple(_types(part) for part in dtype)
    if isinstance(dtype, dict):
        return {key: _types(part) for key, part in dtype.items()}
    if dtype is None:
        raise TypeError("dtype: expected a dtype, or a tuple or dict of them, not None")
    return np.dtype(dtype)


def _has_shape(dtype: tuple[Any, ...]) -> bool:
    """Is it a dtype with a shape, as NumPy writes it, and no pair of dtypes?"""
    if len(dtype) != 2:
        return False
    shape = dtype[1] if isinstance(dtype[1], tuple) else (dtype[1],)
    return bool(shape) and all(isinstance(n, int) for n in shape)


def words(text: str | bytes) -> list[Any]:
    if isinstance(text, bytes):
        return text.split()
    if not isinstance(text, str):
        raise TypeError(f"split_words expects texts, not {describe(text)}")
    return [word.decode() for word in text.encode().split()]
