"""tf.data: its own operators, and the common kernel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

import machine
from images import data, kernel
from images.clock import measure
from model import Outcome


def own_operators(size: dict[str, int]) -> Outcome:
    """Numbers are shuffled, and images made then, as its guide to performance advises."""
    source = data.images()
    images = tf.constant(source)
    first, end = data.EDGE, data.EDGE + data.CROP

    def one(number: Any) -> Any:
        # In one step: memory for the whole image costs more than the crop.
        image = images[number % data.DISTINCT, first:end, first:end]
        image = tf.image.random_flip_left_right(image)
        image = tf.image.resize(image, (data.OUT, data.OUT))
        return (image - data.MEAN_255) / data.DEVIATION_255

    def make(count: int, serial: bool) -> Iterable[Any]:
        numbers = tf.data.Dataset.range(count).shuffle(data.BUFFER, seed=data.SEED)
        if serial:
            return _on_one_thread(numbers.map(one).batch(data.BATCH))
        images = numbers.map(one, num_parallel_calls=tf.data.AUTOTUNE)
        batches: Iterable[Any] = images.batch(data.BATCH).prefetch(tf.data.AUTOTUNE)
        return batches

    return measure(size, source, make, lambda batch: batch.numpy())


def by_batch(size: dict[str, int]) -> Outcome:
    source = data.images()

    def many(numbers: Any) -> Any:
        def call(numbers: data.Array) -> data.Array:
            return kernel.transformed_batch(source, np.asarray(numbers))

        batch = tf.numpy_function(call, [numbers], tf.float32, stateful=False)
        return tf.ensure_shape(batch, (None, data.OUT, data.OUT, 3))

    def make(count: int, serial: bool) -> Iterable[Any]:
        numbers = tf.data.Dataset.range(count).shuffle(data.BUFFER, seed=data.SEED)
        batches = numbers.batch(data.BATCH)
        if serial:
            return _on_one_thread(batches.map(many))
        made = batches.map(many, num_parallel_calls=machine.cpus())
        result: Iterable[Any] = made.prefetch(2)
        return result

    return measure(size, source, make, lambda batch: batch.numpy())


def _on_one_thread(dataset: Any) -> Iterable[Any]:
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = 1
    options.threading.max_intra_op_parallelism = 1
    result: Iterable[Any] = dataset.with_options(options)
    return result
