"""A layer of a network in the playground makes the number that the network made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.drawn.mosaic import Scaling
from cnnviz.feature_maps.lens import Lens
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.pixel.entered import enter
from cnnviz.feature_maps.pixel.opened_layer import open_layer
from cnnviz.feature_maps.playground.play_text import code
from cnnviz.feature_maps.playground.sliding import slide
from cnnviz.feature_maps.questions import PixelQuestion, Place, Question
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import samples, suited
from cnnviz.zoo.catalog import resolve
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS

CAT = samples()[0].file
LAYERS = {
    "small": nn.Conv2d(3, 2, 3, padding=1),
    "same": nn.Conv2d(3, 5, 4, padding="same", dilation=2),
    "grouped": nn.Conv2d(3, 6, 5, stride=2, padding=2, groups=3, bias=False),
    "reflected": nn.Conv2d(3, 4, 3, padding=(2, 1), padding_mode="reflect"),
    "transposed": nn.ConvTranspose2d(3, 6, 4, stride=3, padding=1, output_padding=2, groups=3),
    "spread": nn.ConvTranspose2d(3, 2, 3, stride=2, dilation=2),
}


@pytest.mark.parametrize("size", [16, 40])
@pytest.mark.parametrize("name", LAYERS)
def test_the_opened_number_is_the_networks(name: str, size: int) -> None:
    subject, call = looked_at(nn.Sequential(LAYERS[name]), CAT, "0", Looking(input_shape=(3, size, size)))
    entered = enter(subject.model, subject.example, call)
    channels, rows, columns = entered.output.shape[1:]
    random = np.random.default_rng(0)
    places = [(0, 0, 0), (channels - 1, rows - 1, columns - 1)]
    places += [tuple(map(int, random.integers(0, (channels, rows, columns)))) for _ in range(12)]
    for at in places:
        opened = open_layer(entered, call, Place(*at), "net")
        made = float(slide(opened.board)[opened.at])
        assert made == pytest.approx(float(entered.output[0][at]), rel=1e-4, abs=1e-6), (at, opened.about)


def test_the_code_of_an_opened_layer_prints_its_output() -> None:
    subject, call = looked_at(nn.Sequential(LAYERS["transposed"]), CAT, "0", Looking(input_shape=(3, 16, 16)))
    opened = open_layer(enter(subject.model, subject.example, call), call, Place(1, 2, 3), "net")
    scope: dict[str, object] = {}
    exec(code(opened.board).replace("print(output)", ""), scope)
    output = scope["output"]
    assert isinstance(output, torch.Tensor)
    np.testing.assert_allclose(output[0].numpy(), slide(opened.board), rtol=1e-4, atol=1e-5)


def test_of_many_input_channels_those_with_the_largest_kernels_are_shown_and_what_the_rest_adds_is_said() -> None:
    spec = resolve("alexnet")
    inspected = Inspected(spec, inspect(spec))
    call = next(each for each in inspected.report.calls if each.kind == "Conv2d" and each.path == "3")
    question = Question(inspected, call, RANDOM_WEIGHTS, suited(spec.input_shape).file, Scaling())
    opened = Lens().opened(PixelQuestion(question, Place(7, 4, 5)))
    assert opened.board.operation.input_channels == 16
    assert "16 of 96 input channels, those with the largest kernels: " in opened.about
    assert "The others add" in opened.about


def test_what_is_no_convolution_is_refused(tmp_path: Path) -> None:
    subject, call = looked_at(nn.Sequential(nn.ReLU()), CAT, "0", Looking(input_shape=(3, 8, 8)))
    with pytest.raises(CnnvizError, match="no convolution over height and width"):
        open_layer(enter(subject.model, subject.example, call), call, Place(0, 0, 0), "net")
    subject, call = looked_at(nn.Sequential(nn.Conv2d(3, 1, 13)), CAT, "0", Looking(input_shape=(3, 20, 20)))
    with pytest.raises(CnnvizError, match="goes up to 11"):
        open_layer(enter(subject.model, subject.example, call), call, Place(0, 0, 0), "net")
