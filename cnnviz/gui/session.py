"""The application's only mutable state: what is wanted, and what was found. Pages meet here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.inspection.call import Call
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.made_with import MadeWith
from cnnviz.inspection.report import Report
from cnnviz.zoo.catalog import ModelSpec
from cnnviz.zoo.weights_source import RANDOM_WEIGHTS, Weights

if TYPE_CHECKING:
    from cnnviz.feature_maps.questions import PixelQuestion
    from cnnviz.training.data.numbered_picture import FoundPicture


def first_shown(report: Report) -> int | None:
    """Return the call that is looked at first: the one that failed, else the first convolution, else the network."""
    if report.error is not None and report.error.call is not None:
        return report.error.call
    convolutions = (call.index for call in report.calls if call.kind == "Conv2d")
    return next(convolutions, 0 if report.calls else None)


class Session(QObject):
    """Each signal says that a fact has changed, once every fact that changes with it is set.

    Setting a fact to what it is already says nothing. The pages read whatever else they need from here.
    """

    spec_changed = Signal(object)  # ModelSpec
    inspected_changed = Signal(object)  # Inspected
    kept_changed = Signal(object)  # MadeWith | None: the answer is of an earlier time; None: it is of this one
    failure_changed = Signal(object)  # CnnvizError | None: why the picked network has no report; the last one stands
    call_selected = Signal(object)  # int | None: index in report.calls; it may be of another report
    picture_changed = Signal(object)  # Path | None: a picture on disk, ours or the user's
    of_data_changed = Signal(object)  # FoundPicture | None: what the picture is of data; None: of none
    weights_changed = Signal(object)  # Weights
    run_changed = Signal(object)  # Path | None: the run folder of the run just started or opened
    frozen_changed = Signal(object)  # tuple[str, ...]: modules that are to keep their weights in training
    training_changed = Signal(bool)  # whether a run trains in this window
    run_weights_written = Signal(object)  # Path: a newer checkpoint stands in this run folder
    chosen_again = Signal(str)  # "picture" or "weights": what it was already, but its file may be another by now
    refused = Signal(object)  # CnnvizError: why what was wished for was not done, which somebody may be asked about
    play_wanted = Signal(object)  # PixelQuestion: a convolution is to be seen in the playground
    torch_ready = Signal()  # once: torch is imported, jobs may run

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._spec: ModelSpec | None = None
        self._inspected: Inspected | None = None
        self._kept: MadeWith | None = None
        self._failure: CnnvizError | None = None
        self._selected: int | None = None
        self._picture: Path | None = None
        self._of_data: FoundPicture | None = None
        self._weights = RANDOM_WEIGHTS
        self._run: Path | None = None
        self._training = False
        self._frozen: tuple[str, ...] = ()
        self._to_play: PixelQuestion | None = None
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
    def inspected(self) -> Inspected | None:
        """The newest answer, with the network that it is of; another one may be picked by now."""
        return self._inspected

    @property
    def current(self) -> Inspected | None:
        """The answer for the network that is picked; None while it is under way, or where there is none."""
        return self._inspected if self._inspected is not None and self._inspected.spec == self._spec else None

    @property
    def kept(self) -> MadeWith | None:
        """What the newest answer was made with at an earlier time; None: the network was inspected here and now."""
        return self._kept

    @property
    def confirmed(self) -> Inspected | None:
        """The answer for the network that is picked, once it was inspected here and now."""
        return self.current if self._kept is None else None

    @property
    def report(self) -> Report | None:
        """The newest report, as ``inspected`` has it."""
        return None if self._inspected is None else self._inspected.report

    @property
    def failure(self) -> CnnvizError | None:
        """Why the network that is picked could not be inspected; None: it could, or is not yet."""
        return self._failure

    @property
    def selected_call(self) -> Call | None:
        """The call that all views share, of the newest report."""
        if self._inspected is None or self._selected is None:
            return None
        return self._inspected.report.calls[self._selected]

    @property
    def picture(self) -> Path | None:
        """The picture that feature maps are made of."""
        return self._picture

    @property
    def of_data(self) -> FoundPicture | None:
        """What ``picture`` is of data, and shows; None: it is a file like any other."""
        return self._of_data

    @property
    def weights(self) -> Weights:
        """Where the network's weights come from."""
        return self._weights

    @property
    def run(self) -> Path | None:
        """The folder of the run that was started or opened last."""
        return self._run

    @property
    def frozen(self) -> tuple[str, ...]:
        """The modules that are to keep their weights in the next run, with all in them."""
        return self._frozen

    @property
    def training(self) -> bool:
        """Whether a run trains in this window."""
        return self._training

    @property
    def to_play(self) -> PixelQuestion | None:
        """The convolution, at one place, that was last wished for in the playground."""
        return self._to_play

    def wish_to_play(self, question: PixelQuestion) -> None:
        """See a convolution in the playground. A wish that recurs: it is said every time."""
        self._to_play = question
        self.play_wanted.emit(question)

    @Slot(object)
    def tell_refused(self, error: CnnvizError) -> None:
        """Say why what was wished for was not done. A fact that recurs: it is said every time."""
        self.refused.emit(error)

    def set_spec(self, spec: ModelSpec, weights: Weights | None = None) -> None:
        """Pick a network, and the weights to look through, maybe again.

        Args:
            spec: the network.
            weights: None: those that there are; of another network they do not fit, so they go back to random ones.
        """
        same = self._spec is not None and spec.name == self._spec.name
        answered = self._inspected is not None and self._inspected.spec == spec
        self._change(
            None if weights is None else "weights",
            spec=spec,
            weights=weights or (self._weights if same else RANDOM_WEIGHTS),
            failure=None if answered else self._failure,
        )

    def set_inspected(self, inspected: Inspected, kept: MadeWith | None = None) -> None:
        """Show an answer, which settles the input of a network whose input was only guessed.

        The selection stays on the same path, or goes to what there is most to see of. One that confirms an answer of an
        earlier time changes no more than that.

        Args:
            inspected: the network, and what it did.
            kept: what an answer of an earlier time was made with.
        """
        selected, report = self.selected_call, inspected.report
        call = report.find(selected.path) if selected is not None else None
        index = first_shown(report) if call is None else call.index
        self._change(spec=inspected.spec, inspected=inspected, kept=kept, failure=None, selected=index)

    def fail_inspection(self, error: CnnvizError) -> None:
        """Say that the picked network could not be inspected; the last report stands."""
        self._change(failure=error)

    def select_call(self, index: int | None) -> None:
        """Make a call the one that all views share.

        A view may still show the report before: a call that the newest one does not have cannot be selected.
        """
        if index is None or (self._inspected is not None and index < len(self._inspected.report.calls)):
            self._change(selected=index)

    def set_picture(self, picture: Path | FoundPicture | None) -> None:
        """Look at a picture, maybe again: a file, or one of data."""
        if picture is None or isinstance(picture, Path):
            self._change("picture", picture=picture, of_data=None)
        else:
            self._change("picture", picture=picture.file, of_data=picture)

    def set_weights(self, weights: Weights) -> None:
        """Look through weights, maybe again."""
        self._change("weights", weights=weights)

    def set_frozen(self, paths: tuple[str, ...]) -> None:
        """Let these modules keep their weights in the next run, whether or not the picked network has them."""
        self._change(frozen=paths)

    def set_training(self, training: bool) -> None:
        """Say whether a run trains in this window: then the processors are its own."""
        self._change(training=training)

    def set_run(self, run: Path | None) -> None:
        """Follow another run."""
        self._change(run=run)

    def announce_weights(self, folder: Path) -> None:
        """Say that a newer checkpoint stands in this run folder. A fact that recurs: it is said every time."""
        self.run_weights_written.emit(folder)

    def announce_torch(self) -> None:
        """Say, once, that torch is imported."""
        if not self._torch_is_ready:
            self._torch_is_ready = True
            self.torch_ready.emit()

    def _change(self, chosen: str | None = None, /, **facts: object) -> None:
        """Set every fact first; then say of each that is another now that it has changed.

        Args:
            chosen: what the user chose; where nothing has changed it is said that it was chosen again.
            facts: all that changes with it.
        """
        signals = {
            "spec": self.spec_changed,
            "weights": self.weights_changed,
            "inspected": self.inspected_changed,
            "kept": self.kept_changed,
            "failure": self.failure_changed,
            "selected": self.call_selected,
            "picture": self.picture_changed,
            "of_data": self.of_data_changed,
            "run": self.run_changed,
            "frozen": self.frozen_changed,
            "training": self.training_changed,
        }
        changed = [name for name, value in facts.items() if value != getattr(self, f"_{name}")]
        for name in changed:
            setattr(self, f"_{name}", facts[name])
        for name in changed:
            signals[name].emit(getattr(self, f"_{name}"))
        if chosen is not None and not changed:
            self.chosen_again.emit(chosen)
