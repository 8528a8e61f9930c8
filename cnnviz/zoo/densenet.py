"""DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks", arXiv:1608.06993."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from cnnviz.zoo.layers import averaging_head, check_size, initialise_for_relu, stem
from cnnviz.zoo.registry import architecture

Layer = Callable[[int, int], nn.Module]  # channels before, channels that it adds
_SMALLEST = 29  # the stem and three transitions leave one pixel


class DenseBlock(nn.Module):
    """Each layer reads all maps before it (figure 1): (N, C, H, W) → (N, C + layers · growth, H, W)."""

    def __init__(self, in_channels: int, layers: int, growth: int, layer: Layer) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layer(in_channels + i * growth, growth) for i in range(layers))

    def forward(self, data: Tensor) -> Tensor:
        """Return the input and every layer's output, joined along the channels."""
        for layer in self.layers:
            data = torch.cat((data, layer(data)), dim=1)
        return data


@architecture("densenet")
def densenet(*, input_size: tuple[int, int], in_channels: int, num_classes: int, growth: int) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.7: (N, in_channels, H, W) → logits (N, num_classes)."""
    check_size("DenseNet", input_size, _SMALLEST)
    return _dense(stem(in_channels, batch_norm=True), (4, 4, 4, 4), growth, num_classes, bias=True)


@architecture("densenet121")
def densenet121(*, input_size: tuple[int, int], in_channels: int, num_classes: int, growth: int) -> nn.Sequential:
    """Return the paper's DenseNet-121 (table 1): (N, in_channels, H, W) → logits (N, num_classes).

    A 1×1 convolution in each layer narrows what it reads to 4 · growth channels; no convolution has a bias.
    """
    check_size("DenseNet-121", input_size, _SMALLEST)
    first = stem(in_channels, batch_norm=True, bias=False)
    model = _dense(first, (6, 12, 24, 16), growth, num_classes, bias=False)
    initialise_for_relu(model)
    return model


def _dense(first: nn.Sequential, layers: Sequence[int], growth: int, num_classes: int, *, bias: bool) -> nn.Sequential:
    blocks: list[tuple[str, nn.Module]] = [("stem", first)]
    channels, layer = 64, _conv if bias else _bottleneck
    for number, count in enumerate(layers, start=1):
        blocks.append((f"dense{number}", DenseBlock(channels, count, growth, layer)))
        channels += count * growth
        if number < len(layers):
            blocks.append((f"transition{number}", _transition(channels, bias)))
            channels //= 2
    head = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), *averaging_head(channels, num_classes))
    return nn.Sequential(OrderedDict([*blocks, ("classifier", head)]))


def _conv(in_channels: int, growth: int) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, growth, kernel_size=3, padding=1)
    return nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU(), convolution)


def _bottleneck(in_channels: int, growth: int) -> nn.Sequential:
    """BN-ReLU-1×1, BN-ReLU-3×3: section 3, "bottleneck layers"."""
    inner = 4 * growth
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, inner, kernel_size=1, bias=False),
        nn.BatchNorm2d(inner),
        nn.ReLU(),
        nn.Conv2d(inner, growth, kernel_size=3, padding=1, bias=False),
    )


def _transition(channels: int, bias: bool) -> nn.Sequential:
    """Halve the channels and the size."""
    convolution = nn.Conv2d(channels, channels // 2, kernel_size=1, bias=bias)
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), convolution, nn.AvgPool2d(kernel_size=2, stride=2))
