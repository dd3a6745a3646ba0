"""Lines and words of files, read, split and counted natively."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from penstock._files import byte_strings
from penstock._graph import Graph
from penstock._keyed import groups_of
from penstock._stage import Stage
from penstock.pipeline._chunks import Chunk, Items
from penstock.pipeline._node import Node, Reader
from penstock.pipeline._pulls import Pulls
from penstock.pipeline._replay import drop
from penstock.pipeline._run import Run


class Pieces(Node):
    """What files consist of, one file after the other."""

    def __init__(self, paths: Sequence[Path], kind: str, encoding: str | None) -> None:
        self.paths = paths
        self.kind = kind
        self.encoding = encoding
        self.word = "from_files" if kind == "lines" else "split_words"

    def words(self) -> Pieces:
        return Pieces(self.paths, "words", self.encoding)

    def stage(self, graph: Graph, replicas: int) -> Stage:
        for path in self.paths:
            # Says what is wrong as Python does. What comes later ends the run.
            path.stat()
        cut = "lines" if self.kind == "lines" else "spaces"
        blocks = graph.files("files", self.paths, cut=cut)
        order = "ordered" if replicas == 1 else "unordered"
        return graph.split(self.word, blocks, self.kind, replicas=replicas, order=order)

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return drop(PiecesReader(run, self), skip)

    def count(self, run: Run) -> Chunk:
        """Pairs of each and how often it comes, in ascending order of its bytes."""
        if not self.paths:
            return Items([], owned=True)
        graph = run.graph("count")
        replicas = run.engine.info().workers
        pieces = self.stage(graph, replicas)
        groups = graph.reduce(
            "count", pieces, sorted=True, replicas=replicas, order="unordered"
        )
        pulls = Pulls(run, graph, groups)
        pairs: list[tuple[str | bytes, int]] = []
        while (part := pulls.read(_PIECES)) is not None:
            columns = groups_of(part)
            keys = self.decoded(columns["key"])
            pairs += zip(keys, columns["count"].tolist(), strict=True)
        return Items(pairs, owned=True)

    def decoded(self, pieces: list[bytes]) -> Sequence[str | bytes]:
        if self.encoding is None:
            return pieces
        encoding = self.encoding
        return [piece.decode(encoding) for piece in pieces]

    def describe(self) -> str:
        names = ", ".join(path.name for path in self.paths[:3])
        more = ", ..." if len(self.paths) > 3 else ""
        return f"from_files({names}{more}; {self.kind})"


# At a time.
_PIECES = 8192


class PiecesReader(Reader):
    element_bytes = 32

    def __init__(self, run: Run, pieces: Pieces) -> None:
        self._pieces = pieces
        self._pulls: Pulls | None = None
        if pieces.paths:
            graph = run.graph("files")
            self._pulls = Pulls(run, graph, pieces.stage(graph, 1))

    def read(self, most: int) -> Chunk | None:
        if self._pulls is None:
            return None
        elements = self._pulls.read(most)
        if elements is None:
            return None
        pieces = self._pieces.decoded(byte_strings(elements))
        return Items(list(pieces), owned=True)
