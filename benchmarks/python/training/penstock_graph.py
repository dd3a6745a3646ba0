"""A graph that trains without Python: functions compiled by numba, products by pst_gemm_f32.

    start > loop > part 0 > part 1 ...
             ^------------------------

Each part takes its half of each batch through the network and back, and then, by what both have
found, steps with its half of the weights: its half of the hidden units. What goes round are the
words that a part has done the one or the other, on which the next waits. So nothing is computed
twice, and the weights are the same bits whichever part is the quicker.

Cores share memory by lines of 64 bytes, and a line that the other has read costs up to 30 ns to
write again. So of the first layer's gradient, a sum of outer products, the parts share the
factors that it is the sum of: they are a quarter of its lines.
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
_LINE = 64
_STEP = np.float32(data.RATE / data.BATCH)

#: What the functions work on, at pst_user().
_STATE = np.dtype(
    [
        ("w1", np.float32, (_P, _H)),
        ("b1", np.float32, _H),
        ("w2", np.float32, (_H, _C)),
        ("b2", np.float32, 16),
        # The steps that the batch's rows want the layers' sums to make; see _units().
        ("hidden_change", np.float32, _B * _H),
        ("output_change", np.float32, (_B, _C)),
        ("w2_change", np.float32, (_PARTS, _H, _C)),
        # A part's own.
        ("batch", np.float32, (_PARTS, _B, _P)),
        ("hidden", np.float32, (_PARTS, _B, _H)),
        ("back", np.float32, (_PARTS, _B, _H)),
        # How many words it has sent.
        ("sent", np.int64, (_PARTS, 8)),
        # Read only.
        ("x", np.float32, (data.TRAINED, _P)),
        ("one_hot", np.float32, (data.TRAINED, _C)),
        ("rows", np.int64, (_EPOCHS * data.STEPS, _B)),
        ("ready", np.int64, (1,)),
        ("parts", np.int64),
        ("steps", np.int64),
    ]
)
_OK, _END, _FAILED = (int(penstock.Status[name]) for name in ("OK", "END", "EINVAL"))
#: What goes round: the first only tells the next part to begin.
_BEGIN, _READY = 0, 1
_NONE = 0
_LINEAR, _RELU = int(penstock.Activation.LINEAR), int(penstock.Activation.RELU)


@numba.njit  # type: ignore[misc, unused-ignore]
def _units(state: Any, part: int) -> tuple[slice, Any]:
    """The hidden units that are a part's, and their changes: a row for each of the batch.

    Each part's in one piece: what is read fetches what stands beside it, too.
    """
    count = _H // state.parts
    changes = state.hidden_change[part * count * _B : (part + 1) * count * _B]
    return slice(part * count, (part + 1) * count), changes.reshape((_B, count))


@numba.njit(fastmath=True)  # type: ignore[misc, unused-ignore]
def _through(state: Any, part: int) -> int:
    """This part's rows of the batch whose turn it is: through the network and back."""
    count = _B // state.parts
    first = part * count
    rows = state.rows[state.sent[part, 0] // 2]
    batch, hidden, back = state.batch[part], state.hidden[part], state.back[part]
    output_change = state.output_change[first : first + count]
    for at in range(_B):
        batch[at] = state.x[rows[at]]
    failed = native.gemm_f32(
        count, _H, _P, 1, batch[first:].ctypes, _P, 1, state.w1.ctypes, _H, 1,
        0, hidden.ctypes, _H, 1, state.b1.ctypes.data, _RELU,
    )  # fmt: skip
    failed |= native.gemm_f32(
        count, _C, _H, 1, hidden.ctypes, _H, 1, state.w2.ctypes, _C, 1,
        0, output_change.ctypes, _C, 1, state.b2.ctypes.data, _LINEAR,
    )  # fmt: skip
    for at in range(count):
        row, target = output_change[at], state.one_hot[rows[first + at]]
        most = row[0]
        for c in range(1, _C):
            most = max(most, row[c])
        total = np.float32(0)
        for c in range(_C):
            row[c] = np.exp(row[c] - most)
            total += row[c]
        for c in range(_C):
            row[c] = _STEP * (target[c] - row[c] / total)
    failed |= native.gemm_f32(
        count, _H, _C, 1, output_change.ctypes, _C, 1, state.w2.ctypes, 1, _C,
        0, back.ctypes, _H, 1, _NONE, _LINEAR,
    )  # fmt: skip
    for other in range(state.parts):
        units, change = _units(state, other)
        for at in range(count):
            active, error, row = hidden[at, units], back[at, units], change[first + at]
            for h in range(row.size):
                # A product, not a choice: that would be a branch, foretold wrong half of the time.
                row[h] = error[h] * np.float32(active[h] > 0)
    failed |= native.gemm_f32(
        _H, _C, count, 1, hidden.ctypes, 1, _H, output_change.ctypes, _C, 1,
        0, state.w2_change[part].ctypes, _C, 1, _NONE, _LINEAR,
    )  # fmt: skip
    return _FAILED if failed else _OK


@numba.njit(fastmath=True)  # type: ignore[misc, unused-ignore]
def _descend(state: Any, part: int) -> int:
    """The step of this part's hidden units, by the changes of the whole batch."""
    units, change = _units(state, part)
    w1, w2, b1 = state.w1[:, units], state.w2[units], state.b1[units]
    count = b1.size
    for at in range(_B):
        for h in range(count):
            b1[h] += change[at, h]
    failed = native.gemm_f32(
        _P, count, _B, 1, state.batch[part].ctypes, 1, _P, change.ctypes, count, 1,
        1, w1.ctypes, _H, 1, _NONE, _LINEAR,
    )  # fmt: skip
    for other in range(state.parts):
        w2 += state.w2_change[other, units]
    if part == 0:
        for at in range(_B):
            for c in range(_C):
                state.b2[c] += state.output_change[at, c]
    return _FAILED if failed else _OK


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
    sent = state.sent[part]
    status = _OK
    for at in range(n):
        if arrived[at] == _BEGIN and part == 0 and state.parts > 1:
            native.emit(cx, 0, arrived[at:].ctypes, 1)
        elif sent[0] < 2 * state.steps:
            status |= _descend(state, part) if sent[0] % 2 else _through(state, part)
            native.emit(cx, 0, state.ready.ctypes, 1)
            sent[0] += 1
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
    memory = np.zeros(_STATE.itemsize + _LINE, np.uint8)
    states = memory[-memory.ctypes.data % _LINE :][: _STATE.itemsize].view(_STATE)
    state = states[0]
    state["w1"], state["b1"] = weights.hidden, weights.hidden_bias
    state["w2"], state["b2"][:_C] = weights.output, weights.output_bias
    state["x"], state["one_hot"] = digits.x, digits.one_hot
    steps = len(orders) * data.STEPS
    state["rows"][:steps] = orders.reshape(steps, _B)
    state["parts"], state["steps"], state["ready"] = parts, steps, _READY

    graph = penstock.Graph("training")
    start = graph.source("start", np.int64, _start, user=states)
    last = loop = graph.merge("loop", [start])
    for part, function in enumerate((_first, _second)[:parts]):
        last = graph.process(
            f"part {part}",
            last,
            np.int64,
            function,
            user=states,
            # What it takes: without that the plan puts both parts on one worker.
            cost_ns=20_000 / parts,
            # The second takes one word at a time. What a call emits goes out when it returns: if
            # both took two at once, each would wait while the other works.
            batch=part,
        )
    graph.feedback(last, loop, parts)

    def train() -> data.Weights:
        graph.run(engine)
        return data.Weights(state["w1"], state["b1"], state["w2"], state["b2"][:_C])

    return train
