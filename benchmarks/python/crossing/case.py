"""Crossing between Python and native code: calls in, callbacks out, items pulled."""

from __future__ import annotations

import goals
from crossing.clock import SPAN
from model import PENSTOCK, Case, Column, System
from rounds import Result

_LOW = "crossing.penstock_low"
_HAND = "crossing.by_hand"

CASE = Case(
    name="crossing",
    title="calls in, callbacks out, items pulled, between Python and native threads",
    columns=(
        Column("per span", "s", 1e-9, ".0f", "ns/span of 1"),
        Column("per large span", "s", 1e-9, ".0f", f"ns/span of {SPAN}"),
        Column("per item", "s", 1e-9, ".2f", "ns/item of it"),
    ),
    higher_is_better=False,
    size={"calls": 200_000, "spans": 20_000},
    quick_size={"calls": 50_000, "spans": 4_000},
    systems=(
        System("call in: Python function", "python", f"{_HAND}:call_function"),
        System("call in: ctypes", "ctypes", f"{_HAND}:call_ctypes"),
        System("call in: ctypes, GIL kept", "ctypes", f"{_HAND}:call_ctypes_held"),
        System("call in: penstock", PENSTOCK, f"{_LOW}:call", ("numba",)),
        System("call in: penstock, GIL kept", PENSTOCK, f"{_LOW}:call_held", ("numba",)),
        System("callback out: ctypes, same thread", "ctypes", f"{_HAND}:callback_ctypes"),
        System("callback out: penstock, sink", PENSTOCK, f"{_LOW}:callback", ("numba",)),
        System("span pulled: generator", "python", f"{_HAND}:generator"),
        System("span pulled: queue.Queue(64)", "python", f"{_HAND}:bounded_queue"),
        System("span pulled: queue.SimpleQueue", "python", f"{_HAND}:simple_queue"),
        System("span pulled: penstock, pull", PENSTOCK, f"{_LOW}:pull", ("numba",)),
        System("span pulled: penstock, pull, out=", PENSTOCK, f"{_LOW}:pull_into", ("numba",)),
    ),
    ratios=False,
    notes=(
        "Spans are arrays of int64 that the receiver adds up; 'generator' has no crossing, so it",
        "is what the array and the sum cost. The GIL is held by nobody else.",
    ),
)


def judge(result: Result) -> list[goals.Goal]:
    return []
