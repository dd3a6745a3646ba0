"""Products as functions that NumPy itself calls.

NumPy looks at operands, makes the result and passes both on in C, in a third of the
time that it takes in Python. Any library may give it such functions; the table of what
it takes for that is the one for extensions in C.
"""

from __future__ import annotations

import ctypes
import importlib
from threading import get_ident
from typing import Any

from penstock import _signatures as c
from penstock._errors import check
from penstock._library import lib
from penstock._signals import guard
from penstock._signatures import Activation, GemmType

#: What the functions are found by.
ACTIVATIONS = {
    None: int(Activation.LINEAR),
    "relu": int(Activation.RELU),
    "gelu": int(Activation.GELU),
    "gelu_tanh": int(Activation.GELU_TANH),
    "sigmoid": int(Activation.SIGMOID),
    "tanh": int(Activation.TANH),
}
# Of NumPy's interface in C: PyUFunc_FromFuncAndDataAndSignature's place in the table,
# the numbers of its types, and that a function has no identity.
_FROM_FUNCTION = 31
_NUMBERS = {GemmType.F32: 11, GemmType.F64: 12}
_NONE = -1

#: Of threads in which a product has failed: the status.
failures: dict[int, int] = {}
_UNKNOWN = 0


@guard
def _fail(status: int) -> None:
    try:
        failures[get_ident()] = status
    except BaseException:
        failures[_UNKNOWN] = status


def raise_failure() -> None:
    """Raises what a product of this thread has failed with, if one has."""
    check(failures.pop(get_ident(), 0) or failures.pop(_UNKNOWN, 0))


def _maker() -> Any:
    try:
        module = importlib.import_module("numpy._core._multiarray_umath")
    except ImportError:  # NumPy 1
        module = importlib.import_module("numpy.core._multiarray_umath")
    python, text = ctypes.py_object, ctypes.c_char_p
    number, address = ctypes.c_int, ctypes.c_void_p
    pointer = ctypes.PYFUNCTYPE(ctypes.POINTER(address), python, text)(
        ("PyCapsule_GetPointer", ctypes.pythonapi)
    )
    # fmt: off
    kind = ctypes.PYFUNCTYPE(
        python, address, address, address, number, number, number, number, text, text,
        number, text,
    )
    # fmt: on
    return kind(pointer(module._UFUNC_API, None)[_FROM_FUNCTION])


# NumPy copies nothing of what a function is made of.
_failed = c.GemmFailedFunction(_fail)
_keep: list[Any] = []


def _functions(type: GemmType, has_bias: bool) -> dict[str | None, Any]:
    make = _maker()
    loop = ctypes.cast(lib.pst_gemm_arrays, ctypes.c_void_p).value
    failed = ctypes.cast(_failed, ctypes.c_void_p)
    operands = 3 if has_bias else 2
    signature = b"(m,k),(k,n),(n)->(m,n)" if has_bias else b"(m,k),(k,n)->(m,n)"
    made = {}
    for name, activation in ACTIVATIONS.items():
        options = c.GemmLoop(
            type=type, has_bias=has_bias, activation=activation, failed=failed
        )
        loops = (ctypes.c_void_p * 1)(loop)
        data = (ctypes.c_void_p * 1)(ctypes.addressof(options))
        types = (ctypes.c_byte * (operands + 1))(*[_NUMBERS[type]] * (operands + 1))
        texts = b"penstock_matmul", b"A product; see penstock.matmul."
        _keep.append((options, loops, data, types, texts, signature))
        places = (ctypes.addressof(each) for each in (loops, data, types))
        made[name] = make(*places, 1, operands, 1, _NONE, *texts, 0, signature)
    return made


#: By the name of the activation, without and with a bias.
F32 = _functions(GemmType.F32, False), _functions(GemmType.F32, True)
F64 = _functions(GemmType.F64, False), _functions(GemmType.F64, True)
