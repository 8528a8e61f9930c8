"""A picture file → what a network is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.pictures.preprocessing import Preprocessing, as_input
from cnnviz.pictures.reading import seen
from cnnviz.zoo import ModelSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def picture_input(picture: Path, spec: ModelSpec, how: Preprocessing) -> npt.NDArray[np.float32]:
    """Return the picture as the network sees it, (1, C, H, W), read and resized as for training.

    Raises:
        CnnvizError: the picture cannot be used, or the network takes none.
    """
    return as_input(seen(picture, picture_shape(spec), how.fit), how.normalisation)


def picture_shape(spec: ModelSpec) -> tuple[int, int, int]:
    """Return channels, height and width of the picture that a network takes, or of each of those that it takes.

    Raises:
        CnnvizError: it takes something else.
    """
    if len(spec.input_shape) not in (3, 4):
        raise CnnvizError(f"{spec.name} takes no pictures.", "Choose a network with an input of C × H × W.")
    channels, *_depth, height, width = spec.input_shape
    return channels, height, width
