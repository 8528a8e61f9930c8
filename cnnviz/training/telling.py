"""What the engine tells of a run at its beginning and after each epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from torch import Tensor

from cnnviz.machine import device_name
from cnnviz.runs.judged_file import Judged
from cnnviz.training.config import TrainConfig
from cnnviz.training.data.batches import Batches
from cnnviz.training.diagnosis import not_finite
from cnnviz.training.events import Diagnosed, EpochDone, Noticed, RunFinished, RunResumed, RunStarted
from cnnviz.training.layer_looks import first_not_finite
from cnnviz.training.prepare import Prepared
from cnnviz.training.state import RunState
from cnnviz.training.step import forward


def run_started(prepared: Prepared) -> RunStarted:
    """Return what a run is, before its first step."""
    state = prepared.state
    return RunStarted(
        config=prepared.config,
        device_name=device_name(state.device),
        train_images=prepared.training.images,
        test_images=prepared.testing.images,
        steps_per_epoch=len(prepared.training),
        class_names=prepared.class_names,
        parameters=sum(parameter.numel() for parameter in state.network.parameters()),
    )


def run_resumed(config: TrainConfig, training: Batches, state: RunState) -> RunResumed:
    """Return where a run goes on."""
    rate = state.learning_rate.at(state.step)
    return RunResumed(config, device_name(state.device), len(training), state.epoch, state.step, rate)


def epoch_done(state: RunState, judged: Judged) -> EpochDone:
    """Return what the epoch came to that ``state`` is at the end of, and let it stand before the next one."""
    seconds, waiting, trained = state.train_seconds, state.waiting_seconds, state.end_epoch()
    done = EpochDone(
        epoch=state.epoch,
        step=state.step,
        train_loss=trained.loss / trained.images,
        train_accuracy=trained.right / trained.images,
        test_loss=float(judged.losses.mean(dtype=np.float64)),
        test_accuracy=float((judged.predictions == judged.labels).mean()),
        seconds=seconds,
        images_per_second=trained.images / seconds,
        waiting_seconds=waiting,
    )
    state.standing = state.standing.after(done.epoch, done.test_accuracy, done.test_loss)
    return done


def run_ended(
    reason: Literal["finished", "stopped", "diverged"], state: RunState, epochs: int, seconds: float
) -> Iterator[Noticed | RunFinished]:
    """Say how a run of so many epochs ended, and which of them was best."""
    best = state.standing
    if reason == "finished" and state.epoch < epochs:
        yield Noticed(best.why_ended(state.epoch))
    accuracy = best.best_accuracy if best.best_epoch else None
    yield RunFinished(reason, state.epoch, state.step, seconds, best.best_epoch, accuracy)


def loss_lost(config: TrainConfig, state: RunState, images: Tensor | None) -> Diagnosed:
    """Return where the loss stopped to be a number, found with the pictures that the network was given last."""
    assert images is not None
    layer, cause = first_not_finite(state.network, lambda: forward(state.network, images, state.way.in_order))
    return not_finite(config, layer, cause, state.epoch + 1, state.step)
