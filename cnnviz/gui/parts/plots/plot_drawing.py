"""A plot drawn by a painter: onto the screen's pixmap, into a picture or a drawing. Pens are thin: wide ones cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from cnnviz.gui.parts.plots.plot_axis import Axis, Floats, tick_text
from cnnviz.gui.parts.plots.plot_content import Band, Level, PlotContent, Series, decimated
from cnnviz.gui.theme import PlotColors

_MARK, _LONE, _CROSS = 3.0, 2.5, 3.5  # pixels: half of a mark's, a lone point's and a cross's size
_TICK_ROOM = (56.0, 38.0)  # pixels for each number, along x and along y
_FEW = 60  # points of a marked curve: beyond them it is a line
_ALPHA_SHADE, _ALPHA_BAND, _ALPHA_EXPECTED, _ALPHA_LABEL = 10, 22, 60, 215  # of 255


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and font."""

    colors: PlotColors
    font: QFont
    danger: str  # what is no number
    band: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things are: the area of the curves and the axes along it."""

    area: QRectF
    x: Axis
    y: Axis

    def points(self, xs: Floats, ys: Floats) -> Floats:
        """Return places in pixels, (N, 2). Far out ones are brought near: a painter's numbers have limits."""
        across = self.area.left() + self.x.share(xs) * self.area.width()
        up = self.area.bottom() - self.y.share(ys) * self.area.height()
        reach = self.area.height()
        return np.column_stack([across, np.clip(up, self.area.top() - reach, self.area.bottom() + reach)])

    def point(self, x: float, y: float) -> QPointF:
        """Return the place of one."""
        ((across, up),) = self.points(np.array([x]), np.array([y]))
        return QPointF(across, up)


def frame_of(width: float, height: float, x: Axis, y: Axis, font: QFont) -> Frame:
    """Return the frame in a picture of this size, with room for numbers at the left and below."""
    metrics = QFontMetricsF(font)
    below = round(2 * metrics.height() + 10)
    tall = max(height - below - 8, 10.0)
    widest = max((metrics.horizontalAdvance(tick_text(value)) for value in y.ticks(_rows(tall))), default=20.0)
    left = round(max(widest, metrics.horizontalAdvance("0.00")) + 14)
    area = QRectF(left, 8, max(width - left - 12, 10.0), tall)
    return Frame(area, x, y)


def _rows(height: float) -> int:
    """Return how many numbers stand above one another at the most."""
    return round(height / _TICK_ROOM[1])


def draw_ground(painter: QPainter, frame: Frame, content: PlotContent, look: Look) -> None:
    """Draw what stands behind the curves: epochs, grid, numbers, bands, levels and places."""
    painter.setFont(look.font)
    if content.shaded:
        _shade(painter, frame, look)
    painter.setClipRect(frame.area)
    for band in content.bands:
        _draw_band(painter, frame, band, look)
    painter.setClipping(False)
    _draw_grid(painter, frame, content.x_title, look)
    for level in content.levels:
        _draw_level(painter, frame, level, look)
    for place in content.places:
        _draw_place(painter, frame, place, look)


def draw_curves(painter: QPainter, frame: Frame, content: PlotContent, look: Look) -> None:
    """Draw the curves, faint ones first, and over them what places are called."""
    painter.setClipRect(frame.area.adjusted(-1, -_MARK - 1, _MARK + 1, _MARK + 1))
    for series in sorted(content.series, key=lambda each: each.style != "faint"):
        # Many steep lines beside each other look alike with it, and take twice as long.
        is_dense = series.style == "faint" and len(series.xs) > frame.area.width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_dense)
        _draw_series(painter, frame, series, look)
    painter.setClipping(False)
    painter.setFont(look.font)
    for each in content.places:
        _name_place(painter, frame, each, look)


