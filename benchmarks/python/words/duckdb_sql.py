"""duckdb, with all threads, as it is set by itself."""

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
        query = _QUERY.format(lines=_LINES.format(file=file))
        with duckdb.connect() as connection:
            return connection.sql(query).fetchnumpy()

    return measure(size, "duckdb", count, _as_dict)


def _as_dict(columns: Any) -> Mapping[bytes, int]:
    words = (word.encode() for word in columns["word"].tolist())
    return dict(zip(words, columns["n"].tolist(), strict=True))
