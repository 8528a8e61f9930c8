"""Inception v4: Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet …", arXiv:1602.07261, figure 9.

As in its authors' published code, BatchNorm has an epsilon of 0.001.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from torch import nn

from cnnviz.zoo.layers import Branches, averaging_head, check_size, conv_norm_relu, initialise_for_relu
from cnnviz.zoo.registry import architecture

_conv = partial(conv_norm_relu, eps=1e-3)
_SMALLEST = 75
_DROPOUT = 0.2  # figure 9 keeps 0.8


class InceptionA(Branches):
    """Figure 4, of the 35×35 maps: (N, 384, H, W) → (N, 384, H, W)."""

    def __init__(self) -> None:
        super().__init__(
            branch1=_conv(384, 96, 1),
            branch3=nn.Sequential(_conv(384, 64, 1), _conv(64, 96, 3, padding=1)),
            branch_double=nn.Sequential(_conv(384, 64, 1), _conv(64, 96, 3, padding=1), _conv(96, 96, 3, padding=1)),
            branch_pool=_pooled(384, 96),
        )


class ReductionA(Branches):
    """Figure 7 with table 1's k, l, m, n = 192, 224, 256, 384: (N, 384, 35, 35) → (N, 1024, 17, 17)."""

    def __init__(self) -> None:
        super().__init__(
            branch3=_conv(384, 384, 3, stride=2),
            branch_double=nn.Sequential(
                _conv(384, 192, 1), _conv(192, 224, 3, padding=1), _conv(224, 256, 3, stride=2)
            ),
            branch_pool=nn.MaxPool2d(3, stride=2),
        )


class InceptionB(Branches):
    """Figure 5, of the 17×17 maps: (N, 1024, H, W) → (N, 1024, H, W)."""

    def __init__(self) -> None:
        super().__init__(
            branch1=_conv(1024, 384, 1),
            branch7=nn.Sequential(_conv(1024, 192, 1), _wide(192, 224, 7), _tall(224, 256, 7)),
            branch_double=nn.Sequential(
                _conv(1024, 192, 1),
                _tall(192, 192, 7),
                _wide(192, 224, 7),
                _tall(224, 224, 7),
                _wide(224, 256, 7),
            ),
            branch_pool=_pooled(1024, 128),
        )


class ReductionB(Branches):
    """Figure 8: (N, 1024, 17, 17) → (N, 1536, 8, 8)."""

    def __init__(self) -> None:
        super().__init__(
            branch3=nn.Sequential(_conv(1024, 192, 1), _conv(192, 192, 3, stride=2)),
            branch7=nn.Sequential(
                _conv(1024, 256, 1), _wide(256, 256, 7), _tall(256, 320, 7), _conv(320, 320, 3, stride=2)
            ),
            branch_pool=nn.MaxPool2d(3, stride=2),
        )


class InceptionC(Branches):
    """Figure 6, of the 8×8 maps: (N, 1536, H, W) → (N, 1536, H, W)."""

    def __init__(self) -> None:
        super().__init__(
            branch1=_conv(1536, 256, 1),
            branch3=nn.Sequential(_conv(1536, 384, 1), _spread(384)),
            branch_double=nn.Sequential(_conv(1536, 384, 1), _tall(384, 448, 3), _wide(448, 512, 3), _spread(512)),
            branch_pool=_pooled(1536, 256),
        )


@architecture("inception-v4")
def inception_v4(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:
    """Return the network of figure 9: (N, in_channels, H, W) → logits (N, num_classes).

    Raises:
        CnnvizError: pictures under 75 pixels.
    """
    check_size("Inception v4", input_size, _SMALLEST)
    blocks = [
        ("stem", _stem(in_channels)),
        ("block3", nn.Sequential(*(InceptionA() for _ in range(4)), ReductionA())),
        ("block4", nn.Sequential(*(InceptionB() for _ in range(7)), ReductionB())),
        ("block5", nn.Sequential(*(InceptionC() for _ in range(3)))),
        ("classifier", averaging_head(1536, num_classes, _DROPOUT)),
    ]
    model = nn.Sequential(OrderedDict(blocks))
    initialise_for_relu(model)
    return model


def _stem(in_channels: int) -> nn.Sequential:
    """Figure 3: (N, in_channels, 299, 299) → (N, 384, 35, 35)."""
    return nn.Sequential(
        _conv(in_channels, 32, 3, stride=2),
        _conv(32, 32, 3),
        _conv(32, 64, 3, padding=1),
        Branches(pool=nn.MaxPool2d(3, stride=2), conv=_conv(64, 96, 3, stride=2)),
        Branches(
            branch3=nn.Sequential(_conv(160, 64, 1), _conv(64, 96, 3)),
            branch7=nn.Sequential(_conv(160, 64, 1), _wide(64, 64, 7), _tall(64, 64, 7), _conv(64, 96, 3)),
        ),
        Branches(conv=_conv(192, 192, 3, stride=2), pool=nn.MaxPool2d(3, stride=2)),
    )


def _wide(in_channels: int, out_channels: int, length: int) -> nn.Sequential:
    return _conv(in_channels, out_channels, (1, length), padding=(0, length // 2))


def _tall(in_channels: int, out_channels: int, length: int) -> nn.Sequential:
    return _conv(in_channels, out_channels, (length, 1), padding=(length // 2, 0))


def _spread(in_channels: int) -> Branches:
    return Branches(wide=_wide(in_channels, 256, 3), tall=_tall(in_channels, 256, 3))


def _pooled(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), _conv(in_channels, out_channels, 1))
