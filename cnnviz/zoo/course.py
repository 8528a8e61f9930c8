"""The two-layer network with which PyTorch courses begin, after MNIST's handwritten digits."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from cnnviz.zoo.layers import check_size, pooled
from cnnviz.zoo.registry import architecture


class CourseNet(nn.Module):
    """Two convolutions, each pooled *before* its ReLU, and one linear layer: (N, C, H, W) → logits (N, num_classes).

    The course's layers and names: conv 10 and 20 with kernel 5, one 2×2 pooling that both use, 320 → 10 at 28×28.
    """

    def __init__(self, in_channels: int, num_classes: int, features: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.pooling = nn.MaxPool2d(2)
        self.fc = nn.Linear(features, num_classes)

    def forward(self, data: Tensor) -> Tensor:
        """Return the logits."""
        data = functional.relu(self.pooling(self.conv1(data)))
        data = functional.relu(self.pooling(self.conv2(data)))
        logits: Tensor = self.fc(data.flatten(1))
        return logits


@architecture("course-mnist")
def course_mnist(*, input_size: tuple[int, int], in_channels: int, num_classes: int) -> CourseNet:
    """Return the course's network, its linear layer sized by the picture.

    Raises:
        CnnvizError: pictures under 16 pixels.
    """
    check_size("The course's MNIST net", input_size, 16)
    height, width = (pooled(pooled(size, 5, 1) // 2, 5, 1) // 2 for size in input_size)
    return CourseNet(in_channels, num_classes, 20 * height * width)
