"""Pictures as bytes, on the device where they fit, handed out in batches of what the network sees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from cnnviz.pictures.preprocessing import Normalisation
from cnnviz.training.data.augment import Augment
from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.resize import Resize
from cnnviz.zoo.catalog import InputShape

_SHARE_OF_DEVICE = 0.5  # of what is free: the rest is the network's


class Batches:
    """Batches of images float32 (N, C, H, W) and labels int64 (N,); the last one may be smaller.

    The pixels equal PIL's bilinear resize followed by torchvision's ToTensor, 0..1, and Normalize where that is asked
    for. Pictures of a file, and those too many for the device, are read as they are needed; nothing is copied that can
    be used where it lies.
    """

    def __init__(
        self,
        data: ImageData,
        input_shape: InputShape,
        batch_size: int,
        device: torch.device,
        normalisation: Normalisation | None = None,
        augment: Augment | None = None,
    ) -> None:
        """Show ``data`` at this size.

        Args:
            normalisation: of the network's channels; None: values stay 0..1.
            augment: what ``shuffled`` changes pictures by, and nothing else does.
        """
        pixels = data.images if data.images.flags.writeable else data.images.copy()
        self._images = _placed(torch.from_numpy(pixels), device)
        self._labels = torch.from_numpy(data.labels)
        self._channels, height, width = input_shape
        source = (int(data.images.shape[2]), int(data.images.shape[3]))
        self._resize = Resize(source, (height, width), device)
        self._batch_size, self._device = batch_size, device
        self._affine = None if normalisation is None else _affine(normalisation, device)
        self._augment = augment

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

    def shuffled(self, generator: torch.Generator, skip: int = 0, step: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield every picture once, in an order drawn from ``generator`` (a CPU one: alike on every device).

        Args:
            skip: leave out so many batches at the beginning; the order is the same.
            step: of the run, that the first batch which is not left out is for: augmentation follows from it.
        """
        order = torch.randperm(self.images, generator=generator).to(self._images.device)
        for at, index in enumerate(torch.split(order, self._batch_size)[skip:]):
            yield self._seen(index, step + at)

    def head(self, count: int, step: int | None = None) -> tuple[Tensor, Tensor]:
        """Return the first ``count`` pictures and labels, augmented as for a step; None: as they are."""
        return self._seen(slice(0, count), step)

    def _seen(self, which: slice | Tensor, step: int | None = None) -> tuple[Tensor, Tensor]:
        """``step``: that the pictures are augmented for; None: they are as they are."""
        pixels, labels = self._images[which].to(self._device), self._labels[which].to(self._device)
        shift = None
        if step is not None and self._augment is not None:
            pixels = self._augment.changed(pixels, step)
            shift = self._augment.shift(len(labels), self._device)
        return self._values(self._resize(pixels), shift).expand(-1, self._channels, -1, -1), labels

    def _values(self, pixels: Tensor, shift: Tensor | None) -> Tensor:
        """Return (pixels ÷ 255 + shift − mean) ÷ std, in the place of ``pixels`` where it has all the channels."""
        if self._affine is None:
            values = pixels.div_(255)
            return values if shift is None else values.add_(shift)
        scale, offset = self._affine
        offset = offset if shift is None else offset + 255 * scale * shift
        return torch.addcmul(offset, pixels, scale, out=pixels if len(scale) in (1, pixels.shape[1]) else None)


def _affine(normalisation: Normalisation, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return what bytes are multiplied by and what is then added, (C, 1, 1); (1, 1, 1) where all channels are alike."""
    mean, std = (torch.tensor(each, dtype=torch.float64).reshape(-1, 1, 1) for each in normalisation)
    if len({*zip(*normalisation, strict=True)}) == 1:
        mean, std = mean[:1], std[:1]
    return (1 / (255 * std)).float().to(device), (-mean / std).float().to(device)


def _placed(images: Tensor, device: torch.device) -> Tensor:
    """Return the pictures on the device, or where they lie when they would take too much of its memory."""
    if device.type == "cuda" and images.nbytes > _SHARE_OF_DEVICE * torch.cuda.mem_get_info(device)[0]:
        return images
    try:
        return images.to(device)
    except torch.OutOfMemoryError:
        return images
