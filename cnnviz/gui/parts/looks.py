"""Says when a widget is to be dressed anew, how much room its text takes, and that it has the focus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontInfo, QPainter, QPen
from PySide6.QtWidgets import QWidget

_USUAL_TEXT = 12  # pixels
_waiting: dict[Looks, None] | None = None  # who is to say that it has changed; None: each says so at once


class Looks(QObject):
    """Make it when the widget stands: Qt sends the first changes while the widget is being made."""

    changed = Signal()  # the palette or the font is another

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            if _waiting is None:
                self.changed.emit()
            else:
                _waiting[self] = None
        return super().eventFilter(watched, event)


@contextmanager
def one_change() -> Iterator[None]:
    """Inside, Qt gives a widget another palette a dozen times, one for each rule that fits what is around it.

    Whoever follows it hears of that once, at the end of the outermost.
    """
    global _waiting
    if _waiting is not None:
        yield
        return
    _waiting = {}
    try:
        yield
    finally:
        changed, _waiting = _waiting, None
    for each in changed:
        each.changed.emit()


def room_for_text(widget: QWidget, pixels: int) -> int:
    """Return the width that has room for what ``pixels`` has room for in text of the usual size, 12 pixels."""
    return round(pixels * max(1.0, QFontInfo(widget.font()).pixelSize() / _USUAL_TEXT))


def follow_looks(widget: QWidget, dress: Callable[[], object]) -> None:
    """Dress a widget now and whenever its palette or its font is another."""
    dress()
    Looks(widget).changed.connect(dress)


def keep_width(widget: QWidget, pixels: int) -> None:
    """Fix the width of a widget: so many pixels in text of the usual size."""
    follow_looks(widget, lambda: widget.setFixedWidth(room_for_text(widget, pixels)))


def paint_focus(widget: QWidget, painter: QPainter) -> None:
    """Frame a widget that paints itself, while it has the focus."""
    if widget.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(widget.palette().accent(), 1))
        painter.drawRect(widget.rect().adjusted(0, 0, -1, -1))
