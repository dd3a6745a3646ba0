"""Settings of stages, as keywords with the header's names and defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict

from penstock import _callbacks
from penstock import _signatures as c
from penstock._choices import choice, count, text
from penstock._context import Callee
from penstock._pointers import describe, function_address
from penstock._signatures import Failure, Order, Thread
from penstock._types import ElementType

if TYPE_CHECKING:
    from penstock._stage import Stage


class StageOptions(TypedDict, total=False):
    """Keywords of the stages and of ``Stage.configure``, as in ``pst_stage_options``.

    ``thread`` is ``Thread.BLOCKING`` for stages that are Python callables, and else
    ``Thread.WORKER``: the engine's workers would stand still for the GIL. ``key``,
    ``setup``, ``teardown`` and ``finish`` take Python callables and functions in C.
    """

    replicas: int
    order: Order | str
    key: Any
    batch: int
    linger_ns: int
    max_outputs: int
    thread: Thread | str
    cost_ns: float
    on_failure: Failure | str
    retries: int
    backoff_ns: int
    capacity: int
    on: str | None
    near: Stage | None
    exclusive: bool
    setup: Any
    teardown: Any
    finish: Any


_ENUMS: dict[str, Any] = {"order": Order, "thread": Thread, "on_failure": Failure}
_BITS = {
    "replicas": 32,
    "batch": 32,
    "linger_ns": 64,
    "max_outputs": 32,
    "retries": 32,
    "backoff_ns": 64,
    "capacity": 64,
}
_CALLABLES = ("key", "setup", "teardown", "finish")


def raw_options(
    options: StageOptions,
    callee: Callee,
    taken: ElementType | None,
    *,
    in_python: bool,
    may_pin: bool,
) -> tuple[c.StageOptions, list[Any]]:
    """The struct, and what must live as long as the graph.

    in_python: the stage itself is a Python callable. may_pin: the stage can have set-up
    and tear-down, which the library refuses for merges, feeds and drains.
    """
    given = dict(options)
    fields: dict[str, Any] = {}
    if in_python and may_pin:
        fields["thread"] = Thread.BLOCKING
    for name, value in given.items():
        if name not in StageOptions.__annotations__:
            raise TypeError(
                f"stage {callee.name!r} has no option {name!r}; there are "
                f"{', '.join(StageOptions.__annotations__)}"
            )
        if name not in _CALLABLES:
            fields[name] = _plain(name, value)
    callee.policy = Failure(fields.get("on_failure", Failure.FAIL))
    pins = in_python and may_pin and fields["thread"] != Thread.HOST
    keep = _functions(given, callee, taken, pins)
    fields.update((name, function_address(function)) for name, function in keep.items())
    return c.StageOptions(**fields), list(keep.values())


def _plain(name: str, value: Any) -> Any:
    if name in _ENUMS:
        return choice(_ENUMS[name], value, name)
    if name in _BITS:
        return count(value, name, _BITS[name])
    if name == "on":
        return text(value, name)
    if name == "near":
        return c.Stage(0) if value is None else value.raw
    if name == "exclusive":
        return bool(value)
    return float(value)


def _functions(
    given: dict[str, Any], callee: Callee, taken: ElementType | None, pins: bool
) -> dict[str, Any]:
    """The functions in C among the options, by name; those of Python are made here."""
    made: dict[str, Any] = {}
    for name in _CALLABLES:
        value = given.get(name)
        address = None if value is None else function_address(value)
        if value is None or address is not None:
            if address is not None:
                made[name] = value
        elif not callable(value):
            raise TypeError(
                f"{name} of stage {callee.name!r} must be callable or a function in C, "
                f"not {describe(value)}"
            )
        elif name == "finish":
            made[name] = _callbacks.finish(value, callee)
        elif name == "key":
            if taken is None:
                raise TypeError(f"stage {callee.name!r} has no input to take keys of")
            where = f"stage {callee.name!r}"
            made[name] = _callbacks.key(value, where, callee.failures, taken)
    for name, make, kind in (
        ("setup", _callbacks.setup, c.SetupFunction),
        ("teardown", _callbacks.teardown, c.TeardownFunction),
    ):
        value = given.get(name)
        if name in made and not pins:
            continue
        if name in made:
            value = _called_in_c(value, kind)
        if pins or value is not None:
            made[name] = make(value, callee, pins)
    return made


def _called_in_c(function: Any, kind: Any) -> Callable[[Any], None]:
    """A set-up or tear-down in C of a stage whose thread is pinned around it."""
    native = kind(function_address(function))
    native.function = function  # which must live as long

    def call(context: Any) -> None:
        status = native(context._live())
        if status:
            context.fail(0, f"its set-up returned {status}", status)

    return call
