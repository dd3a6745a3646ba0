"""What a pipeline is made of: steps that describe, and readers that do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from penstock._failures import note
from penstock.pipeline._chunks import Chunk

if TYPE_CHECKING:
    from penstock.pipeline._order import Order
    from penstock.pipeline._run import Run

#: How many elements a stream has; None where that is not known before it has ended.
Length = float | None
ENDLESS = math.inf

#: Most elements, and about how many bytes, that a reader is asked for at once. Enough
#: to make what a call costs negligible, and little enough for the second-level cache.
SPAN_ELEMENTS = 16384
SPAN_BYTES = 1 << 18
#: Bytes of an element that costs more to copy than to wait for, or to tell of where it
#: is.
LARGE = 1 << 14


def span_of(element_bytes: int) -> int:
    """How many elements of about this size are worth being asked for at once."""
    return max(1, min(SPAN_ELEMENTS, SPAN_BYTES // element_bytes))


#: The next element; None at the end.
Next = Callable[[], Any]


class Reader:
    """Gives the elements of a stream, span by span. For one thread at a time."""

    #: About how large an element is.
    element_bytes: int = 8

    def read(self, most: int) -> Chunk | None:
        """The next elements: at least one and at most so many; None at the end."""
        raise NotImplementedError

    @property
    def span(self) -> int:
        """How many elements are worth being asked for at once."""
        return span_of(self.element_bytes)

    def expect(self, count: int) -> None:
        """So many elements become one, a batch; it may help to make them together."""

    def works_ahead(self, count: int) -> bool:
        """Does it make elements while the reader is busy? Then about so many."""
        return False

    def singly(self) -> Next | None:
        """Gives the elements that are left, one by one, where ``read`` would not give
        several at once but take longer. May be mixed with ``read``."""
        return None

    def batches(self, size: int, drops_remainder: bool) -> Next | None:
        """Likewise trees over so many. May be mixed with ``read`` of as many."""
        return None

    def chunks(self) -> Iterator[Chunk]:
        while (chunk := self.read(self.span)) is not None:
            yield chunk


class Node:
    """One step of a description, with those before it. Immutable."""

    #: The method that made it.
    word = "pipeline"
    sources: tuple[Node, ...] = ()

    def length(self) -> Length:
        return None

    def order(self) -> Order | None:
        """Where the elements' places in a source can be computed: how."""
        return None

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        """A reader from element number ``skip`` on, of the so-manyeth repetition."""
        raise NotImplementedError

    def describe(self) -> str:
        """A line for people."""
        return self.word


def name_of(function: Any) -> str:
    name = getattr(function, "__name__", None)
    if isinstance(name, str):
        return name
    text = repr(function)
    # With an address it would be another one in each process.
    return type(function).__name__ if " at 0x" in text else text


#: Of single elements: those made before one failed, and what it raised.
Results = tuple[list[Any], Exception | None]


def until_failure(function: Callable[[Any], Any], elements: Iterable[Any]) -> Results:
    """The results for each. Where there are none, it raises."""
    results: list[Any] = []
    try:
        for element in elements:
            results.append(function(element))
    except Exception as error:
        if not results:
            raise
        return results, error
    return results, None


class Named:
    """Calls a program's callable, and says in what it raises which step it was."""

    __slots__ = ("function", "what")

    def __init__(self, function: Any, word: str) -> None:
        self.function = function
        self.what = f"{word}({name_of(function)})"

    def __call__(self, *arguments: Any, **more: Any) -> Any:
        try:
            return self.function(*arguments, **more)
        except BaseException as error:
            raise self._told(error)  # noqa: B904, it is the same or has its cause

    def each(self, elements: Iterable[Any]) -> Results:
        """As `until_failure`; the parts of a tuple are arguments."""
        function = self.function
        results: list[Any] = []
        try:
            # On the way of every object: appending costs what a comprehension does.
            for element in elements:
                results.append(
                    function(*element) if type(element) is tuple else function(element)
                )
        except BaseException as error:
            told = self._told(error)
            if not results or not isinstance(told, Exception):
                raise told  # noqa: B904, as above
            return results, told
        return results, None

    def _told(self, error: BaseException) -> BaseException:
        """What is raised for it, which says where it was."""
        if isinstance(error, (StopIteration, StopAsyncIteration, GeneratorExit)):
            # As it is, it would end the reader's loop in silence.
            told = RuntimeError(f"{self.what} raised {error!r}")
            told.__cause__ = error
            return told
        note(error, f"in {self.what} of the pipeline")
        return error
