"""What several families share: the first layers, convolutions with BatchNorm, branches, and the sizes of maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError

Sizes = int | tuple[int, int]  # the same along both axes, or (height, width)


class Branches(nn.Module):
    """Branches side by side, joined along the channels: (N, C, H, W) → (N, ΣC', H', W')."""

    def __init__(self, **branches: nn.Module) -> None:
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)

    def forward(self, data: Tensor) -> Tensor:
        """Return the branches' maps, joined in the order in which they were given."""
        return torch.cat([branch(data) for branch in self.children()], dim=1)


def stem(in_channels: int, batch_norm: bool = False, bias: bool = True) -> nn.Sequential:
    """Return what GoogLeNet, ResNet and DenseNet begin with: (N, in_channels, H, W) → (N, 64, ⌈H/4⌉, ⌈W/4⌉)."""
    norm = [nn.BatchNorm2d(64)] if batch_norm else []
    convolution = nn.Conv2d(in_channels, 64, kernel_size=7, stride=2, padding=3, bias=bias)
    return nn.Sequential(convolution, *norm, nn.ReLU(), nn.MaxPool2d(kernel_size=3, stride=2, padding=1))


def conv_norm_relu(
    in_channels: int, out_channels: int, kernel: Sizes, stride: int = 1, padding: Sizes = 0, eps: float = 1e-5
) -> nn.Sequential:
    """Return a convolution whose bias BatchNorm makes needless, its BatchNorm and its ReLU."""
    convolution = nn.Conv2d(in_channels, out_channels, kernel, stride, padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels, eps=eps), nn.ReLU())


def averaging_head(features: int, num_classes: int, dropout: float = 0.0) -> nn.Sequential:
    """Return the mean over each map and a linear layer on it: (N, features, H, W) → logits (N, num_classes)."""
    drop = [nn.Dropout(p=dropout)] if dropout else []
    return nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), *drop, nn.Linear(features, num_classes))


def initialise_for_relu(model: nn.Module) -> None:
    """Draw every convolution's weights from N(0, 2 / (k² · out_channels)): He et al., arXiv:1502.01852, equation 14."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


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
