"""LeNet-5: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998."""

from __future__ import annotations

from torch import nn

from cnnviz.zoo.layers import check_size, pooled
from cnnviz.zoo.registry import architecture

_ACTIVATIONS = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU, "tanh": nn.Tanh}


@architecture("lenet")
def lenet(
    *, input_size: tuple[int, int], in_channels: int, num_classes: int, activation: str, batch_norm: bool
) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 7.6; with ``batch_norm`` that of section 8.5.

    (N, in_channels, H, W) → logits (N, num_classes).
    """
    check_size("LeNet-5", input_size, 12)
    height, width = (pooled(pooled(pooled(size, 5, 1, 2), 2, 2), 5, 1) // 2 for size in input_size)
    act = _ACTIVATIONS[activation]
    maps = [nn.BatchNorm2d] if batch_norm else []
    features = [nn.BatchNorm1d] if batch_norm else []
    return nn.Sequential(
        nn.Conv2d(in_channels, 6, kernel_size=5, padding=2),
        *(norm(6) for norm in maps),
        act(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        *(norm(16) for norm in maps),
        act(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * height * width, 120),
        *(norm(120) for norm in features),
        act(),
        nn.Linear(120, 84),
        *(norm(84) for norm in features),
        act(),
        nn.Linear(84, num_classes),
    )
