"""ResNet: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", arXiv:1512.03385, table 1."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from cnnviz.zoo.layers import averaging_head, initialise_for_relu, stem
from cnnviz.zoo.registry import architecture

# Table 1: how many residual blocks the stages of 56, 28, 14 and 7 pixels have.
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
Block = Callable[[int, int, int], nn.Module]  # channels before and after, stride


class Residual(nn.Module):
    """Two 3×3 convolutions and a way around them (figure 2): (N, C, H, W) → (N, C', H/stride, W/stride).

    ``bias``: in all convolutions, as the book has them; without, the shortcut gets a BatchNorm, as in the paper.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, bias: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, stride=stride, bias=bias)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=bias)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = _shortcut(in_channels, out_channels, stride, bias)

    def forward(self, data: Tensor) -> Tensor:
        """Return relu(F(x) + x), with a 1×1 convolution on x where its shape changes."""
        out = functional.relu(self.bn1(self.conv1(data)))
        out = self.bn2(self.conv2(out))
        return functional.relu(out + (data if self.shortcut is None else self.shortcut(data)))


class Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions and a way around them (figure 5): (N, C, H, W) → (N, C', H/stride, W/stride).

    ``inner``: channels of the 3×3 convolution. ``groups``: in which it is divided. ``late``: it has the stride, not the
    1×1 convolution before it.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, *, inner: int, groups: int = 1, late: bool = False
    ) -> None:
        super().__init__()
        first, second = (1, stride) if late else (stride, 1)
        self.conv1 = nn.Conv2d(in_channels, inner, kernel_size=1, stride=first, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, kernel_size=3, padding=1, stride=second, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, out_channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = _shortcut(in_channels, out_channels, stride, bias=False)

    def forward(self, data: Tensor) -> Tensor:
        """Return relu(F(x) + x), with a 1×1 convolution on x where its shape changes."""
        out = functional.relu(self.bn1(self.conv1(data)))
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return functional.relu(out + (data if self.shortcut is None else self.shortcut(data)))


def staged(
    first: nn.Sequential, depths: Sequence[int], channels: Sequence[int], block: Block, num_classes: int
) -> nn.Sequential:
    """Return ``first``, stages of blocks of which all but the first halve the map, and a head.

    Args:
        first: (N, in_channels, H, W) → (N, 64, ⌈H/4⌉, ⌈W/4⌉).
        depths: the blocks of each stage.
        channels: that each stage returns.
        block: makes one block.
        num_classes: logits.
    """
    parts, before = [("stem", first)], 64
    for number, (depth, after) in enumerate(zip(depths, channels, strict=True), start=2):
        leading = block(before, after, 1 if number == 2 else 2)
        rest = [block(after, after, 1) for _ in range(depth - 1)]
        parts.append((f"block{number}", nn.Sequential(leading, *rest)))
        before = after
    parts.append(("classifier", averaging_head(before, num_classes)))
    return nn.Sequential(OrderedDict(parts))


@architecture("resnet18")
def resnet18(
    *,
    input_size: tuple[int, int],
    in_channels: int,
    num_classes: int,
    paper_form: bool,
) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.6, whose convolutions have biases; or the paper's.

    (N, in_channels, H, W) of any size → logits (N, num_classes).
    """
    if paper_form:
        return basic_resnet(depth=18, input_size=input_size, in_channels=in_channels, num_classes=num_classes)
    return staged(stem(in_channels, batch_norm=True), BLOCKS[18], (64, 128, 256, 512), Residual, num_classes)


def basic_resnet(
    *,
    depth: int,
    input_size: tuple[int, int],  # noqa: ARG001
    in_channels: int,
    num_classes: int,
) -> nn.Sequential:
    """Return the paper's ResNet-18 or ResNet-34: (N, in_channels, H, W) of any size → logits (N, num_classes)."""
    first, block = stem(in_channels, batch_norm=True, bias=False), partial(Residual, bias=False)
    model = staged(first, BLOCKS[depth], (64, 128, 256, 512), block, num_classes)
    initialise_for_relu(model)
    return model


def bottleneck_resnet(
    *,
    depth: int,
    input_size: tuple[int, int],  # noqa: ARG001
    in_channels: int,
    num_classes: int,
    v1_5: bool,
) -> nn.Sequential:
    """Return the paper's ResNet-50, -101 or -152: (N, in_channels, H, W) of any size → logits (N, num_classes).

    ``v1_5``: the 3×3 convolutions have the stride, as in torchvision, and not the 1×1 ones before them.
    """

    def block(before: int, after: int, stride: int) -> Bottleneck:
        return Bottleneck(before, after, stride, inner=after // 4, late=v1_5)

    first = stem(in_channels, batch_norm=True, bias=False)
    model = staged(first, BLOCKS[depth], (256, 512, 1024, 2048), block, num_classes)
    initialise_for_relu(model)
    return model


def _shortcut(in_channels: int, out_channels: int, stride: int, bias: bool) -> nn.Module | None:
    if stride == 1 and in_channels == out_channels:
        return None
    convolution = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=bias)
    return convolution if bias else nn.Sequential(convolution, nn.BatchNorm2d(out_channels))


architecture("resnet34")(partial(basic_resnet, depth=34))
for _depth in (50, 101, 152):
    architecture(f"resnet{_depth}")(partial(bottleneck_resnet, depth=_depth))
