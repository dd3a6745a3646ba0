"""What include/penstock.h declares, for ctypes: constants, enums, structs, functions.

The order is the header's. tests/test_signatures.py compares every line with the header,
so that a change there which is forgotten here is found.
"""

from __future__ import annotations

import enum
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import Any, ClassVar

VERSION_MAJOR = 0
VERSION_MINOR = 1
VERSION_PATCH = 0
SOVERSION = 0


# Handles. Types of their own, so that the table says which handle a function takes.
class Engine(c_void_p):
    pass


class Graph(c_void_p):
    pass


class Operator(c_void_p):
    pass


class Packed(c_void_p):
    pass


class Dispatcher(c_void_p):
    pass


class Context(c_void_p):
    pass


# A text that the caller gives back: a c_char_p would lose its address.
class OwnedText(c_void_p):
    pass


class Options(Structure):
    """A struct that says its size first; fields not named have their defaults."""

    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, **fields: Any) -> None:
        super().__init__(
            **{"struct_size": sizeof(type(self)), **self.defaults, **fields}
        )


# 1. Status and errors


class Status(enum.IntEnum):
    """How a call ended. Callbacks may end with any number from ``EUSER`` up."""

    OK = 0
    END = 1
    EINVAL = 2
    ENOMEM = 3
    EHANDLE = 4
    ETYPE = 5
    EPORT = 6
    ECYCLE = 7
    EDEADLK = 8
    ECANCELED = 9
    ETIMEDOUT = 10
    EAGAIN = 11
    EBUSY = 12
    ESTATE = 13
    ESTAGE = 14
    ETOPOLOGY = 15
    ENOTSUP = 16
    EFORK = 17
    ESYSTEM = 18
    ECLOSED = 19
    EINTERNAL = 20
    ESTALE = 21
    EUSER = 1000
    STATUS_MAX = 0x7FFFFFFF


# 3. Element types

DestroyFunction = CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
CopyFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t, c_void_p)
ReleaseFunction = CFUNCTYPE(None, c_void_p)


class Type(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("size", c_size_t),
        ("alignment", c_size_t),
        ("name", c_char_p),
        ("destroy", c_void_p),
        ("copy", c_void_p),
        ("user", c_void_p),
    ]


class Bytes(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("size", c_size_t),
        ("owner", c_void_p),
        ("release", c_void_p),
    ]


# 4. Engine

FOREVER = 2**64 - 1


class Policy(enum.IntEnum):
    """How threads are placed on cores."""

    AUTO = 0
    CLOSE = 1
    SPREAD = 2
    NONE = 3


class EngineOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("topology", c_char_p),
        ("executor", c_char_p),
        ("workers", c_uint32),
        ("reserve", c_uint32),
        ("policy", c_int),
        ("spin_ns", c_uint64),
        ("trace_capacity", c_uint32),
        ("actor_bytes", c_uint64),
        ("watchdog_ns", c_uint64),
    ]
    defaults = {"spin_ns": 2**64 - 1}


class EngineInfo(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("processors", c_uint32),
        ("allowed", c_uint32),
        ("cores", c_uint32),
        ("quota", c_double),
        ("workers", c_uint32),
        ("threads", c_uint32),
        ("live", c_bool),
        ("simulated", c_bool),
    ]


# 5. Callbacks

SourceFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t, POINTER(c_size_t))
MapFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_size_t)
FilterFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_size_t)
ProcessFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
FoldFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_size_t)
SinkFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
SetupFunction = CFUNCTYPE(c_int, c_void_p)
TeardownFunction = CFUNCTYPE(None, c_void_p)
FinishFunction = CFUNCTYPE(c_int, c_void_p)
KeyFunction = CFUNCTYPE(None, c_void_p, c_void_p, c_size_t, c_void_p)
CompareFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)


# 6. Graphs


class Stage(Structure):
    _fields_ = [("id", c_uint64)]


class MergeOrder(enum.IntEnum):
    """In which order a merge takes from its inputs."""

    ANY = 0
    TURNS = 1
    SORTED = 2


