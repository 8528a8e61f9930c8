"""Small networks written here, each with one thing that counters get wrong."""

from __future__ import annotations

import copy
import threading
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.errors import CnnvizError
from cnnviz.inspection.examples import Example
from cnnviz.inspection.tracer import inspect
from cnnviz.inspection.tracing.one_run import watch


class Reused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, data: Tensor) -> Tensor:
        return self.layer(self.layer(data))


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False)
        self.second.weight = self.first.weight

    def forward(self, data: Tensor) -> Tensor:
        return self.second(self.first(data))


class Functional(nn.Module):
    """The PyTorch course's way: pooling and ReLU as functions, ``view`` with the batch's size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 5)
        self.fc = nn.Linear(1440, 10)

    def forward(self, data: Tensor) -> Tensor:
        data = functional.relu(functional.max_pool2d(self.conv(data), 2))
        return self.fc(data.view(data.size(0), -1))


class DataDependent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, data: Tensor) -> Tensor:
        return self.fc(data) if data.sum().item() >= 0 else data


class Outputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, data: Tensor) -> dict[str, object]:
        out = self.fc(data)
        return {"logits": out, "both": (out, out.softmax(1))}


def test_reused_module_counts_its_parameters_once_and_its_macs_twice() -> None:
    report = inspect(Reused(), input_shape=(8,))
    assert report.totals.params == 72
    assert [call.own_params for call in report.calls] == [0, 72, 0]
    assert report.totals.macs == 2 * 64


def test_tied_weights_count_once() -> None:
    report = inspect(Tied(), input_shape=(8,))
    assert report.totals.params == report.calls[0].params == 64
    assert report.totals.macs == 128


def test_functions_between_modules_are_rows() -> None:
    report = inspect(Functional(), input_shape=(1, 28, 28))
    assert [call.path for call in report.calls] == ["", "conv", "max_pool2d", "relu", "view", "fc"]
    assert [call.inputs_from for call in report.calls[2:]] == [(1,), (2,), (3,), (4,)]


@pytest.mark.parametrize(
    ("layer", "shape", "macs"),
    [
        (nn.Conv2d(8, 16, 3, padding=1), (8, 10, 10), 16 * 100 * 8 * 9),
        (nn.Conv2d(8, 16, 3, groups=4), (8, 10, 10), 16 * 64 * 2 * 9),
        (nn.Conv2d(8, 16, 3, dilation=2, stride=2), (8, 11, 11), 16 * 16 * 8 * 9),
        (nn.Conv2d(8, 16, 3, padding="same"), (8, 10, 10), 16 * 100 * 8 * 9),
        (nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), (8, 10, 10), 8 * 100 * 8 * 9),
        (nn.ConvTranspose2d(8, 16, 2, stride=2), (8, 10, 10), 8 * 100 * 16 * 4),
        (nn.Conv1d(4, 8, 5), (4, 20), 8 * 16 * 4 * 5),
        (nn.Conv3d(2, 4, 3), (2, 5, 5, 5), 4 * 27 * 2 * 27),
        (nn.Linear(8, 5), (3, 8), 3 * 8 * 5),
        (nn.Bilinear(4, 5, 6), None, None),
        (nn.BatchNorm2d(8), (8, 10, 10), 0),
        (nn.MaxPool2d(2), (8, 10, 10), 0),
    ],
)
def test_layer_has_the_macs_of_its_closed_form(
    layer: nn.Module, shape: tuple[int, ...] | None, macs: int | None
) -> None:
    if shape is None:
        report = inspect(layer, inputs=(torch.zeros(1, 4), torch.zeros(1, 5)))
        assert report.status == "complete"
        return
    report = inspect(layer, input_shape=shape)
    assert report.totals.macs == macs
    assert report.calls[0].output_shape == layer.eval()(torch.zeros(1, *shape)).shape


@pytest.mark.parametrize("training", [False, True])
def test_attention_counts_projections_scores_and_mean(training: bool) -> None:
    attention = nn.MultiheadAttention(16, 4, batch_first=True).train(training)
    query = torch.zeros(1, 10, 16)
    report = inspect(attention, inputs=(query, query, query))
    projections, scores = 4 * 10 * 16 * 16, 2 * 10 * 10 * 16
    assert report.totals.macs == projections + scores
    assert report.calls[0].own_params == report.totals.params


def test_transformer_layer_equals_an_independent_count() -> None:
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    data = torch.zeros(1, 10, 16)
    with FlopCounterMode(display=False) as counter:
        layer(data)
    assert inspect(layer, inputs=(data,)).totals.flops == counter.get_total_flops()


def test_recurrent_layer_equals_its_closed_form() -> None:
    report = inspect(nn.LSTM(6, 5, batch_first=True), inputs=(torch.zeros(1, 7, 6),))
    assert report.totals.macs == 7 * 4 * 5 * (6 + 5)


def test_function_without_a_formula_is_not_counted_and_the_total_says_so() -> None:
    class Spectrum(nn.Module):
        def forward(self, data: Tensor) -> Tensor:
            return torch.fft.rfft(data).abs()

    report = inspect(Spectrum(), input_shape=(16,))
    assert report.totals.macs is None
    assert report.find("fft_rfft").status == "not counted"  # type: ignore[union-attr]


def test_network_that_looks_at_its_numbers_runs_for_real() -> None:
    report = inspect(DataDependent(), input_shape=(4,))
    assert report.status == "complete"
    assert report.totals.macs == 16


def test_dictionary_and_tuple_outputs_are_followed() -> None:
    report = inspect(Outputs(), input_shape=(4,))
    assert report.calls[0].output_shapes == ((1, 4), (1, 4), (1, 4))


class Skip(nn.Module):
    """Both the block and the sum read the network's own input; the table is made of constants."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Conv2d(3, 3, 3, padding=1)
        self.table = nn.Embedding(5, 3)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made = self.block(picture)
        return made - picture.contiguous(), picture, self.table(torch.arange(5))


