"""What a graph does, as tables and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from penstock._signatures import Format, View
from penstock._tables import duration, html_table, number

Render = Callable[[View, Format], str]


@dataclass(frozen=True)
class PlanThread:
    """One thread of a plan.

    tasks: the names of what it runs; stages that are fused have a + between them.
    core: its number, None where it is not bound to one. planned, applied: processors,
    as ``"0-3,8"``; applied is None where nothing could be bound. ran_on: a processor
    that it was seen on.
    """

    name: str
    tasks: tuple[str, ...]
    core: int | None
    planned: str
    applied: str | None
    ran_on: int | None
    reason: str


class Plan:
    """Which thread runs what on which core, and why; of a graph's current or last run.

    ``print`` shows a table, a notebook the machine with the threads on it as well.
    """

    def __init__(self, render: Render) -> None:
        self._text = render(View.PLAN, Format.TEXT)
        self._svg = render(View.PLAN, Format.SVG)
        found = json.loads(render(View.PLAN, Format.JSON))
        names = [task["name"] for task in found["tasks"]]
        self.threads = tuple(_thread(each, names) for each in found["threads"])
        #: What could not be done as it was wished.
        self.warnings: tuple[str, ...] = tuple(map(str, found["warnings"]))

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [
            (
                thread.name,
                ", ".join(thread.tasks),
                "" if thread.core is None else str(thread.core),
                thread.planned,
                thread.applied or "",
                thread.reason,
            )
            for thread in self.threads
        ]
        header = ("thread", "tasks", "core", "planned", "applied", "why")
        return self._svg + html_table(header, rows)


def _thread(found: dict[str, Any], names: list[str]) -> PlanThread:
    applied = found["applied"] or {}
    return PlanThread(
        name=found["name"],
        tasks=tuple(names[task] for task in found["tasks"]),
        core=found["core"],
        planned=found["planned"] or "",
        applied=applied.get("actual"),
        ran_on=applied.get("lastProcessor"),
        reason=found["reason"],
    )


@dataclass(frozen=True)
class StatsRow:
    """One stage, summed over its replicas. errors: elements that it failed on."""

    stage: str
    kind: str
    replicas: int
    elements_in: int
    elements_out: int
    activations: int
    busy_ns: int
    starved_ns: int
    blocked_ns: int
    queue_high_water: int
    queue_capacity: int
    errors: int
    skipped: int
    retried: int
    dead_lettered: int
    wall_ns: int

    def share(self, nanoseconds: int) -> float:
        """Of the time that its replicas had."""
        whole = self.wall_ns * self.replicas
        return nanoseconds / whole if whole else 0.0


class GraphStats:
    """What each stage has done in the graph's current or last run.

    A sequence of :class:`StatsRow`; ``stats["name"]`` is that of one stage. ``print``
    shows a table, and so does a notebook.
    """

    def __init__(self, render: Render) -> None:
        self._text = render(View.STATS, Format.TEXT)
        found = json.loads(render(View.STATS, Format.JSON))
        self.rows = tuple(StatsRow(**_snake(row)) for row in found["rows"])
        #: The stage that holds the others up, if one does.
        self.bottleneck: str | None = found["bottleneck"]
        #: The same in a sentence, with what to do about it.
        self.summary: str = found["summary"]

    def __getitem__(self, stage: str) -> StatsRow:
        for row in self.rows:
            if row.stage == stage:
                return row
        raise KeyError(
            f"no stage {stage!r}; there are {', '.join(row.stage for row in self.rows)}"
        )

    def __iter__(self) -> Iterator[StatsRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        header = (
            *("stage", "kind", "in", "out", "rate", "activations", "busy"),
            *("starved", "blocked", "time busy", "queue", "errors"),
        )
        rows = [_cells(row) for row in self.rows]
        right = range(2, len(header))
        return html_table(header, rows, right, caption=self.summary)


def _cells(row: StatsRow) -> tuple[str, ...]:
    seconds = row.wall_ns / 1e9
    moved = row.elements_in or row.elements_out
    queue = f"{row.queue_high_water}/{row.queue_capacity}"
    return (
        row.stage if row.replicas == 1 else f"{row.stage} x {row.replicas}",
        row.kind,
        number(row.elements_in),
        number(row.elements_out),
        number(moved / seconds if seconds else 0.0, "/s"),
        str(row.activations),
        *(
            f"{row.share(time):.0%}"
            for time in (row.busy_ns, row.starved_ns, row.blocked_ns)
        ),
        duration(row.busy_ns),
        queue if row.queue_capacity else "",
        str(row.errors),
    )


def _snake(row: dict[str, Any]) -> dict[str, Any]:
    """elementsIn: elements_in."""
    return {
        "".join("_" + c.lower() if c.isupper() else c for c in name): value
        for name, value in row.items()
    }
