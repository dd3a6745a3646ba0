"""Native operators in pipelines: the same results on every way they can go."""

from __future__ import annotations

import itertools
import re
from typing import Any, NamedTuple

import numpy as np
import pytest
from plain import plain_list

import penstock as ps
from penstock import ElementType, Operator, Pipeline, ops

IMAGES = np.random.default_rng(0).integers(0, 255, (20, 80, 100, 3), dtype=np.uint8)
NUMBERS = np.arange(5000, dtype="f4")
AUGMENT = (
    ops.random_crop(30, 40, seed=1)
    | ops.random_flip(seed=2)
    | ops.resize(24, 24)
    | ops.normalise(np.full(3, 127.0, "f4"), np.full(3, 60.0, "f4"))
)
RAISE = ops.add(1) | ops.multiply(2)


def want(order: Any, operator: Any, table: Any) -> Any:
    parts = [operator(table[i : i + 1], first=k) for k, i in enumerate(order)]
    return np.concatenate(parts)


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("window", [None, 1, 7, 100])
@pytest.mark.parametrize(
    ("table", "operator"),
    [(IMAGES, AUGMENT), (IMAGES, ops.cast("f4")), (NUMBERS, RAISE)],
    ids=["images", "cast", "numbers"],
)
def test_operators_before_and_after_a_shuffle(
    table: Any, operator: Any, window: int | None, replicas: int
) -> None:
    table = table[:500]
    source = Pipeline.from_array(table).repeat(2)
    places = Pipeline.range(len(table)).repeat(2)
    if window is None:
        pipeline = source.map(operator, replicas=replicas)
    else:
        pipeline = source.map(operator, replicas=replicas).shuffle(window, seed=5)
        places = places.shuffle(window, seed=5)
    expected = want(places.to_numpy(), operator, table)
    assert (pipeline.to_numpy() == expected).all()
    batches = list(pipeline.batch(7).prefetch(2))
    assert (np.concatenate(batches) == expected).all()
    assert [len(batch) for batch in batches[:-1]] == [7] * (len(batches) - 1)


@pytest.mark.parametrize("place", [0, 1, 3, 5])
def test_random_operators_go_on_exactly(place: int) -> None:
    ways = {
        "lent": Pipeline.from_array(IMAGES),
        "small": Pipeline.from_array(IMAGES[:, :30, :40]),
        "spans": Pipeline.from_array(IMAGES).filter(lambda v: np.ones(len(v), bool)),
        "pairs": Pipeline.from_array((IMAGES, np.arange(20))),
        "items": Pipeline.from_iterable(lambda: iter(IMAGES)),
    }
    for name, source in ways.items():
        on = 0 if name == "pairs" else None
        augmented = source.map(
            ops.random_crop(20, 20, seed=3) | ops.random_flip(seed=4),
            on=on,
            vectorised=True if name == "items" else None,
        )
        pipeline = augmented.shuffle(6, seed=1).batch(4)
        iterator = iter(pipeline)
        plain_list(itertools.islice(iterator, place))
        rest = plain_list(pipeline.restore(iterator.state()))
        assert rest == plain_list(iterator), name


class Pair(NamedTuple):
    label: Any
    image: Any


