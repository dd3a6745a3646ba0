"""Tables for terminals and for notebooks."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

Row = Sequence[str]


def text_table(header: Row, rows: Sequence[Row], right: Sequence[int] = ()) -> str:
    """Aligned columns; right: those that are aligned there, as numbers are."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    made = [
        "  ".join(
            _fill(cell, widths[i], i in right) for i, cell in enumerate(line)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([made[0], "─" * max(map(width, made)), *made[1:]])


def text_list(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what they stand for; a text of several lines is indented."""
    column = max(width(name) for name, _ in rows) + 2
    made = []
    for name, value in rows:
        first, *others = value.splitlines() or [""]
        made.append(_fill(name, column, False) + first)
        made += [" " * column + other for other in others]
    return "\n".join(made)


def html_table(
    header: Row, rows: Sequence[Row], right: Sequence[int] = (), caption: str = ""
) -> str:
    def line(cells: Row, tag: str) -> str:
        made = "".join(
            f'<{tag} style="text-align:{"right" if i in right else "left"}">'
            f"{escape(cell)}</{tag}>"
            for i, cell in enumerate(cells)
        )
        return f"<tr>{made}</tr>"

    return (
        "<table>"
        + (f"<caption>{escape(caption)}</caption>" if caption else "")
        + f"<thead>{line(header, 'th')}</thead><tbody>"
        + "".join(line(row, "td") for row in rows)
        + "</tbody></table>"
    )


def width(text: str) -> int:
    """Columns that a terminal takes for it."""
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def number(value: float, unit: str = "") -> str:
    """Three digits and a prefix: ``13.0 M/s``."""
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= 0.9995 * size:
            return f"{_three(value / size)} {prefix}{unit}"
    text = str(value) if isinstance(value, int) else _three(value)
    return f"{text} {unit}".rstrip()


def duration(nanoseconds: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= 0.9995 * size:
            return f"{_three(nanoseconds / size)} {unit}"
    return f"{_three(nanoseconds)} ns"


def _three(value: float) -> str:
    """With three digits, or all before the point."""
    if abs(value) >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def _fill(text: str, columns: int, right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space
