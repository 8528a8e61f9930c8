from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

import cnnviz
from cnnviz import machine
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps import capture as capturing
from cnnviz.feature_maps.axes import as_maps, is_channels_last
from cnnviz.feature_maps.capture import Lens, capture, features, find_call
from cnnviz.feature_maps.questions import RANDOM_WEIGHTS, Weights
from cnnviz.feature_maps.weights import built
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracer import inspect
from cnnviz.pictures.samples import suited
from cnnviz.zoo import resolve

BOOT = suited((1, 28, 28)).file
LENET = resolve("lenet")


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """The boot as a network sees it, (28, 28)."""
    return np.asarray(Image.open(BOOT), np.float32) / 255


def identity(channels: int = 1) -> nn.Conv2d:
    """A convolution that returns its input."""
    layer = nn.Conv2d(channels, channels, 3, padding=1)
    nn.init.dirac_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


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


def test_what_does_not_fit_into_memory_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = resolve("vgg11", {}, (1, 16384, 16384))
    call = find_call(inspect(spec), "block1.0")
    monkeypatch.setattr(machine, "free_bytes", lambda: 16 * 2**30)
    monkeypatch.setattr(capturing, "built", lambda _spec: pytest.fail("built"))
    with pytest.raises(CnnvizError, match=r"of memory; 16\.0 GB is free"):
        Lens().look(spec, RANDOM_WEIGHTS, BOOT, call)


def test_a_look_that_nobody_wants_any_more_ends_after_the_layer_it_is_at() -> None:
    ran: list[str] = []
    layers = [identity(), identity(), identity()]
    for number, layer in enumerate(layers):
        layer.register_forward_hook(lambda *_, name=str(number): ran.append(name))

    def go_on() -> None:
        if len(ran) == 2:
            raise CnnvizError("Something newer is wanted.")

    with pytest.raises(CnnvizError, match="newer"):
        capture(nn.Sequential(*layers), Example((torch.zeros(1, 1, 5, 5),)), 0, 10**9, go_on)
    assert ran == ["0", "1"]


def test_a_later_in_place_relu_does_not_reach_back_into_the_maps(pixels: np.ndarray) -> None:
    layer = identity()
    layer.bias.data.fill_(-0.5)
    model = nn.Sequential(layer, nn.ReLU(inplace=True))
    image = torch.from_numpy(pixels)[None, None]
    outputs = capture(model, Example((image,)), call=2, budget=2**20)
    assert np.allclose(outputs[1][0, 0], pixels - 0.5)
    assert outputs[2].min() == 0


def test_everything_is_kept_within_the_budget_and_only_what_was_asked_for_beyond_it() -> None:
    model = nn.Sequential(*(identity() for _ in range(5)))
    image = torch.zeros(1, 1, 10, 10)
    assert sorted(capture(model, Example((image,)), call=3, budget=10**6)) == [0, 1, 2, 3, 4, 5]
    assert sorted(capture(model, Example((image,)), call=3, budget=0)) == [3]
    assert sorted(capture(model, Example((image,)), call=3, budget=1000)) == [3]


def test_beyond_the_budget_the_network_runs_only_as_far_as_needed() -> None:
    ran: list[int] = []
    model = nn.Sequential(*(identity() for _ in range(4)))
    for number, layer in enumerate(model):
        layer.register_forward_hook(lambda *_, number=number: ran.append(number))
    capture(model, Example((torch.zeros(1, 1, 4, 4),)), call=2, budget=0)
    assert ran == [0, 1]


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
    known = inspect(LENET).calls[1].path
    with pytest.raises(CnnvizError, match=rf"lenet has no layer '{known}x'.*Did you mean .*{known}"):
        features("lenet", BOOT, f"{known}x")


def test_the_public_function_takes_names_options_and_an_input() -> None:
    first = inspect("lenet").calls[1].path
    maps = cnnviz.features("lenet", str(BOOT), layer=first, input_shape=(3, 32, 32))
    assert maps.input.shape == (1, 3, 32, 32)
    assert cnnviz.features("lenet", BOOT, "", options={"num_classes": 7}).values.shape == (7, 1, 1)


@pytest.mark.parametrize(
    "name", ["lenet", "vgg11", "torchvision/resnet18", "torchvision/squeezenet1_1", "torchvision/shufflenet_v2_x0_5"]
)
def test_every_call_of_the_report_is_captured_with_the_shape_it_says(name: str) -> None:
    options = {"width_divisor": 8} if name == "vgg11" else None
    spec = resolve(name, options)
    report = inspect(spec)
    outputs = capture(built(spec), Example((torch.zeros(1, *spec.input_shape),)), len(report.calls) - 1, budget=2**30)
    assert {index: tuple(output.shape) for index, output in outputs.items()} == {
        call.index: call.output_shape for call in report.calls if call.output_shape is not None
    }


