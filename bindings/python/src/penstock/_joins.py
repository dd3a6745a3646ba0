"""Describing how streams meet, part and go round."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from typing import TYPE_CHECKING, Any, cast

from penstock import _callbacks
from penstock import _signatures as c
from penstock._choices import choice, count, text
from penstock._describing import Describing
from penstock._library import lib
from penstock._signatures import Distribution, Fusion, MergeOrder
from penstock._stage import Stage

if TYPE_CHECKING:
    from penstock._settings import StageOptions


class Joins(Describing):
    """Merges, and the edges between stages; a base of :class:`Graph`."""

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
