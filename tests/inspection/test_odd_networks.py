"""What people open besides a clean stack of layers: each network here once broke the tracer or its numbers."""

from __future__ import annotations

import copy
import io
import os
import pickle
import signal
import sys
import threading
import warnings
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.errors import CnnvizError
from cnnviz.inspection import export
from cnnviz.inspection.tracer import inspect

_CONV_MACS = 4 * 14 * 14 * 3 * 9  # of Around's convolution on 3 × 16 × 16


class Around(nn.Module):
    """A convolution, and a function that uses it."""

    def __init__(self, run: Callable[..., object]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.run = run

    def forward(self, *inputs: object) -> object:
        return self.run(self, *inputs)


class Counted(Exception):  # noqa: N818  an exception of a user's
    def __str__(self) -> str:
        raise ValueError("no words")


@dataclass
class Answer:
    logits: Tensor
    loss: Tensor | None = None


Pair = namedtuple("Pair", "image label")


def _raise(error: BaseException) -> Callable[..., object]:
    def run(_model: Around, _data: Tensor) -> object:
        raise error

    return run


def test_attributes_that_refuse_to_be_copied_are_shared_and_the_rest_is_not() -> None:
    model = Around(lambda self, data: self.conv(data))
    model.lock, model.kept = threading.Lock(), [nn.BatchNorm2d(3)]  # type: ignore[assignment]
    report = inspect(model, input_shape=(3, 16, 16), train_mode=True)
    assert (report.status, report.totals.macs) == ("complete", _CONV_MACS)
    assert not model.conv._forward_hooks
    assert model.conv.weight.device.type == "cpu"


def test_weight_computed_from_parameters_does_not_stop_the_copy() -> None:
    model = Around(lambda self, data: functional.conv2d(data, self.doubled))
    model.doubled = model.conv.weight * 2  # as the older weight_norm keeps its own
    assert inspect(model, input_shape=(3, 16, 16)).totals.macs == _CONV_MACS


_ERRORS = [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), Counted(), KeyError("k"), RecursionError()]


@pytest.mark.parametrize("error", _ERRORS)
def test_whatever_a_network_raises_is_a_partial_report(error: BaseException) -> None:
    report = inspect(Around(_raise(error)), input_shape=(3, 16, 16))
    assert report.status == "partial"


def test_ctrl_c_is_the_users_and_passes_through() -> None:
    def run(_model: Around, data: Tensor) -> Tensor:
        signal.raise_signal(signal.SIGINT)
        return data

    with pytest.raises(KeyboardInterrupt):
        inspect(Around(run), input_shape=(3, 16, 16))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_prints_of_a_network_do_not_mix_into_ours(capsys: pytest.CaptureFixture[str]) -> None:
    def run(self: Around, data: Tensor) -> object:
        print("in forward", flush=True)
        return self.conv(data)

    assert inspect(Around(run), input_shape=(3, 16, 16)).status == "complete"
    assert capsys.readouterr().out == ""


def test_failure_that_the_network_catches_stays_where_it_happened() -> None:
    def run(self: Around, data: Tensor) -> object:
        try:
            return self.conv(data[:, :2])
        except RuntimeError:
            return self.conv(data)

    report = inspect(Around(run), input_shape=(3, 16, 16))
    assert [(call.path, call.parent, call.status) for call in report.calls] == [
        ("", None, "complete"),
        ("getitem", 0, "complete"),
        ("conv", 0, "failed"),
        ("conv", 0, "complete"),
    ]
    assert report.totals.macs == _CONV_MACS


def test_global_random_numbers_are_not_drawn_by_a_forward_pass() -> None:
    model = Around(lambda self, data: self.conv(data) * data.mean().item() + torch.rand(1) + torch.randperm(1))
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.Dropout())
    before = torch.get_rng_state()
    assert inspect(model, input_shape=(3, 16, 16)).status == "complete"
    assert inspect(lazy, input_shape=(3, 16, 16), train_mode=True).status == "complete"
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_input_shape_is_filled_with_the_numbers_that_the_network_reads(dtype: torch.dtype) -> None:
    assert inspect(nn.Sequential(nn.Conv2d(3, 4, 3)).to(dtype), input_shape=(3, 16, 16)).totals.macs == _CONV_MACS
    words = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 2)).to(dtype)
    assert inspect(words, input_shape=(5,)).totals.macs == 5 * 4 * 2


def test_lazy_layer_behind_a_failure_holds_nothing_yet() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.LazyLinear(10), nn.LazyBatchNorm1d())
    report = inspect(network, (3, 8, 8))
    assert report.status == "partial"
    assert report.totals.params == 4 * 9 + 4
    assert [part.params for part in report.never_ran] == [0, 0]


