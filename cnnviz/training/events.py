"""What happens during a run, in the order it happens. Plain numbers and numpy arrays: these cross threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnviz.training.config import TrainConfig

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Preparing:
    """Something that takes a while before the first step."""

    what: str  # "Reading Fashion-MNIST", "Measuring the fastest way to compute"
    fraction: float | None = None  # 0..1; None: unknown


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that was decided, left out or missed, and that the person should know; mostly of the data."""

    what: str  # a sentence: "Split as the folders say: training/ to learn, testing/ to test."


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The data are read, the network is built; the first step comes next."""

    config: TrainConfig  # all resolved: no "auto", no None but ``limit``
    device_name: str  # "Intel Xeon …", "NVIDIA H100"
    train_images: int
    test_images: int
    steps_per_epoch: int
    class_names: tuple[str, ...]
    parameters: int


@dataclass(frozen=True, slots=True)
class StepsDone:
    """One or more optimizer steps. Each number is of the mini-batch before its update, in train mode."""

    epoch: int  # from 1
    first_step: int  # from 1, counted over the whole run
    losses: tuple[float, ...]  # mean cross entropy, nats
    accuracies: tuple[float, ...]  # 0..1
    images_per_second: float  # over these steps, wall time

    @property
    def last_step(self) -> int:
        """Step number of the last entry."""
        return self.first_step + len(self.losses) - 1


@dataclass(frozen=True, slots=True)
class Testing:
    """The test set is being read through."""

    epoch: int
    fraction: float  # 0..1


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One pass over the training set, and the test after it (eval mode). Losses in nats, accuracies 0..1."""

    epoch: int  # from 1
    step: int
    train_loss: float  # mean over the epoch, in train mode
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float  # wall time of the training part
    images_per_second: float


@dataclass(frozen=True, slots=True)
class WeightsReady:
    """A copy of the network's state: before the first step, after each epoch, and now and then between."""

    epoch: int  # finished epochs
    step: int
    state: Mapping[str, np.ndarray]  # state_dict as arrays, bf16 as float32


@dataclass(frozen=True, slots=True)
class CheckpointWritten:
    """The weights are on disk: what stands in a run's journal for ``WeightsReady``."""

    epoch: int  # finished epochs
    step: int


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The last line of the journal of a run that ended with an error, or was ended from outside."""

    reason: Literal["failed", "stopped"]
    message: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The last event of every run that did not fail."""

    reason: Literal["finished", "stopped", "diverged"]
    epoch: int  # finished epochs
    step: int
    seconds: float  # wall time since RunStarted, pauses left out


@dataclass(frozen=True, slots=True)
class FolderLost:
    """The run's folder cannot be written any more: the run pauses, and what it tells is held."""

    what: str  # a sentence: why


@dataclass(frozen=True, slots=True)
class FolderTaken:
    """What was held is written in another folder, from the first line on, and the run is kept there."""

    folder: Path


Event = Preparing | Noticed | RunStarted | StepsDone | Testing | EpochDone | WeightsReady | RunFinished
Recorded = Event | FolderLost | FolderTaken  # what a run that is recorded tells
Journalled = (
    Preparing | Noticed | RunStarted | StepsDone | Testing | EpochDone | CheckpointWritten | RunFinished | RunFailed
)
Heard = Journalled | FolderLost | FolderTaken  # what a window hears of a run
