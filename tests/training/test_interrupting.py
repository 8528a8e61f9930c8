"""A stop within a piece of work, and that nothing is left of it then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from cnnviz.training import interrupting
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.interrupting import Before, Patience, SettledPatience, stopping
from cnnviz.training.step import Way, evaluate_batch, find_gradients, train_step

CPU, WAY = torch.device("cpu"), Way(channels_last=False)


class Stopping(nn.Module):
    """Asks for a stop in the middle of the network, as another thread might."""

    def __init__(self, control: Control, at: str) -> None:
        super().__init__()
        self.control, self.at, self.active = control, at, False

    def forward(self, x: Tensor) -> Tensor:
        if self.active and self.at == "forward":
            self.control.stop()
        if self.active and self.at == "backward":
            x.register_hook(lambda _gradient: self.control.stop())
        return x


class Clamped(nn.Linear):
    """Holds its weights down whenever it runs, and counts in a buffer that it makes anew."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.register_buffer("mean", torch.zeros(inputs))

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            self.weight.clamp_(-0.05, 0.05)
            self.bias.data.mul_(0.5)
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
        return super().forward(x)


class Catching(nn.Module):
    """Goes on whatever happens within."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        try:
            return self.inner(x)
        except BaseException:
            return x


def network(control: Control, at: str) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        Clamped(12, 8), nn.BatchNorm1d(8), nn.Dropout(), Stopping(control, at), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)
    )


def batch() -> tuple[Tensor, Tensor]:
    return torch.linspace(-1, 1, 72).reshape(6, 12), torch.arange(6) % 3


def state_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[Tensor]:
    kept = [value for each in optimizer.state.values() for value in each.values()]
    return [value.clone() for value in (*model.state_dict().values(), *kept, torch.get_rng_state())]


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return len(one) == len(other) and all(map(torch.equal, one, other))


@pytest.mark.parametrize("at", ["forward", "backward"])
def test_stop_within_a_step_leaves_weights_buffers_optimizer_and_random_numbers_as_after_the_last_one(at: str) -> None:
    control = Control()
    model = network(control, at)
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    train_step(model, optimizer, WAY.scaler(CPU), *batch(), WAY)
    before, buffers = state_of(model, optimizer), dict(model.named_buffers())
    model[3].active = True
    step = partial(find_gradients, model, optimizer, WAY.scaler(CPU), *batch(), WAY)
    with pytest.raises(StoppedError):
        Patience(control, partial(Before, model, CPU)).do(step)
    assert same(state_of(model, optimizer), before)
    assert all(buffer is buffers[name] for name, buffer in model.named_buffers())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks or module._backward_hooks for module in model.modules())


def test_work_that_is_not_stopped_comes_to_the_same_bits_watched_or_not() -> None:
    def trained(do: Callable[..., object]) -> list[Tensor]:
        model = network(Control(), "")
        optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
        for _ in range(3):
            do(partial(find_gradients, model, optimizer, WAY.scaler(CPU), *batch(), WAY))
            optimizer.step()
        model.eval()
        return [*state_of(model, optimizer), evaluate_batch(model, *batch(), WAY)]

    def watched(work: Callable[[], object]) -> object:
        with stopping(Control()):
            return work()

    assert same(trained(watched), trained(lambda work: work()))


def test_network_that_catches_everything_is_stopped_all_the_same() -> None:
    control = Control()
    model = nn.Sequential(Catching(network(control, "forward")[:-1]))
    model[0].inner[3].active = True
    with pytest.raises(StoppedError), stopping(control, Before(model, CPU)):
        model(batch()[0])


def test_error_of_the_network_s_own_passes_through_and_nothing_is_put_back() -> None:
    model = network(Control(), "")
    before = model[1].num_batches_tracked.clone()
    with pytest.raises(RuntimeError, match="shapes cannot"), stopping(Control(), Before(model, CPU)):
        nn.Sequential(*model[:3], nn.Linear(7, 3))(batch()[0])
    assert model[1].num_batches_tracked == before + 1


class Slow(nn.Module):
    """Takes its time forwards and backwards."""

    def forward(self, x: Tensor) -> Tensor:
        time.sleep(0.1)
        x = 1 * x
        x.register_hook(lambda _gradient: time.sleep(0.1))
        return x


@pytest.mark.parametrize("seconds", [0.35, 1.6])  # forwards, backwards
def test_slow_step_is_ended_long_before_its_end(seconds: float) -> None:
    control = Control()
    model = nn.Sequential(nn.Linear(12, 12), *(Slow() for _ in range(12)), nn.Linear(12, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    timer = threading.Timer(seconds, control.stop)
    timer.start()
    begin = time.perf_counter()
    with pytest.raises(StoppedError):
        Patience(control, partial(Before, model, CPU)).do(
            partial(find_gradients, model, optimizer, WAY.scaler(CPU), *batch(), WAY)
        )
    assert time.perf_counter() - begin < seconds + 0.5
    timer.join()


def test_first_piece_and_the_one_after_a_slow_one_are_watched_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(interrupting.time, "perf_counter", lambda: clock[0])
    watched = []

    def work(seconds: float) -> None:
        clock[0] += seconds
        watched.append(torch.utils._python_dispatch._get_current_dispatch_mode() is not None)

    patience = Patience(Control())
    for seconds in (0.01, 0.01, 1.0, 1.0, 0.01, 0.01):
        patience.do(partial(work, seconds))
    assert watched == [True, False, False, True, True, False]
    for settled, expected in ((None, [True, False, False]), (False, [False] * 3), (True, [True] * 3)):
        watched.clear()
        patience = SettledPatience(Control(), partial(Before, nn.Linear(1, 1), CPU), settled)
        for seconds in (0.01, 1.0, 1.0):
            patience.do(partial(work, seconds))
        assert watched == expected
