"""Reads pictures and asks a lens, each in a worker thread, and keeps what was found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.asking import Asker
from cnnviz.gui.maps.beside import Beside, MapsBeside, StrongestBeside
from cnnviz.gui.maps.epochs import Epochs, RunSource, read_epochs
from cnnviz.gui.maps.found import BesideFound, Found
from cnnviz.gui.maps.kept_lens import Lens
from cnnviz.gui.maps.previews import Preview, read_preview
from cnnviz.gui.maps.resolving import State
from cnnviz.gui.maps.several_pictures import PicturesBeside
from cnnviz.gui.workers.latest_job import Job, LatestJob

if TYPE_CHECKING:
    from cnnviz.feature_maps.attribution.heat_map import HeatMap
    from cnnviz.feature_maps.pixel.arithmetic import Arithmetic


class MapJobs(QObject):
    """One picture and one question at a time: a newer one takes the place of the one before."""

    found_more = Signal()  # an answer or a refusal
    downloading = Signal(object, object)  # int bytes so far, int | None bytes in all
    heating = Signal(object, object)  # int runs so far, int runs in all
    searching = Signal(object, object)  # int pictures so far, int pictures in all

    def __init__(self, make_lens: Callable[[], Lens], shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found = Found()
        self._seconds = 0.0  # of processor time, that looking has taken the threads here so far
        self._compares = False  # other maps stand beside, or are asked for
        self._reading_run: RunSource | None = None
        self._asker = Asker(self, make_lens, shelf)
        self._answers = LatestJob(self, "feature-maps")
        self._pictures = LatestJob(self, "picture")
        self._pixels = LatestJob(self, "pixel")
        self._heats = LatestJob(self, "heat")
        self._besides = LatestJob(self, "beside")
        self._runs = LatestJob(self, "epochs")
        self._releases = LatestJob(self, "forget")
        self._asker.downloading.connect(self._tell_download)
        self._answers.succeeded.connect(self._take_answer)
        self._answers.failed.connect(self._refuse_question)
        self._pictures.succeeded.connect(self._take_preview)
        self._pictures.failed.connect(self._refuse_picture)
        self._asker.heating.connect(self.heating)
        self._asker.searching.connect(self.searching)
        self._heats.succeeded.connect(self._take_heat)
        self._heats.failed.connect(self._take_heat)
        self._pixels.succeeded.connect(self._take_arithmetic)
        self._pixels.failed.connect(self._take_arithmetic)
        self._besides.succeeded.connect(self._take_beside)
        self._besides.failed.connect(self._take_beside)
        self._runs.succeeded.connect(self._take_epochs)

    @property
    def busy(self) -> bool:
        """True while something is under way."""
        return any(jobs.busy for jobs in (self._answers, self._pictures, self._pixels, self._heats, self._besides))

    def start(self, state: State) -> None:
        """Ask for what is missing."""
        if state.read is not None:
            self.found = self.found.read(state.read)
            self._pictures.submit(partial(read_preview, state.read))
        if state.ask is not None:
            self.found = self.found.ask(state.ask)
            self._answers.submit(self._clocked(self._asker.job(state.ask)))
        if state.ask_pixel is not None:
            self.found = self.found.ask_pixel(state.ask_pixel)
            self._pixels.submit(self._clocked(self._asker.pixel_job(state.ask_pixel)))
        if state.ask_heat is not None:
            self.found = self.found.ask_heat(state.ask_heat)
            self._heats.submit(self._clocked(self._asker.heat_job(state.ask_heat)))
        elif state.heat_question is None and self.found.heating is not None:
            self._asker.cool()
            self._heats.cancel()
            self.found = self.found.take_heat(CnnvizError("It was given up."))
        self._start_beside(state)
        if state.read_run is not None and state.read_run != self._reading_run:
            self._reading_run = state.read_run
            self._runs.submit(partial(read_epochs, state.read_run))

    def spent(self) -> float:
        """Return the seconds of processor time that looking, and the window's thread, have taken so far."""
        return self._seconds + time.thread_time()

    def _clocked(self, job: Job) -> Job:
        def run() -> object:
            begin = time.thread_time()
            try:
                return job()
            finally:
                self._seconds += time.thread_time() - begin

        return run

    def _start_beside(self, state: State) -> None:
        beside = self.found.beside
        if state.ask_beside is not None:
            self.found = replace(self.found, beside=beside.ask(state.ask_beside))
            self._besides.submit(self._clocked(self._asker.beside_job(state.ask_beside)))
        elif state.beside_question is None and beside != BesideFound():
            self._asker.leave_aside()
            self._besides.cancel()
            self.found = replace(self.found, beside=BesideFound())
        compares = isinstance(state.beside_question, MapsBeside | PicturesBeside | StrongestBeside)
        if self._compares and not compares:
            self._releases.submit(self._asker.forget_beside_job())
        self._compares = compares

    @Slot()
    def give_up_download(self) -> None:
        """End the download that is under way."""
        self._asker.give_up()

    @Slot()
    def cancel_search(self) -> None:
        """End the search for what excites the channels."""
        self._asker.leave_aside()

    @Slot()
    def forget(self) -> None:
        """Let go of the network that was looked into last: up to 512 MiB of outputs, and its weights."""
        self._releases.submit(self._asker.forget_job())

    def end(self) -> None:
        """End what is under way, wait for it, and let go of what was found."""
        self._asker.stop()
        for jobs in (self._answers, self._pictures, self._pixels, self._heats, self._besides, self._runs):
            jobs.close()
        self._releases.close()
        self._asker.forget_job()()
        self.found = Found()

    @Slot(object)
    def _take_preview(self, preview: Preview) -> None:
        self._find(self.found.take_preview(preview))

    @Slot(object)
    def _refuse_picture(self, error: CnnvizError) -> None:
        self._find(self.found.refuse_picture(error))

    @Slot(object)
    def _take_answer(self, answer: Answer) -> None:
        self._find(self.found.take_answer(answer))

    @Slot(object)
    def _refuse_question(self, error: CnnvizError) -> None:
        self._find(self.found.refuse_question(error))

    @Slot(object)
    def _take_arithmetic(self, arithmetic: Arithmetic | CnnvizError) -> None:
        self._find(self.found.take_arithmetic(arithmetic))

    @Slot(object)
    def _take_heat(self, heat: HeatMap | CnnvizError) -> None:
        self._find(self.found.take_heat(heat))

    @Slot(object)
    def _take_beside(self, answer: Beside | CnnvizError) -> None:
        self._find(replace(self.found, beside=self.found.beside.take(answer)))

    @Slot(object)
    def _take_epochs(self, epochs: Epochs) -> None:
        self._find(replace(self.found, epochs=epochs))

    @Slot(object, object)
    def _tell_download(self, received: int, total: int | None) -> None:
        if self.found.asking is not None:
            self.downloading.emit(received, total)

    def _find(self, found: Found) -> None:
        self.found = found
        self.found_more.emit()
