"""Learns to read handwritten digits: what `make run` does in C, as a pipeline."""

import pathlib

import numpy as np
import penstock as ps

DATA = pathlib.Path(__file__).parents[1] / "data" / "digits.csv"
random = np.random.default_rng(3)


def distort(images):  # turned, stretched, slanted and moved a little, each time anew
    much = random.uniform(-1, 1, (len(images), 6))  # the same for spans of any length
    slant = np.eye(2) + 0.15 * much[:, :4].reshape(-1, 2, 2)
    at = slant @ (np.mgrid[:8, :8].reshape(2, 64) - 3.5) + 3.5 + 0.6 * much[:, 4:, None]
    near = np.maximum(0, 1 - np.abs(at[..., None] - np.arange(8))).astype("f4")
    return (near[:, 0] @ images.reshape(-1, 8, 8) * near[:, 1]).sum(-1)


def strokes(images):  # the pixels, and how steep each 2 x 2 of them is in 4 directions
    grid = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)), "edge")
    x = (grid[:, 1:-1, 2:] - grid[:, 1:-1, :-2]) / 4
    y = (grid[:, 2:, 1:-1] - grid[:, :-2, 1:-1]) / 4
    steep = np.abs(np.stack([x, y, (x + y) / 1.5, (x - y) / 1.5], -1))
    cells = steep.reshape(-1, 4, 2, 4, 2, 4).sum(axis=(2, 4))
    return np.hstack([images, cells.reshape(-1, 64)])


def forward(x):
    hidden = ps.matmul(x, first[:-1], bias=first[-1], activation="relu")
    return hidden, ps.matmul(hidden, second[:-1], bias=second[-1])


rows = ps.Pipeline.from_files(DATA).map(lambda line: np.array(line.split(","), "f4"))
images, labels = np.split(rows.to_numpy(), [64], axis=1)
classes = np.eye(10, dtype="f4")[labels[:, 0].astype(int)]
z = np.arange(len(images), dtype="u8") // 5 + 0x9E3779B97F4A7C15  # splitmix64, as in C
for shift, factor in (30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1):
    z = (z ^ z >> shift) * factor
held_out = np.arange(len(images)) % 5 == z % 5  # never trained on
train, right = images[~held_out], classes[~held_out]
standard = ps.ops.normalise(train.mean(axis=0), np.sqrt(train.var(axis=0) + 1))
batches = ps.Pipeline.from_array((train, right)).shuffle(len(train), seed=1)
batches = batches.repeat(60).map(distort, on=0).map(standard, on=0)
batches = batches.map(strokes, on=0).batch(32).prefetch(8)
weights = [random.normal(0, (2 / n) ** 0.5, (n, m)) for n, m in ((128, 256), (256, 10))]
first, second = layers = [np.vstack([w, 0 * w[:1]]).astype("f4") for w in weights]
speeds = [0 * layer for layer in layers]  # the last row of a layer is its bias
for step, (x, y) in enumerate(batches):
    hidden, scores = forward(x)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = (odds / odds.sum(axis=1, keepdims=True) - y) / len(y)
    back = ps.matmul(error, second[:-1].T) * (hidden > 0)
    for i, (a, b) in enumerate([(x, back), (hidden, error)]):
        speeds[i] = 0.9 * speeds[i] + np.vstack([ps.matmul(a.T, b), b.sum(axis=0)])
        rate = np.float32(0.05 * 0.96 ** (step * 32 // len(train)))
        layers[i] -= rate * (speeds[i] + 1e-4 * layers[i])
hits = forward(strokes(standard(images[held_out])))[1].argmax(1) == labels[held_out, 0]
print(f"test accuracy {hits.mean():.4f} ({hits.sum()} of {len(hits)} held-out rows)")
