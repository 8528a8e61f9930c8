from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.features import features
from cnnviz.feature_maps.looking import Looking, looked_at
from cnnviz.feature_maps.output_layout import Part
from cnnviz.feature_maps.pixel.arithmetic_text import as_text, to_dict
from cnnviz.feature_maps.pixel.entered import enter
from cnnviz.feature_maps.pixel.explained import explain
from cnnviz.feature_maps.pixel.taking_apart import taken_apart, what_makes
from cnnviz.feature_maps.questions import Place
from cnnviz.pictures.samples import suited

COAT, CAT = suited((1, 28, 28)).file, suited((3, 224, 224)).file


@pytest.fixture
def five_by_five(tmp_path: Path) -> Path:
    """The course's input: 3 4 6 5 7 / 2 4 6 8 2 / 1 6 7 8 4 / 9 7 4 6 2 / 3 7 5 4 1."""
    rows = [[3, 4, 6, 5, 7], [2, 4, 6, 8, 2], [1, 6, 7, 8, 4], [9, 7, 4, 6, 2], [3, 7, 5, 4, 1]]
    Image.fromarray(np.array(rows, np.uint8)).save(tmp_path / "five.png")
    return tmp_path / "five.png"


def place_of(at: Sequence[int]) -> Place:
    """Return a place of maps with a depth, in their slice."""
    return Place(at[0], at[2], at[3])


def of_one(layer: nn.Module) -> nn.Sequential:
    return nn.Sequential(layer)


@pytest.mark.parametrize(
    ("settings", "at", "value"),
    [({"padding": 1}, (0, 0, 0), 91), ({"padding": 1}, (0, 0, 3), 215), ({"padding": 1, "stride": 2}, (0, 0, 1), 224)],
)
def test_the_courses_convolution_is_what_the_course_says(
    five_by_five: Path, settings: dict[str, int], at: tuple[int, int, int], value: float
) -> None:
    layer = nn.Conv2d(1, 1, 3, bias=False, **settings)
    layer.weight.data = torch.arange(1.0, 10).reshape(1, 1, 3, 3) * 255  # a picture's 3 is 3 / 255
    found = explain(of_one(layer), five_by_five, "0", at, input_shape=(1, 5, 5))
    assert found.value == pytest.approx(value)
    assert found.computed == pytest.approx(value)
    assert len(found.terms) == 9


def test_terms_of_a_corner_say_what_is_padding(five_by_five: Path) -> None:
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    terms = explain(of_one(layer), five_by_five, "0", (0, 0, 0), input_shape=(1, 5, 5)).terms
    assert terms.padded.reshape(3, 3).tolist() == [[True] * 3, [True, False, False], [True, False, False]]
    assert terms.row.reshape(3, 3)[:, 0].tolist() == [-1, 0, 1]
    assert np.rint(terms.input * 255).reshape(3, 3).tolist() == [[0, 0, 0], [0, 3, 4], [0, 2, 4]]


