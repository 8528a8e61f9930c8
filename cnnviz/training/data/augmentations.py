"""The augmentations there are, one entry each: what a training picture may be changed by. No torch here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

PADDING_SHARE = 8  # of a picture's side, at each of its edges: 4 of CIFAR's 32 pixels in He et al., 1512.03385, 4.2
DEGREES = 15.0  # to either side
JITTER = 0.4  # of brightness, contrast and saturation, up and down: fb.resnet.torch
NOISE = 0.1  # standard deviation of PCA noise


@dataclass(frozen=True, slots=True)
class Augmentation:
    """One of them."""

    name: str
    does: str  # what to each picture, each time that it is shown


AUGMENTATIONS = (
    Augmentation("flip", "mirrors every second picture, left to right"),
    Augmentation("crop", f"moves by up to 1/{PADDING_SHARE} of a side, black at the edge"),
    Augmentation("rotation", f"turns by up to {DEGREES:g}° to either side"),
    Augmentation("jitter", f"changes brightness, contrast and saturation by up to {JITTER:.0%}"),
    Augmentation("pca", "shifts colours along their principal components, as AlexNet's authors did"),
)


def augmentation_names() -> tuple[str, ...]:
    """Return the names that the setting ``augment`` may hold, in the order in which they are done."""
    return tuple(each.name for each in AUGMENTATIONS)


def augmentations_in_words() -> str:
    """Return what each of them does: "flip mirrors …; …"."""
    return in_words(augmentation_names())


def in_words(names: Collection[str]) -> str:
    """Return what these do, each with its strength."""
    return "; ".join(f"{each.name} {each.does}" for each in AUGMENTATIONS if each.name in names)


def chosen(augment: str | None) -> tuple[str, ...]:
    """Return the names that a setting ``augment`` holds, each once, in the order in which they are done."""
    said = set() if augment is None else {name.strip() for name in augment.split(",")}
    return tuple(name for name in augmentation_names() if name in said)
