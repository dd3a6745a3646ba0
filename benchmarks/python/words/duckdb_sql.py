"""duckdb, with all threads, as it is set by itself, and its default connection."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

from model import Outcome
from words.clock import measure

_LINES = (
    "read_csv('{file}', columns={{'line': 'VARCHAR'}}, header=false, delim='\\x01', "
    "quote='', escape='', auto_detect=false)"
)
_QUERY = (
    "select word, count(*) as n from "
    "(select unnest(string_split(line, ' ')) as word from {lines}) group by word"
)


def run(size: dict[str, int]) -> Outcome:
    def count(duckdb: Any, file: pathlib.Path) -> Any:
        return duckdb.sql(_QUERY.format(lines=_LINES.format(file=file))).fetchnumpy()

    return measure(size, "duckdb", count, _as_dict, ready=lambda duckdb: duckdb.sql("select 1"))


def _as_dict(columns: Any) -> Mapping[bytes, int]:
    words = (word.encode() for word in columns["word"].tolist())
    return dict(zip(words, columns["n"].tolist(), strict=True))
