"""NiN: Lin, Chen and Yan, "Network in network", arXiv:1312.4400."""

from __future__ import annotations

from torch import nn

from cnnviz.zoo.layers import check_size
from cnnviz.zoo.registry import architecture


@architecture("nin")
def nin(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.3: (N, in_channels, H, W) → logits (N, num_classes)."""
    check_size("NiN", input_size, 67)
    return nn.Sequential(
        _block(in_channels, 96, kernel_size=11, stride=4, padding=0),
        nn.MaxPool2d(kernel_size=3, stride=2),
        _block(96, 256, kernel_size=5, stride=1, padding=2),
        nn.MaxPool2d(kernel_size=3, stride=2),
        _block(256, 384, kernel_size=3, stride=1, padding=1),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Dropout(p=0.5),
        _block(384, num_classes, kernel_size=3, stride=1, padding=1),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
    )


def _block(in_channels: int, out_channels: int, kernel_size: int, stride: int, padding: int) -> nn.Sequential:
    """A convolution, then two of 1×1: a small fully connected network for every pixel."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
    )
