"""Exceptions: one for each family of statuses, that users know how to catch."""

from __future__ import annotations

import builtins

import pytest

import penstock as ps
from penstock import _errors
from penstock._library import lib
from penstock._signatures import Status

NATURAL = {
    Status.EINVAL: ValueError,
    Status.ENOMEM: MemoryError,
    Status.EHANDLE: ValueError,
    Status.ETYPE: TypeError,
    Status.EPORT: ValueError,
    Status.ECYCLE: ValueError,
    Status.ETIMEDOUT: builtins.TimeoutError,
    Status.EAGAIN: BlockingIOError,
    Status.ETOPOLOGY: ValueError,
    Status.ENOTSUP: NotImplementedError,
    Status.ESYSTEM: OSError,
    Status.ESTALE: LookupError,
}
ERRORS = [
    status
    for status in Status
    if status not in (Status.OK, Status.END, Status.EUSER, Status.STATUS_MAX)
]


@pytest.mark.parametrize("status", ERRORS)
def test_each_status_has_a_class(status: Status) -> None:
    error = _errors.error_of(status, "what happened")
    assert type(error) is not ps.PenstockError
    assert isinstance(error, ps.PenstockError)
    assert isinstance(error, RuntimeError)
    assert isinstance(error, NATURAL.get(status, RuntimeError))
    assert error.status is status
    assert str(error) == "what happened"
    assert type(error).__name__ in ps.__all__


@pytest.mark.parametrize("status", list(Status))
def test_names_are_those_of_the_library(status: Status) -> None:
    if status is not Status.STATUS_MAX:
        assert lib.pst_status_name(status).decode() == f"PST_{status.name}"


def test_statuses_of_programs() -> None:
    error = _errors.error_of(4711, "mine")
    assert isinstance(error, ps.ActorError)
    assert error.status == 4711


def test_the_text_is_the_librarys() -> None:
    with pytest.raises(ps.TopologyError) as caught:
        ps.Engine(topology="xml:/nowhere.xml")
    assert str(caught.value) == lib.pst_last_error().decode()
    assert "/nowhere.xml" in str(caught.value)
