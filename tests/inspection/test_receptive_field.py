"""Receptive fields against the input's gradient: what changes nothing in a pixel is not seen by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection.other_operations import other_operations
from cnnviz.inspection.receptive_field import INPUT, UNKNOWN, WHOLE, Axis, Field, fields, merged
from cnnviz.inspection.tracer import inspect
from cnnviz.zoo import build, resolve


class Branches(nn.Module):
    """Two ways of different kernels, added; then dilation and average pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Conv2d(1, 2, 5, padding=2), nn.Conv2d(1, 2, (1, 3), padding=(0, 1))
        self.dilated, self.pool = nn.Conv2d(2, 2, 3, stride=2, dilation=2), nn.AvgPool2d(3, 2, padding=1)

    def forward(self, data: Tensor) -> Tensor:
        return self.pool(self.dilated(self.wide(data) + self.narrow(data)))


def _seen(model: nn.Module, picture: Tensor, path: str, row: int, column: int) -> tuple[int, int, int, int]:
    """Return top, left, bottom, right of the input pixels whose gradient is not zero; all weights are positive."""
    outputs: list[Tensor] = []
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    handle = model.get_submodule(path).register_forward_hook(lambda _module, _args, output: outputs.append(output))
    picture = picture.clone().requires_grad_()
    model(picture)
    handle.remove()
    outputs[0][0, :, row, column].sum().backward()
    rows, columns = cast("Tensor", picture.grad)[0].abs().sum(0).nonzero(as_tuple=True)
    return int(rows.min()), int(columns.min()), int(rows.max()), int(columns.max())


@pytest.mark.parametrize(("row", "column"), [(0, 0), (2, 3), (4, 4)])
def test_box_of_branches_is_where_the_gradient_is(row: int, column: int) -> None:
    model, picture = Branches().eval(), torch.rand(1, 1, 24, 24)
    report = inspect(model, inputs=(picture,))
    call = report.find("pool")
    assert call is not None
    top, left, bottom, right = fields(report.calls)[call.index].box(row, column) or ()
    inside = (max(top, 0), max(left, 0), min(bottom, 23), min(right, 23))
    assert _seen(model, picture, call.path, row, column) == inside


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (4, 1), ((2, 5), (3, 2)), (4, (1, 3))])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_padding_in_a_word_is_where_the_gradient_is(
    padding: str, kernel: int | tuple[int, int], dilation: int | tuple[int, int]
) -> None:
    model, picture = (
        nn.Sequential(nn.Conv2d(1, 1, kernel, padding=padding, dilation=dilation)),
        torch.rand(1, 1, 20, 20),
    )
    box = fields(inspect(model, inputs=(picture,)).calls)[1].box(7, 6)
    assert box == _seen(model, picture, "0", 7, 6)


@pytest.mark.parametrize(
    ("mode", "kernel", "padding", "is_known"),
    [
        ("reflect", 3, 1, True),
        ("reflect", 2, 1, False),  # the pixel beyond the border is a copy of one that the window does not see
        ("reflect", 2, "same", False),
        ("reflect", 5, 3, False),
        ("replicate", 2, "same", True),
        ("replicate", 3, 2, True),
        ("replicate", 3, 3, False),  # of a window beyond the border, all pixels are copies of the last one
        ("circular", 3, 1, False),
        ("zeros", 3, 4, True),
    ],
)
def test_border_that_copies_pixels_is_known_where_the_window_sees_them(
    mode: str, kernel: int, padding: int | str, is_known: bool
) -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, kernel, padding=padding, padding_mode=mode))  # type: ignore[arg-type]
    picture = torch.rand(1, 1, 9, 9)
    field, last = fields(inspect(model, inputs=(picture,)).calls)[1], model(picture).shape[-1] - 1
    assert (field.status == "exact") == is_known
    corners = {0: field.box(0, 0), last: field.box(last, last)}
    for at, box in corners.items():
        if mode != "zeros" and box is not None:
            seen = _seen(model, picture, "0", at, at)
            assert all(low <= of for low, of in zip(box[:2], seen[:2], strict=True))
            assert all(of <= high for of, high in zip(seen[2:], box[2:], strict=True))


@pytest.mark.parametrize(
    ("name", "path", "size"),
    [
        ("lenet", "3", 14),
        ("vgg16", "block5.5", 196),
        ("vgg16", "block5.6", 212),
        ("torchvision/alexnet", "features.12", 195),
        ("torchvision/resnet18", "layer4.1.conv2", 435),
        ("torchvision/resnet50", "layer4.2.conv3", 427),
    ],
)
def test_known_receptive_fields(name: str, path: str, size: int) -> None:
    """Araujo et al., table 1: AlexNet 195, VGG-16 212. Torchvision strides in ResNet-50's 3×3 layers: under 483."""
    call = inspect(name).find(path)
    assert call is not None
    assert (call.receptive_field, call.receptive_field_status) == ((size, size), "exact")


