"""A network with its weights before a picture: what maps, arithmetic and heat maps are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from cnnviz.inspection.examples import Example, example_for, showing
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracing.modules import parameters_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cnnviz.zoo import ModelSpec
    from cnnviz.zoo.weights import Origin


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is looked at. The model is run in eval mode, and left as it was."""

    model: nn.Module
    spec: ModelSpec
    report: Report
    pixels: npt.NDArray[np.float32]  # the picture as the network sees it, (1, C, H, W); or several, (N, C, H, W)
    origin: Origin  # of the weights
    weights: str  # their title

    @property
    def example(self) -> Example:
        """What the network is run on, on its own device."""
        first = next(iter(parameters_of(self.model)), torch.empty(0))
        kind = first.dtype if first.is_floating_point() else torch.float32
        shown = torch.from_numpy(self.pixels).to(first.device, kind)
        if len(self.spec.input_shape) == 4:  # (C, D, H, W): one picture D times
            shown = shown.unsqueeze(2).repeat(1, 1, self.spec.input_shape[1], 1, 1)
        return showing(example_for(self.model, self.spec.inputs, len(self.pixels), self.spec.dtypes), shown)
