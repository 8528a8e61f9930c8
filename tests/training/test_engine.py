from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from whole_data import read_data_set

from cnnviz.errors import CnnvizError
from cnnviz.training import engine, interrupting, meter, state
from cnnviz.training.config import Precision, TrainConfig
from cnnviz.training.control import Control
from cnnviz.training.engine import train
from cnnviz.training.events import (
    EpochDone,
    Event,
    LayersSeen,
    Noticed,
    PicturesJudged,
    Preparing,
    RunFinished,
    RunStarted,
    StepsDone,
    WeightsReady,
)

# Deterministic: no time is spent on measuring the fastest way, and the numbers are the same each time.
LENET = TrainConfig(
    model="lenet",
    data="fashion-mnist-sample",
    epochs=1,
    batch_size=50,
    learning_rate=0.01,
    limit=500,
    device="cpu",
    deterministic=True,
)


@pytest.fixture(scope="module")
def run() -> list[Event]:
    """Two epochs over 1,000 images; the last batch has 40."""
    return list(train(replace(LENET, epochs=2, limit=1000, batch_size=64)))


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_events_come_in_order(run: list[Event]) -> None:
    kinds = [type(event) for event in run if not isinstance(event, StepsDone)]
    kinds = [kind for kind in kinds if kind.__name__ != "Testing"]
    first = kinds.index(RunStarted)
    assert first >= 2
    said = [Preparing] * (first - 1) + [Noticed]  # as many as reading took time to be told of; what was chosen
    assert kinds[:first] == said
    assert kinds[first:] == [RunStarted, WeightsReady] + [EpochDone, PicturesJudged, LayersSeen, WeightsReady] * 2 + [
        RunFinished
    ]
    assert run[-1].reason == "finished"


def test_started_run_names_everything_resolved(run: list[Event]) -> None:
    (started,) = of(RunStarted, run)
    assert started.config.resize == 28
    assert started.config.precision == "fp32"
    assert {"in_channels": 1, "num_classes": 10}.items() <= dict(started.config.options).items()
    assert (started.train_images, started.test_images, started.steps_per_epoch) == (1000, 2000, 16)
    assert started.parameters == 61706
    assert started.device_name


def test_every_step_is_told_once_in_order(run: list[Event]) -> None:
    steps = of(StepsDone, run)
    numbers = [step for event in steps for step in range(event.first_step, event.last_step + 1)]
    assert numbers == list(range(1, 33))
    assert all(len(event.losses) == len(event.accuracies) for event in steps)
    assert {event.epoch for event in steps if event.last_step <= 16} == {1}


def test_epoch_s_training_figures_are_the_mean_over_its_images(run: list[Event]) -> None:
    sizes = [64] * 15 + [40]
    losses = [loss for event in of(StepsDone, run) for loss in event.losses]
    accuracies = [accuracy for event in of(StepsDone, run) for accuracy in event.accuracies]
    for epoch, done in enumerate(of(EpochDone, run)):
        part = slice(16 * epoch, 16 * epoch + 16)
        assert done.train_loss == pytest.approx(np.average(losses[part], weights=sizes))
        assert done.train_accuracy == pytest.approx(np.average(accuracies[part], weights=sizes))


def test_first_loss_is_the_logarithm_of_the_number_of_classes(run: list[Event]) -> None:
    assert of(StepsDone, run)[0].losses[0] == pytest.approx(math.log(10), abs=0.3)


def test_loss_falls_and_test_accuracy_is_far_above_chance() -> None:
    events = list(train(replace(LENET, epochs=8, limit=2000, batch_size=32)))
    done = of(EpochDone, events)
    assert done[-1].train_loss < 0.6 * done[0].train_loss
    assert done[-1].test_accuracy > 0.5


def test_test_figures_are_those_of_the_weights_that_follow(run: list[Event]) -> None:

    from cnnviz.training.data.data_sets import find_data_set
    from cnnviz.training.data.layouts import locate
    from cnnviz.zoo import catalog, registry

    network = registry.build(catalog.resolve("lenet"))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in of(WeightsReady, run)[-1].state.items()})
    data_set = find_data_set("fashion-mnist-sample")
    test = read_data_set(data_set, locate(data_set)[0]).test
    with torch.no_grad():
        logits = network.eval()(torch.from_numpy(test.images.copy()) / 255)
    labels = torch.from_numpy(test.labels)
    assert of(EpochDone, run)[-1].test_accuracy == pytest.approx((logits.argmax(1) == labels).float().mean().item())
    loss = torch.nn.functional.cross_entropy(logits, labels).item()
    assert of(EpochDone, run)[-1].test_loss == pytest.approx(loss, rel=1e-4)


