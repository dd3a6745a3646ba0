"""Starts a process for a measurement and reads what it has found."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import IO

import model

_CHILD = str(pathlib.Path(__file__).with_name("child.py"))
_SECONDS = 180

#: What the environment says to the systems, and would move one of them only: every system is
#: set in its own file, or left as it is installed.
_SAYS_TO_SYSTEMS = (
    "OPENBLAS_",
    "OMP_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "NUMBA_",
    "TF_",
    "XLA_",
    "JAX_",
    "POLARS_",
    "PST_",
    "PENSTOCK_",
    "MALLOC_",
    "PYTHON",
    "LD_PRELOAD",
    "GRPC_",
)
_KEPT = ("PENSTOCK_LIBRARY", "PYTHONPATH")


class FailedError(Exception):
    """A row could not be measured: the first line says why, the rest is what it printed."""


def dropped_variables() -> list[str]:
    return sorted(
        name for name in os.environ if name.startswith(_SAYS_TO_SYSTEMS) and name not in _KEPT
    )


def _environment(folder: pathlib.Path) -> dict[str, str]:
    dropped = dropped_variables()
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **kept,
        "PST_BENCH_FOLDER": str(folder),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        # Quiet, and on the CPU, which is all that is compared.
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "JAX_PLATFORMS": "cpu",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def measure(function: str, size: Mapping[str, int], folder: pathlib.Path) -> model.Outcome:
    """Raises WrongResultError or FailedError."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            [sys.executable, _CHILD, function, json.dumps(dict(size)), str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            env=_environment(folder),
            pass_fds=[writing],
            start_new_session=True,
        )
        os.close(writing)
        try:
            code = process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            # The whole session: loaders have processes of their own.
            os.killpg(process.pid, 9)
            process.wait()
            os.close(reading)
            raise FailedError(f"no end after {_SECONDS} s{_tail(printed)}") from None
        # What it says is short, so it fits into the pipe.
        os.set_blocking(reading, False)
        with open(reading, "rb") as file:
            text = file.read() or b""
        if code or not text:
            raise FailedError(f"exit status {code}{_tail(printed)}")
        answer = json.loads(text)
        if "failed" in answer:
            raise FailedError(f"{answer['failed'].partition(chr(10))[0]}{_tail(printed)}")
    if "wrong" in answer:
        raise model.WrongResultError(answer["wrong"])
    return model.Outcome(**answer) if answer else model.Outcome({})


def _tail(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").splitlines()
    return "".join(f"\n    {line}" for line in lines[-6:])
