from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.pixel.entered import enter
from cnnviz.feature_maps.pixel.origin import origin_of
from cnnviz.feature_maps.pixel.taking_apart import taken_apart, what_makes
from cnnviz.feature_maps.questions import Place
from cnnviz.inspection.call import Call
from cnnviz.pictures.samples import suited


class Block(nn.Module):
    """In place, added, joined and flattened: where inputs may come from."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.relu, self.norm, self.pool = nn.ReLU(inplace=True), nn.BatchNorm2d(4), nn.MaxPool2d(4)
        self.end = nn.Linear(8 * 49, 10)

    def forward(self, x: Tensor) -> Tensor:
        before = self.relu(self.norm(self.first(x)))
        both = self.second(before).add(before)
        return self.end(self.pool(torch.cat([both, before], 1)).flatten(1))


@pytest.mark.parametrize("network", ["block", "lenet", "resnet18"])
def test_an_input_that_is_followed_is_the_number_that_another_layer_made(network: str) -> None:
    model, drawn = (Block().eval() if network == "block" else network), random.Random(3)
    shape = (3, 64, 64) if network == "resnet18" else (1, 28, 28)
    subject, _ = looked_at(model, suited(shape).file, "", Looking(input_shape=shape))
    calls, followed = subject.report.calls, set()

    def number(call: Call, at: Place) -> float:
        output = enter(subject.model, subject.example, what_makes(subject.report, call)).output
        return float(output[0].reshape(output.shape[1], -1, output.shape[-1] if output.dim() == 4 else 1)[at])

    leaves = [each for each in calls if each.output_shape is not None and what_makes(subject.report, each) is each]
    for call in drawn.sample(leaves, min(14, len(leaves))):
        shown = call.output_shape
        assert shown is not None
        if len(shown) not in (2, 4):
            continue
        at = Place(*(drawn.randrange(size) for size in (*shown[1:], 1, 1)[:3]))
        found = taken_apart(subject, call, enter(subject.model, subject.example, call), at)
        for term in drawn.sample(range(len(found.terms)), min(3, len(found.terms))):
            origin = origin_of(found, calls, term)
            if origin is None:
                assert call.reads_input or found.terms.padded[term], (call.path, call.kind)
                continue
            np.testing.assert_allclose(number(calls[origin.call], origin.at), found.terms.input[term], rtol=1e-6)
            followed.add(call.kind)
    assert len(followed) >= 4


def test_what_the_picture_or_padding_gave_is_followed_nowhere() -> None:
    subject, call = looked_at("lenet", suited((1, 28, 28)).file, "0", Looking())
    found = taken_apart(subject, call, enter(subject.model, subject.example, call), Place(0, 0, 0))
    assert {origin_of(found, subject.report.calls, term) for term in range(len(found.terms))} == {None}
