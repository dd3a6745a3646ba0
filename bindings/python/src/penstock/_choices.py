"""Arguments as users write them, made into what the library takes."""

from __future__ import annotations

import enum
import math
from typing import TypeVar

from penstock import _signatures as c
from penstock._pointers import describe

E = TypeVar("E", bound=enum.IntEnum)


def choice(kind: type[E], value: E | str | int, what: str) -> E:
    """A member of an enum, also by its name in any case or its number."""
    if isinstance(value, kind):
        return value
    try:
        if isinstance(value, str):
            return kind[value.upper()]
        if isinstance(value, int) and not isinstance(value, (bool, enum.Enum)):
            return kind(value)
    except (KeyError, ValueError):
        pass
    names = ", ".join(repr(member.name.lower()) for member in kind)
    raise ValueError(
        f"{what} must be one of {names} or of penstock.{kind.__name__}, not "
        f"{describe(value)}"
    )


def count(value: int, what: str, bits: int = 64) -> int:
    """A whole number that an unsigned argument of so many bits can hold."""
    try:
        number = value.__index__()
    except AttributeError:
        raise TypeError(
            f"{what} must be a whole number, not {describe(value)}"
        ) from None
    # ctypes would silently keep the lowest bits.
    if not 0 <= number < 2**bits:
        raise ValueError(f"{what} must be at least 0 and below 2^{bits}, not {number}")
    return number


def nanoseconds(seconds: float | None, what: str = "timeout") -> int:
    """Of seconds; None is for ever."""
    if seconds is None:
        return c.FOREVER
    if isinstance(seconds, str) or not hasattr(seconds, "__float__"):
        raise TypeError(f"{what} must be seconds or None, not {describe(seconds)}")
    number = float(seconds)
    if math.isnan(number) or number < 0:
        raise ValueError(f"{what} must not be negative, and is {seconds!r}")
    # The largest number is for ever, and all above 584 years are.
    return min(math.ceil(number * 1e9), c.FOREVER) if number < 1e15 else c.FOREVER


def text(value: str | None, what: str) -> bytes | None:
    """UTF-8; C would end a text at a NUL, so there must be none."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {describe(value)}")
    if "\0" in value:
        raise ValueError(f"{what} must not contain a NUL: {value!r}")
    return value.encode()


def path(value: str | bytes, what: str) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode(errors="surrogateescape")
    if b"\0" in raw:
        raise ValueError(f"{what} must not contain a NUL: {value!r}")
    return raw
