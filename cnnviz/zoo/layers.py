"""What several families share: the first layers, the size of a map after a layer, the error when it would vanish."""

from __future__ import annotations

from torch import nn

from cnnviz.errors import CnnvizError


def stem(in_channels: int, batch_norm: bool = False) -> nn.Sequential:
    """Return what GoogLeNet, ResNet and DenseNet begin with: (N, in_channels, H, W) → (N, 64, ⌈H/4⌉, ⌈W/4⌉)."""
    norm = [nn.BatchNorm2d(64)] if batch_norm else []
    convolution = nn.Conv2d(in_channels, 64, kernel_size=7, stride=2, padding=3)
    return nn.Sequential(convolution, *norm, nn.ReLU(), nn.MaxPool2d(kernel_size=3, stride=2, padding=1))


def pooled(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """Return the pixels left by a convolution or pooling: ⌊(size + 2·padding − kernel) / stride⌋ + 1."""
    return (size + 2 * padding - kernel) // stride + 1


def check_size(title: str, size: tuple[int, int], smallest: int) -> None:
    """Raise CnnvizError when a picture of ``size`` (height, width) leaves nothing for the last layers."""
    if min(size) < smallest:
        raise CnnvizError(
            f"{title} needs pictures of at least {smallest}×{smallest} pixels; {size[0]}×{size[1]} were asked for.",
            f"Choose an input size (resize) of {smallest} or more.",
        )
