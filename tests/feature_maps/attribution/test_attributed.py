from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.attribution.attributed import why
from cnnviz.feature_maps.attribution.heat_file import save
from cnnviz.feature_maps.attribution.heat_map import class_called
from cnnviz.feature_maps.attribution.occlusion import patches
from cnnviz.pictures.samples import suited
from cnnviz.zoo import resolve
from cnnviz.zoo.weights import built

COAT, CAT = suited((1, 28, 28)).file, suited((3, 224, 224)).file


def small() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3), nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5),
    )  # fmt: skip


NETWORKS = {
    "lenet": "3",
    "nin": "2",
    "torchvision/squeezenet1_1": "features.12",
    "torchvision/resnet18": "layer4.1.conv2",
    "torchvision/shufflenet_v2_x0_5": "conv5.0",
}


@pytest.mark.parametrize(("name", "layer"), NETWORKS.items())
def test_grad_cam_is_the_published_sum(name: str, layer: str) -> None:
    found = why(name, CAT if "/" in name else COAT, layer=layer)
    model = built(resolve(name)).eval()
    kept: list[Tensor] = []
    model.get_submodule(layer).register_forward_hook(
        lambda _module, _inputs, output: kept.append(output.clone()) or kept[-1]
    )
    scores = model(torch.from_numpy(found.input))[0]
    gradient = torch.autograd.grad(scores[found.class_index], kept[0])[0][0]
    expected = (gradient.mean((1, 2), keepdim=True) * kept[0][0]).sum(0).relu().detach().numpy()
    assert found.class_index == int(scores.argmax())
    assert found.heat.shape == expected.shape
    assert np.allclose(found.heat, expected, rtol=1e-4, atol=1e-4 * max(expected.max(), 1e-12))
    assert np.allclose(found.logits, scores.detach().numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layer", ["0", "1", "3", "4"])
def test_maps_before_an_in_place_relu_are_weighted_as_they_were(layer: str) -> None:
    model = small().eval()
    found = why(model, COAT, 2, layer=layer, input_shape=(1, 28, 28))
    plain = nn.Sequential(*(nn.ReLU() if isinstance(each, nn.ReLU) else each for each in model))
    maps = plain[: int(layer) + 1](torch.from_numpy(found.input)).detach().requires_grad_()
    plain[int(layer) + 1 :](maps)[0, 2].backward()
    expected = (maps.grad.mean((2, 3), keepdim=True) * maps).sum(1).relu()[0].detach().numpy()
    assert np.allclose(found.heat, expected, rtol=1e-4, atol=1e-7)


def test_input_gradient_is_the_largest_of_the_channels() -> None:
    model = small().eval()
    found = why(model, COAT, 1, "gradient", input_shape=(1, 28, 28))
    pixels = torch.from_numpy(found.input).requires_grad_()
    model(pixels.clone())[0, 1].backward()
    assert np.allclose(found.heat, pixels.grad[0].abs().amax(0).numpy(), atol=1e-7)
    assert found.layer == ""


def test_occlusion_is_what_covering_each_patch_costs() -> None:
    model = small().eval()
    found = why(model, COAT, 0, "occlusion", input_shape=(1, 28, 28))
    pixels = torch.from_numpy(found.input)
    whole = model(pixels)[0, 0].item()
    for (at, rows), (beside, columns) in itertools.product(enumerate(patches(28)), repeat=2):
        covered = pixels.clone()
        covered[..., rows[0] : rows[1], columns[0] : columns[1]] = pixels.mean()
        assert found.heat[at, beside] == pytest.approx(whole - model(covered)[0, 0].item(), abs=1e-6)
    assert found.heat.shape == (13, 13)


def test_patches_reach_from_end_to_end() -> None:
    assert patches(28)[0] == (0, 4)
    assert patches(28)[-1] == (24, 28)
    assert patches(224)[-1] == (192, 224)
    assert patches(1) == [(0, 1)]


def test_a_last_softmax_is_looked_behind() -> None:
    model = small().eval()
    shares = nn.Sequential(*model, nn.Softmax(1))
    plain, behind = (why(each, COAT, 3, layer="4", input_shape=(1, 28, 28)) for each in (model, shares))
    assert np.allclose(plain.heat, behind.heat)
    assert np.allclose(plain.logits, behind.logits)


def test_the_network_and_its_gradients_stay_as_they_were() -> None:
    model = nn.Sequential(nn.BatchNorm2d(1), *small()).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for method in ("gradcam", "gradient", "occlusion"):
        why(model, COAT, 0, method, input_shape=(1, 28, 28))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.training


def test_occlusion_can_be_ended_and_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []

    def told(done: int, of: int) -> None:
        seen.append((done, of))
        if len(seen) == 5:
            raise CnnvizError("It was cancelled.")

    with pytest.raises(CnnvizError, match="cancelled"):
        why(small(), COAT, 0, "occlusion", input_shape=(1, 28, 28), told=told)
    assert seen[-1] == (4, 169)


NAMES = ("tabby cat", "tiger cat", "Tiger", "espresso")


@pytest.mark.parametrize(("text", "index"), [("3", 3), ("espresso", 3), ("TIGER", 2), ("tab", 0)])
def test_a_class_is_found_by_number_name_or_beginning(text: str, index: int) -> None:
    assert class_called(text, 4, NAMES) == index


@pytest.mark.parametrize(("text", "says"), [("4", "no class 4"), ("ti", "may be"), ("dog", "no class 'dog'")])
def test_a_class_that_is_not_there_is_a_clear_line(text: str, says: str) -> None:
    with pytest.raises(CnnvizError, match=says):
        class_called(text, 4, NAMES)


def test_what_is_saved_is_what_was_found(tmp_path: Path) -> None:
    found = why("lenet", COAT)
    save(found, tmp_path / "why.npz")
    save(found, tmp_path / "why.png")
    with np.load(tmp_path / "why.npz") as saved:
        assert set(saved) == {"heat", "class_index", "class_name", "logits", "input", "layer", "method", "weights"}
        assert np.array_equal(saved["heat"], found.heat)
    with Image.open(tmp_path / "why.png") as picture:
        assert min(picture.size) >= 448
    with pytest.raises(CnnvizError, match="ends neither"):
        save(found, tmp_path / "why.jpg")


def test_a_network_without_scores_or_maps_is_a_clear_line() -> None:
    with pytest.raises(CnnvizError, match="no scores"):
        why(nn.Sequential(nn.Flatten(0)), COAT, input_shape=(1, 28, 28), layer="0", method="gradient")
    with pytest.raises(CnnvizError, match="No layer"):
        why(nn.Sequential(nn.Flatten(), nn.Linear(784, 3)), COAT, input_shape=(1, 28, 28))


def test_scores_of_every_pixel_are_shares_of_the_picture() -> None:
    torch.manual_seed(0)
    dense = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 4, 1))
    found = why(dense, COAT, layer="1", input_shape=(1, 28, 28))
    answer = dense(torch.from_numpy(found.input)).detach()
    assert np.allclose(found.shares, answer.softmax(1).mean((0, 2, 3)).numpy(), atol=1e-6)
    assert np.allclose(found.logits, answer.mean((0, 2, 3)).numpy(), atol=1e-6)
    assert sum(share for _, _, share in found.likeliest()) == pytest.approx(1, abs=1e-5)


def test_a_layer_without_maps_has_no_grad_cam() -> None:
    with pytest.raises(CnnvizError, match="no maps"):
        why(small(), COAT, layer="7", input_shape=(1, 28, 28))
