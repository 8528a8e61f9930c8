"""What costs is counted, by whatever way it is brought about; what cannot be counted is said to be not counted."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.inspection import export
from cnnviz.inspection.advice import advise
from cnnviz.inspection.tracer import inspect

_SHAPE = (3, 16, 16)
_CONV_MACS = 8 * 256 * 27


class Around(nn.Module):
    """A convolution, 3 × 16 × 16 to 8 × 16 × 16, and a function of what it makes."""

    def __init__(self, run: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.run = run

    def forward(self, data: Tensor) -> Any:
        return self.run(self.conv(data))


def _gram(maps: Tensor) -> Tensor:
    flat = maps.flatten(2)
    return torch.matmul(flat, flat.transpose(1, 2))


def _scripted(function: Callable[[Tensor], Tensor]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and is what users have
        return torch.jit.script(function)


def _traced(function: Callable[[Tensor], Tensor]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(function, torch.zeros(1, 8, 16, 16))


@pytest.mark.parametrize("made", [_scripted, _traced, torch.compile])
def test_function_that_python_does_not_run_is_counted(made: Callable[..., Any]) -> None:
    report = inspect(Around(made(_gram)), _SHAPE)
    assert (report.totals.params, report.totals.macs) == (224, _CONV_MACS + 8 * 8 * 256)
    assert report.calls[0].output_shape == (1, 8, 8)


def _compiled(module: nn.Module) -> nn.Module:
    module.compile()
    return module


@pytest.mark.parametrize("way_in", [_compiled, torch.compile])
def test_compiled_module_has_its_rows_and_the_network_has_the_first(way_in: Callable[[nn.Module], nn.Module]) -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1000))
    for model, macs in ((way_in(inner), 4016), (nn.Sequential(way_in(inner), nn.Linear(1000, 10)), 14016)):
        report = inspect(model, (4,))
        assert (report.calls[0].path, report.calls[0].macs, report.totals.macs) == ("", macs, macs)
        assert sum(call.kind == "Linear" for call in report.calls) == (2 if macs == 4016 else 3)


class OwnCall(nn.Module):
    """Is entered by a way of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def __call__(self, data: Tensor) -> Tensor:
        return self.forward(data)

    def forward(self, data: Tensor) -> Tensor:
        return self.fc(self.fc(data))


def test_network_with_a_call_of_its_own_has_the_first_row() -> None:
    report = inspect(OwnCall(), (4,))
    assert [(call.path, call.call_number, call.macs) for call in report.calls] == [
        ("", 1, 32), ("fc", 1, 16), ("fc", 2, 16),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "macs"),
    [
        (lambda data: torch.conv_tbc(data[0], data.new_ones(3, 16, 5), data.new_ones(5), 1), 8 * 16 * 5 * 3 * 16),
        (lambda data: functional.affine_grid(data[:, 0, :2, :3], [1, 1, 4, 4], align_corners=False), 4 * 4 * 2 * 3),
        (lambda data: torch.cdist(data, data), None),
        (lambda data: torch.linalg.inv(data), None),
        (lambda data: torch.addr(data[0, 0], data[0, 0, 0], data[0, 0, 0]), 16 * 16),
        (lambda data: torch.cumsum(data, 1).sort(-1).values, 0),
    ],
)
def test_operator_is_counted_or_known_to_be_free_or_not_counted(
    function: Callable[[Tensor], Tensor], macs: int | None
) -> None:
    report = inspect(Around(function), _SHAPE)
    assert (report.error, report.totals.macs) == (None, None if macs is None else _CONV_MACS + macs)


def test_operator_of_the_users_is_counted_once_it_has_a_formula() -> None:
    @torch.library.custom_op("cnnviz_tests::twice", mutates_args=())
    def twice(data: Tensor) -> Tensor:
        return data @ data.mT

    assert inspect(Around(lambda data: twice(data)), _SHAPE).totals.macs is None

    @torch.utils.flop_counter.register_flop_formula(torch.ops.cnnviz_tests.twice)
    def _flops(shape: tuple[int, ...], **_named: object) -> int:
        return 2 * 8 * 16 * 16 * shape[-1]

    assert inspect(Around(lambda data: twice(data)), _SHAPE).totals.macs == _CONV_MACS + 8 * 16 * 16 * 16


def _elsewhere(function: Callable[[], Tensor]) -> Tensor:
    found: list[Tensor] = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def _later(data: Tensor) -> Iterator[Tensor]:
    yield data @ data


def _one_by_one(data: Tensor) -> Tensor:
    made = torch.zeros(16)
    for place in range(16):
        made[place] = data[place].item() * 2
    return made


