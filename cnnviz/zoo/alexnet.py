"""AlexNet: Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012."""

from __future__ import annotations

from torch import nn

from cnnviz.zoo.layers import check_size, pooled
from cnnviz.zoo.registry import architecture


@architecture("alexnet")
def alexnet(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.1: (N, in_channels, H, W) → logits (N, num_classes)."""
    check_size("AlexNet", input_size, 65)
    height, width = (_final(size) for size in input_size)
    return nn.Sequential(
        nn.Conv2d(in_channels, 96, kernel_size=11, stride=4, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Flatten(),
        nn.Linear(256 * height * width, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, num_classes),
    )


def _final(size: int) -> int:
    """Height or width of the last map: the first convolution and three 3×3 poolings shrink it, the others keep it."""
    for kernel, stride, padding in ((11, 4, 1), (3, 2, 0), (3, 2, 0), (3, 2, 0)):
        size = pooled(size, kernel, stride, padding)
    return size
