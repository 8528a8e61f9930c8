from __future__ import annotations

from functools import partial

import pytest
import torch

from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracing.meta import build_without_weights
from cnnviz.zoo import build, resolve
from cnnviz.zoo.catalog import ModelSpec


def _parameters(spec: ModelSpec) -> int:
    return sum(parameter.numel() for parameter in build_without_weights(partial(build, spec)).parameters())


def _conv(before: int, after: int, kernel: int) -> int:
    return before * after * kernel * kernel + after


def _linear(before: int, after: int) -> int:
    return before * after + after


def test_lenet_parameters_in_closed_form() -> None:
    convolutions = _conv(1, 6, 5) + _conv(6, 16, 5)
    assert _parameters(resolve("lenet")) == convolutions + _linear(400, 120) + _linear(120, 84) + _linear(84, 10)


def test_alexnet_parameters_in_closed_form() -> None:
    convolutions = _conv(1, 96, 11) + _conv(96, 256, 5) + _conv(256, 384, 3) + _conv(384, 384, 3) + _conv(384, 256, 3)
    assert _parameters(resolve("alexnet")) == convolutions + _linear(6400, 4096) + _linear(4096, 4096) + _linear(
        4096, 10
    )


def test_alexnet_without_padding_has_the_same_sizes_at_224() -> None:
    assert _parameters(resolve("alexnet", {"padded": False})) == _parameters(resolve("alexnet"))
    model = build_without_weights(partial(build, resolve("alexnet", {"padded": False})))
    assert model[0].padding == (0, 0)  # type: ignore[index]


def test_one_stream_of_alexnet_in_closed_form() -> None:
    convolutions = _conv(3, 48, 11) + _conv(48, 128, 5) + _conv(128, 192, 3) + _conv(192, 192, 3) + _conv(192, 128, 3)
    hidden = _linear(128 * 6 * 6, 2048) + _linear(2048, 2048) + _linear(2048, 10)
    assert _parameters(resolve("alexnet-half")) == convolutions + hidden


def test_two_streams_of_alexnet_have_the_papers_60_million_parameters() -> None:
    half = _conv(48, 128, 5) + _conv(192, 192, 3) + _conv(192, 128, 3)  # one group each of what is divided
    whole = _conv(3, 96, 11) + _conv(256, 384, 3)
    hidden = _linear(256 * 6 * 6, 4096) + _linear(4096, 4096) + _linear(4096, 1000)
    assert _parameters(resolve("alexnet-paper")) == 2 * half + whole + hidden == 60965224


def test_response_normalisation_is_the_papers() -> None:
    model = build(resolve("alexnet-paper"))
    norm = next(layer for layer in model.modules() if isinstance(layer, torch.nn.LocalResponseNorm))
    data = torch.arange(7.0).reshape(1, 7, 1, 1)
    ours = norm(data).flatten()
    for i in range(7):  # section 3.3: b = a / (k + α · Σ a²) ** β over n = 5 channels around it
        energy = sum(float(data[0, j]) ** 2 for j in range(max(0, i - 2), min(7, i + 3)))
        assert ours[i].item() == pytest.approx(i / (2 + 1e-4 * energy) ** 0.75, rel=1e-6)


def test_course_net_in_closed_form() -> None:
    assert _parameters(resolve("course-mnist")) == _conv(1, 10, 5) + _conv(10, 20, 5) + _linear(320, 10) == 8490


# torchvision.models.vgg11_bn and so on: convolutions keep their biases.
@pytest.mark.parametrize(("depth", "parameters"), [(11, 132868840), (13, 133053736), (16, 138365992), (19, 143678248)])
def test_vgg_with_batch_norm_has_torchvisions_parameters(depth: int, parameters: int) -> None:
    options = {"in_channels": 3, "num_classes": 1000, "batch_norm": True}
    assert _parameters(resolve(f"vgg{depth}", options)) == parameters


# Simonyan and Zisserman, table 2, gives 133, 133, 138 and 144 million for 3 channels and 1000 classes.
@pytest.mark.parametrize(("depth", "parameters"), [(11, 132863336), (13, 133047848), (16, 138357544), (19, 143667240)])
def test_vgg_in_colour_with_1000_classes_has_the_papers_parameters(depth: int, parameters: int) -> None:
    assert _parameters(resolve(f"vgg{depth}", {"in_channels": 3, "num_classes": 1000})) == parameters