class Distribution(enum.IntEnum):
    """How a port that feeds several stages divides its elements."""

    BROADCAST = 0
    ROUND_ROBIN = 1
    BY_KEY = 2


# 7. Settings of stages and edges


class Order(enum.IntEnum):
    """Whether results of replicas leave in the order of the inputs."""

    ORDERED = 0
    UNORDERED = 1


class Thread(enum.IntEnum):
    """Which thread runs a stage."""

    WORKER = 0
    BLOCKING = 1
    HOST = 2


class Failure(enum.IntEnum):
    """What becomes of an element that a stage fails on."""

    FAIL = 0
    SKIP = 1
    RETRY = 2
    DEAD_LETTER = 3


class Fusion(enum.IntEnum):
    """Whether two neighbours may run as one task."""

    AUTO = 0
    NEVER = 1


class StageOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("replicas", c_uint32),
        ("order", c_int),
        ("key", c_void_p),
        ("batch", c_uint32),
        ("linger_ns", c_uint64),
        ("max_outputs", c_uint32),
        ("thread", c_int),
        ("cost_ns", c_double),
        ("on_failure", c_int),
        ("retries", c_uint32),
        ("backoff_ns", c_uint64),
        ("capacity", c_size_t),
        ("on", c_char_p),
        ("near", Stage),
        ("exclusive", c_bool),
        ("setup", c_void_p),
        ("teardown", c_void_p),
        ("finish", c_void_p),
    ]
    defaults = {"replicas": 1, "max_outputs": 1, "retries": 3, "backoff_ns": 1000000}


class EdgeOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("capacity", c_size_t),
        ("fusion", c_int),
    ]


# 8. Running


class RunState(enum.IntEnum):
    """Where a graph stands."""

    IDLE = 0
    RUNNING = 1
    PAUSED = 2
    STOPPING = 3
    ENDED = 4


# 9. Seeing


class StageStats(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("elements_in", c_uint64),
        ("elements_out", c_uint64),
        ("activations", c_uint64),
        ("busy_ns", c_uint64),
        ("starved_ns", c_uint64),
        ("blocked_ns", c_uint64),
        ("queue_length", c_uint64),
        ("queue_high_water", c_uint64),
        ("queue_capacity", c_uint64),
        ("failed", c_uint64),
        ("skipped", c_uint64),
        ("retried", c_uint64),
        ("dead_lettered", c_uint64),
        ("rate", c_double),
    ]


class View(enum.IntEnum):
    """What to render."""

    TOPOLOGY = 0
    PLAN = 1
    GRAPH = 2
    STATS = 3
    STALL = 4
    TIMELINE = 5


class Format(enum.IntEnum):
    """As what to render it."""

    TEXT = 0
    JSON = 1
    DOT = 2
    SVG = 3


# 10. Matrices


class Activation(enum.IntEnum):
    """What is applied to each element of a product."""

    LINEAR = 0
    RELU = 1
    GELU = 2
    GELU_TANH = 3
    SIGMOID = 4
    TANH = 5
    CLAMP = 6


class GemmType(enum.IntEnum):
    """Element types of a product's operands."""

    F32 = 0
    F64 = 1
    BF16 = 2
    S8 = 3
    U8S8 = 4


GemmFailedFunction = CFUNCTYPE(None, c_int)


class GemmLoop(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("type", c_int),
        ("has_bias", c_bool),
        ("activation", c_int),
        ("failed", c_void_p),
    ]


