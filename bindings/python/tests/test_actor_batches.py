"""Methods that get many messages at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import penstock as ps


def test_batched_methods(engine: ps.Engine) -> None:
    sizes: list[int] = []

    @ps.actor
    class Words:
        @ps.batched
        def length(self, words: list[str]) -> list[int]:
            sizes.append(len(words))
            return [len(word) for word in words]

        @ps.batched
        def see(self, words: list[str]) -> None:
            sizes.append(len(words))

        def plain(self) -> None: ...

    words = Words.spawn(engine)
    words.see.send_many(["a"] * 100)
    words.plain.send()
    words.see.send("b")
    words.length.send("c")
    assert words.length.ask("four") == 4
    assert sum(sizes) == 103
    assert len(sizes) < 20
    with pytest.raises(TypeError, match="takes one argument"):
        words.length.send("a", "b")


def test_a_function_that_is_batched(engine: ps.Engine) -> None:
    @ps.actor
    @ps.batched
    def squares(values: list[int]) -> list[int]:
        return [value * value for value in values]

    assert squares.spawn(engine).ask(5) == 25


@pytest.mark.parametrize(
    ("result", "message"),
    [([1, 2, 3], "not 3 results"), (7, "not int 7"), (iter([1]), "an object of class")],
)
def test_batches_of_wrong_results(result: Any, message: str, engine: ps.Engine) -> None:
    @ps.actor
    @ps.batched
    def wrong(values: list[int]) -> Any:
        return result

    with pytest.raises(TypeError, match=message):
        wrong.spawn(engine).ask(1)


def test_a_batch_that_fails_fails_for_all(engine: ps.Engine) -> None:
    gate = threading.Event()

    @ps.actor
    class Fails:
        def wait(self) -> None:
            gate.wait(60)

        @ps.batched
        def fail(self, values: list[int]) -> None:
            raise ValueError(f"of {len(values)}")

        def after(self) -> str:
            return "after"

    fails = Fails.spawn(engine)
    if engine.info().simulated:
        with pytest.raises(ValueError, match="of 1"):
            fails.fail.ask(1)
        return
    fails.wait.send()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            fails.fail.ask(1)
        except ValueError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(errors) == 5
    assert fails.after.ask() == "after"


def test_what_comes_after_a_batch_that_fails(engine: ps.Engine) -> None:
    log: list[Any] = []

    @ps.actor
    class Fails:
        @ps.batched
        def see(self, values: list[int]) -> None:
            log.append(values)
            if 3 in values:
                raise ValueError

        def plain(self, value: int) -> None:
            log.append(value)

        async def all_at_once(self) -> None:
            me = ps.current_actor().ref
            me.see.send_many([1, 2, 3])
            me.plain.send(4)
            me.see.send_many([5, 6])
            me.plain.send(7)

    Fails.spawn(engine).all_at_once.ask()
    engine.await_quiescent()
    flat = [
        each
        for entry in log
        for each in (entry if isinstance(entry, list) else [entry])
    ]
    assert flat == [1, 2, 3, 4, 5, 6, 7]
