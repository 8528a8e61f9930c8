"""Asks a lens in a worker thread, tells about downloads, and can give one up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer, FeatureMaps, WeightsError
from cnnviz.feature_maps.drawn.drawing import draw
from cnnviz.feature_maps.kernels.kernel_drawing import draw_kernels
from cnnviz.feature_maps.questions import HeatQuestion, PixelQuestion, Question
from cnnviz.files import Progress
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.beside import Beside, BesideQuestion, KernelsBeside, StrongestBeside, compare
from cnnviz.gui.maps.searches import CANCELLED, Searches
from cnnviz.gui.maps.several_pictures import PicturesBeside

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.heat_map import HeatMap, Told
    from cnnviz.feature_maps.kernels.kernel_values import KernelQuestion, Kernels
    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic
    from cnnviz.feature_maps.strongest.patches import Pictures, Strongest

_SECONDS_BETWEEN = 0.1  # reports on a download


class Lens(Protocol):
    """What is needed of ``feature_maps.lens.Lens``."""

    def maps(
        self, question: Question, on_progress: Progress | None = None, go_on: Callable[[], None] | None = None
    ) -> FeatureMaps: ...

    def arithmetic(self, question: PixelQuestion) -> Arithmetic: ...

    def heat(self, question: HeatQuestion, told: Told) -> HeatMap: ...

    def kernels(self, question: KernelQuestion) -> Kernels: ...

    def strongest(
        self, question: Question, pictures: Pictures, told: Told, there: int, on_progress: Progress | None = None
    ) -> Strongest: ...


def real_lens() -> Lens:
    """Return a lens. The first call pays for ``import torch``."""
    from cnnviz.feature_maps.lens import Lens as RealLens

    return RealLens()


class Asker(QObject):
    """Makes jobs for one worker thread, which keeps the last network and its outputs."""

    downloading = Signal(object, object)  # int bytes so far, int | None bytes in all
    heating = Signal(object, object)  # int runs so far, int runs in all
    searching = Signal(object, object)  # int pictures so far, int pictures in all

    def __init__(self, parent: QObject | None, make_lens: Callable[[], Lens], shelf: Shelf) -> None:
        super().__init__(parent)
        self._searches = Searches(shelf)
        self._make_lens = make_lens
        self._lens: Lens | None = None  # of the worker thread
        self._given_up = threading.Event()  # the download
        self._overtaken = threading.Event()  # the newest job
        self._cooled = threading.Event()  # the newest heat is no longer wanted
        self._newest: Question | None = None
        self._in_use = threading.Lock()  # a lens is of one thread at a time
        self._other_lens: Lens | None = None  # for maps beside those that stand
        self._other_in_use = threading.Lock()
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
        return partial(self._answer, question, self._given_up, self._overtaken)

    def pixel_job(self, question: PixelQuestion) -> Callable[[], Arithmetic]:
        """Return the job that takes one number apart, once the maps that are under way are there."""
        return partial(self._take_apart, question)

    def heat_job(self, question: HeatQuestion) -> Callable[[], HeatMap]:
        """Return the job that looks for evidence; the one before it ends after its current run."""
        self.cool()
        return partial(self._find_heat, question, self._cooled)

    def cool(self) -> None:
        """End the search for evidence that is under way."""
        self._cooled.set()
        self._cooled = threading.Event()

    def beside_job(self, question: BesideQuestion) -> Callable[[], Beside]:
        """Return the job that finds what stands beside the maps; the one before it ends after its current layer."""
        self.leave_aside()
        return partial(self._find_beside, question, self._left_aside)

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

    def forget(self) -> None:
        """Drop the network and its outputs; a job that is under way keeps them to its end. Safe from any thread."""
        self._lens = self._other_lens = None

    def forget_beside(self) -> None:
        """Drop the network of the maps beside those that stand. Safe from any thread."""
        self._other_lens = None

    def _answer(self, question: Question, given_up: threading.Event, overtaken: threading.Event) -> Answer:
        """Runs in the worker thread."""
        lens = self._lens = self._lens or self._make_lens()

        with self._in_use:
            maps = lens.maps(question, self._reporter(given_up), _until(overtaken))
        return Answer(question, maps, draw(maps.values, question.scaling))

    def _take_apart(self, question: PixelQuestion) -> Arithmetic:
        """Runs in a worker thread."""
        lens = self._lens = self._lens or self._make_lens()
        with self._in_use:
            return lens.arithmetic(question)

    def _find_heat(self, question: HeatQuestion, cooled: threading.Event) -> HeatMap:
        """Runs in a worker thread."""
        lens = self._lens = self._lens or self._make_lens()

        def told(done: int, of: int) -> None:
            if cooled.is_set():
                raise CnnvizError("Something newer is wanted.")
            if of > 1:
                self.heating.emit(done, of)

        with self._in_use:
            return lens.heat(question, told)

    def _find_beside(self, question: BesideQuestion, left_aside: threading.Event) -> Beside:
        """Runs in a worker thread. Other maps have a lens of their own: else each would undo what the other keeps."""
        if isinstance(question, KernelsBeside):
            lens = self._lens = self._lens or self._make_lens()
            with self._in_use:
                kernels = lens.kernels(question.question)
            return draw_kernels(kernels, question.look)
        other = self._other_lens = self._other_lens or self._make_lens()
        go_on = _until(left_aside, CANCELLED)
        if isinstance(question, StrongestBeside):
            told = _now_and_then(self.searching.emit, go_on)
            with self._other_in_use:
                return self._searches.answer(other, question, told, self._reporter(left_aside))
        if isinstance(question, PicturesBeside):
            with self._other_in_use:
                return self._searches.several(other, question, self.searching.emit, self._reporter(left_aside), go_on)
        with self._other_in_use:
            maps = other.maps(question.question, self._reporter(left_aside), go_on)
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