class GemmArgs(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("type", c_int),
        ("m", c_size_t),
        ("n", c_size_t),
        ("k", c_size_t),
        ("alpha", c_double),
        ("beta", c_double),
        ("a", c_void_p),
        ("a_row", c_ssize_t),
        ("a_col", c_ssize_t),
        ("b", c_void_p),
        ("b_row", c_ssize_t),
        ("b_col", c_ssize_t),
        ("packed_b", Packed),
        ("c", c_void_p),
        ("c_row", c_ssize_t),
        ("c_col", c_ssize_t),
        ("batch", c_size_t),
        ("a_batch", c_ssize_t),
        ("b_batch", c_ssize_t),
        ("c_batch", c_ssize_t),
        ("a_array", c_void_p),
        ("b_array", c_void_p),
        ("c_array", c_void_p),
        ("bias", c_void_p),
        ("bias_by_row", c_bool),
        ("activation", c_int),
        ("low", c_double),
        ("high", c_double),
        ("scale", c_double),
        ("residual", c_void_p),
        ("residual_row", c_ssize_t),
        ("residual_col", c_ssize_t),
        ("residual_batch", c_ssize_t),
        ("engine", Engine),
        ("threads", c_size_t),
        ("kc", c_size_t),
        ("mc", c_size_t),
        ("nc", c_size_t),
    ]
    defaults = {"alpha": 1.0, "batch": 1, "scale": 1.0}


class MatmulOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("k", c_size_t),
        ("n", c_size_t),
        ("weights", c_void_p),
        ("bias", c_void_p),
        ("activation", c_int),
        ("in_offset", c_size_t),
        ("out_offset", c_size_t),
        ("live", c_bool),
    ]


# 11. Actors

INLINE_BYTES = 48
INLINE_ASK_BYTES = 40
SYSTEM_TYPES = 0xFF00
DOWN = 0xFF00
IDLE_TIMEOUT = 0xFF01


class Actor(Structure):
    _fields_ = [("id", c_uint64)]


class Token(Structure):
    _fields_ = [("id", c_uint64)]


class Timer(Structure):
    _fields_ = [("id", c_uint64)]


class Message(Structure):
    _fields_ = [
        ("type", c_uint32),
        ("token", Token),
        ("size", c_size_t),
        ("data", c_void_p),
    ]


class Down(Structure):
    _fields_ = [("actor", Actor), ("reason", c_int)]


BehaviourFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(Message))
BatchFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(Message), c_size_t)
StartFunction = CFUNCTYPE(c_int, c_void_p, c_void_p)
DestroyStateFunction = CFUNCTYPE(None, c_void_p)


class OnFailure(enum.IntEnum):
    """What becomes of an actor whose behaviour failed."""

    STOPS = 0
    RESUMES = 1
    RESTARTS = 2
    ESCALATES = 3


class Strategy(enum.IntEnum):
    """Which children restart when one of them has failed and restarts."""

    ONE_FOR_ONE = 0
    ONE_FOR_ALL = 1
    REST_FOR_ONE = 2


class Overflow(enum.IntEnum):
    """What a send to a full mailbox does."""

    REFUSE = 0
    DROP_NEWEST = 1
    DROP_OLDEST = 2
    WAIT = 3


class ActorOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("start", c_void_p),
        ("destroy", c_void_p),
        ("batch", c_void_p),
        ("on_failure", c_int),
        ("strategy", c_int),
        ("max_restarts", c_uint32),
        ("restart_period_ns", c_uint64),
        ("capacity", c_size_t),
        ("overflow", c_int),
        ("on", c_char_p),
        ("dispatcher", Dispatcher),
        ("statistics", c_bool),
    ]
    defaults = {"max_restarts": 3, "restart_period_ns": 5000000000}


class StopMode(enum.IntEnum):
    """Whether an actor handles what was sent before."""

    LAST = 0
    NOW = 1


class ActorStats(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("processed", c_uint64),
        ("dropped", c_uint64),
        ("failed", c_uint64),
        ("restarts", c_uint64),
        ("queue_length", c_uint64),
        ("queue_high_water", c_uint64),
        ("longest_ns", c_uint64),
    ]


class ActorCounts(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("sent", c_uint64),
        ("delivered", c_uint64),
        ("dropped", c_uint64),
        ("dead_letters", c_uint64),
        ("late_replies", c_uint64),
        ("spawned", c_uint64),
        ("stopped", c_uint64),
        ("failed", c_uint64),
        ("restarts", c_uint64),
        ("bytes", c_uint64),
    ]


