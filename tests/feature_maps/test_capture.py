from __future__ import annotations

import numpy as np
import pytest
import torch
from identity import identity
from PIL import Image
from torch import nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.capture import capture
from cnnviz.inspection.call import Identity
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import suited
from cnnviz.zoo import resolve
from cnnviz.zoo.weights import built

NET, *LAYERS = (Identity(path, True, 1) for path in ("", *"01234"))
BOOT = suited((1, 28, 28)).file


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """The boot as a network sees it, (28, 28)."""
    return np.asarray(Image.open(BOOT), np.float32) / 255


def test_a_run_that_nobody_wants_any_more_ends_after_the_layer_it_is_at() -> None:
    ran: list[str] = []
    layers = [identity(), identity(), identity()]
    for number, layer in enumerate(layers):
        layer.register_forward_hook(lambda *_, name=str(number): ran.append(name))

    def go_on() -> None:
        if len(ran) == 2:
            raise CnnvizError("Something newer is wanted.")

    with pytest.raises(CnnvizError, match="newer"):
        capture(nn.Sequential(*layers), Example((torch.zeros(1, 1, 5, 5),)), NET, 10**9, go_on)
    assert ran == ["0", "1"]


def test_a_later_in_place_relu_does_not_reach_back_into_the_maps(pixels: np.ndarray) -> None:
    layer = identity()
    layer.bias.data.fill_(-0.5)
    model = nn.Sequential(layer, nn.ReLU(inplace=True))
    image = torch.from_numpy(pixels)[None, None]
    outputs = capture(model, Example((image,)), call=LAYERS[1], budget=2**20)
    assert np.allclose(outputs[LAYERS[0]][0][0, 0], pixels - 0.5)
    assert outputs[LAYERS[1]][0].min() == 0


def test_everything_is_kept_within_the_budget_and_only_what_was_asked_for_beyond_it() -> None:
    model = nn.Sequential(*(identity() for _ in range(5)))
    image = torch.zeros(1, 1, 10, 10)
    assert sorted(capture(model, Example((image,)), call=LAYERS[2], budget=10**6)) == [NET, *LAYERS]
    assert sorted(capture(model, Example((image,)), call=LAYERS[2], budget=0)) == [LAYERS[2]]
    assert sorted(capture(model, Example((image,)), call=LAYERS[2], budget=1000)) == [LAYERS[2]]


def test_beyond_the_budget_the_network_runs_only_as_far_as_needed() -> None:
    ran: list[int] = []
    model = nn.Sequential(*(identity() for _ in range(4)))
    for number, layer in enumerate(model):
        layer.register_forward_hook(lambda *_, number=number: ran.append(number))
    capture(model, Example((torch.zeros(1, 1, 4, 4),)), call=LAYERS[1], budget=0)
    assert ran == [0, 1]


@pytest.mark.parametrize(
    "name", ["lenet", "vgg11", "torchvision/resnet18", "torchvision/squeezenet1_1", "torchvision/shufflenet_v2_x0_5"]
)
def test_every_call_of_the_report_is_captured_with_the_shape_it_says(name: str) -> None:
    options = {"width_divisor": 8} if name == "vgg11" else None
    spec = resolve(name, options)
    report = inspect(spec)
    outputs = capture(
        built(spec), Example((torch.zeros(1, *spec.input_shape),)), report.calls[-1].identity, budget=2**30
    )
    assert {call: tuple(tuple(each.shape) for each in found) for call, found in outputs.items()} == {
        call.identity: call.output_shapes for call in report.calls
    }
