"""Blocks of files and what they are split into, beside what Python makes of them."""

from __future__ import annotations

import collections
import os
import pathlib
import threading

import numpy as np
import pytest
import texts

import penstock as ps

BLOCKS = [0, 512, 700, 4096]


def written(folder: pathlib.Path, *contents: bytes) -> list[pathlib.Path]:
    paths = []
    for i, content in enumerate(contents):
        path = folder / f"{i}.txt"
        path.write_bytes(content)
        paths.append(path)
    return paths


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("cut", ["lines", "spaces"])
@pytest.mark.parametrize("seed", range(3))
def test_words(
    engine: ps.Engine,
    graph: ps.Graph,
    tmp_path: pathlib.Path,
    seed: int,
    cut: str,
    block: int,
) -> None:
    contents = [
        texts.text(seed * 10 + i, n) for i, n in enumerate((0, 1, 700, 3, 2000))
    ]
    contents[2] = contents[2].strip()
    paths = written(tmp_path, *contents)
    blocks = graph.files("files", paths, cut=cut, block_size=block)
    found = texts.strings(engine, graph, graph.split("words", blocks))
    assert found == [word for content in contents for word in content.split()]


@pytest.mark.parametrize("block", BLOCKS)
def test_lines(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path, block: int
) -> None:
    lines = [b"", b"one", b"", b"two\r", b"x" * 5000, b"\r", b"\x0b", b"last"]
    content = b"\n".join(lines)
    paths = written(tmp_path, content, content + b"\n", b"", b"\n")
    blocks = graph.files("files", paths, block_size=block)
    found = texts.strings(engine, graph, graph.split("lines", blocks, "lines"))
    bare = [line.removesuffix(b"\r") for line in lines]
    assert found == [*bare, *bare, b""]


@pytest.mark.parametrize("block", BLOCKS)
def test_delimiter_and_whole_files(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path, block: int
) -> None:
    pieces = [b"", b"a\r\nb", b"", b"c" * 3000, b"d"]
    paths = written(tmp_path, b"\n\n", b";".join(pieces), b";")
    blocks = graph.files("files", paths, cut="files", block_size=block)
    found = graph.split("pieces", blocks, "byte", delimiter=b";")
    assert texts.strings(engine, graph, found) == [b"\n\n", *pieces, b""]


def test_pieces_of_the_blocks_edge(engine: ps.Engine, tmp_path: pathlib.Path) -> None:
    """Every length around that of a vector or page, at the end of a block."""
    for size in [*range(130), 4095, 4096, 4097]:
        path = tmp_path / "edge"
        path.write_bytes(b"w" * size)
        for kind, expected in (("words", [b"w" * size] if size else []),):
            with ps.Graph() as graph:
                blocks = graph.files("files", path)
                split = graph.split("split", blocks, kind)
                assert texts.strings(engine, graph, split) == expected


def test_records(engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path) -> None:
    dtype = np.dtype([("id", "u4"), ("value", "f8")])
    records = np.zeros(5000, dtype)
    records["id"] = np.arange(5000)
    records["value"] = records["id"] / 7
    paths = written(tmp_path, records[:1234].tobytes(), b"", records[1234:].tobytes())
    blocks = graph.files("files", paths, cut="records", record_size=dtype.itemsize)
    drain = graph.drain("drain", graph.unpack("records", blocks, dtype))
    assert np.array_equal(texts.pull_all(graph, drain, engine), records)
    with ps.Graph() as other:
        blocks = other.files("files", paths, cut="records", record_size=dtype.itemsize)
        found = other.split("split", blocks, "records", record_size=dtype.itemsize)
        assert b"".join(texts.strings(engine, other, found)) == records.tobytes()


