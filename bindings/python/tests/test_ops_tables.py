"""Operators on indexes and on the fields of records."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import penstock as ps
from penstock import ops

INTEGERS = [f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)]
ROW = np.dtype(
    [("number", "i8"), ("image", "u1", (6, 7, 3)), ("label", "u2"), ("weight", "f4")]
)
Array = np.ndarray[Any, Any]


def rows(n: int, *, align: bool = False) -> Array:
    random = np.random.default_rng(n)
    made = np.zeros(n, np.dtype(ROW.descr, align=align))
    made["number"] = np.arange(n)
    made["image"] = random.integers(0, 256, (n, 6, 7, 3))
    made["label"] = random.integers(0, 10, n)
    made["weight"] = random.standard_normal(n)
    return made


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("shape", [(20,), (20, 2), (20, 3), (20, 2, 5)])
@pytest.mark.parametrize("kind", ["u1", "f4", "f8", "b1"])
def test_gather(dtype: str, shape: tuple[int, ...], kind: str) -> None:
    table = np.random.default_rng(1).integers(0, 50, shape).astype(kind)
    low = 0 if dtype[0] == "u" else -20
    for n in (0, 1, 3, 1500):
        indexes = np.random.default_rng(n).integers(low, 20, n).astype(dtype)
        np.testing.assert_array_equal(ops.gather(table)(indexes), table[indexes])
    pairs = np.random.default_rng(9).integers(low, 20, (40, 3)).astype(dtype)
    made = ops.gather(table, copy=False)(pairs)
    assert made.dtype == table.dtype
    np.testing.assert_array_equal(made, table[pairs])


@pytest.mark.parametrize(("dtype", "wrong"), [("i8", 5), ("i1", -6), ("u8", 2**64 - 1)])
def test_gather_names_an_index_that_is_not_there(dtype: str, wrong: int) -> None:
    indexes = np.zeros(2000, dtype)
    indexes[1700] = wrong
    chain = ops.gather(np.arange(5.0)) | ops.add(1)
    with pytest.raises(
        ps.ArgumentError, match="element 1700: gather: the index is not"
    ):
        chain(indexes)


def test_a_table_that_is_not_copied_lives_as_long_as_what_reads_it() -> None:
    table = np.arange(1000.0)
    bound = (ops.gather(table, copy=False) | ops.add(1)).bound("i8")
    del table
    gc.collect()
    np.testing.assert_array_equal(bound(np.arange(1000)), np.arange(1000) + 1.0)


def test_gather_of_records() -> None:
    table = rows(30)
    indexes = np.array([3, 29, -1, 0])
    made = ops.gather(table)(indexes)
    assert made.tobytes() == table[indexes].tobytes()
    labels = (ops.gather(table) | ops.field("label"))(indexes)
    np.testing.assert_array_equal(labels, table["label"][indexes])


def test_tables_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="table must have rows"):
        ops.gather(3)
    with pytest.raises(ValueError, match="table must be contiguous"):
        ops.gather(np.zeros((4, 4))[:, ::2], copy=False)
    with pytest.raises(TypeError, match="operators compute with"):
        ops.gather(np.zeros(3, "f2"))
    with pytest.raises(ValueError, match="gather takes integers, not f64"):
        ops.gather(np.zeros(3))(np.zeros(2))


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("made", ["f4", "f8", "u1", "b1", "i2"])
def test_one_hot(dtype: str, made: str) -> None:
    for shape in ((0,), (1,), (700,), (50, 3)):
        indexes = np.random.default_rng(1).integers(0, 12, shape).astype(dtype)
        expected = np.vstack([np.eye(9), np.zeros((3, 9))]).astype(made)[indexes]
        found = ops.one_hot(9, made)(indexes)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    if dtype[0] == "i":
        assert not ops.one_hot(4)(np.array([-1, -4], dtype)).any()


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("n", [0, 1, 100, 3000])
def test_fields(align: bool, n: int) -> None:
    values = rows(n, align=align)
    for name in ROW.names or ():
        np.testing.assert_array_equal(ops.field(name)(values), values[name])
    halves = ops.field("weight") * ops.field("label") / 2
    np.testing.assert_array_equal(
        halves(values), values["weight"] * values["label"] / 2
    )


@pytest.mark.parametrize("n", [0, 1, 100, 3000])
def test_records(n: int) -> None:
    values = rows(n)
    make = ops.record(
        x=ops.field("image") | ops.resize(3, 3) | ops.divide(255),
        y=ops.field("label") | ops.one_hot(10),
        heavy=ops.field("weight") > 0,
    )
    made = make(values)
    assert made.dtype.names == ("x", "y", "heavy")
    assert made.dtype.isalignedstruct
    image = ops.resize(3, 3)(values["image"]) / np.float32(255)
    np.testing.assert_array_equal(made["x"], image)
    np.testing.assert_array_equal(made["y"], np.eye(10, dtype="f4")[values["label"]])
    np.testing.assert_array_equal(made["heavy"], values["weight"] > 0)
    # Also what stands between the fields is always the same.
    assert made.tobytes() == make(values.copy()).tobytes()


def test_update() -> None:
    values = rows(200)
    made = ops.update(image=ops.normalise(128, 64), label=ops.cast("i4"))(values)
    assert made.dtype.names == ROW.names
    np.testing.assert_array_equal(made["number"], values["number"])
    expected = (values["image"].astype("f4") - np.float32(128)) / np.float32(64)
    np.testing.assert_array_equal(made["image"], expected)
    assert made["label"].dtype == np.int32


def test_records_within_records_and_large_fields() -> None:
    values = np.zeros(5, [("image", "u1", (64, 64, 3)), ("label", "i8")])
    values["image"] = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3))
    values["label"] = [4, 3, 2, 1, 0]
    chain = ops.update(image=ops.flip() | ops.cast("f4")) | ops.update(
        image=ops.multiply(2)
    )
    made = chain(values)
    np.testing.assert_array_equal(made["image"], values["image"][:, :, ::-1] * 2.0)
    np.testing.assert_array_equal(made["label"], values["label"])


def test_a_failing_field_fails_its_element() -> None:
    values = rows(50)
    values["label"][33] = 60000
    make = ops.record(
        x=ops.field("weight"), y=ops.field("label") | ops.gather(np.zeros(10))
    )
    with pytest.raises(ps.ArgumentError, match="element 33: gather"):
        make(values)
    both = ops.where(
        ops.field("weight") > 0, ops.field("label") | ops.gather(np.zeros(10)), 1.0
    )
    with pytest.raises(ps.ArgumentError, match="element 33: gather"):
        both(values)


def test_numbered() -> None:
    values = rows(60)
    cut = ops.field("image") | ops.random_crop(3, 3, seed=1)
    expected = cut(values)
    order = np.random.default_rng(2).permutation(60)
    by_number = ops.numbered(cut, "number")
    np.testing.assert_array_equal(by_number(values[order]), expected[order])
    images = values["image"]
    by_index = ops.numbered(ops.gather(images) | ops.random_crop(3, 3, seed=1))
    np.testing.assert_array_equal(by_index(order), expected[order])


def test_fields_that_are_not_there_are_refused() -> None:
    with pytest.raises(
        ValueError, match="there is no field 'colour', but number, image"
    ):
        ops.field("colour")(rows(2))
    with pytest.raises(ValueError, match="there is no field 'colour'"):
        ops.update(colour=ops.add(1))(rows(2))
    with pytest.raises(TypeError, match="expected a structured dtype, not float64"):
        ops.field("x")(np.zeros(2))
    with pytest.raises(TypeError, match="must be a 64-bit integer, not uint16"):
        ops.numbered(ops.field("weight"), "label")(rows(2))
    with pytest.raises(ValueError, match="makes numbers of shape"):
        (ops.field("image") + ops.field("label"))(rows(2))
