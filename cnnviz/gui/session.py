"""The application's only mutable state: model, report, selected call, picture, weights, run. Pages meet here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.questions import RANDOM_WEIGHTS, Weights
from cnnviz.inspection.call import Call
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec


def first_shown(report: Report) -> int | None:
    """Return the call that is looked at first: the one that failed, else the first convolution, else the network."""
    if report.error is not None and report.error.call is not None:
        return report.error.call
    convolutions = (call.index for call in report.calls if call.kind == "Conv2d")
    return next(convolutions, 0 if report.calls else None)


class Session(QObject):
    """Each signal says that a fact has changed; setting a fact to what it is already says nothing."""

    spec_changed = Signal(object)  # ModelSpec
    report_changed = Signal(object)  # Report
    inspection_failed = Signal(object)  # CnnvizError; the last report stands
    call_selected = Signal(object)  # int | None: index in report.calls
    picture_changed = Signal(object)  # Path | None: a picture on disk, ours or the user's
    weights_changed = Signal(object)  # Weights
    run_changed = Signal(object)  # Path | None: the run folder of the run just started or opened
    run_weights_written = Signal(object)  # Path: a newer checkpoint stands in this run folder
    torch_ready = Signal()  # once: torch is imported, jobs may run

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spec: ModelSpec | None = None
        self._report: Report | None = None
        self._selected: int | None = None
        self._picture: Path | None = None
        self._weights = RANDOM_WEIGHTS
        self._run: Path | None = None
        self._torch_is_ready = False

    @property
    def torch_is_ready(self) -> bool:
        """True once torch is imported; a job that runs before pays for the import."""
        return self._torch_is_ready

    @property
    def spec(self) -> ModelSpec | None:
        """The network that is picked; its report may still be under way."""
        return self._spec

    @property
    def report(self) -> Report | None:
        """The newest report; it belongs to the last spec that could be inspected."""
        return self._report

    @property
    def selected_call(self) -> Call | None:
        """The call that all views share."""
        if self._report is None or self._selected is None:
            return None
        return self._report.calls[self._selected]

    @property
    def picture(self) -> Path | None:
        """The picture that feature maps are made of."""
        return self._picture

    @property
    def weights(self) -> Weights:
        """Where the network's weights come from."""
        return self._weights

    @property
    def run(self) -> Path | None:
        """The folder of the run that was started or opened last."""
        return self._run

    def set_spec(self, spec: ModelSpec) -> None:
        """Pick a network. Weights of another network do not fit it, so they go back to random ones."""
        if spec != self._spec:
            if self._spec is None or spec.name != self._spec.name:
                self.set_weights(RANDOM_WEIGHTS)
            self._spec = spec
            self.spec_changed.emit(spec)

    def set_report(self, report: Report) -> None:
        """Show a new report; the selection stays on the same path, or goes to what there is most to see of."""
        selected = self.selected_call
        self._report = report
        call = report.find(selected.path) if selected is not None else None
        self._selected = first_shown(report) if call is None else call.index
        self.report_changed.emit(report)
        self.call_selected.emit(self._selected)

    def fail_inspection(self, error: CnnvizError) -> None:
        """Say that the picked network could not be inspected; the last report stands."""
        self.inspection_failed.emit(error)

    def select_call(self, index: int | None) -> None:
        """Make a call the one that all views share."""
        if index != self._selected:
            self._selected = index
            self.call_selected.emit(index)

    def set_picture(self, picture: Path | None) -> None:
        """Look at another picture."""
        if picture != self._picture:
            self._picture = picture
            self.picture_changed.emit(picture)

    def set_weights(self, weights: Weights) -> None:
        """Look through other weights."""
        if weights != self._weights:
            self._weights = weights
            self.weights_changed.emit(weights)

    def set_run(self, run: Path | None) -> None:
        """Follow another run."""
        if run != self._run:
            self._run = run
            self.run_changed.emit(run)

    def announce_weights(self, folder: Path) -> None:
        """Say that a newer checkpoint stands in this run folder. A fact that recurs: it is said every time."""
        self.run_weights_written.emit(folder)

    def announce_torch(self) -> None:
        """Say, once, that torch is imported."""
        if not self._torch_is_ready:
            self._torch_is_ready = True
            self.torch_ready.emit()
