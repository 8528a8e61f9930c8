"""A map is that of the call that was asked for, whatever else the network runs for a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.features import features


class Chooser(nn.Module):
    """Bright pictures get one more layer before the rest, dark ones one more behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.denoise, self.body, self.rest = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))

    def forward(self, data: Tensor) -> Tensor:
        data = self.body(self.denoise(data) if data.mean() > 0.1 else data)
        return data if data.mean() > 1e6 else self.rest(data)


class Alike(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 3, 1), nn.ReLU()

    def forward(self, data: Tensor) -> Tensor:
        return self.relu(-functional.relu(self.conv(data)) + 0.25)


@pytest.fixture
def bright(tmp_path: Path) -> Path:
    file = tmp_path / "bright.png"
    Image.new("RGB", (16, 16), (255, 200, 150)).save(file)
    return file


@pytest.fixture
def dark(tmp_path: Path) -> Path:
    file = tmp_path / "dark.png"
    Image.new("RGB", (16, 16)).save(file)
    return file


def test_map_is_that_of_the_layer_by_name_when_numbers_let_others_run(bright: Path) -> None:
    model = Chooser()
    maps = features(model, bright, "body", input_shape=(3, 16, 16))
    seen = torch.from_numpy(maps.input)
    assert np.array_equal(maps.values, model.body(model.denoise(seen))[0].detach().numpy())


def test_layer_that_a_picture_does_not_reach_is_said_to_be_not_reached(bright: Path) -> None:
    class Dim(Chooser):
        def forward(self, data: Tensor) -> Tensor:
            return self.body(data) if data.mean() > 0.1 else self.denoise(data)

    with pytest.raises(CnnvizError, match=r"denoise \(Conv2d\) was not reached"):
        features(Dim(), bright, "denoise", input_shape=(3, 16, 16))


def test_function_and_module_of_one_name_have_maps_of_their_own(dark: Path) -> None:
    model = Alike()
    module, function = (features(model, dark, layer, input_shape=(3, 16, 16)) for layer in ("relu", "relu()"))
    seen = torch.from_numpy(module.input)
    rectified = functional.relu(model.conv(seen))
    assert np.array_equal(module.values, functional.relu(0.25 - rectified)[0].detach().numpy())
    assert np.array_equal(function.values, rectified[0].detach().numpy())
