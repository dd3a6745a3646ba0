"""Exceptions of callables come out as they are, with a note of the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from stages import notes

from penstock import Pipeline


class Broken(Exception):
    pass


def broken(*_: Any) -> Any:
    raise Broken("text")


def broken_iterable() -> Iterator[int]:
    yield 1
    yield 2
    raise Broken("text")


numbers = Pipeline.range(100)
STEPS: dict[str, tuple[Callable[[], Any], str]] = {
    "map": (lambda: numbers.map(broken), "in map(broken)"),
    "map_single": (lambda: numbers.map(broken, vectorised=False), "in map(broken)"),
    "map_replicas": (lambda: numbers.map(broken, replicas=2), "in map(broken)"),
    "map_batch": (lambda: numbers.batch(3).map(broken), "in map(broken)"),
    "filter": (lambda: numbers.filter(broken), "in filter(broken)"),
    "flat_map": (lambda: numbers.flat_map(broken), "in flat_map(broken)"),
    "interleave": (lambda: numbers.interleave(broken), "in interleave(broken)"),
    "reduce": (
        lambda: numbers.batch(1).map(lambda b: (1, b)).reduce_by_key(broken),
        "in reduce_by_key(broken)",
    ),
    "key": (lambda: numbers.reduce_by_key(key=broken), "in reduce_by_key(broken)"),
    "iterable": (lambda: Pipeline.from_iterable(broken), "in from_iterable(broken)"),
    "items": (lambda: Pipeline.from_iterable(broken_iterable), "in the iterable"),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    "around",
    [
        lambda p: p,
        lambda p: p.prefetch(2),
        lambda p: p.shuffle(4, seed=1).batch(2),
        lambda p: p.map(lambda v: v, replicas=2).prefetch(1),
        lambda p: p.zip(numbers),
        lambda p: p.cache().repeat(2),
    ],
)
def test_the_exception_itself(name: str, around: Any) -> None:
    make, note = STEPS[name]
    with pytest.raises(Broken, match="text") as caught:
        around(make()).run()
    assert any(note in text for text in notes(caught.value)), notes(caught.value)
    frames = [entry.name for entry in caught.traceback]
    assert "broken" in frames or "broken_iterable" in frames


def test_what_came_before_an_exception_is_given() -> None:
    iterator = iter(Pipeline.from_iterable(broken_iterable))
    assert [next(iterator), next(iterator)] == [1, 2]
    with pytest.raises(Broken):
        next(iterator)


@pytest.mark.parametrize("kind", [StopIteration, GeneratorExit, StopAsyncIteration])
@pytest.mark.parametrize("replicas", [1, 2])
def test_what_would_end_a_loop_in_silence(
    kind: type[BaseException], replicas: int
) -> None:
    def stop(values: Any) -> Any:
        raise kind

    with pytest.raises(RuntimeError, match=rf"map\(stop\) raised {kind.__name__}"):
        list(numbers.map(stop, replicas=replicas))


def test_after_an_exception_the_iterator_has_ended() -> None:
    iterator = iter(numbers.map(broken).prefetch(2))
    with pytest.raises(Broken):
        next(iterator)
    assert list(iterator) == []


def test_keyboard_interrupt_passes() -> None:
    def interrupt(values: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        numbers.map(interrupt).run()
    with pytest.raises(KeyboardInterrupt):
        numbers.map(interrupt).prefetch(2).run()


def test_exceptions_of_the_reader() -> None:
    with pytest.raises(Broken, match="text") as caught:
        numbers.for_each(broken)
    assert notes(caught.value) == ["in for_each(broken) of the pipeline"]