class Function(nn.Module):
    """Calls one function."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, pixels: Tensor) -> Tensor:
        return self.function(pixels)


LAYERS: dict[str, nn.Module] = {
    "stride": nn.Conv2d(3, 4, 3, stride=(2, 3)),
    "dilation": nn.Conv2d(3, 4, (3, 2), dilation=(2, 3), padding=(1, 4)),
    "groups": nn.Conv2d(3, 6, 3, groups=3),
    "same": nn.Conv2d(3, 4, (4, 3), padding="same"),
    "valid": nn.Conv2d(3, 4, 3, padding="valid"),
    "reflect": nn.Conv2d(3, 4, 3, padding=2, padding_mode="reflect"),
    "replicate": nn.Conv2d(3, 4, 3, padding=2, padding_mode="replicate"),
    "circular": nn.Conv2d(3, 4, 5, padding=(2, 1), padding_mode="circular"),
    "transposed": nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1),
    "transposed groups": nn.ConvTranspose2d(3, 6, 3, groups=3, dilation=2, bias=False),
    "max pool": nn.MaxPool2d(3, 2, padding=1),
    "max pool dilated": nn.MaxPool2d((2, 3), 2, dilation=2),
    "max pool ceil": nn.MaxPool2d(3, 2, ceil_mode=True),
    "mean pool": nn.AvgPool2d(3, 2, padding=1),
    "mean pool inside": nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
    "mean pool ceil": nn.AvgPool2d(4, 3, padding=1, ceil_mode=True),
    "mean pool divided": nn.AvgPool2d(2, divisor_override=7),
    "adaptive mean": nn.AdaptiveAvgPool2d((3, 5)),
    "adaptive max": nn.AdaptiveMaxPool2d(3),
    "norm": nn.BatchNorm2d(3),
    "instance norm": nn.InstanceNorm2d(3, affine=True),
    "group norm": nn.GroupNorm(3, 3),
    "layer norm": nn.LayerNorm([3, 12, 12]),
    "enlarged": nn.Upsample(scale_factor=2, mode="bilinear"),
    "shuffle": nn.PixelUnshuffle(2),
    "slopes": nn.PReLU(3),
    "softmax": nn.Softmax(1),
    "softmax of rows": nn.Softmax(-1),
    "log softmax": nn.LogSoftmax(1),
    "softmin": nn.Softmin(1),
    "dropout": nn.Dropout(),
    "flat": nn.Sequential(nn.Flatten(), nn.Linear(432, 5)),
    **{
        kind.__name__: kind()
        for kind in (
            nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish,
            nn.Hardsigmoid, nn.Hardtanh, nn.Sigmoid, nn.LogSigmoid, nn.Tanh, nn.Softplus, nn.Softsign, nn.Softshrink,
        )
    },
    "in place": nn.ReLU(inplace=True),
    "function": Function(lambda pixels: functional.conv2d(pixels, torch.ones(2, 3, 3, 3), None, 2, 1)),
    "pooling function": Function(lambda pixels: functional.avg_pool2d(pixels, 3, 2, 1)),
    "sum": Function(lambda pixels: pixels + pixels.flip(3)),
    "product": Function(lambda pixels: pixels * pixels.mean((2, 3), keepdim=True)),
    "joined": Function(lambda pixels: torch.cat([pixels, pixels * 2], 1)),
    "matrix": Function(lambda pixels: pixels @ pixels.transpose(2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_terms_make_the_number_that_the_layer_made(name: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), LAYERS[name])
    subject, call = looked_at(model, CAT, "2", Looking(input_shape=(3, 12, 12)))
    entered = enter(subject.model, subject.example, maker := what_makes(subject.report, call))
    maps = features(model, CAT, "2", input_shape=(3, 12, 12)).values
    chosen = random.Random(0)
    for _ in range(6):
        at = Place(*(chosen.randrange(size) for size in maps.shape))
        found = taken_apart(subject, maker, entered, at)
        assert found.value == maps[at]
        assert found.error < 1e-5
        assert to_dict(found)["value"] == found.value
        assert str(at.channel) in as_text(found)


def test_a_maximum_says_which_value_it_is_and_leaves_its_padding_out() -> None:
    found = explain(of_one(nn.MaxPool2d(3, 2, padding=1)), COAT, "0", (0, 0, 0), input_shape=(1, 28, 28))
    assert found.terms.weight.sum() == 1
    assert found.terms.input[found.terms.weight == 1] == found.value
    assert np.isnan(found.terms.input[found.terms.padded]).all()


@pytest.mark.parametrize("name", ["lenet", "nin", "torchvision/mobilenet_v3_small", "torchvision/swin_t"])
def test_numbers_of_whole_networks_are_explained(name: str) -> None:
    chosen = random.Random(name)
    subject, _ = looked_at(name, CAT if "/" in name else COAT, "", Looking())
    unexplained = set()
    calls = [call for call in subject.report.calls if call.output_shape]
    for call in chosen.sample(calls, min(12, len(calls))):
        entered = enter(subject.model, subject.example, maker := what_makes(subject.report, call))
        try:
            found = taken_apart(subject, maker, entered, Place(0, 0, 0))
        except CnnvizError:
            unexplained.add(maker.kind)
        else:
            assert found.error < 1e-5
    assert unexplained <= {"getitem", "eq", "ne", "masked_fill", "new_zeros"}


@pytest.mark.parametrize("layer", ["0", "2", "3", "5"])
def test_receptive_field_is_where_the_pictures_gradient_is(layer: str) -> None:
    subject, call = looked_at("lenet", COAT, layer, Looking())
    entered = enter(subject.model, subject.example, call)
    maps = features("lenet", COAT, layer).values
    for at in (Place(0, 0, 0), Place(1, maps.shape[1] - 1, 2), Place(2, 3, maps.shape[2] - 1)):
        box = taken_apart(subject, call, entered, at).field
        pixels = torch.from_numpy(subject.pixels).requires_grad_()
        subject.model[: int(layer) + 1](pixels)[0][at].backward()
        rows, columns = pixels.grad[0, 0].nonzero().T
        assert box is not None
        assert (rows.min(), rows.max()) == (max(0, box.top), min(27, box.bottom))
        assert (columns.min(), columns.max()) == (max(0, box.left), min(27, box.right))


def test_a_container_is_explained_by_what_made_its_output() -> None:
    model = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()))
    assert explain(model, COAT, "0", (0, 1, 1), input_shape=(1, 28, 28)).kind == "ReLU"


def test_what_no_sum_makes_says_so() -> None:
    model = of_one(Function(lambda pixels: pixels.sin() * pixels.exp().cumprod(3)))
    with pytest.raises(CnnvizError, match="no sum of inputs × weights"):
        explain(model, COAT, "0.cumprod", (0, 4, 9), input_shape=(1, 28, 28))


@pytest.mark.parametrize("at", [(6, 0, 0), (0, 28, 0), (0, 0, -1), (0, 0, 10**20)])
def test_a_place_outside_of_the_maps_is_a_clear_line(at: tuple[int, int, int]) -> None:
    with pytest.raises(CnnvizError, match="has no number at channel"):
        explain("lenet", COAT, "0", at)


def deep() -> nn.Sequential:
    """Of pictures in a row: (N, 1, 6, 28, 28)."""
    return nn.Sequential(
        nn.Conv3d(1, 4, (3, 3, 5), stride=(1, 2, 1), padding=(1, 0, 2), bias=True),
        nn.BatchNorm3d(4),
        nn.ReLU(),
        nn.Conv3d(4, 6, 3, dilation=(1, 2, 2), padding=1, padding_mode="circular", groups=2),
        nn.MaxPool3d(2, ceil_mode=True),
        nn.AvgPool3d((1, 3, 3), stride=1, padding=(0, 1, 1)),
        nn.ConvTranspose3d(6, 3, 2, stride=2),
        nn.AdaptiveAvgPool3d(2),
    ).eval()


@pytest.mark.parametrize("layer", range(8))
def test_numbers_of_maps_with_a_depth_are_what_their_terms_make(layer: int) -> None:
    model, numbers = deep(), random.Random(layer)
    subject, call = looked_at(model, COAT, str(layer), Looking(input_shape=(1, 6, 28, 28)))
    output = model[: layer + 1](subject.example.args[0])[0].detach()
    for _ in range(8):
        at = tuple(numbers.randrange(size) for size in output.shape)
        found = taken_apart(subject, call, enter(subject.model, subject.example, call), place_of(at), Part(slice=at[1]))
        assert found.value == float(output[at])
        assert found.error < 1e-5
        assert f"channel {at[0]}, depth {at[1]}, row {at[2]}, column {at[3]}" in as_text(found)
        if found.depths > 1:
            reads = (subject.example.args[0] if layer == 0 else model[:layer](subject.example.args[0]))[0]
            for term in to_dict(found)["terms"][:5]:  # type: ignore[index]
                if not term["padded"]:
                    place = term["channel"], term["depth"], term["row"], term["column"]
                    assert term["input"] == pytest.approx(float(reads[place].detach()), abs=1e-6)


def test_a_depth_that_is_not_there_is_a_clear_line() -> None:
    assert explain(deep(), COAT, "0", (3, 5, 0, 0), input_shape=(1, 6, 28, 28)).slice == 5
    with pytest.raises(CnnvizError, match=r"no number at channel 3, depth 6, row 0.*6 deep, and count from 0"):
        explain(deep(), COAT, "0", (3, 6, 0, 0), input_shape=(1, 6, 28, 28))
    assert explain("lenet", COAT, "0", (3, 0, 1, 2)).at == Place(3, 1, 2)
    with pytest.raises(CnnvizError, match="no number at channel 3, depth 1"):
        explain("lenet", COAT, "0", (3, 1, 0, 0))
    with pytest.raises(CnnvizError, match="no place"):
        explain("lenet", COAT, "0", (3, 0))


def test_a_place_outside_is_answered_by_the_maps_there_are_and_a_feature_goes_by_its_number() -> None:
    with pytest.raises(CnnvizError) as refused:
        explain("lenet", COAT, "0", (6, 0, 0))
    assert "6 × 28 × 28" in str(refused.value)
    assert explain("lenet", COAT, "11", (4,)).at == Place(4, 0, 0)


def test_the_network_stays_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(inplace=True)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    explain(model, COAT, "2", (0, 0, 0), input_shape=(1, 28, 28))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model.training
    assert model[2].training


def test_a_receptive_field_is_told_in_rows_that_the_picture_has() -> None:
    layer = nn.Conv2d(1, 1, 3, padding=1)
    corner, middle = (explain(of_one(layer), COAT, "0", at, input_shape=(1, 28, 28)) for at in ((0, 0, 0), (0, 9, 9)))
    assert "It sees rows 0 to 1 and columns 0 to 1 of the picture, and padding around it." in as_text(corner)
    assert "It sees rows 8 to 10 and columns 8 to 10 of the picture." in as_text(middle)
    assert to_dict(corner)["receptive_field"] == {"top": -1, "left": -1, "bottom": 1, "right": 1}
