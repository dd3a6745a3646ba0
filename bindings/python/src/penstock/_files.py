"""Stages over blocks of bytes: files, what they are split into, and records."""

from __future__ import annotations

import os
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock import _signatures as c
from penstock._choices import choice, count, path, text
from penstock._description import Description
from penstock._errors import check
from penstock._library import lib
from penstock._pointers import describe
from penstock._signatures import Cut, SplitKind
from penstock._stage import Stage
from penstock._types import BYTES, ElementType

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from typing_extensions import Unpack

    from penstock._settings import StageOptions
    from penstock._spans import Array

    Paths = str | bytes | os.PathLike[Any]


#: The same hash as a key: ``graph.distribute(words, "by_key", key=bytes_hash)``.
bytes_hash = lib.pst_bytes_hash


class FileStages(Description):
    """Files and what they consist of; a base of :class:`Graph`.

    Blocks and their pieces are elements of type ``BYTES``. A piece lies in its block,
    nothing is copied; whoever gets such elements in Python gives them back with
    :func:`byte_strings` or :func:`release_bytes`. ``split`` and ``reduce`` with equally
    many replicas and ``order="unordered"`` run as one.
    """

    def files(
        self,
        name: str,
        paths: Paths | Iterable[Paths],
        *,
        cut: Cut | str = Cut.LINES,
        record_size: int = 0,
        block_size: int = 0,
        largest: int = 0,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """A source of the bytes of files, in blocks, one file after the other.

        cut
            Where a block may end, other than with its file: after a line feed, "spaces"
            after ASCII white space, "records" after a multiple of ``record_size``,
            "files" nowhere.
        block_size
            Bytes of memory for a block; 0 is 128 KiB.
        largest
            Bytes that may have to stay together, as in a line; 0 is 2^30.

        A file that cannot be read ends the run with a StageError that names it.
        Where files are not in memory already, ``thread="blocking"`` keeps workers free
        while the disk is waited for.
        """
        names = _paths(paths)
        raw = c.FilesOptions(
            cut=choice(Cut, cut, "cut"),
            record_size=count(record_size, "record_size"),
            block_size=count(block_size, "block_size"),
            largest=count(largest, "largest"),
        )
        stage = lib.pst_files(
            self._live(),
            text(name, "name"),
            (c_char_p * len(names))(*names),
            len(names),
            byref(raw),
        )
        return self._native(name, stage, BYTES, None, options)

    def split(
        self,
        name: str,
        input: Stage,
        kind: SplitKind | str = SplitKind.WORDS,
        *,
        delimiter: bytes = b"\n",
        record_size: int = 0,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Blocks of bytes into the pieces that they consist of, in order.

        kind
            "words" as of ``bytes.split()``; "lines" without their ends; "byte": each
            ends with ``delimiter``, one byte, which is no part of it; "records" of
            ``record_size`` bytes.
        """
        taken = self._input(input)
        how = choice(SplitKind, kind, "kind")
        if not isinstance(delimiter, bytes) or len(delimiter) != 1:
            raise ValueError(
                f"delimiter must be one byte, as b',', not {describe(delimiter)}"
            )
        raw = c.SplitOptions(
            kind=how,
            delimiter=delimiter[0],
            record_size=count(record_size, "record_size"),
        )
        stage = lib.pst_split(self._live(), text(name, "name"), input.raw, byref(raw))
        return self._native(name, stage, BYTES, taken, options)

    def hash(self, name: str, input: Stage, **options: Unpack[StageOptions]) -> Stage:
        """A 64-bit hash (``uint64``) of each element of type ``BYTES``.

        Not the same in every version of the library, nor made against keys that are
        chosen to collide. See also :data:`bytes_hash`.
        """
        return self.map(name, input, np.uint64, lib.pst_bytes_to_hash, **options)

    def unpack(
        self,
        name: str,
        input: Stage,
        type: ElementType | DTypeLike,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Records of fixed size, copied out of blocks as elements of a type."""
        taken, made = self._input(input), ElementType.of(type)
        stage = lib.pst_unpack(
            self._live(), text(name, "name"), input.raw, made.reference
        )
        return self._native(name, stage, made, taken, options)


def byte_elements(strings: Iterable[bytes]) -> Array:
    """Elements of type ``BYTES`` with copies of the strings, for :meth:`Graph.push`.

    Whoever takes them gives them back; :func:`release_bytes` where nobody does.
    """
    parts = list(strings)
    elements = BYTES.empty(len(parts))
    bounds = np.zeros(len(parts) + 1, np.int64)
    try:
        np.cumsum([memoryview(part).nbytes for part in parts], out=bounds[1:])
        data = b"".join(parts)
    except TypeError as error:
        raise TypeError(f"expected strings of bytes: {error}") from None
    check(
        lib.pst_bytes_scatter(
            data,
            bounds.ctypes.data,
            len(parts),
            elements.ctypes.data_as(POINTER(c.Bytes)),
        )
    )
    return elements


def byte_strings(elements: Array, *, release: bool = True) -> list[bytes]:
    """The bytes of elements of type ``BYTES``, which are given back unless told not to.

    elements: as pulled from a drain or given to a stage's callable, also one field of
    records. Elements that were given back are empty from then on; of a copy of theirs
    nothing may be read any more.
    """
    address, stride = _blocks(elements)
    ends = np.empty(len(elements) + 1, np.int64)
    ends_address = ends.ctypes.data
    check(lib.pst_bytes_gather(address, stride, len(elements), None, 0, ends_address))
    data = np.empty(int(ends[-1]), np.uint8)
    check(
        lib.pst_bytes_gather(
            address, stride, len(elements), data.ctypes.data, data.size, None
        )
    )
    if release:
        lib.pst_bytes_release(address, stride, len(elements))
    whole, bounds = data.tobytes(), ends.tolist()
    return [whole[begin:end] for begin, end in pairwise(bounds)]


def release_bytes(elements: Array) -> None:
    """Gives elements of type ``BYTES`` back, which are empty from then on."""
    address, stride = _blocks(elements)
    lib.pst_bytes_release(address, stride, len(elements))


def _blocks(elements: Array) -> tuple[int, int]:
    """The address of the first and the bytes from one to the next."""
    if not isinstance(elements, np.ndarray) or elements.dtype != BYTES.dtype:
        raise TypeError(
            f"expected an array of {BYTES.dtype} (elements of type BYTES), not "
            f"{describe(elements)}"
        )
    if elements.ndim != 1:
        raise ValueError(f"expected one dimension, not shape {elements.shape}")
    return elements.ctypes.data, elements.strides[0] if len(elements) else 0


def _paths(given: Paths | Iterable[Paths]) -> list[bytes]:
    if isinstance(given, (str, bytes, os.PathLike)):
        given = [given]
    try:
        names = [path(os.fspath(each), "path") for each in given]
    except TypeError as error:
        raise TypeError(
            f"paths must be a path or several of them, not {describe(given)}"
        ) from error
    if not names:
        raise ValueError("paths must name at least one file")
    return names
