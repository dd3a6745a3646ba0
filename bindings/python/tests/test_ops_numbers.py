"""Operators on numbers: NumPy's results, bit for bit."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from penstock import ops
from penstock.ops._numbers import _BINARIES as ufuncs
from penstock.ops._numbers import written

INTEGERS = [f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)]
DTYPES = ["b1", *INTEGERS, "f4", "f8"]
LENGTHS = [0, 1, 2, 7, 31, 33, 1023, 1025, 5000]

Array = np.ndarray[Any, Any]


def numbers(dtype: str, n: int, seed: int = 0) -> Array:
    """With the extremes, and for floats with NaN, infinities and subnormal ones."""
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return random.integers(0, 2, n).astype(bool)
    if kind.kind == "f":
        made = (random.standard_normal(n) * 10.0 ** random.integers(-5, 6, n)).astype(
            kind
        )
        special = np.array(
            [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, np.finfo(kind).max, 1, 0.5],
            kind,
        )
        if n:
            places = random.integers(0, n, n // 4)
            made[places] = random.choice(special, len(places))
        return made
    info = np.iinfo(kind)
    made = random.integers(info.min, info.max, n, kind, endpoint=True)
    if n:
        places = random.integers(0, n, n // 3)
        special = np.array([info.min, info.max, 0, 1, 2, info.max - 1], kind)
        made[places] = random.choice(special, len(places))
    return made


def same(found: Array, expected: Array, *, zeros: bool = True) -> None:
    """Equal bits; of NaN only that it is one, and of a zero where its sign is open."""
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if expected.dtype.kind == "f":
        is_nan = np.isnan(expected)
        np.testing.assert_array_equal(np.isnan(found), is_nan)
        found, expected = found[~is_nan], expected[~is_nan]
        if not zeros:
            found, expected = found + 0.0, expected + 0.0
    assert found.tobytes() == expected.tobytes()


BINARIES: dict[str, tuple[Callable[[Any], ops.Operator], Any]] = {
    "add": (ops.add, np.add),
    "subtract": (ops.subtract, np.subtract),
    "multiply": (ops.multiply, np.multiply),
    "divide": (ops.divide, np.divide),
    "floor_divide": (ops.floor_divide, np.floor_divide),
    "remainder": (ops.remainder, np.remainder),
    "minimum": (ops.minimum, np.minimum),
    "maximum": (ops.maximum, np.maximum),
    "bitwise_and": (ops.bitwise_and, np.bitwise_and),
    "bitwise_or": (ops.bitwise_or, np.bitwise_or),
    "bitwise_xor": (ops.bitwise_xor, np.bitwise_xor),
    "equal": (ops.equal, np.equal),
    "not_equal": (ops.not_equal, np.not_equal),
    "less": (ops.less, np.less),
    "less_equal": (ops.less_equal, np.less_equal),
    "greater": (ops.greater, np.greater),
    "greater_equal": (ops.greater_equal, np.greater_equal),
}


def made_by_numpy(ufunc: Any, *arguments: Any) -> Array | None:
    """None where NumPy refuses."""
    with np.errstate(all="ignore"):
        try:
            return np.asarray(ufunc(*arguments))
        except (TypeError, OverflowError):
            return None


def is_ours(array: Array) -> bool:
    return bool(array.dtype != np.float16)


@pytest.mark.parametrize("name", BINARIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_binary_with_constants(name: str, dtype: str) -> None:
    make, ufunc = BINARIES[name]
    operands: list[Any] = [
        0,
        1,
        3,
        -1,
        2.5,
        True,
        300,
        2**63,
        *numbers(dtype, 12, seed=5),
    ]
    for n, operand in itertools.product((0, 5, 2049), operands):
        values = numbers(dtype, n)
        expected = made_by_numpy(ufunc, values, operand)
        if expected is None:
            with pytest.raises((TypeError, OverflowError)):
                make(operand)(values)
        elif is_ours(expected):
            is_choice = name in ("minimum", "maximum")
            same(make(operand)(values), expected, zeros=not is_choice)


@pytest.mark.parametrize("name", BINARIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_binary_of_two_fields(name: str, dtype: str) -> None:
    _, ufunc = BINARIES[name]
    kind = next(kind for kind, made in ufuncs.items() if made is ufunc)
    for n in LENGTHS:
        pairs = np.empty(n, [("a", dtype), ("b", dtype)])
        pairs["a"], pairs["b"] = numbers(dtype, n), numbers(dtype, n, seed=1)
        expected = made_by_numpy(ufunc, pairs["a"], pairs["b"])
        if expected is None or not is_ours(expected):
            continue
        # Its name and the symbol do not matter here.
        made = written(kind, "?", ops.field("a"), ops.field("b"))
        same(made(pairs), expected, zeros=name not in ("minimum", "maximum"))


@pytest.mark.parametrize("other", DTYPES)
@pytest.mark.parametrize("one", DTYPES)
def test_promotion(one: str, other: str) -> None:
    values, operand = numbers(one, 100), numbers(other, 100, seed=2)[:1]
    for name in ("add", "divide", "less", "maximum"):
        make, ufunc = BINARIES[name]
        expected = made_by_numpy(ufunc, values, operand)
        assert expected is not None
        if {one, other} == {"i8", "u8"} and name == "less":
            with pytest.raises(TypeError, match="cast one of them"):
                make(operand)(values)
        elif is_ours(expected):
            same(make(operand)(values), expected, zeros=name != "maximum")


@pytest.mark.parametrize("target", DTYPES)
@pytest.mark.parametrize("source", DTYPES)
def test_cast(source: str, target: str) -> None:
    for n in LENGTHS:
        values = numbers(source, n)
        if source[0] == "f" and target[0] in "iu":
            # What does not fit is not defined.
            limit = 2.0 ** (8 * int(target[1]) - (target[0] == "i")) * 0.99
            low = 0 if target[0] == "u" else -limit
            values = np.clip(np.nan_to_num(values), low, limit).astype(source)
        with np.errstate(over="ignore"):
            same(ops.cast(target)(values), values.astype(target))


@pytest.mark.parametrize("source", ["f4", "f8"])
@pytest.mark.parametrize("target", ["i4", "i8", "i1", "u2"])
def test_cast_of_what_does_not_fit(source: str, target: str) -> None:
    values = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 2.0**31], source)
    with np.errstate(invalid="ignore"):
        same(ops.cast(target)(values), values.astype(target))


UNARIES: dict[str, tuple[Callable[[], ops.Operator], Any]] = {
    "negative": (ops.negative, np.negative),
    "absolute": (ops.absolute, np.absolute),
    "sqrt": (ops.sqrt, np.sqrt),
    "floor": (ops.floor, np.floor),
    "ceil": (ops.ceil, np.ceil),
    "rint": (ops.rint, np.rint),
    "invert": (ops.invert, np.invert),
}


@pytest.mark.parametrize("name", UNARIES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_unary(name: str, dtype: str) -> None:
    make, ufunc = UNARIES[name]
    for n in LENGTHS:
        values = numbers(dtype, n)
        expected = made_by_numpy(ufunc, values)
        if expected is None or not is_ours(expected):
            with pytest.raises(TypeError):
                make()(values)
        else:
            same(make()(values), expected)


@pytest.mark.parametrize(
    "shape", [(), (1,), (3,), (5, 3), (4, 5, 3), (1, 3), (5, 1), (4, 1, 3), (4, 1, 1)]
)
def test_operands_broadcast_to_an_element(shape: tuple[int, ...]) -> None:
    values = numbers("f4", 11 * 60).reshape(11, 4, 5, 3)
    operand = np.random.default_rng(3).standard_normal(shape, np.float32)
    same(ops.subtract(operand)(values), values - operand)
    same((operand - ops.identity())(values), operand - values)


def test_operands_larger_than_the_inner_blocks() -> None:
    values = np.random.default_rng(1).standard_normal((3, 700, 50))
    operand = np.random.default_rng(2).standard_normal((700, 50))
    made = (ops.add(operand) | ops.multiply(operand) | ops.subtract(1))(values)
    same(made, (values + operand) * operand - 1)


def test_an_operand_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"add.*\[2\] does not broadcast.*\[3\]"):
        ops.add([1.0, 2.0])(np.zeros((4, 3)))


@pytest.mark.parametrize("n", LENGTHS)
def test_chain(n: int) -> None:
    values = numbers("i4", n)
    chain = ops.add(3) | ops.multiply(5) | ops.cast("f8") | ops.divide(7) | ops.less(9)
    with np.errstate(over="ignore"):
        same(chain(values), (values + 3) * np.int32(5) / 7 < 9)


def test_chain_of_bytes_and_doubles() -> None:
    values = numbers("u1", 100_003)
    chain = ops.maximum(7) | ops.cast("f8") | ops.sqrt() | ops.cast("u1") | ops.add(250)
    same(chain(values), np.sqrt(np.maximum(values, 7).astype("f8")).astype("u1") + 250)


@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8"])
def test_normalise(dtype: str) -> None:
    images = np.abs(numbers(dtype, 3 * 8 * 6 * 3)).reshape(3, 8, 6, 3)
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    real = np.float64 if dtype == "f8" else np.float32
    with np.errstate(all="ignore"):
        expected = (images.astype(real) - np.array(mean, real)) / np.array(std, real)
    same(ops.normalise(mean, std)(images), expected)
    assert ops.normalise(mean, std).output((dtype, (8, 6, 3))).dtype == real


@pytest.mark.parametrize("dtype", DTYPES[1:])
def test_clip(dtype: str) -> None:
    values = numbers(dtype, 1000)
    same(ops.clip(3, 100)(values), np.clip(values, 3, 100))
    same(ops.clip(high=50)(values), np.minimum(values, 50))


@pytest.mark.parametrize("dtype", DTYPES)
def test_where(dtype: str) -> None:
    values = numbers(dtype, 3001)
    relu = ops.where(ops.greater(0), ops.identity(), 0)
    same(relu(values), np.where(values > 0, values, 0))
    same(
        ops.where(ops.equal(1), 2.5, ops.cast("f8"))(values),
        np.where(values == 1, 2.5, values.astype("f8")),
    )


def test_constant() -> None:
    made = ops.constant([[1, 2], [3, 4]])(np.zeros(7))
    same(made, np.tile(np.array([[1, 2], [3, 4]]), (7, 1, 1)))


def test_expressions() -> None:
    values = numbers("f8", 500)
    x = ops.identity()
    with np.errstate(all="ignore"):
        same((2 - x * 3)(values), 2 - values * 3)
        same(abs(-x / 2 + x)(values), abs(-values / 2 + values))
        same((1 // x)(values), 1 // values)
        same((~(x > 0) & (x < 1))(values), ~(values > 0) & (values < 1))
        same((values[0] + x)(values), values[0] + values)


def test_arrays_of_any_strides_and_byte_offsets() -> None:
    values = np.arange(60, dtype="i4").reshape(10, 6)
    same(ops.add(1)(values[::-2, ::3]), values[::-2, ::3] + 1)
    crooked = np.frombuffer(b"x" + values.tobytes(), "i1")[1:].view("i4")
    same(ops.add(1)(crooked), crooked + 1)


def test_what_is_made_is_told_beforehand() -> None:
    chain = ops.add(1) | ops.cast("f4")
    made = chain.output(("i4", (2, 3)))
    assert made.dtype == np.float32
    assert (made.shape, made.name) == ((2, 3), "float[2][3]")
    assert chain.bound("i4") is chain.bound(np.int32)
    assert repr(chain) == "add(1) | cast('f4')"
    assert repr((ops.identity() > 2) & ops.equal(3)) == (
        "((identity() > 2) & equal(3))"
    )


@pytest.mark.parametrize("dtype", ["f2", "c16", ">i4", "M8[s]", "S3", "O"])
def test_dtypes_without_operators_are_refused(dtype: str) -> None:
    with pytest.raises(TypeError, match=r"operators compute with|Python objects"):
        ops.add(1)(np.zeros(3, dtype))
    with pytest.raises(TypeError, match="operators compute with"):
        ops.cast(dtype)


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(TypeError, match="takes an array whose first axis"):
        ops.add(1)([1, 2])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not an array of int64 and shape"):
        ops.add(1)(np.array(3))
    with pytest.raises(TypeError, match=r"expected an array of int32 and shape \(n\)"):
        ops.add(1).bound("i4")(np.zeros(3))


def test_errors_name_the_part_of_a_chain() -> None:
    with pytest.raises(TypeError, match=r"^bitwise_and\(1\) of float: "):
        (ops.cast("f4") | ops.bitwise_and(1))(np.zeros(3, "i4"))
    numbers = np.zeros(3, "u1")
    try:
        expected = numbers + 300  # by the rules of the NumPy in use
    except OverflowError:
        with pytest.raises(OverflowError, match=r"^add\(300\) of uint8_t: "):
            ops.add(300)(numbers)
    else:
        np.testing.assert_array_equal(ops.add(300)(numbers), expected)
