"""ResNeXt: Xie, Girshick, Dollár, Tu and He, "Aggregated residual transformations …", arXiv:1611.05431."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from cnnviz.zoo.layers import initialise_for_relu, stem
from cnnviz.zoo.registry import architecture
from cnnviz.zoo.resnet import BLOCKS, Bottleneck, staged


class ResNeXtBlock(nn.Module):
    """The block of Dive into Deep Learning, section 8.6.5: (N, C, H, W) → (N, C', H/stride, W/stride).

    Its inner convolutions have as many channels as its output (the book's ``bot_mul`` is 1), the 3×3 one in groups of
    ``group_width`` channels; all have biases, and the shortcut has a BatchNorm.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, group_width: int) -> None:
        super().__init__()
        groups = out_channels // group_width
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, stride=stride, padding=1, groups=groups)
        self.conv3 = nn.Conv2d(out_channels, out_channels, kernel_size=1)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(out_channels) for _ in range(3))
        changes = stride != 1 or in_channels != out_channels
        self.conv4 = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride) if changes else None
        self.bn4 = nn.BatchNorm2d(out_channels) if changes else None

    def forward(self, data: Tensor) -> Tensor:
        """Return relu(F(x) + x), with a 1×1 convolution on x where its shape changes."""
        out = functional.relu(self.bn1(self.conv1(data)))
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.conv4 is not None and self.bn4 is not None:
            data = self.bn4(self.conv4(data))
        return functional.relu(out + data)


@architecture("resnext")
def resnext(
    *,
    input_size: tuple[int, int],  # noqa: ARG001
    in_channels: int,
    num_classes: int,
    group_width: int,
) -> nn.Sequential:
    """Return the book's ResNet-18 (section 8.6) with the ResNeXt blocks of its section 8.6.5 in it.

    (N, in_channels, H, W) of any size → logits (N, num_classes).
    """

    def block(before: int, after: int, stride: int) -> ResNeXtBlock:
        return ResNeXtBlock(before, after, stride, group_width)

    return staged(stem(in_channels, batch_norm=True), BLOCKS[18], (64, 128, 256, 512), block, num_classes)


@architecture("resnext50")
def resnext50(
    *,
    input_size: tuple[int, int],  # noqa: ARG001
    in_channels: int,
    num_classes: int,
) -> nn.Sequential:
    """Return the paper's ResNeXt-50 of 32 groups, 4 channels wide in the first stage (table 1).

    (N, in_channels, H, W) of any size → logits (N, num_classes).
    """

    def block(before: int, after: int, stride: int) -> Bottleneck:
        return Bottleneck(before, after, stride, inner=after // 2, groups=32, late=True)

    first = stem(in_channels, batch_norm=True, bias=False)
    model = staged(first, BLOCKS[50], (256, 512, 1024, 2048), block, num_classes)
    initialise_for_relu(model)
    return model
