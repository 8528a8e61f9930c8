"""What one picture costs the networks of runs, counted off the GUI thread, each network once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.training.run_naming import spec_of_run
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.config import TrainConfig
from cnnviz.training.run_list import ListedRun
from cnnviz.zoo.catalog import find

_Key = tuple[object, ...]


class RunCosts(QObject):
    """Knows what it has counted once. Somebody's own network is not built for this: its cost stays unknown."""

    counted = Signal(object)  # dict[Path, int]: multiply-adds for one picture, by run

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: dict[_Key, int | None] = {}
        self._runs: Sequence[ListedRun] = ()
        self._job = LatestJob(self, "run-costs")
        self._job.succeeded.connect(self._take)

    @property
    def macs(self) -> dict[Path, int]:
        """What is known, by run."""
        found = ((run.folder, self._known.get(_key(run.config))) for run in self._runs if run.config is not None)
        return {folder: macs for folder, macs in found if macs}

    def count(self, runs: Sequence[ListedRun]) -> None:
        """Count what is not known of these."""
        self._runs = runs
        new = {_key(run.config): run.config for run in runs if run.config is not None}
        if missing := {key: config for key, config in new.items() if key not in self._known}:
            self._job.submit(partial(_counted, missing))

    def end(self) -> None:
        """End the thread."""
        self._job.close()

    @Slot(object)
    def _take(self, found: dict[_Key, int | None]) -> None:
        self._known |= found
        self.counted.emit(self.macs)


def _key(config: TrainConfig) -> _Key:
    return config.model, tuple(sorted((name, str(value)) for name, value in config.options.items())), config.resize


def _counted(configs: Mapping[_Key, TrainConfig]) -> dict[_Key, int | None]:
    """Runs in the worker thread."""
    return {key: _macs(config) for key, config in configs.items()}


def _macs(config: TrainConfig) -> int | None:
    from cnnviz.inspection.tracer import inspect

    try:
        if find(config.model).is_own:
            return None
        return inspect(spec_of_run(config, None)).totals.macs
    except (CnnvizError, ValueError):  # of another version, or written by hand
        return None
