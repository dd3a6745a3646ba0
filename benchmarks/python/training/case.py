"""A training step: a network of 64, 128 and 10 on digits, batches of 32, plain descent."""

from __future__ import annotations

import goals
from model import PENSTOCK, Case, Column, System
from rounds import Result

NUMPY = "numpy by hand"
ONE, TWO = "penstock, graph, 1 worker", "penstock, graph, 2 data-parallel"

CASE = Case(
    name="training",
    title="64-128-10, ReLU, softmax, digits, batch 32, descent at 0.1, 50 epochs of 44 steps",
    columns=(
        Column("per step", "s", 1e-6, ".1f", "us/step"),
        Column("wall", "s", format=".3f"),
        Column("accuracy", "x", format=".4f", heading="accuracy"),
    ),
    higher_is_better=False,
    size={"epochs": 50},
    quick_size={"epochs": 50},
    systems=(
        System("penstock.matmul by hand", f"{PENSTOCK}, Python", "training.penstock_matmul:run"),
        System(ONE, PENSTOCK, "training.penstock_graph:one_worker", ("numba",)),
        System(TWO, PENSTOCK, "training.penstock_graph:two_workers", ("numba",)),
        System(NUMPY, "numpy", "training.by_hand:run"),
        System("torch, eager", "torch", "training.torch_eager:run", ("torch",)),
        System("jax, compiled step", "jax", "training.jax_steps:by_step", ("jax",)),
        System("jax, compiled epoch", "jax", "training.jax_steps:by_epoch", ("jax",)),
        System(
            "tf.function over tf.data", "tensorflow", "training.tf_function:run", ("tensorflow",)
        ),
    ),
    notes=(
        "Same initial weights, same batches; the weights at the end agree. Compiling is not timed.",
        "Graph: no Python in it, functions by numba; two workers have half of each batch each.",
    ),
)


def judge(result: Result) -> list[goals.Goal]:
    return [
        goals.at_most(
            1,
            f"training: a step in {ONE[10:]} over {NUMPY}, at most 1",
            result.ratio(result.row(ONE), result.row(NUMPY)),
        ),
        goals.at_most(
            1,
            f"training: a step with penstock.matmul over {NUMPY}, at most 1",
            result.ratio(result.best_row(f"{PENSTOCK}, Python"), result.row(NUMPY)),
        ),
        goals.at_most(
            1,
            "training: two data-parallel workers over one, at most 1",
            result.ratio(result.row(TWO), result.row(ONE)),
        ),
    ]
