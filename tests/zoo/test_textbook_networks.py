"""The textbook's deep networks: parameters in closed form or as published, sizes, and a step of training."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import build, resolve
from cnnviz.zoo.catalog import Architecture, OptionValue
from cnnviz.zoo.textbook import TEXTBOOK

_IMAGENET: dict[str, OptionValue] = {"in_channels": 3, "num_classes": 1000}


def _parameters(name: str, **options: OptionValue) -> int:
    return inspect(resolve(name, options, None)).totals.params


# torchvision publishes the same numbers as num_params of its networks; Inception v4's is timm's and pretrainedmodels'.
@pytest.mark.parametrize(
    ("name", "options", "parameters"),
    [
        ("resnet18", {"paper_form": True}, 11689512),
        ("resnet34", {}, 21797672),
        ("resnet50", {}, 25557032),
        ("resnet101", {}, 44549160),
        ("resnet152", {}, 60192808),
        ("resnext50", {}, 25028904),
        ("densenet121", {}, 7978856),
        ("inception-v3", {"auxiliary_head": True}, 27161264),
        ("inception-v4", {}, 42679816),
    ],
)
def test_published_form_has_the_published_parameters(
    name: str, options: dict[str, OptionValue], parameters: int
) -> None:
    assert _parameters(name, **_IMAGENET, **options) == parameters


def _linear(before: int, after: int) -> int:
    return before * after + after


def _conv(before: int, after: int, pixels: int, groups: int = 1) -> int:
    """A convolution with biases, ``pixels`` in its kernel, and a BatchNorm."""
    return before // groups * after * pixels + after + 2 * after


def _bare(before: int, after: int, pixels: int, groups: int = 1) -> int:
    """A convolution without biases and its BatchNorm."""
    return before // groups * after * pixels + 2 * after


def _chain(before: int, *layers: tuple[int, int]) -> int:
    """Convolutions without biases, one behind the other, each (channels, pixels in its kernel)."""
    total = 0
    for after, pixels in layers:
        total += _bare(before, after, pixels)
        before = after
    return total


@pytest.mark.parametrize(("depth", "blocks"), [(18, (2, 2, 2, 2)), (34, (3, 4, 6, 3))])
def test_basic_resnet_in_closed_form(depth: int, blocks: Iterable[int]) -> None:
    total, before = _bare(1, 64, 49) + _linear(512, 10), 64
    for count, after in zip(blocks, (64, 128, 256, 512), strict=True):
        total += _bare(before, after, 9) + (2 * count - 1) * _bare(after, after, 9)
        total += _bare(before, after, 1) if before != after else 0
        before = after
    options: dict[str, OptionValue] = {"paper_form": True} if depth == 18 else {}
    assert _parameters(f"resnet{depth}", **options) == total


@pytest.mark.parametrize(
    ("name", "blocks", "inner", "groups"),
    [
        ("resnet50", (3, 4, 6, 3), 64, 1),
        ("resnet101", (3, 4, 23, 3), 64, 1),
        ("resnet152", (3, 8, 36, 3), 64, 1),
        ("resnext50", (3, 4, 6, 3), 128, 32),
    ],
)
def test_bottleneck_network_in_closed_form(name: str, blocks: Iterable[int], inner: int, groups: int) -> None:
    total, before, after = _bare(1, 64, 49) + _linear(2048, 10), 64, 256
    for count in blocks:
        total += _bare(before, after, 1) + (count - 1) * _bare(after, inner, 1) + _bare(before, inner, 1)
        total += count * (_bare(inner, inner, 9, groups) + _bare(inner, after, 1))
        before, after, inner = after, 2 * after, 2 * inner
    assert _parameters(name) == total


@pytest.mark.parametrize("width", [16, 64])
def test_resnext_of_the_book_in_closed_form(width: int) -> None:
    total, before = _conv(1, 64, 49) + _linear(512, 10), 64
    for after in (64, 128, 256, 512):
        groups = after // width
        total += _conv(before, after, 1) + 3 * _conv(after, after, 1) + 2 * _conv(after, after, 9, groups)
        total += _conv(before, after, 1) if before != after else 0
        before = after
    assert _parameters("resnext", group_width=width) == total


@pytest.mark.parametrize("growth", [32, 12])
def test_densenet121_in_closed_form(growth: int) -> None:
    total, channels = _bare(1, 64, 49), 64
    for number, layers in enumerate((6, 12, 24, 16)):
        for _ in range(layers):  # BatchNorm stands before each convolution
            total += 2 * channels + channels * 4 * growth + 2 * 4 * growth + 4 * growth * growth * 9
            channels += growth
        if number < 3:
            total += 2 * channels + channels * (channels // 2)
            channels //= 2
    assert _parameters("densenet121", growth=growth) == total + 2 * channels + _linear(channels, 10)


# Ioffe and Szegedy, figure 5: input, #1×1, #3×3 reduce, #3×3, double reduce, double, projection; 0: stride 2, no conv.
_FIGURE_5 = (
    (192, 64, 64, 64, 64, 96, 32), (256, 64, 64, 96, 64, 96, 64), (320, 0, 128, 160, 64, 96, 0),
    (576, 224, 64, 96, 96, 128, 128), (576, 192, 96, 128, 96, 128, 128), (576, 160, 128, 160, 128, 160, 96),
    (576, 96, 128, 192, 160, 192, 96), (576, 0, 128, 192, 192, 256, 0),
    (1024, 352, 192, 320, 160, 224, 128), (1024, 352, 192, 320, 192, 224, 128),
)  # fmt: skip


@pytest.mark.parametrize("separable", [True, False])
def test_inception_v2_in_closed_form(separable: bool) -> None:
    first = 3 * 8 * 49 + _bare(24, 64, 1) if separable else _bare(3, 64, 49)
    total = first + _chain(64, (64, 1), (192, 9)) + _linear(1024, 1000)
    for before, one, reduced, three, reduced_double, double, projection in _FIGURE_5:
        total += _chain(before, (reduced, 1), (three, 9)) + _chain(
            before, (reduced_double, 1), (double, 9), (double, 9)
        )
        total += _bare(before, one, 1) + _bare(before, projection, 1)
    assert _parameters("inception-v2", **_IMAGENET, separable=separable) == total


def test_inception_v2_has_the_sizes_of_figure_5() -> None:
    report = inspect("inception-v2", (3, 224, 224))
    shapes = [call.output_shape for call in report.calls if call.kind.startswith("InceptionV2")]
    wide = [256, 320, 576, 576, 576, 576, 576, 1024, 1024, 1024]
    sizes = [28, 28, 14, 14, 14, 14, 14, 7, 7, 7]
    assert shapes == [(1, channels, size, size) for channels, size in zip(wide, sizes, strict=True)]


def test_inception_v3_in_closed_form() -> None:
    total = _chain(1, (32, 9), (32, 9), (64, 9), (80, 1), (192, 9)) + _linear(2048, 10)
    for before, projection in ((192, 32), (256, 64), (288, 64)):
        total += _bare(before, 64, 1) + _chain(before, (48, 1), (64, 25)) + _bare(before, projection, 1)
        total += _chain(before, (64, 1), (96, 9), (96, 9))
    total += _bare(288, 384, 9) + _chain(288, (64, 1), (96, 9), (96, 9))
    for inner in (128, 160, 160, 192):
        total += 2 * _bare(768, 192, 1) + _chain(768, (inner, 1), (inner, 7), (192, 7))
        total += _chain(768, (inner, 1), (inner, 7), (inner, 7), (inner, 7), (192, 7))
    total += _chain(768, (192, 1), (320, 9)) + _chain(768, (192, 1), (192, 7), (192, 7), (192, 9))
    for before in (1280, 2048):
        total += _bare(before, 320, 1) + _bare(before, 192, 1)
        total += _bare(before, 384, 1) + _chain(before, (448, 1), (384, 9)) + 4 * _bare(384, 384, 3)
    assert _parameters("inception-v3") == total


def test_inception_v4_in_closed_form() -> None:
    total = _chain(1, (32, 9), (32, 9), (64, 9), (96, 9)) + _linear(1536, 10)
    total += _chain(160, (64, 1), (96, 9)) + _chain(160, (64, 1), (64, 7), (64, 7), (96, 9)) + _bare(192, 192, 9)
    inception_a = 2 * _bare(384, 96, 1) + _chain(384, (64, 1), (96, 9)) + _chain(384, (64, 1), (96, 9), (96, 9))
    reduction_a = _bare(384, 384, 9) + _chain(384, (192, 1), (224, 9), (256, 9))
    inception_b = _bare(1024, 384, 1) + _bare(1024, 128, 1) + _chain(1024, (192, 1), (224, 7), (256, 7))
    inception_b += _chain(1024, (192, 1), (192, 7), (224, 7), (224, 7), (256, 7))
    reduction_b = _chain(1024, (192, 1), (192, 9)) + _chain(1024, (256, 1), (256, 7), (320, 7), (320, 9))
    inception_c = 2 * _bare(1536, 256, 1) + _bare(1536, 384, 1) + 2 * _bare(384, 256, 3)
    inception_c += _chain(1536, (384, 1), (448, 3), (512, 3)) + 2 * _bare(512, 256, 3)
    total += 4 * inception_a + reduction_a + 7 * inception_b + reduction_b + 3 * inception_c
    assert _parameters("inception-v4") == total


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("inception-v3", [(192, 35, 35), (288, 35, 35), (768, 17, 17), (2048, 8, 8), (10,)]),
        ("inception-v4", [(384, 35, 35), (1024, 17, 17), (1536, 8, 8), (1536, 8, 8), (10,)]),
    ],
)
def test_inception_has_the_papers_sizes_at_its_default_input(name: str, shapes: list[tuple[int, ...]]) -> None:
    assert [call.output_shape for call in inspect(name).children(0)] == [(1, *shape) for shape in shapes]


# The paper's table 1 gives 3.8, 7.6 and 11.3 · 10⁹ multiply-adds; torchvision's form, v1.5, has more.
@pytest.mark.parametrize(("depth", "paper", "v1_5"), [(50, 3.8, 4.089), (101, 7.6, 7.801), (152, 11.3, 11.514)])
def test_bottlenecks_stride_is_the_papers_and_on_request_torchvisions(depth: int, paper: float, v1_5: float) -> None:
    late = inspect(f"resnet{depth}", (3, 224, 224), options={"num_classes": 1000, "v1_5": True}).totals.macs
    early = inspect(f"resnet{depth}", (3, 224, 224), options={"num_classes": 1000}).totals.macs
    assert late is not None
    assert early is not None
    assert round(late / 1e9, 3) == v1_5
    assert early / 1e9 == pytest.approx(paper, abs=0.08)
    assert early < late


@pytest.mark.parametrize(
    ("name", "options", "smallest"),
    [
        ("inception-v3", {}, 75),
        ("inception-v3", {"auxiliary_head": True}, 299),
        ("inception-v4", {}, 75),
        ("densenet121", {}, 29),
    ],
)
def test_smallest_input_is_enough_and_one_pixel_less_is_refused(
    name: str, options: dict[str, OptionValue], smallest: int
) -> None:
    report = inspect(name, (1, smallest, smallest), options=options, batch=2, train_mode=True)
    assert report.status == "complete"
    with pytest.raises(CnnvizError, match=f"at least {smallest}×{smallest}"):
        inspect(name, (1, smallest - 1, smallest), options=options)


@pytest.mark.parametrize("name", ["inception-v2", "resnet34", "densenet121"])
def test_a_step_of_training_reaches_every_parameter(name: str) -> None:
    model = build(resolve(name, input_shape=(1, 32, 32)))
    logits = model(torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)))
    cross_entropy(logits, torch.tensor([0, 1])).backward()
    assert logits.shape == (2, 10)
    assert 0 < logits.detach().std() < 30  # neither vanished nor exploded
    assert all(each.grad is not None and torch.isfinite(each.grad).all() for each in model.parameters())


@pytest.mark.parametrize("entry", TEXTBOOK, ids=[entry.name for entry in TEXTBOOK])
def test_every_network_runs_in_training_as_well(entry: Architecture) -> None:
    report = inspect(entry.name, batch=2, train_mode=True)
    assert report.status == "complete"
    assert report.calls[0].output_shape == (2, resolve(entry.name).num_classes)
    assert not report.never_ran


def test_auxiliary_head_speaks_in_training_only() -> None:
    spec = resolve("inception-v3", {"auxiliary_head": True})
    assert inspect(spec, batch=2, train_mode=True).calls[0].output_shapes == ((2, 10), (2, 10))
    assert inspect(spec, batch=2).calls[0].output_shapes == ((2, 10),)


def test_deep_networks_begin_with_weights_for_relu() -> None:
    model = build(resolve("resnet34"))
    deviations = {
        layer: layer.weight.std().item() * (layer.out_channels * layer.kernel_size[0] ** 2 / 2) ** 0.5
        for layer in model.modules()
        if isinstance(layer, nn.Conv2d)
    }
    assert all(deviation == pytest.approx(1, abs=0.05) for deviation in deviations.values())
    book = build(resolve("resnet18"))
    assert isinstance(book[1][0].conv1, nn.Conv2d)  # type: ignore[index]
    assert book[1][0].conv1.bias is not None  # type: ignore[index]
