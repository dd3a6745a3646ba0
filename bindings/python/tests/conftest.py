"""What the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import penstock as ps


@pytest.fixture
def engine() -> Iterator[ps.Engine]:
    with ps.Engine() as made:
        yield made


@pytest.fixture
def graph() -> Iterator[ps.Graph]:
    with ps.Graph("test") as made:
        yield made
