from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from cnnviz.runs.weights_file import SavedWeights
from cnnviz.runs.weights_filling import fill
from cnnviz.zoo import build, resolve
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.layer_places import at_their_places, layer_places, taken_in_words

SMALL = {"width_divisor": 8}


def saved(spec: ModelSpec) -> SavedWeights:
    """Each tensor is filled with a number of its own."""
    with torch.device("meta"):
        shapes = {name: each.shape for name, each in build(spec).state_dict().items()}
    tensors = {name: torch.full((), at + 1.0).expand(shape) for at, (name, shape) in enumerate(shapes.items())}
    about = {"model": spec.name, "options": json.dumps(dict(spec.options)), "input_shape": json.dumps(spec.input_shape)}
    return SavedWeights(tensors, about)


def number(tensors: Any, name: str) -> float:
    return tensors[name].unique().item()


def test_place_counts_layers_of_a_kind_between_poolings() -> None:
    with torch.device("meta"):
        places = layer_places(build(resolve("torchvision/vgg13")))
    names = {path: (place.block, place.number) for place, path in places.items()}
    assert [names[f"features.{at}"] for at in (0, 2, 5, 7, 10, 12)] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert names["classifier.6"] == (0, 2)


@pytest.mark.parametrize(
    ("deeper", "moves"),
    [
        ("13", {0: 0, 3: 5, 6: 10, 8: 12, 11: 15, 13: 17, 16: 20, 18: 22}),
        ("16", {0: 0, 3: 5, 6: 10, 8: 12, 11: 17, 13: 19, 16: 24, 18: 26}),
        ("19", {0: 0, 3: 5, 6: 10, 8: 12, 11: 19, 13: 21, 16: 28, 18: 30}),
    ],
)
def test_deeper_vgg_begins_with_the_layers_of_a_shallower_one(deeper: str, moves: dict[int, int]) -> None:
    options = {"num_classes": 10}
    shallow = resolve("torchvision/vgg11", options, (3, 32, 32))
    spec = resolve(f"torchvision/vgg{deeper}", options, (3, 32, 32))
    given = saved(shallow)
    with torch.device("meta"):
        network = build(spec)
    moved = at_their_places(given, network, spec)
    for old, new in moves.items():
        assert number(moved.tensors, f"features.{new}.weight") == number(given.tensors, f"features.{old}.weight")
    fresh = {f"features.{at}.weight" for at in range(40)} - {f"features.{at}.weight" for at in moves.values()}
    assert not fresh & set(moved.tensors)
    assert number(moved.tensors, "classifier.3.weight") == number(given.tensors, "classifier.3.weight")
    said = " ".join(taken_in_words(network, given, moved))
    assert said.startswith(
        f"Of vgg11, by block and order, fit 11 of {deeper} layers with weights: features.0, features.5, "
    )


def test_what_is_not_taken_is_said_and_stays_as_it_was() -> None:
    spec = resolve("vgg16", SMALL | {"num_classes": 7})
    network = build(spec)
    before = network[1][2].weight.clone()
    given = saved(resolve("vgg11", SMALL | {"batch_norm": True}))
    moved = at_their_places(given, network, spec)
    notes = " ".join(fill(network, moved, "run", allow_mismatch=True))
    assert torch.equal(network[1][2].weight, before)
    assert number(network.state_dict(), "block3.2.weight") == number(given.tensors, "block3.3.weight")
    assert "block1.1.weight of VGG-11" in notes
    words = taken_in_words(network, given, moved)[0]
    assert words.startswith(
        "Of VGG-11, by block and order, fit 10 of 16 layers with weights: block1.0, block2.0, block3.0, "
    )


def test_weights_of_the_same_network_and_of_an_unknown_one_stay_as_they_are() -> None:
    spec = resolve("vgg11", SMALL)
    given = saved(spec)
    network = build(spec)
    assert at_their_places(given, network, spec) is given
    assert taken_in_words(network, given, given) == ()
    for about in ({}, {"model": "no such", "options": "{}", "input_shape": "[1, 2, 3]"}, {"model": "lenet"}):
        other = SavedWeights(given.tensors, about)
        assert at_their_places(other, network, spec) is other
