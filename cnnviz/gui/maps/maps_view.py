"""The widgets of the feature-map page, and what a new state changes of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QProgressBar, QSplitter, QVBoxLayout, QWidget

from cnnviz.feature_maps.answers import Answer
from cnnviz.feature_maps.drawn import colors
from cnnviz.gui.maps.channel_panel import ChannelPanel
from cnnviz.gui.maps.download_bar import DownloadBar
from cnnviz.gui.maps.header import MapsHeader
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.picture_panel import PicturePanel
from cnnviz.gui.maps.resolving import State
from cnnviz.gui.maps.wanted import are_logits, viewable
from cnnviz.gui.parts.banner import Banner

_WIDTHS = (180, 540, 240)  # screen pixels


class MapsView(QWidget):
    """Shows a state: picture, mosaic and large map, below the controls and what is to be said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner()
        self.header = MapsHeader()
        self.picture = PicturePanel()
        self.maps = MapsPanel()
        self.channel = ChannelPanel()
        self.download = DownloadBar()
        self.busy = QProgressBar(minimum=0, maximum=0)
        self._lay_out()
        self._connect()
        self._paint_in(self.header.scaling.color_map)

    def apply(self, before: State, after: State) -> None:
        """Change what is another in ``after`` than in ``before``, which is shown."""
        self._apply_choices(before, after)
        if after.preview is not None and after.preview is not before.preview:
            self.picture.show_picture(after.preview.source.file, after.preview.pixels)
        if after.answer is not None and after.answer is not before.answer:
            self._show_answer(after.answer)
        if after.answer is None and (before.answer is not None or after.text != before.text):
            self._take_maps_away(after.text)
        if str(after.message) != str(before.message):  # the same words again may have been dismissed
            self.banner.clear() if after.message is None else self.banner.show_error(after.message)
        if after.filling != before.filling:
            self.download.hide()
        self.busy.setVisible(after.busy)

    @Slot(object, object)
    def show_download(self, received: int, total: int | None) -> None:
        """Show so many bytes of so many; None: unknown."""
        self.download.show_progress(received, total)

    def _apply_choices(self, before: State, after: State) -> None:
        if after.offer != before.offer:
            self.header.weights.offer(after.offer.spec, after.offer.run, after.offer.weights)
            self.header.normalisation.offer(after.offer.spec, after.offer.weights)
        if after.input_shape != before.input_shape:
            self.picture.show_input(after.input_shape)
        if after.inspected is not None and after.inspected is not before.inspected:
            self.header.layers.offer(viewable(after.inspected.report))
            self.header.layers.show_call(after.call)
        elif after.call is not None and after.call != before.call:
            self.header.layers.show_call(after.call)

    def _show_answer(self, answer: Answer) -> None:
        maps, drawing = answer.maps, answer.drawing
        logits = are_logits(answer.question.inspected.report, answer.question.call)
        names = maps.class_names if logits and len(maps.class_names) == len(maps.values) else ()
        self.maps.show_drawing(drawing, names)
        self.channel.show_drawing(drawing, logits, names)
        self.channel.show()
        self.maps.select_channel(self.channel.channel)
        self.header.show_origin(maps)
        self.picture.show_fit(maps.fit)

    def _take_maps_away(self, why: str) -> None:
        self.maps.show_text(why)
        self.channel.hide()
        self.header.show_origin(None)

    @Slot(str)
    def _paint_in(self, color_map: str) -> None:
        self.maps.set_colors(colors.table(color_map))
        self.channel.set_colors(colors.table(color_map))

    def _connect(self) -> None:
        self.header.scaling.colors_changed.connect(self._paint_in)
        self.header.fit.clicked.connect(self.maps.fit)
        self.maps.channel_chosen.connect(self.channel.select_channel)
        self.channel.channel_chosen.connect(self.maps.select_channel)

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
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.banner, self.header, self.download, self.busy):
            column.addWidget(widget)
        column.addWidget(parts, 1)
