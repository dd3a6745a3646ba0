"""Operators: work that the library has built in, composed from Python, run without it.

    from penstock import ops

    ready = ops.crop(40, 40, 400, 400) | ops.resize(224, 224) | ops.normalise(mean, std)
    ready(images)                            # of an array, eagerly
    graph.apply("ready", source, ready)      # as a stage

Each function makes an :class:`Operator`. Results are NumPy's, bit for bit.
"""

from penstock.ops._bound import BoundOperator
from penstock.ops._images import (
    center_crop,
    crop,
    flip,
    random_crop,
    random_flip,
    resize,
)
from penstock.ops._numbers import (
    absolute,
    add,
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    cast,
    ceil,
    clip,
    constant,
    divide,
    equal,
    floor,
    floor_divide,
    greater,
    greater_equal,
    identity,
    invert,
    less,
    less_equal,
    maximum,
    minimum,
    multiply,
    negative,
    normalise,
    not_equal,
    remainder,
    rint,
    sqrt,
    subtract,
    where,
)
from penstock.ops._operator import Operator
from penstock.ops._places import index, reshape, transpose
from penstock.ops._records import field, numbered, record, update
from penstock.ops._tables import gather, one_hot

__all__ = [
    "BoundOperator",
    "Operator",
    "absolute",
    "add",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "cast",
    "ceil",
    "center_crop",
    "clip",
    "constant",
    "crop",
    "divide",
    "equal",
    "field",
    "flip",
    "floor",
    "floor_divide",
    "gather",
    "greater",
    "greater_equal",
    "identity",
    "index",
    "invert",
    "less",
    "less_equal",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "normalise",
    "not_equal",
    "numbered",
    "one_hot",
    "random_crop",
    "random_flip",
    "record",
    "remainder",
    "reshape",
    "resize",
    "rint",
    "sqrt",
    "subtract",
    "transpose",
    "update",
    "where",
]