def _scripted() -> nn.Module:
    block = nn.Sequential(nn.Conv2d(4, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Dropout(), nn.Sequential(nn.ReLU()))
    return torch.jit.script(block)


def _traced() -> nn.Module:
    return torch.jit.trace(nn.Conv2d(4, 4, 3, bias=False), torch.rand(1, 4, 14, 14))


@pytest.mark.parametrize("compiled", [_scripted, _traced])
def test_layers_in_torchscript_inside_a_network_are_counted_in_the_mode_that_was_asked_for(
    compiled: Callable[[], nn.Module],
) -> None:
    with warnings.catch_warnings(action="ignore"):  # TorchScript is deprecated, and still in people's files
        model = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), compiled())
    before = {name: each.clone() for name, each in model.state_dict().items()}
    report = inspect(model, input_shape=(3, 16, 16))
    assert (report.error, report.totals.macs) == (None, 4 * 27 * 14**2 + 4 * 36 * 12**2)
    assert report.totals.params == sum(each.numel() for each in model.parameters())
    assert report.never_ran == ()
    assert model[1].training
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())


@pytest.mark.parametrize(("batch", "shape"), [(0, (3, 16, 16)), (-1, (3, 16, 16)), (10**20, (3, 16, 16)), (1, (3, 0))])
def test_impossible_sizes_are_refused(batch: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(CnnvizError):
        inspect(nn.Conv2d(3, 4, 3), input_shape=shape, batch=batch)


def test_functions_that_vmap_maps_count_the_whole_batch() -> None:
    model = Around(lambda self, data: torch.vmap(lambda each: self.conv(each[None])[0])(data))
    assert inspect(model, input_shape=(3, 16, 16), batch=5).totals.macs == 5 * _CONV_MACS


def test_gradients_inside_forward_are_real() -> None:
    def run(self: Around, data: Tensor) -> object:
        with torch.enable_grad():
            data = data.detach().requires_grad_()
            return torch.autograd.grad(torch.relu(data * data).sum(), data)[0]

    report = inspect(Around(run), input_shape=(3, 16, 16))
    assert report.error is None
    assert report.calls[0].output_shape == (1, 3, 16, 16)


def test_layer_that_runs_in_another_thread_is_not_counted() -> None:
    def run(self: Around, data: Tensor) -> object:
        found: list[Tensor] = []
        thread = threading.Thread(target=lambda: found.append(self.conv(data)))
        thread.start()
        thread.join()
        return found[0]

    report = inspect(Around(run), input_shape=(3, 16, 16))
    assert report.calls[1].status == "not counted"
    assert report.totals.macs is None


def test_dataclass_outputs_are_followed() -> None:
    report = inspect(Around(lambda self, data: Answer(self.conv(data))), input_shape=(3, 16, 16))
    assert report.calls[0].output_shapes == ((1, 4, 14, 14),)


def test_inputs_may_be_nested_or_no_tensors_at_all() -> None:
    image = torch.zeros(2, 3, 16, 16)
    nested = inspect(Around(lambda self, pair: self.conv(pair.image)), inputs=(Pair(image, None),))
    assert nested.input_shapes == ((2, 3, 16, 16),)
    assert "batch of 2" in export.as_table(nested)
    alone = inspect(Around(lambda self, size: self.conv(torch.zeros(1, 3, size, size))), inputs=(16,))
    assert alone.totals.macs == _CONV_MACS
    assert "activations" in export.as_table(alone)


@pytest.mark.parametrize(
    ("product", "macs"),
    [
        (lambda data: torch.dot(data[0, 0], data[0, 0]), 16),
        (lambda data: torch.addbmm(data[0], data, data), 3 * 16**3),
        (lambda data: torch.baddbmm(data, data, data), 3 * 16**3),
        (lambda data: data[0].clone().addmm_(data[1], data[2]), 16**3),
        (lambda data: torch.addr(data[0], data[0, 0], data[0, 1]), 16**2),
        (lambda data: torch.ger(data[0, 0], data[0, 1]), 16**2),
        (lambda data: data[0, 0].outer(data[0, 1]), 16**2),
        (lambda data: torch.kron(data[0, :2], data[1]), 2 * 16**3),
        (lambda data: torch.inner(data[0], data[1]), 16**3),
        (lambda data: torch.tensordot(data, data, ([1, 2], [2, 1])), 3 * 3 * 16**2),
        (lambda data: torch.tensordot(data[0], data[0], 0), 16**4),
        (lambda data: torch.linalg.vecdot(data, data), 3 * 16**2),
        (lambda data: torch.linalg.vecdot(data, data[0, 0], dim=1), 3 * 16**2),
        (lambda data: torch.linalg.multi_dot([*data]), 2 * 16**3),
        (lambda data: torch.linalg.matrix_power(data[0], 3), 2 * 16**3),
        (lambda data: torch.einsum("cij,cij->", data, data), 3 * 16**2),
        (lambda data: torch.einsum("cij,cij->cij", data, data), 3 * 16**2),
        (lambda data: torch.einsum("cij,cjk->cik", data, data), 3 * 16**3),
        (lambda data: torch.einsum("ij,kl->ijkl", data[0], data[1]), 16**4),
        (lambda data: torch.einsum("bi,bj->bij", data[0], data[1]), 16**3),
        (lambda data: torch.einsum("ij,jk,kl->il", *data), 2 * 16**3),
        (lambda data: torch.einsum("cii->c", data), 0),
        (lambda data: functional.bilinear(data[0], data[0], data), None),
        (lambda data: functional.cosine_similarity(data[0][:, None], data[1][None], dim=-1), 16**3),
        (lambda data: torch.vmap(torch.outer)(data[0], data[1]), 16**3),
        (lambda data: torch.cdist(data, data), None),
        (lambda data: torch.cross(data, data, dim=0), None),
        (lambda data: data[0].to_sparse() @ data[1], None),
        (lambda data: torch.sparse.mm(torch.eye(16).to_sparse(), data[0].cpu()), None),
    ],
)
def test_product_has_its_macs_or_says_that_it_is_not_counted(
    product: Callable[[Tensor], Tensor], macs: int | None
) -> None:
    report = inspect(Around(lambda _self, data: product(data[0])), input_shape=(3, 16, 16))
    assert (report.status, report.totals.macs) == ("complete", macs)


def test_batch_normalisation_of_one_value_in_training_is_refused_as_by_torch() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    report = inspect(model, input_shape=(1, 3, 3), train_mode=True)
    assert report.error is not None
    assert "more than 1 value per channel" in report.error.message
    assert inspect(model, input_shape=(1, 3, 3)).error is None


@pytest.mark.parametrize("size", [(1, 1), (230, 230), (224, 240)])
def test_vision_transformer_refuses_pictures_that_are_no_whole_patches(size: tuple[int, int]) -> None:
    with pytest.raises(CnnvizError, match="multiple of 16"):
        inspect("torchvision/vit_b_16", input_shape=(3, *size))


@pytest.mark.parametrize("copied", [Tensor.contiguous, Tensor.clone, Tensor.float, Tensor.detach])
def test_work_after_a_copy_that_is_no_row_is_still_seen(copied: Callable[[Tensor], Tensor]) -> None:
    def run(self: Around, data: Tensor) -> object:
        seen = copied(self.conv(data).transpose(-1, -2))
        return functional.scaled_dot_product_attention(seen, seen, seen)

    report = inspect(Around(run), input_shape=(3, 16, 16))
    assert report.totals.macs == _CONV_MACS + 2 * 4 * 14 * 14 * 14
    assert report.calls[-1].inputs_from == (2,)


def test_products_of_parameters_alone_are_counted_and_their_views_are_no_rows() -> None:
    model = Around(lambda self, data: self.conv(data) + (self.conv.bias.view(4, 1) @ self.conv.bias.view(1, 4)).sum())
    report = inspect(model, input_shape=(3, 16, 16))
    assert report.totals.macs == _CONV_MACS + 16
    assert [call.kind for call in report.calls[1:]] == ["Conv2d", "matmul", "sum", "add"]


def test_linear_function_with_named_arguments_is_counted() -> None:
    model = Around(lambda _self, data: functional.linear(input=data, weight=data[0, 0].clone(), bias=None))
    assert inspect(model, input_shape=(3, 16, 16)).totals.macs == 3 * 16 * 16 * 16


def test_recurrent_layer_whose_state_is_made_on_the_cpu_is_counted() -> None:
    model = Around(lambda self, data: self.layer(data, (torch.zeros(1, 1, 5), torch.zeros(1, 1, 5)))[0])
    model.layer = nn.LSTM(6, 5, batch_first=True)
    assert inspect(model, input_shape=(7, 6)).totals.macs == 7 * 4 * 5 * (6 + 5)


def test_interpolation_at_given_points_has_no_macs_as_any_other() -> None:
    def run(self: Around, data: Tensor) -> Tensor:
        points = torch.zeros(1, 4, 4, 2, device=data.device)
        return functional.grid_sample(self.conv(data), points, align_corners=False)

    assert inspect(Around(run), input_shape=(3, 16, 16)).totals.macs == _CONV_MACS


@pytest.mark.parametrize("train_mode", [False, True])
def test_lazy_normalisation_of_the_users_stays_lazy(train_mode: bool) -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d())  # deepcopy refuses lazy buffers
    assert inspect(model, input_shape=(3, 16, 16), train_mode=train_mode).totals.macs == _CONV_MACS
    assert nn.parameter.is_lazy(model[1].running_mean)
    assert nn.parameter.is_lazy(model[0].weight)


