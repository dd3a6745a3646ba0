"""Stages: handles into a graph's description."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

from penstock import _signatures as c
from penstock._choices import count
from penstock._library import lib
from penstock._types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from penstock._context import Callee
    from penstock._graph import Graph
    from penstock._settings import StageOptions

R = TypeVar("R")


def record(kind: type[R], raw: Any) -> R:
    """A dataclass with the fields of a struct of the same names."""
    names = [field.name for field in fields(cast(Any, kind))]
    return kind(**{name: getattr(raw, name) for name in names})


@dataclass(frozen=True)
class StageStats:
    """Of the current or last run, summed over replicas; as ``pst_stage_stats``."""

    elements_in: int
    elements_out: int
    activations: int
    busy_ns: int
    starved_ns: int
    blocked_ns: int
    queue_length: int
    queue_high_water: int
    queue_capacity: int
    failed: int
    skipped: int
    retried: int
    dead_lettered: int
    rate: float


class Stage:
    """A stage of a graph, or one output port of it: what other stages take as input.

    Made by the methods of :class:`Graph`. Holds the graph.
    """

    __slots__ = ("_callee", "_in_python", "_may_pin", "graph", "name", "raw", "types")

    def __init__(
        self,
        graph: Graph,
        name: str,
        raw: c.Stage,
        types: tuple[ElementType, ...],
        callee: Callee,
        *,
        in_python: bool = False,
        may_pin: bool = True,
    ) -> None:
        self.graph = graph
        self.name = name
        self.raw = raw
        #: Of the output ports; of a port, its own alone.
        self.types = types
        self._callee = callee
        self._in_python = in_python
        self._may_pin = may_pin

    @property
    def type(self) -> ElementType | None:
        """Of the elements that leave at port 0; None where none do."""
        return self.types[0] if self.types else None

    def port(self, number: int) -> Stage:
        """One output port of the stage; port 0 is the stage itself."""
        if not 0 <= count(number, "port", 32) < max(1, len(self.types)):
            raise ValueError(
                f"stage {self.name!r} has {len(self.types)} output ports, and no port "
                f"{number}"
            )
        raw = lib.pst_port(self.raw, number)
        return self._at(raw, self.types[number : number + 1])

    def dead_letters(self) -> Stage:
        """The port with the inputs that a stage with Failure.DEAD_LETTER failed on."""
        return self.graph._dead_letters(self)

    def configure(self, **options: Unpack[StageOptions]) -> Stage:
        """Replaces all options of the stage, and returns it."""
        self.graph._configure(self, options)
        return self

    def stats(self) -> StageStats:
        """Raises StateError when the graph was never started."""
        return self.graph._stats(self)

    def _at(self, raw: c.Stage, types: tuple[ElementType, ...]) -> Stage:
        return Stage(
            self.graph,
            self.name,
            raw,
            types,
            self._callee,
            in_python=self._in_python,
            may_pin=self._may_pin,
        )

    def __repr__(self) -> str:
        return f"<Stage {self.name!r} of graph {self.graph.name!r}>"
