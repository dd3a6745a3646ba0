"""Going through a pipeline, and the state from which it can go on."""

from __future__ import annotations

import hashlib
import operator
import secrets
from collections.abc import Iterator
from typing import Any

from penstock._engine import Engine
from penstock._errors import StateError
from penstock._pointers import describe
from penstock.pipeline._chunks import Chunk, Items
from penstock.pipeline._node import Node, Reader
from penstock.pipeline._run import Run

_VERSION = 1


class PipelineIterator(Iterator[Any]):
    """Gives a pipeline's elements. For one thread at a time.

    What it gives is the reader's, to keep, to change or to drop. Batches may be views
    of one larger block, which lives as long as any of them does.

    It ends its work when it is gone through, dropped or closed; closing waits until no
    callable runs any more.
    """

    def __init__(
        self,
        root: Node,
        engine: Engine | None,
        *,
        skip: int = 0,
        entropy: int | None = None,
    ) -> None:
        self._run = Run(
            root, engine, secrets.randbits(62) if entropy is None else entropy
        )
        self._root = root
        self._fetched = skip
        self._ready: Iterator[Any] = iter(())
        self._most = 1
        self._reader: Reader | None = root.open(self._run, skip, 0)
        self._singly = self._reader.singly()

    def __iter__(self) -> PipelineIterator:
        return self

    def __next__(self) -> Any:
        if self._singly is None:
            for element in self._ready:
                return element
        # What was fetched before has been given.
        given = self._fetched
        try:
            if self._singly is not None:
                element = self._singly()
                if element is not None:
                    self._fetched = given + 1
                    return element
                self._singly = None
            chunk = self._chunk()
            if chunk is not None:
                self._ready = iter(chunk.values())
                self._fetched = given + chunk.count
        except BaseException:
            # An interrupt may come at any time.
            self._fetched, self._ready = given, iter(())
            self.close()
            raise
        for element in self._ready:
            return element
        self.close()
        raise StopIteration

    def spans(self) -> Iterator[Chunk]:
        """What is left, as spans."""
        ready = list(self._ready)
        if ready:
            yield Items(ready, owned=True)
        while True:
            try:
                chunk = self._chunk()
            except BaseException:
                self.close()
                raise
            if chunk is None:
                self.close()
                return
            self._fetched += chunk.count
            yield chunk

    def _chunk(self) -> Chunk | None:
        reader = self._reader
        if reader is None:
            return None
        chunk = reader.read(min(self._most, reader.span))
        if chunk is None:
            return None
        # The first elements come soon, and later ones cost little.
        self._most = min(self._most * 4, 1 << 30)
        return chunk.own()

    # ---- The state

    @property
    def delivered(self) -> int:
        """How many elements were given, those before a restored state included."""
        return self._fetched - operator.length_hint(self._ready)

    def state(self) -> dict[str, Any]:
        """Where it is, as numbers and texts that JSON can hold.

        ``Pipeline.restore`` goes on with exactly the elements that are left.
        """
        return {
            "version": _VERSION,
            "pipeline": fingerprint(self._root),
            "delivered": self.delivered,
            "entropy": self._run.entropy,
        }

    # ---- Seeing

    def plan(self) -> str:
        """Which stage runs on which core, and why, of the graphs that run for it."""
        plans = [str(graph.plan()) for graph in self._run.graphs]
        return "\n".join(plans) or "everything runs on the thread that reads"

    # ---- The end

    def close(self) -> None:
        """Ends the work that goes on for it. It has no more elements then."""
        self._fetched, self._ready = self.delivered, iter(())
        self._singly = None
        self._reader = None
        self._run.close()

    def __enter__(self) -> PipelineIterator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "ended" if self._reader is None else "open"
        return f"<PipelineIterator, {self.delivered} elements given, {state}>"


def fingerprint(root: Node) -> str:
    """The same for pipelines of the same steps with the same numbers."""
    text = "\n".join(describe_steps(root))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def describe_steps(root: Node, indent: str = "") -> list[str]:
    lines: list[str] = []
    for source in root.sources:
        deeper = indent + "  " if len(root.sources) > 1 else indent
        lines += describe_steps(source, deeper)
    return [*lines, indent + root.describe()]


def restored(root: Node, engine: Engine | None, state: Any) -> PipelineIterator:
    if not isinstance(state, dict):
        raise TypeError(
            f"restore expects what state() of an iterator gave, not {describe(state)}"
        )
    missing = {"version", "pipeline", "delivered", "entropy"} - state.keys()
    if missing:
        raise ValueError(f"the state to restore lacks {sorted(missing)}")
    if state["version"] != _VERSION:
        raise ValueError(
            f"the state to restore has version {state['version']!r}; this package "
            f"reads version {_VERSION}"
        )
    if state["pipeline"] != fingerprint(root):
        raise StateError(
            "the state to restore is of a pipeline with other steps; this one is "
            + " | ".join(line.strip() for line in describe_steps(root))
        )
    delivered, entropy = state["delivered"], state["entropy"]
    for name, value in (("delivered", delivered), ("entropy", entropy)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(
                f"the state to restore has {name} {value!r}; expected a whole number "
                f"of at least 0"
            )
    return PipelineIterator(root, engine, skip=delivered, entropy=entropy)
