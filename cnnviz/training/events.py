"""What happens during a run, in the order it happens. Plain numbers and numpy arrays: these cross threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnviz.training.config import TrainConfig

if TYPE_CHECKING:
    import numpy as np

    from cnnviz.runs.judged_file import Judged
    from cnnviz.runs.resume_point import SavedState


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
class RunResumed:
    """A run goes on: the step after ``step`` comes next. What it told after that, before it ended, is taken back."""

    config: TrainConfig  # all resolved, with what has changed
    device_name: str
    steps_per_epoch: int
    epoch: int  # finished epochs
    step: int
    learning_rate: float  # of the next step


@dataclass(frozen=True, slots=True)
class StepsDone:
    """One or more optimizer steps. Each number is of the mini-batch before its update, in train mode."""

    epoch: int  # from 1
    first_step: int  # from 1, counted over the whole run
    losses: tuple[float, ...]  # mean cross entropy, nats
    accuracies: tuple[float, ...]  # 0..1
    images_per_second: float  # over these steps, wall time
    learning_rates: tuple[float, ...] = ()  # of each step's update; journals of the first version do not tell them

    @property
    def last_step(self) -> int:
        """Step number of the last entry."""
        return self.first_step + len(self.losses) - 1


@dataclass(frozen=True, slots=True)
class LearningRateChanged:
    """Somebody chose another learning rate, for the steps after ``step``."""

    epoch: int  # that is under way, from 1
    step: int
    learning_rate: float  # what the schedule multiplies, as the setting of that name


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
    waiting_seconds: float = 0.0  # of those, for pictures


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """Something that is wrong with the run, in plain words; each is told once."""

    name: str  # "chance", "not finite", "diverging", "overfitting", "dead layer", "reading", "memory"
    epoch: int  # that was under way or just done, from 1
    step: int
    what: str  # a sentence
    why: str  # one or two
    remedy: str  # what to try, in sentences
    setting: str = ""  # of TrainConfig, or "recipe", to be changed for the next run; "": none would help
    value: str = ""  # of the setting, as it is typed


@dataclass(frozen=True, slots=True)
class LayerSeen:
    """How one layer does, after an epoch."""

    path: str
    kind: str  # "Conv2d"
    spread: float | None = None  # standard deviation of what it returns, over some test pictures
    gradient: float | None = None  # L2 norm of the gradients of its own weights, of the epoch's last batch
    update: float | None = None  # root mean square of the last step of its weights, divided by theirs
    units: int | None = None  # channels, or numbers, of a ReLU's result
    dead: float | None = None  # 0..1 of them that returned nothing but 0


@dataclass(frozen=True, slots=True)
class LayersSeen:
    """How the layers do, after an epoch."""

    epoch: int  # from 1
    step: int
    pictures: int  # test pictures that spread and dead units are of
    layers: tuple[LayerSeen, ...]  # in the order in which they ran


@dataclass(frozen=True, slots=True, eq=False)
class PicturesJudged:
    """What the network said of each test picture after an epoch, in their order."""

    epoch: int  # from 1
    step: int
    judged: Judged
    classes: int

    def in_short(self) -> ClassesJudged:
        """Return how many pictures of each class were told right."""
        import numpy as np

        labels, right = self.judged.labels, self.judged.labels == self.judged.predictions
        pictures, told = (np.bincount(each, minlength=self.classes) for each in (labels, labels[right]))
        return ClassesJudged(self.epoch, self.step, tuple(pictures.tolist()), tuple(told.tolist()))


@dataclass(frozen=True, slots=True)
class ClassesJudged:
    """How many test pictures of each class were told right: what stands in a run's journal for ``PicturesJudged``."""

    epoch: int  # from 1
    step: int
    pictures: tuple[int, ...]  # of each class
    right: tuple[int, ...]  # of those


@dataclass(frozen=True, slots=True)
class WeightsReady:
    """A copy of the network's state: before the first step, after each epoch, and now and then between."""

    epoch: int  # finished epochs
    step: int
    state: Mapping[str, np.ndarray]  # state_dict as arrays, bf16 as float32
    saved: SavedState | None = None  # all else that a run goes on from


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
    best_epoch: int = 0  # by test accuracy, then loss; 0: none was tested
    best_accuracy: float | None = None  # of its test, 0..1


@dataclass(frozen=True, slots=True)
class FolderLost:
    """The run's folder cannot be written any more: the run pauses, and what it tells is held."""

    what: str  # a sentence: why


@dataclass(frozen=True, slots=True)
class FolderTaken:
    """What was held is written in another folder, from the first line on, and the run is kept there."""

    folder: Path


Event = (
    Preparing
    | Noticed
    | RunStarted
    | RunResumed
    | StepsDone
    | LearningRateChanged
    | Testing
    | EpochDone
    | PicturesJudged
    | LayersSeen
    | Diagnosed
    | WeightsReady
    | RunFinished
)
Recorded = Event | FolderLost | FolderTaken  # what a run that is recorded tells
Journalled = (
    Preparing
    | Noticed
    | RunStarted
    | RunResumed
    | StepsDone
    | LearningRateChanged
    | Testing
    | EpochDone
    | ClassesJudged
    | LayersSeen
    | Diagnosed
    | CheckpointWritten
    | RunFinished
    | RunFailed
)
Heard = Journalled | FolderLost | FolderTaken  # what a window hears of a run
