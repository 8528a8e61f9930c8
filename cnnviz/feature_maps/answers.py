"""What a lens answers, and what is drawn of it. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.output_layout import FIRST_PART, MAPS, Layout, Part

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cnnviz.feature_maps.drawn.drawing import Drawing
    from cnnviz.feature_maps.questions import Question
    from cnnviz.inspection.call import Shape
    from cnnviz.pictures.preprocessing import Fit, Normalisation


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """Every channel of one call's output for one picture."""

    layer: str  # module path, "features.0"
    call: int  # index in the report
    values: npt.NDArray[np.float32]  # (C, H, W); a vector of C features is (C, 1, 1)
    input: npt.NDArray[np.float32]  # (1, C, H, W), as the network saw it
    weights: str  # title of the weights
    step: int | None = None  # training step of the weights, where they come from a run
    class_names: tuple[str, ...] = ()  # of the network's logits, where the weights' origin tells them
    notes: tuple[str, ...] = ()  # what is to be said of the weights and of the picture's normalisation
    fit: Fit = "crop"  # what of the picture the network saw
    normalisation: Normalisation | None = None  # what that was brought to; None: it stayed 0..1
    part: Part = FIRST_PART  # of what the call returned
    layout: Layout = MAPS  # how that lies
    outputs: tuple[Shape, ...] = ()  # shapes of all tensors that the call returned, batch axis kept
    shares: npt.NDArray[np.float32] | None = None  # probability of each class, where the network's answer was computed

    @property
    def is_vector(self) -> bool:
        """One number for each feature: a linear layer's output, a pooled one, or logits."""
        return self.values.shape[1:] == (1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Feature maps, drawn, and the question that they answer."""

    question: Question
    maps: FeatureMaps
    drawing: Drawing


class PictureError(CnnvizError):
    """The picture of a question is no longer what was chosen: it is gone, or broken. Another may be looked at."""


class WeightsError(CnnvizError):
    """The weights of a question cannot be had, or do not fit the network: with others it may be answered."""
