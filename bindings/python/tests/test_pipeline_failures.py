"""What comes before an element that fails is delivered first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from plain import plain_list

import penstock as ps
from penstock import Pipeline

# In the middle of a block, whose lengths grow.
COUNT, BAD = 3000, 777


class Broken(Exception):
    pass


def checked(value: Any) -> Any:
    if value == BAD:
        raise Broken("text")
    return value


def checked_pair(value: Any, _: Any) -> Any:
    return checked(value)


def objects() -> Pipeline:
    return Pipeline.from_iterable(lambda: iter(range(COUNT)))


def numbers() -> Pipeline:
    return Pipeline.range(COUNT)


def pairs() -> Pipeline:
    return Pipeline.from_iterable([(i, str(i)) for i in range(COUNT)])


def failing_items() -> Iterator[int]:
    yield from range(BAD)
    raise Broken("text")


WAYS: dict[str, Callable[[], Pipeline]] = {
    "map": lambda: objects().map(checked),
    "map_of_numbers": lambda: numbers().map(checked, vectorised=False),
    "map_of_pairs": lambda: pairs().map(checked_pair),
    "map_on_a_part": lambda: pairs().map(checked, on=0).map(lambda a, b: a),
    "map_behind": lambda: objects().map(checked).map(lambda v: v),
    "map_replicas": lambda: objects().map(checked, replicas=2),
    "filter": lambda: objects().filter(lambda v: checked(v) >= 0),
    "filter_of_numbers": lambda: numbers().filter(
        lambda v: checked(v) >= 0, vectorised=False
    ),
    "flat_map": lambda: objects().flat_map(lambda v: [checked(v)]),
    "iterable": lambda: Pipeline.from_iterable(failing_items),
}
AROUND: dict[str, Callable[[Pipeline], Pipeline]] = {
    "nothing": lambda p: p,
    "prefetch": lambda p: p.prefetch(3),
    "replicas": lambda p: p.map(lambda v: v, replicas=3, vectorised=False),
    "zip": lambda p: p.zip(Pipeline.range(COUNT)).map(lambda a, b: a),
}


@pytest.mark.parametrize("executor", ["threads", "simulated:1"])
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("way", WAYS)
def test_elements_before_the_one_that_fails(
    way: str, around: str, executor: str
) -> None:
    with ps.Engine(executor=executor, workers=2) as engine:
        iterator = iter(AROUND[around](WAYS[way]()).on(engine))
        got: list[Any] = []
        with pytest.raises(Broken):
            got.extend(iterator)
        assert plain_list(got) == list(range(BAD))
        assert iterator.delivered == BAD
        assert list(iterator) == []


@pytest.mark.parametrize("way", WAYS)
def test_batches_before_the_element_that_fails(way: str) -> None:
    got: list[Any] = []
    with pytest.raises(Broken):
        got.extend(WAYS[way]().batch(7).prefetch(2))
    assert np.concatenate(got).tolist() == list(range(BAD // 7 * 7))


def test_filters_that_let_nothing_through() -> None:
    with pytest.raises(Broken):
        objects().filter(lambda v: checked(v) < 0).run()


def test_what_ends_a_loop_in_silence() -> None:
    def stop(value: Any) -> Any:
        if value == BAD:
            raise StopIteration
        return value

    got: list[Any] = []
    with pytest.raises(RuntimeError, match="StopIteration") as caught:
        got.extend(objects().map(stop))
    assert got == list(range(BAD))
    assert isinstance(caught.value.__cause__, StopIteration)
