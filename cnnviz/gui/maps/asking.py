"""Asks a lens in a worker thread, tells about downloads, and can give one up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer, WeightsError
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.kernels.kernel_drawing import draw_kernels
from cnnviz.feature_maps.questions import HeatQuestion, PixelQuestion, Question
from cnnviz.files import Progress
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.beside import Beside, BesideQuestion, KernelsBeside, StrongestBeside, compare
from cnnviz.gui.maps.kept_lens import KeptLens, Lens, OpensLens
from cnnviz.gui.maps.searches import CANCELLED, Searches
from cnnviz.gui.maps.several_pictures import PicturesBeside

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told
    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic

_SECONDS_BETWEEN = 0.1  # reports on a download


class Asker(QObject):
    """Makes jobs for one worker thread, which keeps the last network and its outputs."""

    downloading = Signal(object, object)  # int bytes so far, int | None bytes in all
    heating = Signal(object, object)  # int runs so far, int runs in all
    searching = Signal(object, object)  # int pictures so far, int pictures in all

    def __init__(self, parent: QObject | None, make_lens: Callable[[], Lens], shelf: Shelf) -> None:
        super().__init__(parent)
        self._searches = Searches(shelf)
        self._kept = KeptLens(make_lens)
        self._kept_beside = KeptLens(make_lens)  # for maps beside those that stand
        self._given_up = threading.Event()  # the download
        self._overtaken = threading.Event()  # the newest job
        self._cooled = threading.Event()  # the newest heat is no longer wanted
        self._newest: Question | None = None
        self._left_aside = threading.Event()  # the newest question beside

    def job(self, question: Question) -> Callable[[], Answer]:
        """Return the job that answers ``question``.

        The job before it ends after its current layer. A download is given up when it is for other weights.
        """
        if self._newest is not None and not _same_download(self._newest, question):
            self.give_up()
        self._newest = question
        self._overtaken.set()
        self._overtaken = threading.Event()
        return partial(self._answer, question, self._kept.for_a_job(), self._given_up, self._overtaken)

    def pixel_job(self, question: PixelQuestion) -> Callable[[], Arithmetic]:
        """Return the job that takes one number apart, once the maps that are under way are there."""
        return partial(self._take_apart, question, self._kept.for_a_job())

    def heat_job(self, question: HeatQuestion) -> Callable[[], HeatMap]:
        """Return the job that looks for evidence; the one before it ends after its current run."""
        self.cool()
        return partial(self._find_heat, question, self._kept.for_a_job(), self._cooled)

    def cool(self) -> None:
        """End the search for evidence that is under way."""
        self._cooled.set()
        self._cooled = threading.Event()

    def beside_job(self, question: BesideQuestion) -> Callable[[], Beside]:
        """Return the job that finds what stands beside the maps; the one before it ends after its current layer."""
        self.leave_aside()
        kept = self._kept if isinstance(question, KernelsBeside) else self._kept_beside
        return partial(self._find_beside, question, kept.for_a_job(), self._left_aside)

    def leave_aside(self) -> None:
        """End what is under way beside the maps."""
        self._left_aside.set()
        self._left_aside = threading.Event()
        self._searches.stop()

    def give_up(self) -> None:
        """End the download that is under way."""
        self._given_up.set()
        self._given_up = threading.Event()

    def stop(self) -> None:
        """End what is under way: nobody waits for it any more."""
        self.give_up()
        self.cool()
        self.leave_aside()
        self._overtaken.set()

    def forget_job(self) -> Callable[[], None]:
        """Return the job that drops all networks and outputs; what is under way keeps its own to its end."""
        jobs = self._kept.forget_job(), self._kept_beside.forget_job()

        def forget() -> None:
            for job in jobs:
                job()

        return forget

    def forget_beside_job(self) -> Callable[[], None]:
        """Return the job that drops the network of the maps beside those that stand."""
        return self._kept_beside.forget_job()

    def _answer(
        self, question: Question, opened: OpensLens, given_up: threading.Event, overtaken: threading.Event
    ) -> Answer:
        """Runs in the worker thread."""
        with opened() as lens:
            maps = lens.maps(question, self._reporter(given_up), _until(overtaken))
        return Answer(question, maps, draw(maps.values, question.scaling))

    def _take_apart(self, question: PixelQuestion, opened: OpensLens) -> Arithmetic:
        """Runs in a worker thread."""
        with opened() as lens:
            return lens.arithmetic(question)

    def _find_heat(self, question: HeatQuestion, opened: OpensLens, cooled: threading.Event) -> HeatMap:
        """Runs in a worker thread."""

        def told(done: int, of: int) -> None:
            if cooled.is_set():
                raise CnnvizError("Something newer is wanted.")
            if of > 1:
                self.heating.emit(done, of)

        with opened() as lens:
            return lens.heat(question, told)

    def _find_beside(self, question: BesideQuestion, opened: OpensLens, left_aside: threading.Event) -> Beside:
        """Runs in a worker thread. Other maps have a lens of their own: else each would undo what the other keeps."""
        go_on = _until(left_aside, CANCELLED)
        with opened() as lens:
            if isinstance(question, KernelsBeside):
                return draw_kernels(lens.kernels(question.question), question.look)
            if isinstance(question, StrongestBeside):
                told = _now_and_then(self.searching.emit, go_on)
                return self._searches.answer(lens, question, told, self._reporter(left_aside))
            if isinstance(question, PicturesBeside):
                return self._searches.several(lens, question, self.searching.emit, self._reporter(left_aside), go_on)
            maps = lens.maps(question.question, self._reporter(left_aside), go_on)
        return compare(question, maps)

    def _reporter(self, given_up: threading.Event) -> Progress:
        told = 0.0

        def report(received: int, total: int | None) -> None:
            nonlocal told
            if given_up.is_set():
                raise WeightsError("The download was cancelled.", "Choose the weights again to start it anew.")
            if time.monotonic() - told >= _SECONDS_BETWEEN:
                told = time.monotonic()
                self.downloading.emit(received, total)

        return report


def _now_and_then(tell: Callable[[int, int], None], go_on: Callable[[], None]) -> Told:
    """Return what says how far a search is, and ends it where nobody waits for it."""
    told = 0.0

    def told_of(done: int, of: int) -> None:
        nonlocal told
        go_on()
        if time.monotonic() - told >= _SECONDS_BETWEEN:
            told = time.monotonic()
            tell(done, of)

    return told_of


def _until(overtaken: threading.Event, why: str = "Something newer is wanted.") -> Callable[[], None]:
    """Return what ends a run once something newer is wanted."""

    def go_on() -> None:
        if overtaken.is_set():
            raise CnnvizError(why)

    return go_on


def _same_download(one: Question, other: Question) -> bool:
    return (one.inspected.spec, one.weights.origin) == (other.inspected.spec, other.weights.origin)
