"""The digits, in the order in which every system sees them, and the weights it begins with."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

PIXELS, HIDDEN, CLASSES = 64, 128, 10
BATCH, STEPS = 32, 44
TRAINED = BATCH * STEPS
RATE = 0.1
SEED = 7

_FILE = pathlib.Path(__file__).parents[3] / "examples" / "data" / "digits.csv"


@dataclass
class Weights:
    hidden: Array
    hidden_bias: Array
    output: Array
    output_bias: Array

    @staticmethod
    def initial() -> Weights:
        rng = np.random.default_rng(SEED)

        def layer(inputs: int, outputs: int) -> Array:
            scale = np.sqrt(2 / inputs)
            return np.asarray(rng.standard_normal((inputs, outputs)) * scale, np.float32)

        return Weights(
            layer(PIXELS, HIDDEN),
            np.zeros(HIDDEN, np.float32),
            layer(HIDDEN, CLASSES),
            np.zeros(CLASSES, np.float32),
        )

    def all(self) -> tuple[Array, Array, Array, Array]:
        return self.hidden, self.hidden_bias, self.output, self.output_bias


@dataclass
class Digits:
    """1408 to train with, 44 whole batches; the others are held out."""

    x: Array
    labels: Array
    one_hot: Array
    held_out_x: Array
    held_out_labels: Array

    @staticmethod
    def read() -> Digits:
        rows = np.loadtxt(_FILE, delimiter=",", dtype=np.float32)
        np.random.default_rng(SEED).shuffle(rows)
        x = np.ascontiguousarray(rows[:, :PIXELS] / 16)
        labels = rows[:, PIXELS].astype(np.int64)
        return Digits(
            x[:TRAINED],
            labels[:TRAINED],
            np.eye(CLASSES, dtype=np.float32)[labels[:TRAINED]],
            x[TRAINED:],
            labels[TRAINED:],
        )

    def accuracy(self, weights: Weights) -> float:
        hidden = np.maximum(self.held_out_x @ weights.hidden + weights.hidden_bias, 0)
        scores = hidden @ weights.output + weights.output_bias
        return float((scores.argmax(1) == self.held_out_labels).mean())


def orders(epochs: int) -> Array:
    """Of each epoch and batch, the rows it has."""
    rng = np.random.default_rng(SEED)
    permutations = [rng.permutation(TRAINED) for _ in range(epochs)]
    return np.stack(permutations).reshape(epochs, STEPS, BATCH)
