"""Every classification builder of torchvision, without its pretrained weights."""

from __future__ import annotations

from functools import partial

from torch import nn
from torchvision import models

from cnnviz.errors import CnnvizError
from cnnviz.zoo import catalog
from cnnviz.zoo.registry import architecture


def torchvision_model(*, builder: str, input_size: tuple[int, int], num_classes: int) -> nn.Module:
    """Return ``torchvision.models.<builder>``: (N, 3, H, W) → logits (N, num_classes).

    Raises:
        CnnvizError: a vision transformer cannot cut pictures of this size into its patches.
    """
    settings: dict[str, object] = {"weights": None, "num_classes": num_classes}
    if builder.startswith("vit_"):
        settings["image_size"] = _image_size(builder, input_size)
    if builder in ("googlenet", "inception_v3"):
        settings["init_weights"] = True  # said outright: leaving it out warns
    model: nn.Module = models.get_model(builder, **settings)
    return model


def _image_size(builder: str, size: tuple[int, int]) -> int:
    """Return the side of the square that is cut into patches; ``vit_b_16`` has patches of 16 pixels."""
    patch = int(builder.rpartition("_")[2])
    if size[0] != size[1] or size[0] % patch:
        fitting = patch * max(1, round(min(size) / patch))
        message = f"{builder} cuts squares into patches of {patch}×{patch}; {size[0]}×{size[1]} pixels were asked for."
        raise CnnvizError(message, f"Choose a multiple of {patch} for both sides, such as {fitting}×{fitting}.")
    return size[0]


for _entry in catalog.architectures():
    if _entry.group == "torchvision":
        architecture(_entry.name)(partial(torchvision_model, builder=_entry.title))
