"""What weights say of a picture; those of a run as they stand on disk now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import Fit, as_input
from cnnviz.training.config import TrainConfig
from cnnviz.training.network import input_channels
from cnnviz.zoo import catalog, weights
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import Weights

_BEST = 5
Shape = tuple[int, int, int]  # C, H, W
Cut = Callable[[Shape, Fit], npt.NDArray[np.uint8]]  # a picture as uint8 (C, H, W)


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """The likeliest classes, and what the network saw."""

    best: tuple[tuple[int, float], ...]  # class and probability, likeliest first
    class_names: tuple[str, ...]  # of all classes; empty: not known
    seen: npt.NDArray[np.uint8]  # (C, H, W)
    step: int | None  # of the weights


class Trying:
    """A network with its weights, kept from one picture to the next and read again when a run's are newer.

    Call it from one thread at a time.
    """

    def __init__(self, source: Weights, spec: ModelSpec) -> None:
        self._weights, self._spec = source, spec
        self._network: nn.Module | None = None
        self._origin = weights.Origin()
        self._version: object = None

    def look(self, cut: Cut) -> Tried:
        """Return what the network says of the picture that ``cut`` brings to its input.

        Raises:
            CnnvizError: the run has written no weights yet, they or the picture cannot be read, or the network returns
                no scores.
        """
        version = weights.version(self._weights)
        if self._network is None or version != self._version:
            network = weights.built(self._spec)
            self._origin = weights.put_into(network, self._spec, self._weights)
            self._network, self._version = network, version
        channels, height, width = self._spec.input_shape
        seen = cut((channels, height, width), self._origin.fit)
        with torch.no_grad():
            scores = self._network(torch.from_numpy(as_input(seen, self._origin.normalisation)))
        if not isinstance(scores, Tensor) or scores.dim() != 2:
            raise CnnvizError("The network returns no scores of classes.", "Look at its feature maps instead.")
        shares = scores[0].double().softmax(0)
        order = shares.argsort(descending=True)[:_BEST].tolist()
        best = tuple((int(at), float(shares[at])) for at in order)
        return Tried(best, self._origin.class_names, seen, self._origin.step)


def trying_run(folder: Path, config: TrainConfig) -> Trying:
    """Return the network of a run to be asked.

    Raises:
        CnnvizError: its data or its network are not there.
    """
    channels, usual = input_channels(config), catalog.find(config.model).input_shape
    size = config.resize or usual[1]
    spec = catalog.resolve(config.model, config.options, (channels or usual[0], size, size))
    return Trying(Weights("run", file=folder), spec)
