"""The weights in ``resources/weights/`` are of the networks that they name, and have learned Fashion-MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from cnnviz.assets import asset
from cnnviz.errors import CnnvizError
from cnnviz.zoo import resolve
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.shipped_weights import shipped_with
from cnnviz.zoo.weights import built, named, put_into

LENET = resolve("lenet")
SMALL_VGG = resolve("vgg11", {"width_divisor": 8})
SAMPLE = asset("data") / "fashion-mnist-sample"


def test_pictures(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return every so many-th of the sample's 2,000: (N, 1, 28, 28) of 0..1, and their classes."""
    pictures = np.frombuffer(gzip.decompress((SAMPLE / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((SAMPLE / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    every = slice(None, None, len(labels) // count)
    return torch.from_numpy(pictures.reshape(-1, 1, 28, 28)[every] / np.float32(255)), torch.tensor(labels[every])


test_pictures.__test__ = False  # type: ignore[attr-defined]  # pytest's own mark


@pytest.mark.parametrize(("spec", "count", "least"), [(LENET, 2000, 0.77), (SMALL_VGG, 200, 0.88)])
def test_they_know_fashion_mnist(spec: ModelSpec, count: int, least: float) -> None:
    weights = named("pretrained", spec)
    network = built(spec)
    origin = put_into(network, spec, weights)
    assert origin.notes == ()
    assert origin.class_names[:2] == ("T-shirt/top", "Trouser")
    pictures, labels = test_pictures(count)
    with torch.no_grad():
        scores = network(interpolate(pictures, spec.input_shape[1:], mode="bilinear"))
    assert (scores.argmax(1) == labels).float().mean() > least


@pytest.mark.parametrize("text", ["fashion-mnist", "FASHION_MNIST"])
def test_they_go_by_the_name_of_what_they_were_trained_on(text: str) -> None:
    assert named(text, LENET).name == "FASHION_MNIST"


def test_they_are_of_one_form_of_the_network_alone() -> None:
    assert len(shipped_with(LENET)) == len(shipped_with(SMALL_VGG)) == 1
    relu = resolve("lenet", {"activation": "relu"})
    assert shipped_with(relu) == ()
    with pytest.raises(CnnvizError, match="of lenet with activation=sigmoid"):
        named("fashion-mnist", relu)
    for text in ("fashion-mnist", "pretrained"):
        with pytest.raises(CnnvizError, match="of vgg11 with width_divisor=8"):
            named(text, resolve("vgg11"))
    with pytest.raises(CnnvizError, match="no pretrained weights for nin"):
        named("fashion-mnist", resolve("nin"))


def test_another_head_takes_what_fits() -> None:
    spec = resolve("lenet", {"num_classes": 7})
    network = built(spec)
    origin = put_into(network, spec, named("fashion-mnist", spec, allow_mismatch=True))
    assert "fit 4 of 5 layers" in origin.notes[0]


def test_file_of_the_users_is_no_weights_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fashion-mnist").write_bytes(b"")
    assert named("fashion-mnist", LENET).kind == "file"
