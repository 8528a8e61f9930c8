from __future__ import annotations

from collections.abc import Generator

import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.training.torch_errors import translated


@pytest.mark.parametrize("layer", [nn.AvgPool2d(5, 3), nn.Conv2d(3, 4, 5)])
def test_map_that_is_too_small_for_a_layer_that_runs_in_training_alone_is_told(layer: nn.Module) -> None:
    """An auxiliary head of Inception v3 at 75 pixels; the network is tried in eval mode, in which it does not run."""

    def steps() -> Generator[torch.Tensor, None, None]:
        yield layer(torch.zeros(1, 3, 3, 3))

    with pytest.raises(CnnvizError, match=r"too small for it in training: .*3 ?x ?3.*Choose a larger resize"):
        list(translated(steps(), "torchvision/inception_v3"))
