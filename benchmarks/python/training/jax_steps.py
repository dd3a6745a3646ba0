"""jax: a compiled step that Python calls, and a compiled epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from model import Outcome
from training import data
from training.clock import measure


def _loss(weights: Any, x: Any, one_hot: Any) -> Any:
    w1, b1, w2, b2 = weights
    scores = jax.nn.relu(x @ w1 + b1) @ w2 + b2
    return -(one_hot * jax.nn.log_softmax(scores)).sum(1).mean()


def _step(weights: Any, x: Any, one_hot: Any) -> Any:
    gradients = jax.grad(_loss)(weights, x, one_hot)
    return tuple(w - data.RATE * g for w, g in zip(weights, gradients, strict=True))


_compiled_step = jax.jit(
    lambda weights, x, one_hot, rows: _step(weights, x[rows], one_hot[rows]),
    donate_argnums=0,
)


@jax.jit
def _compiled_epoch(weights: Any, x: Any, one_hot: Any, epoch: Any) -> Any:
    def step(weights: Any, rows: Any) -> Any:
        return _step(weights, x[rows], one_hot[rows]), None

    return jax.lax.scan(step, weights, epoch)[0]


def _finished(weights: Any) -> data.Weights:
    return data.Weights(*(np.asarray(each) for each in jax.block_until_ready(weights)))


def by_step(size: dict[str, int]) -> Outcome:
    def make(
        digits: data.Digits, weights: data.Weights, orders: data.Array
    ) -> Callable[[], data.Weights]:
        x, one_hot = jnp.asarray(digits.x), jnp.asarray(digits.one_hot)

        def train() -> data.Weights:
            now: Any = tuple(map(jnp.array, weights.all()))
            for epoch in orders:
                for rows in epoch:
                    now = _compiled_step(now, x, one_hot, rows)
            return _finished(now)

        return train

    return measure(size, make)


def by_epoch(size: dict[str, int]) -> Outcome:
    def make(
        digits: data.Digits, weights: data.Weights, orders: data.Array
    ) -> Callable[[], data.Weights]:
        x, one_hot = jnp.asarray(digits.x), jnp.asarray(digits.one_hot)

        def train() -> data.Weights:
            now: Any = tuple(map(jnp.array, weights.all()))
            for epoch in orders:
                now = _compiled_epoch(now, x, one_hot, epoch)
            return _finished(now)

        return train

    return measure(size, make)
