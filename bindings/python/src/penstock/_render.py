"""Texts that the library makes and takes back."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, string_at
from typing import Any

from penstock import _signatures as c
from penstock._errors import check
from penstock._library import lib


def owned_text(call: Callable[[Any], int]) -> str:
    """What call(out) makes, as a str."""
    text = c.OwnedText()
    check(call(byref(text)))
    try:
        return string_at(text.value or 0).decode()
    finally:
        lib.pst_text_free(text)
