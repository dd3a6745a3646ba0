"""What the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import penstock as ps


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Actors are tested on threads and simulated, with two orders of what happens."""
    is_of_actors = metafunc.module.__name__.startswith("test_actor")
    if is_of_actors and "engine" in metafunc.fixturenames:
        executors = [None, "simulated:1", "simulated:5"]
        metafunc.parametrize("engine", executors, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[ps.Engine]:
    with ps.Engine(executor=getattr(request, "param", None)) as made:
        yield made


@pytest.fixture
def graph() -> Iterator[ps.Graph]:
    with ps.Graph("test") as made:
        yield made
