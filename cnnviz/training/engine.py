"""Training as a generator of events. It knows no thread, window, file or print; close it to stop it."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.machine import choose_device, device_name
from cnnviz.training.calibrate import fastest_way, fixed_way
from cnnviz.training.config import TrainConfig, checked
from cnnviz.training.control import Control
from cnnviz.training.data.batches import Batches
from cnnviz.training.data.image_data import TrainAndTest
from cnnviz.training.data.obtaining import read
from cnnviz.training.events import (
    EpochDone,
    Event,
    Preparing,
    RunFinished,
    RunStarted,
    StepsDone,
    Testing,
    WeightsReady,
)
from cnnviz.training.isolation import isolated
from cnnviz.training.meter import Clock, Meter, Readings
from cnnviz.training.network import (
    build_network,
    input_channels,
    input_size,
    spec_for,
    state_arrays,
    try_alone,
    with_spec,
)
from cnnviz.training.optimizers import make_optimizer
from cnnviz.training.run_memory import check_run_fits
from cnnviz.training.step import Way, evaluate_batch, train_step
from cnnviz.training.torch_errors import translated

Events = Generator[Event, None, None]

_SNAPSHOT_SECONDS = 10.0  # at the least, between two copies of the weights within an epoch
_SNAPSHOT_SHARE = 0.02  # of the time, at the most, for copying them
_TESTING_SECONDS = 0.1


def train(
    config: TrainConfig, control: Control | None = None, initial_state: Mapping[str, np.ndarray] | None = None
) -> Iterator[Event]:
    """Yield what happens while the network of ``config`` is trained, ``RunFinished`` last.

    Args:
        control: asked before every batch whether to stop or to pause.
        initial_state: a state_dict as arrays to start from; None: fresh random weights from the seed.

    Raises:
        CnnvizError: a setting makes no sense or does not fit the data, the data cannot be read, or memory runs out.
    """
    checked(config)
    device = choose_device(config.device)
    events = _run(config, device, control or Control(), initial_state)
    with closing(isolated(translated(events, config.model), device, config.seed, config.deterministic)) as own:
        yield from own


class _EndedError(Exception):
    """Unwinds the loops of a run that ends before its last epoch."""

    def __init__(self, reason: Literal["stopped", "diverged"]) -> None:
        super().__init__(reason)
        self.reason: Literal["stopped", "diverged"] = reason


@dataclass(slots=True)
class _Run:
    """What the parts of one run share."""

    config: TrainConfig  # all resolved
    network: nn.Module
    optimizer: torch.optim.Optimizer
    way: Way
    training: Batches
    testing: Batches
    control: Control
    clock: Clock
    meter: Meter
    order: torch.Generator  # draws the order of the pictures
    epoch: int = 0  # finished epochs
    step: int = 0
    told: int = 0  # steps that the caller has heard of
    saved: int = -1  # step of the newest copy of the weights
    next_snapshot: float = _SNAPSHOT_SECONDS  # on the clock


@dataclass(slots=True)
class _Totals:
    """Sums over the training part of an epoch."""

    loss: float = 0.0
    right: int = 0
    images: int = 0

    def add(self, readings: Readings) -> None:
        self.loss += sum(loss * count for loss, count in zip(readings.losses, readings.images, strict=True))
        self.right += sum(readings.right)
        self.images += sum(readings.images)


def _run(
    config: TrainConfig, device: torch.device, control: Control, initial_state: Mapping[str, np.ndarray] | None
) -> Events:
    data = yield from read(config.data, input_size(config), input_channels(config), control)
    if data is None:
        yield RunFinished("stopped", 0, 0, 0.0)
        return
    run = yield from _prepare(config, device, data, control, initial_state)
    yield _started(run, data, device)
    yield from _snapshot(run)
    reason: Literal["finished", "stopped", "diverged"] = "finished"
    try:
        for epoch in range(1, config.epochs + 1):
            begin = run.clock.now()
            trained = yield from _train(run, epoch)
            seconds = run.clock.now() - begin
            tested = yield from _test(run, epoch)
            run.epoch = epoch
            yield _epoch_done(run, trained, tested, seconds)
            yield from _snapshot(run)
    except _EndedError as ended:
        reason = ended.reason
    if reason == "stopped" and run.saved != run.step:
        yield from _snapshot(run)
    yield RunFinished(reason, run.epoch, run.step, run.clock.now())


def _prepare(
    config: TrainConfig,
    device: torch.device,
    data: TrainAndTest,
    control: Control,
    initial_state: Mapping[str, np.ndarray] | None,
) -> Generator[Event, None, _Run]:
    spec = spec_for(config, data)
    yield Preparing("Building the network")
    if device.type == "cpu":
        check_run_fits(config, spec, len(data.train.first(config.limit)))
    network = build_network(spec, config, initial_state, len(data.train.class_names)).to(device)
    training = Batches(data.train.first(config.limit), spec.input_shape, config.batch_size, device)
    testing = Batches(data.test, spec.input_shape, config.batch_size, device)
    if 1 in (config.batch_size, training.images % config.batch_size):
        try_alone(network, training.head(1)[0])
    if config.deterministic:
        way = fixed_way(config.precision)
    else:
        yield Preparing("Measuring the fastest way to compute")
        images, labels = training.head(config.batch_size)
        make = partial(make_optimizer, config=config, device=device)
        way = fastest_way(network, images, labels, make, config.precision, control)
    network = network.to(memory_format=way.memory_format)
    resolved = with_spec(config, spec, device, way.bf16)
    optimizer = make_optimizer(network, config, device)
    clock, order = Clock(), torch.Generator().manual_seed(config.seed)
    meter = Meter(device, clock)
    return _Run(resolved, network, optimizer, way, training, testing, control, clock, meter, order)


def _started(run: _Run, data: TrainAndTest, device: torch.device) -> RunStarted:
    return RunStarted(
        config=run.config,
        device_name=device_name(device),
        train_images=run.training.images,
        test_images=run.testing.images,
        steps_per_epoch=len(run.training),
        class_names=data.train.class_names,
        parameters=sum(parameter.numel() for parameter in run.network.parameters()),
    )


def _train(run: _Run, epoch: int) -> Generator[Event, None, _Totals]:
    """One pass over the training pictures."""
    totals = _Totals()
    run.network.train()
    run.meter.restart()
    for images, labels in run.training.shuffled(run.order):
        yield from _obey(run, epoch, totals)
        loss, right = train_step(run.network, run.optimizer, images, labels, run.way)
        run.meter.add(loss, right, len(labels))
        run.step += 1
        yield from _tell(run, epoch, totals)
        if run.clock.now() >= run.next_snapshot:
            yield from _snapshot(run)
    yield from _tell(run, epoch, totals, wait=True)
    return totals


def _obey(run: _Run, epoch: int, totals: _Totals | None = None) -> Events:
    """Pause or end where that is wished, after telling what was done so far."""
    if totals is not None and (run.control.paused or run.control.stop_requested):
        yield from _tell(run, epoch, totals, wait=True)
    if run.control.paused:
        run.clock.hold(run.control)
    if run.control.stop_requested:
        raise _EndedError("stopped")


def _tell(run: _Run, epoch: int, totals: _Totals, wait: bool = False) -> Events:
    """Yield the steps that the meter has ready; a loss that is no number ends the run."""
    while readings := run.meter.collect(wait):
        totals.add(readings)
        first = run.told + 1
        run.told += len(readings.losses)
        sound = next((at for at, loss in enumerate(readings.losses) if not math.isfinite(loss)), len(readings.losses))
        speed = sum(readings.images) / max(readings.seconds, 1e-9)
        if sound:
            yield StepsDone(epoch, first, readings.losses[:sound], readings.accuracies[:sound], speed)
        if sound < len(readings.losses):
            run.step = first + sound
            raise _EndedError("diverged")


def _test(run: _Run, epoch: int) -> Generator[Event, None, tuple[float, float]]:
    """Return (mean loss in nats, accuracy 0..1) over the test pictures, in eval mode."""
    run.network.eval()
    parts: list[Tensor] = []
    told = time.perf_counter()
    for images, labels in run.testing.in_order():
        yield from _obey(run, epoch)
        parts.append(evaluate_batch(run.network, images, labels, run.way))
        if time.perf_counter() - told >= _TESTING_SECONDS:
            told = time.perf_counter()
            yield Testing(epoch, len(parts) / len(run.testing))
    loss, right = torch.stack(parts).cpu().double().sum(0).tolist()
    if not math.isfinite(loss):
        raise _EndedError("diverged")
    return loss / run.testing.images, right / run.testing.images


def _epoch_done(run: _Run, trained: _Totals, tested: tuple[float, float], seconds: float) -> EpochDone:
    return EpochDone(
        epoch=run.epoch,
        step=run.step,
        train_loss=trained.loss / trained.images,
        train_accuracy=trained.right / trained.images,
        test_loss=tested[0],
        test_accuracy=tested[1],
        seconds=seconds,
        images_per_second=trained.images / seconds,
    )


def _snapshot(run: _Run) -> Events:
    """Yield a copy of the weights, and put the next one off by what this one cost, its use by the caller included."""
    begin = run.clock.now()
    yield WeightsReady(run.epoch, run.step, state_arrays(run.network))
    run.saved, end = run.step, run.clock.now()
    run.next_snapshot = end + max(_SNAPSHOT_SECONDS, (end - begin) / _SNAPSHOT_SHARE)
