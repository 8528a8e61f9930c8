"""Every classification builder of torchvision, without its pretrained weights."""

from __future__ import annotations

from functools import partial

from torch import nn
from torchvision import models

from cnnviz.zoo import catalog
from cnnviz.zoo.registry import architecture


def torchvision_model(*, builder: str, input_size: tuple[int, int], num_classes: int) -> nn.Module:
    """Return ``torchvision.models.<builder>``: (N, 3, H, W) → logits (N, num_classes)."""
    settings: dict[str, object] = {"weights": None, "num_classes": num_classes}
    if builder.startswith("vit_"):
        settings["image_size"] = input_size[0]
    if builder in ("googlenet", "inception_v3"):
        settings["init_weights"] = True  # said outright: leaving it out warns
    model: nn.Module = models.get_model(builder, **settings)
    return model


for _entry in catalog.architectures():
    if _entry.group == "torchvision":
        architecture(_entry.name)(partial(torchvision_model, builder=_entry.title))
