"""Paints a cell of the layer table: the share bar behind the number, and failures in red."""

from __future__ import annotations

from PySide6 import QtWidgets
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from cnnviz.gui.calls.tree_model import FAILED_ROLE, FROZEN_ROLE, SHARE_ROLE
from cnnviz.gui.theme import colors_of

AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_HEIGHT = 27  # pixels
_BAR_INSET = 4  # pixels above and below
_TOTAL_ALPHA, _OWN_ALPHA = 36, 92  # of 255: what a container holds is lighter than what a layer holds itself


class CallDelegate(QStyledItemDelegate):
    """Bars grow from the left edge of the cell; the number stands right, over them."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        if index.data(FAILED_ROLE):
            option.palette.setColor(QPalette.ColorRole.Text, QColor(colors_of(option.palette).danger))
            option.state &= ~_selected()  # on which the style sheet's colour of text would stand

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        if index.data(FAILED_ROLE) and option.state & _selected():
            painter.fillRect(option.rect, QColor(colors_of(option.palette).selection))
        super().paint(painter, option, index)
        share = index.data(SHARE_ROLE)
        if share is not None:
            self._paint_bar(painter, option, share)
        if index.data(FROZEN_ROLE):
            paint_lock(painter, QRectF(option.rect), QColor(colors_of(option.palette).accent))

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        size = super().sizeHint(option, index)
        size.setHeight(max(_ROW_HEIGHT, size.height()))
        return size

    def _paint_bar(self, painter: QPainter, option: QStyleOptionViewItem, share: tuple[float, float]) -> None:
        whole = QRectF(option.rect).adjusted(3, _BAR_INSET, -3, -_BAR_INSET)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for part, alpha in ((share[0], _TOTAL_ALPHA), (share[1], _OWN_ALPHA)):
            if part > 0:
                color = QColor(colors_of(option.palette).accent)
                color.setAlpha(alpha)
                painter.setBrush(color)
                width = max(2.0, whole.width() * min(part, 1.0))
                painter.drawRoundedRect(QRectF(whole.left(), whole.top(), width, whole.height()), 3, 3)
        painter.restore()


def paint_lock(painter: QPainter, cell: QRectF, color: QColor) -> None:
    """Draw a padlock at the right end of a cell."""
    size = min(cell.height() - 12, 14.0)
    body = QRectF(cell.right() - size - 5, cell.center().y() - size * 0.1, size * 0.8, size * 0.6)
    bow = QRectF(body.left() + size * 0.16, body.top() - size * 0.42, size * 0.48, size * 0.84)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.6))
    painter.drawArc(bow, 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(body, 1.5, 1.5)
    painter.restore()


def _selected() -> QtWidgets.QStyle.StateFlag:
    """PySide6 makes the class, which takes 5 ms, when it is named: no first frame has a row that failed."""
    return QtWidgets.QStyle.StateFlag.State_Selected


class GroupDelegate(CallDelegate):
    """Draws a hairline above every group of ``size`` rows."""

    size = 1

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().paint(painter, option, index)
        if self.size > 1 and index.row() and index.row() % self.size == 0:
            painter.setPen(QColor(colors_of(option.palette).border))
            painter.drawLine(option.rect.topLeft(), option.rect.topRight())
