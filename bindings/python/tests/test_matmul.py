"""Matrix products: against NumPy, of every layout, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import addressof, c_ssize_t, c_void_p, cast, sizeof
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import penstock as ps
from penstock import _array_functions, _plain
from penstock import _signatures as c
from penstock._library import lib
from penstock._signatures import GemmArgs

Array = np.ndarray[Any, np.dtype[Any]]
RANDOM = np.random.default_rng(1)


def matrix(*shape: int, dtype: Any = np.float64) -> Array:
    """Small whole numbers, whose products are exact in every type."""
    values = RANDOM.integers(-4, 5, shape)
    return (abs(values) if dtype == np.uint8 else values).astype(dtype)


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "rows": np.ascontiguousarray,
    "columns": lambda x: np.asfortranarray(x) if x.ndim < 3 else x,
    "wide": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "tall": lambda x: np.repeat(x, 3, axis=-2)[..., ::3, :] if x.ndim > 1 else x,
    "backwards": lambda x: x[..., ::-1].copy()[..., ::-1],
    "upside down": lambda x: x[::-1].copy()[::-1],
    "of a record": lambda x: _field(x),
}


def _field(x: Array) -> Array:
    records = np.zeros(x.shape, [("other", x.dtype), ("it", x.dtype)])
    records["it"] = x
    return records["it"]


@pytest.mark.parametrize("of_a", LAYOUTS)
@pytest.mark.parametrize("of_b", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layouts(of_a: str, of_b: str, dtype: Any) -> None:
    a = LAYOUTS[of_a](matrix(7, 5, dtype=dtype))
    b = LAYOUTS[of_b](matrix(5, 9, dtype=dtype))
    result = ps.matmul(a, b)
    assert result.dtype == dtype
    assert (result == a @ b).all()


@pytest.mark.parametrize("layout", [*LAYOUTS])
def test_out(layout: str) -> None:
    a, b = matrix(7, 5), matrix(5, 9)
    out = LAYOUTS[layout](np.full((7, 9), -1.0))
    if not out.flags.writeable:
        pytest.fail("not the case that is meant")
    assert ps.matmul(a, b, out) is out
    assert (out == a @ b).all()


SHAPES = [
    ((5,), (5,)),
    ((5,), (5, 3)),
    ((4, 5), (5,)),
    ((1, 5), (5, 1)),
    ((4, 1), (1, 6)),
    ((3, 4, 5), (5, 6)),
    ((3, 4, 5), (3, 5, 6)),
    ((4, 5), (3, 5, 6)),
    ((1, 4, 5), (3, 5, 6)),
    ((2, 3, 4, 5), (2, 3, 5, 6)),
    ((2, 1, 4, 5), (1, 3, 5, 6)),
    ((2, 1, 4, 5), (3, 5, 6)),
    ((5,), (3, 5, 6)),
    ((3, 4, 5), (5,)),
    ((2, 3, 4, 5), (5,)),
    ((5,), (2, 3, 5, 6)),
    ((0, 5), (5, 3)),
    ((4, 0), (0, 3)),
    ((4, 5), (5, 0)),
    ((0, 4, 5), (5, 3)),
    ((3, 4, 0), (0, 3)),
    ((0,), (0,)),
]


@pytest.mark.parametrize(("of_a", "of_b"), SHAPES)
def test_shapes_are_as_of_numpy(of_a: tuple[int, ...], of_b: tuple[int, ...]) -> None:
    a, b = matrix(*of_a), matrix(*of_b)
    expected = a @ b
    result = ps.matmul(a, b)
    assert result.shape == expected.shape
    assert (result == expected).all()
    out = np.full(expected.shape, -1.0)
    assert ps.matmul(a, b, out=out) is out
    assert (out == expected).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_batches_of_layouts(layout: str) -> None:
    a = LAYOUTS[layout](matrix(2, 3, 4, 5))
    b = LAYOUTS[layout](matrix(3, 5, 6))
    out = LAYOUTS[layout](np.zeros((2, 3, 4, 6)))
    assert (ps.matmul(a, b, out) == a @ b).all()
    swapped = a.transpose(1, 0, 2, 3)
    assert (ps.matmul(swapped, matrix(5, 6)[None, None]).shape) == (3, 2, 4, 6)
    assert (ps.matmul(swapped, b[:, None]) == swapped @ b[:, None]).all()


def test_batches_that_are_broadcast() -> None:
    a = np.broadcast_to(matrix(4, 5), (3, 4, 5))
    b = np.broadcast_to(matrix(1, 5, 6), (3, 5, 6))
    assert (ps.matmul(a, b) == a @ b).all()


@pytest.mark.parametrize(
    ("of_a", "of_b", "of_c"),
    [
        (np.int8, np.int8, np.int32),
        (np.uint8, np.int8, np.int32),
        (ml_dtypes.bfloat16, ml_dtypes.bfloat16, np.float32),
    ],
)
def test_narrow_types(of_a: Any, of_b: Any, of_c: Any) -> None:
    a, b = matrix(9, 17, dtype=of_a), matrix(17, 5, dtype=of_b)
    expected = a.astype(np.float64) @ b.astype(np.float64)
    result = ps.matmul(a, b)
    assert result.dtype == of_c
    assert (result == expected).all()
    bias = matrix(5, dtype=of_c)
    assert (ps.matmul(a, b, bias=bias) == expected + bias).all()


@pytest.mark.parametrize("shape", [(9,), (1, 9), (7, 1)])
def test_bias(shape: tuple[int, ...]) -> None:
    a, b, bias = matrix(7, 5), matrix(5, 9), matrix(*shape)
    assert (ps.matmul(a, b, bias=bias) == a @ b + bias).all()


def test_bias_of_one_row_and_one_column() -> None:
    one = np.full((1, 1), 3.0)
    assert ps.matmul(matrix(1, 2), np.zeros((2, 1)), bias=one) == 3
    assert (ps.matmul(np.zeros((4, 2)), np.zeros((2, 1)), bias=one[0]) == 3).all()
    assert (ps.matmul(np.zeros((1, 2)), np.zeros((2, 4)), bias=one) == 3).all()


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        (None, lambda x: x),
        ("linear", lambda x: x),
        ("relu", lambda x: np.maximum(x, 0)),
        (ps.Activation.RELU, lambda x: np.maximum(x, 0)),
        ("tanh", np.tanh),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("GELU", None),
        ("gelu_tanh", None),
        (ps.Clamp(-2, 3), lambda x: np.clip(x, -2, 3)),
    ],
)
def test_activations(activation: Any, function: Any) -> None:
    a, b = matrix(7, 5), matrix(5, 9)
    result = ps.matmul(a, b, activation=activation)
    if function is None:
        assert (result <= np.maximum(a @ b, 0)).all()
    else:
        np.testing.assert_allclose(result, function(a @ b), rtol=1e-13)


def test_an_engine_changes_no_bit(engine: ps.Engine) -> None:
    a = RANDOM.standard_normal((300, 200))
    b = RANDOM.standard_normal((200, 400))
    expected = ps.matmul(a, b)
    for threads in (0, 1, 2, 3):
        result = ps.matmul(a, b, engine=engine, threads=threads)
        assert (result == expected).all()
    np.testing.assert_allclose(expected, a @ b, rtol=1e-10)


def test_inside_of_a_stage(engine: ps.Engine, graph: ps.Graph) -> None:
    weights = matrix(3, 4)
    got: list[Array] = []

    def layer(context: ps.Context, values: Any, out: Any) -> None:
        ps.matmul(values, weights, out=out, engine=engine)

    def take(context: ps.Context, values: Any) -> None:
        got.append(values.copy())

    feed = graph.feed("rows", ("f8", (3,)))
    graph.sink("sink", graph.map("layer", feed, ("f8", (4,)), layer), take)
    graph.start(engine)
    rows = matrix(50, 3)
    graph.push(feed, rows)
    graph.finish_feed(feed)
    graph.wait()
    assert (np.concatenate(got) == rows @ weights).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, ml_dtypes.bfloat16])
def test_packed_weights(dtype: Any) -> None:
    b = matrix(5, 9, dtype=dtype)
    with ps.PackedMatrix(np.asfortranarray(b)) as packed:
        assert packed.shape == (5, 9)
        for shape in ((7, 5), (2, 7, 5), (5,)):
            a = matrix(*shape, dtype=dtype)
            assert (ps.matmul(a, packed) == ps.matmul(a, b)).all()
        with pytest.raises(ValueError, match="a has 4 columns"):
            ps.matmul(matrix(7, 4, dtype=dtype), packed)
        other = np.float32 if dtype == np.float64 else np.float64
        with pytest.raises(TypeError, match="there is no product of"):
            ps.matmul(matrix(7, 5, dtype=other), packed)
    with pytest.raises(ps.HandleError, match="the packed matrix is closed"):
        ps.matmul(a, packed)


def test_packed_weights_for_unsigned_bytes() -> None:
    a, b = matrix(7, 5, dtype=np.uint8), matrix(5, 9, dtype=np.int8)
    packed = ps.PackedMatrix(b, unsigned=True)
    assert (ps.matmul(a, packed) == ps.matmul(a, b)).all()
    with pytest.raises(TypeError, match="b must be of int8, not float64"):
        ps.PackedMatrix(matrix(5, 9), unsigned=True)
    with pytest.raises(ValueError, match="two dimensions"):
        ps.PackedMatrix(matrix(5))
    with pytest.raises(TypeError, match="b must be of float32"):
        ps.PackedMatrix(a)


def test_what_would_be_done() -> None:
    text = ps.matmul_explain(matrix(64, 64), matrix(64, 64), activation="relu")
    assert "64" in text


A, B = matrix(7, 5), matrix(5, 9)


@pytest.mark.parametrize(
    ("a", "b", "arguments", "error", "message"),
    [
        (
            [[1.0]],
            B,
            {},
            TypeError,
            "a must be a NumPy array or a tensor with __dlpack",
        ),
        (A, None, {}, TypeError, "b must be a NumPy array .* not None"),
        (A.astype(object), B, {}, TypeError, "not an array of object"),
        (A.astype(">f8"), B, {}, TypeError, "byte order, not >f8"),
        (A.astype("f2"), B, {}, TypeError, "not an array of float16"),
        (A.astype("c16"), B, {}, TypeError, "not an array of complex128"),
        (A.astype("i8"), B.astype("i8"), {}, TypeError, "not an array of int64"),
        (A.astype("f4"), B, {}, TypeError, "no product of float32 and float64; there"),
        (
            A.astype("i4"),
            B.astype("i4"),
            {},
            TypeError,
            "no product of int32 and int32",
        ),
        (A.astype("i1"), B.astype("u1"), {}, TypeError, "no product of int8 and uint8"),
        (np.float64(3), B, {}, TypeError, "a must be a NumPy array"),
        (np.array(3.0), B, {}, ValueError, "a must have at least one dimension"),
        (A, A, {}, ValueError, r"a has 5 columns \(shape \(7, 5\)\) and b 7 rows"),
        (matrix(5), A, {}, ValueError, "a has 5 columns"),
        (matrix(2, 7, 5), matrix(3, 5, 9), {}, ValueError, "do not broadcast"),
        (A, B, {"out": np.zeros((7, 8))}, ValueError, r"out must have shape \(7, 9\)"),
        (A, B, {"out": np.zeros((7, 9), "f4")}, TypeError, "out must be of float64, n"),
        (A, B, {"out": [[0.0]]}, TypeError, "out must be a NumPy array"),
        (A, B, {"out": np.zeros((1, 9)).repeat(1, 0)}, ValueError, "out must have sh"),
        (
            A,
            B,
            {"bias": np.zeros(7)},
            ValueError,
            r"shape \(9,\), \(1, 9\) or \(7, 1\)",
        ),
        (A, B, {"bias": np.zeros(9, "f4")}, TypeError, "bias must be of float64, not"),
        (A, B, {"bias": np.zeros(18)[::2]}, ValueError, "2 elements apart"),
        (A, B, {"bias": 1.0}, TypeError, "bias must be a NumPy array"),
        (
            A,
            B,
            {"activation": "best"},
            ValueError,
            "activation must be one of 'linear'",
        ),
        (A, B, {"activation": "clamp"}, ValueError, r"activation=Clamp\(low, high\)"),
        (A, B, {"activation": ps.Clamp(3, 2)}, ps.ArgumentError, "low"),
        (A, B, {"engine": "fast"}, TypeError, "engine must be an Engine, not str 'fa"),
        (A, B, {"threads": -1}, ValueError, "threads must be at least 0"),
        (
            matrix(2, 2, dtype=np.int8),
            matrix(2, 2, dtype=np.int8),
            {"activation": "relu"},
            ps.ArgumentError,
            "activation",
        ),
    ],
)
def test_mistakes(
    a: Any, b: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ps.matmul(a, b, **arguments)


def test_read_only() -> None:
    for value in (A, B):
        value.flags.writeable = False
    assert (ps.matmul(A, B) == A @ B).all()
    out = np.zeros((7, 9))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        ps.matmul(A, B, out)


def test_strides_that_are_no_elements() -> None:
    records = np.zeros((4, 4), np.dtype([("x", "f4"), ("y", "u1")]))
    with pytest.raises(ValueError, match=r"strides of \(20, 5\) bytes, which are no m"):
        ps.matmul(records["x"], matrix(4, 4, dtype=np.float32))
    raw = np.zeros(4 * 4 * 4 + 1, np.uint8)[1:].view("f4").reshape(4, 4)
    with pytest.raises(ValueError, match="a must be aligned"):
        ps.matmul(raw, matrix(4, 4, dtype=np.float32))


def test_overlaps() -> None:
    a = matrix(5, 5)
    with pytest.raises(ps.ArgumentError):
        ps.matmul(a, a, out=a)
    with pytest.raises(ps.ArgumentError):
        ps.matmul(a, a, out=np.lib.stride_tricks.as_strided(a.copy(), (5, 5), (8, 8)))
    with pytest.raises(ps.ArgumentError):
        ps.matmul(a, a, out=np.lib.stride_tricks.as_strided(a.copy(), (5, 5), (0, 8)))


def test_a_large_matrix_of_blocks() -> None:
    """The heads of an attention layer: columns of one matrix."""
    heads, length, width = 4, 6, 8
    q, k = matrix(length, heads * width), matrix(length, heads * width)
    of_heads = q.reshape(length, heads, width).transpose(1, 0, 2)
    others = k.reshape(length, heads, width).transpose(1, 2, 0)
    assert (ps.matmul(of_heads, others) == of_heads @ others).all()


def test_the_short_way_packs_the_arguments() -> None:
    names = (
        *("struct_size", "type", "m", "n", "k", "alpha", "a", "a_row", "a_col", "b"),
        *("b_row", "b_col", "c", "c_row", "c_col", "batch", "bias", "activation"),
        "scale",
    )
    assert _plain._ARGS.size == sizeof(GemmArgs)
    values = dict(zip(names, range(1, 20), strict=True))
    args = GemmArgs.from_buffer_copy(_plain._ARGS.pack(*values.values()))
    for name, *_ in GemmArgs._fields_:
        assert (getattr(args, name) or 0) == values.get(name, 0), name


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_plain_products_follow_any_strides(dtype: Any) -> None:
    a, b, bias = (np.ones(shape, dtype) for shape in ((12, 10), (10, 14), (7,)))
    a[:], b[:] = matrix(12, 10), matrix(10, 14)
    for left, right in ((a[::2], b[:, ::2]), (a[::-3, ::-1], b[::-1, :7])):
        copies = np.ascontiguousarray(left), np.ascontiguousarray(right)
        made = ps.matmul(left, right, bias=bias, activation="relu")
        assert made.flags.c_contiguous
        assert made.flags.owndata
        assert (made == ps.matmul(*copies, bias=bias, activation="relu")).all()
        assert np.allclose(made, np.maximum(left @ right + bias, 0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_no_number_warns_of_nothing(dtype: Any) -> None:
    """As NumPy's own products."""
    a, b = np.full((3, 5), np.inf, dtype), np.zeros((5, 2), dtype)
    with np.errstate(all="raise"):
        assert np.isnan(ps.matmul(a, b)).all()
        huge = np.full((3, 3), np.finfo(dtype).max)
        assert np.isinf(ps.matmul(huge, huge, bias=np.zeros(3, dtype))).all()
        assert (ps.matmul(huge, -huge, activation="sigmoid") == 0).all()


