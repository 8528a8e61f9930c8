"""Paints the table of classes: name, counts and their bars at the left, pictures beside them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from cnnviz.gui.data.class_model import CLASS_ROLE, EMPTY_ROLE, SAMPLE_ROLE, ClassRow
from cnnviz.gui.data.sample_image import image_of, pixmap_of
from cnnviz.gui.parts.looks import room_for_text
from cnnviz.gui.theme import colors_of, plot_colors_of, scaled
from cnnviz.training.data.browsing import Sample

AnyIndex = QModelIndex | QPersistentModelIndex
_CURRENT = QStyle.StateFlag.State_Selected
_FOCUSED = QStyle.StateFlag.State_HasFocus
_MARGIN = 8  # pixels at the left and right of a class
_BAR = 4  # pixels, its height
_SMALLER = 85  # percent of the widget's font, for the counts
_MOST_PIXMAPS = 2000


class ClassDelegate(QStyledItemDelegate):
    """``side`` is that of a picture, the widget's pixels."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self._table = parent
        self._pixmaps: dict[int, tuple[Sample, QPixmap]] = {}  # by the sample's id, which lives as long as it is here
        self._side = 1.0

    @property
    def side(self) -> float:
        """How large a picture is."""
        return self._side

    def set_side(self, side: float) -> None:
        """Paint pictures at another size."""
        if side != self._side:
            self._side = side
            self._pixmaps.clear()

    # Overrides of Qt.

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        painter.save()
        row, sample, empty = index.data(CLASS_ROLE), index.data(SAMPLE_ROLE), index.data(EMPTY_ROLE)
        if isinstance(row, ClassRow):
            self._paint_class(painter, option, row)
        elif empty:
            self._paint_empty(painter, option, empty)
        elif isinstance(sample, Sample):
            self._paint_sample(painter, option, sample)
        elif index.flags() & Qt.ItemFlag.ItemIsEnabled:
            painter.fillRect(self._frame(option), QColor(colors_of(option.palette).hover))
        if option.state & _CURRENT and index.column() > 0:
            _paint_frame(painter, option, self._frame(option))
        painter.restore()

    def _frame(self, option: QStyleOptionViewItem) -> QRectF:
        """Return where a picture stands: on whole pixels, lest it be blurred."""
        left = option.rect.left() + int((option.rect.width() - self._side) / 2)
        top = option.rect.top() + int((option.rect.height() - self._side) / 2)
        return QRectF(left, top, self._side, self._side)

    def _paint_sample(self, painter: QPainter, option: QStyleOptionViewItem, sample: Sample) -> None:
        frame = self._frame(option)
        if sample.pixels is not None:
            painter.drawPixmap(frame.topLeft(), self._pixmap(sample))
            return
        colors = colors_of(option.palette)
        painter.fillRect(frame, QColor(colors.danger_surface))
        painter.setPen(QColor(colors.danger))
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "✕")

    def _pixmap(self, sample: Sample) -> QPixmap:
        known = self._pixmaps.get(id(sample))
        if known is None:
            assert sample.pixels is not None
            if len(self._pixmaps) >= _MOST_PIXMAPS:
                self._pixmaps.clear()
            ratio = self._table.devicePixelRatioF()
            known = sample, pixmap_of(image_of(sample.pixels), self._side, ratio)
            self._pixmaps[id(sample)] = known
        return known[1]

    def _paint_empty(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        """Write across the row: each cell paints its part of it."""
        painter.setClipRect(option.rect)
        painter.setPen(QColor(colors_of(option.palette).danger))
        whole = QRect(option.rect)
        whole.setLeft(self._table.columnViewportPosition(1) + _MARGIN)
        whole.setRight(self._table.viewport().width())
        painter.drawText(whole, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_class(self, painter: QPainter, option: QStyleOptionViewItem, row: ClassRow) -> None:
        colors, room = colors_of(option.palette), option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        if option.state & _CURRENT:
            painter.fillRect(option.rect, QColor(colors.selection))
            if option.state & _FOCUSED:
                painter.setPen(QPen(option.palette.accent(), 1))
                painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        small = scaled(option.font, _SMALLER)
        line = option.fontMetrics.lineSpacing()
        room.setTop(room.top() + (room.height() - class_height(option.widget)) // 2)
        room.setHeight(line)
        painter.setFont(small)
        painter.setPen(QColor(colors.muted))
        label = f"label {row.label}"
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, label)
        left = room.width() - painter.fontMetrics().horizontalAdvance(label) - _MARGIN
        bold = option.font
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(colors.text))
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, left)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        room.translate(0, line)
        painter.setFont(small)
        self._paint_counts(painter, option.palette, room, row)
        room.translate(0, line + 2)
        self._paint_bars(painter, option.palette, room, row)

    def _paint_counts(self, painter: QPainter, palette: QPalette, room: QRect, row: ClassRow) -> None:
        colors, left = colors_of(palette), room.left()
        for count, what in zip(row.counts, ("train", "test"), strict=True):
            text = f"{count:,} {what}" if count else f"no {what}"
            painter.setPen(QColor(colors.text if count else colors.danger))
            painter.drawText(left, room.top(), room.right() - left, room.height(), Qt.AlignmentFlag.AlignVCenter, text)
            left += painter.fontMetrics().horizontalAdvance(text + "  ") + _MARGIN

    def _paint_bars(self, painter: QPainter, palette: QPalette, room: QRect, row: ClassRow) -> None:
        """Each bar beside those of all other classes: the longest is the largest class."""
        plots, top = plot_colors_of(palette), float(room.top())
        for count, color in zip(row.counts, (plots.train, plots.test), strict=True):
            painter.fillRect(QRectF(room.left(), top, room.width(), _BAR), QColor(colors_of(palette).hover))
            width = max(1.0, room.width() * count / max(row.most, 1)) if count else 0.0
            painter.fillRect(QRectF(QPointF(room.left(), top), QPointF(room.left() + width, top + _BAR)), QColor(color))
            top += _BAR + 1


def class_height(widget: object) -> int:
    """Return the pixels that a class takes: two lines and two bars."""
    assert isinstance(widget, QTableView)
    return 2 * widget.fontMetrics().lineSpacing() + 2 + 2 * _BAR + 1


def class_width(table: QTableView) -> int:
    """Return the width of the column of classes."""
    return room_for_text(table, 166)


def _paint_frame(painter: QPainter, option: QStyleOptionViewItem, frame: QRectF) -> None:
    focused = option.state & QStyle.StateFlag.State_Active and option.state & _FOCUSED
    color = option.palette.accent().color() if focused else QColor(colors_of(option.palette).muted)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2))
    painter.drawRect(frame.adjusted(-2, -2, 2, 2))
