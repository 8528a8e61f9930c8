"""A link to another call: its name, and under it its kind and what flows."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.theme import colors_of, scaled

_MARGIN, _RADIUS = 4, 4  # pixels
_SMALLER = 85  # the second line's font, in percent of the first's
_NO_START, _NO_END = Qt.TextElideMode.ElideLeft, Qt.TextElideMode.ElideRight  # a path's end tells more


class CallLink(QAbstractButton):
    """Two lines. Space, Enter and a click follow it."""

    def __init__(self, name: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = details
        self.setText(name)
        self.setToolTip(plain_tip(f"{name}\n{details}" if details else name))
        self.setAccessibleName(f"{name}, {details}" if details else name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def details(self) -> str:
        """The second line."""
        return self._details

    @property
    def _small(self) -> QFont:
        return scaled(self.font(), _SMALLER)

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        lines = self.fontMetrics().height() + (QFontMetrics(self._small).height() if self._details else 0)
        return QSize(120, lines + 2 * _MARGIN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # Qt's buttons hear Space only
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        colors = colors_of(self.palette())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.underMouse() or self.hasFocus() or self.isDown():
                painter.setPen(QColor(colors.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colors.selection if self.isDown() else colors.hover))
                painter.drawRoundedRect(
                    self.rect().adjusted(0, 0, -1, -1).toRectF().translated(0.5, 0.5), _RADIUS, _RADIUS
                )
            first = QRect(_MARGIN, _MARGIN, self.width() - 2 * _MARGIN, self.fontMetrics().height())
            painter.setPen(QColor(colors.accent))
            painter.drawText(
                first, Qt.AlignmentFlag.AlignLeft, self.fontMetrics().elidedText(self.text(), _NO_START, first.width())
            )
            metrics = QFontMetrics(self._small)
            second = QRect(first.left(), first.bottom() + 1, first.width(), metrics.height())
            painter.setFont(self._small)
            painter.setPen(QColor(colors.muted))
            painter.drawText(
                second, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(self._details, _NO_END, second.width())
            )
