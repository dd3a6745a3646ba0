"""A case's table."""

from __future__ import annotations

import model
from rounds import Result, Row


def show(result: Result, rounds: int) -> None:
    case = result.case
    ours = result.best_row(model.PENSTOCK) if case.ratios else None
    print(f"\n{case.name}: {case.title}")
    head = [f"median of {rounds}"]
    for column in case.columns:
        head.append(column.heading or f"{column.metric} {column.unit}")
        if column is case.columns[0]:
            head.append("best")
            if case.ratios:
                head.append("ratio")
    lines = [head]
    faults = []
    for row in result.rows:
        if row.fault is not None:
            faults.append((row.system.name, row.fault))
            continue
        lines.append(_cells(result, row, ours))
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for cells in lines:
        padded = [
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        print("  " + "  ".join(padded).rstrip())
    for name, fault in faults:
        print(f"  {name}: {fault}")
    if ours is not None:
        print(f"  ratio: to {ours.system.name}")
    for note in case.notes:
        print(f"  {note}")


def _cells(result: Result, row: Row, ours: Row | None) -> list[str]:
    case = result.case
    cells = [row.system.name + ("" if row.system.counts else " *")]
    for column in case.columns:
        cells.append(_number(row.median(column.metric), column))
        if column is case.columns[0]:
            cells.append(_number(row.best(column.metric, case.higher_is_better), column))
            if not case.ratios:
                continue
            ratio = result.ratio(row, ours)
            cells.append("-" if ratio is None else f"{ratio:.2f}")
    return cells


def _number(value: float | None, column: model.Column) -> str:
    return "-" if value is None else format(value / column.scale, column.format)
