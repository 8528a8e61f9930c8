"""AlexNet: Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012."""

from __future__ import annotations

from torch import nn

from cnnviz.zoo.layers import check_size, pooled
from cnnviz.zoo.registry import architecture


@architecture("alexnet")
def alexnet(*, input_size: tuple[int, int], in_channels: int, num_classes: int, padded: bool) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.1: (N, in_channels, H, W) → logits (N, num_classes).

    ``padded``: one pixel around the picture, as in the book; without it the sizes at 224 pixels are the same.
    """
    padding = 1 if padded else 0
    check_size("AlexNet", input_size, 67 - 2 * padding)
    return nn.Sequential(
        nn.Conv2d(in_channels, 96, kernel_size=11, stride=4, padding=padding),
        nn.ReLU(),
        _pool(),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        _pool(),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        _pool(),
        nn.Flatten(),
        nn.Linear(256 * _final_pixels(input_size, padding), 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(4096, num_classes),
    )


@architecture("alexnet-half")
def alexnet_half(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:
    """Return one of the paper's two streams alone, as tutorials train it: half the channels, 2048 hidden units."""
    check_size("AlexNet", input_size, 63)
    return nn.Sequential(
        nn.Conv2d(in_channels, 48, kernel_size=11, stride=4, padding=2),
        nn.ReLU(),
        _pool(),
        nn.Conv2d(48, 128, kernel_size=5, padding=2),
        nn.ReLU(),
        _pool(),
        nn.Conv2d(128, 192, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(192, 192, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(192, 128, kernel_size=3, padding=1),
        nn.ReLU(),
        _pool(),
        nn.Flatten(),
        *_hidden(128 * _final_pixels(input_size, 2), 2048),
        nn.Linear(2048, num_classes),
    )


@architecture("alexnet-paper")
def alexnet_paper(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:
    """Return the paper's network: two streams, written as two groups, that meet in the third convolution (figure 2).

    Local response normalisation with k = 2, n = 5, α = 10⁻⁴, β = 0.75 follows the first two ReLUs (section 3.3); the
    padding of 2 makes the 55 × 55 maps of figure 2 from 224 pixels.
    """
    check_size("AlexNet", input_size, 63)
    return nn.Sequential(
        nn.Conv2d(in_channels, 96, kernel_size=11, stride=4, padding=2),
        nn.ReLU(),
        _normalise(),
        _pool(),
        nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),
        nn.ReLU(),
        _normalise(),
        _pool(),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),
        nn.ReLU(),
        _pool(),
        nn.Flatten(),
        *_hidden(256 * _final_pixels(input_size, 2), 4096),
        nn.Linear(4096, num_classes),
    )


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(kernel_size=3, stride=2)


def _normalise() -> nn.LocalResponseNorm:
    """torch divides alpha by n, the paper does not: 5 · 10⁻⁴ here is 10⁻⁴ there."""
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def _hidden(features: int, hidden: int) -> tuple[nn.Module, ...]:
    """Two fully connected layers with dropout before each, as the paper's authors wrote it."""
    return (
        nn.Dropout(p=0.5),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
    )


def _final_pixels(input_size: tuple[int, int], padding: int) -> int:
    """Pixels of the last map: the first convolution and three 3×3 poolings shrink it, the others keep it."""
    height, width = (_final(size, padding) for size in input_size)
    return height * width


def _final(size: int, padding: int) -> int:
    for kernel, stride, around in ((11, 4, padding), (3, 2, 0), (3, 2, 0), (3, 2, 0)):
        size = pooled(size, kernel, stride, around)
    return size
