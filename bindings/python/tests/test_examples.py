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
    found = re.fullmatch(r"test accuracy 0\.\d+ \((\d+) of 359 held-out rows\)", said)
    assert found is not None, said
    # Seeds 1 to 4 give 355 to 358.
    assert int(found[1]) >= 355