class ActorEventKind(enum.IntEnum):
    """What an event of the actors tells."""

    DEAD_LETTER = 0
    DROPPED = 1
    FAILED = 2
    RESTARTED = 3
    BLOCKED = 4


class ActorEvent(Structure):
    _fields_ = [
        ("kind", c_int),
        ("actor", Actor),
        ("name", c_char_p),
        ("message", POINTER(Message)),
        ("status", c_int),
        ("text", c_char_p),
        ("ns", c_uint64),
    ]


EventFunction = CFUNCTYPE(None, POINTER(ActorEvent), c_void_p)
AnswerFunction = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, POINTER(Message), c_void_p)


# 12. Operators


class Scalar(enum.IntEnum):
    """What an element or a field of one is."""

    BOOL = 0
    I8 = 1
    I16 = 2
    I32 = 3
    I64 = 4
    U8 = 5
    U16 = 6
    U32 = 7
    U64 = 8
    F32 = 9
    F64 = 10
    BYTES = 11


class Layout(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("scalar", c_int),
        ("rank", c_uint32),
        ("shape", c_void_p),
    ]
    defaults = {"scalar": 5}


class Unary(enum.IntEnum):
    """Operations on one number."""

    NEGATIVE = 0
    ABSOLUTE = 1
    SQUARE_ROOT = 2
    FLOOR = 3
    CEIL = 4
    ROUND = 5
    NOT = 6


class Binary(enum.IntEnum):
    """Operations on two numbers."""

    ADD = 0
    SUBTRACT = 1
    MULTIPLY = 2
    DIVIDE = 3
    FLOOR_DIVIDE = 4
    REMAINDER = 5
    MINIMUM = 6
    MAXIMUM = 7
    AND = 8
    OR = 9
    XOR = 10
    EQUAL = 11
    NOT_EQUAL = 12
    LESS = 13
    LESS_EQUAL = 14
    GREATER = 15
    GREATER_EQUAL = 16


class Part(Structure):
    _fields_ = [("value", Operator), ("offset", c_size_t)]


class Resize(enum.IntEnum):
    """How pixels are found in an image of another size."""

    BILINEAR = 0
    NEAREST = 1


# 13. Files and keys


class Cut(enum.IntEnum):
    """Where blocks of a file may end, other than with it."""

    LINES = 0
    SPACES = 1
    RECORDS = 2
    FILES = 3


class SplitKind(enum.IntEnum):
    """What blocks of bytes are split into."""

    WORDS = 0
    LINES = 1
    BYTE = 2
    RECORDS = 3


class Reduction(enum.IntEnum):
    """What becomes of the elements with equal keys."""

    COUNT = 0
    SUM = 1
    MIN = 2
    MAX = 3
    MEAN = 4


class FilesOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cut", c_int),
        ("record_size", c_size_t),
        ("block_size", c_size_t),
        ("largest", c_size_t),
    ]


class SplitOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int),
        ("delimiter", c_uint8),
        ("record_size", c_size_t),
    ]


class Aggregate(Structure):
    _fields_ = [("what", c_int), ("field", c_int), ("offset", c_size_t)]


class ReduceOptions(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("key", c_int),
        ("key_offset", c_size_t),
        ("aggregates", POINTER(Aggregate)),
        ("aggregate_count", c_size_t),
        ("sorted", c_bool),
    ]
    defaults = {"key": 11}


# 14. Streams of arrays


class ShuffleState(Options):
    _fields_ = [
        ("struct_size", c_size_t),
        ("window", c_uint64),
        ("seed", c_uint64),
        ("period", c_uint64),
        ("epoch", c_uint64),
        ("taken", c_uint64),
        ("given", c_uint64),
    ]


class Column(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("stride", c_ssize_t),
        ("size", c_size_t),
        ("offset", c_size_t),
    ]


