"""Random numbers of random layers of networks: what is listed makes them, and the box holds what they depend on.

``CNNVIZ_PIXELS=1000`` checks as many; without it a few of each network.
"""

from __future__ import annotations

import os
import random

import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.pixel.entered import Entered, enter
from cnnviz.feature_maps.pixel.taking_apart import taken_apart
from cnnviz.feature_maps.questions import Place
from cnnviz.feature_maps.subject import Subject
from cnnviz.inspection.call import Call
from cnnviz.pictures.samples import suited
from cnnviz.zoo.catalog import resolve

NETWORKS = (
    "lenet", "alexnet", "nin", "googlenet", "resnet18", "densenet121",
    "torchvision/mobilenet_v2", "torchvision/shufflenet_v2_x0_5", "torchvision/squeezenet1_1",
    "torchvision/regnet_y_400mf",
)  # fmt: skip
KINDS = ("Conv2d", "Linear", "BatchNorm2d", "ReLU", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Sigmoid", "ReLU6")
COUNT = int(os.environ.get("CNNVIZ_PIXELS", "30"))
PLACES = 5  # of each layer that is run to


def entered_layers(name: str, count: int, chance: random.Random) -> list[tuple[Subject, Call, Entered]]:
    subject, _ = looked_at(name, suited(resolve(name).input_shape).file, "", Looking())
    calls = [call for call in subject.report.calls if call.kind in KINDS and call.output_shape]
    chosen = [chance.choice(calls) for _ in range(count)]
    return [(subject, call, enter(subject.model, subject.example, call)) for call in chosen]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_terms_of_random_numbers_make_them(name: str) -> None:
    chance = random.Random(f"{name} 1")
    layers = max(1, COUNT // len(NETWORKS) // PLACES)
    for subject, call, entered in entered_layers(name, layers, chance):
        for _ in range(min(PLACES, COUNT // len(NETWORKS))):
            shape = (*entered.output.shape[1:], 1, 1)[:3]
            at = Place(*(chance.randrange(size) for size in shape))
            try:
                found = taken_apart(subject, call, entered, at)
            except CnnvizError as error:
                pytest.fail(f"{call.path} ({call.kind}) at {at}: {error}")
            assert found.error <= 1e-5, (call.path, call.kind, at)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_box_holds_what_a_random_number_depends_on(name: str) -> None:
    chance = random.Random(f"{name} 2")
    subject, _ = looked_at(name, suited(resolve(name).input_shape).file, "", Looking())
    calls = [call for call in subject.report.calls if call.kind == "Conv2d" and call.module and call.output_shape]
    for _ in range(max(1, COUNT // 100)):
        call = chance.choice(calls)
        at = Place(*(chance.randrange(size) for size in (call.output_shape or ())[1:]))
        rows, columns = dependence(subject, call, at)
        box = taken_apart(subject, call, enter(subject.model, subject.example, call), at).field
        if box is None:  # its channels are shuffled by reshaping: behind that nobody knows it, and that is said
            assert "shufflenet" in name
            continue
        if not len(rows):  # behind ReLUs that are all 0 it depends on nothing here
            continue
        height, width = subject.pixels.shape[2:]
        top, left, bottom, right = (
            max(0, box.top),
            max(0, box.left),
            min(height - 1, box.bottom),
            min(width - 1, box.right),
        )
        assert top <= rows.min() <= rows.max() <= bottom, (call.path, at)
        assert left <= columns.min() <= columns.max() <= right, (call.path, at)


def dependence(subject: Subject, call: Call, at: Place) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows and columns of the picture where the gradient of a number is not 0."""
    seen: list[torch.Tensor] = []
    module = subject.model.get_submodule(call.path)
    hook = module.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    pixels = torch.from_numpy(subject.pixels).clone().requires_grad_()
    try:
        with torch.enable_grad():
            subject.model(pixels)
            (gradient,) = torch.autograd.grad(seen[call.call_number - 1][0][tuple(at)], pixels)
    finally:
        hook.remove()
    _, _, rows, columns = gradient.nonzero().unbind(1)
    return rows, columns
