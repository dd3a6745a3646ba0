"""python -m penstock"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import penstock as ps
from penstock.__main__ import main


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    lines = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert lines["penstock"] == ps.__version__
    assert "libpenstock.so" in lines["library"]
    assert lines["instructions"] in ps.build_info()
    assert lines["build"].startswith("hwloc")
    assert lines["workers"].startswith("at most ")
    assert "memory:" in text
    assert main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["penstock"] == ps.__version__
    assert found["machine"].splitlines()[0] in text


def test_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PST_SPIN_NS", "1000")
    assert main(["info"]) == 0
    assert "PST_SPIN_NS=1000" in capsys.readouterr().out
    monkeypatch.setenv("PST_TOPOLOGY", "xml:/nowhere.xml")
    assert main(["info"]) == 1
    assert "nowhere.xml" in capsys.readouterr().err


def test_bench(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--seconds", "0.002"]) == 0
    header, line, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["crossing", "per", "time", "items"]
    assert set(line) == {"─"}
    assert any(row.startswith("actor, await ask_async") for row in rows)
    assert main(["bench", "--seconds", "0.002", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(rows)
    assert all(line["suite"] == "crossing" and line["value"] > 0 for line in lines)


@pytest.mark.parametrize("arguments", [[], ["pi"], ["bench", "--seconds", "0"]])
def test_mistakes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m penstock" in capsys.readouterr().err


def test_as_a_program() -> None:
    command = [sys.executable, "-m", "penstock", "info"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ps.__version__ in done.stdout
    assert done.stderr == ""