class Lent(Structure):
    _fields_ = [
        ("in", c_void_p),
        ("out", c_void_p),
        ("count", c_size_t),
        ("first", c_uint64),
    ]


# A callback is passed as an address: what gives it may be ctypes, cffi, numba or
# Python.
callback = c_void_p
size_out = POINTER(c_size_t)

# name: result, arguments
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    # 1. Status and errors
    "pst_status_name": (c_char_p, (c_int,)),
    "pst_status_text": (c_char_p, (c_int,)),
    "pst_last_error": (c_char_p, ()),
    "pst_report": (c_int, (c_void_p,)),
    # 2. Version and build
    "pst_version": (c_uint32, ()),
    "pst_build_info": (c_char_p, ()),
    # 3. Element types
    "pst_bytes_type": (Type, ()),
    "pst_tensor_type": (Type, ()),
    # 4. Engine
    "pst_engine_create": (c_int, (POINTER(EngineOptions), POINTER(Engine))),
    "pst_engine_destroy": (None, (Engine,)),
    "pst_engine_get_info": (c_int, (Engine, POINTER(EngineInfo))),
    # 5. Callbacks
    "pst_user": (c_void_p, (Context,)),
    "pst_state": (c_void_p, (Context,)),
    "pst_set_state": (None, (Context, c_void_p)),
    "pst_replica": (c_uint32, (Context,)),
    "pst_position": (c_uint64, (Context,)),
    "pst_should_stop": (c_bool, (Context,)),
    "pst_now": (c_uint64, (Context,)),
    "pst_fail": (c_int, (Context, c_int, c_size_t, c_char_p)),
    "pst_emit": (c_size_t, (Context, c_uint32, c_void_p, c_size_t)),
    "pst_reserve": (c_void_p, (Context, c_uint32, c_size_t, size_out)),
    "pst_commit": (c_int, (Context, c_uint32, c_size_t)),
    # 6. Graphs
    "pst_graph_create": (c_int, (c_char_p, POINTER(Graph))),
    "pst_graph_destroy": (None, (Graph,)),
    "pst_source": (Stage, (Graph, c_char_p, POINTER(Type), callback, c_void_p)),
    "pst_map": (Stage, (Graph, c_char_p, Stage, POINTER(Type), callback, c_void_p)),
    "pst_filter": (Stage, (Graph, c_char_p, Stage, callback, c_void_p)),
    "pst_process": (
        Stage,
        (Graph, c_char_p, Stage, POINTER(Type), c_uint32, callback, c_void_p),
    ),
    "pst_fold": (
        Stage,
        (
            Graph,
            c_char_p,
            Stage,
            POINTER(Type),
            c_void_p,
            c_uint64,
            callback,
            c_void_p,
        ),
    ),
    "pst_sink": (Stage, (Graph, c_char_p, Stage, callback, c_void_p)),
    "pst_merge": (
        Stage,
        (Graph, c_char_p, POINTER(Stage), c_size_t, c_int, callback, c_void_p),
    ),
    "pst_feedback": (None, (Graph, Stage, Stage, c_uint64)),
    "pst_port": (Stage, (Stage, c_uint32)),
    "pst_dead_letters": (Stage, (Graph, Stage)),
    "pst_distribute": (None, (Graph, Stage, c_int, callback, c_void_p)),
    "pst_feed": (Stage, (Graph, c_char_p, POINTER(Type))),
    "pst_drain": (Stage, (Graph, c_char_p, Stage)),
    "pst_push": (c_int, (Graph, Stage, c_void_p, c_size_t, c_uint64, size_out)),
    "pst_close": (c_int, (Graph, Stage)),
    "pst_pull": (c_int, (Graph, Stage, c_void_p, c_size_t, c_uint64, size_out)),
    # 7. Settings of stages and edges
    "pst_stage_configure": (None, (Graph, Stage, POINTER(StageOptions))),
    "pst_edge_configure": (None, (Graph, Stage, Stage, POINTER(EdgeOptions))),
    # 8. Running
    "pst_graph_validate": (c_int, (Graph,)),
    "pst_graph_run": (c_int, (Graph, Engine)),
    "pst_graph_start": (c_int, (Graph, Engine)),
    "pst_graph_wait": (c_int, (Graph, c_uint64)),
    "pst_graph_poll": (c_int, (Graph, c_uint64)),
    "pst_graph_cancel": (c_int, (Graph,)),
    "pst_graph_pause": (c_int, (Graph,)),
    "pst_graph_resume": (c_int, (Graph,)),
    "pst_graph_wake": (c_int, (Graph, Stage)),
    "pst_graph_learn": (c_int, (Graph,)),
    "pst_graph_get_state": (c_int, (Graph, POINTER(c_int), POINTER(c_uint64))),
    # 9. Seeing
    "pst_stage_get_stats": (c_int, (Graph, Stage, POINTER(StageStats))),
    "pst_engine_render": (c_int, (Engine, c_int, c_int, POINTER(OwnedText))),
    "pst_graph_render": (c_int, (Graph, c_int, c_int, POINTER(OwnedText))),
    "pst_graph_save": (c_int, (Graph, c_int, c_int, c_char_p)),
    "pst_text_free": (None, (OwnedText,)),
    # 10. Matrices
    "pst_gemm_f32": (
        c_int,
        (c_size_t, c_size_t, c_size_t, c_float)
        + (c_void_p, c_ssize_t, c_ssize_t) * 2
        + (c_float, c_void_p, c_ssize_t, c_ssize_t, c_void_p, c_int),
    ),
    "pst_gemm_f64": (
        c_int,
        (c_size_t, c_size_t, c_size_t, c_double)
        + (c_void_p, c_ssize_t, c_ssize_t) * 2
        + (c_double, c_void_p, c_ssize_t, c_ssize_t, c_void_p, c_int),
    ),
    "pst_packed_create": (
        c_int,
        (
            c_int,
            c_size_t,
            c_size_t,
            c_void_p,
            c_ssize_t,
            c_ssize_t,
            POINTER(Packed),
        ),
    ),
    "pst_packed_destroy": (None, (Packed,)),
    "pst_gemm": (c_int, (POINTER(GemmArgs),)),
    "pst_gemm_explain": (c_int, (POINTER(GemmArgs), POINTER(OwnedText))),
    "pst_gemm_arrays": (None, (c_void_p, c_void_p, c_void_p, c_void_p)),
    "pst_gemm_args_dlpack": (c_int, (POINTER(GemmArgs), c_void_p, c_void_p, c_void_p)),
    "pst_matmul": (
        Stage,
        (Graph, c_char_p, Stage, POINTER(Type), POINTER(MatmulOptions)),
    ),
    # 11. Actors
    "pst_actor_spawn": (
        c_int,
        (Engine, callback, c_void_p, POINTER(ActorOptions), POINTER(Actor)),
    ),
    "pst_actor_send": (c_int, (Engine, Actor, c_uint32, c_void_p, c_size_t)),
    "pst_actor_send_bytes": (c_int, (Engine, Actor, c_uint32, POINTER(Bytes))),
    "pst_actor_send_many": (
        c_int,
        (Engine, Actor, c_uint32, c_void_p, c_size_t, c_size_t, size_out),
    ),
    "pst_actor_ask": (
        c_int,
        (Engine, Actor, c_uint32, c_void_p, c_size_t, c_uint64, c_void_p, size_out),
    ),
    "pst_actor_reply": (c_int, (Engine, Token, c_int, c_void_p, c_size_t)),
    "pst_actor_stop": (c_int, (Engine, Actor, c_int)),
    "pst_actor_find": (c_int, (Engine, c_char_p, POINTER(Actor))),
    "pst_actor_get_stats": (c_int, (Engine, Actor, POINTER(ActorStats))),
    "pst_actors_get_counts": (c_int, (Engine, POINTER(ActorCounts))),
    "pst_actors_await_quiescent": (c_int, (Engine, c_uint64)),
    "pst_actors_stop": (c_int, (Engine, c_uint64, POINTER(ActorCounts))),
    "pst_actors_observe": (c_int, (Engine, callback, c_void_p)),
    "pst_dispatcher_create": (c_int, (Engine, POINTER(Dispatcher))),
    "pst_dispatcher_destroy": (None, (Dispatcher,)),
    "pst_dispatcher_poll": (c_int, (Dispatcher, c_size_t, c_uint64, size_out)),
    "pst_dispatcher_fd": (c_int, (Dispatcher,)),
    "pst_dispatcher_ask": (
        c_int,
        (
            Dispatcher,
            Actor,
            c_uint32,
            c_void_p,
            c_size_t,
            c_uint64,
            callback,
            c_void_p,
        ),
    ),
    "pst_self": (Actor, (Context,)),
    "pst_send": (c_int, (Context, Actor, c_uint32, c_void_p, c_size_t)),
    "pst_send_bytes": (c_int, (Context, Actor, c_uint32, POINTER(Bytes))),
    "pst_send_many": (
        c_int,
        (Context, Actor, c_uint32, c_void_p, c_size_t, c_size_t, size_out),
    ),
    "pst_spawn": (
        c_int,
        (Context, callback, c_void_p, POINTER(ActorOptions), POINTER(Actor)),
    ),
    "pst_spawn_child": (
        c_int,
        (Context, callback, c_void_p, POINTER(ActorOptions), POINTER(Actor)),
    ),
    "pst_stop": (c_int, (Context, Actor, c_int)),
    "pst_ask": (
        c_int,
        (Context, Actor, c_uint32, c_void_p, c_size_t, c_uint64, callback, c_void_p),
    ),
    "pst_reply": (c_int, (Context, Token, c_int, c_void_p, c_size_t)),
    "pst_forward": (c_int, (Context, Actor)),
    "pst_take": (c_int, (Context, POINTER(Message), POINTER(Bytes))),
    "pst_become": (c_int, (Context, callback)),
    "pst_stash": (c_int, (Context,)),
    "pst_unstash": (c_int, (Context,)),
    "pst_watch": (c_int, (Context, Actor)),
    "pst_unwatch": (c_int, (Context, Actor)),
    "pst_timer_start": (
        c_int,
        (Context, c_uint64, c_uint64, c_uint32, c_void_p, c_size_t, POINTER(Timer)),
    ),
    "pst_timer_cancel": (c_int, (Context, Timer)),
    "pst_idle_timeout": (c_int, (Context, c_uint64)),
    "pst_actor_port": (c_int, (Graph, Stage, Engine, Actor, c_uint32)),
    # 12. Operators
    "pst_operator_unary": (c_int, (POINTER(Layout), c_int, POINTER(Operator))),
    "pst_operator_cast": (c_int, (POINTER(Layout), c_int, POINTER(Operator))),
    "pst_operator_binary": (
        c_int,
        (
            POINTER(Layout),
            c_int,
            c_void_p,
            POINTER(Layout),
            c_bool,
            POINTER(Operator),
        ),
    ),
    "pst_operator_combine": (c_int, (c_int, Operator, Operator, POINTER(Operator))),
    "pst_operator_select": (c_int, (Operator, Operator, Operator, POINTER(Operator))),
    "pst_operator_constant": (
        c_int,
        (POINTER(Layout), c_void_p, POINTER(Layout), POINTER(Operator)),
    ),
    "pst_operator_normalise": (
        c_int,
        (POINTER(Layout), c_void_p, c_void_p, c_size_t, POINTER(Operator)),
    ),
    "pst_operator_arrange": (
        c_int,
        (POINTER(Layout), POINTER(Layout), c_void_p, c_size_t, POINTER(Operator)),
    ),
    "pst_operator_gather": (
        c_int,
        (POINTER(Layout), c_void_p, POINTER(Layout), c_bool, POINTER(Operator)),
    ),
    "pst_operator_one_hot": (
        c_int,
        (POINTER(Layout), c_size_t, c_int, POINTER(Operator)),
    ),
    "pst_operator_field": (
        c_int,
        (c_size_t, c_size_t, POINTER(Layout), POINTER(Operator)),
    ),
    "pst_operator_record": (
        c_int,
        (POINTER(Part), c_size_t, c_size_t, POINTER(Operator)),
    ),
    "pst_operator_crop": (
        c_int,
        (POINTER(Layout), *(c_size_t,) * 4, POINTER(Operator)),
    ),
    "pst_operator_flip": (
        c_int,
        (POINTER(Layout), c_bool, c_bool, POINTER(Operator)),
    ),
    "pst_operator_random_crop": (
        c_int,
        (POINTER(Layout), c_size_t, c_size_t, c_uint64, POINTER(Operator)),
    ),
    "pst_operator_random_flip": (
        c_int,
        (POINTER(Layout), c_bool, c_bool, c_double, c_uint64, POINTER(Operator)),
    ),
    "pst_operator_numbered": (c_int, (Operator, c_size_t, POINTER(Operator))),
    "pst_operator_resize": (
        c_int,
        (POINTER(Layout), c_size_t, c_size_t, c_int, POINTER(Operator)),
    ),
    "pst_operator_chain": (c_int, (c_void_p, c_size_t, POINTER(Operator))),
    "pst_operator_get_layouts": (c_int, (Operator, POINTER(Layout), POINTER(Layout))),
    "pst_operator_destroy": (None, (Operator,)),
    "pst_operator_apply": (
        c_int,
        (Operator, c_void_p, c_void_p, c_size_t, c_uint64),
    ),
    "pst_apply": (Stage, (Graph, c_char_p, Stage, POINTER(Type), Operator)),
    "pst_apply_filter": (Stage, (Graph, c_char_p, Stage, Operator)),
    # 13. Files and keys
    "pst_files": (
        Stage,
        (Graph, c_char_p, c_void_p, c_size_t, POINTER(FilesOptions)),
    ),
    "pst_split": (Stage, (Graph, c_char_p, Stage, POINTER(SplitOptions))),
    "pst_unpack": (Stage, (Graph, c_char_p, Stage, POINTER(Type))),
    "pst_reduce": (Stage, (Graph, c_char_p, Stage, POINTER(ReduceOptions))),
    "pst_bytes_hash": (None, (c_void_p, POINTER(c_uint64), c_size_t, c_void_p)),
    "pst_bytes_to_hash": (c_int, (Context, c_void_p, c_void_p, c_size_t)),
    "pst_bytes_scatter": (c_int, (c_void_p, c_void_p, c_size_t, POINTER(Bytes))),
    "pst_bytes_gather": (
        c_int,
        (c_void_p, c_size_t, c_size_t, c_void_p, c_size_t, c_void_p),
    ),
    "pst_bytes_release": (None, (c_void_p, c_size_t, c_size_t)),
    # 14. Streams of arrays
    "pst_range": (
        Stage,
        (Graph, c_char_p, c_int64, c_int64, c_uint64, c_uint64, c_uint64),
    ),
    "pst_slice": (Stage, (Graph, c_char_p, Stage, c_uint64, c_uint64, c_uint64)),
    "pst_shuffle": (
        Stage,
        (Graph, c_char_p, Stage, c_uint64, c_uint64, c_uint64, c_uint64),
    ),
    "pst_shuffle_span": (
        c_int,
        (
            POINTER(ShuffleState),
            c_void_p,
            c_size_t,
            c_void_p,
            c_size_t,
            c_void_p,
            size_out,
        ),
    ),
    "pst_rows": (
        Stage,
        (
            Graph,
            c_char_p,
            Stage,
            POINTER(Type),
            POINTER(Column),
            c_size_t,
            c_uint64,
        ),
    ),
    "pst_apply_lent": (Stage, (Graph, c_char_p, Stage, Operator)),
}
