"""How the pictures of a run are shown to its network: brought to a mean and deviation, and in training augmented."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cnnviz.errors import CnnvizError
from cnnviz.pictures.normalisations import normalisation_named
from cnnviz.pictures.preprocessing import Normalisation
from cnnviz.training.config import DATA, TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.data.augment import Augment
from cnnviz.training.data.augmentations import chosen
from cnnviz.training.data.pixel_statistics import Measuring, PixelStatistics
from cnnviz.training.events import Preparing
from cnnviz.zoo.weights import Origin


@dataclass(frozen=True, slots=True)
class Showing:
    """What is done to pictures of 0..1."""

    normalisation: Normalisation | None  # of each channel of the network; None: they stay 0..1
    augment: Augment | None  # in training; None: nothing

    def doubts(self, origin: Origin | None) -> tuple[str, ...]:
        """Say how what the weights that a run begins with were made for differs from what it shows."""
        shown, how = _in_words(self.normalisation), "--normalise; in the window: Normalise by"
        if origin is None or (origin.is_normalisation_known and origin.normalisation == self.normalisation):
            return ()
        if not origin.is_normalisation_known:
            what = "Not known: the normalisation that these weights were made for"
            return (f"{what}. Training shows {shown} ({how}).",)
        return (f"These weights were made for {_in_words(origin.normalisation)}; training shows {shown} ({how}).",)


def check_showing(config: TrainConfig, own: int, channels: int) -> None:
    """Refuse what cannot be done to these pictures.

    Args:
        config: how they are to be shown.
        own: channels of the pictures.
        channels: that the network takes.

    Raises:
        CnnvizError: it cannot.
    """
    for error in misfits(config, own, channels).values():
        raise error


def misfits(config: TrainConfig, own: int, channels: int) -> dict[str, CnnvizError]:
    """Return what ``check_showing`` refuses, by the names of settings."""
    found = {}
    if own == 1 and "pca" in chosen(config.augment):
        found["augment"] = CnnvizError("pca shifts colours, and these pictures are grey.", "Leave pca out.")
    try:
        if config.normalise != DATA:
            normalisation_named(config.normalise, channels)
    except CnnvizError as error:
        found["normalise"] = error
    return found


def showing(
    config: TrainConfig, images: npt.NDArray[np.uint8], channels: int, control: Control
) -> Generator[Preparing, None, tuple[TrainConfig, Showing]]:
    """Return ``config`` with all of it decided, and what that means.

    Args:
        config: what was asked for.
        images: (N, C, H, W), those to train on.
        channels: that the network takes.
        control: asked while the pictures are measured.

    Raises:
        StoppedError: a stop came first.
        CnnvizError: there is nothing to normalise by.
    """
    names = chosen(config.augment)
    if config.normalise != DATA and "pca" not in names:
        return decided(config, channels, None)
    measuring = Measuring(images)
    for fraction in measuring.parts():
        yield Preparing("Measuring the training pictures", fraction)
        control.heed()
    return decided(config, channels, measuring.found())


def decided(config: TrainConfig, channels: int, found: PixelStatistics | None) -> tuple[TrainConfig, Showing]:
    """Return what ``showing`` does.

    Args:
        config: what was asked for.
        channels: that the network takes.
        found: of the training pictures; None where nothing that is asked for needs them.
    """
    names = chosen(config.augment)
    normalise = config.normalise if config.normalise != DATA or found is None else _in_numbers(found)
    components = found.components if found is not None and "pca" in names else None
    augment = Augment(names, config.seed, components) if names else None
    config = replace(config, normalise=normalise, augment=",".join(names) or None)
    return config, Showing(normalisation_named(normalise, channels), augment)


def _in_numbers(found: PixelStatistics) -> str:
    """Return MEAN,STD to four digits, as such numbers are published: those, and no finer ones, are what a run uses."""
    if not (found.deviation > 0).all():
        message = "There is a channel that is the same in every pixel of every training picture: it has no deviation."
        raise CnnvizError(message, "Normalise by none, or by MEAN,STD.")
    return ",".join(f"{number:.4g}" for number in (*found.mean.tolist(), *found.deviation.tolist()))


def _in_words(normalisation: Normalisation | None) -> str:
    if normalisation is None:
        return "pictures of 0 to 1"
    mean, std = (", ".join(f"{number:.4g}" for number in dict.fromkeys(each)) for each in normalisation)
    return f"mean {mean} and deviation {std}"
