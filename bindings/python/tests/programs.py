"""Programs that tests run in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

# What is started in the background by a shell ignores Ctrl-C, and hands that down.
_BEGINNING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


def run(
    program: str, *, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs it and waits for its end; a process that hangs fails the test."""
    return subprocess.run(
        [
            *(sys.executable, "-X", "faulthandler", "-c"),
            _BEGINNING + textwrap.dedent(program),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(env or {})},
        check=False,
    )


def output(program: str, *, env: dict[str, str] | None = None) -> str:
    """What it prints, when it ends well and says nothing else."""
    done = run(program, env=env)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stderr == ""
    return done.stdout.strip()
