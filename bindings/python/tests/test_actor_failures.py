"""Failures, restarts and ends of actors that are objects."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from actors import Counter
from stages import notes

import penstock as ps


def test_the_asker_gets_the_exception(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine)
    with pytest.raises(ValueError, match="not today") as caught:
        counter.fail.ask("not today")
    names = [entry.name for entry in caught.traceback]
    assert names[-1] == "fail"
    assert names[0] == "test_the_asker_gets_the_exception"
    assert notes(caught.value) == ["in Counter.fail"]
    assert counter.total.ask() == -1


@pytest.mark.parametrize("error", [StopIteration, KeyboardInterrupt, SystemExit])
def test_exceptions_that_mean_something_else_here(
    error: type[BaseException], engine: ps.Engine
) -> None:
    @ps.actor
    def stop(value: int) -> None:
        raise error(value)

    # In a simulation the very thread that asks has run it.
    expected = error if engine.info().simulated else ps.ActorError
    if error is StopIteration:
        expected = ps.ActorError
    with pytest.raises(expected) as caught:
        stop.spawn(engine).ask(3)
    if expected is ps.ActorError:
        assert isinstance(caught.value.__cause__, error)


def test_what_nobody_waits_for_is_logged(
    engine: ps.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter.spawn(engine)
    counter.fail.send("into the void")
    assert counter.total.ask() == -1
    (record,) = caplog.records
    assert record.name == "penstock.actors"
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "Counter.fail failed, and nobody waits for it"
    assert record.exc_info
    assert str(record.exc_info[1]) == "into the void"


def test_restarts_make_a_new_object(engine: ps.Engine) -> None:
    counter = Counter.options(on_failure="restarts").spawn(engine, 10)
    counter.add.send(1)
    with pytest.raises(ValueError, match="again"):
        counter.fail.ask("again")
    assert counter.total.ask() == 10


def test_stopping_by_a_failure(engine: ps.Engine) -> None:
    counter = Counter.options(on_failure="stops").spawn(engine)
    with pytest.raises(ValueError, match="the last"):
        counter.fail.ask("the last")
    with pytest.raises(ps.StaleError, match=r"Counter.total: the actor is gone"):
        counter.total.ask()
    with pytest.raises(ps.StaleError, match=r"Counter.add: the actor is gone"):
        counter.add.send(1)
    with pytest.raises(ps.StaleError):
        counter.add.send_many([1, 2])
    assert not counter._cell.calls


def test_escalating(engine: ps.Engine, caplog: pytest.LogCaptureFixture) -> None:
    made: list[str] = []

    @ps.actor(on_failure="escalates")
    class Child:
        def __init__(self, name: str) -> None:
            made.append(name)

        def fail(self) -> None:
            raise ValueError("of the child")

    @ps.actor(on_failure="restarts")
    class Parent:
        def __init__(self) -> None:
            made.append("parent")
            self.child = Child.spawn(ps.current_actor(), "child")

        def order(self) -> None:
            self.child.fail.send()

        def alive(self) -> bool:
            return True

    parent = Parent.spawn(engine)
    parent.order.ask()
    engine.await_quiescent()
    assert parent.alive.ask()
    assert made == ["parent", "child", "parent", "child"]


def test_too_many_restarts(engine: ps.Engine) -> None:
    counter = Counter.options(on_failure="restarts", max_restarts=2).spawn(engine)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"):
            counter.fail.ask("x")
    with pytest.raises(ps.StaleError):
        counter.total.ask()


@pytest.mark.parametrize("on_failure", ["resumes", "restarts", "stops"])
def test_an_object_that_cannot_be_made(
    on_failure: Any, engine: ps.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    @ps.actor(on_failure=on_failure, max_restarts=2)
    class Broken:
        def __init__(self) -> None:
            raise OSError("no such thing")

        def use(self) -> None: ...

    broken = Broken.spawn(engine)
    with pytest.raises(ps.PenstockError) as caught:
        broken.use.ask()
    assert isinstance(caught.value.__cause__, OSError)
    assert "Broken could not start" in caplog.text
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        broken.use.ask()


def test_the_end_of_objects(engine: ps.Engine) -> None:
    log: list[str] = []

    @ps.actor(on_failure="restarts")
    class Resource:
        def use(self) -> None:
            raise ValueError

        def on_stop(self) -> None:
            log.append("stopped")

        def end(self) -> None:
            ps.current_actor().stop()

    resource = Resource.spawn(engine)
    with pytest.raises(ValueError):  # noqa: PT011
        resource.use.ask()
    engine.await_quiescent()
    assert log == ["stopped"]
    resource.end.ask()
    engine.await_quiescent()
    assert log == ["stopped", "stopped"]
    with pytest.raises(AttributeError, match="understands no message 'on_stop'"):
        _ = resource.on_stop


def test_stop(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine)
    counter.add.send(1)
    counter.stop()
    with pytest.raises(ps.StaleError):
        counter.total.ask()
    other = Counter.spawn(engine)
    other.stop("now")
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        other.total.ask()


def test_an_end_that_fails(engine: ps.Engine, caplog: pytest.LogCaptureFixture) -> None:
    @ps.actor
    class Bad:
        def nothing(self) -> None: ...

        def on_stop(self) -> None:
            raise ValueError("at the end")

    Bad.spawn(engine).stop()
    engine.await_quiescent()
    assert "Bad.on_stop failed" in caplog.text
