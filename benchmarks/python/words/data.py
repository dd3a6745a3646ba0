"""The text: generated once, the same bytes for the same seed and size.

Like the King James Bible repeated: some 19 million words of 4.4 letters in lines of 12, 63 000
different ones, the n-th most frequent of which comes nearly n times as rarely as the first.
Every two words have one space or line feed between them, so that it does not matter whether a
system splits at spaces or at runs of white space.
"""

from __future__ import annotations

import os
import pathlib

import numpy as np

SEED = 7
DISTINCT = 63_000
_WORDS_A_LINE = 12
_EXPONENT, _OFFSET = 1.08, 2.7


def path(size: dict[str, int]) -> pathlib.Path:
    folder = pathlib.Path(os.environ["PST_BENCH_FOLDER"])
    return folder / f"text-{size['words']}-{SEED}.txt"


def prepare(size: dict[str, int]) -> None:
    file = path(size)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    rng = np.random.default_rng(SEED)
    vocabulary = _vocabulary(rng)
    weights = (np.arange(DISTINCT) + 1 + _OFFSET) ** -_EXPONENT
    cumulated = np.cumsum(weights / weights.sum())
    lengths = np.array([len(word) for word in vocabulary])
    letters = np.zeros((DISTINCT, lengths.max() + 1), np.uint8)
    for number, word in enumerate(vocabulary):
        letters[number, : len(word)] = np.frombuffer(word, np.uint8)
    left = size["words"]
    with partial.open("wb") as out:
        while left:
            count = min(left, 1_200_000)
            numbers = np.searchsorted(cumulated, rng.random(count)).clip(0, DISTINCT - 1)
            text = letters[numbers]
            ends = np.full(count, ord(" "), np.uint8)
            ends[_WORDS_A_LINE - 1 :: _WORDS_A_LINE] = ord("\n")
            ends[-1] = ord("\n")
            text[np.arange(count), lengths[numbers]] = ends
            out.write(text[text != 0].tobytes())
            left -= count
        out.flush()
        # Only what is on the disk can be dropped from memory.
        os.fsync(out.fileno())
    partial.rename(file)


def _vocabulary(rng: np.random.Generator) -> list[bytes]:
    """Different words; the frequent ones are short. Some have a capital or a comma."""
    alphabet = np.frombuffer(
        b"eeeeeeeeeeeettttttttaaaaaaaooooooohhhhhhnnnnnnssssss"
        b"iiiiirrrrrddddlllluuummmwwwffyyccggbbppvkjxqz",
        np.uint8,
    )
    words: dict[bytes, None] = {}
    while len(words) < DISTINCT:
        rank = len(words)
        mean = 2.6 + 0.42 * np.log2(1 + rank / 8)
        length = int(np.clip(round(rng.normal(mean, 0.25 * mean)), 1, 18))
        word = rng.choice(alphabet, length).tobytes()
        mark = rng.random() if rank > 100 else 1.0
        if mark < 0.05:
            word = word.capitalize()
        elif mark < 0.3:
            word += b"," if mark < 0.2 else b"."
        words.setdefault(word)
    return list(words)


def forget(file: pathlib.Path) -> None:
    """Drops the file from the kernel's memory."""
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def remember(file: pathlib.Path) -> None:
    with file.open("rb", buffering=0) as opened:
        while opened.read(1 << 20):
            pass