def draw_crosshair(painter: QPainter, frame: Frame, content: PlotContent, look: Look, x: float) -> None:
    """Draw a line at ``x``, and what each curve says there."""
    at = frame.point(x, frame.y.low).x()
    if not frame.area.left() <= at <= frame.area.right():
        return
    painter.setPen(QPen(QColor(look.colors.text), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(at, frame.area.top(), at, frame.area.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for series in content.series:
        found = series.at(x) if series.style != "faint" else None
        if found is not None and np.isfinite((place := frame.point(*found)).y()):
            painter.setPen(QPen(QColor(look.colors.background), 1))
            painter.setBrush(QColor(series.color))
            if frame.area.adjusted(-1, -1, 1, 1).contains(place):
                painter.drawEllipse(place, _MARK + 1, _MARK + 1)


def _draw_series(painter: QPainter, frame: Frame, series: Series, look: Look) -> None:
    columns = max(round(frame.area.width()), 10)
    xs, ys = decimated(series.xs, series.ys, frame.x.low, frame.x.high, columns)
    if not len(xs):
        return
    style = Qt.PenStyle.DashLine if series.style == "dashed" else Qt.PenStyle.SolidLine
    pen = QPen(QColor(series.color), 1, style)
    points = frame.points(xs, ys)
    is_there = np.isfinite(points[:, 1])
    edges = np.flatnonzero(np.diff(is_there)) + 1
    for part in np.split(points, edges):
        if np.isfinite(part[0, 1]):
            painter.setPen(pen)
            for piece in cut(part, frame.area):
                painter.drawPolyline(_polygon(piece))
            seen = _inside(part, frame.area) if len(part) <= _FEW else []
            if series.style == "marks":
                _draw_marks(painter, seen, series.color, look)
            elif len(part) == 1 and seen:  # no line has one end
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(series.color))
                painter.drawEllipse(seen[0], _LONE, _LONE)
    if series.style in ("faint", "marks"):
        _mark_gaps(painter, frame, series.xs[~np.isfinite(series.ys)], look)  # all: decimated passes over some


def cut(points: Floats, area: QRectF) -> list[Floats]:
    """Return the pieces of a line that lie in the area, up to its edges: a drawing in a file knows no clipping."""
    for axis, edges in ((0, (area.left(), area.right())), (1, (area.top(), area.bottom()))):
        for edge in edges:
            beyond = points[:, axis] - edge
            at = np.flatnonzero(beyond[:-1] * beyond[1:] < 0)
            if len(at):
                share = beyond[at] / (beyond[at] - beyond[at + 1])
                made = points[at] + share[:, None] * (points[at + 1] - points[at])
                made[:, axis] = edge
                points = np.insert(points, at + 1, made, axis=0)
    across, up = points.T
    inside = (across >= area.left()) & (across <= area.right()) & (up >= area.top()) & (up <= area.bottom())
    starts = np.flatnonzero(np.diff(inside)) + 1
    pieces = zip(np.split(points, starts), inside[np.concatenate([[0], starts])], strict=True)
    return [piece for piece, is_in in pieces if is_in and len(piece) > 1]


def _inside(points: Floats, area: QRectF) -> list[QPointF]:
    around = area.adjusted(-1, -1, 1, 1)
    return [point for x, y in points if around.contains(point := QPointF(x, y))]


def _draw_marks(painter: QPainter, points: Sequence[QPointF], color: str, look: Look) -> None:
    painter.setPen(QPen(QColor(look.colors.background), 1))
    painter.setBrush(QColor(color))
    for point in points:
        painter.drawEllipse(point, _MARK, _MARK)


def _mark_gaps(painter: QPainter, frame: Frame, xs: Floats, look: Look) -> None:
    """Draw crosses at the lower edge where a value is no number, none upon another."""
    painter.setPen(QPen(QColor(look.danger), 1.5))
    up, last = frame.area.bottom() - 2 * _CROSS, -math.inf
    for x in xs:
        at = frame.point(float(x), frame.y.high).x()
        if at - last < 3 * _CROSS or not frame.area.left() <= at <= frame.area.right():
            continue
        last = at
        painter.drawLine(QLineF(at - _CROSS, up - _CROSS, at + _CROSS, up + _CROSS))
        painter.drawLine(QLineF(at - _CROSS, up + _CROSS, at + _CROSS, up - _CROSS))


def _shade(painter: QPainter, frame: Frame, look: Look) -> None:
    first, last = int(np.floor(frame.x.low)), int(np.ceil(frame.x.high))
    if frame.area.width() / max(last - first, 1) < 4:  # pixels: too narrow to be told apart
        return
    color = _faded(look.colors.text, _ALPHA_SHADE)
    painter.setClipRect(frame.area)
    for at in range(first + (first + 1) % 2, last, 2):
        left = frame.point(at, frame.y.low).x()
        right = frame.point(at + 1, frame.y.low).x()
        stripe = QRectF(left, frame.area.top(), right - left, frame.area.height())
        painter.fillRect(stripe.intersected(frame.area), color)
    painter.setClipping(False)


def _draw_band(painter: QPainter, frame: Frame, band: Band, look: Look) -> None:
    corner, other = frame.point(band.first, band.high), frame.point(band.last, band.low)
    whole = QRectF(frame.area.left(), corner.y(), frame.area.width(), max(other.y() - corner.y(), 2.0))
    painter.fillRect(whole.intersected(frame.area), _faded(look.band, _ALPHA_BAND))
    expected = QRectF(corner.x() - 2, corner.y(), max(other.x() - corner.x(), 0.0) + 4, whole.height())
    painter.fillRect(expected.intersected(frame.area), _faded(look.band, _ALPHA_EXPECTED))


def _draw_level(painter: QPainter, frame: Frame, level: Level, look: Look) -> None:
    if (up := _height_of(frame, level)) is not None:
        painter.setPen(QPen(QColor(look.colors.text), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(frame.area.left(), up, frame.area.right(), up))


def _height_of(frame: Frame, level: Level) -> float | None:
    up = frame.point(frame.x.low, level.value).y()
    return up if frame.area.top() <= up <= frame.area.bottom() else None


def _draw_place(painter: QPainter, frame: Frame, place: Level, look: Look) -> None:
    if (at := _across_of(frame, place)) is not None:
        painter.setPen(QPen(QColor(look.colors.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(at, frame.area.top(), at, frame.area.bottom()))


def _name_place(painter: QPainter, frame: Frame, place: Level, look: Look) -> None:
    if (at := _across_of(frame, place)) is not None:
        left = at - QFontMetricsF(look.font).horizontalAdvance(place.text) - 4
        _write(painter, QPointF(left if left >= frame.area.left() else at + 4, frame.area.top()), place.text, look)


def _across_of(frame: Frame, place: Level) -> float | None:
    at = frame.point(place.value, frame.y.low).x()
    return at if frame.area.left() <= at <= frame.area.right() else None


def _write(painter: QPainter, corner: QPointF, text: str, look: Look) -> None:
    """Write on a ground of its own: it is read whatever runs behind it."""
    metrics = QFontMetricsF(look.font)
    behind = QRectF(corner, QSizeF(metrics.horizontalAdvance(text), metrics.height())).adjusted(-2, 0, 2, 0)
    painter.fillRect(behind, _faded(look.colors.background, _ALPHA_LABEL))
    painter.setPen(QColor(look.colors.text))
    painter.drawText(QPointF(corner.x(), corner.y() + metrics.ascent()), text)


def _draw_grid(painter: QPainter, frame: Frame, x_title: str, look: Look) -> None:
    area, metrics, grid = frame.area, QFontMetricsF(look.font), QPen(QColor(look.colors.grid), 1)
    for value in frame.y.ticks(_rows(area.height())):
        up = round(frame.point(frame.x.low, value).y()) + 0.5
        painter.setPen(grid)
        painter.drawLine(QLineF(area.left(), up, area.right(), up))
        painter.setPen(QColor(look.colors.text))
        text = tick_text(value)
        left = area.left() - 6 - metrics.horizontalAdvance(text)
        painter.drawText(QPointF(left, up + metrics.ascent() / 2 - 1), text)
    below = area.bottom() + metrics.ascent() + 5
    for value in frame.x.ticks(round(area.width() / _TICK_ROOM[0])):
        across = round(frame.point(value, frame.y.low).x()) + 0.5
        painter.setPen(grid)
        painter.drawLine(QLineF(across, area.top(), across, area.bottom()))
        painter.setPen(QColor(look.colors.text))
        text = tick_text(value)
        half = metrics.horizontalAdvance(text) / 2
        painter.drawText(QPointF(min(across - half, area.right() + 10 - 2 * half), below), text)
    middle = area.center().x() - metrics.horizontalAdvance(x_title) / 2
    painter.drawText(QPointF(middle, below + metrics.height()), x_title)


def _faded(color: str, alpha: int) -> QColor:
    made = QColor(color)
    made.setAlpha(alpha)
    return made


def _polygon(points: Floats) -> QPolygonF:
    """Return points for a painter without a Python object for each: 0.2 ms less for every thousand."""
    polygon = QPolygonF()
    polygon.resize(len(points))
    memory: Any = shiboken6.VoidPtr(polygon.data(), 16 * len(points), True)  # type: ignore[call-arg, arg-type]  # its stub lacks both
    np.frombuffer(memory, np.float64).reshape(-1, 2)[:] = points
    return polygon
