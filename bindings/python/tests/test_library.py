"""Loading: which shared object, and what is said of one that does not fit."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
from programs import output, run

import penstock as ps
from penstock import _library

IMPORT = "import penstock; print(penstock.__version__)"


def test_version() -> None:
    assert ps.__version__ == "0.1.0"
    assert ps.build_info().startswith(f"penstock {ps.__version__}")


def test_another_library_can_be_named(tmp_path: pathlib.Path) -> None:
    copy = tmp_path / "mine.so"
    shutil.copy(_library.path, copy)
    name = "from penstock._library import path; print(path)"
    assert output(name, env={"PENSTOCK_LIBRARY": str(copy)}) == str(copy)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nowhere/libpenstock.so", "/nowhere/libpenstock.so, named by $PENSTOCK_LIBR"),
        (__file__, "cannot be loaded"),
        ("libm", "calls itself libm.so.6; penstock 0.1.0 for Python needs libpenst"),
    ],
)
def test_what_is_no_library(path: str, message: str) -> None:
    if path == "libm":
        maps = pathlib.Path("/proc/self/maps").read_text().split()
        path = next(each for each in maps if each.endswith("/libm.so.6"))
    done = run(IMPORT, env={"PENSTOCK_LIBRARY": path})
    assert done.returncode == 1
    assert "ImportError" in done.stderr
    assert message in done.stderr


class FakeFunction:
    def __init__(self, result: int) -> None:
        self.result = result

    def __call__(self) -> int:
        return self.result


class FakeLibrary:
    def __init__(self, version: int) -> None:
        self.pst_version = FakeFunction(version)


@pytest.mark.parametrize(
    ("version", "text"), [(200, "0.2.0"), (10100, "1.1.0"), (0, "0.0.0")]
)
def test_another_version(
    version: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_library, "soname", lambda library: "libpenstock.so.0")
    library: Any = FakeLibrary(version)
    with pytest.raises(
        ImportError, match=rf"there \(by hand\) is penstock {text}; the"
    ):
        _library._check(library, "there", "by hand")


def test_a_newer_patch_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "soname", lambda library: "libpenstock.so.0")
    library: Any = FakeLibrary(199)
    _library._check(library, "there", "by hand")


def test_a_function_that_is_missing() -> None:
    class Empty:
        pass

    library: Any = Empty()
    with pytest.raises(ImportError, match="there has no pst_status_name"):
        _library._declare(library, "there")


def test_a_package_without_its_library(tmp_path: pathlib.Path) -> None:
    """As in a checkout that was put on the path."""
    package = pathlib.Path(ps.__file__).parent
    copied = tmp_path / "penstock"
    shutil.copytree(package, copied, ignore=shutil.ignore_patterns("*.so.*"))
    env = {key: os.environ[key] for key in os.environ if key != "PENSTOCK_LIBRARY"}
    import sys

    done = subprocess.run(
        [sys.executable, "-c", IMPORT],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "is missing: the package was not installed by pip" in done.stderr
