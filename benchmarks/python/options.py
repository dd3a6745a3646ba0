"""The command line."""

from __future__ import annotations

import argparse
import fnmatch
import os
import pathlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    cases: tuple[str, ...]
    systems: tuple[str, ...]
    rounds: int
    quick: bool
    strict: bool
    output: pathlib.Path
    folder: pathlib.Path

    def wants_case(self, name: str) -> bool:
        return _matches(self.cases, name)

    def wants_system(self, name: str) -> bool:
        return _matches(self.systems, name)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or any(fnmatch.fnmatchcase(name, each) for each in patterns)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(each for each in text.split(",") if each)


def read(words: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="make bench-python",
        description="Penstock for Python beside its peers; see benchmarks/README.md.",
    )
    parser.add_argument(
        "--cases",
        type=_patterns,
        default=(),
        metavar="LIST",
        help="patterns of names, separated by commas: images,t*",
    )
    parser.add_argument(
        "--systems",
        type=_patterns,
        default=(),
        metavar="LIST",
        help="patterns of rows, separated by commas: 'penstock*,grain*'",
    )
    parser.add_argument("--reps", type=int, metavar="N", help="rounds, 5 unless given (quick: 3)")
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("PST_BENCH_QUICK", "0") != "0",
        help="an eighth of the elements, for a look; PST_BENCH_QUICK=1 does the same",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit with 2 when a goal is missed or not judged",
    )
    parser.add_argument(
        "--out",
        type=pathlib.Path,
        default=pathlib.Path("build/bench/python.jsonl"),
        metavar="FILE",
        help="JSON lines, build/bench/python.jsonl unless given",
    )
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        default=pathlib.Path("build/bench/python"),
        metavar="FOLDER",
        help="where generated data and compiled kernels are kept",
    )
    given = parser.parse_args(words)
    return Options(
        cases=given.cases,
        systems=given.systems,
        rounds=given.reps or (3 if given.quick else 5),
        quick=given.quick,
        strict=given.strict,
        output=given.out,
        folder=given.folder.resolve(),
    )
