"""How every system of this case is timed and checked."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from model import Outcome, expect
from training import data

#: Of the digits, the initial weights and the orders of all epochs, what trains: a function
#: that does so when called, and returns the weights.
Make = Callable[[data.Digits, data.Weights, data.Array], Callable[[], data.Weights]]


def measure(size: dict[str, int], make: Make) -> Outcome:
    """Trains three epochs to warm up, then, from the start again, all."""
    digits = data.Digits.read()
    make(digits, data.Weights.initial(), data.orders(3))()
    epochs = size["epochs"]
    train = make(digits, data.Weights.initial(), data.orders(epochs))
    start = time.perf_counter()
    weights = train()
    seconds = time.perf_counter() - start
    accuracy = digits.accuracy(weights)
    expect(accuracy > 0.95, f"only {accuracy:.1%} of the digits held out are right")
    steps = epochs * data.STEPS
    return Outcome(
        {"per step": seconds / steps, "wall": seconds, "accuracy": accuracy},
        {
            "steps": steps,
            "weights of the first layer": float(np.abs(weights.hidden).sum()),
            "weights of the second layer": float(np.abs(weights.output).sum()),
            "biases": float(np.abs(weights.hidden_bias).sum()),
        },
    )
