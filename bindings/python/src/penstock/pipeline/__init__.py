"""The fluent layer: pipelines over arrays and Python objects.

    import numpy as np
    import penstock as ps

    batches = (
        ps.Pipeline.from_array(np.arange(10.0))
        .map(np.square)
        .shuffle(10, seed=1)
        .batch(4)
    )
    print(sum(batch.sum() for batch in batches))

It prints ``285.0``.
"""

from penstock.pipeline._iterator import PipelineIterator
from penstock.pipeline._map import Operator
from penstock.pipeline._pipeline import Pipeline

__all__ = ["Operator", "Pipeline", "PipelineIterator"]
