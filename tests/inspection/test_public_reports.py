"""What users of comparable programs reported in public: the right value, by hand, of a small network of each kind."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch._higher_order_ops.while_loop import while_loop
from torch.distributions import Categorical
from torch.nn import functional
from torch.nn.attention.flex_attention import flex_attention
from torch.nn.utils import prune, rnn

from cnnviz.inspection.advice import advise
from cnnviz.inspection.examples import Example
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.inspection.tracing.one_run import watch

_CONV_MACS = 8 * 256 * 27  # of 3 × 16 × 16 to 8 × 16 × 16


class Net(nn.Module):
    """A function, and the layers that it uses."""

    def __init__(self, run: Callable[..., Any], **layers: Any) -> None:
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.run = run

    def forward(self, *inputs: Any) -> Any:
        return self.run(self, *inputs)


def _conv() -> nn.Conv2d:
    return nn.Conv2d(3, 8, 3, padding=1)


def _picture() -> Tensor:
    return torch.rand(1, 3, 16, 16)


def _report(model: nn.Module, *inputs: Any) -> Report:
    report = inspect(model, inputs=inputs)
    assert report.error is None
    return report


@contextmanager
def _deprecated() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # quantization moves to torchao, and is what users have
        yield


def _force(net: Any, data: Tensor) -> Tensor:
    data = data.detach().requires_grad_()
    return torch.autograd.grad(net.fc(data).sum(), data)[0]


def _backward(net: Any, data: Tensor) -> Tensor | None:
    data.requires_grad_()
    net.fc(data).sum().backward()
    return data.grad


def _adapted(net: Any, data: Tensor) -> Tensor:
    """One step of gradient descent on the weights, as in MAML."""
    weights = list(net.fc.parameters())
    steps = torch.autograd.grad(functional.linear(data, *weights).pow(2).mean(), weights)
    return functional.linear(data, *[weight - 0.1 * step for weight, step in zip(weights, steps, strict=True)])


def _hooked(net: Any, data: Tensor) -> Any:
    made = net.fc(data)
    made.register_hook(lambda gradient: gradient)
    made.retain_grad()
    return made.relu()


_DIFFERENTIATING = [(_force, 2), (_backward, 3), (_adapted, 3), (_hooked, 1)]


@pytest.mark.parametrize(("run", "passes"), _DIFFERENTIATING)
def test_network_that_differentiates_is_run_with_gradients_and_leaves_none(
    run: Callable[..., Any], passes: int
) -> None:
    elsewhere, data = Net(run, fc=nn.Linear(4, 3)), torch.rand(2, 4)
    report = _report(Net(lambda net, data: (run(net, data), run(elsewhere, data)), fc=nn.Linear(4, 3)), data)
    assert (report.totals.params, report.totals.macs) == (15, 2 * passes * 2 * 4 * 3)
    assert [each.grad for each in elsewhere.parameters()] == [None, None]
    assert (data.requires_grad, data.grad) == (False, None)


@pytest.mark.parametrize("run", [run for run, _passes in _DIFFERENTIATING])
def test_network_that_differentiates_can_be_watched(run: Callable[..., Any]) -> None:
    model, seen = Net(run, fc=nn.Linear(4, 3)), set()
    watch(model, Example((torch.rand(2, 4),)), lambda call, _output: seen.add(call.path))
    assert "" in seen
    assert [each.grad for each in model.parameters()] == [None, None]


def _gram(maps: Tensor) -> Tensor:
    return torch.matmul(maps.flatten(2), maps.flatten(2).mT)


class Compiled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = _conv()

    @torch.compile(fullgraph=True)
    def forward(self, data: Tensor) -> Tensor:
        return _gram(self.conv(data))


def test_function_of_which_a_whole_graph_is_demanded_is_counted() -> None:
    whole = torch.compile(_gram, fullgraph=True)
    for model in (Net(lambda net, data: whole(net.conv(data)), conv=_conv()), Compiled()):
        assert _report(model, _picture()).totals.macs == _CONV_MACS + 8 * 8 * 256


def _chosen(net: Any, data: Tensor) -> Any:
    return torch.cond(
        data.sum() > 0, lambda each: net.one(each), lambda each: net.other(each) + each @ each.mT, (data,)
    )


def _repeated(net: Any, data: Tensor) -> Any:
    step = torch.zeros((), dtype=torch.int64)
    return while_loop(lambda step, _data: step < 3, lambda step, data: (step + 1, net.one(data)), (step, data))[1]


@pytest.mark.parametrize(("run", "times"), [(_chosen, 1), (_repeated, 3)])
def test_layers_that_an_operator_runs_are_rows_and_counted(run: Callable[..., Any], times: int) -> None:
    report = _report(Net(run, one=nn.Linear(4, 4), other=nn.Linear(4, 4)), torch.rand(4, 4))
    assert (report.totals.macs, report.decided_by_data) == (times * 64, (0,))
    assert [call.self_macs for call in report.calls if call.path == "one"] == [64] * times


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_attention_with_a_score_of_ones_own_is_counted() -> None:
    report = _report(Net(lambda _net, query: flex_attention(query, query, query)), torch.rand(1, 2, 16, 8))
    assert report.totals.macs == 2 * 16 * 16 * (8 + 8)


def _inferred(net: Any, data: Tensor) -> Any:
    with torch.inference_mode():
        return torch.einsum("ni,nj->ij", net.fc(data), data @ net.fc.weight.T)


def test_what_inference_mode_does_not_take_apart_is_counted() -> None:
    assert _report(Net(_inferred, fc=nn.Linear(4, 3)), torch.rand(2, 4)).totals.macs == 2 * 12 + 2 * 12 + 9 * 2


@pytest.mark.parametrize("name", ["resnet18", "shufflenet_v2_x0_5"])
def test_quantized_network_does_what_it_did_before(name: str) -> None:
    build = getattr(torchvision.models.quantization, name)
    with _deprecated():
        quantized, usual = (_report(build(quantize=each).eval(), torch.rand(1, 3, 64, 64)) for each in (True, False))
    assert quantized.totals.macs == usual.totals.macs
    assert quantized.totals.params == 0  # what is packed is no parameter


def test_network_that_learns_to_be_quantized_is_counted_and_so_is_one_that_quantizes_as_it_runs() -> None:
    with _deprecated():
        learning = nn.Sequential(_conv(), nn.BatchNorm2d(8), nn.ReLU())
        learning.qconfig = torch.ao.quantization.get_default_qat_qconfig("fbgemm")  # type: ignore[assignment]
        report = _report(torch.ao.quantization.prepare_qat(learning), _picture())
        dynamic = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 2)), {nn.Linear})
        assert (report.totals.params, report.totals.macs) == (224 + 16, _CONV_MACS)
        assert _report(dynamic, torch.rand(3, 8)).totals.macs == 3 * (8 * 4 + 4 * 2)


class Image(torch.Tensor):
    pass


class Wrapped(torch.Tensor):
    """Comes back from every function, as MONAI's and fastai's tensors do."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with torch._C.DisableTorchFunctionSubclass():
            made = func(*args, **(kwargs or {}))
        return made.as_subclass(cls) if type(made) is Tensor else made


