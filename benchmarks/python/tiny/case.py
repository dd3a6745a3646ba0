"""Tiny items: what a pipeline costs when there is next to nothing to do for an item."""

from __future__ import annotations

import goals
from model import PENSTOCK, Case, Column, System
from rounds import Result

NUMPY = "numpy, chunks of 256, by hand"

_OURS = "tiny.penstock_pipeline"

CASE = Case(
    name="tiny",
    title="integers > x + 1 > x * 3 > x - 7 > shuffle > batch 256 > prefetch 2",
    columns=(
        Column("items/s", "1/s", 1e6, ".3f", "M items/s"),
        Column("per item", "s", 1e-9, ".1f", "ns/item"),
        Column("items", "1", 1e6, ".2f", "M items"),
    ),
    higher_is_better=True,
    size={"items": 2_097_152},
    quick_size={"items": 262_144},
    systems=(
        System("penstock, its operators", PENSTOCK, f"{_OURS}:operators"),
        System("penstock, maps in C", PENSTOCK, f"{_OURS}:in_c", ("numba",)),
        System("penstock, Python callables", f"{PENSTOCK}, Python", f"{_OURS}:callables"),
        System(NUMPY, "numpy", "tiny.by_hand:numpy_chunks"),
        System(
            "numpy, chunks of 16384, by hand",
            "numpy",
            "tiny.by_hand:numpy_large_chunks",
            counts=False,
        ),
        System("Python generators", "python", "tiny.by_hand:generators"),
        System("multiprocessing, chunks", "multiprocessing", "tiny.by_hand:processes"),
        System("torch, by batch", "torch", "tiny.torch_loader:by_batch", ("torch",)),
        System("torch, stream", "torch", "tiny.torch_loader:stream", ("torch",)),
        System("tf.data", "tf.data", "tiny.tf_data:by_item", ("tensorflow",)),
        System("tf.data, by batch", "tf.data", "tiny.tf_data:by_batch", ("tensorflow",)),
        System("grain", "grain", "tiny.grain_loader:by_item", ("grain",)),
        System("grain, by batch", "grain", "tiny.grain_loader:by_batch", ("grain",)),
    ),
    notes=(
        "Shuffled: within the chunk (numpy, multiprocessing), in a buffer of 1024 (generators,",
        "torch's stream, tf.data), all (torch by batch, grain). * for information.",
    ),
)


def judge(result: Result) -> list[goals.Goal]:
    native = result.best_row(PENSTOCK)
    rate = native.median("items/s") if native else None
    callables = result.best_row(f"{PENSTOCK}, Python")
    return [
        goals.at_least(
            50,
            "tiny: native maps, million items a second, at least 50",
            rate / 1e6 if rate else None,
        ),
        goals.at_least(
            1,
            f"tiny: Python callables over spans over {NUMPY}, at least 1",
            result.ratio(callables, result.row(NUMPY)),
        ),
    ]
