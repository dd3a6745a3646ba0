"""The figures as lines of JSON."""

from __future__ import annotations

import json
import pathlib

import model
from rounds import Result


class JsonLines:
    def __init__(self, path: pathlib.Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w")

    def write(self, case: str, system: str, metric: str, value: float, unit: str) -> None:
        line = {
            "suite": "python",
            "case": case,
            "system": system,
            "metric": metric,
            "value": float(f"{value:.9g}"),
            "unit": unit,
        }
        print(json.dumps(line), file=self._file, flush=True)

    def write_result(self, result: Result) -> None:
        """Medians, the best of the main metric, and the ratios that the table shows."""
        case = result.case
        ours = result.best_row(model.PENSTOCK) if case.ratios else None
        for row in result.rows:
            name = row.system.name
            for column in case.columns:
                value = row.median(column.metric)
                if value is not None:
                    self.write(case.name, name, column.metric, value, column.unit)
            main = case.columns[0]
            best = row.best(main.metric, case.higher_is_better)
            if best is not None:
                self.write(case.name, name, f"{main.metric}_best", best, main.unit)
            ratio = result.ratio(row, ours) if row.measured else None
            if ratio is not None and ours is not None and row is not ours:
                metric = f"ratio to {ours.system.name}"
                self.write(case.name, name, metric, ratio, "x")

    def close(self) -> None:
        self._file.close()
