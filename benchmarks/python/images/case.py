"""Images: pixels in memory to normalised batches, beside a consumer of 5 ms a batch."""

from __future__ import annotations

import goals
import machine
from model import PENSTOCK, Case, Column, System
from rounds import Result

_OURS = "images.penstock_pipeline"
_CPUS = machine.cpus()

CASE = Case(
    name="images",
    title="480x480x3 > crop 400, flip, resize 224, normalise > shuffle > batch 32, "
    "consumer 5 ms a batch",
    columns=(
        Column("wall", "s"),
        Column("of the ideal", "x", heading="of ideal"),
        Column("serial", "s"),
        Column("cpu", "s", heading="CPU s"),
        Column("images/s", "1/s", 1e3, ".2f", "k images/s"),
        Column("after the last batch", "s", heading="teardown s"),
    ),
    higher_is_better=False,
    size={"images": 8000},
    quick_size={"images": 1024},
    systems=(
        System("penstock, its operators", PENSTOCK, f"{_OURS}:own_operators"),
        System("penstock, kernel in C", PENSTOCK, f"{_OURS}:in_c", ("numba",)),
        System("penstock, kernel from Python", PENSTOCK, f"{_OURS}:from_python", ("numba",)),
        System(f"by hand, {_CPUS} threads, recycled", "hand", "images.by_hand:run", ("numba",)),
        System("grain, threads", "grain", "images.grain_loader:by_image", ("grain",)),
        System("grain, threads, by batch", "grain", "images.grain_loader:by_batch", ("grain",)),
        System(
            "torch, no workers, by batch",
            "torch",
            "images.torch_loader:in_process",
            ("torch",),
        ),
        System(
            f"torch, {_CPUS} workers", "torch", "images.torch_loader:processes_by_image", ("torch",)
        ),
        System(
            f"torch, {_CPUS} workers, by batch",
            "torch",
            "images.torch_loader:processes_by_batch",
            ("torch",),
        ),
        System(
            f"torch, {_CPUS} workers, its operators",
            "torch",
            "images.torch_loader:own_operators",
            ("torch",),
        ),
        System("tf.data, by batch", "tf.data", "images.tf_data:by_batch", ("tensorflow",)),
        System(
            "tf.data, its operators", "tf.data", "images.tf_data:own_operators", ("tensorflow",)
        ),
    ),
    notes=(
        "Of ideal: the longer of the consumer's pauses and serial / CPUs, over wall. Serial: the",
        "same operations on one thread without consumer. All but 'its operators' run one kernel.",
    ),
)


def judge(result: Result) -> list[goals.Goal]:
    ours = result.best_row(PENSTOCK)
    found = [
        goals.at_least(
            0.95,
            "images: of the ideal wall time on all CPUs, at least 0.95",
            ours.median("of the ideal") if ours else None,
        )
    ]
    for peer in ("grain", "torch", "tf.data"):
        found.append(
            goals.at_least(
                1,
                f"images: wall time of {peer} over ours, at least 1",
                result.ratio(result.best_row(peer), ours),
            )
        )
    return found
