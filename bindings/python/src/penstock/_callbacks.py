"""Python callables as the functions in C that stages call.

Each call of a stage enters Python once, with arrays over the span. Exceptions are noted
and become a status: nothing is raised into the library.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from ctypes import c_size_t, memmove, sizeof
from sys import getrefcount
from typing import Any

import numpy as np

from penstock import _signatures as c
from penstock._context import Callee, Context
from penstock._failures import Failures
from penstock._pointers import describe
from penstock._signals import deliver, guard, pending
from penstock._signatures import Status
from penstock._spans import READ, WRITE, Array, is_any_lent, view
from penstock._threads import pin, stay, unpin
from penstock._types import ElementType

_OK, _END, _AGAIN = int(Status.OK), int(Status.END), int(Status.EAGAIN)
_CANCELED = int(Status.ECANCELED)
_BOOL = ElementType(np.bool_)
_KEYS = ElementType(np.uint64)
# Of a pst_lent.
_Words = c_size_t * 4


class End:
    """Returned by a source or sink: there is no more, or it wants no more.

    count: of a source, how many elements this last call has made. ``END`` is
    ``End(0)``.
    """

    __slots__ = ("count",)

    def __init__(self, count: int = 0) -> None:
        self.count = count

    def __repr__(self) -> str:
        return f"End({self.count})"


END = End()

Body = Callable[..., int]
Views = list[Array]


def _guarded(callee: Callee, body: Body) -> Callable[..., int]:
    """body without exceptions, and with a context that ends with the call.

    On the way of every span: what it costs here, each callable costs.
    """
    spare = callee.spare

    @guard
    def call(pointer: int, *arguments: Any) -> int:
        try:
            try:
                context = spare.pop()
                context._pointer = pointer
            except IndexError:
                context = Context(pointer, callee)
            views = context._views
            try:
                if pending:
                    deliver()
                status = body(context, views, *arguments)
            except BaseException as error:
                return context._failed(error)
            if is_any_lent(views):
                return context._kept(status)
            views.clear()
            context._pointer = None
            if getrefcount(context) == _CONTEXT_REFERENCES:
                spare.append(context)
            return status
        except BaseException as error:  # of a signal in between
            callee.failures.add_and_cancel(f"in stage '{callee.name}'", error)
            return _CANCELED

    return call


def _count_context_references() -> int:
    context = [object()].pop()
    return getrefcount(context)


# Of one that only the variable above refers to.
_CONTEXT_REFERENCES = _count_context_references()


def _lenders(
    callee: Callee, taken: ElementType, made: ElementType
) -> tuple[Callable[[int, int], Array], Callable[[int, int], Array]]:
    """Of a span that is read and of one that is written."""
    lender = callee.failures.lender
    return lender(taken, READ).lend, lender(made, WRITE).lend


def _nothing(result: object, callee: Callee, instead: str) -> None:
    if result is not None:
        raise TypeError(
            f"the callable of stage {callee.name!r} returned {describe(result)}; "
            f"expected None, {instead}"
        )


def source(fill: Callable[..., Any], callee: Callee, made: ElementType) -> Any:
    lend = callee.failures.lender(made, WRITE).lend

    def body(
        context: Context, views: Views, out: int, capacity: int, counter: Any
    ) -> int:
        array = lend(out, capacity)
        views.append(array)
        result = fill(context, array)
        ended = isinstance(result, End)
        number = result.count if isinstance(result, End) else result
        if isinstance(number, bool) or not hasattr(number, "__index__"):
            raise TypeError(
                f"source {callee.name!r} returned {describe(result)}; expected how "
                f"many elements it has made, or END or End(count) with the last ones"
            )
        n = operator.index(number)
        if not 0 <= n <= capacity:
            raise ValueError(
                f"source {callee.name!r} says that it has made {n} elements, with room "
                f"for {capacity}"
            )
        counter[0] = n
        return _END if ended else _OK

    return c.SourceFunction(_guarded(callee, body))


def map(
    function: Callable[..., Any], callee: Callee, taken: ElementType, made: ElementType
) -> Any:
    lend, lend_out = _lenders(callee, taken, made)

    def body(context: Context, views: Views, source: int, out: int, n: int) -> int:
        values, results = lend(source, n), lend_out(out, n)
        views += (values, results)
        result = function(context, values, results)
        if result is not None:
            _nothing(result, callee, "with the results written to its last argument")
        return _OK

    return c.MapFunction(_guarded(callee, body))


def lent(address: int, callee: Callee) -> Any:
    """A function in C with the addresses that each element tells."""
    native = c.MapFunction(address)

    def body(context: Context, views: Views, source: int, out: int, n: int) -> int:
        pointer = context._live()
        for at in range(source, source + n * sizeof(c.Lent), sizeof(c.Lent)):
            taken, made, count, _ = _Words.from_address(at)
            # Gives the GIL up.
            status: int = native(pointer, taken, made, count)
            if status != _OK:
                return status
        memmove(out, source, n * sizeof(c.Lent))
        return _OK

    return c.MapFunction(_guarded(callee, body))


def filter(function: Callable[..., Any], callee: Callee, taken: ElementType) -> Any:
    lend, lend_out = _lenders(callee, taken, _BOOL)

    def body(context: Context, views: Views, source: int, keep: int, n: int) -> int:
        values, mask = lend(source, n), lend_out(keep, n)
        views += (values, mask)
        result = function(context, values, mask)
        if result is not None:
            _nothing(result, callee, "with the mask written to its last argument")
        return _OK

    return c.FilterFunction(_guarded(callee, body))


def _more(result: object, callee: Callee) -> int:
    if isinstance(result, End) and result.count == 0:
        return _END
    raise TypeError(
        f"the callable of stage {callee.name!r} returned {describe(result)}; expected "
        f"None, or END when it wants no more"
    )


def consumer(function: Callable[..., Any], callee: Callee, taken: ElementType) -> Any:
    """Of a sink or a process stage."""
    lend = callee.failures.lender(taken, READ).lend

    def body(context: Context, views: Views, source: int, n: int) -> int:
        values = lend(source, n)
        views.append(values)
        result = function(context, values)
        return _OK if result is None else _more(result, callee)

    return c.SinkFunction(_guarded(callee, body))


def fold(
    function: Callable[..., Any], callee: Callee, taken: ElementType, made: ElementType
) -> Any:
    lend, lend_state = _lenders(callee, taken, made)

    def body(context: Context, views: Views, state: int, source: int, n: int) -> int:
        folded, values = lend_state(state, 1), lend(source, n)
        views += (folded, values)
        result = function(context, folded, values)
        if result is not None:
            _nothing(result, callee, "with the state changed in place: state[0] = ...")
        return _OK

    return c.FoldFunction(_guarded(callee, body))


def setup(function: Callable[..., Any] | None, callee: Callee, pins: bool) -> Any:
    def body(context: Context, views: Views) -> int:
        if function is not None:
            _nothing(function(context), callee, "from its setup")
        if pins:
            pin()
        return _OK

    return c.SetupFunction(_guarded(callee, body))


def teardown(function: Callable[..., Any] | None, callee: Callee, pins: bool) -> Any:
    @guard
    def call(pointer: int) -> None:
        context = Context(pointer, callee)
        replica = context.replica
        try:
            if pending:
                deliver()
            if function is not None:
                _nothing(function(context), callee, "from its teardown")
        except BaseException as error:
            callee.failures.add_and_cancel(
                f"in the teardown of stage '{callee.name}'", error
            )
        finally:
            context._pointer = None
            callee.states.pop(replica, None)
            if pins:
                unpin()

    return c.TeardownFunction(call)


def finish(function: Callable[..., Any], callee: Callee) -> Any:
    def body(context: Context, views: Views) -> int:
        result = function(context)
        if result is Status.EAGAIN:
            return _AGAIN
        _nothing(result, callee, "or Status.EAGAIN to be called again, from its finish")
        return _OK

    return c.FinishFunction(_guarded(callee, body))


def key(
    function: Callable[..., Any], where: str, failures: Failures, taken: ElementType
) -> Any:
    lend = failures.lender(taken, READ).lend
    lend_keys = failures.lender(_KEYS, WRITE).lend

    @guard
    def call(source: int, keys: int, n: int, _: int) -> None:
        views: list[Array] = []
        try:
            views += (lend(source, n), lend_keys(keys, n))
            stay()
            if pending:
                deliver()
            result = function(*views)
            if result is not None:
                raise TypeError(
                    f"the key of {where} returned {describe(result)}; expected None, "
                    f"with the keys written to its last argument"
                )
            if not failures.release(views):
                raise BufferError(f"the key of {where} kept an array of its span")
        except BaseException as error:
            failures.release(views, error)
            failures.add_and_cancel(f"in the key of {where}", error)

    return c.KeyFunction(call)


def compare(
    function: Callable[..., Any], where: str, failures: Failures, taken: ElementType
) -> Any:
    @guard
    def call(a: int, b: int, _: int) -> int:
        try:
            stay()
            if pending:
                deliver()
            # Copies: one element is not worth the care that a view takes.
            first = view(a, 1, taken, READ)[0].copy()
            second = view(b, 1, taken, READ)[0].copy()
            result = function(first, second)
            if isinstance(result, bool) or not hasattr(result, "__index__"):
                raise TypeError(
                    f"the compare of {where} returned {describe(result)}; expected a "
                    f"number below, above or equal to 0"
                )
            number = operator.index(result)
        except BaseException as error:
            failures.add_and_cancel(f"in the compare of {where}", error)
            return 0
        return (number > 0) - (number < 0)

    return c.CompareFunction(call)