def test_first_pixel_of_a_real_network_sees_what_its_gradient_says() -> None:
    spec = resolve("vgg11", {"width_divisor": 64}, (1, 64, 64))
    model, picture = build(spec).eval(), torch.rand(1, 1, 64, 64)
    for block in list(model.children())[:-1]:
        block[-1] = nn.AvgPool2d(2)  # type: ignore[operator]  # a maximum hands its gradient to one pixel only
    report = inspect(spec)
    call = report.find("block3.4")
    assert call is not None
    box = fields(report.calls)[call.index].box(3, 3)
    assert box is not None
    assert box[2] - box[0] + 1 == call.receptive_field[0]  # type: ignore[index]
    inside = tuple(min(max(edge, 0), 63) for edge in box)
    assert _seen(model, picture, call.path, 3, 3) == inside


def test_after_global_pooling_and_linear_layers_the_whole_input_is_seen() -> None:
    for name in ("torchvision/mobilenet_v3_small", "lenet", "nin"):
        last = inspect(name).calls[-1]
        assert last.receptive_field_status == "whole input"
        assert last.receptive_field == inspect(name).input_shapes[0][-2:]


def test_what_has_no_rule_is_unknown() -> None:
    call = inspect(nn.Sequential(nn.ConvTranspose2d(1, 1, 2, stride=2)), input_shape=(1, 8, 8)).calls[1]
    assert (call.receptive_field, call.receptive_field_status) == (None, "unknown")


def test_branches_of_unlike_jump_are_unknown_and_the_whole_input_wins() -> None:
    other = Field("exact", (Axis(0, 0, 2), Axis(0, 0, 2)))
    assert merged([INPUT, other]) == UNKNOWN
    assert merged([INPUT, UNKNOWN, WHOLE]) == WHOLE


def test_fields_need_the_report_alone() -> None:
    """So the window can draw boxes without a network."""
    report = inspect("lenet")
    assert [field.status for field in fields(report.calls)] == [call.receptive_field_status for call in report.calls]


_ALONG: tuple[Callable[[Tensor, int], Tensor], ...] = (
    torch.softmax,
    lambda data, dim: functional.log_softmax(data, dim),
    lambda data, dim: nn.Softmax(dim)(data),
    lambda data, dim: torch.cat([data, data], dim),
    lambda data, dim: data.chunk(2, dim)[0],
    lambda data, dim: torch.split(data, 2, dim)[0],
    lambda data, dim: data.split(2, dim=dim)[0],
)


class _Along(nn.Module):
    def __init__(self, function: Callable[[Tensor, int], Tensor], dim: int) -> None:
        super().__init__()
        self.function, self.dim = function, dim

    def forward(self, data: Tensor) -> Tensor:
        return self.function(data, self.dim)


@pytest.mark.parametrize("dim", [1, -3, 2, -1])
@pytest.mark.parametrize("function", _ALONG)
def test_work_along_an_axis_of_pixels_is_no_work_pixel_by_pixel(
    function: Callable[[Tensor, int], Tensor], dim: int
) -> None:
    """Softmax over a row reads all of it; behind maps set side by side, a place is no longer the input's."""
    call = inspect(_Along(function, dim), inputs=(torch.rand(1, 4, 8, 8),)).calls[1]
    assert call.receptive_field_status == ("exact" if dim in (1, -3) else "unknown")


_MEAN, _VARIANCE = torch.zeros(4), torch.ones(4)
_NORMS: tuple[tuple[Callable[[Tensor], Tensor], int], ...] = (  # and operations for each value
    (nn.BatchNorm2d(4), 2),
    (nn.BatchNorm2d(4, track_running_stats=False), 5),
    (lambda data: functional.batch_norm(data, _MEAN, _VARIANCE), 2),
    (lambda data: functional.batch_norm(data, None, None, training=True), 5),
    (lambda data: functional.batch_norm(data, None, None, None, None, True), 5),
    (nn.InstanceNorm2d(4), 5),
    (nn.InstanceNorm2d(4, track_running_stats=True), 2),
    (lambda data: functional.instance_norm(data), 5),
    (lambda data: functional.instance_norm(data, _MEAN, _VARIANCE, use_input_stats=False), 2),
    (nn.GroupNorm(2, 4), 5),
    (lambda data: functional.group_norm(data, 2), 5),
)


class _Normed(nn.Module):
    def __init__(self, norm: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3, padding=1), norm

    def forward(self, data: Tensor) -> Tensor:
        return self.norm(self.conv(data))


@pytest.mark.parametrize(("norm", "operations"), _NORMS)
def test_norm_sees_what_its_statistics_are_taken_of(norm: Callable[[Tensor], Tensor], operations: int) -> None:
    model, picture = _Normed(norm).eval(), torch.rand(1, 3, 9, 8, requires_grad=True)
    call = inspect(model, inputs=(picture,)).calls[-1]
    model(picture)[0, 0, 4, 4].backward()
    seen = cast("Tensor", picture.grad)[0].abs().sum(0) > 1e-9
    assert call.receptive_field == (int(seen.any(1).sum()), int(seen.any(0).sum()))
    assert other_operations(call) == operations * 4 * 9 * 8
