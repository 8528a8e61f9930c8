"""The epochs of a run whose weights are on disk. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.runs.best_checkpoint import best_epoch_of
from cnnviz.runs.checkpoint import saved_epochs
from cnnviz.runs.layout import CONFIG, run_and_epoch
from cnnviz.training.config_file import read_values
from cnnviz.zoo.weights_source import Weights


@dataclass(frozen=True, slots=True)
class RunSource:
    """Which run is looked through, and how often its weights have been chosen or written: then it is read again."""

    run: Path
    edition: int


@dataclass(frozen=True, slots=True)
class Epochs:
    """What a run has kept."""

    source: RunSource
    saved: tuple[tuple[int, Path], ...]  # finished epochs, folder; the first first
    best: int | None = None  # of those, by test accuracy, then loss; None: not known
    data: str = ""  # what it learned from, as ``TrainConfig.data``; "": not known

    def weights(self, at: int, like: Weights) -> Weights:
        """Return the weights of one of ``saved``, used as ``like`` are; the last are the run's own."""
        if at == len(self.saved) - 1:
            return replace(like, kind="run", name="", file=self.source.run)
        return replace(like, kind="file", name="", file=self.saved[at][1])

    @property
    def best_position(self) -> int | None:
        """Which of ``saved`` is the best; None: it is not known."""
        numbers = [number for number, _ in self.saved]
        return numbers.index(self.best) if self.best in numbers else None

    def position(self, weights: Weights) -> int:
        """Return which of ``saved`` weights are; those of the run itself are its newest."""
        found = None if weights.file is None else run_and_epoch(weights.file)
        numbers = [number for number, _ in self.saved]
        return numbers.index(found[1]) if found is not None and found[1] in numbers else len(numbers) - 1


def run_of_weights(weights: Weights) -> Path | None:
    """Return the run that weights are of."""
    if weights.kind == "run" or weights.file is None:
        return weights.file
    found = run_and_epoch(weights.file)
    return None if found is None else found[0]


def read_epochs(source: RunSource) -> Epochs:
    """Return the epochs that a run has kept, and its data; none where it cannot be read."""
    try:
        data = str(read_values(source.run / CONFIG).get("data", ""))
    except CnnvizError:
        data = ""
    return Epochs(source, tuple(saved_epochs(source.run).items()), best_epoch_of(source.run), data)
