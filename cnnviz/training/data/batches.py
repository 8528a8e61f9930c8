"""Pictures as bytes, on the device where they fit, handed out in batches of what the network sees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.resize import Resize
from cnnviz.zoo.catalog import InputShape

_SHARE_OF_DEVICE = 0.5  # of what is free: the rest is the network's


class Batches:
    """Batches of images float32 (N, C, H, W) in 0..1 and labels int64 (N,); the last one may be smaller.

    The pixels equal PIL's bilinear resize followed by torchvision's ToTensor. Pictures of a file, and those too many
    for the device, are read as they are needed; nothing is copied that can be used where it lies.
    """

    def __init__(self, data: ImageData, input_shape: InputShape, batch_size: int, device: torch.device) -> None:
        pixels = data.images if data.images.flags.writeable else data.images.copy()
        self._images = _placed(torch.from_numpy(pixels), device)
        self._labels = torch.from_numpy(data.labels)
        self._channels, height, width = input_shape
        source = (int(data.images.shape[2]), int(data.images.shape[3]))
        self._resize = Resize(source, (height, width), device)
        self._batch_size, self._device = batch_size, device

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-self.images // self._batch_size)

    @property
    def images(self) -> int:
        """How many pictures there are."""
        return len(self._labels)

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """The class of each picture, as they lie."""
        found: npt.NDArray[np.int64] = self._labels.numpy()
        return found

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every picture once, as they lie."""
        for at in range(0, self.images, self._batch_size):
            part = slice(at, at + self._batch_size)
            yield self._seen(part)

    def shuffled(self, generator: torch.Generator, skip: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every picture once, in an order drawn from ``generator`` (a CPU one: alike on every device).

        Args:
            skip: leave out so many batches at the beginning; the order is the same.
        """
        order = torch.randperm(self.images, generator=generator).to(self._images.device)
        for index in torch.split(order, self._batch_size)[skip:]:
            yield self._seen(index)

    def head(self, count: int) -> tuple[Tensor, Tensor]:
        """Return the first ``count`` pictures and labels."""
        return self._seen(slice(0, count))

    def _seen(self, which: slice | Tensor) -> tuple[Tensor, Tensor]:
        pixels, labels = self._images[which].to(self._device), self._labels[which].to(self._device)
        return (self._resize(pixels) / 255).expand(-1, self._channels, -1, -1), labels


def _placed(images: Tensor, device: torch.device) -> Tensor:
    """Return the pictures on the device, or where they lie when they would take too much of its memory."""
    if device.type == "cuda" and images.nbytes > _SHARE_OF_DEVICE * torch.cuda.mem_get_info(device)[0]:
        return images
    try:
        return images.to(device)
    except torch.OutOfMemoryError:
        return images
