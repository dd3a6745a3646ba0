"""Actors of the low layer that many tests need, and their messages."""

from __future__ import annotations

import numpy as np

import penstock as ps

ADD, TOTAL, OTHER = 1, 2, 3


class Counter:
    """Adds what is sent, and tells the sum."""

    def __init__(self) -> None:
        self.total = 0

    def __call__(self, context: ps.ActorContext, message: ps.Message) -> None:
        if message.type == ADD:
            self.total += int(message.array(np.int64).sum())
        elif message.type == TOTAL:
            context.reply(message.token, np.int64(self.total).tobytes())


def number(data: bytes) -> int:
    return int(np.frombuffer(data, np.int64)[0])
