"""A graph that trains without Python: functions compiled by numba, products by pst_gemm_f32.

    start > loop > part 0 > part 1 ...
             ^------------------------

Each part has weights of its own, and half of each batch. What goes round are the words that
a part's gradients are there: then the other adds both up, in the same order as the one, steps
down, and begins with its half of the next batch. So the weights of both are the same bits, and
those of one worker but for rounding.
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

#: What the functions work on, at pst_user(). Of gradients there are two sets, by turns: a part
#: makes the next while the other may still read the last.
_STATE = np.dtype(
    [
        ("w1", np.float32, (_PARTS, _P, _H)),
        ("w2", np.float32, (_PARTS, _H, _C)),
        ("b1", np.float32, (_PARTS, _H)),
        ("b2", np.float32, (_PARTS, _C)),
        ("w1_gradient", np.float32, (2, _PARTS, _P, _H)),
        ("w2_gradient", np.float32, (2, _PARTS, _H, _C)),
        ("b1_gradient", np.float32, (2, _PARTS, _H)),
        ("b2_gradient", np.float32, (2, _PARTS, _C)),
        ("batch", np.float32, (_PARTS, _B, _P)),
        ("hidden", np.float32, (_PARTS, _B, _H)),
        ("error", np.float32, (_PARTS, _B, _C)),
        ("back", np.float32, (_PARTS, _B, _H)),
        # How many steps a part has made, and whether it has begun; each on cache lines of its own.
        ("step", np.int64, (_PARTS, 16)),
        ("x", np.float32, (data.TRAINED, _P)),
        ("one_hot", np.float32, (data.TRAINED, _C)),
        ("rows", np.int64, (_EPOCHS * data.STEPS, _B)),
        ("zeros", np.float32, (_H,)),
        ("ready", np.int64, (1,)),
        ("parts", np.int64),
        ("steps", np.int64),
    ],
    align=True,
)
_OK, _END, _FAILED = (int(penstock.Status[name]) for name in ("OK", "END", "EINVAL"))
#: What goes round: the first only tells the next part to begin.
_BEGIN, _READY = 0, 1
_LINEAR, _RELU = int(penstock.Activation.LINEAR), int(penstock.Activation.RELU)


@numba.njit(fastmath=True)  # type: ignore[misc, unused-ignore]
def _gradients(state: Any, part: int) -> int:
    """Of this part's rows in the batch whose turn it is."""
    step, count = state.step[part, 0], _B // state.parts
    rows = state.rows[step, part * count : (part + 1) * count]
    turn = step % 2
    w1, w2 = state.w1[part], state.w2[part]
    b1, b2 = state.b1_gradient[turn, part], state.b2_gradient[turn, part]
    batch, hidden = state.batch[part], state.hidden[part]
    error, back = state.error[part], state.back[part]
    for at in range(count):
        batch[at] = state.x[rows[at]]
    failed = native.gemm_f32(
        count, _H, _P, 1, batch.ctypes, _P, 1, w1.ctypes, _H, 1,
        0, hidden.ctypes, _H, 1, state.b1[part].ctypes, _RELU,
    )  # fmt: skip
    failed |= native.gemm_f32(
        count, _C, _H, 1, hidden.ctypes, _H, 1, w2.ctypes, _C, 1,
        0, error.ctypes, _C, 1, state.b2[part].ctypes, _LINEAR,
    )  # fmt: skip
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
        count, _H, _C, 1, error.ctypes, _C, 1, w2.ctypes, 1, _C,
        0, back.ctypes, _H, 1, state.zeros.ctypes, _LINEAR,
    )  # fmt: skip
    for at in range(count):
        for h in range(_H):
            back[at, h] = back[at, h] if hidden[at, h] > 0 else np.float32(0)
            b1[h] += back[at, h]
    failed |= native.gemm_f32(
        _H, _C, count, 1, hidden.ctypes, 1, _H, error.ctypes, _C, 1,
        0, state.w2_gradient[turn, part].ctypes, _C, 1, state.zeros.ctypes, _LINEAR,
    )  # fmt: skip
    failed |= native.gemm_f32(
        _P, _H, count, 1, batch.ctypes, 1, _P, back.ctypes, _H, 1,
        0, state.w1_gradient[turn, part].ctypes, _H, 1, state.zeros.ctypes, _LINEAR,
    )  # fmt: skip
    return _FAILED if failed else _OK


