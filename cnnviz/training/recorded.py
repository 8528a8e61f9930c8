"""A network whose forward and backward passes are recorded once, as CUDA graphs, and launched whole from then on.

A graph is one launch in the place of one for each kernel. Written by torch's documentation; not yet measured on a GPU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.training.interrupting import Before


class Recorded(nn.Module):
    """Does what ``network`` does; batches of the first one's shape, in training, by what was recorded then.

    What the network's own code decides in Python is decided once. Recording leaves weights, buffers and random numbers
    as they were.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self._network = network
        self._launch: Any = None
        self._shape: torch.Size | None = None

    def forward(self, images: Tensor) -> Any:
        """Return what the network returns.

        Raises:
            RuntimeError: it cannot be recorded: it waits for the GPU, or computes on another device.
        """
        if not self._network.training or (self._shape or images.shape) != images.shape:
            return self._network(images)
        if self._launch is None:
            self._shape = images.shape
            self._launch = self._record(images)
        return self._launch(images)

    def _record(self, images: Tensor) -> Any:
        before = Before(self._network, images.device)
        called = _Call(self._network).train()  # in which forward is exchanged, not in the network
        try:
            return torch.cuda.make_graphed_callables(called, (images.clone(),))
        finally:
            before.restore()


class _Call(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self._network = network

    def forward(self, images: Tensor) -> Any:
        return self._network(images)
