"""Ends, failures, restarts and children of actors."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from messages import ADD, OTHER, TOTAL
from stages import nothing

import penstock as ps


def test_the_end(engine: ps.Engine) -> None:
    gone: list[str] = []
    actor = engine.spawn(
        lambda context, message: ps.END, destroy=lambda: gone.append("gone")
    )
    actor.send(OTHER)
    engine.await_quiescent()
    assert gone == ["gone"]
    with pytest.raises(ps.StaleError):
        actor.send(OTHER)
    with pytest.raises(LookupError):
        actor.ask(OTHER)


def test_stopping(engine: ps.Engine) -> None:
    seen: list[int] = []
    actor = engine.spawn(lambda context, message: seen.append(message.type))
    for i in range(10):
        actor.send(i)
    actor.stop()
    engine.await_quiescent()
    assert seen == list(range(10))
    counts = engine.stop_actors()
    assert (counts.sent, counts.delivered) == (10, 10)
    with pytest.raises(ps.StateError):
        engine.spawn(nothing)


def fail(context: ps.ActorContext, message: ps.Message) -> None:
    raise ZeroDivisionError("in the behaviour")


def test_a_failure_is_the_cause_of_the_askers(engine: ps.Engine) -> None:
    actor = engine.spawn(fail)
    with pytest.raises(ps.ActorError) as caught:
        actor.ask(OTHER)
    assert caught.value.status == ps.Status.EUSER
    cause = caught.value.__cause__
    assert isinstance(cause, ZeroDivisionError)
    assert cause.__traceback__ is not None
    with pytest.raises(ps.StaleError):
        actor.ask(OTHER)


def test_a_failure_of_its_own(engine: ps.Engine) -> None:
    def refuse(context: ps.ActorContext, message: ps.Message) -> None:
        if message.type == ADD:
            context.fail("nothing to add", status=4711)
        context.reply(message.token, status=4712)

    actor = engine.spawn(refuse, on_failure="resumes")
    for kind, status, text in (
        (ADD, 4711, "nothing to add"),
        (TOTAL, 4712, "status is 4712"),
    ):
        with pytest.raises(ps.ActorError, match=text) as caught:
            actor.ask(kind)
        assert caught.value.status == status
        assert caught.value.__cause__ is None


def test_restarts(engine: ps.Engine) -> None:
    events: list[ps.ActorEvent] = []
    engine.observe(events.append)
    begun: list[str] = []

    def second(context: ps.ActorContext, message: ps.Message) -> None:
        raise ValueError("in the second behaviour")

    def first(context: ps.ActorContext, message: ps.Message) -> None:
        begun.append("first")
        context.become(second)

    def start(context: ps.ActorContext) -> None:
        begun.append("start")

    actor = engine.spawn(first, start=start, on_failure="restarts", name="phoenix")
    for _ in range(3):
        actor.send(OTHER, b"payload")
    engine.await_quiescent()
    assert begun == ["start", "first", "start", "first"]
    assert [event.kind.name for event in events] == ["FAILED", "RESTARTED"]
    assert events[0].name == "phoenix"
    assert events[0].actor == actor
    assert "in the second behaviour" in events[0].text
    engine.observe(None)


def test_dead_letters_are_told(engine: ps.Engine) -> None:
    events: list[ps.ActorEvent] = []
    engine.observe(events.append)
    actor = engine.spawn(lambda context, message: ps.END)
    actor.send(OTHER)
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        actor.send(ADD, b"payload")
    (event,) = events
    assert event.kind is ps.ActorEventKind.DEAD_LETTER
    assert (event.type, event.data, event.actor) == (ADD, b"payload", actor)


def test_a_start_that_fails(engine: ps.Engine) -> None:
    def start(context: ps.ActorContext) -> None:
        raise OSError("cannot begin")

    actor = engine.spawn(nothing, start=start)
    with pytest.raises(ps.PenstockError):
        actor.ask(OTHER)


def test_children_watching_and_supervision(engine: ps.Engine) -> None:
    log: list[Any] = []

    def parent(context: ps.ActorContext, message: ps.Message) -> None:
        if message.type == ADD:
            child = context.spawn_child(fail, name="child")
            context.watch(child)
            context.send(child, OTHER)
        elif message.type == ps.DOWN:
            actor, reason = message.down
            log.append((actor.id != context.self.id, reason))

    engine.spawn(parent).send(ADD)
    engine.await_quiescent()
    assert log == [(True, ps.Status.EUSER)]


def test_many_actors(engine: ps.Engine) -> None:
    gone: list[int] = []
    actors = [
        engine.spawn(lambda context, message: ps.END, destroy=lambda: gone.append(1))
        for _ in range(1000)
    ]
    for actor in actors:
        actor.send(OTHER)
    engine.await_quiescent()
    assert len(gone) == 1000
    assert not engine._actors()._cells


def test_an_engine_of_actors_that_is_dropped() -> None:
    import gc
    import weakref

    class Owner:
        def __init__(self) -> None:
            self.engine = ps.Engine()
            self.gone = threading.Event()
            self.actor = self.engine.spawn(self.behave, destroy=self.gone.set)

        def behave(self, context: ps.ActorContext, message: ps.Message) -> None:
            pass

    owner = Owner()
    owner.actor.send(OTHER)
    gone, alive = owner.gone, weakref.ref(owner.engine)
    del owner
    gc.collect()
    assert gone.wait(60)
    assert alive() is None
