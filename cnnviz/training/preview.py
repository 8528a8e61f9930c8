"""A few training pictures as a network will be shown them, before a run: augmented and normalised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import Normalisation, as_pixels
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.data.batches import Batches
from cnnviz.training.data.browsing import Contents, SplitByClass, contents, samples_at
from cnnviz.training.data.image_data import ImageData
from cnnviz.training.data.pixel_statistics import Measuring, PixelStatistics
from cnnviz.training.showing import check_showing, decided

PICTURES = 6  # beside one another
DRAWS = 2  # of each
_TAKEN = 48  # pictures to choose from; of files, which are not all decoded for this, those that are measured
Pixels = npt.NDArray[np.uint8]
Shape = tuple[int, int, int]  # C, H, W


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """What a preview needs of the data."""

    images: Pixels  # (N, C, H, W)
    found: PixelStatistics  # of the training pictures
    measured: int | None  # pictures that these are of; None: all


@dataclass(frozen=True, slots=True, eq=False)
class Previewed:
    """Pictures of (C, H, W), and the numbers that the network is given."""

    plain: tuple[Pixels, ...]
    shown: tuple[tuple[Pixels, ...], ...]  # each draw, of the same pictures
    lowest: float
    highest: float
    mean: float
    deviation: float
    measured: int | None  # as ``Sampled``, where the numbers follow from what was measured


def sampled(data: str, limit: int | None, shape: Shape, control: Control) -> Sampled:
    """Return a few training pictures of each class, and what all of them are like.

    Args:
        data: as ``TrainConfig.data``.
        limit: as ``TrainConfig.limit``.
        shape: (C, H, W) of the network's input.
        control: a stop ends it.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: the data are not here, or cannot be read.
    """
    found = contents(data, limit, control)
    places = _places(found.train)
    pictures = found.train.part.pictures
    if isinstance(pictures, np.ndarray):
        measuring = Measuring(pictures)
        for _ in measuring.parts():
            control.heed()
        return Sampled(pictures[places], measuring.found(), None)
    return _of_files(found, places, shape, control)


def previewed(sample: Sampled, config: TrainConfig, shape: Shape, draw: int) -> Previewed:
    """Return some of the pictures as they are, and as a run of ``config`` would show them in training.

    Args:
        sample: of its data.
        config: how it shows them.
        shape: (C, H, W) of the network's input; sides beyond 256 pixels are shown at 256.
        draw: a number: another one means other pictures, otherwise changed.

    Raises:
        CnnvizError: they cannot be shown so.
    """
    check_showing(config, sample.images.shape[1], shape[0])
    _, how = decided(config, shape[0], sample.found)
    first = draw * PICTURES % len(sample.images)
    images = np.roll(sample.images, -first, 0)[:PICTURES]
    data = ImageData(images, np.zeros(len(images), np.int64), ())
    shown = _small(shape)
    plain, _ = Batches(data, shown, len(images), torch.device("cpu")).head(len(images))
    batches = Batches(data, shown, len(images), torch.device("cpu"), how.normalisation, how.augment)
    draws = [batches.head(len(images), draw * DRAWS + at)[0] for at in range(DRAWS)]
    values = torch.stack(draws)
    return Previewed(
        _pictures(plain, None),
        tuple(_pictures(drawn, how.normalisation) for drawn in draws),
        *_numbers(values),
        sample.measured if "data" in config.normalise or "pca" in (config.augment or "") else None,
    )


def _pictures(values: Tensor, normalisation: Normalisation | None) -> tuple[Pixels, ...]:
    """Return what can be seen of them: colours, or the first channel."""
    seen = 3 if values.shape[1] == 3 else 1
    return tuple(as_pixels(each.numpy(), normalisation)[:seen] for each in torch.split(values, 1))


def _numbers(values: Tensor) -> tuple[float, float, float, float]:
    return values.min().item(), values.max().item(), values.mean().item(), values.std(correction=0).item()


def _places(split: SplitByClass) -> list[int]:
    """Return where a few pictures of each class stand, of one class after another."""
    classes = np.flatnonzero(split.counts)[:_TAKEN]
    each = -(-_TAKEN // len(classes))
    rows = [split.positions(int(label), 0, each) for label in classes]
    return [row[at] for at in range(each) for row in rows if at < len(row)][:_TAKEN]


def _of_files(found: Contents, places: list[int], shape: Shape, control: Control) -> Sampled:
    read = samples_at(found, "train", places, shape, control)
    images = [sample.pixels for sample in read if sample.pixels is not None]
    if not images:
        raise CnnvizError(read[0].fault or "No picture can be read.", "Look at the Data tab.")
    whole = np.stack(images)
    measuring = Measuring(whole)
    for _ in measuring.parts():
        control.heed()
    return Sampled(whole, measuring.found(), len(whole) if len(found.train.part) > len(whole) else None)


def _small(shape: Shape) -> Shape:
    return shape[0], min(shape[1], 256), min(shape[2], 256)
