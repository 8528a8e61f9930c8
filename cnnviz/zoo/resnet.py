"""ResNet: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", arXiv:1512.03385."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional

from cnnviz.zoo.layers import stem
from cnnviz.zoo.registry import architecture


class Residual(nn.Module):
    """Two 3×3 convolutions and a way around them (figure 2): (N, C, H, W) → (N, C', H/stride, W/stride)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        changes = stride != 1 or in_channels != out_channels
        self.shortcut = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride) if changes else None

    def forward(self, data: Tensor) -> Tensor:
        """Return relu(F(x) + x), with a 1×1 convolution on x where its shape changes."""
        out = functional.relu(self.bn1(self.conv1(data)))
        out = self.bn2(self.conv2(out))
        return functional.relu(out + (data if self.shortcut is None else self.shortcut(data)))


@architecture("resnet18")
def resnet18(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> nn.Sequential:  # noqa: ARG001
    """Return the form of Dive into Deep Learning, section 8.6, whose convolutions have biases.

    (N, in_channels, H, W) of any size → logits (N, num_classes).
    """
    stages = [("stem", stem(in_channels, batch_norm=True))]
    before = 64
    for number, channels in enumerate((64, 128, 256, 512), start=2):
        stride = 1 if channels == 64 else 2
        stages.append(
            (f"block{number}", nn.Sequential(Residual(before, channels, stride), Residual(channels, channels)))
        )
        before = channels
    head = nn.Sequential(nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(512, num_classes))
    return nn.Sequential(OrderedDict([*stages, ("classifier", head)]))
