"""The widgets of the feature-map page, and what a new state changes of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import Answer, FeatureMaps
from cnnviz.feature_maps.attribution.heat_map import HeatMap
from cnnviz.feature_maps.attribution.methods import method_named
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.output_layout import Part
from cnnviz.feature_maps.pixel.origin import Origin
from cnnviz.feature_maps.questions import Place
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.beside_view import BesideView
from cnnviz.gui.maps.channel_panel import ChannelPanel
from cnnviz.gui.maps.download_bar import DownloadBar
from cnnviz.gui.maps.header import MapsHeader
from cnnviz.gui.maps.layer_keys import LayerKeys
from cnnviz.gui.maps.maps_layout import lay_out
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.picture_panel import PicturePanel
from cnnviz.gui.maps.pixel_panel import PixelPanel
from cnnviz.gui.maps.resolving import State
from cnnviz.gui.maps.scaling_bar import color_map_of
from cnnviz.gui.maps.wanted import are_logits, viewable
from cnnviz.gui.parts.banner import Banner
from cnnviz.inspection.receptive_field import UNKNOWN, fields
from cnnviz.training.data.numbered_picture import FoundPicture, Numbered

_HALVES = (5, 3)  # parts of the height: the maps, and why a number is so


class MapsView(QWidget):
    """Shows a state: picture, mosaic and large map, below the controls and what is to be said."""

    pixel_chosen = Signal(object)  # Place | None: no longer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner()
        self.header = MapsHeader()
        self.shelf = Shelf()
        self.picture = PicturePanel(self.shelf)
        self.maps = MapsPanel()
        self.beside = BesideView(self.maps, self.shelf)
        self.channel = ChannelPanel()
        self.pixel = PixelPanel()
        self.download = DownloadBar()
        self.busy = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self._field = UNKNOWN  # of every number of the maps on screen
        self._maps: FeatureMaps | None = None
        self._diverges = False  # zero has the middle colour in the maps on screen
        self._chosen: Place | None = None
        self._of_data: FoundPicture | None = None  # what the picture is of data
        self._pin: tuple[Numbered, int, tuple[int, int]] | None = None  # picture, call and place that were asked for
        self._heat: HeatMap | None = None
        self._halves = lay_out(self)
        self._connect()
        LayerKeys(self, self.header.layers.step)
        self._paint()

    def apply(self, before: State, after: State) -> None:
        """Change what is another in ``after`` than in ``before``, which is shown."""
        self._apply_choices(before, after)
        if after.preview is not None and after.preview is not before.preview:
            self.picture.show_picture(after.preview.source.file, after.preview.pixels)
        if (after.preview, after.of_data, after.verdict) != (before.preview, before.of_data, before.verdict):
            self.picture.show_truth(after.of_data, after.verdict)
        if after.being_read != before.being_read:
            self._say_what_is_read(after)
        self._of_data = after.of_data
        if after.answer is not None and after.answer is not before.answer:
            self._show_answer(after.answer)
        if after.answer is None and (before.answer is not None or after.text != before.text):
            self._take_maps_away(after.text)
        if after.pixel != before.pixel or after.arithmetic is not before.arithmetic:
            self._show_pixel(after)
        if after.heat is not before.heat or after.heat_question != before.heat_question:
            self._show_heat(after)
        if str(after.message) != str(before.message):  # the same words again may have been dismissed
            self.banner.clear() if after.message is None else self.banner.show_error(after.message)
        self.beside.apply(before, after)
        if after.filling != before.filling:
            self.download.hide()
        self.busy.setVisible(after.busy)

    @Slot(object, object)
    def show_download(self, received: int, total: int | None) -> None:
        """Show so many bytes of so many; None: unknown."""
        self.download.show_progress(received, total)

    def _say_what_is_read(self, state: State) -> None:
        if state.being_read is None:
            self.picture.show_truth(state.of_data, state.verdict)
        else:
            self.picture.name.setText(f"Reading {state.being_read.file.name}…")

    def _apply_choices(self, before: State, after: State) -> None:
        if after.offer != before.offer:
            self.header.weights.offer(after.offer.spec, after.offer.run, after.offer.weights, after.offer.epochs)
            self.header.preprocessing.offer(after.offer.spec, after.offer.weights)
        if after.input_shape != before.input_shape:
            self.picture.show_input(after.input_shape)
        if after.inspected is not None and after.inspected is not before.inspected:
            self.header.layers.offer(viewable(after.inspected.report))
            self.header.layers.show_call(after.call)
        elif after.call is not None and after.call != before.call:
            self.header.layers.show_call(after.call)

    def _show_answer(self, answer: Answer) -> None:
        maps, drawing = answer.maps, answer.drawing
        if drawing.diverges != self._diverges:
            self._diverges = drawing.diverges
            self._paint()
        if drawing.statistics.lowest is not None and drawing.statistics.highest is not None:
            self.header.scaling.know_limits((drawing.statistics.lowest, drawing.statistics.highest))
        logits = are_logits(answer.question.inspected.report, answer.question.call)
        names = maps.class_names if logits and len(maps.class_names) == len(maps.values) else ()
        self.maps.show_drawing(drawing, names, maps.layout.words(maps.part))
        self.maps.parts.offer(maps.outputs, maps.layout, maps.part)
        self.channel.show_drawing(drawing, logits, names)
        self.channel.show()
        self.maps.select_channel(self.channel.channel)
        self.header.show_origin(maps)
        if self._maps is None or maps.input is not self._maps.input:
            self.picture.show_seen(maps)
        self._maps = maps
        self._field = fields(answer.question.inspected.report.calls)[maps.call]
        self._mark(None)

    def _show_pixel(self, state: State) -> None:
        self._chosen = None if state.pixel is None else state.pixel.at
        if state.arithmetic is not None and not self.pixel.isVisibleTo(self):
            self._halves.setSizes([_HALVES[0] * self.height(), _HALVES[1] * self.height()])
        calls = () if state.answer is None else state.answer.question.inspected.report.calls
        self.pixel.show_arithmetic(state.arithmetic, calls)
        for part in (self.picture, self.channel):
            part.make_room(state.arithmetic is not None)
        self.channel.view.choose_cell(None if self._chosen is None else self._chosen[1:])
        if self._chosen is not None:
            self.channel.select_channel(self._chosen.channel)
        self._mark(None)

    def _show_heat(self, state: State) -> None:
        why, found = self.picture.why, state.heat
        self._heat = None
        if isinstance(found, CnnvizError):
            why.show_error(found)
        elif found is not None:
            self._heat = found
            why.show_found(found.likeliest())
            at = f" at layer {found.layer}" if found.layer else ""
            why.say(f"{found.class_title}{at}. {method_named(found.method).sentence}")
        elif state.heat_question is not None:
            why.say("Looking for the evidence…")
        self._lay_heat()

    @Slot()
    def _lay_heat(self) -> None:
        strength = self.picture.why.strength.value() / 100
        self.picture.view.show_heat(None if self._heat is None else self._heat.heat, strength)

    @Slot(object)
    def _mark(self, place: tuple[int, int] | None) -> None:
        """Mark a place in every map, and frame what it sees; no place: the one whose arithmetic is shown."""
        place = place or (self._pinned if self._chosen is None else self._chosen[1:])
        self.maps.mosaic.mark_place(place)
        if self._maps is not None:
            size = self._maps.input.shape[2], self._maps.input.shape[3]
            self.picture.view.show_box(None if place is None else self._box(place, size), size)

    @property
    def _pinned(self) -> tuple[int, int] | None:
        """The place that was asked for, while the picture and the layer are those that it was asked for in."""
        of_data = None if self._of_data is None else self._of_data.wanted
        if self._pin is None or self._maps is None or (of_data, self._maps.call) != self._pin[:2]:
            return None
        return self._pin[2]

    @Slot(object, object)
    def _show_patch(self, wanted: Numbered, place: tuple[int, int]) -> None:
        """Look at a picture, and mark a place of it; where the arithmetic of one is shown, that of this place."""
        if self._maps is not None:
            self._pin = wanted, self._maps.call, place
            self.picture.data.look_for(wanted)
            if self._chosen is not None:
                self._choose_place(place)
            self._mark(None)

    def _box(self, place: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int] | None:
        """What a place sees: top, left, bottom, right in pixels of the input. Nobody knows it of tokens and vectors."""
        if self._field.status == "whole input":
            return 0, 0, size[0] - 1, size[1] - 1
        has_places = self._maps is not None and self._maps.layout.has_places and self._maps.part.output == 0
        return self._field.box(*place) if has_places else None

    @Slot(object)
    def _mark_cell(self, cell: tuple[int, int, int] | None) -> None:
        self._mark(None if cell is None else cell[1:])

    @Slot(object)
    def _choose_place(self, place: tuple[int, int]) -> None:
        self.pixel_chosen.emit(Place(self.channel.channel, *place))

    @Slot(object)
    def _choose_feature(self, feature: int) -> None:
        self.pixel_chosen.emit(Place(feature, 0, 0))

    @Slot(object)
    def _choose_channel(self, channel: int) -> None:
        if self._chosen is not None and channel != self._chosen.channel:
            self.pixel_chosen.emit(self._chosen._replace(channel=channel))

    @Slot()
    def _slide(self) -> None:
        """Choose the next place of the map, row by row."""
        if self._chosen is not None and self._maps is not None:
            _, rows, columns = self._maps.values.shape
            at = (self._chosen.row * columns + self._chosen.column + 1) % (rows * columns)
            self.pixel_chosen.emit(Place(self._chosen.channel, *divmod(at, columns)))

    @Slot(object)
    def _follow(self, origin: Origin) -> None:
        """Go to the number that an input is, in the layer that made it."""
        self.header.layers.choose(origin.call)
        if origin.slice:
            self.maps.parts.part_chosen.emit(Part(slice=origin.slice))
        self.pixel_chosen.emit(origin.at)

    @Slot()
    def _close_pixel(self) -> None:
        self.pixel_chosen.emit(None)

    def _take_maps_away(self, why: str) -> None:
        self.maps.show_text(why)
        self.channel.hide()
        self.picture.show_seen(None)
        self._maps = None
        self.header.show_origin(None)

    @Slot()
    def _paint(self) -> None:
        """Paint in the chosen colours; automatic ones follow from the maps on screen."""
        table = colors.table(color_map_of(self.header.scaling.color_map, self._diverges))
        self.maps.set_colors(table)
        self.channel.set_colors(table)
        self.beside.set_colors(self.header.scaling.color_map)

    def _connect(self) -> None:
        self.header.scaling.colors_changed.connect(self._paint)
        self.header.scaling.order_changed.connect(self.maps.sort)
        self.header.scaling.order_changed.connect(self.beside.arrange)
        self.channel.histogram.limits_chosen.connect(self.header.scaling.fix)
        self.header.fit.clicked.connect(self.maps.fit)
        self.maps.channel_chosen.connect(self.channel.select_channel)
        self.channel.channel_chosen.connect(self.maps.select_channel)
        self.channel.channel_chosen.connect(self.beside.select_channel)
        self.beside.channel_chosen.connect(self.channel.select_channel)
        self.beside.patch_chosen.connect(self._show_patch)
        self.beside.picture_chosen.connect(self.picture.picture_chosen)
        self.picture.why.strength_changed.connect(self._lay_heat)
        self.maps.channel_chosen.connect(self._choose_channel)
        self.channel.channel_chosen.connect(self._choose_channel)
        self.maps.mosaic.cell_hovered.connect(self._mark_cell)
        self.channel.place_hovered.connect(self._mark)
        self.channel.place_clicked.connect(self._choose_place)
        self.maps.vector.feature_clicked.connect(self._choose_feature)
        self.pixel.closed.connect(self._close_pixel)
        self.pixel.input_wanted.connect(self._follow)
        self.pixel.next_wanted.connect(self._slide)

    # Overrides of Qt.

    def hasHeightForWidth(self) -> bool:
        return False  # maps take what room there is: else one wrapped line gives the page the height that it would like

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the widgets with the focus left."""
        if event.key() == Qt.Key.Key_Escape and self._chosen is not None:
            self.pixel.close_it()
        else:
            super().keyPressEvent(event)
