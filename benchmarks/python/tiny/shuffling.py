"""A buffer of 1024, out of which one is drawn at random for each that comes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from tiny.clock import BUFFER, SEED


def shuffled(numbers: Iterable[int]) -> Iterator[int]:
    draw = random.Random(SEED).random
    numbers = iter(numbers)
    buffer = [number for _, number in zip(range(BUFFER), numbers, strict=False)]
    for number in numbers:
        at = int(draw() * BUFFER)
        yield buffer[at]
        buffer[at] = number
    random.Random(SEED).shuffle(buffer)
    yield from buffer
