"""Every map of a layer in one picture: hover over a value, click a map or walk with the arrow keys to choose it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from cnnviz.feature_maps.drawn import mosaic
from cnnviz.feature_maps.drawn.mosaic import Grid
from cnnviz.gui.parts.cell_numbers import have_room, paint_numbers
from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.theme import scaled

if TYPE_CHECKING:
    import numpy.typing as npt

_NUMBERED_FROM = 64  # screen pixels, in text of the usual size: maps as wide as this bear their channel's number
_MARK = 5.0  # screen pixels: a mark's sides, at least
_SMALLER = 80  # percent of the widget's font, for the numbers
_NOTED_FROM = 12  # screen pixels: maps as wide as this are seen to be crossed out


class MosaicView(ImageCanvas):
    """Arranges the maps so that they become as large as the widget allows. They lie in any order."""

    cell_hovered = Signal(object)  # tuple[int, int, int] | None: channel, row, column of the full map
    channel_chosen = Signal(object)  # int

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("All maps")
        self._maps: npt.NDArray[np.uint8] | None = None
        self._values: npt.NDArray[np.float32] | None = None
        self._notes: Mapping[int, str] = {}
        self._order: npt.NDArray[np.int64] = np.zeros(0, np.int64)  # the channel at each place of the grid
        self._grid: Grid | None = None
        self._stride = 1
        self._selected = 0
        self._marked: tuple[int, int] | None = None  # row and column of the levels, in every map
        self.place_hovered.connect(self._tell_cell)
        self.place_clicked.connect(self._choose_at)

    @property
    def grid(self) -> Grid | None:
        """Where each map lies: the grid counts places, not channels."""
        return self._grid

    @property
    def selected(self) -> int:
        """The channel that is marked."""
        return self._selected

    @property
    def order(self) -> tuple[int, ...]:
        """The channels as they lie, row by row."""
        return tuple(map(int, self._order))

    def show_maps(
        self,
        maps: npt.NDArray[np.uint8] | None,
        stride: int = 1,
        values: npt.NDArray[np.float32] | None = None,
        order: npt.NDArray[np.int64] | None = None,
        notes: Mapping[int, str] | None = None,
    ) -> None:
        """Show levels (C, H, W); maps of the same sizes are seen at the same zoom and place.

        Args:
            maps: 1..255, 0 where there is nothing.
            stride: the full maps have so many rows and columns for each one here.
            values: the full maps, for the numbers in large cells.
            order: the channels as they are to lie; default: by index.
            notes: what is to be seen of a channel at once, such as that it is dead.
        """
        same = maps is not None and self._maps is not None and maps.shape == self._maps.shape
        self._maps, self._stride, self._values, self._notes = maps, stride, values, notes or {}
        self._order = np.arange(0 if maps is None else len(maps)) if order is None else order
        if not same:
            self._grid = self._best_grid()
        self._assemble()

    def sort(self, order: npt.NDArray[np.int64]) -> None:
        """Let the channels lie in another order."""
        self._order = order
        self._assemble()

    def arrange_like(self, other: MosaicView) -> None:
        """Arrange maps as another view has its own, where they are as many; in the same grid where of the same size."""
        grid, theirs = self._grid, other.grid
        if grid is None or theirs is None or grid.channels != theirs.channels:
            return
        wanted = theirs if (grid.height, grid.width) == (theirs.height, theirs.width) else grid
        if wanted != grid or self.order != other.order:
            self._grid, self._order = wanted, other._order
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
            at = self._place_of(self._selected)
            return None if at is None else self._rectangle(at).center().toPoint()
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
            at, row, column = found
            found = int(self._order[at]), row * self._stride, column * self._stride
        self.cell_hovered.emit(found)

    @Slot(object)
    def _choose_at(self, place: tuple[float, float]) -> None:
        found = self._grid.at(*place) if self._grid is not None else None
        if found is not None:
            self._choose(found[0])

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._order):
            channel = int(self._order[at])
            self.select_channel(channel)
            self.channel_chosen.emit(channel)

    def _step(self, by: int) -> None:
        at = self._place_of(self._selected)
        self._walk_to(0 if at is None else at + by)

    def _walk_to(self, at: int) -> None:
        if 0 <= at < len(self._order):
            self._choose(at)
            self.show_key_area()

    def _place_of(self, channel: int) -> int | None:
        """Return where a channel lies in the grid."""
        found = np.flatnonzero(self._order == channel)
        return int(found[0]) if len(found) else None

    def _best_grid(self) -> Grid | None:
        if self._maps is None:
            return None
        channels, height, width = self._maps.shape
        return mosaic.fit(channels, height, width, max(1, self.width()) / max(1, self.height()))

    def _assemble(self) -> None:
        if self._maps is None or self._grid is None:
            self.set_levels(None)
        else:
            self.set_levels(mosaic.assemble(self._maps, self._grid, self._order))

    def _rectangle(self, at: int) -> QRectF:
        assert self._grid is not None
        return self.rectangle_of(*self._grid.corner(at), self._grid.height, self._grid.width)

    def _visible(self) -> list[tuple[int, int, QRectF]]:
        """Return place, channel and area of each map that is seen."""
        inside = QRectF(self.rect())
        areas = ((at, int(channel), self._rectangle(at)) for at, channel in enumerate(self._order))
        return [each for each in areas if each[2].intersects(inside)]

    # Overrides of Qt.

    def key_area(self) -> QRectF | None:
        at = self._place_of(self._selected)
        return None if at is None or self._grid is None else self._rectangle(at)

    def paint_still(self, painter: QPainter) -> None:
        if self._grid is None:
            return
        if self._values is not None and self._stride == 1 and have_room(self):
            self._paint_values(painter, self._values)
        wide = self._grid.width * self.scale
        if self._notes and wide >= _NOTED_FROM:
            self._paint_notes(painter)
        if wide >= room_for_text(self, _NUMBERED_FROM):
            self._paint_labels(painter)

    def paint_over(self, painter: QPainter) -> None:
        if self._marked is not None:
            self._paint_marks(painter, *self._marked)
        at = self._place_of(self._selected)
        if at is not None:
            painter.setPen(QPen(self.palette().highlight(), 2))
            painter.drawRect(self._rectangle(at).adjusted(-1.5, -1.5, 1.5, 1.5))

    def _paint_values(self, painter: QPainter, values: npt.NDArray[np.float32]) -> None:
        assert self._grid is not None
        found = ((row, column, self._grid.at(row, column)) for row, column in product(*self.visible_cells()))
        cells = ((row, column, (self._order[cell[0]], *cell[1:])) for row, column, cell in found if cell is not None)
        paint_numbers(self, painter, ((row, column, float(values[cell])) for row, column, cell in cells))

    def _paint_notes(self, painter: QPainter) -> None:
        """A line through each map that says nothing: its shape is seen where its colour might be any."""
        crossed = [area for _at, channel, area in self._visible() if channel in self._notes]
        lines = [QLineF(area.bottomLeft(), area.topRight()) for area in crossed]
        for color, width in ((self.palette().base().color(), 3), (self.palette().text().color(), 1)):
            painter.setPen(QPen(color, width))
            painter.drawLines(lines)

    def _paint_labels(self, painter: QPainter) -> None:
        surface = self.palette().base().color()
        surface.setAlphaF(0.75)
        painter.setFont(scaled(self.font(), _SMALLER))
        painter.setPen(self.palette().text().color())
        for _at, channel, area in self._visible():
            note = self._notes.get(channel)
            text = str(channel) if note is None else f"{channel} {note}"
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
        for at, _channel, _area in self._visible():
            top, left = self._grid.corner(at)
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
        match event.key():
            case Qt.Key.Key_Left:
                self._step(-1)
            case Qt.Key.Key_Right:
                self._step(1)
            case Qt.Key.Key_Up:
                self._step(-columns)
            case Qt.Key.Key_Down:
                self._step(columns)
            case Qt.Key.Key_Home:
                self._walk_to(0)
            case Qt.Key.Key_End:
                self._walk_to(len(self._order) - 1)
            case _:
                super().keyPressEvent(event)
