"""DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks", arXiv:1608.06993."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from cnnviz.zoo.layers import check_size, stem
from cnnviz.zoo.registry import architecture

_GROWTH = 32  # channels that each convolution adds
_CONVOLUTIONS = (4, 4, 4, 4)  # in each dense block


class DenseBlock(nn.Module):
    """Each convolution reads all maps before it (figure 1): (N, C, H, W) → (N, C + convolutions · growth, H, W)."""

    def __init__(self, in_channels: int, convolutions: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_conv(in_channels + i * growth, growth) for i in range(convolutions))

    def forward(self, data: Tensor) -> Tensor:
        """Return the input and every convolution's output, joined along the channels."""
        for layer in self.layers:
            data = torch.cat((data, layer(data)), dim=1)
        return data


@architecture("densenet")
def densenet(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.7: (N, in_channels, H, W) → logits (N, num_classes)."""
    check_size("DenseNet", input_size, 29)
    blocks: list[tuple[str, nn.Module]] = [("stem", stem(in_channels, batch_norm=True))]
    channels = 64
    for number, convolutions in enumerate(_CONVOLUTIONS, start=1):
        blocks.append((f"dense{number}", DenseBlock(channels, convolutions, _GROWTH)))
        channels += convolutions * _GROWTH
        if number < len(_CONVOLUTIONS):
            blocks.append((f"transition{number}", _transition(channels)))
            channels //= 2
    head = (nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())
    blocks.append(("classifier", nn.Sequential(*head, nn.Linear(channels, num_classes))))
    return nn.Sequential(OrderedDict(blocks))


def _conv(in_channels: int, out_channels: int) -> nn.Sequential:
    convolution = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
    return nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU(), convolution)


def _transition(channels: int) -> nn.Sequential:
    """Halve the channels and the size."""
    convolution = nn.Conv2d(channels, channels // 2, kernel_size=1)
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), convolution, nn.AvgPool2d(kernel_size=2, stride=2))
