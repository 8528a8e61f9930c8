"""Inception v2: Ioffe and Szegedy, "Batch normalization: accelerating …", arXiv:1502.03167, figure 5."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from cnnviz.zoo.layers import Branches, averaging_head, conv_norm_relu, initialise_for_relu
from cnnviz.zoo.registry import architecture

_MULTIPLIER = 8  # of the separable first convolution: maps that each input channel gives


class InceptionV2(Branches):
    """Figure 5's block: 1×1, 3×3, two 3×3, pooling; (N, C, H, W) → (N, one + three + double + projection, H, W).

    ``three`` and ``double`` are (reduced, out) channels.
    """

    def __init__(
        self,
        in_channels: int,
        one: int,
        three: tuple[int, int],
        double: tuple[int, int],
        projection: int,
        pool: type[nn.MaxPool2d] | type[nn.AvgPool2d] = nn.AvgPool2d,
    ) -> None:
        super().__init__(
            branch1=conv_norm_relu(in_channels, one, 1),
            branch3=_three(in_channels, three, 1),
            branch_double=_double(in_channels, double, 1),
            branch_pool=nn.Sequential(pool(3, stride=1, padding=1), conv_norm_relu(in_channels, projection, 1)),
        )


class InceptionV2Halving(Branches):
    """Figure 5's block with stride 2, whose pooling passes on what it reads: (N, C, H, W) → (N, …+C, ⌈H/2⌉, ⌈W/2⌉)."""

    def __init__(self, in_channels: int, three: tuple[int, int], double: tuple[int, int]) -> None:
        super().__init__(
            branch3=_three(in_channels, three, 2),
            branch_double=_double(in_channels, double, 2),
            branch_pool=nn.MaxPool2d(3, stride=2, padding=1),
        )


@architecture("inception-v2")
def inception_v2(
    *,
    input_size: tuple[int, int],  # noqa: ARG001
    in_channels: int,
    num_classes: int,
    separable: bool,
) -> nn.Sequential:
    """Return the network of figure 5: (N, in_channels, H, W) of any size → logits (N, num_classes).

    The figure's filters of 4c and 4d do not sum to the 576 channels that it states; the authors' own code projects
    their pooling to 96, which does, and so does this. ``separable``: the first convolution filters each channel by
    itself, as in the paper's appendix.
    """
    blocks = [
        ("stem", nn.Sequential(_first(in_channels, separable), _halve())),
        ("block2", nn.Sequential(conv_norm_relu(64, 64, 1), conv_norm_relu(64, 192, 3, padding=1), _halve())),
        ("block3", _third()),
        ("block4", _fourth()),
        ("block5", _fifth()),
        ("classifier", averaging_head(1024, num_classes)),
    ]
    model = nn.Sequential(OrderedDict(blocks))
    initialise_for_relu(model)
    return model


def _third() -> nn.Sequential:
    return nn.Sequential(
        InceptionV2(192, 64, (64, 64), (64, 96), 32),
        InceptionV2(256, 64, (64, 96), (64, 96), 64),
        InceptionV2Halving(320, (128, 160), (64, 96)),
    )


def _fourth() -> nn.Sequential:
    return nn.Sequential(
        InceptionV2(576, 224, (64, 96), (96, 128), 128),
        InceptionV2(576, 192, (96, 128), (96, 128), 128),
        InceptionV2(576, 160, (128, 160), (128, 160), 96),
        InceptionV2(576, 96, (128, 192), (160, 192), 96),
        InceptionV2Halving(576, (128, 192), (192, 256)),
    )


def _fifth() -> nn.Sequential:
    return nn.Sequential(
        InceptionV2(1024, 352, (192, 320), (160, 224), 128),
        InceptionV2(1024, 352, (192, 320), (192, 224), 128, pool=nn.MaxPool2d),
    )


def _first(in_channels: int, separable: bool) -> nn.Sequential:
    """(N, in_channels, H, W) → (N, 64, ⌈H/2⌉, ⌈W/2⌉); separable: 7×7 for each channel, then 1×1 over all."""
    if not separable:
        return conv_norm_relu(in_channels, 64, 7, stride=2, padding=3)
    inner = in_channels * _MULTIPLIER
    depthwise = nn.Conv2d(in_channels, inner, 7, stride=2, padding=3, groups=in_channels, bias=False)
    return nn.Sequential(depthwise, *conv_norm_relu(inner, 64, 1))


def _three(in_channels: int, channels: tuple[int, int], stride: int) -> nn.Sequential:
    reduced, out = channels
    return nn.Sequential(conv_norm_relu(in_channels, reduced, 1), conv_norm_relu(reduced, out, 3, stride, padding=1))


def _double(in_channels: int, channels: tuple[int, int], stride: int) -> nn.Sequential:
    reduced, out = channels
    return nn.Sequential(
        conv_norm_relu(in_channels, reduced, 1),
        conv_norm_relu(reduced, out, 3, padding=1),
        conv_norm_relu(out, out, 3, stride, padding=1),
    )


def _halve() -> nn.MaxPool2d:
    return nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
