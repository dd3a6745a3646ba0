"""Describing graphs: the stages that callables and functions in C make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from penstock import _callbacks
from penstock import _signatures as c
from penstock._choices import count, text
from penstock._joins import Joins
from penstock._layers import Layers
from penstock._library import lib
from penstock._pointers import describe
from penstock._settings import StageOptions
from penstock._spans import Array
from penstock._stage import Stage
from penstock._types import ElementType
from penstock.ops._operator import Operator, bound_operator

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from typing_extensions import Unpack

    Type = ElementType | DTypeLike


class Description(Joins, Layers):
    """What a graph is, before it runs; the base of :class:`Graph`."""

    # ---- Sources

    def source(
        self,
        name: str,
        type: Type,
        fill: Any,
        *,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Makes elements: ``fill(context, out)`` returns how many it wrote to ``out``.

        0 means nothing now: it is asked again a little later, or after :meth:`wake`.
        ``END`` and ``End(n)`` end the stream, after the n elements of that call.
        """
        made = ElementType.of(type)
        callee = self._callee(name, (made,), user, is_source=True)
        function, is_native = self._pointer(
            fill, callee, "fill", lambda: _callbacks.source(fill, callee, made)
        )
        raw = lib.pst_source(
            self._live(),
            text(name, "name"),
            made.reference,
            function,
            self._user(user, is_native),
        )
        return self._stage(name, raw, (made,), callee, fill, options, None)

    def feed(self, name: str, type: Type, **options: Unpack[StageOptions]) -> Stage:
        """A source that the program fills with ``push`` until ``finish_feed``."""
        made = ElementType.of(type)
        raw = lib.pst_feed(self._live(), text(name, "name"), made.reference)
        return self._native(name, raw, made, None, options)

    # ---- Stages in the middle

    def map(
        self,
        name: str,
        input: Stage,
        type: Type,
        function: Any,
        *,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """One element for each: ``function(context, values, out)`` fills ``out``.

        ``values``: read-only, shape ``(n,)`` plus that of an element of the input.
        ``out``: as long, uninitialised, of the type given here. Returns None.
        """
        taken, made = self._input(input), ElementType.of(type)
        callee = self._callee(name, (made,), user)
        pointer, is_native = self._pointer(
            function,
            callee,
            "function",
            lambda: _callbacks.map(function, callee, taken, made),
        )
        raw = lib.pst_map(
            self._live(),
            text(name, "name"),
            input.raw,
            made.reference,
            pointer,
            self._user(user, is_native),
        )
        return self._stage(name, raw, (made,), callee, function, options, taken)

    def apply(
        self,
        name: str,
        input: Stage,
        operator: Operator,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """An operator of :mod:`penstock.ops`, made for the input's type."""
        taken = self._input(input)
        bound = bound_operator(operator, taken)
        self._keep.append(bound)
        raw = lib.pst_apply(
            self._live(),
            text(name, "name"),
            input.raw,
            bound.output.reference,
            bound.handle,
        )
        return self._native(name, raw, bound.output, taken, options)

    def apply_filter(
        self,
        name: str,
        input: Stage,
        operator: Operator,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Passes on the elements of which the operator makes True."""
        taken = self._input(input)
        bound = bound_operator(operator, taken)
        self._keep.append(bound)
        raw = lib.pst_apply_filter(
            self._live(), text(name, "name"), input.raw, bound.handle
        )
        return self._native(name, raw, taken, taken, options)

    def filter(
        self,
        name: str,
        input: Stage,
        function: Any,
        *,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Passes some on: ``function(context, values, keep)`` sets ``keep`` to True.

        ``keep``: bools, all False before the call. Returns None.
        """
        taken = self._input(input)
        callee = self._callee(name, (taken,), user)
        pointer, is_native = self._pointer(
            function,
            callee,
            "function",
            lambda: _callbacks.filter(function, callee, taken),
        )
        raw = lib.pst_filter(
            self._live(),
            text(name, "name"),
            input.raw,
            pointer,
            self._user(user, is_native),
        )
        return self._stage(name, raw, (taken,), callee, function, options, taken)

    def process(
        self,
        name: str,
        input: Stage,
        types: Type | Sequence[Type],
        function: Any,
        *,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Any number for each: ``function(context, values)`` calls ``context.emit``.

        types: one, or a list with one for each output port (1 to 64). At most
        ``max_outputs`` per input element and port. Returns None, or ``END`` when it
        wants no more. ``finish=function(context)`` is called when the input has ended.
        """
        given = types if isinstance(types, list) else [types]
        made = tuple(ElementType.of(type) for type in given)  # type: ignore[arg-type]
        taken = self._input(input)
        callee = self._callee(name, made, user)
        pointer, is_native = self._pointer(
            function,
            callee,
            "function",
            lambda: _callbacks.consumer(function, callee, taken),
        )
        raw = lib.pst_process(
            self._live(),
            text(name, "name"),
            input.raw,
            (c.Type * len(made))(*(type.raw for type in made)),
            len(made),
            pointer,
            self._user(user, is_native),
        )
        return self._stage(name, raw, made, callee, function, options, taken)

    def fold(
        self,
        name: str,
        input: Stage,
        type: Type,
        function: Any,
        *,
        initial: Any = None,
        every: int = 0,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Folds elements into a state: ``function(context, state, values)``.

        ``state``: an array of one element of the type given here, to be changed in
        place (``state[0] += values.sum()``); it begins as ``initial``, or zero bytes.
        every 0: it is emitted at the end of the input. every n: after each n elements,
        and begins anew. Returns None.
        """
        taken, made = self._input(input), ElementType.of(type)
        callee = self._callee(name, (made,), user)
        pointer, is_native = self._pointer(
            function,
            callee,
            "function",
            lambda: _callbacks.fold(function, callee, taken, made),
        )
        first = None if initial is None else _one(initial, made)
        raw = lib.pst_fold(
            self._live(),
            text(name, "name"),
            input.raw,
            made.reference,
            None if first is None else first.ctypes.data,
            count(every, "every"),
            pointer,
            self._user(user, is_native),
        )
        return self._stage(name, raw, (made,), callee, function, options, taken)

    # ---- Ends

    def sink(
        self,
        name: str,
        input: Stage,
        function: Any,
        *,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Consumes elements: ``function(context, values)``.

        Returns None, or ``END`` when it wants no more.
        """
        taken = self._input(input)
        callee = self._callee(name, (), user)
        pointer, is_native = self._pointer(
            function,
            callee,
            "function",
            lambda: _callbacks.consumer(function, callee, taken),
        )
        raw = lib.pst_sink(
            self._live(),
            text(name, "name"),
            input.raw,
            pointer,
            self._user(user, is_native),
        )
        return self._stage(name, raw, (), callee, function, options, taken)

    def drain(self, name: str, input: Stage, **options: Unpack[StageOptions]) -> Stage:
        """A sink that the program empties with :meth:`pull`."""
        taken = self._input(input)
        raw = lib.pst_drain(self._live(), text(name, "name"), input.raw)
        return self._native(name, raw, taken, taken, options)


def _one(value: Any, type: ElementType) -> Array:
    """One element as an array of it."""
    array = type.empty(1)
    try:
        array[0] = value
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"initial must be an element of {type.dtype} and shape {type.shape}, not "
            f"{describe(value)}"
        ) from error
    return array
