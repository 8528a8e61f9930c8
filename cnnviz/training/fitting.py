"""What of a run would be refused, found before it starts, by the setting beside which it is to be said."""

from __future__ import annotations

from cnnviz.errors import CnnvizError
from cnnviz.inspection.tracer import inspect
from cnnviz.machine import choose_device
from cnnviz.training.config import TrainConfig
from cnnviz.training.run_memory import check_run_fits
from cnnviz.zoo import catalog
from cnnviz.zoo.catalog import ModelSpec


def misfits_of(config: TrainConfig, spec: ModelSpec, images: int) -> dict[str, CnnvizError]:
    """Return what is refused, by the names of settings; none of the data is read, and nothing computed.

    Args:
        config: its batch size, optimizer, precision and device count.
        spec: the network at the size that it is trained at.
        images: of the training data.
    """
    height, width = spec.input_shape[1:]
    try:
        failure = inspect(spec).error
        if failure is not None:
            raise CnnvizError(f"It cannot work on {height}×{width} pixels: {failure.message}", _other_size(spec))
    except CnnvizError as error:
        return {"resize": error}
    try:
        if choose_device(config.device).type == "cpu":  # a GPU says so itself, and batches are then computed in parts
            check_run_fits(config, spec, images)
    except CnnvizError as error:
        return {"batch_size": error}
    return {}


def _other_size(spec: ModelSpec) -> str:
    own = catalog.find(spec.name).input_shape
    return f"Choose another; {own[1]} is its own." if len(own) == 3 else "Choose another."
