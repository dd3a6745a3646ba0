"""Penstock: a dataflow and actor engine, from Python.

The low layer, which mirrors include/penstock.h: an :class:`Engine` runs a
:class:`Graph` of stages, which work on spans of elements as NumPy arrays, and
:class:`Actor` s; :func:`matmul` multiplies matrices. :func:`actor` makes actors of
classes and functions, whose messages are calls.

    import numpy as np
    import penstock as ps

    sums = []

    def count_up(context, out):
        made = context.position
        n = min(len(out), 1000 - made)
        out[:n] = np.arange(made, made + n)
        return n if made + n < 1000 else ps.End(n)

    def square(context, values, out):
        np.multiply(values, values, out=out)

    def add_up(context, values):
        sums.append(values.sum())

    with ps.Engine() as engine, ps.Graph("squares") as graph:
        source = graph.source("numbers", np.int64, count_up)
        squares = graph.map("square", source, np.int64, square)
        graph.sink("sum", squares, add_up)
        graph.run(engine)
    print(sum(sums))

It prints ``332833500``.
"""

from penstock import ops
from penstock._actor_classes import ActorClass, ObjectOptions, actor
from penstock._actor_context import ActorContext
from penstock._actor_messages import batched
from penstock._actor_refs import ActorMessage, ActorRef
from penstock._actors import Actor, ActorCounts, ActorEvent, ActorStats
from penstock._callbacks import END, End
from penstock._context import Context
from penstock._current_actor import ActorTimer, CurrentActor, current_actor
from penstock._dispatcher import Dispatcher
from penstock._engine import Engine, EngineInfo
from penstock._errors import (
    ActorError,
    ArgumentError,
    BusyError,
    CancelledError,
    ClosedError,
    DeadlockError,
    ElementTypeError,
    ForkError,
    GraphError,
    HandleError,
    InternalError,
    NotSupportedError,
    OutOfMemoryError,
    PenstockError,
    StageError,
    StaleError,
    StateError,
    SystemCallError,
    TimeoutError,
    TopologyError,
    WouldBlockError,
)
from penstock._files import (
    byte_elements,
    byte_strings,
    bytes_hash,
    release_bytes,
)
from penstock._graph import Graph
from penstock._keyed import groups_of
from penstock._library import __version__, build_info
from penstock._matmul import Clamp, matmul, matmul_explain
from penstock._messages import Message
from penstock._packed import PackedMatrix
from penstock._settings import StageOptions
from penstock._signatures import (
    DOWN,
    IDLE_TIMEOUT,
    Activation,
    ActorEventKind,
    Cut,
    Distribution,
    Failure,
    Format,
    Fusion,
    MergeOrder,
    OnFailure,
    Order,
    Overflow,
    Policy,
    Reduction,
    RunState,
    SplitKind,
    Status,
    StopMode,
    Strategy,
    Thread,
    Timer,
    Token,
    View,
)
from penstock._spawning import ActorOptions
from penstock._stage import Stage, StageStats
from penstock._types import BYTES, TENSOR, ElementType
from penstock._views import GraphStats, Plan, PlanThread, StatsRow
from penstock.pipeline import Operator, Pipeline, PipelineIterator

__all__ = [
    "BYTES",
    "DOWN",
    "END",
    "IDLE_TIMEOUT",
    "TENSOR",
    "Activation",
    "Actor",
    "ActorClass",
    "ActorContext",
    "ActorCounts",
    "ActorError",
    "ActorEvent",
    "ActorEventKind",
    "ActorMessage",
    "ActorOptions",
    "ActorRef",
    "ActorStats",
    "ActorTimer",
    "ArgumentError",
    "BusyError",
    "CancelledError",
    "Clamp",
    "ClosedError",
    "Context",
    "CurrentActor",
    "Cut",
    "DeadlockError",
    "Dispatcher",
    "Distribution",
    "ElementType",
    "ElementTypeError",
    "End",
    "Engine",
    "EngineInfo",
    "Failure",
    "ForkError",
    "Format",
    "Fusion",
    "Graph",
    "GraphError",
    "GraphStats",
    "HandleError",
    "InternalError",
    "MergeOrder",
    "Message",
    "NotSupportedError",
    "ObjectOptions",
    "OnFailure",
    "Operator",
    "Order",
    "OutOfMemoryError",
    "Overflow",
    "PackedMatrix",
    "PenstockError",
    "Pipeline",
    "PipelineIterator",
    "Plan",
    "PlanThread",
    "Policy",
    "Reduction",
    "RunState",
    "SplitKind",
    "Stage",
    "StageError",
    "StageOptions",
    "StageStats",
    "StaleError",
    "StateError",
    "StatsRow",
    "Status",
    "StopMode",
    "Strategy",
    "SystemCallError",
    "Thread",
    "TimeoutError",
    "Timer",
    "Token",
    "TopologyError",
    "View",
    "WouldBlockError",
    "__version__",
    "actor",
    "batched",
    "build_info",
    "byte_elements",
    "byte_strings",
    "bytes_hash",
    "current_actor",
    "groups_of",
    "matmul",
    "matmul_explain",
    "ops",
    "release_bytes",
]
