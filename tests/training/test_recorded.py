"""Networks recorded as CUDA graphs, with a recorder in the place of the GPU's that does as torch says that it does."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from whole_data import drained

from cnnviz.errors import CnnvizError
from cnnviz.training.calibrate import USUAL, Choice, asked_way, fixed_way
from cnnviz.training.control import Control
from cnnviz.training.step import Way, train_step

_CPU, _GRAPH = torch.device("cpu"), replace(USUAL, graph=True)
_needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that records graphs")


def net() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Linear(4 * 36, 3)
    return nn.Sequential(*layers).train()


def batches(device: torch.device = _CPU) -> list[tuple[Tensor, Tensor]]:
    """The last one is smaller."""
    torch.manual_seed(1)
    return [(torch.rand(n, 1, 8, 8, device=device), torch.arange(n, device=device) % 3) for n in (8, 8, 8, 5)]


def make_optimizer(trial: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(trial.parameters(), 0.1)


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> list[torch.Size]:
    """The shapes that were recorded."""
    made: list[torch.Size] = []

    def record(called: nn.Module, given: tuple[Tensor]) -> Callable[[Tensor], object]:
        made.append(given[0].shape)
        for _ in range(3):  # it warms up, which moves running means, draws numbers and leaves gradients
            called(*given).sum().backward()

        def launch(images: Tensor) -> object:
            assert images.shape == given[0].shape
            given[0].copy_(images)
            return called(given[0])

        return launch

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", record)
    return made


def trained(network: nn.Module, way: Way, device: torch.device = _CPU) -> tuple[Tensor, dict[str, Tensor]]:
    trial = copy.deepcopy(network).to(device)
    optimizer, scaler, learner = make_optimizer(trial), way.scaler(device), way.learner(trial)
    torch.manual_seed(2)
    losses = [train_step(learner, optimizer, scaler, *batch, way)[0] for batch in batches(device)]
    return torch.stack(losses), trial.state_dict()


def test_recording_is_done_once_and_leaves_no_trace(recordings: list[torch.Size]) -> None:
    losses, state = trained(net(), _GRAPH)
    expected_losses, expected = trained(net(), USUAL)
    assert recordings == [torch.Size((8, 1, 8, 8))]
    assert torch.equal(losses, expected_losses)
    assert all(torch.equal(state[name], value) for name, value in expected.items())


def test_a_network_is_recorded_only_where_it_comes_to_the_same_numbers(recordings: list[torch.Size]) -> None:
    images, labels = batches()[0]
    way = fixed_way("fp32", "graph")
    assert drained(asked_way(net(), images, labels, make_optimizer, way, Control()))[1] == Choice(way, None)
    assert recordings

    class Frozen(nn.Sequential):
        """It does something else each time, by what lies outside of its own names."""

        def __init__(self, *layers: nn.Module) -> None:
            super().__init__(*layers)
            self.kept: list[Tensor] = []

        def forward(self, x: Tensor) -> Tensor:
            self.kept.append(x.detach().clone())
            return super().forward(x + len(self.kept))  # type: ignore[no-any-return]

    with pytest.raises(CnnvizError, match="comes to the same numbers"):
        drained(asked_way(Frozen(*net()), images, labels, make_optimizer, way, Control()))  # type: ignore[misc]


def test_what_cannot_be_recorded_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", fail)
    with pytest.raises(
        CnnvizError, match=r"as a CUDA graph: operation not permitted when stream is capturing\."
    ) as told:
        drained(asked_way(net(), *batches()[0], make_optimizer, _GRAPH, Control()))
    assert "--way" in told.value.hint


@_needs_gpu
def test_a_gpu_comes_to_the_losses_of_steps_that_are_not_recorded() -> None:
    device, network = torch.device("cuda"), net()
    network[3].p = 0.0  # type: ignore[index, union-attr, assignment]
    found, expected = (trained(network, way, device)[0] for way in (_GRAPH, USUAL))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