def test_weights_are_copies_taken_at_their_step(run: list[Event]) -> None:
    weights = of(WeightsReady, run)
    assert [(event.epoch, event.step) for event in weights] == [(0, 0), (1, 16), (2, 32)]
    first, last = weights[0].state["0.weight"], weights[-1].state["0.weight"]
    assert first.dtype == np.float32
    assert not np.array_equal(first, last)


def losses(config: TrainConfig) -> list[float]:
    return [loss for event in of(StepsDone, list(train(config))) for loss in event.losses]


def test_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    torch.rand(3)
    first = losses(LENET)
    torch.rand(5)
    assert losses(LENET) == first
    assert losses(replace(LENET, seed=1)) != first


def test_dropout_draws_from_the_run_s_own_random_numbers() -> None:
    config = replace(LENET, model="vgg11", options={"width_divisor": 64}, resize=32, limit=200, learning_rate=0.001)
    events = []
    for event in train(config):
        torch.rand(7)  # what another part of the program does meanwhile
        events.append(event)
    assert [loss for event in of(StepsDone, events) for loss in event.losses] == losses(config)


def test_caller_s_random_numbers_and_switches_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    for _ in train(replace(LENET, limit=100)):
        assert not torch.are_deterministic_algorithms_enabled()
        assert torch.is_grad_enabled()
    assert torch.equal(torch.rand(3), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_closing_the_generator_gives_everything_back() -> None:
    events = train(LENET)
    next(event for event in events if isinstance(event, StepsDone))
    events.close()
    assert not torch.are_deterministic_algorithms_enabled()


def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "FLUSH_SECONDS", 0.0)


def test_stop_acts_before_the_next_batch_and_keeps_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    every_step(monkeypatch)
    control, events = Control(), []
    for event in train(LENET, control):
        events.append(event)
        if isinstance(event, StepsDone) and event.last_step == 3:
            control.stop()
    assert [type(event) for event in events[-2:]] == [WeightsReady, RunFinished]
    assert events[-1] == RunFinished("stopped", 0, 3, events[-1].seconds)
    assert events[-2].step == 3


def test_stop_acts_while_testing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_TESTING_SECONDS", 0.0)
    control, events = Control(), []
    for event in train(LENET, control):
        events.append(event)
        if type(event).__name__ == "Testing":
            control.stop()
    assert len([event for event in events if type(event).__name__ == "Testing"]) == 1
    assert not of(EpochDone, events)
    assert (events[-1].reason, events[-1].epoch, events[-1].step) == ("stopped", 0, 10)


def test_stop_before_the_start_reads_nothing() -> None:
    control = Control()
    control.stop()
    assert [type(event) for event in train(LENET, control)] == [Preparing, RunFinished]


def test_pause_tells_what_was_done_then_holds_and_its_time_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    paused_for = 100.0
    clock = {"skew": 0.0}
    real = meter.time.perf_counter
    monkeypatch.setattr(meter.time, "perf_counter", lambda: real() + clock["skew"])
    monkeypatch.setattr(meter, "FLUSH_SECONDS", 1e9)  # only a pause or the epoch's end tells anything
    control, told = Control(), []

    def wait() -> None:
        told.append(len(of(StepsDone, events)))
        clock["skew"] += paused_for
        control.resume()

    monkeypatch.setattr(control, "wait_while_paused", wait)
    real_step, count = state.find_gradients, []

    def step(*args: object, part: int | None):
        count.append(1)
        if len(count) == 4:
            control.pause()
        return real_step(*args, part=part)

    monkeypatch.setattr(state, "find_gradients", step)
    events: list[Event] = []
    for event in train(LENET, control):
        events.append(event)
    assert told == [1]
    assert [(event.first_step, event.last_step) for event in of(StepsDone, events)] == [(1, 4), (5, 10)]
    assert of(EpochDone, events)[0].seconds < paused_for
    assert events[-1].seconds < paused_for


def test_stop_ends_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    every_step(monkeypatch)
    control, events = Control(), []
    for event in train(LENET, control):
        events.append(event)
        if isinstance(event, StepsDone) and event.last_step == 2:
            control.pause()
            threading.Timer(0.05, control.stop).start()
    assert events[-1].reason == "stopped"
    assert events[-1].step == 2


