"""Which layout and precision are fastest for this network, batch and device: a few steps of each on a copy."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn

from cnnviz.training.config import Precision
from cnnviz.training.control import Control
from cnnviz.training.interrupting import Patience
from cnnviz.training.step import Way, train_step

PLAIN = Way(channels_last=False, bf16=False)
USUAL = Way(channels_last=True, bf16=False)  # never much slower than plain, often several times faster
_BF16 = Way(channels_last=True, bf16=True)

_FIRST_BATCH = 2  # one alone would have no variance for batch normalisation
_LONG_STEP_SECONDS = 0.05  # a step this long tells enough: the batch need not grow
_SECONDS = 0.6
_FEWEST_TURNS, _MOST_TURNS = 2, 20
_LONG_TURN_SECONDS = 1.5
_BF16_MUST_GAIN = 0.85  # of float32's time: less is not worth the coarser rounding
_PLAIN_MUST_GAIN = 0.95

_Result = TypeVar("_Result")
Steps = Generator[None, None, _Result]  # yields before each step, in which nothing else can be told
Step = Callable[[int], Steps[float]]  # of so many images; returns its seconds
MakeOptimizer = Callable[[nn.Module], torch.optim.Optimizer]


def fixed_way(precision: Precision) -> Way:
    """Return how to compute where nothing may depend on a measurement; "auto" is float32."""
    return _BF16 if precision == "bf16" else USUAL


def fastest_way(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    make_optimizer: MakeOptimizer,
    precision: Precision,
    control: Control,
) -> Steps[Way]:
    """Return the fastest way to train ``network`` on batches like these, within ``precision``.

    The network, the data and the random numbers of the run are left as they were.

    Args:
        images: one full batch, float32 (N, C, H, W), on the device.

    Raises:
        StoppedError: a stop came first.
    """
    device = images.device
    if precision == "bf16" or device.type == "mps":
        return _BF16 if precision == "bf16" else PLAIN
    try:
        return (yield from _measured(network, images, labels, make_optimizer, precision, control))
    except torch.OutOfMemoryError:  # no room for the copies; the network alone may still fit
        return USUAL


def _measured(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    make_optimizer: MakeOptimizer,
    precision: Precision,
    control: Control,
) -> Steps[Way]:
    device = images.device

    def step_of(way: Way) -> Step:
        trial = copy.deepcopy(network).to(memory_format=way.memory_format)
        optimizer, patience = make_optimizer(trial), Patience(control)

        def step(count: int) -> Steps[float]:
            yield
            control.heed()
            work = partial(train_step, trial, optimizer, images[:count], labels[:count], way)
            with torch.random.fork_rng([device] if device.type == "cuda" else []):  # never across a yield
                return _seconds(partial(patience.do, work), device)

        return step

    ways = [USUAL, PLAIN, *([_BF16] if precision == "auto" and _has_bf16(images.device) else [])]
    steps = {way: step_of(way) for way in ways}
    times = yield from _best_times(steps, (yield from _enough_images(steps[USUAL], len(images))))
    best = PLAIN if times[PLAIN] < _PLAIN_MUST_GAIN * times[USUAL] else USUAL
    coarse = times.get(_BF16, float("inf"))
    return _BF16 if coarse < _BF16_MUST_GAIN * min(times[USUAL], times[PLAIN]) else best


def _enough_images(step: Step, batch_size: int) -> Steps[int]:
    """Return a batch that is the run's own, or smaller where that already takes long."""
    count = min(_FIRST_BATCH, batch_size)
    yield from step(count)
    while count < batch_size and (yield from step(count)) < _LONG_STEP_SECONDS:
        count = min(2 * count, batch_size)
    return count


def _best_times(steps: Mapping[Way, Step], count: int) -> Steps[dict[Way, float]]:
    """Return the seconds of each way's quickest step.

    The ways take turns, so that a moment in which the machine is busy with something else hits all of them. The first
    turn, which sets things up, is left out, unless it took so long that setting up is a small part of it.
    """
    times = yield from _turn(steps, count)
    begin, turns = time.perf_counter(), 0
    if sum(times.values()) > _LONG_TURN_SECONDS:
        return times
    times = dict.fromkeys(steps, float("inf"))
    while turns < _FEWEST_TURNS or (time.perf_counter() - begin < _SECONDS and turns < _MOST_TURNS):
        latest = yield from _turn(steps, count)
        times = {way: min(times[way], latest[way]) for way in steps}
        turns += 1
    return times


def _turn(steps: Mapping[Way, Step], count: int) -> Steps[dict[Way, float]]:
    times = {}
    for way, step in steps.items():
        times[way] = yield from step(count)
    return times


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    _synchronize(device)
    start = time.perf_counter()
    work()
    _synchronize(device)
    return time.perf_counter() - start


def _has_bf16(device: torch.device) -> bool:
    """On a CPU the measurement itself tells: emulation is slower than float32."""
    return device.type == "cpu" or torch.cuda.is_bf16_supported(including_emulation=False)


def _synchronize(device: torch.device) -> None:
    """Return when everything asked of ``device`` is done; at once for the CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
