"""Layers that get their sizes, and their first values, when they first run."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cnnviz.feature_maps.attribution.attributed import why
from cnnviz.feature_maps.capture import capture
from cnnviz.feature_maps.pixel.explained import explain
from cnnviz.inspection.call import Identity
from cnnviz.inspection.examples import Example
from cnnviz.pictures.samples import suited

COAT = suited((1, 28, 28)).file
LAST = Identity("3", True, 1)


def lazy() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.LazyConv2d(2, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))


def test_their_first_values_stay() -> None:
    model, example = lazy(), Example((torch.rand(1, 1, 28, 28),))
    (first,), (second,) = (capture(model, example, LAST, 2**20)[LAST] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(first, model.eval()(example.args[0]))


def test_their_numbers_are_explained_and_their_classes_reasoned() -> None:
    assert explain(lazy(), COAT, "3", (2, 0, 0), input_shape=(1, 28, 28)).error < 1e-5
    for method in ("gradcam", "gradient", "occlusion"):
        heat = why(lazy(), COAT, 1, method, input_shape=(1, 28, 28)).heat
        assert np.isfinite(heat).all()
        assert heat.any()