def test_loss_that_is_no_number_ends_the_run_as_diverged() -> None:
    config = replace(LENET, model="vgg11", options={"width_divisor": 64}, resize=32, optimizer="sgd", learning_rate=1e8)
    events = list(train(config))
    assert events[-1].reason == "diverged"
    told = [loss for event in of(StepsDone, events) for loss in event.losses]
    assert all(map(math.isfinite, told))
    assert events[-1].step == len(told) + 1
    assert not of(EpochDone, events)


def test_initial_state_is_where_the_run_starts(run: list[Event]) -> None:
    state = of(WeightsReady, run)[-1].state
    started = of(WeightsReady, list(train(replace(LENET, limit=50), initial_state=state)))[0]
    assert all(np.array_equal(started.state[name], state[name]) for name in state)


def test_initial_state_of_another_network_is_refused(run: list[Event]) -> None:
    state = dict(of(WeightsReady, run)[-1].state)
    state.pop("0.weight")
    with pytest.raises(CnnvizError, match="do not fit LeNet-5"):
        list(train(LENET, initial_state=state))


def test_weights_are_copied_between_epochs_too_when_time_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(engine, "_SNAPSHOT_SHARE", 1e9)
    assert len(of(WeightsReady, list(train(LENET)))) > 2


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_every_optimizer_lowers_the_loss(optimizer: str) -> None:
    rate = 0.5 if optimizer == "sgd" else 0.005
    config = replace(LENET, optimizer=optimizer, learning_rate=rate, momentum=0.9, weight_decay=1e-4, limit=1500)
    told = losses(replace(config, init="xavier", epochs=2))
    assert np.mean(told[-5:]) < np.mean(told[:5]) - 0.05


@pytest.mark.parametrize("half", ["bf16", "fp16"])
def test_half_precision_trains_and_gives_float32_weights(half: Precision) -> None:
    events = list(train(replace(LENET, precision=half, limit=200)))
    assert of(RunStarted, events)[0].config.precision == half
    assert any("many times slower" in event.what for event in of(Noticed, events)) == (half == "fp16")
    assert {value.dtype for value in of(WeightsReady, events)[-1].state.values()} == {np.dtype(np.float32)}


def test_precision_that_the_device_does_not_have_is_refused() -> None:
    with pytest.raises(CnnvizError, match="TF32 needs an NVIDIA GPU since Ampere"):
        list(train(replace(LENET, precision="tf32", device="cpu")))
    with pytest.raises(CnnvizError, match="CUDA graphs need an NVIDIA GPU"):
        list(train(replace(LENET, way="graph", device="cpu")))


def test_way_of_computing_is_measured_unless_deterministic() -> None:
    events = list(train(replace(LENET, deterministic=False, limit=100)))
    said = [event.what for event in events if isinstance(event, Preparing)]
    assert any(what.startswith("Measuring the fastest way to compute: 1 of ") for what in said)
    assert of(RunStarted, events)[0].config.precision in ("fp32", "bf16")


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ({"options": {"num_classes": 30}}, "set to 30 classes, but Fashion-MNIST sample has 10", "to 10"),
        ({"options": {"depth": 3}}, "no option 'depth'", "in_channels"),
        ({"model": "lenett"}, "no architecture 'lenett'", "lenet"),
        ({"model": "vgg11", "resize": 8}, "at least 32×32 pixels; 8×8", "32 or more"),
        ({"model": "torchvision/alexnet", "resize": 8}, "cannot work on pictures of 8×8 pixels", "224"),
        ({"data": "fashion"}, "no data named 'fashion'", "fashion-mnist"),
        ({"data": "/no/such/folder"}, "no folder /no/such/folder", "Check"),
        ({"device": "cuda:99"}, "no cuda:99", "cpu"),
        ({"device": "toaster"}, "Device cannot be 'toaster'", "cpu"),
        ({"epochs": 0}, "Epochs cannot be 0", "Choose"),
    ],
)
def test_what_does_not_fit_is_an_error_the_user_can_act_on(change: dict, message: str, hint: str) -> None:
    config = replace(LENET, limit=50, **change)
    with pytest.raises(CnnvizError, match=message) as caught:
        list(train(config))
    assert hint in caught.value.hint


def test_memory_that_runs_out_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(engine, "evaluate_batch", fail)
    monkeypatch.setattr(engine.LayerLook, "wants_more", False)
    with pytest.raises(CnnvizError, match="not enough memory") as caught:
        list(train(LENET))
    assert "smaller batch" in caught.value.hint