@pytest.mark.parametrize(
    "hidden",
    [
        lambda data: _elsewhere(lambda: data @ data),
        lambda data: _elsewhere(lambda: data @ data) + 1,
        lambda data: torch.from_numpy(data.numpy() @ data.numpy()),
        lambda data: torch.tensor([each.item() * 2 for each in data[0, 0, 0]]),
        lambda data: data.new_tensor([float(each) * 2 for each in data[0, 0, 0]]),
        lambda data: torch.as_tensor([float(each) * 2 for each in data[0, 0, 0]]),
        lambda data: _one_by_one(data[0, 0, 0]),
        _later,
        lambda data: {"logits": data, "more": lambda: data @ data},
    ],
)
def test_work_that_nobody_sees_leaves_the_total_unknown(hidden: Callable[[Tensor], Any]) -> None:
    report = inspect(Around(hidden), _SHAPE)
    assert (report.error, report.totals.macs, report.calls[0].status) == (None, None, "not counted")
    assert "not counted Around" in export.as_table(report)


_TABLE = torch.ones(1, 8, 16, 16)


def test_table_that_was_there_before_is_no_hidden_work() -> None:
    assert inspect(Around(lambda data: data + _TABLE), _SHAPE).totals.macs == _CONV_MACS
    kept = Around(lambda data: data * kept.table + torch.tensor(2.0) + torch.from_numpy(_TABLE.numpy()))
    kept.table = _TABLE * 2
    assert inspect(kept, _SHAPE).totals.macs == _CONV_MACS


def _careful(data: Tensor) -> Tensor:
    """Goes another way where there are no numbers."""
    try:
        return data @ data if float(data.sum()) > -1e9 else data
    except (RuntimeError, NotImplementedError):
        return data


def test_failure_that_the_network_swallows_for_want_of_numbers_is_none() -> None:
    report = inspect(Around(_careful), _SHAPE)
    assert report.totals.macs == _CONV_MACS + 8 * 16 * 16 * 16
    assert all(call.status == "complete" for call in report.calls)


class Chooser(nn.Module):
    """Bright pictures go one way, dark ones another."""

    def __init__(self, is_bright: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.bright, self.body = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.is_bright = is_bright

    def forward(self, data: Tensor) -> Tensor:
        return self.body(self.bright(data) if self.is_bright(data) else data)


@pytest.mark.parametrize(
    "question",
    [
        lambda data: data.mean() > 1.5,
        lambda data: data.mean().item() > 1.5,
        lambda data: data[data > 1.5].numel(),
        lambda data: (data > 1.5).nonzero().numel(),
        lambda data: max(data.flatten().tolist()) > 1.5,
        lambda data: 2.0 in data,
        lambda data: "2." in repr(data),
        lambda data: str(data.mean()).startswith("tensor(2"),
        lambda data: f"{data[0, 0, 0]}".startswith("tensor([2"),
        lambda data: float(f"{data.mean():.2f}") > 1.5,
    ],
)
def test_way_that_numbers_chose_is_said_and_nothing_off_it_is_called_idle(question: Callable[[Tensor], Any]) -> None:
    model = Chooser(question)
    report = inspect(model, _SHAPE)
    assert report.decided_by_data == (0,)
    rules = {advice.rule: advice for advice in advise(report)}
    assert "part that never ran" not in rules
    assert "bright" in rules["numbers decide what runs"].why
    assert "data decides Chooser" in export.as_table(report)
    assert inspect(model, inputs=(torch.full((1, *_SHAPE), 2.0),)).find("bright") is not None


_OF_WEIGHTS: dict[str, Callable[[nn.Module], Any]] = {
    "gate": lambda net: net.gate > 0,
    "sum": lambda net: net.weight.sum() > 0,
    "its numbers": lambda net: net.gate.detach().item() > 0,
    "several": lambda net: max(each.norm() for each in net.parameters()) > 0,
    "counter": lambda net: net.steps > 0,
}
_OF_CONSTANTS: dict[str, Callable[[nn.Module], Any]] = {
    "is not saved": lambda net: net.window.sum().item() > 0,
    "attribute": lambda net: net.plain.tolist() == [1.0],
    "made here": lambda _net: torch.arange(3).sum() > 0,
}


def _asking(question: Callable[[nn.Module], Any]) -> nn.Module:
    model = Around(lambda data: data if question(model) else -data)
    model.gate, model.weight = nn.Parameter(torch.tensor(0.5)), nn.Parameter(torch.rand(3, 3))
    model.register_buffer("steps", torch.ones(()))
    model.register_buffer("window", torch.ones(2), persistent=False)
    model.plain = torch.ones(1)
    return model


@pytest.mark.parametrize("question", _OF_WEIGHTS.values(), ids=_OF_WEIGHTS)
def test_way_that_a_saved_number_chose_is_said(question: Callable[[nn.Module], Any]) -> None:
    report = inspect(_asking(question), _SHAPE)
    assert (report.error, report.decided_by_data) == (None, (0,))


@pytest.mark.parametrize("question", _OF_CONSTANTS.values(), ids=_OF_CONSTANTS)
def test_constant_that_is_asked_for_decides_nothing(question: Callable[[nn.Module], Any]) -> None:
    report = inspect(_asking(question), _SHAPE)
    assert (report.error, report.decided_by_data) == (None, ())


class Noisy(nn.Module):
    """Noise is made where the network does not compute, and goes through a layer."""

    def __init__(self, join: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.relu, self.join = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), join

    def forward(self, data: Tensor) -> Tensor:
        return self.join(self.conv(data), self.relu(torch.rand(data.shape)))


@pytest.mark.parametrize("join", [torch.add, torch.mul, lambda one, other: torch.cat([one, other], 1)])
def test_equal_shapes_are_not_said_to_differ(join: Callable[[Tensor, Tensor], Tensor]) -> None:
    report = inspect(Noisy(join), _SHAPE)
    assert (report.error, report.totals.macs) == (None, 3 * 256 * 27)


class Renamed(nn.Module):
    """Has methods of its own that bear the names of PyTorch's."""

    parameters = {"lr": 0.1}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 10)

    def modules(self) -> list[str]:  # type: ignore[override]
        return ["body", "head"]

    def train(self, _loader: object) -> None:  # type: ignore[override]
        raise AssertionError("this is no mode")

    def eval(self, _loader: object) -> None:  # type: ignore[override]
        raise AssertionError("this is no mode")

    def buffers(self) -> None:  # type: ignore[override]
        return None

    def forward(self, data: Tensor) -> Tensor:
        return self.head(self.body(data).mean((2, 3)))


