"""Payloads of messages that live until the library gives them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import addressof, c_uint64
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock import _signatures as c
from penstock._errors import error_of
from penstock._messages import address, payload
from penstock._pointers import function_address

if TYPE_CHECKING:
    from penstock._actor_calls import Call
    from penstock._actor_objects import ObjectCell


class LentPayloads:
    """Of the messages to the actors of one engine."""

    def __init__(self, numbers: Iterator[int]) -> None:
        """numbers: for what goes to the library as a number, each once."""
        self._numbers = numbers
        self._by_number: dict[int, Any] = {}
        self._release = c.ReleaseFunction(self._take_back)

    def __len__(self) -> int:
        return len(self._by_number)

    def clear(self) -> None:
        self._by_number.clear()

    def lend(self, data: Any, call: Callable[[c.Bytes], int]) -> None:
        """call(bytes) sends data, which lives until the library gives it back."""
        kept_data, size = payload(data)
        token = next(self._numbers)
        if isinstance(kept_data, bytes):
            kept_data = np.frombuffer(kept_data, np.uint8)
        self._by_number[token] = kept_data
        status = call(
            c.Bytes(
                data=address(kept_data) if size else None,
                size=size,
                owner=token,
                release=function_address(self._release),
            )
        )
        if status:
            # A dead letter was given back already.
            self._by_number.pop(token, None)
            raise error_of(status)

    def _take_back(self, token: int) -> None:
        lent = self._by_number.pop(token, None)
        if isinstance(lent, tuple):
            # Of a message that was dropped; else the call has arrived.
            lent[0].calls.pop(token, None)

    def lend_call(
        self, cell: ObjectCell, call: Call, send: Callable[[c.Bytes], int]
    ) -> None:
        """send(bytes) sends the call's number, which the library gives back."""
        number = next(self._numbers)
        box = c_uint64(number)
        cell.calls[number] = call
        self._by_number[number] = (cell, box)
        status = send(
            c.Bytes(
                data=addressof(box),
                size=8,
                owner=number,
                release=function_address(self._release),
            )
        )
        if status:
            self._take_back(number)
            raise cell.failure(call, status)