def test_error_of_ours_is_not_dressed_up_as_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, part: int | None) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(state, "find_gradients", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        list(train(LENET))


def test_single_picture_left_over_for_batch_normalisation_is_explained_before_the_first_step() -> None:
    config = replace(LENET, model="torchvision/mnasnet0_5", resize=32, limit=9, batch_size=8, options={})
    seen: list[Event] = []
    with pytest.raises(CnnvizError, match="more than one picture"):
        seen.extend(event for event in train(config) if isinstance(event, RunStarted))
    assert not seen


def test_pictures_of_a_folder_train_a_colour_network(picture_folder: Callable[..., Path]) -> None:
    config = replace(LENET, data=str(picture_folder(count=10)), resize=32, limit=None, batch_size=4)
    started = of(RunStarted, list(train(config)))[0]
    assert started.class_names == ("cat", "dog")
    assert {"in_channels": 3, "num_classes": 2}.items() <= dict(started.config.options).items()


def test_colour_pictures_on_a_network_set_to_two_channels_are_an_error(picture_folder: Callable[..., Path]) -> None:
    config = replace(LENET, data=str(picture_folder()), options={"in_channels": 2}, resize=32, limit=None)
    with pytest.raises(CnnvizError, match="takes 2") as caught:
        list(train(config))
    assert "in_channels" in caught.value.hint


def test_grey_data_train_a_torchvision_network(monkeypatch: pytest.MonkeyPatch) -> None:
    every_step(monkeypatch)
    config = replace(LENET, model="torchvision/squeezenet1_1", resize=32, limit=4, batch_size=2, learning_rate=0.001)
    control, events = Control(), []
    for event in train(config, control):
        events.append(event)
        if isinstance(event, StepsDone):
            control.stop()  # the test set would take long
    assert of(RunStarted, events)[0].config.options["num_classes"] == 10
    assert math.isfinite(of(StepsDone, events)[0].losses[0])


@pytest.mark.parametrize("evaluating", [False, True])
def test_stop_within_a_slow_batch_ends_where_the_last_whole_step_did(
    monkeypatch: pytest.MonkeyPatch, evaluating: bool
) -> None:
    every_step(monkeypatch)
    monkeypatch.setattr(interrupting, "_SLOW_SECONDS", 0.0)  # all are
    control, calls = Control(), []
    where, name = (engine, "evaluate_batch") if evaluating else (state, "find_gradients")
    real = getattr(where, name)

    def work(*given: object, **parts: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            control.stop()
        return real(*given, **parts)

    steps = 10 if evaluating else 3
    wanted = weights_after(steps)
    monkeypatch.setattr(where, name, work)
    events = list(train(LENET, control))
    assert [type(event) for event in events[-2:]] == [WeightsReady, RunFinished]
    assert (events[-1].reason, events[-1].epoch, events[-1].step) == ("stopped", 0, steps)
    assert of(StepsDone, events)[-1].last_step == steps == events[-2].step
    assert all(np.array_equal(value, wanted[name]) for name, value in events[-2].state.items())


def weights_after(steps: int) -> Mapping[str, np.ndarray]:
    """The weights of a run that is ended between two steps."""
    control, weights = Control(), {}
    for event in train(LENET, control):
        if isinstance(event, StepsDone) and event.last_step == steps:
            control.stop()
        weights = event.state if isinstance(event, WeightsReady) else weights
    return weights


def test_gradient_is_clipped_to_the_norm_that_is_asked_for() -> None:
    config = TrainConfig("lenet", "fashion-mnist-sample", epochs=1, limit=64, device="cpu", deterministic=True)
    config = replace(config, optimizer="sgd", learning_rate=1.0, clip_gradient=0.001)
    first, last = [event.state for event in train(config) if isinstance(event, WeightsReady)]
    moved = sum(float(((last[name] - first[name]) ** 2).sum()) for name in first) ** 0.5
    assert moved == pytest.approx(0.001, rel=1e-3)


def test_smoothed_labels_change_the_steps_and_not_the_loss_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    every_step(monkeypatch)
    plain, smoothed = (
        [loss for event in of(StepsDone, list(train(replace(LENET, label_smoothing=share)))) for loss in event.losses]
        for share in (0.0, 0.4)
    )
    assert smoothed[0] == plain[0]
    assert smoothed[1:] != plain[1:]
