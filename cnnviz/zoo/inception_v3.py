"""Inception v3: Szegedy et al., "Rethinking the Inception architecture for computer vision", arXiv:1512.00567.

Table 1 in the form in which its authors published it, which torchvision follows: a 1×1 convolution to 80 channels and
a pooling stand where the table has two more 3×3 convolutions, and BatchNorm has an epsilon of 0.001.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from torch import Tensor, nn

from cnnviz.zoo.layers import Branches, averaging_head, check_size, conv_norm_relu, initialise_for_relu
from cnnviz.zoo.registry import architecture

_conv = partial(conv_norm_relu, eps=1e-3)
_SMALLEST, _SMALLEST_WITH_HEAD = 75, 299  # the auxiliary head's 5×5 kernels need the 17×17 maps of 299 pixels


class InceptionA(Branches):
    """Figure 5: 5×5 factored into two 3×3; (N, C, H, W) → (N, 224 + projection, H, W)."""

    def __init__(self, in_channels: int, projection: int) -> None:
        super().__init__(
            branch1=_conv(in_channels, 64, 1),
            branch5=nn.Sequential(_conv(in_channels, 48, 1), _conv(48, 64, 5, padding=2)),
            branch_double=nn.Sequential(
                _conv(in_channels, 64, 1), _conv(64, 96, 3, padding=1), _conv(96, 96, 3, padding=1)
            ),
            branch_pool=_pooled(in_channels, projection),
        )


class InceptionB(Branches):
    """Figure 10: the map is halved by convolutions and by pooling; (N, C, H, W) → (N, C + 480, ⌊(H-1)/2⌋, …)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(
            branch3=_conv(in_channels, 384, 3, stride=2),
            branch_double=nn.Sequential(
                _conv(in_channels, 64, 1), _conv(64, 96, 3, padding=1), _conv(96, 96, 3, stride=2)
            ),
            branch_pool=nn.MaxPool2d(3, stride=2),
        )


class InceptionC(Branches):
    """Figure 6: 7×7 factored into 1×7 and 7×1; (N, 768, H, W) → (N, 768, H, W). ``inner``: channels between them."""

    def __init__(self, in_channels: int, inner: int) -> None:
        super().__init__(
            branch1=_conv(in_channels, 192, 1),
            branch7=nn.Sequential(_conv(in_channels, inner, 1), _wide(inner, inner), _tall(inner, 192)),
            branch_double=nn.Sequential(
                _conv(in_channels, inner, 1),
                _tall(inner, inner),
                _wide(inner, inner),
                _tall(inner, inner),
                _wide(inner, 192),
            ),
            branch_pool=_pooled(in_channels, 192),
        )


class InceptionD(Branches):
    """As figure 10, with a factored 7×7 before one of the strides; (N, C, H, W) → (N, C + 512, ⌊(H-1)/2⌋, …)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(
            branch3=nn.Sequential(_conv(in_channels, 192, 1), _conv(192, 320, 3, stride=2)),
            branch7=nn.Sequential(
                _conv(in_channels, 192, 1), _wide(192, 192), _tall(192, 192), _conv(192, 192, 3, stride=2)
            ),
            branch_pool=nn.MaxPool2d(3, stride=2),
        )


class InceptionE(Branches):
    """Figure 7: 3×3 spread into 1×3 beside 3×1; (N, C, H, W) → (N, 2048, H, W)."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(
            branch1=_conv(in_channels, 320, 1),
            branch3=nn.Sequential(_conv(in_channels, 384, 1), _spread(384, 384)),
            branch_double=nn.Sequential(_conv(in_channels, 448, 1), _conv(448, 384, 3, padding=1), _spread(384, 384)),
            branch_pool=_pooled(in_channels, 192),
        )


class WithAuxiliaryHead(nn.Module):
    """Inception v3 with the head of its section 4, which reads the 17×17 maps and is heard in training alone."""

    def __init__(self, lower: nn.Module, auxiliary: nn.Module, upper: nn.Module) -> None:
        super().__init__()
        self.lower, self.auxiliary, self.upper = lower, auxiliary, upper

    def forward(self, data: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Return logits (N, num_classes); in training those of the head behind them."""
        maps = self.lower(data)
        logits: Tensor = self.upper(maps)
        return (logits, self.auxiliary(maps)) if self.training else logits


@architecture("inception-v3")
def inception_v3(*, input_size: tuple[int, int], in_channels: int, num_classes: int, auxiliary_head: bool) -> nn.Module:
    """Return the network: (N, in_channels, H, W) → logits (N, num_classes).

    Raises:
        CnnvizError: pictures under 75 pixels, or under 299 with the auxiliary head.
    """
    check_size("Inception v3", input_size, _SMALLEST)
    if auxiliary_head:
        check_size("Inception v3 with its auxiliary head", input_size, _SMALLEST_WITH_HEAD)
    lower = [("stem", _stem(in_channels)), ("block3", _third()), ("block4", _fourth())]
    upper = [("block5", _fifth()), ("classifier", averaging_head(2048, num_classes, dropout=0.5))]
    if not auxiliary_head:
        model: nn.Module = nn.Sequential(OrderedDict([*lower, *upper]))
    else:
        halves = (nn.Sequential(OrderedDict(half)) for half in (lower, upper))
        model = WithAuxiliaryHead(next(halves), _auxiliary(num_classes), next(halves))
    initialise_for_relu(model)
    return model


def _stem(in_channels: int) -> nn.Sequential:
    """(N, in_channels, 299, 299) → (N, 192, 35, 35)."""
    return nn.Sequential(
        _conv(in_channels, 32, 3, stride=2),
        _conv(32, 32, 3),
        _conv(32, 64, 3, padding=1),
        nn.MaxPool2d(3, stride=2),
        _conv(64, 80, 1),
        _conv(80, 192, 3),
        nn.MaxPool2d(3, stride=2),
    )


def _third() -> nn.Sequential:
    return nn.Sequential(InceptionA(192, 32), InceptionA(256, 64), InceptionA(288, 64))


def _fourth() -> nn.Sequential:
    return nn.Sequential(InceptionB(288), *(InceptionC(768, inner) for inner in (128, 160, 160, 192)))


def _fifth() -> nn.Sequential:
    return nn.Sequential(InceptionD(768), InceptionE(1280), InceptionE(2048))


def _auxiliary(num_classes: int) -> nn.Sequential:
    """Figure 8: (N, 768, 17, 17) → logits (N, num_classes)."""
    pool = nn.AvgPool2d(5, stride=3)
    return nn.Sequential(pool, _conv(768, 128, 1), _conv(128, 768, 5), *averaging_head(768, num_classes))


def _wide(in_channels: int, out_channels: int) -> nn.Sequential:
    return _conv(in_channels, out_channels, (1, 7), padding=(0, 3))


def _tall(in_channels: int, out_channels: int) -> nn.Sequential:
    return _conv(in_channels, out_channels, (7, 1), padding=(3, 0))


def _spread(in_channels: int, out_channels: int) -> Branches:
    wide = _conv(in_channels, out_channels, (1, 3), padding=(0, 1))
    tall = _conv(in_channels, out_channels, (3, 1), padding=(1, 0))
    return Branches(wide=wide, tall=tall)


def _pooled(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), _conv(in_channels, out_channels, 1))
