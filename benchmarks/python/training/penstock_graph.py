"""A graph that trains without Python: functions compiled by numba, products by pst_gemm_f32.

    start > loop > learn +> gradients of the first rows  +> joined ...
              ^          +> gradients of the other rows  +
              +------------------------------------------- ...

Each gradient stage has a part of the batch; ``learn`` waits for all parts, steps down the sum
and lets the next batch go. So the weights are those of one worker, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import penstock

import native
from model import Outcome
from training import data
from training.clock import measure

_P, _H, _C, _B = data.PIXELS, data.HIDDEN, data.CLASSES, data.BATCH
_PARTS = 2
_EPOCHS = 64
_STEP = np.float32(data.RATE / data.BATCH)

#: What the functions work on, at pstnative.user(). Each part has gradients and room of its own.
_STATE = np.dtype(
    [
        ("w1", np.float32, (_P, _H)),
        ("w2", np.float32, (_H, _C)),
        ("b1", np.float32, (_H,)),
        ("b2", np.float32, (_C,)),
        ("batch", np.float32, (_PARTS, _B, _P)),
        ("hidden", np.float32, (_PARTS, _B, _H)),
        ("error", np.float32, (_PARTS, _B, _C)),
        ("back", np.float32, (_PARTS, _B, _H)),
        ("w1_gradient", np.float32, (_PARTS, _P, _H)),
        ("w2_gradient", np.float32, (_PARTS, _H, _C)),
        ("b1_gradient", np.float32, (_PARTS, _H)),
        ("b2_gradient", np.float32, (_PARTS, _C)),
        ("x", np.float32, (data.TRAINED, _P)),
        ("one_hot", np.float32, (data.TRAINED, _C)),
        ("rows", np.int64, (_EPOCHS * data.STEPS, _B)),
        ("zeros", np.float32, (_H,)),
        ("parts", np.int64),
        ("step", np.int64),
        ("steps", np.int64),
    ],
    align=True,
)
_OK, _END, _FAILED = (int(penstock.Status[name]) for name in ("OK", "END", "EINVAL"))
_LINEAR, _RELU = int(penstock.Activation.LINEAR), int(penstock.Activation.RELU)


@numba.njit(fastmath=True)  # type: ignore[misc, unused-ignore]
def _gradients(state: Any, part: int) -> int:
    """Of the rows of this part in the batch whose turn it is."""
    count = _B // state.parts
    rows = state.rows[state.step, part * count : (part + 1) * count]
    batch, hidden = state.batch[part], state.hidden[part]
    error, back = state.error[part], state.back[part]
    for at in range(count):
        batch[at] = state.x[rows[at]]
    failed = native.gemm_f32(
        count, _H, _P, 1, batch.ctypes, _P, 1, state.w1.ctypes, _H, 1,
        0, hidden.ctypes, _H, 1, state.b1.ctypes, _RELU,
    )  # fmt: skip
    failed |= native.gemm_f32(
        count, _C, _H, 1, hidden.ctypes, _H, 1, state.w2.ctypes, _C, 1,
        0, error.ctypes, _C, 1, state.b2.ctypes, _LINEAR,
    )  # fmt: skip
    b1, b2 = state.b1_gradient[part], state.b2_gradient[part]
    b1[:] = 0
    b2[:] = 0
    for at in range(count):
        most = error[at].max()
        total = np.float32(0)
        for c in range(_C):
            error[at, c] = np.exp(error[at, c] - most)
            total += error[at, c]
        for c in range(_C):
            error[at, c] = error[at, c] / total - state.one_hot[rows[at], c]
            b2[c] += error[at, c]
    failed |= native.gemm_f32(
        count, _H, _C, 1, error.ctypes, _C, 1, state.w2.ctypes, 1, _C,
        0, back.ctypes, _H, 1, state.zeros.ctypes, _LINEAR,
    )  # fmt: skip
    for at in range(count):
        for h in range(_H):
            back[at, h] = back[at, h] if hidden[at, h] > 0 else np.float32(0)
            b1[h] += back[at, h]
    failed |= native.gemm_f32(
        _H, _C, count, 1, hidden.ctypes, 1, _H, error.ctypes, _C, 1,
        0, state.w2_gradient[part].ctypes, _C, 1, state.zeros.ctypes, _LINEAR,
    )  # fmt: skip
    failed |= native.gemm_f32(
        _P, _H, count, 1, batch.ctypes, 1, _P, back.ctypes, _H, 1,
        0, state.w1_gradient[part].ctypes, _H, 1, state.zeros.ctypes, _LINEAR,
    )  # fmt: skip
    return _FAILED if failed else _OK


@numba.njit(fastmath=True)  # type: ignore[misc, unused-ignore]
def _descend(weights: Any, gradients: Any, parts: int) -> None:
    for at in range(weights.size):
        gradient = gradients[0].flat[at]
        for part in range(1, parts):
            gradient += gradients[part].flat[at]
        weights.flat[at] -= _STEP * gradient


@numba.cfunc(native.source)
def _start(cx: Any, out: Any, capacity: Any, made: Any) -> Any:
    """Lets the first batch go: the numbers of its parts."""
    state = numba.carray(native.user(cx), 1, _STATE)[0]
    numbers = numba.carray(out, capacity, np.int64)
    for part in range(state.parts):
        numbers[part] = part
    numba.carray(made, 1, np.uintp)[0] = state.parts
    return _END


@numba.cfunc(native.map)
def _differentiate(cx: Any, numbers: Any, out: Any, n: Any) -> Any:
    state = numba.carray(native.user(cx), 1, _STATE)[0]
    parts = numba.carray(numbers, n, np.int64)
    done = numba.carray(out, n, np.int64)
    status = _OK
    for at in range(n):
        status |= _gradients(state, parts[at])
        done[at] = parts[at]
    return status


@numba.cfunc(native.process)
def _learn(cx: Any, numbers: Any, n: Any) -> Any:
    state = numba.carray(native.user(cx), 1, _STATE)[0]
    parts = numba.carray(numbers, n, np.int64)
    if n != state.parts:
        return _FAILED
    if state.step >= 0:
        _descend(state.w1, state.w1_gradient, state.parts)
        _descend(state.w2, state.w2_gradient, state.parts)
        _descend(state.b1, state.b1_gradient, state.parts)
        _descend(state.b2, state.b2_gradient, state.parts)
    state.step += 1
    if state.step < state.steps:
        for at in range(n):
            native.emit(cx, parts[at], parts[at:].ctypes, 1)
    return _OK


def one_worker(size: dict[str, int]) -> Outcome:
    return _measure(size, 1)


def two_workers(size: dict[str, int]) -> Outcome:
    return _measure(size, 2)


def _measure(size: dict[str, int], parts: int) -> Outcome:
    with penstock.Engine(workers=parts) as engine:

        def make(
            digits: data.Digits, weights: data.Weights, orders: data.Array
        ) -> Callable[[], data.Weights]:
            return _make(engine, parts, digits, weights, orders)

        return measure(size, make)


def _make(
    engine: penstock.Engine,
    parts: int,
    digits: data.Digits,
    weights: data.Weights,
    orders: data.Array,
) -> Callable[[], data.Weights]:
    states = np.zeros(1, _STATE)
    state = states[0]
    state["w1"], state["b1"], state["w2"], state["b2"] = weights.all()
    state["x"], state["one_hot"] = digits.x, digits.one_hot
    steps = len(orders) * data.STEPS
    state["rows"][:steps] = orders.reshape(steps, _B)
    state["parts"], state["step"], state["steps"] = parts, -1, steps

    graph = penstock.Graph("training")
    number = np.int64
    start = graph.source("start", number, _start, user=states)
    loop = graph.merge("loop", [start])
    learn = graph.process("learn", loop, [number] * parts, _learn, user=states, batch=parts)
    gradients = [
        graph.map(f"gradients {part}", learn.port(part), number, _differentiate, user=states)
        for part in range(parts)
    ]
    joined = graph.merge("joined", gradients) if parts > 1 else gradients[0]
    graph.feedback(joined, loop, parts)

    def train() -> data.Weights:
        graph.run(engine)
        return data.Weights(state["w1"], state["b1"], state["w2"], state["b2"])

    return train
