"""Training as a generator of events. It knows no thread, window, file, download or print; close it to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import Tensor

from cnnviz.allocator import memory_kept
from cnnviz.machine import choose_device
from cnnviz.runs.judged_file import Judged
from cnnviz.runs.resume_point import ResumePoint
from cnnviz.training.batch_parts import BatchParts
from cnnviz.training.config import TrainConfig, checked
from cnnviz.training.control import Control, EndedError, StoppedError
from cnnviz.training.events import (
    Event,
    LearningRateChanged,
    PicturesJudged,
    RunFinished,
    RunStarted,
    StepsDone,
    Testing,
    WeightsReady,
)
from cnnviz.training.interrupting import Before, Patience, SettledPatience
from cnnviz.training.isolation import isolated, set_aside
from cnnviz.training.layer_looks import LayerLook
from cnnviz.training.meter import Clock, Meter, look_at_each_loss
from cnnviz.training.observing import observed
from cnnviz.training.prepare import Prepared, State, prepare
from cnnviz.training.restoring import read_captured, restore, what_differs
from cnnviz.training.resumption import Resumption
from cnnviz.training.saved_form import saved_form
from cnnviz.training.step import evaluate_batch
from cnnviz.training.telling import epoch_done, loss_lost, run_ended, run_resumed, run_started
from cnnviz.training.torch_errors import translated
from cnnviz.training.unheld import unheld_told

_Result = TypeVar("_Result")
Events = Generator[Event, None, None]

_SNAPSHOT_SECONDS = 10.0  # at the least, between two copies of the weights within an epoch
_SNAPSHOT_SHARE = 0.02  # of the time, at the most, for copying them
_TESTING_SECONDS = 0.1


def train(config: TrainConfig, control: Control | None = None, initial_state: State | None = None) -> Iterator[Event]:
    """Yield what happens while the network of ``config`` is trained, ``RunFinished`` last.

    Args:
        config: what is wished for; what it leaves open is decided here.
        control: asked before every batch whether to stop or to pause.
        initial_state: a state_dict as arrays to start from, whatever weights ``config`` names; None: those, or fresh
            random ones from the seed.

    Raises:
        CnnvizError: a setting makes no sense or does not fit the data, the data cannot be read, or memory runs out.
    """
    checked(config)
    device = choose_device(config.device)
    yield from _guarded(_events(config, device, control or Control(), initial_state), config, device)


def resume(resumption: Resumption, control: Control | None = None) -> Iterator[Event]:
    """Yield what happens while a run goes on, ``RunResumed`` (``RunStarted`` before any step) first, the end last.

    Raises:
        CnnvizError: as ``train``; or network or data are not those that the run began with.
    """
    config, control = resumption.config, control or Control()
    device = choose_device(config.device)
    further = _further_events(resumption, resumption.point, device, control) if resumption.point else None
    yield from _guarded(further or _events(config, device, control, None), config, device)


def _guarded(events: Events, config: TrainConfig, device: torch.device) -> Iterator[Event]:
    with closing(isolated(translated(events, config.model), device, config.seed, config.deterministic)) as own:
        yield from own


def _further_events(resumption: Resumption, point: ResumePoint, device: torch.device, control: Control) -> Events:
    captured = read_captured(resumption.folder, point)
    prepared = yield from prepare(resumption.config, device, control, {}, captured.way)
    if prepared is None:
        yield RunFinished("stopped", captured.epoch, captured.step, captured.seconds)
        return
    restore(prepared, captured, resumption, point)
    if resumption.has_finished:  # early, where epochs are left: who goes on is patient again
        prepared.state.standing = prepared.state.standing.anew()
    yield from observed(unheld_told(_learn_on(_Run(prepared, control), resumption, point), prepared), resumption.told)


def _events(config: TrainConfig, device: torch.device, control: Control, initial_state: State | None) -> Events:
    prepared = yield from prepare(config, device, control, initial_state)
    if prepared is None:
        yield RunFinished("stopped", 0, 0, 0.0)
    else:
        yield from learn(prepared, control)


def learn(prepared: Prepared, control: Control) -> Events:
    """Yield what happens from where the state of ``prepared`` stands to the end of the run."""
    yield from observed(unheld_told(_learn(_Run(prepared, control), run_started(prepared)), prepared))


def _learn(run: _Run, started: RunStarted) -> Events:
    yield started
    yield from _snapshot(run)
    yield from _to_the_end(run)


def _learn_on(run: _Run, resumption: Resumption, point: ResumePoint) -> Events:
    yield run_resumed(run.config, run.training, run.state)
    yield from what_differs(point, run.begun_with, run.config)
    run.saved = run.state.step
    yield from _change_rate(run, resumption.learning_rate)
    yield from _to_the_end(run)


def _to_the_end(run: _Run) -> Events:
    reason: Literal["finished", "stopped", "diverged"] = "finished"
    try:
        with memory_kept(run.has_ample_memory):
            while run.state.epoch < run.epochs and not run.state.standing.is_out_of(run.config.patience):
                yield from _epoch(run)
    except EndedError as ended:
        reason = ended.reason
    if reason == "diverged":
        yield loss_lost(run.config, run.state, run.newest)
    if reason == "stopped" and run.saved != run.state.step:
        yield from _snapshot(run)
    yield from run_ended(reason, run.state, run.epochs, run.clock.now())


class _Run:
    """What the parts of the loop share: where it stands, what is wished of it, and what was told."""

    def __init__(self, prepared: Prepared, control: Control) -> None:
        self.state, self.control = prepared.state, control
        self.training, self.testing = prepared.training, prepared.testing
        self.has_ample_memory, self.begun_with = prepared.has_ample_memory, prepared.begun_with
        self.config, self.epochs, self.classes = prepared.config, prepared.config.epochs, len(prepared.class_names)
        look = partial(Before, self.state.network, self.state.device)
        self.learning = SettledPatience(control, look, self.config.deterministic or self.state.slow_steps)
        self.judging = Patience(control, look)
        self.parts = BatchParts(self.state)
        self.clock = Clock(self.state.seconds)
        self.meter = Meter(self.state.device, self.clock)
        self.told = self.state.step  # steps that the caller has heard of
        self.rates: list[float] = []  # learning rates of the steps that it has not
        self.looks_at_loss = look_at_each_loss(self.state.device)
        self.newest: Tensor | None = None  # pictures that the network was given last
        self.saved = -1  # step of the newest copy of the weights
        self.next_snapshot = self.state.seconds + _SNAPSHOT_SECONDS  # on the clock
        self.training_since: float | None = None  # on the clock, this epoch's part before this run left out

    @property
    def epoch(self) -> int:
        """The epoch that is under way, from 1."""
        return self.state.epoch + 1

    def note_seconds(self) -> None:
        """Let the state say what the clock does."""
        self.state.seconds = self.clock.now()
        if self.training_since is not None:
            own = self.state.seconds - self.training_since
            self.state.train_seconds, self.state.waiting_seconds = own, self.meter.waited


def _epoch(run: _Run) -> Events:
    look = LayerLook(run.state.network)
    look.recall(run.state.last_step)
    yield from _train(run, look)
    judged = yield from _test(run, look)
    yield epoch_done(run.state, judged)
    yield PicturesJudged(run.state.epoch, run.state.step, judged, run.classes)
    yield look.told(run.state.epoch, run.state.step)
    yield from _snapshot(run)


def _train(run: _Run, look: LayerLook) -> Events:
    """One pass over the training pictures, or what is left of it."""
    state, last, smoothing = run.state, len(run.training) - 1, run.config.label_smoothing
    state.network.train()
    run.meter.restart(state.waiting_seconds)
    run.training_since = run.clock.now() - state.train_seconds
    for images, labels in run.meter.waiting_for(state.batches(run.training)):
        yield from _obey(run)
        yield from _change_rate(run, run.control.take_learning_rate())
        run.newest = images
        step = partial(state.find_gradients, images, labels, smoothing)
        loss, right = yield from run.parts.done(step, len(labels), partial(_done, run, run.learning))
        state.slow_steps = run.learning.is_slow
        run.meter.add(loss, right, len(labels))
        if run.looks_at_loss and not math.isfinite(loss):
            yield from _tell(run, wait=True)
        run.rates.append(state.learning_rate.set_for(state.optimizer, state.step))
        if state.batch == last:
            look.before_step()
        if run.config.clip_gradient is not None:
            torch.nn.utils.clip_grad_norm_(state.network.parameters(), run.config.clip_gradient)
        state.change_weights()
        if state.batch == last:
            look.after_step()
            state.last_step = look.last_step()
        state.count_step()
        yield from _tell(run)
        if run.clock.now() >= run.next_snapshot:
            yield from _tell(run, wait=True)
            yield from _snapshot(run)
    yield from _tell(run, wait=True)
    run.note_seconds()
    run.training_since = None


def _test(run: _Run, look: LayerLook) -> Generator[Event, None, Judged]:
    """Return what the network says of the test pictures, in eval mode."""
    state = run.state
    state.network.eval()
    parts: list[Tensor] = []
    told, before = time.perf_counter(), Before(state.network, state.device)
    for images, labels in run.testing.in_order():
        run.newest = images
        batch = partial(look.evaluate if look.wants_more else evaluate_batch, state.network, images, labels, state.way)
        try:
            yield from _obey(run)
            parts.append((yield from _done(run, run.judging, batch)))
        except EndedError:  # a run that goes on begins the test anew
            before.restore()
            raise
        if time.perf_counter() - told >= _TESTING_SECONDS:
            told = time.perf_counter()
            yield Testing(run.epoch, len(parts) / len(run.testing))
    losses, predictions = torch.cat(parts, 1).cpu().numpy()
    if not np.isfinite(losses).all():
        raise EndedError("diverged")
    return Judged(run.testing.labels, predictions.astype(np.int64), losses)


def _done(run: _Run, patience: Patience, work: Callable[[], _Result]) -> Generator[Event, None, _Result]:
    """Return what ``work`` comes to; a stop that it does not wait for leaves no trace of it."""
    try:
        return patience.do(work)
    except StoppedError:
        yield from _obey(run)
        raise


def _obey(run: _Run) -> Events:
    """Pause or end where that is wished, after telling what was done so far."""
    if run.control.paused or run.control.stop_requested:
        yield from _tell(run, wait=True)
    if run.control.paused:
        with set_aside():
            run.clock.hold(run.control)
    if run.control.stop_requested:
        raise EndedError("stopped")


def _change_rate(run: _Run, rate: float | None) -> Events:
    """Take up another learning rate, if there is one, and keep that: what goes on from here goes on with it."""
    if rate is not None:
        yield from _tell(run, wait=True)
        run.state.learning_rate.base = rate
        yield LearningRateChanged(run.epoch, run.state.step, rate)
        yield from _snapshot(run)


def _tell(run: _Run, wait: bool = False) -> Events:
    """Yield the steps that the meter has ready; a loss that is no number ends the run."""
    while readings := run.meter.collect(wait):
        run.state.totals.add(readings)
        first = run.told + 1
        run.told += len(readings.losses)
        rates, run.rates = run.rates[: len(readings.losses)], run.rates[len(readings.losses) :]
        sound = next((at for at, loss in enumerate(readings.losses) if not math.isfinite(loss)), len(readings.losses))
        if sound:
            losses, accuracies = readings.losses[:sound], readings.accuracies[:sound]
            yield StepsDone(run.epoch, first, losses, accuracies, readings.images_per_second, tuple(rates[:sound]))
        if sound < len(readings.losses):
            run.state.step = first + sound
            raise EndedError("diverged")


def _snapshot(run: _Run) -> Events:
    """Yield a copy of the weights, and put the next one off by what this one cost, its use by the caller included."""
    begin = run.clock.now()
    run.note_seconds()
    captured = run.state.capture()
    yield WeightsReady(captured.epoch, captured.step, captured.weights, saved_form(captured, run.begun_with))
    run.saved, end = run.state.step, run.clock.now()
    run.next_snapshot = end + max(_SNAPSHOT_SECONDS, (end - begin) / _SNAPSHOT_SHARE)
