"""What a case is, what a row of it is, and what a measurement of a row brings home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PENSTOCK = "penstock"


@dataclass(frozen=True)
class Column:
    """A metric, and how the table shows it."""

    metric: str
    unit: str
    #: Of the number in the table: what it is divided by, and its format.
    scale: float = 1
    format: str = ".2f"
    heading: str = ""


@dataclass(frozen=True)
class System:
    """A row: one system with one setting. ``peer`` groups the rows of a system."""

    name: str
    peer: str
    #: A function of one argument, the case's size: "tiny.generators:run".
    function: str
    #: Packages without which the row is absent.
    needs: tuple[str, ...] = ()
    #: False: shown, but no peer that a goal is judged by.
    counts: bool = True


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    systems: tuple[System, ...]
    #: The first is what ratios are of.
    columns: tuple[Column, ...]
    higher_is_better: bool
    #: What the functions get.
    size: Mapping[str, int]
    quick_size: Mapping[str, int]
    #: A function of the size that makes files once, before any measurement.
    prepare: str | None = None
    #: Whether the rows do the same, so that their ratios say something.
    ratios: bool = True
    notes: tuple[str, ...] = ()


class WrongResultError(Exception):
    """A system has computed something else than it was asked for."""


@dataclass
class Outcome:
    """Of one measurement."""

    values: dict[str, float]
    #: What the system has computed, in short. Rows that have an entry of the same name
    #: must agree: numbers within a thousandth, whole numbers and texts exactly.
    answer: dict[str, int | float | str] = field(default_factory=dict)


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise WrongResultError(text)