class Frozen(nn.Sequential):
    """Keeps its statistics in training, and forgets to return itself, as many do."""

    def train(self, mode: bool = True) -> None:  # type: ignore[override]
        super().train(mode)
        self[1].eval()


def test_train_that_returns_nothing_is_no_failure() -> None:
    model = Frozen(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    assert inspect(model, input_shape=(3, 16, 16), train_mode=True).totals.macs == _CONV_MACS


class Alone(nn.BatchNorm2d):
    def __deepcopy__(self, _memo: object) -> Alone:
        return self


def test_module_that_copies_to_itself_is_copied_all_the_same() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), Alone(4))
    assert inspect(model, input_shape=(3, 16, 16), train_mode=True).status == "complete"
    assert model[1].running_mean is not None
    assert (model[1].running_mean.device.type, int(model[1].num_batches_tracked or 0)) == ("cpu", 0)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copy_that_forward_makes_runs_and_its_parameters_are_nobodys(copied: Callable[[nn.Module], nn.Module]) -> None:
    model = Around(lambda self, data: copied(self.conv)(data) + self.conv(data))
    report = inspect(model, input_shape=(3, 16, 16))
    assert (report.status, report.totals.macs) == ("complete", 2 * _CONV_MACS)
    assert report.calls[0].params == report.totals.params == 4 * 3 * 9 + 4


