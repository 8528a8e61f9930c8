"""A plot on screen. It is drawn when it is seen: the ground into one pixmap, the curves over it into another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPalette, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from cnnviz.gui.parts.looks import follow_looks
from cnnviz.gui.parts.plots.plot_axis import Axis
from cnnviz.gui.parts.plots.plot_content import PlotContent
from cnnviz.gui.parts.plots.plot_drawing import Frame, Look, draw_crosshair, draw_curves, draw_ground, frame_of
from cnnviz.gui.theme import colors_of, plot_colors_of

_NOTCH = 120  # of a wheel's angle
_ZOOM = 0.8  # of the range, for each notch


def look_on(palette: QPalette, font: QFont) -> Look:
    """Return the look of plots on this palette."""
    colors = colors_of(palette)
    return Look(plot_colors_of(palette), font, colors.danger, colors.good)


class PlotView(QWidget):
    """Curves on two axes. The wheel zooms time, over the numbers at the left the values; a double click shows all."""

    hovered = Signal(object)  # float | None: position on the x axis; None: the mouse has left
    x_axis_wanted = Signal(object)  # Axis | None: what is to be seen; None: all

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._content = PlotContent()
        self._x: Axis | None = None  # as the user zoomed it
        self._y: Axis | None = None
        self._crosshair: float | None = None
        self._dragged: tuple[QPointF, Axis] | None = None
        self._ground: tuple[object, QPixmap] | None = None  # with what it was drawn for
        self._drawn: QPixmap | None = None
        self._shown = self._frame()
        follow_looks(self, self._forget)

    @property
    def content(self) -> PlotContent:
        """What is shown."""
        return self._content

    @property
    def frame(self) -> Frame:
        """Where it is shown."""
        return self._frame()

    @property
    def drawn(self) -> bool:
        """Whether what is on screen is up to date."""
        return self._drawn is not None

    def show_content(self, content: PlotContent) -> None:
        """Show this; it is drawn with the next paint event, which comes only where somebody sees it."""
        self._content = content
        self._redraw()

    def set_x_axis(self, axis: Axis | None) -> None:
        """Show this part of the x axis; None: all that there is."""
        if axis != self._x:
            self._x = axis
            self._redraw()

    def show_everything(self) -> None:
        """Undo what was zoomed."""
        self._y = None
        self.set_x_axis(None)
        self._redraw()

    def show_crosshair(self, x: float | None) -> None:
        """Mark a position of the x axis."""
        if x != self._crosshair:
            before = self._crosshair
            self._crosshair = x
            for each in (before, x):
                if each is not None:
                    self.update(self._around(each))

    def look(self) -> Look:
        """Return the colours and the font."""
        return look_on(self.palette(), self.font())

    def _around(self, x: float) -> QRect:
        at = round(self._shown.point(x, self._shown.y.low).x())
        return QRect(max(min(at, 1 << 20), -(1 << 20)) - 7, 0, 15, self.height())

    def axes_of(self, content: PlotContent) -> tuple[Axis, Axis]:
        """Return the axes, as they are zoomed, for this."""
        x = self._x or content.x_axis()
        return x, self._y or content.y_axis(x)

    def _frame(self) -> Frame:
        return frame_of(self.width(), self.height(), *self.axes_of(self._content), self.font())

    @Slot()
    def _forget(self) -> None:
        self._ground = None
        self._redraw()

    def _redraw(self) -> None:
        self._drawn = None
        self.update()

    def _draw(self) -> QPixmap:
        self._shown = frame = self._frame()
        look, content = self.look(), self._content
        fixed = (
            self.size(),
            self.devicePixelRatio(),
            frame,
            content.bands,
            content.levels,
            content.places,
            content.x_title,
        )
        if self._ground is None or self._ground[0] != fixed:
            ground = QPixmap(self.size() * self.devicePixelRatio())
            ground.setDevicePixelRatio(self.devicePixelRatio())
            ground.fill(QColor(look.colors.background))
            with QPainter(ground) as painter:
                draw_ground(painter, frame, content, look)
            self._ground = fixed, ground
        drawn = self._ground[1].copy()
        with QPainter(drawn) as painter:
            draw_curves(painter, frame, content, look)
        return drawn

    # Overrides of Qt.

    def sizeHint(self) -> QSize:
        return QSize(320, 220)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawn is None:
            self._drawn = self._draw()
        with QPainter(self) as painter:
            painter.setClipRegion(event.region())
            painter.drawPixmap(0, 0, self._drawn)
            if self._crosshair is not None:
                draw_crosshair(painter, self._shown, self._content, self.look(), self._crosshair)

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002
        self._redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = _ZOOM ** (event.angleDelta().y() / _NOTCH)
        area, place = self._shown.area, event.position()
        if place.x() < area.left():
            self._y = self._shown.y.zoomed((area.bottom() - place.y()) / area.height(), factor)
            self._redraw()
        else:
            zoomed = self._shown.x.zoomed((place.x() - area.left()) / area.width(), factor)
            self.x_axis_wanted.emit(_inside(zoomed, self._content.x_axis()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged = event.position(), self._shown.x

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._dragged = None
        self.show_everything()
        self.x_axis_wanted.emit(None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area, place = self._shown.area, event.position()
        if self._dragged is not None:
            begin, axis = self._dragged
            by = (begin.x() - place.x()) / area.width() * (axis.high - axis.low)
            moved, whole = Axis(axis.low + by, axis.high + by), self._content.x_axis()
            if moved.low >= 0 and moved.high <= whole.high:
                self.x_axis_wanted.emit(moved)
        is_inside = area.contains(place)
        self.hovered.emit(self._shown.x.value((place.x() - area.left()) / area.width()) if is_inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)


def _inside(axis: Axis, whole: Axis) -> Axis | None:
    """Return the part that lies inside; None: it is all of it."""
    low, high = max(axis.low, whole.low), min(axis.high, whole.high)
    return None if (low, high) == (whole.low, whole.high) else Axis(low, high)
