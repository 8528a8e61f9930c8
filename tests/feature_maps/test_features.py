from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from identity import identity
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

import cnnviz
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.features import features
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import suited
from cnnviz.zoo import resolve
from cnnviz.zoo.weights import built

BOOT = suited((1, 28, 28)).file


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """The boot as a network sees it, (28, 28)."""
    return np.asarray(Image.open(BOOT), np.float32) / 255


def test_a_convolution_with_the_identity_kernel_shows_the_picture(pixels: np.ndarray) -> None:
    maps = features(nn.Sequential(identity()), BOOT, "0", input_shape=(1, 28, 28))
    assert np.array_equal(maps.values[0], pixels)
    assert np.array_equal(maps.input[0, 0], pixels)
    assert (maps.layer, maps.call, maps.weights, maps.step) == ("0", 1, "its own weights", None)


def test_a_mean_kernel_gives_the_mean_of_the_picture(pixels: np.ndarray) -> None:
    layer = nn.Conv2d(1, 2, 28, bias=True)
    nn.init.constant_(layer.weight, 1 / 28**2)
    layer.bias.data = torch.tensor([0.0, 1.0])
    maps = features(nn.Sequential(layer), BOOT, "0", input_shape=(1, 28, 28))
    assert maps.values.shape == (2, 1, 1)
    assert maps.values.ravel() == pytest.approx([pixels.mean(), pixels.mean() + 1], rel=1e-5)


class Failing(nn.Module):
    """Its second layer gets what it cannot take."""

    def __init__(self) -> None:
        super().__init__()
        self.good, self.bad = identity(), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bad(self.good(x))


def test_a_network_that_fails_shows_the_layers_before(pixels: np.ndarray) -> None:
    assert np.array_equal(features(Failing(), BOOT, "good", input_shape=(1, 28, 28)).values[0], pixels)
    with pytest.raises(CnnvizError, match=r"fails before this layer.*Layers page"):
        features(Failing(), BOOT, "bad", input_shape=(1, 28, 28))


def test_a_module_is_the_same_afterwards() -> None:
    model = nn.Sequential(identity(), nn.BatchNorm2d(1), nn.Dropout(), nn.ReLU())
    model[2].eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    random = torch.get_rng_state()
    features(model, BOOT, "3", input_shape=(1, 28, 28))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert [module.training for module in model] == [True, True, False, True]
    assert torch.equal(torch.get_rng_state(), random)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_the_layer_is_seen_in_eval_mode(pixels: np.ndarray) -> None:
    model = nn.Sequential(nn.Dropout(0.9), identity())
    assert np.array_equal(features(model, BOOT, "0", input_shape=(1, 28, 28)).values[0], pixels)


def test_weights_for_a_module_go_into_a_copy(tmp_path: Path, pixels: np.ndarray) -> None:
    model = nn.Sequential(identity())
    save_file({name: 2 * tensor for name, tensor in model.state_dict().items()}, tmp_path / "w.safetensors")
    maps = features(model, BOOT, "0", tmp_path / "w.safetensors", (1, 28, 28))
    assert np.array_equal(maps.values[0], 2 * pixels)
    assert model[0].weight.sum() == 1
    assert maps.weights == "w.safetensors"


def test_without_an_input_shape_the_first_convolution_tells_the_channels() -> None:
    assert features(nn.Sequential(identity(3)), BOOT, "0").values.shape == (3, 224, 224)
    with pytest.raises(CnnvizError, match="input_shape"):
        features(nn.Sequential(nn.Flatten()), BOOT, "0")


def test_an_unknown_layer_names_near_ones() -> None:
    known = inspect("lenet").calls[1].path
    with pytest.raises(CnnvizError, match=rf"lenet has no layer '{known}x'.*Did you mean .*{known}"):
        features("lenet", BOOT, f"{known}x")


def test_the_public_function_takes_names_options_and_an_input() -> None:
    first = inspect("lenet").calls[1].path
    maps = cnnviz.features("lenet", str(BOOT), layer=first, input_shape=(3, 32, 32))
    assert maps.input.shape == (1, 3, 32, 32)
    assert cnnviz.features("lenet", BOOT, "", options={"num_classes": 7}).values.shape == (7, 1, 1)


def test_the_normalisation_is_a_choice_and_where_it_is_not_known_that_is_said(tmp_path: Path) -> None:
    file, picture = tmp_path / "tuned.safetensors", tmp_path / "mean.png"
    save_file(built(resolve("torchvision/squeezenet1_1")).state_dict(), file)
    Image.new("RGB", (224, 224), (124, 116, 104)).save(picture)
    unsaid = features("torchvision/squeezenet1_1", picture, "features.0", file)
    assert abs(unsaid.input[0, 0].mean() - 124 / 255) < 1e-6
    assert "Not known: the normalisation" in " ".join(unsaid.notes)
    chosen = features("torchvision/squeezenet1_1", picture, "features.0", file, normalise="imagenet")
    assert np.abs(chosen.input).max() < 0.01
    assert chosen.notes == ()
    random = features("torchvision/squeezenet1_1", picture, "features.0")
    assert random.notes == ()


def test_the_whole_picture_is_seen_where_that_is_asked_for(tmp_path: Path) -> None:
    picture = tmp_path / "Bild 猫.png"
    ramp = np.broadcast_to(np.arange(84, dtype=np.uint8) * 3, (28, 84))
    Image.fromarray(np.ascontiguousarray(ramp)).save(picture)
    cut, squashed = (features("lenet", picture, "", fit=fit) for fit in (None, "squash"))
    assert np.array_equal(np.rint(cut.input[0, 0, 0] * 255), ramp[0, 28:56])
    assert squashed.input[0, 0, 0, 0] < 0.02 < 0.95 < squashed.input[0, 0, 0, -1]
    assert (cut.fit, squashed.fit, squashed.notes) == ("crop", "squash", ())
    large = features("lenet", BOOT, "", normalise="bytes")
    assert np.allclose(large.input, np.rint(large.input), atol=1e-4)
    assert large.input.max() > 200


def test_a_modules_own_weights_are_not_known_to_be_made_for_anything(pixels: np.ndarray) -> None:
    maps = features(nn.Sequential(identity()), BOOT, "0", input_shape=(1, 28, 28))
    assert "Not known" in maps.notes[0]
    maps = features(nn.Sequential(identity()), BOOT, "0", input_shape=(1, 28, 28), normalise="half")
    assert np.allclose(maps.values[0], pixels * 2 - 1)
    assert maps.notes == ()


def test_what_fits_is_loaded_where_that_is_asked_for(tmp_path: Path) -> None:
    first = inspect("lenet").calls[1].path
    other = {name: tensor + 1 for name, tensor in built(resolve("lenet", {"num_classes": 7})).state_dict().items()}
    save_file(other, tmp_path / "seven.safetensors")
    with pytest.raises(CnnvizError, match="--allow-mismatch"):
        features("lenet", BOOT, first, tmp_path / "seven.safetensors")
    maps = features("lenet", BOOT, first, tmp_path / "seven.safetensors", allow_mismatch=True)
    whole = features("lenet", BOOT, first, tmp_path / "seven.safetensors", options={"num_classes": 7})
    assert np.array_equal(maps.values, whole.values)
    assert maps.notes[0].startswith("Not loaded from seven.safetensors")
    assert maps.weights == "what fits of seven.safetensors"
