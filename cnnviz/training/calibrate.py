"""Which layout, precision and order are fastest for this network, batch and device: a few steps of each on a copy."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from cnnviz.errors import CnnvizError
from cnnviz.training.config import Precision, WayName
from cnnviz.training.control import Control
from cnnviz.training.device_ways import coarser_precisions
from cnnviz.training.interrupting import Patience
from cnnviz.training.pool_first import PoolFirst, has_hooks
from cnnviz.training.step import Way, train_step
from cnnviz.training.turns import Step, Steps, Trial, ratio_of, take_turns
from cnnviz.units import counted

PLAIN = Way(channels_last=False)
USUAL = Way(channels_last=True)  # never much slower than plain, often several times faster
_NAMED: dict[WayName, Way] = {
    "auto": USUAL,
    "plain": PLAIN,
    "channels-last": USUAL,
    "pool-first": replace(USUAL, pool_first=True),
    "graph": replace(USUAL, graph=True),
}

_FIRST_BATCH = 2  # one alone would have no variance for batch normalisation; what a step costs beside it hides the rest
_LONG_STEP_SECONDS = 2.0  # the batch need not grow further: some 20 steps are to come
_PART_OF_RUN = 400  # a batch of this part of the run's images: 20 steps of it are a twentieth of the run
_COARSER_MUST_GAIN = 0.85  # of the finer precision's time: less is not worth the rounding
_PLAIN_MUST_GAIN = 0.95
_ORDER_MUST_GAIN = 0.98
_WORTH_SAYING = 1.05


class Choice(NamedTuple):
    """How to compute, and what that gains."""

    way: Way
    gain: float | None  # steps in the time of a plain one; None: not measured, or the turns did not agree

    def __str__(self) -> str:
        if self.gain is None or self.gain < _WORTH_SAYING:
            return str(self.way)
        return f"{self.way}, {self.gain:.2g} times as fast as plain float32"


_Result = TypeVar("_Result")
MakeOptimizer = Callable[[nn.Module], torch.optim.Optimizer]


def fixed_way(precision: Precision, name: WayName = "auto") -> Way:
    """Return how to compute where nothing may depend on a measurement; "auto" is float32, channels last."""
    return replace(_NAMED[name], precision="fp32" if precision == "auto" else precision)


def asked_way(
    network: nn.Module, images: Tensor, labels: Tensor, make_optimizer: MakeOptimizer, way: Way, control: Control
) -> Steps[Choice]:
    """Return the way that somebody asked for, as it is, with nothing measured.

    Args:
        images: one full batch, float32 (N, C, H, W), on the device.

    Raises:
        CnnvizError: poolings are to come first, and there are none that may; the network cannot be recorded as a
            graph; or the numbers would be others.
        StoppedError: a stop came first.
    """
    trials = _Trials(network, images, labels, make_optimizer, control)
    what = "No max pooling of this network can be computed before its ReLU to the same numbers."
    if way.graph:
        what = "This network cannot be recorded as a CUDA graph that comes to the same numbers."
    try:
        if way == way.in_order or (yield from _is_exact(trials, way.in_order, way)):
            return Choice(way, None)
    except RuntimeError as error:
        if not way.graph:
            raise
        what = f"This network cannot be recorded as a CUDA graph: {str(error).splitlines()[0]}"
    raise CnnvizError(what, "Choose another order of computing (--way).")


def fastest_way(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    make_optimizer: MakeOptimizer,
    precision: Precision,
    control: Control,
) -> Steps[Choice]:
    """Return the fastest way to train ``network`` on batches like these, within ``precision``.

    The network, the data and the random numbers of the run are left as they were.

    Args:
        images: a batch as large as may be measured (see ``worth_measuring``), float32 (N, C, H, W), on the device.

    Raises:
        StoppedError: a stop came first.
    """
    trials = _Trials(network, images, labels, make_optimizer, control)
    is_measured = precision in ("auto", "fp32") and images.device.type != "mps"
    choice = Choice(fixed_way(precision, "plain" if images.device.type == "mps" else "auto"), None)
    try:
        count = yield from _enough_images(trials.step_of(choice.way), len(images))
        if is_measured:
            choice = yield from _layout_and_precision(trials, precision, count)
        return (yield from _order(trials, choice, count))
    except torch.OutOfMemoryError:  # no room for the copies; the network alone may still fit
        return choice


def worth_measuring(batch_size: int, images_of_run: int, is_roomy: bool = True) -> int:
    """Return how many images a step may have that is measured: a small part of the run, few where memory is short.

    On two images the optimizer's step and the casts of the weights hide what a precision gains: AlexNet on 64 takes
    0.57 of the time in bfloat16, on two no less than in float32.
    """
    part = images_of_run // _PART_OF_RUN if is_roomy else 0
    return min(batch_size, max(_FIRST_BATCH, part))


class _Trials:
    """Steps on copies of the network, in any way of computing."""

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, make_optimizer: MakeOptimizer, control: Control
    ) -> None:
        self.network, self.images = network, images
        self._labels, self._make_optimizer, self._control = labels, make_optimizer, control

    def step_of(self, way: Way) -> Step:
        """Return a step that trains a copy of its own."""
        step, device = self.learner(way)[1], self.images.device

        def timed(count: int) -> float:
            return _forked(partial(_seconds, partial(step, count), device), device)

        return timed

    def learner(self, way: Way) -> tuple[nn.Module, Callable[[int], tuple[Tensor, Tensor]]]:
        """Return a copy of the network, and what trains it once on so many images."""
        trial = copy.deepcopy(self.network).to(memory_format=way.memory_format)
        optimizer, patience = self._make_optimizer(trial), Patience(self._control)
        called, scaler = way.learner(trial), way.scaler(self.images.device)

        def step(count: int) -> tuple[Tensor, Tensor]:
            self._control.heed()
            images, labels = self.images[:count], self._labels[:count]
            return patience.do(partial(train_step, called, optimizer, scaler, images, labels, way))

        return trial, step


def _layout_and_precision(trials: _Trials, precision: Precision, count: int) -> Steps[Choice]:
    coarser = [fixed_way(each) for each in coarser_precisions(trials.images.device)] if precision == "auto" else []
    steps = {way: trials.step_of(way) for way in (USUAL, PLAIN, *coarser)}
    turns = yield from take_turns(steps, count)
    best = PLAIN if ratio_of(turns, PLAIN, USUAL).high < _PLAIN_MUST_GAIN else USUAL
    for way in coarser:
        best = way if ratio_of(turns, way, best).high < _COARSER_MUST_GAIN else best
    gain = ratio_of(turns, PLAIN, best)
    return Choice(best, gain.middle if gain.is_sure else None)


def _order(trials: _Trials, choice: Choice, count: int) -> Steps[Choice]:
    """Return ``choice``, with max poolings before the ReLUs that they read where that is exact and faster."""
    way = choice.way
    first = replace(way, pool_first=True)
    if not (yield from _is_exact(trials, way, first)):
        return choice
    steps = {each: trials.step_of(each) for each in (way, first)}
    ratio = ratio_of((yield from take_turns(steps, count)), first, way)
    if ratio.middle > _ORDER_MUST_GAIN:  # the numbers are the same: a wrong choice costs time alone
        return choice
    return Choice(first, choice.gain / ratio.middle if choice.gain and ratio.is_sure else None)


def _is_exact(trials: _Trials, way: Way, first: Way) -> Steps[bool]:
    """Whether two steps come to the same bits, in which poolings, if they shall come first, do so somewhere."""
    if has_hooks(trials.network) or (first.pool_first and not (yield from _pools_first(trials))):
        return False
    count = min(_FIRST_BATCH, len(trials.images))
    (plain, plain_step), (other, other_step) = trials.learner(way), trials.learner(first)
    for _ in range(2):  # the second reads what a network may keep of the first
        yield Trial(f"does {first} come to the same numbers?")
        losses = [_forked(partial(step, count), trials.images.device)[0] for step in (plain_step, other_step)]
        if not _are_same(*losses):
            return False
    return all(map(_are_same, plain.state_dict().values(), other.state_dict().values()))


def _pools_first(trials: _Trials) -> Steps[bool]:
    yield Trial("is there a pooling that may come before its ReLU?")
    trial, order = copy.deepcopy(trials.network), PoolFirst()
    with torch.no_grad(), order:
        _forked(partial(trial, trials.images[:_FIRST_BATCH]), trials.images.device)
    return order.swapped > 0


def _are_same(one: Tensor, other: Tensor) -> bool:
    """Bit for bit; on a GPU, where sums are not made in the same order twice, to their rounding."""
    return torch.equal(one, other) if one.device.type == "cpu" else torch.allclose(one, other, 1e-4, 1e-6)


def _enough_images(step: Step, batch_size: int) -> Steps[int]:
    """Return a batch that is the run's own, or smaller where that already takes long."""
    count = min(_FIRST_BATCH, batch_size)
    yield _sizing(count)
    step(count)
    while count < batch_size and (yield from _is_short(step, count)):
        count = min(2 * count, batch_size)
    return count


def _is_short(step: Step, count: int) -> Steps[bool]:
    """Whether one of two steps is: the other may have met something else that the machine had to do."""
    for _ in range(2):
        yield _sizing(count)
        if step(count) < _LONG_STEP_SECONDS:
            return True
    return False


def _sizing(count: int) -> Trial:
    return Trial(f"how long does a step on {counted(count, 'picture')} take?")


def _forked(work: Callable[[], _Result], device: torch.device) -> _Result:
    """Return what ``work`` does with random numbers that the run draws again."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        return work()


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    _synchronize(device)
    start = time.perf_counter()
    work()
    _synchronize(device)
    return time.perf_counter() - start


def _synchronize(device: torch.device) -> None:
    """Return when everything asked of ``device`` is done; at once for the CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
