"""Element types, and their match with those of C."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import penstock as ps


@pytest.mark.parametrize(
    ("dtype", "name", "size", "alignment"),
    [
        (np.float32, "float", 4, 4),
        (float, "double", 8, 8),
        ("i8", "int64_t", 8, 8),
        ("u1", "uint8_t", 1, 1),
        (bool, "bool", 1, 1),
        (("f4", (64,)), "float[64]", 256, 4),
        (("i2", (3, 2)), "int16_t[3][2]", 12, 2),
        ("c8", "<c8", 8, 4),
        ("U4", "<U4", 16, 4),
        ("M8[ns]", "<M8[ns]", 8, 8),
        ("V12", "|V12", 12, 1),
        (">f4", ">f4", 4, 4),
        (
            np.dtype([("x", "f4"), ("n", "u1", (3,))], align=True),
            "{x@0:float,n@4:uint8_t[3]}",
            8,
            4,
        ),
    ],
)
def test_of_dtypes(dtype: Any, name: str, size: int, alignment: int) -> None:
    made = ps.ElementType(dtype)
    assert made.name == name
    assert (made.size, made.raw.alignment) == (size, alignment)
    array = made.empty(3)
    assert array.shape == (3, *made.shape)
    assert array.nbytes == 3 * size


def test_bfloat16() -> None:
    import ml_dtypes

    made = ps.ElementType(ml_dtypes.bfloat16)
    assert (made.name, made.size) == ("bfloat16", 2)


def test_predefined() -> None:
    assert ps.BYTES.size == 32
    assert ps.BYTES.dtype.names == ("data", "size", "owner", "release")
    assert ps.TENSOR.size == 8
    assert ps.ElementType.of(ps.BYTES) is ps.BYTES


def test_a_type_of_c() -> None:
    made = ps.ElementType("V24", name="struct point", alignment=8)
    assert repr(made) == "ElementType('struct point', 24 bytes)"


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        (object, "elements of object hold Python objects"),
        ([("a", "i4"), ("b", "O")], "hold Python objects"),
        ("V0", "have no bytes"),
        (("f4", (0,)), "have no bytes"),
        ("float33", "expected a dtype or an ElementType, not str 'float33'"),
        (3.5, "expected a dtype"),
        (None, "not None"),
    ],
)
def test_what_is_no_type(dtype: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ps.ElementType(dtype)


def test_types_that_do_not_match(engine: ps.Engine, graph: ps.Graph) -> None:
    inputs = [graph.feed("a", "i8"), graph.feed("b", "f8")]
    with pytest.raises(ps.ElementTypeError, match="merge"):
        graph.merge("merge", inputs)


@pytest.mark.parametrize("alignment", [3, 16, 256])
def test_wrong_alignments(alignment: int, graph: ps.Graph) -> None:
    with pytest.raises(ps.ArgumentError, match="alignment"):
        graph.feed("feed", ps.ElementType("i8", alignment=alignment))
