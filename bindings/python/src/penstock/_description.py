"""Describing graphs: their stages, and what connects them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import byref
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from penstock import _callbacks
from penstock import _signatures as c
from penstock._choices import choice, count, text
from penstock._context import Callee
from penstock._errors import HandleError, check, error_of, last_error
from penstock._failures import Failures
from penstock._library import held, lib
from penstock._pointers import data_address, describe, function_address
from penstock._settings import StageOptions, raw_options
from penstock._signatures import Activation, Distribution, Fusion, MergeOrder
from penstock._spans import Array
from penstock._stage import Stage, StageStats, record
from penstock._types import ElementType
from penstock.ops._operator import Operator, bound_operator

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from typing_extensions import Unpack

    from penstock._graph import Graph

    Type = ElementType | DTypeLike


class Description:
    """What a graph is, before it runs; the base of :class:`Graph`."""

    def __init__(self, name: str = "graph") -> None:
        self._handle: c.Graph | None = None
        handle = c.Graph()
        check(lib.pst_graph_create(text(name, "name"), byref(handle)))
        self._handle = handle
        self.name = name
        self._failures = Failures(handle)
        # What the library calls and reads: functions, arrays, contexts of stages.
        self._keep: list[Any] = []

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
        callee = self._callee(name, (made,), None)
        return self._stage(name, raw, (made,), callee, None, options, None, False)

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
        callee = self._callee(name, (bound.output,), None)
        return self._stage(name, raw, (bound.output,), callee, None, options, taken)

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
        callee = self._callee(name, (taken,), None)
        return self._stage(name, raw, (taken,), callee, None, options, taken)

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

    def merge(
        self,
        name: str,
        inputs: Sequence[Stage],
        *,
        order: MergeOrder | str = MergeOrder.ANY,
        compare: Any = None,
        user: Any = None,
        **options: Any,
    ) -> Stage:
        """Joins streams of one type.

        compare: for MergeOrder.SORTED, a function in C or ``compare(a, b)`` in Python,
        which returns a number below, above or equal to 0. In Python it costs
        microseconds for each element.
        """
        types = [self._input(stage) for stage in inputs]
        if not types:
            raise ValueError(f"merge {name!r} has no input")
        callee = self._callee(name, (types[0],), user)
        where = f"merge {name!r}"
        pointer, is_native = self._pointer(
            compare,
            callee,
            "compare",
            lambda: _callbacks.compare(compare, where, self._failures, types[0]),
            optional=True,
        )
        raw = lib.pst_merge(
            self._live(),
            text(name, "name"),
            (c.Stage * len(types))(*(stage.raw for stage in inputs)),
            len(types),
            choice(MergeOrder, order, "order"),
            pointer,
            self._user(user, is_native),
        )
        given = cast("StageOptions", options)
        return self._stage(
            name, raw, (types[0],), callee, compare, given, types[0], False
        )

    def matmul(
        self,
        name: str,
        input: Stage,
        type: Type,
        weights: Any,
        *,
        bias: Any = None,
        activation: Activation | str = Activation.LINEAR,
        in_offset: int = 0,
        out_offset: int = 0,
        live: bool = False,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """A layer: each element's k floats times ``weights`` (k x n) plus ``bias`` (n).

        weights, bias: arrays of float32, contiguous. They are copied; with live they
        are read anew for each span, and the graph keeps them. in_offset, out_offset:
        where the floats stand in the elements, in bytes.
        """
        made = ElementType.of(type)
        self._input(input)
        matrix = _floats(weights, 2, "weights")
        row = None if bias is None else _floats(bias, 1, "bias")
        if row is not None and len(row) != matrix.shape[1]:
            raise ValueError(
                f"bias must have shape ({matrix.shape[1]},) for weights of shape "
                f"{matrix.shape}, not {row.shape}"
            )
        raw = c.MatmulOptions(
            k=matrix.shape[0],
            n=matrix.shape[1],
            weights=matrix.ctypes.data,
            bias=None if row is None else row.ctypes.data,
            activation=choice(Activation, activation, "activation"),
            in_offset=count(in_offset, "in_offset"),
            out_offset=count(out_offset, "out_offset"),
            live=bool(live),
        )
        self._keep += [matrix, row]
        stage = lib.pst_matmul(
            self._live(), text(name, "name"), input.raw, made.reference, byref(raw)
        )
        callee = self._callee(name, (made,), None)
        return self._stage(name, stage, (made,), callee, None, options, None)

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
        callee = self._callee(name, (taken,), None)
        return self._stage(name, raw, (taken,), callee, None, options, taken, False)

    # ---- Edges

    def feedback(self, output: Stage, merge: Stage, credit: int) -> None:
        """Closes a cycle: output goes back into the merge, ``credit`` elements at most
        are inside at once."""
        self._input(output)
        self._own(merge)
        self._described(
            lib.pst_feedback, output.raw, merge.raw, count(credit, "credit")
        )

    def distribute(
        self,
        port: Stage,
        how: Distribution | str,
        key: Any = None,
        *,
        user: Any = None,
    ) -> None:
        """How a port that feeds several stages divides its elements.

        key: for Distribution.BY_KEY, a function in C or ``key(values, keys)`` in
        Python, which writes a uint64 for each element. It runs on the producer's
        thread.
        """
        taken = self._input(port)
        where = f"the port of stage {port.name!r}"
        callee = self._callee(port.name, (), user)
        pointer, is_native = self._pointer(
            key,
            callee,
            "key",
            lambda: _callbacks.key(key, where, self._failures, taken),
            optional=True,
        )
        how = choice(Distribution, how, "how")
        data = self._user(user, is_native)
        self._described(lib.pst_distribute, port.raw, how, pointer, data)

    def configure_edge(
        self,
        source: Stage,
        target: Stage,
        *,
        capacity: int = 0,
        fusion: Fusion | str = Fusion.AUTO,
    ) -> None:
        """Settings of the channel from a stage or port to the stage that it feeds."""
        self._own(source)
        self._own(target)
        options = c.EdgeOptions(
            capacity=count(capacity, "capacity"),
            fusion=choice(Fusion, fusion, "fusion"),
        )
        self._described(lib.pst_edge_configure, source.raw, target.raw, byref(options))

    # ---- Below

    def _live(self) -> c.Graph:
        if self._handle is None:
            raise HandleError(f"graph {self.name!r} is closed")
        return self._handle

    def _own(self, stage: Stage) -> Stage:
        if not isinstance(stage, Stage):
            raise TypeError(f"expected a Stage, not {describe(stage)}")
        if stage.graph is not self:
            raise HandleError(f"{stage!r} is no stage of graph {self.name!r}")
        return stage

    def _input(self, stage: Stage) -> ElementType:
        self._own(stage)
        if not stage.types:
            raise ValueError(f"stage {stage.name!r} has no output")
        return stage.types[0]

    def _callee(
        self,
        name: str,
        ports: tuple[ElementType, ...],
        user: Any,
        is_source: bool = False,
    ) -> Callee:
        return Callee(name, self._failures, ports, user, is_source)

    def _pointer(
        self,
        function: Any,
        callee: Callee,
        what: str,
        make: Callable[[], Any],
        optional: bool = False,
    ) -> tuple[int | None, bool]:
        """The address that the library calls, and whether it is the program's own C."""
        if function is None and optional:
            return None, True
        address = function_address(function)
        if address is not None:
            self._keep.append(function)
            return address, True
        if not callable(function):
            raise TypeError(
                f"{what} of stage {callee.name!r} must be callable or a function in C, "
                f"not {describe(function)}"
            )
        made = make()
        self._keep.append(made)
        return function_address(made), False

    def _user(self, user: Any, is_native: bool) -> int | None:
        if not is_native:
            return None
        self._keep.append(user)
        return data_address(user, "user")

    def _stage(
        self,
        name: str,
        raw: c.Stage,
        types: tuple[ElementType, ...],
        callee: Callee,
        function: Any,
        options: StageOptions,
        taken: ElementType | None,
        may_pin: bool = True,
    ) -> Stage:
        if raw.id == 0:
            # A graph that is spoilt already says nothing but its first mistake.
            raise error_of(lib.pst_graph_validate(self._live()))
        in_python = function is not None and function_address(function) is None
        stage = Stage(
            cast("Graph", self),
            name,
            raw,
            types,
            callee,
            in_python=in_python,
            may_pin=may_pin,
        )
        callee.taken = taken
        if options or (in_python and may_pin):
            self._configure(stage, options)
        return stage

    def _configure(self, stage: Stage, options: StageOptions) -> None:
        near = options.get("near")
        if near is not None:
            self._own(near)
        raw, keep = raw_options(
            options,
            stage._callee,
            stage._callee.taken,
            in_python=stage._in_python,
            may_pin=stage._may_pin,
        )
        self._keep += keep
        self._described(lib.pst_stage_configure, stage.raw, byref(raw))

    def _dead_letters(self, stage: Stage) -> Stage:
        self._own(stage)
        raw = lib.pst_dead_letters(self._live(), stage.raw)
        if raw.id == 0:
            raise error_of(lib.pst_graph_validate(self._live()))
        taken = stage._callee.taken
        return stage._at(raw, () if taken is None else (taken,))

    def _stats(self, stage: Stage) -> StageStats:
        raw = c.StageStats()
        check(lib.pst_stage_get_stats(self._live(), stage.raw, byref(raw)))
        return record(StageStats, raw)

    def _described(self, call: Callable[..., None], *arguments: Any) -> None:
        """A describing call that returns nothing: raises the mistake that it found.

        Such a call leaves the thread's last error alone unless it makes one, so another
        one is put there first.
        """
        handle = self._live()
        held.pst_graph_wait(None, 0)
        before = last_error()
        call(handle, *arguments)
        if last_error() != before:
            raise error_of(lib.pst_graph_validate(handle))


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


def _floats(value: Any, dimensions: int, what: str) -> Array:
    if not isinstance(value, np.ndarray) or value.dtype != np.float32:
        raise TypeError(f"{what} must be an array of float32, not {describe(value)}")
    if value.ndim != dimensions:
        raise ValueError(
            f"{what} must have {dimensions} dimensions, not shape {value.shape}"
        )
    if not value.flags.c_contiguous:
        raise ValueError(f"{what} must be contiguous; strides are {value.strides}")
    return value
