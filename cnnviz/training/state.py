"""Everything that decides the next step of a run, in one place: captured and restored, a run goes on to the same bits.

What follows from the settings alone (the data, the number of steps, the order of the layers) is prepared anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.amp import GradScaler

from cnnviz.training.best_epoch import Standing
from cnnviz.training.data.batches import Batches
from cnnviz.training.isolation import device_random, set_device_random
from cnnviz.training.meter import Totals
from cnnviz.training.network_arrays import array_of, load_arrays, state_arrays, tensor_of, unsaved_arrays
from cnnviz.training.other_random import Floats, others_captured, restore_others
from cnnviz.training.own_attributes import Attributes, OwnAttributes
from cnnviz.training.schedules import LearningRate
from cnnviz.training.step import Way, find_gradients

_Kind = TypeVar("_Kind")
Kept = Mapping[int, Mapping[str, object]]  # by the number of a parameter, and by name


@dataclass(frozen=True, slots=True, eq=False)
class Captured:
    """A ``RunState`` as numbers and arrays that nothing else writes to."""

    weights: Mapping[str, np.ndarray]  # state_dict, bf16 as float32
    buffers: Mapping[str, np.ndarray]  # those that the state_dict leaves out
    optimizer: Kept  # what it keeps of each parameter, with arrays for tensors
    learning_rate: float  # what the schedule multiplies
    order: np.ndarray  # uint8: of the generator, before it drew this epoch's order
    random: np.ndarray  # uint8: of torch's random numbers on the CPU
    device_random: np.ndarray | None  # uint8: of those on the device, where it has its own
    other_random: Mapping[str, Floats]  # of NumPy's and Python's
    way: Way
    scaler: Mapping[str, float]  # of the losses, as it says itself; empty where it does nothing
    epoch: int
    batch: int
    step: int
    totals: Totals
    seconds: float = 0.0  # of the run, pauses left out
    train_seconds: float = 0.0  # of the training part of this epoch
    waiting_seconds: float = 0.0  # of those, for pictures
    last_step: Mapping[str, Sequence[float | None]] = field(default_factory=dict)  # of the epoch, as seen in the layers
    standing: Standing = field(default_factory=Standing)
    part: int | None = None  # pictures of a batch that are computed at a time; None: all
    slow_steps: bool | None = None  # whether a stop ends steps in their middle; None: the first is to tell
    attributes: Attributes = field(default_factory=dict)  # of modules, beside their weights, that were changed
    still: Sequence[str] | None = None  # weights without gradients, as forward may have it; None: not known


@dataclass(slots=True)
class RunState:
    """Where a run stands between two steps. Its random numbers are torch's, NumPy's and Python's own.

    What augmentation draws follows from the seed and the step, and is no state.
    """

    network: nn.Module
    optimizer: torch.optim.Optimizer
    learning_rate: LearningRate
    way: Way
    order: torch.Generator  # draws the order of the pictures
    device: torch.device
    epoch: int = 0  # finished epochs
    batch: int = 0  # batches of the epoch that are done
    step: int = 0  # steps of the run that are done
    totals: Totals = field(default_factory=Totals)  # of the steps of the epoch that were told
    seconds: float = 0.0  # of the run when it was captured
    train_seconds: float = 0.0  # of the training part of this epoch, until it was captured or ended
    waiting_seconds: float = 0.0  # of those, for pictures
    last_step: Mapping[str, Sequence[float | None]] = field(default_factory=dict)  # of the epoch, as seen in the layers
    standing: Standing = field(default_factory=Standing)  # of the epochs that were tested
    part: int | None = None  # pictures of a batch that are computed at a time; None: all
    slow_steps: bool | None = None  # whether a stop ends steps in their middle; None: the first is to tell
    learner: nn.Module = field(init=False)  # the network, as it is called in training
    scaler: GradScaler = field(init=False)
    attributes: OwnAttributes = field(init=False)  # of its modules, beside their weights
    _undrawn: Tensor = field(init=False)  # ``order`` before it drew this epoch's

    def __post_init__(self) -> None:
        self._undrawn, self.attributes = self.order.get_state(), OwnAttributes(self.network)
        self._compute(self.way)

    def _compute(self, way: Way) -> None:
        self.way, self.learner, self.scaler = way, way.learner(self.network), way.scaler(self.device)

    def batches(self, training: Batches) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield what is left of this epoch."""
        self.order.set_state(self._undrawn)
        return training.shuffled(self.order, skip=self.batch, step=self.step)

    def find_gradients(
        self, images: Tensor, labels: Tensor, smoothing: float, part: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what ``step.find_gradients`` does."""
        learner, optimizer, scaler = self.learner, self.optimizer, self.scaler
        return find_gradients(learner, optimizer, scaler, images, labels, self.way, smoothing, part=part)

    def change_weights(self) -> None:
        """Let the optimizer do what the gradients say; not where they are more than float16 holds."""
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def count_step(self) -> None:
        """Note that one more batch is done."""
        self.batch += 1
        self.step += 1

    def end_epoch(self) -> Totals:
        """Return what the epoch came to, and stand before the next one."""
        done, self.totals = self.totals, Totals()
        self.epoch, self.batch, self._undrawn = self.epoch + 1, 0, self.order.get_state()
        self.train_seconds, self.waiting_seconds, self.last_step = 0.0, 0.0, {}
        return done

    def capture(self) -> Captured:
        """Return a copy, with the totals of the steps that were told.

        Call it where the run computes: elsewhere torch's random numbers are somebody else's.
        """
        own = device_random(self.device)
        return Captured(
            weights=state_arrays(self.network),
            buffers=unsaved_arrays(self.network),
            attributes=self.attributes.changed(),
            still=tuple(name for name, weight in self.network.named_parameters() if not weight.requires_grad),
            optimizer=_mapped(self.optimizer.state_dict()["state"], Tensor, array_of),
            learning_rate=self.learning_rate.base,
            order=array_of(self._undrawn),
            random=array_of(torch.get_rng_state()),
            device_random=None if own is None else array_of(own),
            other_random=others_captured(),
            way=self.way,
            scaler=self.scaler.state_dict(),
            epoch=self.epoch,
            batch=self.batch,
            step=self.step,
            totals=replace(self.totals),
            seconds=self.seconds,
            train_seconds=self.train_seconds,
            waiting_seconds=self.waiting_seconds,
            last_step=self.last_step,
            standing=self.standing,
            part=self.part,
            slow_steps=self.slow_steps,
        )

    def restore(self, captured: Captured) -> None:
        """Stand where ``captured`` stood. Call it where the run computes, as ``capture``."""
        self._compute(captured.way)
        if self.way.precision == "fp16":
            self.scaler.load_state_dict({**self.scaler.state_dict(), **captured.scaler})
        self._restore_weights(captured)
        self._restore_optimizer(captured)
        self._undrawn = tensor_of(captured.order)
        self.order.set_state(self._undrawn)  # which refuses what is none
        torch.set_rng_state(tensor_of(captured.random))
        if captured.device_random is not None:
            set_device_random(self.device, tensor_of(captured.device_random))
        restore_others(captured.other_random)
        self.epoch, self.batch, self.step = captured.epoch, captured.batch, captured.step
        self.totals = replace(captured.totals)
        self.seconds, self.train_seconds = captured.seconds, captured.train_seconds
        self.waiting_seconds = captured.waiting_seconds
        self.last_step, self.standing = captured.last_step, captured.standing
        self.part, self.slow_steps = captured.part, captured.slow_steps

    def _restore_weights(self, captured: Captured) -> None:
        self.network.to(memory_format=self.way.memory_format)
        load_arrays(self.network, captured.weights, captured.buffers)
        self.attributes.restore(captured.attributes)
        if captured.still is not None:
            for name, weight in self.network.named_parameters():
                weight.requires_grad_(name not in captured.still)

    def _restore_optimizer(self, captured: Captured) -> None:
        kept_before = _mapped(captured.optimizer, np.ndarray, tensor_of)
        self._check_kept(kept_before)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": kept_before, "param_groups": groups})
        for parameter, kept in self.optimizer.state.items():
            kept.update({name: _laid_out_as(parameter, value) for name, value in kept.items()})
        self.learning_rate.base = captured.learning_rate

    def _check_kept(self, kept: Kept) -> None:
        """Raise ValueError unless the optimizer could have kept this: a fused one writes beyond what is too small."""
        usual = _kept_of(self.optimizer, shape := (2, 3))  # of a parameter that tells what is kept of each
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        for number, values in kept.items():
            if number not in range(len(parameters)) or values.keys() != usual.keys():
                raise ValueError(f"its optimizer keeps no {', '.join(map(str, values))} of parameter {number}")
            for name, value in values.items():
                wanted = _shape(usual[name])
                if _shape(value) != (tuple(parameters[number].shape) if wanted == shape else wanted):
                    raise ValueError(f"what its optimizer keeps of parameter {number}, {name}, does not fit it")


def _shape(value: object) -> tuple[int, ...] | None:
    return tuple(value.shape) if isinstance(value, Tensor) else None


def _kept_of(optimizer: torch.optim.Optimizer, shape: tuple[int, ...]) -> dict[str, object]:
    """Return what an optimizer keeps of a parameter of this shape."""
    device = optimizer.param_groups[0]["params"][0].device
    parameter = nn.Parameter(torch.zeros(shape, device=device))
    parameter.grad = torch.zeros_like(parameter)
    twin = type(optimizer)([parameter])  # type: ignore[call-arg]  # every kind but the base has defaults
    twin.param_groups[0].update({**optimizer.param_groups[0], "params": [parameter]})
    twin.step()
    return dict(twin.state[parameter])


def _laid_out_as(parameter: Tensor, value: object) -> object:
    """Return ``value`` in the memory order of ``parameter``: fused optimizers walk both as they lie."""
    if not isinstance(value, Tensor) or value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)


def _mapped(kept: Kept, kind: type[_Kind], change: Callable[[_Kind], object]) -> dict[int, dict[str, object]]:
    """Return a copy in which ``change`` was applied to everything of this kind."""
    return {
        number: {name: change(value) if isinstance(value, kind) else value for name, value in values.items()}
        for number, values in kept.items()
    }
