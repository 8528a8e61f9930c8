"""Data that live on the device as bytes, handed out in batches of what the network sees."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from cnnviz.errors import CnnvizError
from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.resize import Resize
from cnnviz.zoo.catalog import InputShape


class Batches:
    """Batches of images float32 (N, C, H, W) in 0..1 and labels int64 (N,); the last one may be smaller.

    The pixels equal PIL's bilinear resize followed by torchvision's ToTensor.
    """

    def __init__(self, data: ImageData, input_shape: InputShape, batch_size: int, device: torch.device) -> None:
        try:
            self._images = torch.from_numpy(data.images.copy()).to(device)
        except (torch.OutOfMemoryError, MemoryError) as error:
            message = f"{len(data):,} pictures ({data.images.nbytes / 1e9:.1f} GB) do not fit into the device's memory."
            raise CnnvizError(message, "Choose a smaller limit or resize, or the CPU as device.") from error
        self._labels = torch.from_numpy(data.labels).to(device)
        self._channels, height, width = input_shape
        source = (int(data.images.shape[2]), int(data.images.shape[3]))
        self._resize = Resize(source, (height, width), device)
        self._batch_size = batch_size

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-self.images // self._batch_size)

    @property
    def images(self) -> int:
        """How many pictures there are."""
        return len(self._labels)

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every picture once, as they lie."""
        for at in range(0, self.images, self._batch_size):
            part = slice(at, at + self._batch_size)
            yield self._seen(self._images[part]), self._labels[part]

    def shuffled(self, generator: torch.Generator, skip: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every picture once, in an order drawn from ``generator`` (a CPU one: alike on every device).

        Args:
            skip: leave out so many batches at the beginning; the order is the same.
        """
        order = torch.randperm(self.images, generator=generator).to(self._labels.device)
        for index in torch.split(order, self._batch_size)[skip:]:
            yield self._seen(self._images[index]), self._labels[index]

    def head(self, count: int) -> tuple[Tensor, Tensor]:
        """Return the first ``count`` pictures and labels."""
        return self._seen(self._images[:count]), self._labels[:count]

    def _seen(self, pixels: Tensor) -> Tensor:
        return (self._resize(pixels) / 255).expand(-1, self._channels, -1, -1)