def test_gradients_of_a_convolution_inside_forward_are_counted() -> None:
    def run(self: Around, data: Tensor) -> object:
        with torch.enable_grad():
            made = self.conv(data.detach().requires_grad_())
            made.sum().backward()  # of the data, and of the weight
        return made

    assert inspect(Around(run), input_shape=(3, 16, 16)).totals.macs == 3 * _CONV_MACS


class Exiting(BaseException):
    def __str__(self) -> str:
        sys.exit(1)


_SPEECHLESS = [(Exiting(), "Exiting"), (KeyError("width"), "KeyError: 'width'"), (RuntimeError("x" * 9999), "x")]


@pytest.mark.parametrize(("error", "said"), _SPEECHLESS)
def test_failure_says_in_one_short_line_what_can_be_said(error: BaseException, said: str) -> None:
    failure = inspect(Around(_raise(error)), input_shape=(3, 16, 16)).error
    assert failure is not None
    assert said in failure.message
    assert len(failure.message) < 500


def test_network_whose_modules_cannot_be_listed_is_refused() -> None:
    model: nn.Module = nn.ReLU()
    for _ in range(2000):
        model = nn.Sequential(model)
    with pytest.raises(CnnvizError, match="cannot be listed"):
        inspect(model, input_shape=(3, 16, 16))


def test_what_forward_sets_for_the_whole_process_is_put_back() -> None:
    def run(self: Around, data: Tensor) -> object:
        os.chdir("/")
        torch.manual_seed(3)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        sys.stdout = io.StringIO()
        sys.setrecursionlimit(4321)
        return self.conv(data)

    model, before = Around(run), _settings()
    assert inspect(model, input_shape=(3, 16, 16)).totals.macs == _CONV_MACS
    assert _settings() == before


def _settings() -> list[object]:
    random = torch.get_rng_state().tolist()
    folder, output, deepest = Path.cwd(), getattr(sys.stdout, "real", sys.stdout), sys.getrecursionlimit()
    torchs = torch.get_num_threads(), torch.get_default_dtype(), torch.get_default_device()
    return [random, folder, output, deepest, *torchs]


def test_call_that_failed_has_no_macs_nor_has_what_is_around_it() -> None:
    report = inspect(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.ReLU(), nn.Linear(7, 2))), (3, 8, 8))
    assert [(call.path, call.macs) for call in report.calls] == [
        ("", None), ("0", 36 * 27 * 4), ("1", None), ("1.0", 0), ("1.1", None),
    ]  # fmt: skip


class InACircle(nn.Module):
    """A layer that knows the network it is a part of, so that PyTorch registers that as a part of the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.spare = nn.Conv2d(3, 4, 3), nn.Linear(3, 3)
        self.conv.network = self

    def forward(self, data: Tensor) -> Tensor:
        return self.conv(data)


def test_network_that_is_a_part_of_its_own_layer_is_inspected() -> None:
    report = inspect(InACircle(), input_shape=(3, 16, 16))
    assert (report.error, report.totals.params, report.totals.macs) == (None, 112 + 12, _CONV_MACS)
    assert [part.path for part in report.never_ran] == ["spare"]