@pytest.mark.parametrize("kind", [Image, Wrapped])
def test_tensor_that_becomes_one_of_another_class_is_the_same_data(kind: type[Tensor]) -> None:
    model = Net(
        lambda net, data: net.last(net.conv(data.as_subclass(kind)).relu()), conv=_conv(), last=nn.Conv2d(8, 2, 1)
    )
    lazy = nn.LazyLinear(3)  # is somewhere in the process, and has no memory yet
    report = _report(model, _picture())
    assert isinstance(lazy.weight, nn.parameter.UninitializedParameter)
    assert report.totals.macs == _CONV_MACS + 256 * 8 * 2
    assert report.calls[1].reads_input


class StochasticDepth(nn.Module):
    """Leaves a block out by chance, in training."""

    def __init__(self, left_out: Callable[[], Any]) -> None:
        super().__init__()
        self.first, self.block, self.left_out = nn.Linear(4, 4), nn.Linear(4, 4), left_out

    def forward(self, data: Tensor) -> Tensor:
        data = self.first(data)
        return data if self.training and self.left_out() else self.block(data)


@pytest.mark.parametrize(
    "left_out",
    [
        lambda: torch.rand(1).item() > 0.01,
        lambda: torch.rand([]) + 1 > 0.01,
        lambda: bool(torch.bernoulli(torch.ones(()))),
        lambda: torch.randint(1, 9, (1,)).tolist()[0],
    ],
)
def test_way_that_chance_chose_is_said_and_nothing_off_it_is_called_idle(left_out: Callable[[], Any]) -> None:
    model = StochasticDepth(left_out)
    training, usual = (inspect(model, (4,), train_mode=each) for each in (True, False))
    assert (training.totals.macs, training.decided_by_data) == (16, (0,))
    assert "part that never ran" not in {advice.rule for advice in advise(training)}
    assert (usual.totals.macs, usual.decided_by_data) == (32, ())


