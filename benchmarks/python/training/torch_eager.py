"""torch, eagerly, on one thread: more are no faster at this size."""

from __future__ import annotations

from collections.abc import Callable

import torch

from model import Outcome
from training import data
from training.clock import measure


def run(size: dict[str, int]) -> Outcome:
    torch.set_num_threads(1)
    return measure(size, _make)


def _make(
    digits: data.Digits, weights: data.Weights, orders: data.Array
) -> Callable[[], data.Weights]:
    x, labels = torch.from_numpy(digits.x), torch.from_numpy(digits.labels)
    batches = torch.from_numpy(orders)
    hidden = torch.nn.Linear(data.PIXELS, data.HIDDEN)
    output = torch.nn.Linear(data.HIDDEN, data.CLASSES)
    w1, b1, w2, b2 = map(torch.from_numpy, weights.all())
    with torch.no_grad():
        hidden.weight.copy_(w1.T)
        hidden.bias.copy_(b1)
        output.weight.copy_(w2.T)
        output.bias.copy_(b2)
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), output)
    optimiser = torch.optim.SGD(network.parameters(), data.RATE)

    def train() -> data.Weights:
        for epoch in batches:
            for rows in epoch:
                loss = torch.nn.functional.cross_entropy(network(x[rows]), labels[rows])
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
                optimiser.step()
        return data.Weights(
            hidden.weight.detach().numpy().T,
            hidden.bias.detach().numpy(),
            output.weight.detach().numpy().T,
            output.bias.detach().numpy(),
        )

    return train