@pytest.fixture
def forward_passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the call that was asked for with each forward pass."""
    passes: list[int] = []

    def counted(
        model: nn.Module, example: Example, call: int, budget: int, go_on: Callable[[], None] | None
    ) -> dict[int, Tensor]:
        passes.append(call)
        return capture(model, example, call, budget, go_on)

    monkeypatch.setattr(capturing, "capture", counted)
    return passes


def test_another_layer_of_the_same_picture_is_not_computed_again(forward_passes: list[int]) -> None:
    lens, calls = Lens(), inspect(LENET).calls
    for call in (*calls, *calls):
        assert lens.look(LENET, RANDOM_WEIGHTS, BOOT, call).call == call.index
    assert forward_passes == [0]


def test_a_lens_without_budget_computes_each_layer(forward_passes: list[int]) -> None:
    lens, calls = Lens(budget=0), inspect(LENET).calls
    full = Lens()
    for call in calls[1:4]:
        assert np.array_equal(
            lens.look(LENET, RANDOM_WEIGHTS, BOOT, call).values, full.look(LENET, RANDOM_WEIGHTS, BOOT, call).values
        )
    assert forward_passes == [1, 1, 2, 3]


def test_a_picture_that_changed_on_disk_is_read_again(tmp_path: Path, forward_passes: list[int]) -> None:
    lens, call = Lens(), inspect(LENET).calls[1]
    file = tmp_path / "a.png"
    for shade in (0, 255):
        Image.new("L", (28 + shade, 28), shade).save(file)
        assert lens.look(LENET, RANDOM_WEIGHTS, file, call).input.max() == shade / 255
    assert forward_passes == [1, 1]


def test_random_weights_come_back_after_others(tmp_path: Path) -> None:
    lens, call = Lens(), inspect(LENET).calls[1]
    save_file({k: torch.zeros_like(v) for k, v in built(LENET).state_dict().items()}, tmp_path / "zero.safetensors")
    zero = Weights("file", file=tmp_path / "zero.safetensors")
    first = lens.look(LENET, RANDOM_WEIGHTS, BOOT, call)
    assert not lens.look(LENET, zero, BOOT, call).values.any()
    assert np.array_equal(lens.look(LENET, RANDOM_WEIGHTS, BOOT, call).values, first.values)


def test_weights_written_anew_over_a_file_are_read_again(tmp_path: Path) -> None:
    lens, call, file = Lens(), inspect(LENET).calls[1], tmp_path / "w.safetensors"
    for value in (0.0, 1.0):
        save_file(
            {k: torch.full_like(v, value) for k, v in built(LENET).state_dict().items()}, file, {"v": "x" * int(value)}
        )
        assert lens.look(LENET, Weights("file", file=file), BOOT, call).values.any() == bool(value)


def test_after_weights_that_do_not_fit_the_lens_still_looks(tmp_path: Path) -> None:
    lens, call = Lens(), inspect(LENET).calls[1]
    first = lens.look(LENET, RANDOM_WEIGHTS, BOOT, call)
    save_file({"other": torch.zeros(1)}, tmp_path / "w.safetensors")
    with pytest.raises(CnnvizError, match="do not fit"):
        lens.look(LENET, Weights("file", file=tmp_path / "w.safetensors"), BOOT, call)
    assert np.array_equal(lens.look(LENET, RANDOM_WEIGHTS, BOOT, call).values, first.values)


def test_a_picture_that_cannot_be_read_does_not_show_the_one_before(tmp_path: Path) -> None:
    lens, call = Lens(), inspect(LENET).calls[1]
    lens.look(LENET, RANDOM_WEIGHTS, BOOT, call)
    (tmp_path / "a.png").write_text("text")
    for _ in range(2):
        with pytest.raises(CnnvizError, match="not a picture"):
            lens.look(LENET, RANDOM_WEIGHTS, tmp_path / "a.png", call)
    assert lens.look(LENET, RANDOM_WEIGHTS, BOOT, call).values.any()


def test_the_first_item_of_a_batch_becomes_maps() -> None:
    output = torch.arange(48.0).reshape(2, 4, 2, 3)
    assert np.array_equal(as_maps(output, (2, 3)), output[0].numpy())


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((2, 5), (5, 1, 1)), ((5,), (5, 1, 1)), ((), (1, 1, 1)), ((1, 3, 4, 2, 2), (12, 2, 2)), ((1, 6, 7, 7), (6, 7, 7))],
)
def test_other_ranks_become_maps(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert as_maps(torch.zeros(shape), (28, 28)).shape == expected


def test_tokens_become_maps_without_the_classs_token() -> None:
    grid = torch.arange(36.0).reshape(1, 9, 4)
    with_class = torch.cat([torch.full((1, 1, 4), -1.0), grid], 1)
    for tokens in (grid, with_class):
        maps = as_maps(tokens, (224, 224))
        assert maps.shape == (4, 3, 3)
        assert maps[1, 2, 0] == grid[0, 6, 1]
    assert as_maps(torch.zeros(1, 7, 4), (224, 224)).shape == (4, 1, 7)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((56, 56, 96), (224, 224), True),
        ((96, 56, 56), (224, 224), False),
        ((56, 56, 56), (224, 224), False),
        ((7, 14, 32), (224, 448), True),
        ((64, 13, 27), (224, 448), False),
        ((3, 5, 9), (28, 28), False),
    ],
)
def test_channels_last_is_told_from_the_inputs_aspect(
    shape: tuple[int, ...], size: tuple[int, int], expected: bool
) -> None:
    assert is_channels_last(shape, size) is expected


def test_channels_last_maps_are_turned() -> None:
    output = torch.arange(12.0).reshape(1, 2, 2, 3)
    assert np.array_equal(as_maps(output, (8, 8))[2], output[0, :, :, 2].numpy())


def test_other_numbers_become_float32() -> None:
    for tensor in (
        torch.ones(1, 2, dtype=torch.bfloat16),
        torch.ones(1, 2, dtype=torch.bool),
        torch.ones(1, 2).cdouble(),
    ):
        maps = as_maps(tensor, (8, 8))
        assert maps.dtype == np.float32
        assert (maps == 1).all()


def test_an_output_without_numbers_is_refused() -> None:
    with pytest.raises(CnnvizError, match=r"no numbers \(1 × 0 × 3 × 3\)"):
        as_maps(torch.zeros(1, 0, 3, 3), (8, 8))
