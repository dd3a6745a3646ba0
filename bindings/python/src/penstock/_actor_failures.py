"""What actors in Python raised, for those who asked them."""

from __future__ import annotations

from collections import OrderedDict

from penstock._errors import PenstockError, error_of
from penstock._failures import ElementFailure
from penstock._signatures import Status

# How many are remembered.
_MOST = 64


class ActorFailures:
    """The last ones, each by its actor."""

    def __init__(self) -> None:
        self._of: OrderedDict[int, BaseException] = OrderedDict()

    def remember(self, actor: int, error: BaseException) -> None:
        self._of[actor] = error
        self._of.move_to_end(actor)
        while len(self._of) > _MOST:
            self._of.popitem(last=False)

    def explain(self, actor: int, status: int, text: str) -> PenstockError:
        """For the one who asked: that it failed, and with what."""
        error = self._of.pop(actor, None)
        if isinstance(error, ElementFailure):
            return error_of(
                status, f"{text}: {error}" if error.status == status else text
            )
        if error is None or status != Status.EUSER:
            return error_of(status, text)
        failure = error_of(status, f"{text}: {type(error).__name__}: {error}")
        failure.__cause__ = error
        return failure
