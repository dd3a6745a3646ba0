"""Actors in Python: on the engine's thread for them, and simulated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from messages import ADD, OTHER, TOTAL, Counter, number
from stages import nothing

import penstock as ps


def test_send_and_ask(engine: ps.Engine) -> None:
    actor = engine.spawn(Counter())
    for i in range(1000):
        actor.send(ADD, np.array([i]))
    actor.send(ADD, np.arange(1000))
    assert number(actor.ask(TOTAL)) == 2 * sum(range(1000))
    counts = engine.actor_counts()
    assert counts.spawned >= 1


def test_send_many(engine: ps.Engine) -> None:
    seen: list[bytes] = []
    actor = engine.spawn(lambda context, message: seen.append(message.data))
    assert actor.send_many(ADD, b"abcdef", 2) == 3
    engine.await_quiescent()
    assert seen == [b"ab", b"cd", b"ef"]


def test_what_a_message_is(engine: ps.Engine) -> None:
    seen: list[Any] = []

    def look(context: ps.ActorContext, message: ps.Message) -> None:
        seen.append((message.type, message.size, message.is_ask, message.data))
        array = message.array("u1")
        assert not array.flags.writeable
        assert array.tobytes() == message.data
        assert (
            repr(message) == f"<Message of type {message.type}, {message.size} bytes>"
        )

    actor = engine.spawn(look)
    for data in (b"", b"x", b"y" * 48, b"z" * 5000, bytearray(b"abc"), np.zeros(2)):
        actor.send(OTHER, data)
    engine.await_quiescent()
    assert [each[:3] for each in seen] == [
        (OTHER, size, False) for size in (0, 1, 48, 5000, 3, 16)
    ]


def test_sending_without_a_copy(engine: ps.Engine) -> None:
    big = np.arange(10_000)
    addresses: list[int] = []

    def look(context: ps.ActorContext, message: ps.Message) -> None:
        addresses.append(message.array("i8").ctypes.data)

    actor = engine.spawn(look)
    actor.send_bytes(OTHER, big)
    engine.await_quiescent()
    assert addresses == [big.ctypes.data]
    actor.stop()
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        actor.send_bytes(OTHER, big)


def test_taking_a_payload(engine: ps.Engine) -> None:
    taken: list[Any] = []

    def take(context: ps.ActorContext, message: ps.Message) -> None:
        taken.append(context.take(message))

    actor = engine.spawn(take)
    for size in (0, 10, 5000):
        actor.send(OTHER, b"t" * size)
    engine.await_quiescent()
    assert [each.tobytes() for each in taken] == [b"t" * n for n in (0, 10, 5000)]


@pytest.mark.parametrize(
    "keep",
    [lambda message: message.array(), lambda message: message.array("u1")[2:]],
)
def test_a_behaviour_that_keeps_its_payload(
    keep: Callable[[ps.Message], Any], engine: ps.Engine
) -> None:
    kept: list[Any] = []
    failures: list[ps.ActorEvent] = []
    engine.observe(failures.append)
    actor = engine.spawn(lambda context, message: kept.append(keep(message)))
    with pytest.raises(ps.ActorError, match="kept an array") as caught:
        actor.ask(OTHER, b"12345678")
    assert isinstance(caught.value.__cause__, BufferError)
    kept.clear()


def test_a_message_that_is_kept(engine: ps.Engine) -> None:
    kept: list[Any] = []
    actor = engine.spawn(lambda *arguments: kept.extend(arguments))
    actor.send(OTHER, b"x")
    engine.await_quiescent()
    context, message = kept
    assert message.size == 1
    with pytest.raises(ps.StateError, match="after its behaviour had returned"):
        _ = message.data
    uses: list[Callable[[], Any]] = [
        lambda: context.self,
        lambda: context.now,
        lambda: context.send(actor, 1),
        lambda: context.stash(),
        lambda: context.spawn(nothing),
    ]
    for use in uses:
        with pytest.raises(ps.StateError, match="used after its call"):
            use()


def test_batches(engine: ps.Engine) -> None:
    seen: list[int] = []

    def handle(context: ps.ActorContext, messages: list[ps.Message]) -> None:
        assert len(messages) >= 1
        seen.extend(message.type for message in messages)

    actor = engine.spawn(handle, batch=True)
    for i in range(100):
        actor.send(i)
    engine.await_quiescent()
    assert seen == list(range(100))


def test_a_batch_that_fails_at_one(engine: ps.Engine) -> None:
    seen: list[int] = []

    def handle(context: ps.ActorContext, messages: list[ps.Message]) -> None:
        for i, message in enumerate(messages):
            if message.type == 5:
                context.fail("not this one", index=i)
            seen.append(message.type)

    actor = engine.spawn(handle, batch=True, on_failure="resumes")
    for i in range(10):
        actor.send(i)
    engine.await_quiescent()
    assert seen == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_asking_inside(engine: ps.Engine) -> None:
    counter = engine.spawn(Counter())
    answers: list[Any] = []

    def answered(context: ps.ActorContext, status: int, message: ps.Message) -> None:
        answers.append((status, message.data and number(message.data)))

    def asker(context: ps.ActorContext, message: ps.Message) -> None:
        context.send(counter, ADD, np.array([42]))
        context.ask(counter, TOTAL, answer=answered)
        context.ask(context.engine.actor(0), TOTAL, answer=answered)

    engine.spawn(asker).send(OTHER)
    engine.await_quiescent()
    assert sorted(answers) == sorted([(ps.Status.OK, 42), (ps.Status.ESTALE, b"")])


def test_forwarding_and_late_replies(engine: ps.Engine) -> None:
    tokens: list[Any] = []

    def keep(context: ps.ActorContext, message: ps.Message) -> None:
        tokens.append(message.token)

    keeper = engine.spawn(keep)
    front = engine.spawn(lambda context, message: context.forward(keeper))
    answer: list[bytes] = []
    if engine.info().simulated:
        with pytest.raises(ps.DeadlockError):
            front.ask(OTHER)
        return
    thread = threading.Thread(
        target=lambda: answer.append(front.ask(OTHER, timeout=60))
    )
    thread.start()
    while not tokens:
        engine.await_quiescent()
    engine.reply(tokens[0], b"from outside")
    thread.join()
    assert answer == [b"from outside"]
    with pytest.raises(ps.StaleError):
        engine.reply(tokens[0], b"again")


def test_a_long_answer(engine: ps.Engine) -> None:
    def long(context: ps.ActorContext, message: ps.Message) -> None:
        context.reply(message.token, b"x" * 10_000)

    actor = engine.spawn(long)
    with pytest.raises(ps.ArgumentError):
        actor.ask(OTHER)
    assert actor.ask(OTHER, room=10_000) == b"x" * 10_000


def test_time_outs(engine: ps.Engine) -> None:
    actor = engine.spawn(nothing)
    with pytest.raises((ps.TimeoutError, ps.DeadlockError)):
        actor.ask(OTHER, timeout=0.01)


def test_timers(engine: ps.Engine) -> None:
    ticks: list[Any] = []

    def tick(context: ps.ActorContext, message: ps.Message) -> ps.End | None:
        if message.type == ADD:
            context.start_timer(0.001, TOTAL, b"tick", period=0.001)
            unwanted = context.start_timer(3600, OTHER)
            context.cancel_timer(unwanted)
            with pytest.raises(ps.StaleError):
                context.cancel_timer(unwanted)
        elif message.type == TOTAL:
            ticks.append(message.data)
        return ps.END if len(ticks) == 3 else None

    actor = engine.spawn(tick)
    actor.send(ADD)
    gone_or_never(actor)
    assert ticks == [b"tick"] * 3


def gone_or_never(actor: ps.Actor) -> None:
    """Waits until an actor that never answers has ended."""
    with pytest.raises((ps.StaleError, ps.TimeoutError)):
        actor.ask(99, timeout=30)


def test_idle_time_outs(engine: ps.Engine) -> None:
    seen: list[int] = []

    def idle(context: ps.ActorContext, message: ps.Message) -> ps.End | None:
        seen.append(message.type)
        context.idle_timeout(0.001)
        return ps.END if message.type == ps.IDLE_TIMEOUT else None

    actor = engine.spawn(idle)
    actor.send(OTHER)
    gone_or_never(actor)
    assert ps.IDLE_TIMEOUT in seen


def test_stashing(engine: ps.Engine) -> None:
    seen: list[int] = []

    def opened(context: ps.ActorContext, message: ps.Message) -> None:
        seen.append(message.type)

    def closed(context: ps.ActorContext, message: ps.Message) -> None:
        if message.type == ADD:
            context.become(opened)
            context.unstash()
        else:
            context.stash()

    actor = engine.spawn(closed)
    for kind in (5, 6, ADD, 7):
        actor.send(kind)
    engine.await_quiescent()
    assert seen == [5, 6, 7]


def test_names(engine: ps.Engine) -> None:
    actor = engine.spawn(nothing, name="the one")
    assert engine.find("the one") == actor
    assert hash(engine.find("the one")) == hash(actor)
    assert engine.actor(actor.id) == actor
    assert repr(actor) == f"<Actor {actor.id:#x}>"
    assert actor != engine.spawn(nothing)
    with pytest.raises(ps.BusyError):
        engine.spawn(nothing, name="the one")
    with pytest.raises(ps.StaleError, match="nobody"):
        engine.find("nobody")


def test_statistics(engine: ps.Engine) -> None:
    actor = engine.spawn(nothing, statistics=True)
    for _ in range(10):
        actor.send(OTHER)
    engine.await_quiescent()
    assert actor.stats().processed == 10
    with pytest.raises(ps.StateError):
        engine.spawn(nothing).stats()


def test_full_mailboxes(engine: ps.Engine) -> None:
    dispatcher = engine.dispatcher()
    actor = engine.spawn(nothing, capacity=2, dispatcher=dispatcher)
    actor.send(OTHER)
    actor.send(OTHER)
    with pytest.raises(BlockingIOError):
        actor.send(OTHER)
    with pytest.raises(ps.WouldBlockError) as caught:
        actor.send_many(OTHER, b"abc", 1)
    assert caught.value.sent == 0  # type: ignore[attr-defined]


def test_a_port_in_a_graph(engine: ps.Engine, graph: ps.Graph) -> None:
    """An actor as a stage: what it pulls from a drain it pushes, doubled, to a feed."""
    source = graph.feed("in", "i8")
    drain = graph.drain("to the actor", source)
    feed = graph.feed("from the actor", "i8")
    result = graph.drain("out", feed)
    pending: list[Any] = []

    def relay(context: ps.ActorContext, message: ps.Message) -> None:
        try:
            while True:
                if not pending:
                    values = graph.pull(drain, 16, timeout=0)
                    if values is None:
                        graph.finish_feed(feed)
                        return
                    pending.append(values * 2)
                graph.push(feed, pending[0], timeout=0)
                pending.clear()
        except ps.WouldBlockError:
            pass

    actor = engine.spawn(relay)
    graph.actor_port(drain, actor, 1)
    graph.actor_port(feed, actor, 2)
    graph.start(engine)
    graph.push(source, np.arange(100))
    graph.finish_feed(source)
    got: list[int] = []
    while (values := graph.pull(result, 100)) is not None:
        got += values.tolist()
    assert got == [2 * i for i in range(100)]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda e, a: e.spawn(None), TypeError, "behaviour must be callable or a fun"),
        (lambda e, a: e.spawn("text"), TypeError, "not str 'text'"),
        (lambda e, a: e.spawn(nothing, nom="x"), TypeError, "no option 'nom'"),
        (lambda e, a: e.spawn(nothing, start=3), TypeError, "start must be callable"),
        (lambda e, a: e.spawn(nothing, destroy=3), TypeError, "destroy must be call"),
        (lambda e, a: e.spawn(nothing, state=3), TypeError, "state is for actors in C"),
        (lambda e, a: e.spawn(nothing, on="moon:3"), ps.ArgumentError, "options.on"),
        (lambda e, a: e.spawn(nothing, capacity=-1), ValueError, "at least 0"),
        (lambda e, a: e.spawn(nothing, overflow="x"), ValueError, "overflow must be"),
        (lambda e, a: e.spawn(nothing, dispatcher=3), TypeError, "a Dispatcher, not"),
        (lambda e, a: a.send("one"), TypeError, "type must be a whole number"),
        (lambda e, a: a.send(-1), ValueError, "type must be at least 0"),
        (lambda e, a: a.send(0xFF00), ps.ArgumentError, "one of the engine's"),
        (lambda e, a: a.send(1, "text"), TypeError, "bytes or an array, not str"),
        (lambda e, a: a.send(1, 17), TypeError, "bytes or an array, not int 17"),
        (lambda e, a: a.send(1, np.zeros(2, object)), TypeError, "Python objects"),
        (lambda e, a: a.send(1, np.zeros(9)[::2]), ValueError, "contiguous"),
        (lambda e, a: a.send_bytes(1, "text"), TypeError, "bytes or an array"),
        (lambda e, a: a.send_many(1, b"abc", 2), ValueError, "no whole number of mes"),
        (lambda e, a: a.send_many(1, b"abc", 0), ValueError, "no whole number of mes"),
        (lambda e, a: a.ask(1, timeout=-1), ValueError, "must not be negative"),
        (lambda e, a: a.ask(1, room=-1), ValueError, "room"),
        (lambda e, a: a.stop("soon"), ValueError, "mode must be one of"),
        (lambda e, a: e.find(None), ps.ArgumentError, "name"),
        (lambda e, a: e.observe(3), TypeError, "function must be callable"),
        (lambda e, a: e.reply(ps.Token(0)), ps.StaleError, "."),
        (lambda e, a: e.actor(-1), ValueError, "id must be at least 0"),
    ],
)
def test_mistakes(
    call: Callable[[ps.Engine, ps.Actor], Any],
    error: type[Exception],
    message: str,
    engine: ps.Engine,
) -> None:
    actor = engine.spawn(nothing)
    with pytest.raises(error, match=message):
        call(engine, actor)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda cx, m: 3, TypeError, "a behaviour returned int 3; expected None, or E"),
        (lambda cx, m: ps.End(2), TypeError, "expected None, or END"),
        (lambda cx, m: cx.become(3), TypeError, "behaviour must be callable"),
        (lambda cx, m: cx.send(cx.self, "x"), TypeError, "whole number"),
        (lambda cx, m: cx.ask(cx.self, 1, answer=3), TypeError, "answer must be calla"),
        (lambda cx, m: cx.fail("x", status=0), ValueError, "is not a failure"),
        (lambda cx, m: cx.start_timer(-1, 1), ValueError, "delay must not be negative"),
        (lambda cx, m: cx.start_timer(1, 1, b"x" * 49), ps.ArgumentError, "."),
        (lambda cx, m: m.down, ValueError, "is no DOWN"),
        (lambda cx, m: m.array("i8"), ValueError, "no whole number of elements of 8"),
        (lambda cx, m: m.array(object), TypeError, "Python objects"),
        (lambda cx, m: cx.self.ask(1), ps.DeadlockError, "."),
        (lambda cx, m: cx.engine.close(), ps.DeadlockError, "."),
        (lambda cx, m: cx.engine.await_quiescent(), ps.DeadlockError, "."),
        (lambda cx, m: cx.send(cx.engine.actor(0), 1), ps.StaleError, "."),
    ],
)
def test_mistakes_inside(
    call: Callable[[ps.ActorContext, ps.Message], Any],
    error: type[Exception],
    message: str,
    engine: ps.Engine,
) -> None:
    actor = engine.spawn(call)
    with pytest.raises(ps.ActorError, match=message) as caught:
        actor.ask(OTHER, b"123")
    assert isinstance(caught.value.__cause__, error)
