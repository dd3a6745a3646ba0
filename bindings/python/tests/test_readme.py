"""The programs in Python of the README print what it says beside them."""

from __future__ import annotations

import pathlib
import re

import pytest
from programs import output

import penstock

ROOT = pathlib.Path(__file__).parents[3]


def programs(path: pathlib.Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), re.DOTALL | re.M)


def says(program: str) -> list[str]:
    """What is written behind each print."""
    return re.findall(r"^\s*print\(.*\)\s+# (.*)$", program, re.MULTILINE)


@pytest.mark.parametrize(
    "program",
    [
        *programs(ROOT / "README.md"),
        *programs(ROOT / "bindings" / "python" / "README.md"),
    ],
)
def test_readme(program: str) -> None:
    assert says(program)
    assert output(program).splitlines() == says(program)


def test_there_is_a_program() -> None:
    assert programs(ROOT / "README.md")
    assert programs(ROOT / "bindings" / "python" / "README.md")


def test_the_packages_own_example() -> None:
    text = penstock.__doc__ or ""
    program = "".join(
        line[4:] + "\n"
        for line in text.splitlines()
        if line.startswith("    ") or not line
    )
    (printed,) = re.findall(r"It prints ``(.*)``", text)
    assert output(program) == printed
