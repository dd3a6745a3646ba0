"""polars, with all threads, in memory and streaming."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

from model import Outcome
from words.clock import measure


def _count(polars: Any, file: pathlib.Path, engine: str) -> Any:
    lines = polars.scan_csv(
        file,
        has_header=False,
        new_columns=["line"],
        separator="\x01",
        quote_char=None,
        schema={"line": polars.String},
    )
    words = lines.select(polars.col("line").str.split(" ").explode())
    return words.group_by("line").agg(polars.len()).collect(engine=engine)


def in_memory(size: dict[str, int]) -> Outcome:
    return measure(size, "polars", lambda polars, file: _count(polars, file, "in-memory"), _as_dict)


def streaming(size: dict[str, int]) -> Outcome:
    return measure(size, "polars", lambda polars, file: _count(polars, file, "streaming"), _as_dict)


def _as_dict(frame: Any) -> Mapping[bytes, int]:
    words = (word.encode() for word in frame["line"].to_list())
    return dict(zip(words, frame["len"].to_list(), strict=True))
