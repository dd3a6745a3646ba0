"""Versions, machine, capacity and settings: what a report of a fault should say."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from penstock import _library
from penstock._engine import Engine
from penstock._library import __version__, build_info

# Packages that this one works with when they are there.
_OPTIONAL = ("cffi", "ml_dtypes", "numba", "torch", "tqdm")


def information() -> dict[str, str]:
    """By name; in the order in which they are to be read."""
    build = _parts(build_info())
    with Engine() as engine:
        machine = engine.render().strip()
        found = engine.info()
    return {
        "penstock": __version__,
        "library": f"{_library.path} ({_library.origin})",
        "build": ", ".join(part for part in build[1:] if "kernels" not in part),
        "instructions": _kernels(build),
        "python": f"{platform.python_version()} ({platform.python_implementation()}), "
        f"{sys.executable}",
        "numpy": np.__version__,
        "optional": _optional(),
        "system": f"{platform.platform()}, {platform.machine()}",
        "machine": machine,
        "workers": f"at most {found.workers}, of {found.allowed} allowed processors "
        f"on {found.cores} cores",
        "settings": _settings(),
    }


def _kernels(build: list[str]) -> str:
    found = [part for part in build if part.startswith("kernels ")]
    return found[0].removeprefix("kernels ") if found else "unknown"


def _parts(text: str) -> list[str]:
    """What commas separate, those within brackets left alone."""
    made: list[str] = []
    for part in text.split(", "):
        if made and made[-1].count("(") > made[-1].count(")"):
            made[-1] += ", " + part
        else:
            made.append(part)
    return made


def _optional() -> str:
    there, missing = [], []
    for name in _OPTIONAL:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    return ", ".join(there) + (f"; not: {', '.join(missing)}" if missing else "")


def _settings() -> str:
    """The variables of the environment that change what the library does."""
    found = [f"{k}={v}" for k, v in sorted(os.environ.items()) if _is_ours(k)]
    return "\n".join(found) or "none of PST_* and PENSTOCK_LIBRARY"


def _is_ours(name: str) -> bool:
    return name.startswith("PST_") or name == "PENSTOCK_LIBRARY"