LABELS = np.arange(20)
PAIRS: dict[str, tuple[Any, Any]] = {
    "first": ((IMAGES, LABELS), 0),
    "last": ((LABELS, IMAGES), -1),
    "named": (Pair(LABELS, IMAGES), 1),
    "alone": ((IMAGES,), 0),
    "dict": ({"label": LABELS, "image": IMAGES, "more": (LABELS, LABELS)}, "image"),
    "large": ((IMAGES, IMAGES.astype("f4"), list("abcdefghijklmnopqrst")), 0),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("size", [1, 6, 20])
def test_operators_on_one_large_part(name: str, size: int) -> None:
    tree, on = PAIRS[name]
    plain = Pipeline.from_array(tree).repeat(2).shuffle(7, seed=1)
    # Random operators know the place in the stream, so one follows the shuffle.
    made = plain.map(ops.cast("f4"), on=on).map(AUGMENT, on=on, replicas=2)
    kept = list(made.batch(size).prefetch(2))
    for number, batch in enumerate(plain.batch(size)):
        got = kept[number]
        assert type(got) is type(batch)
        whole = [*batch.values()] if isinstance(batch, dict) else list(batch)
        found = [*got.values()] if isinstance(got, dict) else list(got)
        at = 1 if on == "image" else on
        first = number * size
        expected = (ops.cast("f4") | AUGMENT)(whole[at], first=first)
        assert (found[at] == expected).all()
        del found[at], whole[at]
        assert plain_list(found) == plain_list(whole)
    assert len(kept) == len(list(plain.batch(size)))


def test_operators_on_parts_that_are_not_there() -> None:
    for tree, on, error in (
        ((IMAGES, LABELS), 2, IndexError),
        ({"image": IMAGES}, "label", KeyError),
        ({"image": IMAGES}, ["image"], TypeError),
        (IMAGES, 0, TypeError),
    ):
        with pytest.raises(
            error, match=re.escape(f"on{'=' if on == 0 else ' '}{on!r}")
        ):
            Pipeline.from_array(tree).map(AUGMENT, on=on).batch(2).run()


def test_each_repetition_is_augmented_anew() -> None:
    pipeline = Pipeline.from_array(IMAGES).map(ops.random_crop(8, 8, seed=1)).repeat(2)
    first, second = np.split(pipeline.to_numpy(), 2)
    assert (first != second).any()


def test_large_elements_are_not_copied() -> None:
    batches = Pipeline.from_array(IMAGES).map(ops.cast("f4")).batch(5)
    addresses = set()
    for batch in batches.repeat(20):
        assert batch.base is not None
        assert batch.base.nbytes <= 2 * batch.nbytes
        addresses.add(batch.ctypes.data)
        del batch
    assert len(addresses) <= 8
    kept = list(batches)
    assert (np.concatenate(kept) == IMAGES).all()


@pytest.mark.parametrize(
    "rows", [slice(None), slice(3, 17), slice(None, None, 2), slice(None, None, -1)]
)
def test_rows_of_larger_arrays(rows: slice) -> None:
    """Contiguous or not, they are the rows."""
    expected = want(range(len(IMAGES[rows])), AUGMENT, IMAGES[rows])
    made = Pipeline.from_array(IMAGES[rows]).map(AUGMENT, replicas=2).batch(6)
    assert (np.concatenate(list(made)) == expected).all()


@pytest.mark.parametrize("size", [1, 3, 17])
def test_large_fields_of_records(size: int) -> None:
    """Packed, so that most fields are unaligned."""
    fields = [("label", "u1"), ("image", "f4", (70, 60)), ("weight", "f8")]
    records = np.zeros(17, np.dtype(fields))
    records["image"] = np.random.default_rng(1).random((17, 70, 60))
    operator = ops.field("image") | ops.crop(5, 6, 50, 40) | ops.multiply(2)
    made = Pipeline.from_array(records).map(operator, replicas=2).batch(size)
    expected = records["image"][:, 5:55, 6:46] * np.float32(2)
    assert (np.concatenate(list(made)) == expected).all()


def test_operators_that_fail_on_a_large_element() -> None:
    indexes = np.zeros((20, 5000), np.int64)
    indexes[13, 4999] = 7
    made = Pipeline.from_array(indexes).map(ops.gather(np.arange(7.0)), replicas=2)
    with pytest.raises(ps.PenstockError, match="gather: the index is not in the table"):
        made.batch(4).run()
    assert len(list(made.take(13).batch(4))) == 4


def test_operators_on_parts_batches_and_records() -> None:
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6)
    pairs = Pipeline.from_array((x, y)).map(ops.add(1), on=0).shuffle(3, seed=1)
    for a, b in pairs:
        assert (a == x[b] + 1).all()
    batches = Pipeline.from_array(y).batch(4).map(RAISE)
    assert plain_list(batches) == [[2, 4, 6, 8], [10, 12]]
    records = np.array([(1, 2.0), (3, 4.0)], [("a", "f8"), ("b", "f8")])
    sums = Pipeline.from_array(records).map(ops.field("a") + ops.field("b"))
    assert plain_list(sums) == [3.0, 7.0]
    after = Pipeline.range(6).filter(lambda v: v > 2).map(RAISE)
    assert plain_list(after) == [8, 10, 12]
    kept = Pipeline.range(6).filter(ops.greater(2))
    assert plain_list(kept) == [3, 4, 5]


def test_operators_that_do_not_fit() -> None:
    with pytest.raises(TypeError, match="resize"):
        Pipeline.from_array(np.zeros((3, 4))).map(ops.resize(2, 2)).run()
    strings = Pipeline.from_array(np.array(["a", "b"]))
    with pytest.raises(TypeError, match="add"):
        strings.map(ops.add(1)).run()
    with pytest.raises(ps.PenstockError, match="gather"):
        Pipeline.from_array(np.array([0, 9])).map(ops.gather(np.arange(3))).run()