def test_a_graph_reads_its_files_anew_in_each_run(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "text"
    words = graph.split("words", graph.files("files", path))
    drain = graph.drain("drain", words)
    for content in (b"a b", b"c", b""):
        path.write_bytes(content)
        assert ps.byte_strings(texts.pull_all(graph, drain, engine)) == content.split()


def test_a_pipe_moves_on_what_is_there(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    blocks = graph.files("files", path, thread="blocking")
    drain = graph.drain("drain", graph.split("lines", blocks, "lines"))
    first = threading.Event()

    def write() -> None:
        with open(path, "wb", buffering=0) as pipe:
            pipe.write(b"one\ntw")
            first.wait(30)
            pipe.write(b"o\nthree")

    writer = threading.Thread(target=write)
    writer.start()
    graph.start(engine)
    found = graph.pull(drain, 10, timeout=30)
    assert found is not None
    assert ps.byte_strings(found) == [b"one"]
    first.set()
    rest = []
    while (found := graph.pull(drain, 10, timeout=30)) is not None:
        rest += ps.byte_strings(found)
    graph.wait()
    writer.join()
    assert rest == [b"two", b"three"]


def test_replicas_keep_the_order(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    lines = [b"%d" % i for i in range(30000)]
    (path,) = written(tmp_path, b"\n".join(lines))
    blocks = graph.files("files", path, block_size=1024)
    found = graph.split("lines", blocks, "lines", replicas=3)
    assert texts.strings(engine, graph, found) == lines


def test_pieces_outlive_run_and_graph(
    engine: ps.Engine, tmp_path: pathlib.Path
) -> None:
    (path,) = written(tmp_path, b"\n".join(b"line %d" % i for i in range(20000)))
    with ps.Graph() as graph:
        blocks = graph.files("files", path, block_size=1024)
        drain = graph.drain("drain", graph.split("lines", blocks, "lines"))
        kept = texts.pull_all(graph, drain, engine)
    assert ps.byte_strings(kept) == path.read_bytes().split(b"\n")


def test_a_cancelled_run_gives_everything_back(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    (path,) = written(tmp_path, b"word " * 200_000)
    blocks = graph.files("files", path, cut="spaces", block_size=4096)
    drain = graph.drain("drain", graph.split("words", blocks))
    for _ in range(20):
        graph.start(engine)
        found = graph.pull(drain, 100)
        assert found is not None
        ps.release_bytes(found)
        graph.cancel()
        with pytest.raises(ps.CancelledError):
            graph.wait()


def test_a_file_that_is_missing_is_named(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    paths = [*written(tmp_path, b"word"), tmp_path / "missing"]
    graph.drain("drain", graph.files("input", paths))
    expected = r"'input'.*/missing': cannot open it: No such file"
    with pytest.raises(ps.StageError, match=expected):
        graph.run(engine)


def test_what_cannot_be_read_is_named(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    graph.drain("drain", graph.files("input", tmp_path))
    with pytest.raises(ps.StageError, match=r"cannot read.*directory"):
        graph.run(engine)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"largest": 1000, "block_size": 512},
            "a line in it is longer than 1000 bytes",
        ),
        ({"largest": 1000, "block_size": 512, "cut": "spaces"}, "a word in it"),
        ({"largest": 1000, "block_size": 512, "cut": "files"}, "longer than largest"),
        ({"cut": "records", "record_size": 7}, "no record of 7 bytes"),
    ],
)
def test_what_does_not_fit_is_told(
    engine: ps.Engine,
    graph: ps.Graph,
    tmp_path: pathlib.Path,
    options: dict[str, int],
    expected: str,
) -> None:
    (path,) = written(tmp_path, b"x" * 5000)
    graph.drain("drain", graph.files("input", path, **options))  # type: ignore[arg-type]
    with pytest.raises(ps.StageError, match=expected):
        graph.run(engine)


@pytest.mark.parametrize("size", [999, 1000, 1001])
@pytest.mark.parametrize("cut", ["lines", "files"])
def test_what_just_fits(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path, cut: str, size: int
) -> None:
    (path,) = written(tmp_path, b"x" * size)
    blocks = graph.files("input", path, cut=cut, largest=1000, block_size=512)
    drain = graph.drain("drain", blocks)
    if size <= 1000:
        found = ps.byte_strings(texts.pull_all(graph, drain, engine))
        assert found == [b"x" * size]
    else:
        with pytest.raises(ps.StageError, match="longer than"):
            graph.run(engine)


def test_names_that_are_not_utf8(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    path = os.fsencode(tmp_path) + b"/\xff"
    with open(path, "wb") as file:
        file.write(b"here")
    words = graph.split("words", graph.files("files", path))
    assert texts.strings(engine, graph, words) == [b"here"]


def test_strings_into_a_feed(engine: ps.Engine, graph: ps.Graph) -> None:
    words = [b"one", b"", b"two three", b"\0" * 70000, b"four"]
    feed = graph.feed("feed", ps.BYTES)
    drain = graph.drain("drain", graph.split("split", feed))
    graph.start(engine)
    graph.push(feed, ps.byte_elements(words))
    graph.push(feed, ps.byte_elements([]))
    graph.finish_feed(feed)
    found = []
    while (part := graph.pull(drain, 10)) is not None:
        found += ps.byte_strings(part)
    assert found == b" ".join(words).split()
    assert ps.byte_strings(ps.byte_elements(words)) == words


def test_hash(engine: ps.Engine, graph: ps.Graph) -> None:
    words = [b"%d" % (i % 1000) * (i % 7) for i in range(5000)]
    feed = graph.feed("feed", ps.BYTES)
    drain = graph.drain("drain", graph.hash("hash", feed))
    graph.start(engine)
    graph.push(feed, ps.byte_elements(words))
    graph.finish_feed(feed)
    parts = []
    while (part := graph.pull(drain, 1000)) is not None:
        parts.append(part)
    hashes = np.concatenate(parts)
    assert hashes.dtype == np.uint64
    of_word = dict(zip(words, hashes.tolist(), strict=True))
    assert [of_word[word] for word in words] == hashes.tolist()
    assert len(set(of_word.values())) == len(of_word)


def test_words_by_key(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    content = texts.text(4, 5000)
    (path,) = written(tmp_path, content)
    words = graph.split("words", graph.files("files", path, cut="spaces"))
    graph.distribute(words, "by_key", key=ps.bytes_hash)
    counts = [graph.reduce(f"count {i}", words) for i in range(3)]
    merged = graph.drain("drain", graph.merge("merge", counts))
    groups = ps.groups_of(texts.pull_all(graph, merged, engine))
    expected = collections.Counter(content.split())
    assert dict(zip(groups["key"], groups["count"].tolist(), strict=True)) == expected
    assert len(groups["key"]) == len(expected)


def test_bad_arguments(graph: ps.Graph, tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="at least one file"):
        graph.files("a", [])
    with pytest.raises(TypeError, match="a path or several"):
        graph.files("b", 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cut must be one of 'lines'"):
        graph.files("c", "x", cut="pages")
    blocks = graph.files("blocks", "x")
    with pytest.raises(ValueError, match="one byte"):
        graph.split("d", blocks, "byte", delimiter=b"ab")
    with pytest.raises(ValueError, match="must not contain a NUL"):
        graph.files("e", "a\0b")
    with pytest.raises(TypeError, match="expected strings of bytes"):
        ps.byte_elements(["text"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="expected an array of"):
        ps.byte_strings(np.zeros(3))
    numbers = graph.feed("numbers", "i8")
    with pytest.raises(
        ps.ElementTypeError, match=r"'f'.*must carry pst_bytes, not int64_t"
    ):
        graph.split("f", numbers)


def test_options_that_a_stage_of_the_library_has_itself(graph: ps.Graph) -> None:
    blocks = graph.files("blocks", "x")
    with pytest.raises(ps.ArgumentError, match="cannot have a batch"):
        graph.split("words", blocks, batch=4)


@pytest.mark.parametrize("seed", range(5))
def test_simulated(tmp_path: pathlib.Path, seed: int) -> None:
    (path,) = written(tmp_path, texts.text(seed, 3000))
    with (
        ps.Engine(executor=f"simulated:{seed}", workers=3) as engine,
        ps.Graph() as graph,
    ):
        blocks = graph.files("files", path, cut="spaces", block_size=512)
        found = texts.strings(engine, graph, graph.split("words", blocks, replicas=2))
    assert found == path.read_bytes().split()
