"""What a stage's callable may ask and do during its call."""

from __future__ import annotations

from ctypes import byref, c_size_t
from typing import Any, NoReturn

from penstock._choices import count as whole
from penstock._errors import StateError
from penstock._failures import ElementFailure, Failures, fail, failing
from penstock._library import held
from penstock._signatures import Failure, Status
from penstock._spans import WRITE, Array, elements
from penstock._types import ElementType


class Callee:
    """What the calls of one stage's callables share, over all replicas."""

    __slots__ = (
        "failures",
        "is_source",
        "lenders",
        "name",
        "policy",
        "ports",
        "spare",
        "states",
        "taken",
        "user",
    )

    def __init__(
        self,
        name: str,
        failures: Failures,
        ports: tuple[ElementType, ...] = (),
        user: Any = None,
        is_source: bool = False,
    ) -> None:
        self.name = name
        self.failures = failures
        self.ports = ports
        self.lenders = [failures.lender(port, WRITE) for port in ports]
        self.user = user
        self.is_source = is_source
        self.policy = Failure.FAIL
        self.taken: ElementType | None = None
        self.states: dict[int, Any] = {}
        # Contexts of former calls, which nobody has kept.
        self.spare: list[Context] = []


class Context:
    """Given to a stage's callables as their first argument, for the length of the call.

    Only on the thread of the call, and not after it: then every use raises StateError.
    """

    __slots__ = ("_callee", "_pointer", "_views")

    def __init__(self, pointer: int, callee: Callee) -> None:
        self._pointer: int | None = pointer
        self._callee = callee
        self._views: list[Array] = []

    def _live(self) -> int:
        if self._pointer is None:
            raise StateError(
                f"the context of stage {self._callee.name!r} was used after its call"
            )
        return self._pointer

    @property
    def user(self) -> Any:
        """What was given to the stage as ``user``."""
        return self._callee.user

    @property
    def replica(self) -> int:
        """The replica's number, from 0."""
        number: int = held.pst_replica(self._live())
        return number

    @property
    def position(self) -> int:
        """Index of the span's first element among all that this replica was given.

        Of a source: how many elements it has made.
        """
        number: int = held.pst_position(self._live())
        return number

    @property
    def should_stop(self) -> bool:
        """True when the run was cancelled or has failed; for long calls to ask."""
        answer: bool = held.pst_should_stop(self._live())
        return answer

    @property
    def now(self) -> int:
        """The engine's clock in nanoseconds; virtual in a simulated engine."""
        time: int = held.pst_now(self._live())
        return time

    @property
    def state(self) -> Any:
        """The replica's own object, None until it is set; dropped after the run."""
        return self._callee.states.get(self.replica)

    @state.setter
    def state(self, value: Any) -> None:
        self._callee.states[self.replica] = value

    def emit(self, values: Any, port: int = 0) -> None:
        """Copies elements to a port of a process stage.

        values: an array of the port's dtype and shape ``(n,)`` plus that of one
        element. At most ``max_outputs`` times the span's length per call and port.
        """
        pointer = self._live()
        array = elements(values, self._port(port), "what is emitted")
        n = len(array)
        if n and held.pst_emit(pointer, port, array.ctypes.data, n) != n:
            raise ValueError(
                f"there is no room for {n} elements on port {port} of stage "
                f"{self._callee.name!r}: it may emit max_outputs for each element it "
                f"is given"
            )

    def reserve(self, want: int, port: int = 0) -> Array:
        """Room on a port for up to so many elements, to be filled and committed.

        One reservation per port at a time; valid until the call returns.
        """
        pointer = self._live()
        type = self._port(port)
        room = c_size_t()
        address = held.pst_reserve(pointer, port, whole(want, "want"), byref(room))
        if address is None:
            return type.empty(0)
        array = self._callee.lenders[port].lend(address, room.value)
        self._views.append(array)
        return array

    def commit(self, count: int, port: int = 0) -> None:
        """Emits the first so many elements of the reservation."""
        pointer = self._live()
        self._port(port)
        if held.pst_commit(pointer, port, whole(count, "count")) != Status.OK:
            raise ValueError(
                f"commit of {count} elements on port {port} of stage "
                f"{self._callee.name!r}, which did not reserve so many"
            )

    def fail(self, index: int, text: str, status: int = Status.EUSER) -> NoReturn:
        """Ends the call at one element of the span, which the failure policy is for.

        The elements before it count as done; it and those after are still the
        engine's. Any other exception fails the whole span.
        """
        whole(index, "index")
        if status in (Status.OK, Status.END):
            raise ValueError(f"{status!r} is not a failure")
        raise ElementFailure(index, text, status)

    def _port(self, port: int) -> ElementType:
        types = self._callee.ports
        if not 0 <= whole(port, "port", 32) < len(types):
            raise ValueError(
                f"stage {self._callee.name!r} has {len(types)} ports to emit to, and "
                f"no port {port}"
            )
        return types[port]

    # ---- For the callbacks

    def _kept(self, status: int) -> int:
        """After a call that returned, but whose arrays seem to be in use."""
        callee = self._callee
        if callee.failures.release(self._views):
            self._views.clear()
            self._pointer = None
            return status
        return self._failed(
            BufferError(
                f"stage {callee.name!r} kept an array of its span, whose memory is "
                f"that of the next spans: keep a copy, array.copy()"
            )
        )

    def _failed(self, error: BaseException) -> int:
        """After a call that raised: the status that says so."""
        callee = self._callee
        pointer, self._pointer = self._pointer, None
        callee.failures.release(self._views, error)
        self._views.clear()
        index, status, text = failing(error)
        exact = isinstance(error, ElementFailure)
        if not isinstance(error, Exception):
            # The program is to end, whatever becomes of the elements.
            callee.failures.add_and_cancel(f"in stage '{callee.name}'", error)
        elif callee.policy in (Failure.FAIL, Failure.RETRY):
            callee.failures.add(callee.name, held.pst_replica(pointer), error)
        if not (exact or callee.is_source or callee.policy == Failure.FAIL):
            # To say which element it was would be to say that those before it are done.
            return status
        return fail(pointer, status, index, text)
