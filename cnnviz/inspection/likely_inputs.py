"""Which inputs a network of the user's may be meant for, where nobody says: the likely ones, in the order to try."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

from torch import nn

from cnnviz.inspection.tracing.modules import named_modules
from cnnviz.zoo.catalog import InputShape

# What the courses and papers use: ImageNet's, MNIST's, CIFAR's, then the rarer ones.
_SIZES = (224, 28, 32, 96, 64, 227, 299, 256, 128, 112, 48, 84, 160, 192, 384, 512)
_LENGTHS = (128, 1024, 16000, 32, 16)
_VOLUMES = (16, 32, 64, 112)


def likely_inputs(model: nn.Module, guess: InputShape) -> Iterator[InputShape]:
    """Yield shapes without the batch axis that agree with the network's first layer; ``guess`` comes first."""
    first = next((each for _, each in named_modules(model) if isinstance(each, _FIRST_LAYERS)), None)
    match first:
        case nn.Linear():
            yield from _flat(first.in_features)
        case nn.Embedding():
            yield from ((length,) for length in _LENGTHS)
        case nn.Conv1d():
            yield from ((first.in_channels, length) for length in _LENGTHS)
        case nn.Conv3d():
            yield from ((first.in_channels, 16, size, size) for size in _VOLUMES)
        case nn.RNNBase():
            yield (_LENGTHS[0], first.input_size)
    channels = first.in_channels if isinstance(first, nn.Conv2d) and first.in_channels else guess[0]
    for wanted in dict.fromkeys((channels, 3, 1)):
        yield from ((wanted, size, size) for size in _SIZES)


_FIRST_LAYERS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear, nn.Embedding, nn.RNNBase)


def _flat(features: int) -> Iterator[InputShape]:
    """A network that begins with a Linear flattens a picture, or takes features as they are."""
    for channels in (1, 3):
        size = isqrt(features // channels)
        if size > 3 and channels * size * size == features:
            yield (channels, size, size)
    yield (features,)
