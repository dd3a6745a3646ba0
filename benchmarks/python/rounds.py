"""Runs a case: every row once in a round, round after round, and keeps what they measured."""

from __future__ import annotations

import importlib.util
import math
import statistics
import sys
from dataclasses import dataclass, field

import measurement
import model
from options import Options


@dataclass
class Row:
    system: model.System
    #: Of each round: metric to value. None: not measured, or not rightly.
    rounds: list[dict[str, float]] = field(default_factory=list)
    fault: str | None = None
    absent: bool = False

    @property
    def measured(self) -> bool:
        return bool(self.rounds) and self.fault is None

    def median(self, metric: str) -> float | None:
        values = [values[metric] for values in self.rounds if metric in values]
        return statistics.median(values) if values and self.measured else None

    def best(self, metric: str, higher_is_better: bool) -> float | None:
        values = [values[metric] for values in self.rounds if metric in values]
        if not values or not self.measured:
            return None
        return max(values) if higher_is_better else min(values)


@dataclass
class Result:
    case: model.Case
    rows: list[Row]

    def row(self, name: str) -> Row | None:
        rows = (row for row in self.rows if row.system.name == name)
        return next((row for row in rows if row.measured), None)

    def best_row(self, *peers: str, metric: str | None = None) -> Row | None:
        """Of these peers, the row with the best median among those that count."""
        metric = metric or self.case.columns[0].metric
        found = [
            (value, row)
            for row in self.rows
            if row.system.counts and row.system.peer in peers
            if (value := row.median(metric)) is not None
        ]
        pick = max if self.case.higher_is_better else min
        return pick(found, key=lambda pair: pair[0])[1] if found else None

    def ratio(self, row: Row | None, other: Row | None, metric: str = "") -> float | None:
        """The median, over the rounds, of the quotients of the two rows' values."""
        metric = metric or self.case.columns[0].metric
        if row is None or other is None:
            return None
        quotients = [
            a[metric] / b[metric]
            for a, b in zip(row.rounds, other.rounds, strict=True)
            if metric in a and b.get(metric)
        ]
        return statistics.median(quotients) if quotients else None


def run(case: model.Case, options: Options) -> Result:
    rows = [Row(system) for system in case.systems if options.wants_system(system.name)]
    size = case.quick_size if options.quick else case.size
    for row in rows:
        missing = [name for name in row.system.needs if not importlib.util.find_spec(name)]
        if missing:
            row.absent = True
            row.fault = f"absent: no {', '.join(missing)}"
    if case.prepare and any(not row.absent for row in rows):
        measurement.measure(case.prepare, size, options.folder)
    answers: dict[str, tuple[int | float | str, str]] = {}
    for number in range(options.rounds):
        for row in rows:
            if row.fault is None:
                _progress(f"{case.name}, round {number + 1}: {row.system.name}")
                _measure(row, size, options, answers)
    _progress("")
    return Result(case, rows)


def _measure(
    row: Row,
    size: object,
    options: Options,
    answers: dict[str, tuple[int | float | str, str]],
) -> None:
    try:
        outcome = measurement.measure(row.system.function, size, options.folder)  # type: ignore[arg-type]
        for name, value in outcome.answer.items():
            first, whose = answers.setdefault(name, (value, row.system.name))
            model.expect(
                _equal(first, value),
                f"{name} is {value}, and {first} according to {whose}",
            )
        row.rounds.append(outcome.values)
    except measurement.FailedError as failure:
        row.fault = f"failed: {failure}"
    except model.WrongResultError as wrong:
        row.fault = f"wrong result: {wrong}"


def _equal(a: int | float | str, b: int | float | str) -> bool:
    if isinstance(a, float) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-6)
    return a == b


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)
