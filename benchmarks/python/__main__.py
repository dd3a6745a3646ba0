"""Penstock for Python beside its peers: `make bench-python`, see ../README.md."""

from __future__ import annotations

import importlib
import sys

import goals
import machine
import options
import rounds
import table
from json_lines import JsonLines

CASES = ("images", "tiny", "words", "training", "crossing")


def main(words: list[str]) -> int:
    given = options.read(words)
    machine.show_facts()
    start = machine.Load.now()
    lines = JsonLines(given.output)
    judged: list[goals.Goal] = []
    wrong = 0
    for name in CASES:
        module = importlib.import_module(f"{name}.case")
        if not given.wants_case(module.CASE.name):
            continue
        result = rounds.run(module.CASE, given)
        table.show(result, given.rounds)
        lines.write_result(result)
        judged += module.judge(result)
        wrong += sum(row.fault is not None and not row.absent for row in result.rows)
        sys.stdout.flush()
    start.show_since()
    lines.close()
    missed = goals.show(judged)
    if wrong:
        print(f"{wrong} rows failed or were wrong")
        return 1
    return 2 if given.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
