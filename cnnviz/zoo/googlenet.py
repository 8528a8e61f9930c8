"""GoogLeNet: Szegedy et al., "Going deeper with convolutions", arXiv:1409.4842, table 1."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from cnnviz.zoo.layers import stem
from cnnviz.zoo.registry import architecture


class Inception(nn.Module):
    """Four branches side by side, joined along the channels (figure 2b): (N, C, H, W) → (N, C', H, W)."""

    def __init__(
        self, in_channels: int, one: int, three: tuple[int, int], five: tuple[int, int], projection: int
    ) -> None:
        super().__init__()
        self.branch1 = _conv(in_channels, one, 1)
        self.branch3 = nn.Sequential(_conv(in_channels, three[0], 1), _conv(three[0], three[1], 3))
        self.branch5 = nn.Sequential(_conv(in_channels, five[0], 1), _conv(five[0], five[1], 5))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), _conv(in_channels, projection, 1))

    def forward(self, data: Tensor) -> Tensor:
        """Return the branches' maps joined: one + three[1] + five[1] + projection channels."""
        branches = (self.branch1, self.branch3, self.branch5, self.branch_pool)
        return torch.cat([branch(data) for branch in branches], dim=1)


@architecture("googlenet")
def googlenet(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:  # noqa: ARG001
    """Return the form of Dive into Deep Learning, section 8.4.

    (N, in_channels, H, W) of any size → logits (N, num_classes).
    """
    second = (_conv(64, 64, 1), _conv(64, 192, 3), _halve())
    third = (
        Inception(192, 64, (96, 128), (16, 32), 32),
        Inception(256, 128, (128, 192), (32, 96), 64),
        _halve(),
    )
    fourth = (
        Inception(480, 192, (96, 208), (16, 48), 64),
        Inception(512, 160, (112, 224), (24, 64), 64),
        Inception(512, 128, (128, 256), (24, 64), 64),
        Inception(512, 112, (144, 288), (32, 64), 64),
        Inception(528, 256, (160, 320), (32, 128), 128),
        _halve(),
    )
    fifth = (Inception(832, 256, (160, 320), (32, 128), 128), Inception(832, 384, (192, 384), (48, 128), 128))
    blocks = [("stem", stem(in_channels))]
    blocks += [
        (f"block{i}", nn.Sequential(*layers)) for i, layers in enumerate((second, third, fourth, fifth), start=2)
    ]
    head = nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(1024, num_classes))
    return nn.Sequential(OrderedDict([*blocks, ("classifier", head)]))


def _conv(in_channels: int, out_channels: int, kernel_size: int) -> nn.Sequential:
    """A convolution that keeps the size, and its ReLU."""
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2), nn.ReLU())


def _halve() -> nn.MaxPool2d:
    return nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
