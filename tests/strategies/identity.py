"""A layer whose maps are known beforehand."""

from __future__ import annotations

from torch import nn


def identity(channels: int = 1) -> nn.Conv2d:
    """A convolution that returns its input."""
    layer = nn.Conv2d(channels, channels, 3, padding=1)
    nn.init.dirac_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
