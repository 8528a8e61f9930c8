"""Every map of a layer in one picture: hover over a value, click a map or walk with the arrow keys to choose it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from cnnviz.feature_maps.drawn import mosaic
from cnnviz.feature_maps.drawn.mosaic import Grid
from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.theme import scaled

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_NUMBERED_FROM = 64  # screen pixels, in text of the usual size: maps as wide as this bear their channel's number
_MARK = 5.0  # screen pixels: a mark's sides, at least
_SMALLER = 80  # percent of the widget's font, for the numbers


class MosaicView(ImageCanvas):
    """Arranges the maps so that they become as large as the widget allows."""

    cell_hovered = Signal(object)  # tuple[int, int, int] | None: channel, row, column of the full map
    channel_chosen = Signal(object)  # int

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("All maps")
        self._maps: npt.NDArray[np.uint8] | None = None
        self._grid: Grid | None = None
        self._stride = 1
        self._selected = 0
        self._marked: tuple[int, int] | None = None  # row and column of the levels, in every map
        self.place_hovered.connect(self._tell_cell)
        self.place_clicked.connect(self._choose_at)

    @property
    def grid(self) -> Grid | None:
        """Where each map lies."""
        return self._grid

    @property
    def selected(self) -> int:
        """The channel that is marked."""
        return self._selected

    def show_maps(self, maps: npt.NDArray[np.uint8] | None, stride: int = 1) -> None:
        """Show levels (C, H, W); maps of the same sizes are seen at the same zoom and place.

        Args:
            maps: 1..255, 0 where there is nothing.
            stride: the full maps have so many rows and columns for each one here.
        """
        same = maps is not None and self._maps is not None and maps.shape == self._maps.shape
        self._maps, self._stride = maps, stride
        if not same:
            self._grid = self._best_grid()
        self._assemble()

    def select_channel(self, channel: int) -> None:
        """Mark a map."""
        self._selected = channel
        self.update()

    def mark_place(self, place: tuple[int, int] | None) -> None:
        """Mark a row and column of the full maps in every map."""
        marked = None if place is None else (place[0] // self._stride, place[1] // self._stride)
        if marked != self._marked:
            self._marked = marked
            self.update()

    def menu_place(self, pressed: QPoint | None) -> QPoint | None:
        """Choose the map where the button was pressed. Return where a menu on the chosen map opens."""
        if self._grid is None:
            return None
        if pressed is None:
            return self._rectangle(self._selected).center().toPoint() if self._selected < self._grid.channels else None
        place = self.place_at(pressed.toPointF())
        if place is None or self._grid.at(*place) is None:
            return None
        self._choose_at(place)
        return pressed

    @Slot(object)
    def _tell_cell(self, place: tuple[float, float] | None) -> None:
        found = self._grid.at(*place) if self._grid is not None and place is not None else None
        self.setCursor(Qt.CursorShape.ArrowCursor if found is None else Qt.CursorShape.PointingHandCursor)
        if found is not None:
            channel, row, column = found
            found = channel, row * self._stride, column * self._stride
        self.cell_hovered.emit(found)

    @Slot(object)
    def _choose_at(self, place: tuple[float, float]) -> None:
        found = self._grid.at(*place) if self._grid is not None else None
        if found is not None:
            self._choose(found[0])

    def _choose(self, channel: int) -> None:
        if self._grid is not None and 0 <= channel < self._grid.channels:
            self.select_channel(channel)
            self.channel_chosen.emit(channel)

    def _best_grid(self) -> Grid | None:
        if self._maps is None:
            return None
        channels, height, width = self._maps.shape
        return mosaic.fit(channels, height, width, max(1, self.width()) / max(1, self.height()))

    def _assemble(self) -> None:
        if self._maps is None or self._grid is None:
            self.set_levels(None)
        else:
            self.set_levels(mosaic.assemble(self._maps, self._grid))

    def _rectangle(self, channel: int) -> QRectF:
        assert self._grid is not None
        return self.rectangle_of(*self._grid.corner(channel), self._grid.height, self._grid.width)

    # Overrides of Qt.

    def paint_over(self, painter: QPainter) -> None:
        if self._grid is None:
            return
        if self._grid.width * self.scale >= room_for_text(self, _NUMBERED_FROM):
            self._paint_numbers(painter)
        if self._marked is not None:
            self._paint_marks(painter, *self._marked)
        if self._selected < self._grid.channels:
            painter.setPen(QPen(self.palette().highlight(), 2))
            painter.drawRect(self._rectangle(self._selected).adjusted(-1.5, -1.5, 1.5, 1.5))

    def _paint_numbers(self, painter: QPainter) -> None:
        assert self._grid is not None
        surface = self.palette().base().color()
        surface.setAlphaF(0.75)
        painter.setFont(scaled(painter.font(), _SMALLER))
        painter.setPen(self.palette().text().color())
        for channel in range(self._grid.channels):
            area = self._rectangle(channel)
            if area.intersects(QRectF(self.rect())):
                text = str(channel)
                box = painter.fontMetrics().boundingRect(text).adjusted(-3, -1, 3, 1)
                box.moveTopLeft(area.topLeft().toPoint())
                painter.fillRect(box, surface)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_marks(self, painter: QPainter, row: int, column: int) -> None:
        """A frame around the same cell of every map, large enough to be seen."""
        assert self._grid is not None
        if row >= self._grid.height or column >= self._grid.width:
            return
        painter.setPen(QPen(self.palette().highlight(), 1))
        around = max(0.0, (_MARK - self.scale) / 2)
        for channel in range(self._grid.channels):
            top, left = self._grid.corner(channel)
            cell = self.rectangle_of(top + row, left + column, 1, 1).adjusted(-around, -around, around, around)
            if cell.intersects(QRectF(self.rect())):
                painter.drawRect(cell)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.is_fitted and (grid := self._best_grid()) != self._grid:
            self._grid = grid
            self._assemble()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._grid.columns if self._grid is not None else 1
        last = self._grid.channels - 1 if self._grid is not None else 0
        match event.key():
            case Qt.Key.Key_Left:
                self._choose(self._selected - 1)
            case Qt.Key.Key_Right:
                self._choose(self._selected + 1)
            case Qt.Key.Key_Up:
                self._choose(self._selected - columns)
            case Qt.Key.Key_Down:
                self._choose(self._selected + columns)
            case Qt.Key.Key_Home:
                self._choose(0)
            case Qt.Key.Key_End:
                self._choose(last)
            case _:
                super().keyPressEvent(event)
