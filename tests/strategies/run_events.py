"""The events of a small run, made by hand."""

from __future__ import annotations

import numpy as np

from cnnviz.training.config import TrainConfig
from cnnviz.training.events import EpochDone, Event, Preparing, RunFinished, RunStarted, StepsDone, WeightsReady

CONFIG = TrainConfig("lenet", "fashion-mnist-sample", {"in_channels": 1, "num_classes": 2}, resize=28, precision="fp32")
STARTED = RunStarted(CONFIG, "a CPU", 100, 20, 2, ("cat", "dog"), 61706)
STEPS = StepsDone(1, 1, (2.5, 2.25), (0.125, 0.25), 1000.0)
EPOCH = EpochDone(1, 2, 2.375, 0.1875, 2.0, 0.5, 0.25, 400.0)
FINISHED = RunFinished("finished", 1, 2, 0.5)


def weights(epoch: int, step: int) -> WeightsReady:
    return WeightsReady(epoch, step, {"0.weight": np.full((2, 3), step, np.float32)})


WHOLE: tuple[Event, ...] = (Preparing("x"), STARTED, weights(0, 0), STEPS, EPOCH, weights(1, 2), FINISHED)
