"""What all that describes a graph goes through: its handle, names, callables."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref
from typing import TYPE_CHECKING, Any, cast

from penstock import _signatures as c
from penstock._choices import text
from penstock._closable import Closable
from penstock._context import Callee
from penstock._errors import HandleError, check, error_of, last_error
from penstock._failures import Failures
from penstock._library import held, lib
from penstock._pointers import data_address, describe, function_address
from penstock._settings import StageOptions, raw_options
from penstock._stage import Stage, StageStats, record
from penstock._types import ElementType

if TYPE_CHECKING:
    from penstock._graph import Graph


class Describing(Closable[c.Graph]):
    """Below the stages: makes handles, and keeps what the library refers to."""

    def __init__(self, name: str = "graph") -> None:
        handle = c.Graph()
        check(lib.pst_graph_create(text(name, "name"), byref(handle)))
        self._handle = handle
        self.name = name
        self._title = f"graph {name!r}"
        self._failures = Failures(handle)
        # What the library calls and reads: functions, arrays, contexts of stages.
        self._keep: list[Any] = []

    def _own(self, stage: Stage) -> Stage:
        if not isinstance(stage, Stage):
            raise TypeError(f"expected a Stage, not {describe(stage)}")
        if stage.graph is not self:
            raise HandleError(f"{stage!r} is no stage of graph {self.name!r}")
        return stage

    def _input(self, stage: Stage) -> ElementType:
        if type(stage) is Stage and stage.graph is self and stage.types:
            # On the way of each push and pull.
            return stage.types[0]
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

    def _native(
        self,
        name: str,
        raw: c.Stage,
        made: ElementType,
        taken: ElementType | None,
        options: StageOptions,
    ) -> Stage:
        """A stage of the library's own, which calls nothing of the program's."""
        callee = self._callee(name, (made,), None)
        return self._stage(name, raw, (made,), callee, None, options, taken, False)

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
