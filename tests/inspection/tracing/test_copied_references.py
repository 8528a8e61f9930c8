"""Networks whose parts are reached by functions and weak references: the copy that is looked at reaches its own."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.tracer import inspect

Reach = Callable[[nn.Module], Callable[[], nn.Module]]


class Around(nn.Module):
    """Calls its part as ``reach`` finds it."""

    def __init__(self, reach: Reach) -> None:
        super().__init__()
        self.part = nn.BatchNorm2d(3)
        self.reached = reach(self.part)

    def forward(self, data: Tensor) -> Tensor:
        reached = self.reached["part"] if isinstance(self.reached, weakref.WeakValueDictionary) else self.reached()
        return reached(data)  # type: ignore[no-any-return]


def _closure(part: nn.Module, _default: int = 1, *, _named: int = 2) -> Callable[[], nn.Module]:
    def reached() -> nn.Module:
        return part

    return reached


def _weakly(part: nn.Module) -> Callable[[], nn.Module]:
    return weakref.ref(part)  # type: ignore[return-value]  # it is there as long as its network is


def _table(part: nn.Module) -> Callable[[], nn.Module]:
    return weakref.WeakValueDictionary(part=part)  # type: ignore[return-value]  # ``Around`` asks it otherwise


def hooked() -> nn.Module:
    """A hook runs a part that nothing else does."""
    net = nn.Sequential(nn.Identity())
    net.part = nn.BatchNorm2d(3)
    part = net.part
    net[0].register_forward_hook(lambda _module, _args, output: part(output))
    net.forward = lambda data: net[0](data)  # type: ignore[method-assign]  # a closure over the network itself
    return net


@pytest.mark.parametrize("train_mode", [False, True])
@pytest.mark.parametrize(
    "make",
    [lambda: Around(_closure), lambda: Around(_weakly), lambda: Around(_table), hooked],
    ids=["closure", "weak reference", "weak table", "hook"],
)
def test_part_has_its_row_and_is_left_as_it_is(make: Callable[[], nn.Module], train_mode: bool) -> None:
    model = make()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    for _ in range(2):
        report = inspect(model, (3, 8, 8), train_mode=train_mode)
        assert report.error is None
        assert [call.path for call in report.calls if call.kind == "BatchNorm2d"] == ["part"]
        assert (report.never_ran, report.unregistered) == ((), ())
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    model.eval()(torch.rand(1, 3, 8, 8))  # still calls its own
