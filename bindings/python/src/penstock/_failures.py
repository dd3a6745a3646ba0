"""What Python callables raised during a run, until the program is told."""

from __future__ import annotations

import traceback
import weakref
from ctypes import byref, c_int
from typing import NoReturn

from penstock import _signatures as c
from penstock._errors import check, error_of
from penstock._library import held, lib
from penstock._signatures import Status
from penstock._spans import Array, Lender, is_any_lent, still_lent
from penstock._types import ElementType


class ElementFailure(Exception):
    """Raised by ``Context.fail``; ends the callable at one element of its span."""

    def __init__(self, index: int, text: str, status: int) -> None:
        super().__init__(text)
        self.index = index
        self.status = status


# The library keeps 255 bytes of a text.
_TEXT_BYTES = 240


def failing(error: BaseException) -> tuple[int, int, str]:
    """Of what a callable raised: which element of the span, the status, the text."""
    if isinstance(error, ElementFailure):
        return error.index, error.status, str(error)
    return 0, int(Status.EUSER), f"{type(error).__name__}: {error}"


def fail(pointer: int | None, status: int, index: int, text: str) -> int:
    """``pst_fail``, within a call: what the call returns then."""
    raw = text.encode(errors="replace").replace(b"\0", b" ")[:_TEXT_BYTES]
    result: int = held.pst_fail(pointer, status, index, raw)
    return result


# Arrays over the library's memory that callables have kept, by the graph's handle. Not
# in the graph: the collector clears weak references that are garbage themselves.
_kept: dict[int, list[weakref.ref[Array]]] = {}


_ENDS = (Status.OK, Status.ECANCELED, Status.ESTAGE)


class Failures:
    """Of one graph. Callbacks add, the thread that waits takes out."""

    def __init__(self, handle: c.Graph) -> None:
        self._handle = handle
        self._of_stages: dict[tuple[str, int], BaseException] = {}
        # Of callbacks that cannot fail in C; they end the run by cancelling it.
        self._other: tuple[str, BaseException] | None = None
        self._lenders: list[Lender] = []

    def lender(self, type: ElementType, access: int) -> Lender:
        """Of the arrays that one argument of a callable is given."""
        made = Lender(type, access)
        self._lenders.append(made)
        return made

    def add(self, stage: str, replica: int, error: BaseException) -> None:
        """The stage fails with it, and the run does so unless it is tried again."""
        self._of_stages[stage, replica] = error

    def add_and_cancel(self, where: str, error: BaseException) -> None:
        """The callback cannot fail by itself."""
        if self._other is None:
            self._other = (where, error)
        lib.pst_graph_cancel(self._handle)

    def release(self, views: list[Array], error: BaseException | None = None) -> bool:
        """After a call: is none of its arrays kept? error: what it raised."""
        if not is_any_lent(views):
            return True
        if error is not None:
            # The frames of its traceback would go on to show memory that is gone.
            forget_locals(error)
        lost = still_lent(views, self._lenders)
        if lost:
            _kept.setdefault(self._handle.value or 0, []).extend(lost)
        return not lost

    def kept(self) -> list[weakref.ref[Array]]:
        """Arrays into the last run's memory that are still alive."""
        key = self._handle.value or 0
        alive = [view for view in _kept.pop(key, ()) if view() is not None]
        if alive:
            _kept[key] = alive
        return alive

    def clear(self) -> None:
        self._of_stages.clear()
        self._other = None

    def check(self, status: int) -> None:
        """Raises what ended the run, for the status that a call gave for it."""
        if self._other is not None and status in _ENDS:
            where, error = self._other
            self.clear()
            _again(error, where)
        if status == Status.ESTAGE and self._of_stages:
            failure = error_of(status)
            error = self._first(str(failure))
            self.clear()
            if isinstance(error, ElementFailure):
                raise failure from None
            # Within generators a StopIteration would end a loop in silence.
            if isinstance(error, (StopIteration, StopAsyncIteration, GeneratorExit)):
                raise failure from error
            _again(error, str(failure))
        check(status)

    def _first(self, text: str) -> BaseException:
        """The one that the library's text speaks of, where several stages failed."""
        for (stage, replica), error in self._of_stages.items():
            if f"stage '{stage}', replica {replica}, " in text:
                return error
        for (stage, _), error in self._of_stages.items():
            if f"stage '{stage}', element" in text:
                return error
        return next(iter(self._of_stages.values()))

    def is_running(self) -> bool:
        state = c_int()
        lib.pst_graph_get_state(self._handle, byref(state), None)
        return state.value not in (c.RunState.IDLE, c.RunState.ENDED)


def _again(error: BaseException, where: str) -> NoReturn:
    """Raises the exception itself, with its own traceback and a note of the stage."""
    note(error, where)
    raise error


def note(error: BaseException, text: str) -> None:
    notes = getattr(error, "__notes__", [])
    if text in notes:
        return
    if hasattr(error, "add_note"):
        error.add_note(text)
    else:  # Python 3.10, where pytest and others print them all the same
        error.__notes__ = [*notes, text]  # type: ignore[attr-defined]


def forget_locals(error: BaseException) -> None:
    """Drops the variables of the frames that the exception went through."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        traceback.clear_frames(link.__traceback__)
        waiting += [link.__cause__, link.__context__]
