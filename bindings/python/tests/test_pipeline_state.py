"""Going on from the middle: with every step, at every kind of place."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from plain import plain_list

import penstock as ps
from penstock import Pipeline, ops


def numbers() -> Iterator[int]:
    yield from range(100)


X = np.arange(300, dtype=np.float32).reshape(100, 3)
Y = np.arange(100)
# Lent to operators, and batches of them read singly.
LARGE = np.arange(20 * 8192, dtype=np.float32).reshape(20, 8192)

PIPELINES: dict[str, Pipeline] = {
    "range": Pipeline.range(5, 300, 3),
    "from_array": Pipeline.from_array((X, Y)),
    "from_iterable": Pipeline.from_iterable(numbers),
    "from_sequence": Pipeline.from_iterable([*"abcdefghij"]),
    "typed": Pipeline.from_iterable(numbers, dtype="f4"),
    "map": Pipeline.range(100).map(lambda v: v + 1),
    "map_single": Pipeline.range(100).map(str, vectorised=False),
    "map_replicas": Pipeline.range(100).map(lambda v: v + 1, replicas=2),
    "filter": Pipeline.range(100).filter(lambda v: v % 3 == 0),
    "flat_map": Pipeline.range(20).flat_map(lambda v: [v] * int(v)),
    "batch": Pipeline.range(100).batch(7),
    "batch_whole": Pipeline.range(100).batch(7, drop_remainder=True),
    "batch_of_batch": Pipeline.range(96).batch(4).batch(3),
    "map_batch": Pipeline.range(100).batch(7).map(lambda b: b * 2),
    "unbatch": Pipeline.range(100).batch(7).unbatch(),
    "shuffle": Pipeline.range(100).shuffle(10, seed=1),
    "shuffle_all": Pipeline.range(100).shuffle(100, seed=1),
    "shuffle_unseeded": Pipeline.range(100).shuffle(10),
    "shuffle_objects": Pipeline.from_iterable(numbers).shuffle(10, seed=1),
    "shuffle_batches": Pipeline.range(100).batch(7).shuffle(5),
    "shuffle_twice": Pipeline.range(100).shuffle(10, seed=1).shuffle(10, seed=1),
    "shuffle_array": Pipeline.from_array({"x": X, "y": Y}).shuffle(16, seed=3),
    "repeat": Pipeline.range(10).repeat(7),
    "repeat_shuffle": Pipeline.range(30).shuffle(30, seed=2).repeat(3),
    "repeat_unseeded": Pipeline.range(30).shuffle(8).repeat(3).batch(7),
    "shuffle_repeat": Pipeline.range(30).repeat(3).shuffle(8, seed=1),
    "repeat_nested": Pipeline.range(7).shuffle(7, seed=1).repeat(2).skip(3).repeat(4),
    "repeat_filter": Pipeline.range(20).filter(lambda v: v > 3).shuffle(9).repeat(3),
    "repeat_batch": Pipeline.range(10).shuffle(10, seed=1).batch(4).repeat(3),
    "repeat_endless": Pipeline.range(9).shuffle(9).repeat().take(50),
    "take": Pipeline.range(100).shuffle(10, seed=1).take(50),
    "take_repeat": Pipeline.range(100).shuffle(10, seed=1).take(7).repeat(3),
    "skip": Pipeline.range(100).shuffle(10, seed=1).skip(30),
    "skip_objects": Pipeline.from_iterable(numbers).skip(30).take(40),
    "zip": Pipeline.range(50).shuffle(9).zip(Pipeline.from_iterable(numbers)),
    "interleave": Pipeline.range(20).interleave(Pipeline.range(50, 90).shuffle(5)),
    "interleave_map": Pipeline.range(5).interleave(
        lambda v: Pipeline.range(int(v) + 3).shuffle(3), cycle_length=2
    ),
    "prefetch": Pipeline.range(100).shuffle(10).batch(4).prefetch(2),
    "cache": Pipeline.range(40).shuffle(10).cache().repeat(2),
    "large": Pipeline.from_array(LARGE).map(ops.add(1)).shuffle(9, seed=1).batch(6),
    "large_whole": (
        Pipeline.from_array(LARGE)
        .map(ops.add(1), replicas=2)
        .batch(6, drop_remainder=True)
        .prefetch(3)
    ),
    "large_one_by_one": Pipeline.from_array(LARGE).map(ops.add(1)).shuffle(9, seed=1),
    "large_pairs": (
        Pipeline.from_array({"x": LARGE, "y": Y[:20]})
        .map(ops.add(1), on="x")
        .shuffle(9, seed=1)
        .repeat(2)
        .batch(6)
    ),
    "reduce_by_key": Pipeline.range(50).map(lambda v: (v % 7, v)).reduce_by_key(),
    "from_files": Pipeline.from_files(__file__),
    "split_words": Pipeline.from_files(__file__).split_words().shuffle(50),
    "count_by_key": Pipeline.from_files(__file__).split_words().count_by_key(),
    "long": (
        Pipeline.from_array((X, Y))
        .map(lambda x, y: (x * 2, y))
        .shuffle(32)
        .map(lambda x: x + 1, on=0)
        .repeat(3)
        .batch(8)
        .map(lambda x, y: {"x": x, "y": y})
        .prefetch(2)
    ),
}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("place", ["begin", "middle", "last but one", "end"])
def test_the_rest_is_exactly_what_was_left(name: str, place: str) -> None:
    pipeline = PIPELINES[name]
    n = len(plain_list(pipeline))
    assert n > 1
    at = {"begin": 0, "middle": n // 2, "last but one": n - 1, "end": n}[place]
    iterator = iter(pipeline)
    plain_list(itertools.islice(iterator, at))
    state = json.loads(json.dumps(iterator.state()))
    assert iterator.delivered == at
    want = plain_list(iterator)
    assert len(want) == n - at
    restored = pipeline.restore(state)
    assert restored.delivered == at
    assert plain_list(restored) == want
    # And once more from the middle of the rest.
    again = pipeline.restore(state)
    half = plain_list(itertools.islice(again, (n - at) // 2))
    assert half + plain_list(pipeline.restore(again.state())) == want


def test_state_after_the_end() -> None:
    iterator = iter(Pipeline.range(10).shuffle(3).batch(4))
    assert len(plain_list(iterator)) == 3
    assert (
        plain_list(Pipeline.range(10).shuffle(3).batch(4).restore(iterator.state()))
        == []
    )


def test_state_of_a_pipeline_built_once_more() -> None:
    def make() -> Pipeline:
        return Pipeline.from_array(X).map(np.negative).shuffle(20).repeat(2).batch(16)

    iterator = iter(make())
    for _ in range(5):
        next(iterator)
    state = iterator.state()
    assert plain_list(make().restore(state)) == plain_list(iterator)


def test_far_into_a_long_stream() -> None:
    pipeline = Pipeline.range(1000).shuffle(100, seed=1).repeat().batch(10)
    state = iter(pipeline).state() | {"delivered": 10**12}
    epoch = Pipeline.range(1000).shuffle(100, seed=1).repeat(3).batch(10)
    batches = pipeline.restore(state)
    got = np.concatenate([next(batches) for _ in range(100)])
    assert sorted(got.tolist()) == list(range(1000))
    assert len(plain_list(epoch)) == 300


def test_states_that_do_not_fit() -> None:
    pipeline = Pipeline.range(10).shuffle(3).batch(2)
    state = iter(pipeline).state()
    with pytest.raises(ps.StateError, match="other steps; this one is range"):
        Pipeline.range(10).shuffle(4).batch(2).restore(state)
    with pytest.raises(TypeError, match="not int 3"):
        pipeline.restore(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"lacks \['entropy', 'version'\]"):
        pipeline.restore({k: state[k] for k in ("pipeline", "delivered")})
    with pytest.raises(ValueError, match="version 99"):
        pipeline.restore(state | {"version": 99})
    for bad in (-1, 1.5, "2", True, None):
        with pytest.raises(ValueError, match="has delivered"):
            pipeline.restore(state | {"delivered": bad})


STEPS: list[Any] = [
    lambda p, draw: p.map(lambda v: v + 1),
    lambda p, draw: p.take(draw([0, 1, 5, 100])),
    lambda p, draw: p.skip(draw([0, 1, 5, 30])),
    lambda p, draw: p.repeat(draw([0, 1, 2, 3])),
    lambda p, draw: p.shuffle(draw([1, 2, 8, 100]), seed=draw([None, 3])),
    lambda p, draw: p.filter(lambda v: v % 3 != 0),
    lambda p, draw: p.batch(draw([1, 3, 7])).unbatch(),
    lambda p, draw: p.prefetch(draw([1, 4])),
    lambda p, draw: p.cache(),
    lambda p, draw: p.interleave(
        Pipeline.range(5).shuffle(3), block_length=draw([1, 2])
    ),
    lambda p, draw: p.zip(Pipeline.range(20).repeat()).map(lambda a, b: a + b),
    lambda p, draw: p.map(lambda v: v * 2, replicas=2),
    lambda p, draw: p.flat_map(lambda v: [v] * (int(v) % 3)),
]
SOURCES: list[Any] = [
    lambda n: Pipeline.range(n),
    lambda n: Pipeline.from_array((np.arange(n), np.arange(n))).map(np.add),
    lambda n: Pipeline.from_iterable([*range(n)]),
    lambda n: Pipeline.from_iterable(lambda: iter(range(n))),
]


@pytest.mark.parametrize("seed", range(60))
def test_steps_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    pipeline = chance.choice(SOURCES)(chance.choice([0, 1, 3, 10, 37]))
    for step in chance.choices(STEPS, k=chance.randrange(1, 7)):
        pipeline = step(pipeline, chance.choice)
    if chance.random() < 0.3:
        pipeline = pipeline.batch(chance.choice([2, 5]))
    iterator = iter(pipeline)
    state = iterator.state()
    whole = plain_list(iterator)
    n = len(whole)
    for at in {0, n // 2, max(0, n - 1), n, chance.randrange(n + 1)}:
        rest = plain_list(pipeline.restore(state | {"delivered": at}))
        assert rest == whole[at:], f"{pipeline} from {at} of {n}"
