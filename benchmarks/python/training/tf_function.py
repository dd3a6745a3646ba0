"""TensorFlow: a compiled function over a whole epoch of a dataset, its fastest form here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from model import Outcome
from training import data
from training.clock import measure


def run(size: dict[str, int]) -> Outcome:
    return measure(size, _make)


def _make(
    digits: data.Digits, weights: data.Weights, orders: data.Array
) -> Callable[[], data.Weights]:
    x, labels = tf.constant(digits.x), tf.constant(digits.labels)
    w1, b1, w2, b2 = variables = [tf.Variable(each) for each in weights.all()]

    @tf.function
    def train_epoch(batches: Any) -> None:
        for rows in batches:
            with tf.GradientTape() as tape:
                hidden = tf.nn.relu(tf.gather(x, rows) @ w1 + b1)
                scores = hidden @ w2 + b2
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(labels, rows), scores)
                )
            gradients = tape.gradient(loss, variables)
            for variable, gradient in zip(variables, gradients, strict=True):
                variable.assign_sub(data.RATE * gradient)

    train_epoch(tf.data.Dataset.from_tensor_slices(orders[0][:0]))

    def train() -> data.Weights:
        for epoch in orders:
            train_epoch(tf.data.Dataset.from_tensor_slices(epoch))
        return data.Weights(*(variable.numpy() for variable in variables))

    return train
