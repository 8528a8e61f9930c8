"""A run that is on disk already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnnviz.training.config import TrainConfig
from cnnviz.training.events import EpochDone, StepsDone


@dataclass(frozen=True, slots=True)
class PastRun:
    """What a run folder says."""

    folder: Path
    config: TrainConfig
    state: str  # "finished", "stopped", "running"
    events: tuple[StepsDone | EpochDone, ...]
    has_weights: bool

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch; 0 where no epoch was finished."""
        first = next((event for event in self.events if isinstance(event, EpochDone)), None)
        return 0 if first is None else first.step // first.epoch


def read_past_run(folder: Path) -> PastRun:
    """Return the run in ``folder``. May import torch: call it in a worker's thread.

    Raises:
        CnnvizError: there is no run, or it is damaged.
    """
    from cnnviz.training.run_folder import read_config, read_metrics, read_status

    config = read_config(folder)
    state = str(read_status(folder).get("state", "unknown"))
    return PastRun(folder, config, state, read_metrics(folder), (folder / "checkpoints" / "latest").is_file())
