"""Runs of text stages that many tests need."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import penstock as ps

SPACES = b" \t\n\r\x0b\x0c"


def pull_all(graph: ps.Graph, drain: ps.Stage, engine: ps.Engine) -> Any:
    """Runs the graph and returns everything that arrives at the drain."""
    graph.start(engine)
    parts = []
    while (part := graph.pull(drain, 1000)) is not None:
        parts.append(part)
    graph.wait()
    type = drain._callee.taken
    assert type is not None
    return np.concatenate(parts) if parts else type.empty(0)


def strings(engine: ps.Engine, graph: ps.Graph, stage: ps.Stage) -> list[bytes]:
    """Runs the graph and returns the bytes that the stage makes."""
    drain = graph.drain("drain", stage)
    return ps.byte_strings(pull_all(graph, drain, engine))


def text(seed: int, words: int, longest: int = 40) -> bytes:
    """Words of all lengths up to longest, mostly short, between runs of white space."""
    chance = random.Random(seed)
    parts = []
    for _ in range(words):
        size = chance.randrange(1, chance.choice((3, 9, 17, longest + 1)))
        # Bytes that are no ASCII white space; few of them, so that words come again.
        parts.append(bytes(chance.choice(b"ab\x00\xff\x85\xa0z") for _ in range(size)))
        gap = 1 if chance.random() < 0.8 else chance.randrange(1, 200)
        parts.append(bytes(chance.choice(SPACES) for _ in range(gap)))
    return b"".join(parts)
