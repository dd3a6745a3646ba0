"""The examples in Python do what they say."""

from __future__ import annotations

import pathlib
import re

from programs import output

EXAMPLES = pathlib.Path(__file__).parents[3] / "examples" / "python"


def test_digits() -> None:
    program = EXAMPLES / "digits.py"
    assert len(program.read_text().splitlines()) < 60
    said = output(f"import runpy; runpy.run_path({str(program)!r})")
    accuracy = re.fullmatch(
        r"test accuracy (0\.\d+) \(\d+ of 359 held-out rows\)", said
    )
    assert accuracy is not None, said
    # That of the program in C is 0.9944; one row is 0.0028.
    assert float(accuracy[1]) >= 0.98
