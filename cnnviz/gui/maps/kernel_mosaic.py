"""The kernels of a layer as strips of tiles, one for each output; numbers in the cells where they have room."""

from __future__ import annotations

from itertools import product

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.kernels.kernel_drawing import KernelDrawing, arranged
from cnnviz.gui.parts.cell_numbers import have_room, paint_numbers, readable_on
from cnnviz.gui.parts.image_canvas import ImageCanvas
from cnnviz.gui.theme import scaled

_SMALLER = 80  # percent of the widget's font


class KernelMosaic(ImageCanvas):
    """Each strip is an output, each tile in it an input; arranged so that they become as large as the widget allows."""

    weight_hovered = Signal(object)  # tuple[int, int, int, int] | None: output of the layer, plane, row, column
    output_chosen = Signal(object)  # int: of the layer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Kernels")
        self._drawing: KernelDrawing | None = None
        self._selected = 0
        self.set_colors(colors.table(colors.DIVERGING))
        self.place_hovered.connect(self._tell_weight)
        self.place_clicked.connect(self._choose_at)

    @property
    def drawing(self) -> KernelDrawing | None:
        """What is shown, as it is arranged here."""
        return self._drawing

    @property
    def selected(self) -> int:
        """The output whose kernel is marked."""
        return self._selected

    def show_kernels(self, drawing: KernelDrawing | None) -> None:
        """Show kernels, or none."""
        self._drawing = None if drawing is None else arranged(drawing, self._aspect)
        self.set_levels(None if self._drawing is None else self._drawing.pixels)

    def select_output(self, output: int) -> None:
        """Mark the kernel of an output."""
        self._selected = output
        self.update()

    def weight_at(self, place: tuple[float, float]) -> tuple[int, int, int, int] | None:
        """Return output, plane, row and column of the weight at a place; None in a gap."""
        return None if self._drawing is None else self._drawing.at(*place)

    @property
    def _aspect(self) -> float:
        return max(1, self.width()) / max(1, self.height())

    @Slot(object)
    def _tell_weight(self, place: tuple[float, float] | None) -> None:
        found = None if place is None else self.weight_at(place)
        self.setCursor(Qt.CursorShape.ArrowCursor if found is None else Qt.CursorShape.PointingHandCursor)
        self.weight_hovered.emit(found)

    @Slot(object)
    def _choose_at(self, place: tuple[float, float]) -> None:
        if (found := self.weight_at(place)) is not None:
            self._choose(found[0])

    def _choose(self, output: int) -> None:
        if self._drawing is not None and 0 <= output < self._drawing.kernels.outputs:
            self.select_output(output)
            self.output_chosen.emit(output)

    def _row_of(self, drawing: KernelDrawing, output: int) -> QRectF | None:
        """Return where the tiles of an output lie; None where they are not among those shown."""
        at, grid = output - drawing.kernels.first, drawing.grid
        return self.rectangle_of(*grid.corner(at), grid.height, grid.width) if 0 <= at < grid.channels else None

    def _paint_values(self, painter: QPainter, drawing: KernelDrawing) -> None:
        places = ((row, column, self.weight_at((row, column))) for row, column in product(*self.visible_cells()))
        cells = [(row, column, found) for row, column, found in places if found is not None]
        planes, first = drawing.kernels.planes, drawing.kernels.first
        if not drawing.is_color:
            paint_numbers(
                self, painter, ((r, c, float(planes[o - first, plane, y, x])) for r, c, (o, plane, y, x) in cells)
            )
            return
        painter.setFont(scaled(self.font(), _SMALLER))
        for row, column, (output, _, y, x) in cells:
            painter.setPen(readable_on(self.color_at(row, column)))
            text = "\n".join(f"{value + 0.0:.2g}".replace("-", "−") for value in planes[output - first, :, y, x])
            painter.drawText(self.rectangle_of(row, column, 1, 1), Qt.AlignmentFlag.AlignCenter, text)

    # Overrides of Qt.

    def key_area(self) -> QRectF | None:
        return None if self._drawing is None else self._row_of(self._drawing, self._selected)

    def paint_still(self, painter: QPainter) -> None:
        if self._drawing is not None and have_room(self):
            self._paint_values(painter, self._drawing)

    def paint_over(self, painter: QPainter) -> None:
        if self._drawing is not None and (area := self._row_of(self._drawing, self._selected)) is not None:
            painter.setPen(QPen(self.palette().highlight(), 2))
            painter.drawRect(area.adjusted(-1.5, -1.5, 1.5, 1.5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.is_fitted:
            self.show_kernels(self._drawing)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        across = 1 if self._drawing is None else self._drawing.grid.columns
        steps = {Qt.Key.Key_Up: -across, Qt.Key.Key_Down: across, Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if (step := steps.get(Qt.Key(event.key()))) is not None:
            self._choose(self._selected + step)
            self.show_key_area()
        else:
            super().keyPressEvent(event)
