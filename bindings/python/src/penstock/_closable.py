"""What the library has made for Python, and frees when it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from penstock._errors import HandleError

if TYPE_CHECKING:
    from typing_extensions import Self

H = TypeVar("H")


class Closable(Generic[H]):
    """A handle until :meth:`close`, which the end of a ``with`` block calls."""

    #: For errors.
    _title: str
    # None before there is one and after it was given back, also for finalisers.
    _handle: H | None = None

    @property
    def closed(self) -> bool:
        return self._handle is None

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._live()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _live(self) -> H:
        if self._handle is None:
            raise HandleError(f"{self._title} is closed")
        return self._handle
