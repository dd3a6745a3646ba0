"""The images, what is to become of them, and whether it has."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeAlias

import numpy as np

from model import expect

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

DISTINCT, SIDE = 64, 480
CROP, OUT, BATCH, BUFFER = 400, 224, 32, 1024
EDGE = (SIDE - CROP) // 2
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
#: The same for values from 0 to 255.
MEAN_255, DEVIATION_255 = MEAN * 255, DEVIATION * 255
SEED = 7

_PROBES = 24


def images() -> Array:
    """64 of noise, that is with nothing in common: a mistake cannot hide."""
    rng = np.random.default_rng(SEED)
    return rng.integers(0, 256, (DISTINCT, SIDE, SIDE, 3), np.uint8)


def resize_positions() -> tuple[Array, Array, Array]:
    """Of each row of the result: the two it lies between, and how near the second.

    The middles of pixels at halves, edges repeated, no smoothing: as OpenCV, TensorFlow
    (``antialias=False``) and torch (``align_corners=False``) have it.
    """
    at = (np.arange(OUT) + 0.5) * (CROP / OUT) - 0.5
    low = np.floor(at).astype(np.int64)
    weight = (at - low).astype(np.float32)
    return np.clip(low, 0, CROP - 1), np.clip(low + 1, 0, CROP - 1), weight


def reference(image: Array, flip: bool) -> Array:
    """In plain NumPy and float64, for checking."""
    part = image[EDGE : EDGE + CROP, EDGE : EDGE + CROP].astype(np.float64)
    if flip:
        part = part[:, ::-1]
    low, high, weight = resize_positions()
    rows = part[low] * (1 - weight)[:, None, None] + part[high] * weight[:, None, None]
    across = weight[None, :, None]
    resized = rows[:, low] * (1 - across) + rows[:, high] * across
    return np.asarray((resized - MEAN_255) / DEVIATION_255, np.float32)


class Checker:
    """Sees every batch that the consumer gets, and says whether they were the right ones.

    Of each result 24 pixels are kept, which tell from which image it came and whether
    that was flipped; and the last batch whole.
    """

    def __init__(self, source: Array) -> None:
        self._source = source
        rng = np.random.default_rng(SEED)
        self._at = tuple(rng.integers(0, most, _PROBES) for most in (OUT, OUT, 3))
        self._seen: list[Array] = []
        self._last: Array | None = None

    def see(self, batch: Any) -> None:
        """batch: anything with NumPy's indexing."""
        rows, columns, channels = self._at
        self._seen.append(np.asarray(batch[:, rows, columns, channels]))
        self._last = batch

    def check(self, count: int) -> dict[str, int | float | str]:
        expected = np.stack(
            [reference(image, flip)[self._at] for image in self._source for flip in (False, True)]
        )
        found = np.concatenate(self._seen)
        expect(len(found) == count, f"{len(found)} images, expected {count}")
        distances = np.abs(found[:, None] - expected[None]).max(2)
        which = distances.argmin(1)
        worst = float(distances.min(1).max())
        expect(worst < 5e-3, f"an image is off by {worst:.3g} from all that it can be")
        copies = Counter((which // 2).tolist())
        uneven = {i for i in range(DISTINCT) if copies[i] != count // DISTINCT}
        expect(not uneven, f"images {sorted(uneven)} came too often or too seldom")
        flipped = float((which % 2).mean())
        expect(0.4 < flipped < 0.6, f"{flipped:.0%} of the images were flipped")
        order = (which // 2).tolist()
        expect(
            order != sorted(order) and order != [i % DISTINCT for i in range(count)],
            "nothing was shuffled",
        )
        self._check_last(which)
        return {"images": count, "of each": count // DISTINCT}

    def _check_last(self, which: Array) -> None:
        batch = np.asarray(self._last)
        expect(
            batch.shape[1:] == (OUT, OUT, 3) and batch.dtype == np.float32,
            f"batches are {batch.dtype} of shape {batch.shape}",
        )
        for image, number in zip(batch, which[-len(batch) :].tolist(), strict=True):
            right = reference(self._source[number // 2], bool(number % 2))
            off = float(np.abs(image - right).max())
            expect(off < 5e-3, f"a pixel is off by {off:.3g}")
