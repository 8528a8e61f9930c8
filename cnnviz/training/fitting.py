"""What of a run would be refused, found before it starts, by the setting beside which it is to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnviz.errors import CnnvizError
from cnnviz.inspection.frozen_modules import paths_in, trainable_params, unknown_paths
from cnnviz.inspection.report import Report
from cnnviz.inspection.tracer import inspect
from cnnviz.machine import choose_device
from cnnviz.training.config import TrainConfig
from cnnviz.training.device_ways import misfits_of_device
from cnnviz.training.run_memory import check_run_fits
from cnnviz.training.showing import misfits
from cnnviz.training.starting_weights import misfit_of_weights
from cnnviz.training.training_mode import fault_of, misfit_in_training
from cnnviz.zoo.catalog import ModelSpec


@dataclass(frozen=True, slots=True)
class Fitting:
    """What is found of a run that is asked for."""

    misfits: Mapping[str, CnnvizError]  # what is refused, by the names of settings
    report: Report | None  # of its network in eval mode; None: it cannot be inspected, or fails


def fitting(
    config: TrainConfig, spec: ModelSpec, images: int, channels: int | None = None, *, is_counted: bool = True
) -> Fitting:
    """Return what is refused; none of the data is read, and nothing computed.

    Args:
        config: its batch size, optimizer, precision and device count, and how pictures are shown.
        spec: the network at the size that it is trained at.
        images: of the training data.
        channels: of their pictures; None: not known.
        is_counted: False: there may be fewer images.
    """
    taken, height, width = spec.input_shape
    unfit = misfits(config, channels or taken, taken)
    try:
        report = inspect(spec)
        if (fault := fault_of(report, spec)) is not None:
            raise CnnvizError(f"It cannot work on {height}×{width} pixels: {fault.message}", fault.hint)
    except CnnvizError as error:
        return Fitting(unfit | {"resize": error}, None)
    unfit |= _misfits_of_machine(config, report, images)
    misfit = misfit_in_training(spec, config.batch_size, images if is_counted else None)
    unfit |= {} if misfit is None else dict([misfit])
    if (frozen := _misfit_of_frozen(report, config)) is not None:
        unfit["freeze"] = frozen
    if (weights := misfit_of_weights(config, spec)) is not None:
        unfit["weights"] = weights
    return Fitting(unfit, report)


def _misfits_of_machine(config: TrainConfig, report: Report, images: int) -> dict[str, CnnvizError]:
    try:
        device = choose_device(config.device)
    except CnnvizError as error:
        return {"device": error}
    unfit = misfits_of_device(config, device)
    try:
        if device.type == "cpu":  # a GPU says so itself, and batches are then computed in parts
            check_run_fits(config, report, images)
    except CnnvizError as error:
        unfit["batch_size"] = error
    return unfit


def _misfit_of_frozen(report: Report, config: TrainConfig) -> CnnvizError | None:
    paths = paths_in(config.freeze)
    if unknown := unknown_paths(report, paths):
        return CnnvizError(
            f"This network has no layer {unknown[0]!r}.", "The Layers page names them, and freezes them."
        )
    if paths and trainable_params(report, paths)[0] == 0:
        return CnnvizError("All layers are frozen: nothing is left to learn.", "Leave the last one free.")
    return None