def test_a_product_that_fails_inside_of_numpy() -> None:
    """For want of memory, say: here for want of bounds."""
    failed = cast(_array_functions._failed, c_void_p)
    loop = c.GemmLoop(
        type=c.GemmType.F32, activation=ps.Activation.CLAMP, failed=failed
    )
    value = np.zeros((1, 1), np.float32)
    args = (c_void_p * 3)(*[value.ctypes.data] * 3)
    sizes, steps = (c_ssize_t * 4)(1, 1, 1, 1), (c_ssize_t * 9)()
    lib.pst_gemm_arrays(args, sizes, steps, addressof(loop))
    with pytest.raises(ps.ArgumentError, match="PST_CLAMP has no bounds"):
        ps.matmul(value, value)
    assert (ps.matmul(value, value) == 0).all()


def test_rows_of_records() -> None:
    """Whose distance is no whole number of floats; of one row that does not matter."""
    record = np.dtype(
        {"names": ["v"], "formats": [("f4", (4,))], "offsets": [0], "itemsize": 18}
    )
    values = np.ones(3, record)["v"]
    assert (ps.matmul(values[:1], np.eye(4, dtype="f4")) == 1).all()
    with pytest.raises(ValueError, match="a has strides"):
        ps.matmul(values, np.eye(4, dtype="f4"))
