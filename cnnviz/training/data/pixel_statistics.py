"""Mean, deviation and covariance of the channels of pictures: exact, whatever the device and the order of adding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

_CHUNK = 1 << 22  # values at a time: pictures may be more than memory holds


@dataclass(frozen=True, slots=True, eq=False)
class PixelStatistics:
    """Of values 0..1, over all pixels of all pictures."""

    mean: Tensor  # float64 (C,)
    covariance: Tensor  # float64 (C, C)

    @property
    def deviation(self) -> Tensor:
        """Return the standard deviation of each channel, (C,)."""
        return torch.sqrt(self.covariance.diagonal().clamp(min=0))

    @property
    def components(self) -> Tensor:
        """Return the principal components of the colours: each column an eigenvector times its eigenvalue, (C, C)."""
        values, vectors = torch.linalg.eigh(self.covariance)
        largest: Tensor = vectors.gather(0, vectors.abs().argmax(0, keepdim=True))
        found: Tensor = vectors * largest.sign() * values.clamp(min=0)  # either sign would do: it is always the same
        return found


class Sums:
    """Of the pictures that it is given, and of their products."""

    def __init__(self, channels: int) -> None:
        self.count = 0  # pixels
        self._sums = torch.zeros(channels, dtype=torch.float64)
        self._products = torch.zeros(channels, channels, dtype=torch.float64)

    def add(self, images: npt.NDArray[np.uint8]) -> None:
        """Count pictures (N, C, H, W) in."""
        part = torch.from_numpy(np.array(images))
        values = part.transpose(0, 1).flatten(1).double()  # whole numbers: every sum below is exact
        self._sums += values.sum(1)
        self._products += values @ values.T
        self.count += values.shape[1]

    def found(self) -> PixelStatistics:
        """Return what they come to."""
        mean = self._sums / self.count
        covariance = self._products / self.count - mean.outer(mean)
        return PixelStatistics(mean / 255, covariance / 255**2)


class Measuring:
    """Reads pictures part by part; between two of them others may be heard."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self._images, self._sums = images, Sums(images.shape[1])

    def parts(self) -> Iterator[float]:
        """Yield how far it is, 0..1, after each part."""
        some = max(_CHUNK // max(int(np.prod(self._images.shape[1:])), 1), 1)
        for at in range(0, len(self._images), some):
            self._sums.add(self._images[at : at + some])
            yield min((at + some) / len(self._images), 1.0)

    def found(self) -> PixelStatistics:
        """Return what they came to, after all parts."""
        return self._sums.found()


def statistics_of(images: npt.NDArray[np.uint8]) -> PixelStatistics:
    """Return those of pictures (N, C, H, W)."""
    measuring = Measuring(images)
    for _ in measuring.parts():
        pass
    return measuring.found()
