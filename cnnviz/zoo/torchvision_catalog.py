"""The catalogue's networks of torchvision, read from ``resources/torchvision.json``. No torch here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnnviz.assets import asset
from cnnviz.zoo.specs import Architecture, Option, PretrainedWeights, PublishedFigures
from cnnviz.zoo.textbook import CLASSES

_CLASSES = replace(CLASSES, default=1000)
_OPTIONS = {
    "auxiliary_head": Option(
        "auxiliary_head",
        "Auxiliary head",
        "bool",
        True,
        "A second classifier of pixels, at the third stage, as torchvision's trained network has it.",
    ),
    "min_size": Option(
        "min_size",
        "Shorter side",
        "int",
        800,
        "Pixels to which the network itself resizes the shorter side of each picture before it looks.",
        32,
        4096,
    ),
    "frozen_norm": Option(
        "frozen_norm",
        "Frozen BatchNorm",
        "bool",
        True,
        "As in torchvision's trained network: the scale and shift of the backbone's BatchNorm are no parameters.",
    ),
}
_SUMMARIES = {
    "segmentation": "a class for every pixel. It returns a dictionary of maps",
    "detection": "boxes around things, with their classes. The rows of its boxes are those that random weights find",
    "video": "one class for a video of {frames} frames",
}
_HELP = {
    "segmentation": "Classes of a pixel, the background among them.",
    "detection": "Classes of a box, the background among them.",
    "video": CLASSES.help,
}


def torchvision_architectures() -> tuple[Architecture, ...]:
    """Return torchvision's builders: classification by family, then segmentation, detection and video."""
    rows = json.loads(asset("torchvision.json").read_text("utf-8"))
    return tuple(_classification(row) if "weights" in row else _other(row) for row in rows)


def _classification(row: Mapping[str, Any]) -> Architecture:
    first, shape = row["weights"][0], (3, row["weights"][0]["crop"], row["weights"][0]["crop"])
    figures = PublishedFigures(
        first["name"], first["params"], first["gmacs"], shape, "top-1 on ImageNet", first["top1"]
    )
    return Architecture(
        name=f"torchvision/{row['name']}",
        title=row["name"],
        group="torchvision",
        family=row["family"],
        module="cnnviz.zoo.torchvision",
        input_shape=shape,
        options=(_CLASSES,),
        source=f"torchvision.models.{row['name']}",
        summary=f"{row['family']} as torchvision builds it, for ImageNet's 1000 classes.",
        weights=tuple(PretrainedWeights(**weights) for weights in row["weights"]),
        published=figures,
    )


def _other(row: Mapping[str, Any]) -> Architecture:
    task, shape = row["task"], tuple(row["input"])
    classes = replace(CLASSES, default=row["classes"], help=_HELP[task])
    figures = PublishedFigures(input_shape=shape, **row["published"])
    does = _SUMMARIES[task].format(frames=shape[1])
    return Architecture(
        name=f"torchvision/{row['name']}",
        title=row["name"],
        group="torchvision",
        family=row["family"],
        module="cnnviz.zoo.torchvision",
        input_shape=shape,
        options=(classes, *(_option(name, row) for name in row["options"])),
        source=f"torchvision.models.{task}: {row['name']}",
        summary=f"{row['family']}: {does}. Published: {figures.percent} % {figures.measure}.",
        task=task,
        published=figures,
    )


def _option(name: str, row: Mapping[str, Any]) -> Option:
    option = _OPTIONS[name]
    return replace(option, default=row.get(name, option.default))
