"""Whether a run fits into main memory, told before it begins, and with how much room."""

from __future__ import annotations

from cnnviz.inspection.frozen_modules import paths_in
from cnnviz.inspection.memory import training_memory
from cnnviz.inspection.report import Report
from cnnviz.machine import check_room, free_bytes
from cnnviz.training.config import TrainConfig
from cnnviz.training.optimizers import find_optimizer

KEEPS_BLOCKS = 2  # times what a step needs: blocks that are kept leave gaps, a fourth at the most of what was measured
HOLDS_TRIALS = 3  # times what a step needs: three copies of the network, and what a layer returns in four bytes


def check_run_fits(config: TrainConfig, report: Report, images: int) -> float:
    """Return how many times what a step needs is free, 0 where nobody knows.

    Refuse a run whose steps need more memory than is free. GPUs say so themselves; a CPU's process is ended.

    Args:
        config: its batch size, optimizer and precision count.
        report: of the network as it is trained.
        images: of the training data.

    Raises:
        CnnvizError: it does not fit.
    """
    moments = find_optimizer(config.optimizer).numbers_kept(config.momentum)
    need = training_memory(report, min(config.batch_size, images), moments, paths_in(config.freeze))
    halved = config.precision in ("auto", "bf16", "fp16")  # what a layer returns may be held in two bytes
    needed = need.total - (need.activations // 2 if halved else 0)
    check_room(needed, "Choose a smaller batch size, resize or network.")
    return (free_bytes() or 0) / max(needed, 1)
