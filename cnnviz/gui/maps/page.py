"""What a network sees: a picture at left, every map of a layer in the middle, one of them large at right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QProgressBar, QSplitter, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer, FeatureMaps
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.questions import Question
from cnnviz.gui.maps import wanted
from cnnviz.gui.maps.asking import Asker, Lens, Preview, read_preview, real_lens
from cnnviz.gui.maps.channel_panel import ChannelPanel
from cnnviz.gui.maps.download_bar import DownloadBar
from cnnviz.gui.maps.header import MapsHeader
from cnnviz.gui.maps.map_saver import MapSaver
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.picture_panel import PicturePanel
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.inspection.report import Report

_WIDTHS = (180, 540, 240)  # screen pixels
_BUSY_SHOWN_AFTER = 300  # milliseconds


class FeatureMapsPage(Page):
    """Follows the session while it is visible; hidden, it computes nothing."""

    def __init__(
        self, session: Session, parent: QWidget | None = None, make_lens: Callable[[], Lens] = real_lens
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: Question | None = None  # the newest; the same one is not asked for twice
        self._answer: Answer | None = None
        self._offered: Report | None = None
        self._picture: Path | None = None  # the one that is shown, and can be read
        self._chosen_picture: Path | None = None  # the session's when it was read; None: a sample of ours
        self._reading: Path | None = None
        self._newer_weights = False  # the same question has another answer by now
        self._falling_back = False
        self.banner = Banner()
        self.header = MapsHeader()
        self.picture = PicturePanel()
        self.maps = MapsPanel()
        self.channel = ChannelPanel()
        self.download = DownloadBar()
        self.busy = QProgressBar(minimum=0, maximum=0)
        self._soon = QTimer(self, singleShot=True, interval=0)  # many changes at once are one
        self._busy_soon = QTimer(self, singleShot=True, interval=_BUSY_SHOWN_AFTER)
        self._asker = Asker(self, make_lens)
        self._answers = LatestJob(self, "feature-maps")
        self._pictures = LatestJob(self, "picture")
        self._saver = MapSaver(self)
        self._lay_out()
        self._connect_session()
        self._connect_widgets()
        self._connect_jobs()
        self._paint_in(self.header.scaling.color_map)

    @property
    def shown(self) -> FeatureMaps | None:
        """The maps on screen."""
        return None if self._answer is None else self._answer.maps

    def save(self, file: Path) -> None:
        """Write the maps on screen to a .png or .npz."""
        if self.shown is not None:
            self._saver.save(self.shown, file, self.header.scaling.color_map, self.header.scaling.scaling)

    def end(self) -> None:
        self._asker.stop()
        self._answers.close()
        self._pictures.close()
        self._saver.close()

    @Slot()
    def _ask_where_to_save(self) -> None:
        if self._answer is not None and self.shown is not None:
            name = f"{self._answer.question.inspected.spec.name} {self.shown.layer or 'output'}".replace("/", "-")
            self._saver.ask(self.shown, name, self.header.scaling.color_map, self.header.scaling.scaling, self)

    # From what is wanted to what is shown.

    @Slot()
    def _choose_anew(self) -> None:
        """Answer a choice of the user's: what was wrong with the last one is no longer of interest."""
        if not self._falling_back:
            self.banner.clear()
        self._soon.start()

    @Slot()
    def _choose_call(self) -> None:
        """Answer a selection. A new report selects a call by itself, which is no choice of the user's."""
        if wanted.report_of(self._session) is self._offered:
            self._choose_anew()
        else:
            self._soon.start()

    @Slot()
    def _update(self) -> None:
        if not self.isVisible():
            return
        spec, report = self._session.spec, wanted.report_of(self._session)
        self.header.weights.offer(spec, self._session.run, self._session.weights)
        self.picture.show_input(None if spec is None else spec.input_shape)
        if report is not None and report is not self._offered:
            self._offered = report
            self.header.layers.offer(wanted.viewable(report))
        if (call := wanted.call_of(self._session)) is not None:
            self.header.layers.show_call(call.index)
        if self._answer is None or (report is not None and call is None):
            self._answer = None  # else the maps of the network before would stay
            self._take_maps_away(wanted.why_nothing(self._session))
        self._read_picture()
        self._ask()

    def _read_picture(self) -> None:
        file = wanted.wanted_picture(self._session)
        if file is not None and file not in (self._picture, self._reading):
            self._reading = file
            self._pictures.submit(partial(read_preview, file))

    def _ask(self) -> None:
        if self._newer_weights and not self._answers.busy:
            self._newer_weights, self._asked = False, None
        question = wanted.wanted_question(self._session, self.header.scaling.scaling)
        if question is not None and question.picture == self._picture and question != self._asked:
            self._asked = question
            self._answers.submit(self._asker.job(question))

    @Slot(object)
    def _show_picture(self, preview: Preview) -> None:
        self._picture, self._reading = preview.file, None
        self._chosen_picture = self._session.picture
        self.picture.show_picture(preview.file, preview.pixels)
        self._ask()

    @Slot(object)
    def _refuse_picture(self, error: CnnvizError) -> None:
        """Stay with the picture before, which is still shown."""
        refused, self._reading = self._reading, None
        self.banner.show_error(error)
        if refused is not None and refused == self._session.picture:
            with self._fallback():
                self._session.set_picture(self._chosen_picture)

    @Slot(object)
    def _show(self, answer: Answer) -> None:
        if not wanted.is_of(answer, self._session.spec):
            return
        self._answer = answer
        maps, drawing = answer.maps, answer.drawing
        are_logits = wanted.are_logits(self._offered, answer.question.call)
        names = maps.class_names if are_logits and len(maps.class_names) == len(maps.values) else ()
        self.maps.show_drawing(drawing, names)
        self.channel.show_drawing(drawing, are_logits, names)
        self.channel.show()
        self.maps.select_channel(self.channel.channel)
        self.header.show_origin(maps)
        if self._newer_weights:
            self._soon.start()

    @Slot(object)
    def _refuse_question(self, error: CnnvizError) -> None:
        """Stay with the weights before, whose maps are still shown."""
        refused, self._asked = self._asked, None
        self.banner.show_error(error)
        if not wanted.is_of(self._answer, self._session.spec):
            self._take_maps_away("No maps of this network: the reason stands above.")
        if refused is not None and refused.weights == self._session.weights:
            with self._fallback():
                self._session.set_weights(wanted.weights_before(self._answer, refused.inspected.spec))

    def _take_maps_away(self, why: str) -> None:
        self.maps.show_text(why)
        self.channel.hide()

    @contextmanager
    def _fallback(self) -> Iterator[None]:
        """Inside, a change is ours, not the user's."""
        self._falling_back = True
        try:
            yield
        finally:
            self._falling_back = False

    @Slot(object)
    def _see_new_weights(self, run: Path) -> None:
        weights = self._session.weights
        if weights.kind == "run" and weights.file == run:
            self._newer_weights = True
            if not self._answers.busy:  # else after the answer: a run that writes often would have all of them dropped
                self._soon.start()

    # Small changes of what is on screen.

    @Slot(str)
    def _paint_in(self, color_map: str) -> None:
        self.maps.set_colors(colors.table(color_map))
        self.channel.set_colors(colors.table(color_map))

    @Slot(bool)
    def _show_busy(self, busy: bool) -> None:
        if busy:
            self._busy_soon.start()
        else:
            self._busy_soon.stop()
            self.busy.setVisible(False)
            self.download.hide()

    @Slot()
    def _show_busy_now(self) -> None:
        self.busy.setVisible(True)
        if not wanted.is_of(self._answer, self._session.spec):
            self._take_maps_away(wanted.why_nothing(self._session))

    @Slot(object, object)
    def _show_download(self, received: int, total: int | None) -> None:
        if self._answers.busy:
            self.download.show_progress(received, total)

    @Slot(object)
    def _show_saved(self, file: Path) -> None:
        self.banner.show_notice(f"Saved to {file}.", units.size(file.stat().st_size))

    # Wiring.

    def _connect_session(self) -> None:
        session = self._session
        for choice in (session.spec_changed, session.picture_changed, session.weights_changed):
            choice.connect(self._choose_anew)
        session.call_selected.connect(self._choose_call)
        for fact in (session.inspected_changed, session.run_changed, session.torch_ready):
            fact.connect(self._soon_update)
        session.run_weights_written.connect(self._see_new_weights)

    def _connect_widgets(self) -> None:
        self.header.layers.call_chosen.connect(self._session.select_call)
        self.header.weights.weights_chosen.connect(self._session.set_weights)
        self.header.scaling.colors_changed.connect(self._paint_in)
        self.header.scaling.scaling_changed.connect(self._soon_update)
        self.header.fit.clicked.connect(self.maps.fit)
        self.header.save.clicked.connect(self._ask_where_to_save)
        self.picture.picture_chosen.connect(self._session.set_picture)
        self.maps.channel_chosen.connect(self.channel.select_channel)
        self.channel.channel_chosen.connect(self.maps.select_channel)
        self.download.cancelled.connect(self._asker.give_up)

    def _connect_jobs(self) -> None:
        self._soon.timeout.connect(self._update)
        self._busy_soon.timeout.connect(self._show_busy_now)
        self._answers.succeeded.connect(self._show)
        self._answers.failed.connect(self._refuse_question)
        self._answers.busy_changed.connect(self._show_busy)
        self._asker.downloading.connect(self._show_download)
        self._pictures.succeeded.connect(self._show_picture)
        self._pictures.failed.connect(self._refuse_picture)
        self._saver.saved.connect(self._show_saved)
        self._saver.failed.connect(self.banner.show_error)

    @Slot()
    def _soon_update(self) -> None:
        self._soon.start()

    def _lay_out(self) -> None:
        parts = QSplitter(Qt.Orientation.Horizontal)
        for part in (self.picture, self.maps, self.channel):
            parts.addWidget(part)
        parts.setSizes(list(_WIDTHS))
        parts.setStretchFactor(1, 2)
        parts.setStretchFactor(2, 1)
        parts.setChildrenCollapsible(False)
        self.busy.setTextVisible(False)
        policy = self.busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.busy.setSizePolicy(policy)
        self.busy.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        for widget in (self.banner, self.header, self.download, self.busy):
            column.addWidget(widget)
        column.addWidget(parts, 1)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()


def build(shared: Shared) -> FeatureMapsPage:
    """Make the page for the window."""
    return FeatureMapsPage(shared.session)
