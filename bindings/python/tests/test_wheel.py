"""What pip has installed: whole, and in need of nothing else on the machine."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import re
import shutil
import sys

import pytest
from programs import output

import penstock as ps
from penstock import _library

pytestmark = pytest.mark.skipif(
    "PENSTOCK_LIBRARY" in os.environ, reason="a library of development is in use"
)
PACKAGE = pathlib.Path(ps.__file__).parent


def files() -> list[importlib.metadata.PackagePath]:
    return list(importlib.metadata.files("penstock") or [])


def test_it_is_what_was_installed() -> None:
    assert PACKAGE.is_relative_to(sys.prefix)
    assert importlib.metadata.version("penstock") == ps.__version__


def test_the_tag() -> None:
    wheel = next(file for file in files() if file.name == "WHEEL")
    assert re.search(r"^Tag: py3-none-linux_\w+$", wheel.read_text(), re.MULTILINE)


def test_it_brings_its_libraries() -> None:
    assert pathlib.Path(_library.path).parent == PACKAGE
    mapped = pathlib.Path("/proc/self/maps").read_text()
    for name in (r"libpenstock\.so\.\d+", r"libhwloc\.so\.\d+"):
        paths = set(re.findall(rf"\S*/{name}\S*", mapped))
        assert {pathlib.Path(each).parent for each in paths} == {PACKAGE}


def test_it_brings_licences_and_types() -> None:
    names = {file.name for file in files()}
    assert {"py.typed", "LICENSE", "LICENSE.hwloc"} <= names


@pytest.mark.parametrize("tool", ["swift", "cc", "gcc", "clang", "cmake", "ninja"])
def test_no_tool_is_needed(tool: str) -> None:
    """The tests run without any, so nothing of the package can have used one."""
    assert shutil.which(tool) is None


def test_only_numpy_is_needed() -> None:
    program = """
        import sys
        before = set(sys.modules)
        import penstock
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(sorted(new - set(sys.stdlib_module_names)))
    """
    assert output(program) == "['numpy', 'penstock']"
    requires = [
        each
        for each in importlib.metadata.requires("penstock") or []
        if "extra ==" not in each
    ]
    assert [re.match(r"\w+", each)[0] for each in requires] == ["numpy"]  # type: ignore[index]
