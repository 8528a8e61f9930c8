"""The runs drawn beside the one on the page: read when they are ticked, and followed while others train them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.gui.training.live_plots import LivePlots
from cnnviz.gui.training.run_curves import RunCurves, curves_of
from cnnviz.gui.training.run_following import RunFollowing
from cnnviz.gui.training.run_table_model import RunTableModel
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.training.recording import Run, read_run
from cnnviz.training.run_list import told_apart


class RunsBeside(QObject):
    """Which these are is the list's to know; every look at the disk runs off the GUI thread."""

    failed = Signal(object)  # CnnvizError

    def __init__(self, model: RunTableModel, plots: LivePlots, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._plots = model, plots
        self._growing: tuple[_Growing, ...] = ()
        self._reader = LatestJob(self, "read-runs")
        self._reader.succeeded.connect(self._show)
        self._reader.failed.connect(self.failed)
        model.beside_changed.connect(self._read)

    def end(self) -> None:
        """End the threads."""
        self._reader.close()
        for each in self._growing:
            each.end()

    @Slot()
    def name_curves(self) -> None:
        """Call each run by what tells it from the others."""
        own, others = self._plots.curves, self._plots.others
        configs = [each.config for each in (own, *others) if each.config is not None]
        if len(configs) == 1 + len(others):
            folders = [self._model.shown, *(each.folder for each in others)]
            told = told_apart(configs, [each.rate_changes for each in (own, *others)], briefly=True)
            name, *names = _names(told, folders)
            for each, other in zip(names, others, strict=True):
                other.name = each
            self._plots.show_beside(others, name)

    @Slot()
    def _read(self) -> None:
        drawn = frozenset(each.curves.folder for each in self._growing)
        new = [folder for folder in self._model.beside if folder not in drawn]
        self._reader.submit(partial(_read_runs, new, self._plots.bar.memory))

    @Slot(object)
    def _show(self, found: tuple[_Read | CnnvizError, ...]) -> None:
        by_folder = {each.curves.folder: each for each in self._growing}
        for each in found:
            if isinstance(each, CnnvizError):
                self.failed.emit(each)
            else:
                by_folder[each.run.folder] = _Growing(each, self)
                by_folder[each.run.folder].grown.connect(self.name_curves)
        before, wanted = self._growing, self._model.beside
        self._growing = tuple(by_folder[folder] for folder in wanted if folder in by_folder)
        for gone in set(before) - set(self._growing):
            gone.end()
            gone.deleteLater()
        self._plots.show_beside([each.curves for each in self._growing])
        self.name_curves()
        self._model.set_beside(folder for folder in wanted if folder in by_folder)  # no tick for what cannot be read


@dataclass(frozen=True, slots=True)
class _Read:
    """A run as it was read, and as curves."""

    run: Run
    curves: RunCurves


class _Growing(QObject):
    """The curves of one run, which takes in what its journal says since."""

    grown = Signal()

    def __init__(self, read: _Read, parent: QObject) -> None:
        super().__init__(parent)
        self.curves, run = read.curves, read.run
        self._following = RunFollowing(self)
        self._following.came.connect(self._take)
        self._following.follow(run.folder, run.mark, run.under_way)

    def end(self) -> None:
        """End the thread."""
        self._following.end()

    @Slot(object)
    def _take(self, run: Run) -> None:
        if run.events:
            self.curves.take(run.events)
            self.grown.emit()


def _names(told: Sequence[str], folders: Sequence[Path | None]) -> list[str]:
    """Return what each curve is called: where runs are alike, their folders tell which is which."""
    named = []
    for each, folder in zip(told, folders, strict=True):
        which = folder.name if folder is not None and told.count(each) > 1 else ""
        named.append(", ".join(filter(None, (each, which))))
    return named


def _read_runs(folders: Sequence[Path], memory: float) -> tuple[_Read | CnnvizError, ...]:
    """Runs in the worker thread; one that cannot be read takes none of the others along."""
    return tuple(_read_run(folder, memory) for folder in folders)


def _read_run(folder: Path, memory: float) -> _Read | CnnvizError:
    try:
        run = read_run(folder)
    except CnnvizError as error:
        return error
    return _Read(run, curves_of(run, memory))
