"""VGG: Simonyan and Zisserman, "Very deep convolutional networks …", arXiv:1409.1556."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from torch import nn

from cnnviz.zoo.layers import check_size
from cnnviz.zoo.registry import architecture

# Table 1, columns A, B, D, E: how many 3×3 convolutions each of the five blocks has.
_BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_CHANNELS = (64, 128, 256, 512, 512)
_HIDDEN = 4096
_SMALLEST = 32  # five poolings halve it to one pixel


def vgg(
    *,
    depth: int,
    input_size: tuple[int, int],
    in_channels: int,
    num_classes: int,
    width_divisor: int,
    batch_norm: bool,
) -> nn.Sequential:
    """Return the form of Dive into Deep Learning, section 8.2: (N, in_channels, H, W) → logits (N, num_classes).

    The first fully connected layer is sized by ``input_size``, as the book's lazy layer does.

    Raises:
        CnnvizError: pictures under 32 pixels.
    """
    check_size(f"VGG-{depth}", input_size, _SMALLEST)
    channels = [in_channels, *(wide // width_divisor for wide in _CHANNELS)]
    blocks = [
        (f"block{i + 1}", _block(count, channels[i], channels[i + 1], batch_norm))
        for i, count in enumerate(_BLOCKS[depth])
    ]
    features = channels[-1] * (input_size[0] // _SMALLEST) * (input_size[1] // _SMALLEST)
    classifier = ("classifier", _classifier(features, _HIDDEN // width_divisor, num_classes))
    return nn.Sequential(OrderedDict([*blocks, classifier]))


def _block(convolutions: int, in_channels: int, out_channels: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for i in range(convolutions):
        before = in_channels if i == 0 else out_channels
        norm = [nn.BatchNorm2d(out_channels)] if batch_norm else []
        layers += [nn.Conv2d(before, out_channels, kernel_size=3, padding=1), *norm, nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(kernel_size=2, stride=2))


def _classifier(features: int, hidden: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Dropout(p=0.5),
        nn.Linear(hidden, num_classes),
    )


for _depth in _BLOCKS:
    architecture(f"vgg{_depth}")(partial(vgg, depth=_depth))
