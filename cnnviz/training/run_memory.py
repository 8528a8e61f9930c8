"""Whether a run fits into main memory, told before it begins."""

from __future__ import annotations

from cnnviz.inspection.memory import training_memory
from cnnviz.inspection.tracer import inspect
from cnnviz.machine import check_room
from cnnviz.training.config import TrainConfig
from cnnviz.training.optimizers import find_optimizer
from cnnviz.zoo.catalog import ModelSpec


def check_run_fits(config: TrainConfig, spec: ModelSpec, images: int) -> None:
    """Refuse a run whose steps need more memory than is free. GPUs say so themselves; a CPU's process is ended.

    Args:
        config: its batch size, optimizer and precision count.
        spec: the network as it is trained.
        images: of the training data.

    Raises:
        CnnvizError: it does not fit.
    """
    moments = find_optimizer(config.optimizer).numbers_kept(config.momentum)
    need = training_memory(inspect(spec), min(config.batch_size, images), moments)
    halved = config.precision in ("auto", "bf16")  # what a layer returns may be held in two bytes
    needed = need.total - (need.activations // 2 if halved else 0)
    check_room(needed, "Choose a smaller batch size, resize or network.")
