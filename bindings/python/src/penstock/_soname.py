"""The name that a shared object gives itself, which says its binary interface."""

from __future__ import annotations

from ctypes import (
    CDLL,
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_int,
    c_int64,
    c_uint64,
    c_void_p,
    string_at,
)

_RTLD_DI_LINKMAP = 2
_DT_NULL, _DT_STRTAB, _DT_SONAME = 0, 5, 14


class _Dynamic(Structure):
    """Elf64_Dyn"""

    _fields_ = [("tag", c_int64), ("value", c_uint64)]


class _LinkMap(Structure):
    """The public beginning of struct link_map."""

    _fields_ = [
        ("address", c_void_p),
        ("name", c_char_p),
        ("dynamic", POINTER(_Dynamic)),
    ]


def soname(library: CDLL) -> str:
    """Such as ``libpenstock.so.0``; empty for a library that has no name."""
    dlinfo = CDLL(None).dlinfo
    dlinfo.argtypes = (c_void_p, c_int, c_void_p)
    link = POINTER(_LinkMap)()
    if dlinfo(library._handle, _RTLD_DI_LINKMAP, byref(link)) != 0:
        return ""
    entries = {}
    for entry in link.contents.dynamic:
        if entry.tag == _DT_NULL:
            break
        entries[entry.tag] = entry.value
    if _DT_SONAME not in entries:
        return ""
    # The loader has made an address of the string table's offset.
    return string_at(entries[_DT_STRTAB] + entries[_DT_SONAME]).decode()
