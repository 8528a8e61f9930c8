"""The learning-rate range test as a generator of events: it trains a network of its own, and leaves nothing behind.

Smith, Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186, section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from functools import partial

import torch
from torch import Tensor

from cnnviz.allocator import memory_kept
from cnnviz.errors import CnnvizError
from cnnviz.machine import choose_device
from cnnviz.training.calibrate import fixed_way
from cnnviz.training.config import TrainConfig, checked
from cnnviz.training.control import Control, StoppedError
from cnnviz.training.device_ways import misfits_of_device
from cnnviz.training.events import Noticed, Preparing
from cnnviz.training.interrupting import Patience
from cnnviz.training.isolation import isolated
from cnnviz.training.prepare import Prepared, prepare
from cnnviz.training.rate_curve import QUICK, SLOW, Divergence, Ended, RangeTest, RateTried, Sweep, judged_sweep
from cnnviz.training.step import find_gradients
from cnnviz.training.torch_errors import translated

SearchEvent = Preparing | Noticed | RateTried | RangeTest
_Events = Generator[SearchEvent, None, None]


def find_rate(config: TrainConfig) -> RangeTest:
    """Return which learning rate suits ``config``, whose own rate, schedule and warm-up do not count.

    Raises:
        CnnvizError: as ``search_rate``.
    """
    *_, last = search_rate(config)
    assert isinstance(last, RangeTest)
    return last


def search_rate(config: TrainConfig, control: Control | None = None) -> Iterator[SearchEvent]:
    """Yield the steps of a range test, ``RangeTest`` last; after a stop it is missing.

    Network, optimizer, order of the pictures and random numbers are the test's own: what is trained meanwhile or
    afterwards comes to the same bits as without it.

    Raises:
        CnnvizError: a run of ``config`` would be refused too, or memory runs out.
    """
    checked(config)
    device, control = choose_device(config.device), control or Control()
    if "precision" in (unfit := misfits_of_device(config, device)):  # the order of computing is the test's own
        raise unfit["precision"]
    events = translated(_events(config, device, control), config.model)
    with closing(isolated(events, device, config.seed, config.deterministic)) as own:
        yield from own


def _events(config: TrainConfig, device: torch.device, control: Control) -> _Events:
    prepared = yield from prepare(config, device, control, way=fixed_way(config.precision))
    if prepared is None:
        return
    begin = prepared.state.capture()
    with suppress(StoppedError), memory_kept(prepared.has_ample_memory):
        found = yield from _swept(prepared, QUICK, control)
        if found.suggested is None and found.rates:
            prepared.state.restore(begin)
            found = yield from _swept(prepared, SLOW, control)
        yield found


def _swept(prepared: Prepared, sweep: Sweep, control: Control) -> Generator[RateTried, None, RangeTest]:
    """Return what comes of steps at ever higher rates until the loss runs away.

    Raises:
        StoppedError: a stop came first.
    """
    divergence, tried = Divergence(), list[RateTried]()
    ended: Ended | None = None
    step = partial(_step, prepared, Patience(control))
    prepared.state.network.train()
    for number, (images, labels) in zip(range(1, sweep.steps + 1), _endless(prepared), strict=False):
        control.heed()
        rate = sweep.rate(number)
        tried.append(RateTried(number, sweep, rate, step(images, labels, rate)))
        yield tried[-1]
        if (ended := divergence.after(tried[-1].loss)) is not None:
            break
    return judged_sweep(tried, ended or "highest", len(prepared.class_names))


def _step(prepared: Prepared, patience: Patience, images: Tensor, labels: Tensor, rate: float) -> float:
    """Make a step at this rate and return the loss before it; none where that is no number.

    Raises:
        StoppedError: a stop came first.
    """
    state, config = prepared.state, prepared.config
    optimizer, smoothing = state.optimizer, config.label_smoothing
    loss, _ = patience.do(
        partial(find_gradients, state.learner, optimizer, state.scaler, images, labels, state.way, smoothing)
    )
    if math.isfinite(found := float(loss)):
        for group in optimizer.param_groups:
            group["lr"] = rate
        if config.clip_gradient is not None:
            torch.nn.utils.clip_grad_norm_(state.network.parameters(), config.clip_gradient)
        state.change_weights()
    return found


def _endless(prepared: Prepared) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield whole batches, over and over; a smaller last one is left out."""
    whole = min(prepared.config.batch_size, prepared.training.images)
    if not whole:
        raise CnnvizError("There is no picture to learn from.", "Choose other data.")
    while True:
        for images, labels in prepared.training.shuffled(prepared.state.order):
            if len(labels) == whole:
                yield images, labels
