"""Actors on the program's own threads."""

from __future__ import annotations

import select
import threading
from typing import Any

import pytest
from stages import nothing

import penstock as ps


def test_actors_run_inside_polls(engine: ps.Engine) -> None:
    threads: list[int] = []
    with engine.dispatcher() as dispatcher:
        actor = engine.spawn(
            lambda context, message: threads.append(threading.get_ident()),
            dispatcher=dispatcher,
        )
        for _ in range(5):
            actor.send(1)
        handled = 0
        while handled < 5:
            handled += dispatcher.poll(2, timeout=60)
        assert dispatcher.poll() == 0
        assert dispatcher.poll(timeout=0.001) == 0
    assert threads == [threading.get_ident()] * 5
    with pytest.raises(ps.StaleError):
        actor.send(1)


def test_the_descriptor(engine: ps.Engine) -> None:
    seen: list[int] = []
    dispatcher = engine.dispatcher()
    actor = engine.spawn(
        lambda context, message: seen.append(message.type), dispatcher=dispatcher
    )
    while dispatcher.poll():
        pass
    actor.send(7)
    while not seen:
        assert select.select([dispatcher], [], [], 60)[0] == [dispatcher]
        dispatcher.poll()
    assert seen == [7]


def test_asking_without_waiting(engine: ps.Engine) -> None:
    answers: list[Any] = []

    def answered(context: ps.ActorContext, status: int, message: ps.Message) -> None:
        answers.append((status, message.data, threading.get_ident()))

    actor = engine.spawn(lambda context, message: context.reply(message.token, b"yes"))
    dispatcher = engine.dispatcher()
    dispatcher.ask(actor, 1, answer=answered)
    dispatcher.ask(engine.actor(0), 1, answer=answered)
    while len(answers) < 2:
        dispatcher.poll(timeout=60)
    here = threading.get_ident()
    assert sorted(answers) == [
        (ps.Status.OK, b"yes", here),
        (ps.Status.ESTALE, b"", here),
    ]


def test_two_threads_that_poll(engine: ps.Engine) -> None:
    dispatcher = engine.dispatcher()
    inside = threading.Event()
    errors: list[BaseException] = []
    done = threading.Event()

    def wait(context: ps.ActorContext, message: ps.Message) -> None:
        inside.set()
        done.wait(60)

    engine.spawn(wait, dispatcher=dispatcher).send(1)
    thread = threading.Thread(target=lambda: dispatcher.poll(timeout=60))
    thread.start()
    inside.wait(60)
    try:
        dispatcher.poll()
    except ps.BusyError as error:
        errors.append(error)
    done.set()
    thread.join()
    assert len(errors) == 1


def test_closed(engine: ps.Engine) -> None:
    dispatcher = engine.dispatcher()
    dispatcher.close()
    dispatcher.close()
    assert dispatcher.closed
    for use in (
        dispatcher.poll,
        dispatcher.fileno,
        lambda: engine.spawn(nothing, dispatcher=dispatcher),
        lambda: dispatcher.ask(engine.actor(0), 1, answer=nothing),
    ):
        with pytest.raises(ps.HandleError, match="the dispatcher is closed"):
            use()


def test_closing_it_inside(engine: ps.Engine) -> None:
    dispatcher = engine.dispatcher()
    errors: list[BaseException] = []

    def close(context: ps.ActorContext, message: ps.Message) -> None:
        try:
            dispatcher.close()
        except ps.DeadlockError as error:
            errors.append(error)

    engine.spawn(close, dispatcher=dispatcher).send(1)
    while not errors:
        dispatcher.poll(timeout=60)
    assert not dispatcher.closed


def test_an_engine_ends_its_dispatchers() -> None:
    with ps.Engine() as engine:
        dispatcher = engine.dispatcher()
        engine.spawn(nothing, dispatcher=dispatcher).send(1)
    assert dispatcher.closed


def test_too_many(engine: ps.Engine) -> None:
    made = [engine.dispatcher() for _ in range(16)]
    with pytest.raises(ps.PenstockError):
        engine.dispatcher()
    made[0].close()
    engine.dispatcher()


def test_another_engines(engine: ps.Engine) -> None:
    with ps.Engine() as other, pytest.raises(ps.ArgumentError, match="another engine"):
        engine.spawn(nothing, dispatcher=other.dispatcher())