def _pruned(layer: nn.Module) -> nn.Module:
    prune.l1_unstructured(layer, "weight", 0.5)  # type: ignore[no-untyped-call]
    return layer


def _packed(net: Any, data: Tensor, lengths: Tensor) -> Any:
    return net.rnn(rnn.pack_padded_sequence(data, lengths, batch_first=True))[0]


def _by_halves(net: Any, data: Tensor) -> Tensor:
    made = net.conv(data)
    joined = torch.empty_like(made)
    joined[:, :4], joined[:, 4:] = made[:, :4], 2 * made[:, 4:]
    return joined


def _frozen(model: nn.Module) -> nn.Module:
    return model.requires_grad_(False)


_ENCODER = 2 * (4 * 5 * 64 + 2 * 5 * 5 * 8 + 2 * 5 * 8 * 16)  # projections, scores and means, the two layers after


@pytest.mark.parametrize(
    ("make", "inputs", "params", "macs"),
    [
        (lambda: Net(lambda net, x: Categorical(logits=net.fc(x)), fc=nn.Linear(10, 5)), [(1, 10)], 55, 50),
        (lambda: Net(_packed, rnn=nn.LSTM(6, 5, batch_first=True)), [(2, 7, 6), torch.tensor([7, 4])], 260, 11 * 220),
        (lambda: nn.GRU(128, 128, batch_first=True), [(10, 32, 128)], 99_072, 320 * 3 * 2 * 128 * 128),
        (lambda: nn.ConvTranspose2d(4, 4, 3, stride=2, groups=4), [(1, 4, 8, 8)], 40, 4 * 64 * 9),
        (lambda: Net(lambda net, x: x @ net.v, v=nn.Parameter(torch.ones(7))), [(5, 7)], 7, 35),
        (lambda: _pruned(_conv()), [(1, 3, 16, 16)], 224, _CONV_MACS),
        (lambda: nn.Linear(3, 8), [(5, 10, 10, 3)], 32, 500 * 24),
        (lambda: Net(_by_halves, conv=_conv()), [(1, 3, 16, 16)], 224, _CONV_MACS),
        (lambda: Net(lambda net, pair: net.conv(sum(pair)), conv=_conv()), [(_picture(), _picture())], 224, _CONV_MACS),
        (
            lambda: Net(
                lambda net, x: torch.cat([functional.linear(each, net.fc.weight) for each in x.split(10, 1)], 1),
                fc=nn.Linear(10, 10, bias=False),
            ),
            [(1, 30)], 100, 300,
        ),
        (lambda: _frozen(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()), [(2, 5, 8)], 600, _ENCODER),
        (
            lambda: Net(
                lambda net, x: net.deform(x, net.offset(x)),
                offset=nn.Conv2d(3, 18, 3, padding=1), deform=torchvision.ops.DeformConv2d(3, 8, 3, padding=1),
            ),
            [(1, 3, 16, 16)], 18 * 28 + 8 * 28, 18 * 256 * 27 + _CONV_MACS,
        ),
    ],
)  # fmt: skip
def test_reported_network_has_the_numbers_that_were_right(
    make: Callable[[], nn.Module], inputs: list[Any], params: int, macs: int
) -> None:
    given = [each if isinstance(each, Tensor) or isinstance(each[0], Tensor) else torch.rand(each) for each in inputs]
    model = make()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    report = _report(model, *given)
    assert (report.totals.params, report.totals.macs) == (params, macs)
    assert list(model.state_dict()) == list(before)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