@numba.njit(fastmath=True)  # type: ignore[misc, unused-ignore]
def _descend(weights: Any, gradients: Any) -> None:
    w = weights.reshape(weights.size)
    g = gradients.reshape((gradients.shape[0], weights.size))
    if gradients.shape[0] == 1:
        for at in range(w.size):
            w[at] -= _STEP * g[0, at]
    else:
        for at in range(w.size):
            w[at] -= _STEP * (g[0, at] + g[1, at])


@numba.cfunc(native.source)
def _start(cx: Any, out: Any, capacity: Any, made: Any) -> Any:
    """A word for each part; each word then goes round until the end."""
    state = numba.carray(native.user(cx), 1, _STATE)[0]
    words = numba.carray(out, capacity, np.int64)
    words[0] = _BEGIN
    words[state.parts - 1] = _READY
    numba.carray(made, 1, np.uintp)[0] = state.parts
    return _END


@numba.njit  # type: ignore[misc, unused-ignore]
def _work(cx: Any, words: Any, n: int, part: int) -> int:
    state = numba.carray(native.user(cx), 1, _STATE)[0]
    arrived = numba.carray(words, n, np.int64)
    step = state.step[part]
    status = _OK
    for at in range(n):
        if arrived[at] == _BEGIN and part == 0 and state.parts > 1:
            native.emit(cx, 0, arrived[at:].ctypes, 1)
            continue
        if step[1]:
            turn = step[0] % 2
            _descend(state.w1[part], state.w1_gradient[turn, : state.parts])
            _descend(state.w2[part], state.w2_gradient[turn, : state.parts])
            _descend(state.b1[part], state.b1_gradient[turn, : state.parts])
            _descend(state.b2[part], state.b2_gradient[turn, : state.parts])
            step[0] += 1
        step[1] = 1
        if step[0] < state.steps:
            status |= _gradients(state, part)
            native.emit(cx, 0, state.ready.ctypes, 1)
    return status


@numba.cfunc(native.process)
def _first(cx: Any, words: Any, n: Any) -> Any:
    return _work(cx, words, n, 0)


@numba.cfunc(native.process)
def _second(cx: Any, words: Any, n: Any) -> Any:
    return _work(cx, words, n, 1)


def one_worker(size: dict[str, int]) -> Outcome:
    return _measure(size, 1)


def two_workers(size: dict[str, int]) -> Outcome:
    return _measure(size, 2)


def _measure(size: dict[str, int], parts: int) -> Outcome:
    # A part waits for the other some 20 us: too short for a thread to sleep, too long for the
    # engine's own patience.
    with penstock.Engine(workers=parts, spin_ns=200_000) as engine:

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
    for name, value in zip(("w1", "b1", "w2", "b2"), weights.all(), strict=True):
        state[name][:] = value
    state["x"], state["one_hot"] = digits.x, digits.one_hot
    steps = len(orders) * data.STEPS
    state["rows"][:steps] = orders.reshape(steps, _B)
    state["parts"], state["steps"], state["ready"] = parts, steps, _READY

    graph = penstock.Graph("training")
    start = graph.source("start", np.int64, _start, user=states)
    last = loop = graph.merge("loop", [start])
    for part, function in enumerate((_first, _second)[:parts]):
        # What it takes: without that the plan puts both parts on one worker.
        last = graph.process(
            f"part {part}", last, np.int64, function, user=states, cost_ns=20_000 / parts
        )
    graph.feedback(last, loop, parts)

    def train() -> data.Weights:
        graph.run(engine)
        return data.Weights(*(state[name][parts - 1] for name in ("w1", "b1", "w2", "b2")))

    return train
