"""The maps, and what stands beside them: linked, so that zoom, place and channel are the same in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.feature_maps.answers import FeatureMaps
from cnnviz.feature_maps.kernels.kernel_drawing import KernelDrawing
from cnnviz.gui.data.shelf import Shelf
from cnnviz.gui.maps.beside import BesideWish, ComparedMaps, Excited, Search, StrongestBeside
from cnnviz.gui.maps.beside_bar import BesideBar
from cnnviz.gui.maps.beside_memory import wish_as_text, wish_from
from cnnviz.gui.maps.compared_panel import Cell, ComparedPanel
from cnnviz.gui.maps.epochs_bar import EpochsBar
from cnnviz.gui.maps.kernels_panel import KernelsPanel
from cnnviz.gui.maps.maps_panel import MapsPanel
from cnnviz.gui.maps.resolving import State
from cnnviz.gui.maps.several_panel import SeveralPanel
from cnnviz.gui.maps.several_pictures import PicturesBeside, PicturesSeen, Several
from cnnviz.gui.maps.strongest_panel import StrongestPanel
from cnnviz.gui.parts.labels import label
from cnnviz.training.data.numbered_picture import numbered

_WIDE = 1.05  # width ÷ height from which the two stand side by side, else one above the other


class BesideView(QWidget):
    """Says which channel is chosen beside the maps; hovering over either marks the same place in the other."""

    channel_chosen = Signal(object)  # int
    patch_chosen = Signal(object, object)  # Numbered, tuple[int, int]: row and column in the map
    picture_chosen = Signal(object)  # Path | FoundPicture

    def __init__(self, maps: MapsPanel, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps, self.bar, self.epochs = maps, BesideBar(shelf), EpochsBar()
        self.kernels, self.compared, self.strongest = KernelsPanel(), ComparedPanel(), StrongestPanel()
        self.several = SeveralPanel()
        self._text = label("", "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack = _Stack()
        self._pair = QSplitter()
        self._standing: FeatureMaps | None = None
        self._connect()
        self._lay_out()

    def apply(self, before: State, after: State) -> None:
        """Show what stands beside the maps in a state."""
        self.bar.apply(before, after)
        self.epochs.apply(before, after)
        self._standing = None if after.answer is None else after.answer.maps
        self.stack.setVisible(after.beside_wish.kind != "nothing" and after.answer is not None)
        if after.beside is not before.beside or after.beside_question != before.beside_question:
            self._show(after)

    def choices(self) -> dict[str, str]:
        """Return what stands beside, as text to be remembered."""
        return wish_as_text(self.bar.wish)

    def choose(self, texts: Mapping[str, str]) -> None:
        """Wish for what was remembered."""
        wish = wish_from(texts)
        self.kernels.show_wish(wish)
        self.strongest.show_wish(wish.search)
        self.several.show_wish(wish.several)
        self.compared.difference.setChecked(wish.difference)
        self.compared.same_colors.setChecked(wish.same_colors)
        self.bar.show_wish(wish)
        if wish.kind == "data" and (wanted := numbered(texts.get("beside_data", ""))) is not None:
            self.bar.data.look_for(wanted)

    @Slot(str)
    def set_colors(self, color_map: str) -> None:
        """Paint other maps in these colours."""
        self.compared.set_colors(color_map)
        self.several.set_colors(color_map)

    @Slot()
    def arrange(self) -> None:
        """The maps lie in another order: other maps do too."""
        self.compared.maps.mosaic.arrange_like(self.maps.mosaic)

    @Slot(object)
    def select_channel(self, channel: int) -> None:
        """Mark the same channel, and its kernel."""
        self.kernels.select_output(channel)
        self.strongest.select_channel(channel)
        self.compared.select_channel(channel)
        self.bar.take(replace(self.bar.wish, channel=channel))

    def _show(self, state: State) -> None:
        if isinstance(state.beside_question, StrongestBeside):
            self.strongest.select_channel(self.maps.mosaic.selected)
            self.strongest.show_search(state.beside if isinstance(state.beside, Excited | CnnvizError) else None)
            self.stack.setCurrentWidget(self.strongest)
            return
        if isinstance(state.beside_question, PicturesBeside):
            answer = state.beside if isinstance(state.beside, PicturesSeen | CnnvizError) else None
            waits = isinstance(answer, PicturesSeen) and answer.asked != state.beside_question
            self.several.show_seen(answer, waits)
            self.stack.setCurrentWidget(self.several)
            return
        match state.beside:
            case CnnvizError():
                self._say(str(state.beside))
            case KernelDrawing():
                self.kernels.mosaic.select_output(self.maps.mosaic.selected)
                self.kernels.show_kernels(state.beside)
                self.stack.setCurrentWidget(self.kernels)
            case ComparedMaps():
                self.compared.show_compared(state.beside, self.maps)
                self.stack.setCurrentWidget(self.compared)
            case None if state.beside_question is not None:
                self._say("Computing…")
            case None:
                self._say("Choose what stands here.")

    def _say(self, text: str) -> None:
        self._text.setText(text)
        self.stack.setCurrentWidget(self._text)

    # The same in both.

    @Slot()
    def _follow_maps(self) -> None:
        self.compared.maps.mosaic.look_like(self.maps.mosaic)

    @Slot()
    def _follow_beside(self) -> None:
        self.maps.mosaic.look_like(self.compared.maps.mosaic)

    @Slot(object)
    def _mark_beside(self, cell: Cell | None) -> None:
        compared = self.compared.compared
        if compared is not None and self._standing is not None:
            place = _same_place(cell, self._standing, compared.maps)
            self.compared.maps.mosaic.mark_place(place)
            self.compared.read_both(cell, self._standing)

    @Slot(object)
    def _mark_maps(self, cell: Cell | None) -> None:
        compared = self.compared.compared
        if compared is not None and self._standing is not None:
            self.maps.mosaic.mark_place(_same_place(cell, compared.maps, self._standing))
            self.compared.read_both(cell, self._standing)

    def _connect(self) -> None:
        standing, other = self.maps.mosaic, self.compared.maps.mosaic
        standing.view_changed.connect(self._follow_maps)
        other.view_changed.connect(self._follow_beside)
        standing.cell_hovered.connect(self._mark_beside)
        other.cell_hovered.connect(self._mark_maps)
        self.compared.channel_chosen.connect(self.channel_chosen)
        self.kernels.output_chosen.connect(self.channel_chosen)
        self.kernels.wish_changed.connect(self._wish_for_kernels)
        self.compared.how_changed.connect(self._wish_for_maps)
        self.strongest.search_changed.connect(self._wish_for_strongest)
        self.strongest.patch_chosen.connect(self.patch_chosen)
        self.several.wish_changed.connect(self._wish_for_several)
        self.several.picture_chosen.connect(self.picture_chosen)
        self.several.place_pointed.connect(standing.mark_place)
        standing.cell_hovered.connect(self._mark_several)

    @Slot(object)
    def _wish_for_kernels(self, wish: BesideWish) -> None:
        self.bar.take(replace(self.bar.wish, showing=wish.showing, look=wish.look, around=wish.around))

    @Slot()
    def _wish_for_maps(self) -> None:
        difference, same = self.compared.difference.isChecked(), self.compared.same_colors.isChecked()
        self.bar.take(replace(self.bar.wish, difference=difference, same_colors=same))

    @Slot(object)
    def _mark_several(self, cell: Cell | None) -> None:
        self.several.mark(None if cell is None else cell[1:])

    @Slot(object)
    def _wish_for_several(self, several: Several) -> None:
        self.bar.take(replace(self.bar.wish, several=several))

    @Slot(object)
    def _wish_for_strongest(self, search: Search) -> None:
        self.bar.take(replace(self.bar.wish, search=search))

    def _lay_out(self) -> None:
        for widget in (self._text, self.kernels, self.compared, self.several, self.strongest):
            self.stack.addWidget(widget)
        self._pair.addWidget(self.maps)
        self._pair.addWidget(self.stack)
        self._pair.setChildrenCollapsible(False)
        self.stack.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addWidget(self.epochs)
        column.addWidget(self._pair, 1)

    # Overrides of Qt.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > _WIDE * self.height()
        self._pair.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)


class _Stack(QStackedWidget):
    """As large as what is shown needs: another that is hidden takes no room from the maps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(self.updateGeometry)

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return QSize() if shown is None else shown.minimumSizeHint()


def _same_place(cell: Cell | None, here: FeatureMaps, there: FeatureMaps) -> tuple[int, int] | None:
    """Return row and column in other maps that lie at the same part of the picture."""
    if cell is None:
        return None
    (_, height, width), (_, rows, columns) = here.values.shape, there.values.shape
    return int((cell[1] + 0.5) * rows / height), int((cell[2] + 0.5) * columns / width)
