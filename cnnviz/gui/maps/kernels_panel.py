"""The kernels that make the maps beside them: which values, how they are painted, and what is under the mouse."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.feature_maps.drawn import colors
from cnnviz.feature_maps.drawn.statistics import value_text
from cnnviz.feature_maps.kernels.kernel_drawing import KernelDrawing, KernelLook, summarise_kernel
from cnnviz.feature_maps.kernels.kernel_values import SHOWINGS, Kernels, KernelStatistics, Showing
from cnnviz.gui.maps.beside import BesideWish
from cnnviz.gui.maps.kernel_mosaic import KernelMosaic
from cnnviz.gui.parts.color_scale import ColorScale
from cnnviz.gui.parts.labels import Caption


class KernelsPanel(QWidget):
    """Shows one drawing; says which other is wished for."""

    wish_changed = Signal(object)  # BesideWish: of its fields those that say how kernels are seen
    output_chosen = Signal(object)  # int

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.showing = QComboBox()
        for showing, title in SHOWINGS.items():
            self.showing.addItem(title, showing)
        self.showing.setAccessibleName("Values of the kernels")
        self.showing.setToolTip("The weights chosen above, those that they began as, or what has changed")
        self.each = QComboBox()
        self.each.addItems(["Scale each kernel", "Scale all kernels alike"])
        self.each.setAccessibleName("Scaling of the kernels")
        self.each.setToolTip("Whether every kernel has its own range of colours, or all share one and can be compared")
        self.in_color = QCheckBox("As colours")
        self.in_color.setToolTip("Kernels of three input channels as red, green and blue; grey is zero")
        self.mosaic = KernelMosaic()
        self.scale = ColorScale()
        self.figures, self.readout = Caption(2), Caption(2)
        self._wish = BesideWish("kernels")
        self._drawing: KernelDrawing | None = None
        self.in_color.setChecked(self._wish.look.in_color)
        self._connect()
        self._lay_out()

    def show_kernels(self, drawing: KernelDrawing) -> None:
        """Show kernels."""
        self._drawing = drawing
        self.in_color.setVisible(drawing.kernels.is_color)
        self.mosaic.show_kernels(drawing)
        self.scale.set_colors(colors.table("grey" if drawing.is_color else colors.DIVERGING))
        self.select_output(self.mosaic.selected)

    def show_wish(self, wish: BesideWish) -> None:
        """Show in the controls what was wished for elsewhere."""
        self._wish = wish
        self.showing.setCurrentIndex(list(SHOWINGS).index(wish.showing))
        self.each.setCurrentIndex(0 if wish.look.each else 1)
        self.in_color.setChecked(wish.look.in_color)

    def select_output(self, output: int) -> None:
        """Mark the kernel of an output; wish for those around it where it is not among those shown."""
        self.mosaic.select_output(output)
        if self._drawing is None:
            return
        kernels = self._drawing.kernels
        if 0 <= (at := output - kernels.first) < len(kernels.values):
            most = float(self._drawing.most[at])
            self.scale.set_range(-most, most)
            self.figures.setText(self._figures(self._drawing, at))
        elif output < kernels.outputs:
            self._wish = replace(self._wish, around=output)
            self.wish_changed.emit(self._wish)
        self._rest()

    def _figures(self, drawing: KernelDrawing, at: int) -> str:
        kernels = drawing.kernels
        own = summarise_kernel(kernels.values[at], drawing.largest)
        whole = "All" if len(kernels.values) == kernels.outputs else f"These {len(kernels.values):,} kernels"
        return f"Kernel {kernels.first + at}: {_in_words(own)}\n{whole}: {_in_words(drawing.statistics)}"

    @Slot()
    def _tell(self) -> None:
        showing: Showing = self.showing.currentData()
        look = KernelLook(self.each.currentIndex() == 0, self.in_color.isChecked())
        self._wish = replace(self._wish, showing=showing, look=look)
        self.wish_changed.emit(self._wish)

    @Slot(object)
    def _read(self, found: tuple[int, int, int, int] | None) -> None:
        if found is None or self._drawing is None:
            self._rest()
            return
        output, plane, row, column = found
        kernels = self._drawing.kernels
        values = kernels.planes[output - kernels.first, :, row, column]
        if self._drawing.is_color:
            parts = zip(("red", "green", "blue"), values, strict=True)
            value = " · ".join(f"{name} {value_text(float(each))}" for name, each in parts)
            read = ""
        else:
            channel, depth = kernels.input_of(output, plane)
            deep = f", depth {depth}" if kernels.planes.shape[1] > kernels.inputs else ""
            read = f" · input {channel}{deep}"
            value = f"weight {value_text(float(values[plane]))}"
        place = "" if kernels.is_matrix else f" · row {row} · column {column}"
        self.readout.setText(f"Output {output}{read}{place} · {value}")

    @Slot()
    def _rest(self) -> None:
        self.readout.setText("" if self._drawing is None else _title(self.mosaic.drawing or self._drawing))

    def _connect(self) -> None:
        self.showing.activated.connect(self._tell)
        self.each.activated.connect(self._tell)
        self.in_color.clicked.connect(self._tell)
        self.mosaic.weight_hovered.connect(self._read)
        self.mosaic.output_chosen.connect(self.output_chosen)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for widget in (self.showing, self.each, self.in_color):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.mosaic, 1)
        column.addWidget(self.scale)
        for text in (self.figures, self.readout):
            text.setMinimumWidth(1)
            column.addWidget(text)


def _title(drawing: KernelDrawing) -> str:
    kernels = drawing.kernels
    shape = units.shape(kernels.values.shape)
    part = _part(kernels)
    if drawing.is_color:
        what = "a tile each, grey is 0"
    elif drawing.is_broken:
        what = "a block for each output, in it its inputs row by row"
    elif kernels.is_matrix:
        what = "rows are outputs, columns inputs"
    elif drawing.tiles == 1:
        what = "a tile for each output"
    else:
        what = "a strip for each output, in it a tile for each input"
    against = f"; initial: {kernels.initial}" if kernels.initial else ""
    return f"{kernels.layer} ({kernels.kind}), {shape}{part}: {what}{against}."


def _part(kernels: Kernels) -> str:
    last = kernels.first + len(kernels.values) - 1
    return "" if len(kernels.values) == kernels.outputs else f", outputs {kernels.first}–{last} of {kernels.outputs:,}"


def _in_words(figures: KernelStatistics) -> str:
    mean, deviation, low, high, norm = map(
        value_text, (figures.mean, figures.deviation, figures.lowest, figures.highest, figures.norm)
    )
    near = units.UNKNOWN if figures.near_zero is None else f"{100 * figures.near_zero:.1f} %"
    broken = f", {figures.not_finite:,} NaN or ∞" if figures.not_finite else ""
    return f"mean {mean} ± {deviation}, {low} to {high}, norm {norm}, {near} near 0{broken}"
