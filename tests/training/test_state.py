"""What is captured at any step goes on, in a run that was prepared anew, to the same bits."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.training import meter
from cnnviz.training.config import TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.engine import learn
from cnnviz.training.events import EpochDone, Event, Preparing, StepsDone, WeightsReady
from cnnviz.training.network_arrays import state_arrays
from cnnviz.training.prepare import Prepared, prepare
from cnnviz.training.schedules import LearningRate, find_schedule
from cnnviz.training.state import Captured, RunState
from cnnviz.training.step import Way, train_step

_NET = """
from torch import nn

input_shape = (1, 28, 28)

def net(num_classes: int = 10):
    return nn.Sequential(nn.Conv2d(1, 4, 5, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5),
                         nn.Linear(4 * 12 * 12, num_classes))
"""
_BATCHES = 5  # an epoch
# VGG-11 ÷ 64 has dropout, and weights whose memory order differs with the layout; 5 steps an epoch, the last one short.
VGG = TrainConfig(
    model="vgg11",
    options={"width_divisor": 64},
    data="fashion-mnist-sample",
    epochs=2,
    batch_size=20,
    learning_rate=0.01,
    resize=32,
    limit=90,
    device="cpu",
    deterministic=True,
)
OPTIMIZERS = [{"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "adam"}, {"optimizer": "rmsprop", "momentum": 0.5}]


@pytest.fixture(autouse=True)
def own_random_numbers() -> Iterator[None]:
    with torch.random.fork_rng():
        yield


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    file = tmp_path / "net.py"
    file.write_text(_NET, "utf-8")
    data, limit = "fashion-mnist-sample", 8 * _BATCHES
    return TrainConfig(f"{file}:net", data, epochs=2, batch_size=8, limit=limit, deterministic=True, schedule="cosine")


def _prepared(config: TrainConfig) -> Prepared:
    torch.manual_seed(config.seed)
    found: list[Prepared | None] = []

    def work() -> Generator[Preparing, None, None]:
        found.append((yield from prepare(config, torch.device("cpu"), Control())))

    list(work())
    assert found[0] is not None
    return found[0]


def _go_on(prepared: Prepared, until: int) -> None:
    """Make the steps up to ``until``, over the ends of epochs."""
    state = prepared.state
    state.network.train()
    while True:
        for images, labels in state.batches(prepared.training):
            state.learning_rate.set_for(state.optimizer, state.step)
            train_step(state.network, state.optimizer, state.scaler, images, labels, state.way)
            state.count_step()
            if state.step == until:
                return
        state.end_epoch()


@pytest.mark.parametrize("at", [1, 3, _BATCHES, _BATCHES + 2])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_captured_run_goes_on_to_the_same_bits(config: TrainConfig, optimizer: str, at: int) -> None:
    config = TrainConfig(**{**_values(config), "optimizer": optimizer, "momentum": 0.9 if optimizer == "sgd" else 0.0})
    whole = _prepared(config)
    _go_on(whole, 2 * _BATCHES)

    first = _prepared(config)
    _go_on(first, at)
    captured = first.state.capture()
    _go_on(first, at + 1)  # nothing that goes on changes what was captured

    second = _prepared(config)
    torch.rand(17)
    second.state.restore(captured)
    assert (second.state.step, second.state.epoch) == (at, at // _BATCHES if at > _BATCHES else 0)
    _go_on(second, 2 * _BATCHES)
    expected, found = state_arrays(whole.state.network), state_arrays(second.state.network)
    assert expected.keys() == found.keys()
    assert all(np.array_equal(expected[name], found[name]) for name in expected)


def _values(config: TrainConfig) -> dict[str, object]:
    return {name: getattr(config, name) for name in TrainConfig.__dataclass_fields__}


@pytest.fixture
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "FLUSH_SECONDS", 0.0)


def fresh(config: TrainConfig) -> Prepared:
    prepared = _prepared(config)
    return replace(prepared, testing=prepared.training)  # the test set would take long


def uninterrupted(config: TrainConfig, when: Callable[[Event], bool]) -> tuple[Captured, list[Event]]:
    """Return the state captured at the first event that ``when`` is true of, and the events behind it."""
    prepared, captured, behind = fresh(config), None, []
    for event in learn(prepared, Control()):
        if captured is not None:
            behind.append(event)
        elif when(event):
            captured = prepared.state.capture()
    assert captured is not None
    return captured, behind


def resumed(config: TrainConfig, captured: Captured) -> list[Event]:
    prepared = fresh(config)
    torch.manual_seed(99)
    prepared.state.restore(captured)
    return list(learn(prepared, Control()))


def last_weights(events: list[Event]) -> dict[str, np.ndarray]:
    return dict([event for event in events if isinstance(event, WeightsReady)][-1].state)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


def after_step(number: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StepsDone) and event.last_step == number


@pytest.mark.usefixtures("every_step_is_told")
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda change: change["optimizer"])
def test_run_restored_in_the_middle_of_an_epoch_comes_to_the_same_bits(optimizer: dict) -> None:
    config = replace(VGG, schedule="cosine", **optimizer)
    captured, behind = uninterrupted(config, after_step(7))
    assert (captured.epoch, captured.batch, captured.step) == (1, 2, 7)
    again = resumed(config, captured)
    assert same(last_weights(again), last_weights(behind))


@pytest.mark.usefixtures("every_step_is_told")
@pytest.mark.parametrize(
    "when",
    [lambda event: isinstance(event, WeightsReady), after_step(3), after_step(5), lambda e: isinstance(e, EpochDone)],
    ids=["before the first step", "in the first epoch", "before the test", "between two epochs"],
)
def test_run_restored_anywhere_tells_the_same_figures(when: Callable[[Event], bool]) -> None:
    captured, behind = uninterrupted(VGG, when)
    again = resumed(VGG, captured)
    assert same(last_weights(again), last_weights(behind))
    assert losses(again) == losses(behind)
    assert figures(again) == figures(behind)


def losses(events: list[Event]) -> list[tuple[int, tuple[float, ...]]]:
    return [(event.first_step, event.losses) for event in events if isinstance(event, StepsDone)]


def figures(events: list[Event]) -> list[EpochDone]:
    return [
        replace(event, seconds=0.0, images_per_second=0.0, waiting_seconds=0.0)
        for event in events
        if isinstance(event, EpochDone)
    ]


@pytest.mark.usefixtures("every_step_is_told")
def test_epoch_that_goes_on_counts_what_it_waited_for_pictures_before() -> None:
    prepared, control = fresh(VGG), Control()
    for event in learn(prepared, control):
        if after_step(2)(event):
            control.stop()
    captured = prepared.state.capture()
    assert 0 < captured.waiting_seconds < captured.train_seconds
    again = resumed(VGG, replace(captured, waiting_seconds=50.0, train_seconds=60.0))
    first, second = (event for event in again if isinstance(event, EpochDone))
    assert 50 < first.waiting_seconds < first.seconds
    assert second.waiting_seconds < second.seconds < 50


@pytest.mark.usefixtures("every_step_is_told")
def test_what_was_captured_does_not_change_while_the_run_goes_on() -> None:
    prepared = fresh(VGG)
    events = learn(prepared, Control())
    next(event for event in events if after_step(2)(event))
    captured = prepared.state.capture()
    kept = {name: value.copy() for name, value in captured.weights.items()}
    list(events)
    assert same(dict(captured.weights), kept)
    assert (captured.step, captured.totals.images) == (2, 40)


@pytest.mark.usefixtures("every_step_is_told")
def test_captured_way_of_computing_replaces_the_one_that_was_chosen_anew() -> None:
    captured, behind = uninterrupted(replace(VGG, precision="bf16"), after_step(7))
    again = resumed(VGG, captured)
    assert same(last_weights(again), last_weights(behind))


@pytest.mark.usefixtures("every_step_is_told")
def test_layout_of_weights_and_moments_is_the_captured_one() -> None:
    captured, behind = uninterrupted(VGG, after_step(7))
    plain = fresh(VGG)
    plain.state.network.to(memory_format=torch.contiguous_format)
    plain.state.restore(captured)
    for parameter, kept in plain.state.optimizer.state.items():
        assert kept["exp_avg"].stride() == parameter.stride()
    assert same(last_weights(list(learn(plain, Control()))), last_weights(behind))


class Counting(nn.Module):
    """Keeps a buffer that its state_dict leaves out."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.register_buffer("calls", torch.zeros(()), persistent=False)


def test_buffers_that_the_state_dict_leaves_out_are_restored_too() -> None:
    state, other = state_of(Counting()), state_of(Counting())
    state.network.calls += 3
    other.restore(state.capture())
    assert other.network.calls == 3


def test_learning_rate_changed_on_the_way_is_restored() -> None:
    state, other = state_of(nn.Linear(1, 1)), state_of(nn.Linear(1, 1))
    state.learning_rate.base = 0.25
    other.restore(state.capture())
    assert other.learning_rate.at(0) == 0.25


def state_of(network: nn.Module) -> RunState:
    return RunState(
        network=network,
        optimizer=torch.optim.SGD(network.parameters(), 0.1),
        learning_rate=LearningRate(find_schedule("constant"), 0.1, 10),
        way=Way(channels_last=False),
        order=torch.Generator().manual_seed(0),
        device=torch.device("cpu"),
    )
