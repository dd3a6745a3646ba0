"""Which messages an actor understands: the public methods of its class."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from penstock._pointers import describe

F = TypeVar("F", bound=Callable[..., Any])
_BATCHED = "__penstock_batched__"
#: Of a function that is an actor, and of a class that can be called.
DEFAULT = "__call__"
#: Called when the actor has ended or is about to begin anew; no message.
ON_STOP = "on_stop"
# What every reference has.
RESERVED = frozenset({"actor", "ask", "ask_async", "send", "send_many", "stop"})


def batched(function: F) -> F:
    """Marks a method, or a function that is an actor, to get messages in a list.

        @ps.actor
        class Words:
            @ps.batched
            def look_up(self, words: list[str]) -> list[int]: ...

    Who sends or asks gives one word and gets one answer; those that wait together are
    handled by one call. It returns one result for each, or None.
    """
    setattr(function, _BATCHED, True)
    return function


class CallType:
    """What calls have in common. title: how errors call them."""

    __slots__ = ("is_batched", "name", "title")

    def __init__(self, name: str, title: str, is_batched: bool = False) -> None:
        self.name = name
        self.title = title
        self.is_batched = is_batched


class MessageType(CallType):
    """A method that others may call by a message."""

    __slots__ = ("doc", "most", "needed", "signature")

    def __init__(self, owner: str, name: str, function: Any, is_method: bool) -> None:
        title = owner if name == DEFAULT else f"{owner}.{name}"
        super().__init__(name, title, bool(getattr(function, _BATCHED, False)))
        self.doc = inspect.getdoc(function)
        signature = inspect.signature(function)
        if is_method:
            first, *rest = signature.parameters.values()
            if first.kind is not inspect.Parameter.VAR_POSITIONAL:
                signature = signature.replace(parameters=rest)
        self.signature = signature
        if "timeout" in signature.parameters:
            raise TypeError(
                f"{self.title} has a parameter 'timeout', which is that of ask: give "
                f"it another name"
            )
        kinds = [parameter.kind for parameter in signature.parameters.values()]
        places = [
            parameter
            for parameter in signature.parameters.values()
            if parameter.kind
            in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        if self.is_batched and len(signature.parameters) != 1:
            raise TypeError(
                f"{self.title} is batched, so it has one parameter, the list of what "
                f"was sent; it has {signature}"
            )
        # With so many positional arguments and no others a call is right.
        self.needed = sum(each.default is each.empty for each in places)
        self.most = len(places)
        if inspect.Parameter.VAR_POSITIONAL in kinds:
            self.most = 1_000_000
        if any(
            each.kind is each.KEYWORD_ONLY and each.default is each.empty
            for each in signature.parameters.values()
        ):
            self.most = -1

    def check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raises TypeError, at the sender, for what the method would not take."""
        if not kwargs and self.needed <= len(args) <= self.most:
            return
        if self.is_batched:
            raise TypeError(
                f"{self.title} takes one argument, a batch of which is handled at once"
            )
        try:
            self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.title}{self.signature}: {error}") from None


def message_types(wrapped: Any) -> dict[str, MessageType]:
    """By name; raises for what cannot be an actor."""
    if inspect.isclass(wrapped):
        return _of_class(wrapped)
    if not callable(wrapped):
        raise TypeError(
            f"actor is for classes and functions, not for {describe(wrapped)}"
        )
    name = getattr(wrapped, "__name__", type(wrapped).__name__)
    return {DEFAULT: MessageType(name, DEFAULT, wrapped, is_method=False)}


def _of_class(wrapped: type) -> dict[str, MessageType]:
    made = {}
    for name in dir(wrapped):
        if (name.startswith("_") and name != DEFAULT) or name == ON_STOP:
            continue
        function = inspect.getattr_static(wrapped, name)
        if not isinstance(function, FunctionType):
            continue
        if name in RESERVED:
            raise TypeError(
                f"{wrapped.__name__}.{name} has the name of what every reference to an "
                f"actor has ({', '.join(sorted(RESERVED))}): give it another, or one "
                f"with an underscore if it is no message"
            )
        made[name] = MessageType(wrapped.__name__, name, function, is_method=True)
    if not made:
        raise TypeError(
            f"class {wrapped.__name__} has no public method, so as an actor it would "
            f"understand no message"
        )
    return made
