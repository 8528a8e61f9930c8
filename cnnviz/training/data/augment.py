"""The training pictures of a step, changed at random: what is drawn follows from the seed and the step alone.

So a run that goes on draws what it would have drawn, with no state to be kept, and nothing that is looked at between
two steps can change it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from cnnviz.training.data.augmentations import DEGREES, JITTER, NOISE, PADDING_SHARE
from cnnviz.training.data.picture_changes import colour_shift, flipped, jittered, moved, turned

_64_BITS = (1 << 64) - 1


class Augment:
    """Changes batches of pictures, each picture for itself."""

    def __init__(self, names: Sequence[str], seed: int, components: Tensor | None = None) -> None:
        """Do what is named, in the order of ``AUGMENTATIONS``.

        Args:
            names: of augmentations.
            seed: of the run.
            components: for "pca", as ``PixelStatistics`` has them.
        """
        self._names, self._seed = frozenset(names), seed
        self._components = None if components is None else components.float()
        self._generator = torch.Generator()  # on the CPU: alike on every device

    def changed(self, images: Tensor, step: int) -> Tensor:
        """Return pictures for a step, values 0..255, bytes or float32; "pca" is left to ``shift``.

        Args:
            images: uint8 (N, C, H, W), on any device.
            step: of the run, from 0.
        """
        self._generator.manual_seed(_mixed(self._seed, step))
        count, device = len(images), images.device
        if "flip" in self._names:
            images = flipped(images, self._drawn(count).ge(0.5).to(device))
        if "crop" in self._names:
            images = self._cropped(images)
        if "rotation" in self._names:
            images = turned(images, self._drawn(count, -math.radians(DEGREES), math.radians(DEGREES)).to(device))
        if "jitter" in self._names:
            images = jittered(images, *self._drawn(3 * count, 1 - JITTER, 1 + JITTER).view(3, count).to(device))
        return images

    def shift(self, count: int, device: torch.device) -> Tensor | None:
        """Return what is then added to each channel of values 0..1, (N, C, 1, 1); None: nothing.

        Call it after ``changed``: it is drawn behind it.
        """
        if "pca" not in self._names or self._components is None:
            return None
        amounts = NOISE * torch.randn(count, len(self._components), generator=self._generator)
        return colour_shift(amounts, self._components).to(device)

    def _cropped(self, images: Tensor) -> Tensor:
        padding = [round(side / PADDING_SHARE) for side in images.shape[2:]]
        down, right = ((self._drawn(len(images)) * (2 * each + 1)).long().to(images.device) for each in padding)
        return moved(images, down, right, (padding[0], padding[1]))

    def _drawn(self, count: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return torch.rand(count, generator=self._generator) * (high - low) + low


def _mixed(seed: int, step: int) -> int:
    """Return a seed for one step, far from those of its neighbours.

    Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014: SplitMix64.
    """
    mixed = seed
    for each in (0, step):
        mixed = (mixed + each + 0x9E3779B97F4A7C15) & _64_BITS
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64_BITS
        mixed ^= mixed >> 31
    return mixed