@pytest.mark.parametrize("train_mode", [False, True])
def test_methods_of_the_users_are_not_called_as_if_they_were_pytorchs(train_mode: bool) -> None:
    report = inspect(Renamed(), _SHAPE, train_mode=train_mode)
    assert (report.error, report.totals.params, report.totals.macs) == (None, 314, 42336 + 80)


class Alike(nn.Module):
    """An attribute is named as the function beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.relu, self.conv2d = nn.ReLU(), nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, data: Tensor) -> Tensor:
        data = functional.relu(data)
        return self.relu(-self.conv2d(functional.relu(data)))


def test_function_and_module_of_one_name_are_two() -> None:
    report = inspect(Alike(), _SHAPE)
    assert [call.identity for call in report.calls if call.path == "relu"] == [
        ("relu", False, 1), ("relu", False, 2), ("relu", True, 1),
    ]  # fmt: skip
    found = report.find("relu"), report.find("relu()")
    assert [call.kind for call in found if call is not None] == ["ReLU", "relu"]


def test_work_on_numbers_in_lists_of_python_is_not_counted() -> None:
    def product(data: Tensor) -> Tensor:
        rows = data.flatten(1).tolist()
        return torch.tensor([[sum(value * 0.5 for value in row)] for row in rows])

    report = inspect(Around(product), _SHAPE)
    assert (report.error, report.totals.macs) == (None, None)


def test_number_that_is_asked_for_costs_nothing() -> None:
    model = Around(lambda data: data * torch.tensor([data.max().tolist()]))
    assert inspect(model, _SHAPE).totals.macs == _CONV_MACS


@pytest.mark.parametrize(
    "harmless",
    [
        lambda data: data * torch.tensor(2.0) if data.mean().item() > -9 else data,
        lambda data: data * torch.tensor([2.0, 3.0] * 8) / data.std().item(),
        lambda data: data + max(data.flatten().tolist()),
    ],
)
def test_numbers_that_only_decide_or_scale_are_no_hidden_work(harmless: Callable[[Tensor], Tensor]) -> None:
    report = inspect(Around(harmless), _SHAPE)
    assert (report.error, report.totals.macs) == (None, _CONV_MACS)


def test_network_that_calls_itself_without_end_is_said_plainly() -> None:
    class Endless(nn.Module):
        def forward(self, data: Tensor) -> Tensor:
            return self(data)  # type: ignore[no-any-return]

    report = inspect(Endless(), _SHAPE)
    assert report.error is not None
    assert "calls itself without end" in report.error.message
