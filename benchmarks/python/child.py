"""One measurement, in a process of its own: child.py FUNCTION SIZE DESCRIPTOR.

FUNCTION is "module:function", SIZE a JSON object that it gets, and DESCRIPTOR the number of
an open file for what it returns. Standard output belongs to the libraries.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import sys
import traceback

import model


def main(name: str, size: str, descriptor: str) -> int:
    module, _, function = name.partition(":")
    answer: dict[str, object]
    try:
        result = getattr(importlib.import_module(module), function)(json.loads(size))
        answer = dataclasses.asdict(result) if result is not None else {}
    except model.WrongResultError as wrong:
        answer = {"wrong": str(wrong)}
    except Exception as error:
        traceback.print_exc()
        answer = {"failed": f"{type(error).__name__}: {error}"}
    with open(int(descriptor), "w") as file:
        json.dump(answer, file)
    # Threads that a library has left behind, and what it does at exit, are no part of
    # the measurement.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
