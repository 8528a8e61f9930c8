"""Every builder of torchvision for classification, segmentation, detection and video, without pretrained weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from torch import nn
from torchvision import models
from torchvision.ops.misc import FrozenBatchNorm2d

from cnnviz.errors import CnnvizError
from cnnviz.zoo import catalog
from cnnviz.zoo.registry import architecture

_MVIT_SIZE = (16, 224, 224)  # frames, height, width: torchvision's builders take no other


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


def segmentation_model(*, builder: str, num_classes: int, auxiliary_head: bool | None = None, **_: object) -> nn.Module:
    """Return ``torchvision.models.segmentation.<builder>``: (N, 3, H, W) → {"out": (N, num_classes, H, W), …}."""
    settings = {} if auxiliary_head is None else {"aux_loss": auxiliary_head}
    model: nn.Module = models.get_model(
        builder, weights=None, weights_backbone=None, num_classes=num_classes, **settings
    )
    return model


def detection_model(
    *,
    builder: str,
    num_classes: int,
    min_size: int | None = None,
    frozen_norm: bool = False,
    **_: object,
) -> nn.Module:
    """Return ``torchvision.models.detection.<builder>``: (N, 3, H, W) → for each picture a dictionary of its boxes.

    ``frozen_norm``: the backbone's BatchNorm is frozen, as torchvision does where it loads pretrained weights.
    """
    settings = {} if min_size is None else {"min_size": min_size}
    model: nn.Module = models.get_model(
        builder, weights=None, weights_backbone=None, num_classes=num_classes, **settings
    )
    if frozen_norm:
        _freeze_norms(model.get_submodule("backbone"))
    return model


def video_model(*, builder: str, input_size: tuple[int, int, int], num_classes: int) -> nn.Module:
    """Return ``torchvision.models.video.<builder>``: (N, 3, T, H, W) → logits (N, num_classes).

    Raises:
        CnnvizError: a network whose positions are numbered for one size is asked for another.
    """
    if builder.startswith("mvit_") and input_size != _MVIT_SIZE:
        sizes = ["×".join(map(str, size)) for size in (_MVIT_SIZE, input_size)]
        message = f"{builder} numbers the positions of {sizes[0]} frames and pixels; {sizes[1]} were asked for."
        raise CnnvizError(message, f"Choose {sizes[0]}.")
    model: nn.Module = models.get_model(builder, weights=None, num_classes=num_classes)
    return model


def _image_size(builder: str, size: tuple[int, int]) -> int:
    """Return the side of the square that is cut into patches; ``vit_b_16`` has patches of 16 pixels."""
    patch = int(builder.rpartition("_")[2])
    if size[0] != size[1] or size[0] % patch:
        fitting = patch * max(1, round(min(size) / patch))
        message = f"{builder} cuts squares into patches of {patch}×{patch}; {size[0]}×{size[1]} pixels were asked for."
        raise CnnvizError(message, f"Choose a multiple of {patch} for both sides, such as {fitting}×{fitting}.")
    return size[0]


def _freeze_norms(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, FrozenBatchNorm2d(child.num_features, eps=child.eps))
        else:
            _freeze_norms(child)


_BUILDERS: Mapping[str, Callable[..., nn.Module]] = {
    "classification": torchvision_model,
    "segmentation": segmentation_model,
    "detection": detection_model,
    "video": video_model,
}

for _entry in catalog.architectures():
    if _entry.group == "torchvision":
        architecture(_entry.name)(partial(_BUILDERS[_entry.task], builder=_entry.title))
