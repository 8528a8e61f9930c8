"""The pictures that ship with cnnviz: two photographs and one item of each Fashion-MNIST class. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cnnviz.assets import asset

FASHION_MNIST_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """A picture of ours. Sources and licences stand in ``resources/pictures/README.md``."""

    title: str  # "Cat", "Ankle boot"
    file: Path
    photograph: bool  # in colour; False: a Fashion-MNIST item, 28×28, white on black


@cache
def samples() -> tuple[SamplePicture, ...]:
    """Return the sample pictures: the photographs first, then Fashion-MNIST in the order of its classes."""
    names = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")
    items = zip(FASHION_MNIST_CLASSES, names, strict=True)
    return (
        SamplePicture("Cat", asset("pictures/cat.jpg"), True),
        SamplePicture("Coffee", asset("pictures/coffee.jpg"), True),
        *(SamplePicture(title, asset(f"pictures/{name}.png"), False) for title, name in items),
    )


def suited(input_shape: tuple[int, ...]) -> SamplePicture:
    """Return the sample to begin with: a photograph for a colour network, an ankle boot for a grey one."""
    return samples()[0] if input_shape[:1] == (3,) else samples()[-1]