class Doubles:
    """An operator that is none of the library's."""

    def output(self, element_type: ElementType) -> ElementType:
        return element_type

    def bound(self, element_type: ElementType) -> Any:
        raise AssertionError("not asked for")

    def __call__(self, array: Any, *, first: int = 0) -> Any:
        return array * 2


def test_an_operator_of_the_programs() -> None:
    assert isinstance(Doubles(), Operator)
    assert plain_list(Pipeline.range(3).map(Doubles()).shuffle(1)) == [0, 2, 4]


def test_results_are_the_readers() -> None:
    pipeline = Pipeline.from_array(IMAGES).map(ops.cast("f4")).batch(4)
    expected = plain_list(pipeline)
    for i, batch in enumerate(pipeline):
        assert batch.tolist() == expected[i]
        batch[:] = -1
    assert plain_list(pipeline) == expected


def replicas_of(pipeline: Pipeline) -> dict[str, int]:
    """Of the stages that run for it on an engine of three workers, by their names."""
    with ps.Engine(workers=3) as engine, iter(pipeline.on(engine)) as iterator:
        next(iterator)
        stats = [row for graph in iterator._run.graphs for row in graph.stats().rows]
        return {row.stage: row.replicas for row in stats}


@pytest.mark.parametrize(("replicas", "found"), [(None, 3), (1, 1), (2, 2)])
def test_replicas_are_those_that_were_given(replicas: int | None, found: int) -> None:
    images = Pipeline.from_array(IMAGES).repeat()
    one = images.map(AUGMENT, replicas=replicas)
    assert found in [n for name, n in replicas_of(one).items() if "map" in name]
    chain = replicas_of(images.map(ops.cast("f4")).map(ops.add(1), replicas=replicas))
    both = [n for name, n in chain.items() if "cast" in name and "add" in name]
    assert both == [found]


def test_maps_with_different_replicas_are_different_stages() -> None:
    images = Pipeline.from_array(IMAGES).repeat()
    pipeline = images.map(ops.cast("f4"), replicas=2).map(ops.add(1), replicas=3)
    found = replicas_of(pipeline)
    assert [n for name, n in found.items() if "cast" in name] == [2]
    assert [n for name, n in found.items() if "add" in name] == [3]
    want = IMAGES.astype("f4") + 1
    once = Pipeline.from_array(IMAGES).map(ops.cast("f4"), replicas=2)
    assert (once.map(ops.add(1), replicas=3).to_numpy() == want).all()


@pytest.mark.parametrize(("replicas", "found"), [(None, 1), (1, 1), (3, 3)])
def test_replicas_of_small_elements(replicas: int | None, found: int) -> None:
    pipeline = Pipeline.from_array(NUMBERS).repeat().map(RAISE, replicas=replicas)
    assert [n for name, n in replicas_of(pipeline).items() if "add" in name] == [found]


RANDOM = ops.random_flip(seed=1)


@pytest.mark.parametrize(
    "operator",
    [
        RANDOM,
        ops.random_crop(2, 2),
        RANDOM | ops.add(1),
        ops.add(1) | RANDOM,
        RANDOM + 1,
        1 - RANDOM,
        ops.identity() - RANDOM,
        -RANDOM,
        abs(RANDOM),
        ~RANDOM,
        ops.add(RANDOM),
        ops.clip(0, RANDOM),
        ops.where(ops.identity() > 0, RANDOM, 0),
        ops.where(RANDOM > 0, 1, 0),
        ops.record(a=ops.identity(), b=RANDOM),
        ops.update(a=RANDOM),
    ],
    ids=repr,
)
def test_what_is_made_of_random_operators_is_random(operator: ps.ops.Operator) -> None:
    assert operator.is_random


def test_what_only_looks_random_is_native() -> None:
    field = ops.field("random_x")
    assert not field.is_random
    records = np.array([(1, 2.0), (3, 4.0)], [("random_x", "f8"), ("b", "f8")])
    pipeline = Pipeline.from_array(records).map(field)
    assert plain_list(pipeline) == [1.0, 3.0]
    assert "random_x" in "".join(replicas_of(pipeline))


def test_elements_with_numbers_of_their_own() -> None:
    small = IMAGES[:, :8, :8]
    table = np.zeros(len(small), [("image", "u1", small.shape[1:]), ("n", "i8")])
    table["image"], table["n"] = small, np.arange(len(small))
    operator = ops.numbered(ops.field("image") | RANDOM, "n")
    assert not operator.is_random
    flipped = Pipeline.from_array(table).map(operator, replicas=3).shuffle(9, seed=2)
    order = Pipeline.range(len(small)).shuffle(9, seed=2).to_numpy()
    assert (flipped.to_numpy() == RANDOM(small)[order]).all()