def test_what_reads_the_input_and_what_makes_the_output_is_known() -> None:
    report = inspect(Skip(), (3, 8, 8))
    assert {call.path: (call.reads_input, call.inputs_from) for call in report.calls} == {
        "": (True, ()), "block": (True, ()), "sub": (True, (1,)), "table": (False, ()),
    }  # fmt: skip
    assert report.outputs_from == (2, 3)
    assert report.calls[3].receptive_field_status == "unknown"  # it sees nothing of the picture


class Copying(nn.Module):
    """Runs a copy, made on the way, of a layer with other weights."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2, bias=False)

    def forward(self, data: Tensor) -> Tensor:
        double = copy.deepcopy(self.layer)
        double.weight.mul_(2)
        made: Tensor = double(data)
        return made


def test_copy_of_a_layer_made_on_the_way_runs_with_its_own_weights() -> None:
    model, data, seen = Copying(), torch.ones(1, 2), []
    watch(model, Example((data,)), lambda _index, output: seen.append(output))
    torch.testing.assert_close(seen[-1], 2 * model.layer(data))


def test_failing_layer_is_named_with_the_remedy_and_calls_before_it_stand() -> None:
    report = inspect(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(256, 10)), input_shape=(1, 12, 12))
    assert report.status == "partial"
    assert report.error is not None
    assert report.error.message == "2: Linear expects 256 features, 400 arrive (1 × 400)."
    assert report.error.hint.startswith("Set in_features=400")
    assert report.calls[1].output_shape == (1, 4, 10, 10)
    assert report.calls[3].status == "failed"
    assert report.totals.macs is None


class Unlike(nn.Module):
    """Two branches that shrink the map differently meet."""

    def __init__(self, join: str) -> None:
        super().__init__()
        self.left, self.right, self.join = nn.Conv2d(1, 4, 3), nn.Conv2d(1, 4, 3, stride=2), join

    def forward(self, picture: Tensor) -> Tensor:
        left, right = self.left(picture), self.right(picture)
        return left + right if self.join == "add" else torch.cat([left, right], 1)


@pytest.mark.parametrize(
    ("layers", "message", "hint"),
    [
        ((nn.Conv2d(3, 4, 3),), "0: Conv2d expects 3 channels, 1 arrive (1 × 1 × 12 × 12).", "Set in_channels=1"),
        ((nn.BatchNorm2d(3),), "0: BatchNorm2d expects 3 channels, 1 arrive", "Set num_features=1"),
        ((nn.Conv2d(1, 4, 15),), "0: Conv2d gets a map smaller than its kernel", "Choose a larger input"),
        ((nn.Linear(144, 10),), "0: Linear expects 144 features, 12 arrive", "Flatten before it: nn.Flatten()"),
        ((nn.Linear(99, 10),), "0: Linear expects 99 features", "Flatten before it, nn.Flatten(), and set"),
        ((Unlike("add"),), "0.add: add joins 1 × 4 × 10 × 10 and 1 × 4 × 5 × 5", "Let the shortcut change its shape"),
        ((Unlike("cat"),), "0.cat: cat joins 1 × 4 × 10 × 10 and 1 × 4 × 5 × 5", "All but the joined axis"),
        ((nn.Unflatten(1, (1, 1)), nn.Conv2d(1, 4, 3)), "1: Conv2d failed on 1 × 1 × 1 × 12 × 12: Expected 3D", ""),
    ],
)  # fmt: skip
def test_common_faults_are_explained_with_the_likely_fix(
    layers: tuple[nn.Module, ...], message: str, hint: str
) -> None:
    report = inspect(nn.Sequential(*layers), (1, 12, 12))
    assert report.error is not None
    assert report.error.message.startswith(message)
    assert report.error.hint.startswith(hint)


class NowhereElse(nn.Module):
    """Refuses tensors without data, in words of its own."""

    def forward(self, picture: Tensor) -> Tensor:
        if picture.device.type == "meta":
            raise ValueError("what place is this?")
        return picture * 2


def test_failure_that_nobody_understands_is_tried_again_for_real() -> None:
    report = inspect(NowhereElse(), (1, 4, 4))
    assert (report.status, report.calls[1].kind) == ("complete", "mul")


class PlainList(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Conv2d(1, 4, 3), {"norm": nn.BatchNorm2d(4)}]
        self.layers.append(self.layers)  # it holds itself
        self.never = [nn.Linear(3, 3)]
        self.head = nn.Linear(4, 10)

    def forward(self, picture: Tensor) -> Tensor:
        return self.head(self.layers[1]["norm"](self.layers[0](picture)).mean((2, 3)))


def test_modules_in_plain_lists_are_rows_that_no_optimizer_trains() -> None:
    report = inspect(PlainList(), (1, 8, 8))
    assert [call.path for call in report.calls] == ["", "layers.0", "layers.1.norm", "mean", "head"]
    assert [call.own_params for call in report.calls] == [12, 40, 8, 0, 50]  # the idle layer is the network's own
    assert (report.totals.params, report.totals.trainable_params, report.totals.macs) == (50, 50, 36 * 9 * 4 + 40)
    assert [part.path for part in report.unregistered] == ["layers.0", "layers.1.norm", "never.0"]


class WeightsAndFunctions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.kernel, self.matrix = nn.Parameter(torch.zeros(4, 1, 3, 5)), nn.Parameter(torch.zeros(10, 4))

    def forward(self, picture: Tensor) -> Tensor:
        maps = functional.conv2d(picture, self.kernel, stride=2, groups=2)
        return functional.linear(maps.amax((2, 3)), self.matrix, torch.zeros(10, device=maps.device))


def test_functions_of_weights_have_the_settings_of_the_layer_that_would_hold_them() -> None:
    _, convolution, _, linear = inspect(WeightsAndFunctions(), (2, 12, 12)).calls
    assert convolution.settings == {
        "in_channels": 2, "out_channels": 4, "kernel_size": (3, 5), "stride": 2, "padding": 0, "dilation": 1,
        "groups": 2, "bias": False,
    }  # fmt: skip
    assert linear.settings == {"in_features": 4, "out_features": 10, "bias": True}
    assert (convolution.receptive_field, convolution.receptive_field_status) == ((3, 5), "exact")


def test_exception_of_the_network_itself_names_its_line() -> None:
    class Broken(nn.Module):
        def forward(self, data: Tensor) -> Tensor:
            raise ValueError(f"no such thing for {data.dim()} axes")

    report = inspect(Broken(), input_shape=(4,))
    assert report.error is not None
    assert "no such thing" in report.error.message
    assert report.error.source is not None
    assert report.error.source.startswith("test_tracer.py:")


def test_model_is_the_same_bits_after() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(400, 3))
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    flags, state = [module.training for module in model.modules()], torch.get_rng_state()
    inspect(model, input_shape=(1, 12, 12))
    inspect(model, input_shape=(1, 12, 12), train_mode=True)
    inspect("torchvision/resnet18")
    watch(model, Example((torch.zeros(2, 1, 12, 12),)), lambda _index, _output: None)
    assert [module.training for module in model.modules()] == flags
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_numbers_are_the_same_while_another_thread_computes() -> None:
    expected = inspect("torchvision/resnet18")
    done = threading.Event()
    other = threading.Thread(target=_compute_until, args=(done,))
    other.start()
    try:
        assert all(inspect("torchvision/resnet18") == expected for _ in range(5))
    finally:
        done.set()
        other.join()


def _compute_until(done: threading.Event) -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    while not done.is_set():
        model(torch.ones(4, 1, 16, 16)).sum().backward()


def test_watch_says_of_each_call_what_the_report_does() -> None:
    model = Functional()
    report = inspect(model, input_shape=(1, 28, 28))
    seen: dict[object, tuple[int, ...]] = {}
    watch(model, Example((torch.zeros(1, 1, 28, 28),)), lambda call, output: seen.update({call: tuple(output.shape)}))  # type: ignore[attr-defined]
    assert seen == {call.identity: call.output_shape for call in report.calls}


def test_training_mode_runs_the_auxiliary_heads() -> None:
    evaluated, trained = inspect("torchvision/googlenet"), inspect("torchvision/googlenet", train_mode=True)
    assert evaluated.find("aux1") is None
    assert trained.find("aux1") is not None
    assert trained.calls[0].own_params == 0


class Subclassed(nn.Conv2d):
    """Computes as its base does."""


def test_layer_that_only_has_a_name_of_its_own_is_of_its_bases_kind() -> None:
    kinds = [call.kind for call in inspect(nn.Sequential(Subclassed(1, 2, 3)), (1, 5, 5)).calls]
    assert kinds == ["Sequential", "Conv2d"]


@pytest.mark.parametrize("target", [lambda data: data, nn.Linear, None, torch.compile(torch.compile(nn.Linear(3, 3)))])
def test_what_is_no_network_is_said_to_be_none(target: Any) -> None:
    with pytest.raises(CnnvizError, match="is no network"):
        inspect(target, (3,))
