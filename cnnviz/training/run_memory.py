"""Whether a run fits into main memory, told before it begins, and with how much room."""

from __future__ import annotations

from cnnviz.inspection.memory import training_memory
from cnnviz.inspection.tracer import inspect
from cnnviz.machine import check_room, free_bytes
from cnnviz.training.config import TrainConfig
from cnnviz.training.optimizers import find_optimizer
from cnnviz.zoo.catalog import ModelSpec

_AMPLE = 2  # times what a step needs: blocks that are kept leave gaps, a fourth at the most of what was measured


def check_run_fits(config: TrainConfig, spec: ModelSpec, images: int) -> bool:
    """Return whether there is so much room that what a step frees can be kept for the next one.

    Refuse a run whose steps need more memory than is free. GPUs say so themselves; a CPU's process is ended.

    Args:
        config: its batch size, optimizer and precision count.
        spec: the network as it is trained.
        images: of the training data.

    Raises:
        CnnvizError: it does not fit.
    """
    moments = find_optimizer(config.optimizer).numbers_kept(config.momentum)
    need = training_memory(inspect(spec), min(config.batch_size, images), moments)
    halved = config.precision in ("auto", "bf16", "fp16")  # what a layer returns may be held in two bytes
    needed = need.total - (need.activations // 2 if halved else 0)
    check_room(needed, "Choose a smaller batch size, resize or network.")
    free = free_bytes()
    return free is not None and free >= _AMPLE * needed