def test_small_vgg_is_the_course_form() -> None:
    assert _parameters(resolve("vgg11")) == 128806154
    assert _parameters(resolve("vgg11", {"width_divisor": 8})) == 2018346


@pytest.mark.parametrize(
    ("name", "smallest"),
    [
        ("lenet", 12),
        ("course-mnist", 16),
        ("alexnet", 65),
        ("alexnet-half", 63),
        ("alexnet-paper", 63),
        ("vgg11", 32),
        ("nin", 67),
        ("densenet", 29),
    ],
)
def test_smallest_input_runs_and_one_pixel_less_is_refused(name: str, smallest: int) -> None:
    spec = resolve(name, input_shape=(1, smallest, smallest + 5))
    assert build(spec)(torch.zeros(2, 1, smallest, smallest + 5)).shape == (2, spec.num_classes)
    with pytest.raises(CnnvizError, match=f"at least {smallest}×{smallest}"):
        build(resolve(name, input_shape=(1, smallest - 1, smallest)))


def test_vision_transformer_is_built_for_the_input_size() -> None:
    spec = resolve("torchvision/vit_b_32", {"num_classes": 3}, (3, 64, 64))
    assert build(spec)(torch.zeros(1, 3, 64, 64)).shape == (1, 3)


def _norm(channels: int) -> int:
    return 2 * channels


def test_nin_parameters_in_closed_form() -> None:
    blocks = ((1, 96, 11), (96, 256, 5), (256, 384, 3), (384, 10, 3))
    closed = sum(_conv(before, after, kernel) + 2 * _conv(after, after, 1) for before, after, kernel in blocks)
    assert _parameters(resolve("nin")) == closed


# Szegedy et al., table 1: input, #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj.
_INCEPTION = (
    (192, 64, 96, 128, 16, 32, 32), (256, 128, 128, 192, 32, 96, 64), (480, 192, 96, 208, 16, 48, 64),
    (512, 160, 112, 224, 24, 64, 64), (512, 128, 128, 256, 24, 64, 64), (512, 112, 144, 288, 32, 64, 64),
    (528, 256, 160, 320, 32, 128, 128), (832, 256, 160, 320, 32, 128, 128), (832, 384, 192, 384, 48, 128, 128),
)  # fmt: skip


def test_googlenet_parameters_in_closed_form() -> None:
    total = _conv(1, 64, 7) + _conv(64, 64, 1) + _conv(64, 192, 3) + _linear(1024, 10)
    for before, one, reduce3, three, reduce5, five, project in _INCEPTION:
        total += _conv(before, one, 1) + _conv(before, reduce3, 1) + _conv(reduce3, three, 3)
        total += _conv(before, reduce5, 1) + _conv(reduce5, five, 5) + _conv(before, project, 1)
    assert _parameters(resolve("googlenet")) == total


def test_resnet18_parameters_in_closed_form() -> None:
    total = _conv(1, 64, 7) + _norm(64) + _linear(512, 10)
    for before, after in ((64, 64), (64, 128), (128, 256), (256, 512)):
        total += _conv(before, after, 3) + 3 * _conv(after, after, 3) + 4 * _norm(after)
        total += _conv(before, after, 1) if before != after else 0
    assert _parameters(resolve("resnet18")) == total


def test_densenet_parameters_in_closed_form() -> None:
    total, channels = _conv(1, 64, 7) + _norm(64), 64
    for block in range(4):
        for _ in range(4):
            total += _norm(channels) + _conv(channels, 32, 3)
            channels += 32
        if block < 3:
            total += _norm(channels) + _conv(channels, channels // 2, 1)
            channels //= 2
    assert _parameters(resolve("densenet")) == total + _norm(channels) + _linear(channels, 10)


def test_lenet_options_change_activation_and_add_batch_norm() -> None:
    model = build(resolve("lenet", {"activation": "relu", "batch_norm": True}))
    kinds = [type(layer).__name__ for layer in model.children()]
    assert kinds.count("ReLU") == 4
    assert "Sigmoid" not in kinds
    assert _parameters(resolve("lenet", {"batch_norm": True})) == 61706 + _norm(6 + 16 + 120 + 84)
