"""The items of a graph's scene: cards, frames and wires. From far away only coloured boxes are painted, no text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.gui.graph.cards import BUTTON, GAP, PAD, STRIPE, Card, Fonts
from cnnviz.gui.graph.family_colors import GraphColors
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.inspection.graphs.graph_layout import Rect, Wire

FAR = 0.34  # scale below which texts cannot be read and are left out
_RADIUS, _HALO, _STACK = 7.0, 5.0, 4.0
_BAR = 3.0  # height of the share bar
_ARROW = (4.0, 7.0)  # half width, length
_LABEL_BELOW = 3.0  # from a card to the label of its output
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

Text = tuple[QRectF, Qt.AlignmentFlag, str, bool, bool]  # where, how aligned, what, in bold, muted


class Style:
    """What all items of a scene look up when they are painted: colours and fonts, and whether it is for a file."""

    def __init__(self, colors: GraphColors, fonts: Fonts) -> None:
        self.colors, self.fonts = colors, fonts
        self.bold, self.plain = QFontMetricsF(fonts.bold), QFontMetricsF(fonts.plain)
        self.for_file = False  # every text, as nobody looks from far away, and nothing to click on

    def is_far(self, painter: QPainter) -> bool:
        """Return whether texts are too small to be read."""
        return not self.for_file and scale_of(painter) < FAR


class BoxItem(QGraphicsItem):
    """A card or a frame. ``selected`` and ``marked`` are set from outside."""

    def __init__(self, card: Card, rect: Rect, style: Style) -> None:
        super().__init__()
        self.card = card
        self.style = style
        self.is_selected = self.is_marked = False
        self.box = QRectF(0.0, 0.0, rect.width, rect.height)
        self.setPos(rect.x, rect.y)
        self.setToolTip(plain_tip(card.tip))
        self._texts: tuple[Text, ...] | None = None

    def button(self) -> QRectF | None:
        """Return where the + or − button is, in scene coordinates; None: there is none."""
        raise NotImplementedError

    def boundingRect(self) -> QRectF:
        return self.box.adjusted(-_HALO, -_HALO, _HALO + _STACK, _HALO + _STACK)

    def _paint_halo(self, painter: QPainter) -> None:
        if self.is_marked:
            width = 3.0 / scale_of(painter) if self.style.is_far(painter) else 4.0
            painter.setPen(QPen(self.style.colors.mark, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.box.adjusted(-2.5, -2.5, 2.5, 2.5), _RADIUS + 2, _RADIUS + 2)

    def _border(self, color: QColor, far: float) -> QPen:
        if self.is_selected:
            return QPen(color if self.card.failed else self.style.colors.accent, max(2.5, 2.0 / far))
        return QPen(color, 1.2)

    def _paint_button(self, painter: QPainter, button: QRectF, plus: bool) -> None:
        if self.style.for_file:
            return
        colors = self.style.colors
        painter.setPen(QPen(colors.border, 1.0))
        painter.setBrush(colors.background)
        painter.drawRoundedRect(button, 4.0, 4.0)
        painter.setPen(QPen(colors.text, 1.4))
        middle, arm = button.center(), BUTTON / 2 - 4.5
        painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        if plus:
            painter.drawLine(middle - QPointF(0, arm), middle + QPointF(0, arm))

    def _paint_texts(self, painter: QPainter) -> None:
        colors, fonts = self.style.colors, self.style.fonts
        if self._texts is None:
            self._texts = tuple(self._place_texts())
        for rect, alignment, text, bold, muted in self._texts:
            painter.setFont(fonts.bold if bold else fonts.plain)
            painter.setPen(colors.muted if muted else colors.danger if self.card.failed and bold else colors.text)
            painter.drawText(rect, alignment | Qt.TextFlag.TextSingleLine, text)

    def _place_texts(self) -> Iterable[Text]:
        raise NotImplementedError

    def _pair(self, line: QRectF, left: str, right: str, bold: bool) -> Iterable[Text]:
        """Yield a text at either end of a line; what does not fit is cut short, at the right first."""
        plain = self.style.plain
        metrics = self.style.bold if bold else plain
        room = max(0.0, line.width() - metrics.horizontalAdvance(left) - (GAP if left else 0.0))
        yield line, _LEFT, metrics.elidedText(left, Qt.TextElideMode.ElideRight, line.width() + 1), bold, not bold
        yield line, _RIGHT, plain.elidedText(right, Qt.TextElideMode.ElideMiddle, room + 1), False, True


class CardItem(BoxItem):
    """A node."""

    _shapes: tuple[QPainterPath, QPainterPath, QPainterPath] | None = None

    def button(self) -> QRectF | None:
        return self._button().translated(self.pos()) if self.card.opens else None

    def _button(self) -> QRectF:
        return QRectF(self.box.right() - PAD - BUTTON + 3, self.box.top() + 6.0, BUTTON, BUTTON)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        colors, family = self.style.colors, self.card.family
        self._paint_halo(painter)
        color = colors.danger if self.card.failed else colors.family[family]
        if self.style.is_far(painter):
            painter.setPen(self._border(color, scale_of(painter)) if self.is_selected else Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRect(self.box)
            return
        border = self._border(colors.danger if self.card.failed else colors.edge[family], 1.0)
        fill = colors.danger_surface if self.card.failed else colors.fill[family]
        if self.card.opens:
            painter.setPen(QPen(colors.edge[family], 1.0))
            painter.setBrush(fill)
            painter.drawRoundedRect(self.box.translated(_STACK, _STACK), _RADIUS, _RADIUS)
        self._paint_body(painter, fill, color, border)
        self._paint_texts(painter)
        if self.card.opens:
            self._paint_button(painter, self._button(), plus=True)

    def _paint_body(self, painter: QPainter, fill: QColor, color: QColor, border: QPen) -> None:
        shape, stripe, bar = self._shapes = self._shapes or self._make_shapes()
        painter.fillPath(shape, fill)
        painter.fillPath(stripe, color)
        painter.fillPath(bar, self.style.colors.accent)
        painter.setPen(border)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)

    def _make_shapes(self) -> tuple[QPainterPath, QPainterPath, QPainterPath]:
        """Return the card, its stripe and its share bar, cut to its corners: Qt writes no clipping into SVG files."""
        shape, stripe, bar = QPainterPath(), QPainterPath(), QPainterPath()
        shape.addRoundedRect(self.box, _RADIUS, _RADIUS)
        stripe.addRect(QRectF(self.box.left(), self.box.top(), STRIPE, self.box.height()))
        if self.card.share:
            width = max(2.0, (self.box.width() - STRIPE) * min(1.0, self.card.share))
            bar.addRect(QRectF(STRIPE, self.box.bottom() - _BAR, width, _BAR))
        return shape, shape.intersected(stripe), shape.intersected(bar)

    def _place_texts(self) -> Iterable[Text]:
        inner = self.box.adjusted(PAD + STRIPE - 1, 0.0, -PAD, 0.0)
        bold, plain = self.style.bold.height(), self.style.plain.height()
        first = QRectF(inner.left(), inner.top() + 6.0, inner.width() - (BUTTON + 4 if self.card.opens else 0), bold)
        yield from self._pair(first, self.card.title, self.card.right, bold=True)
        if self.card.below or self.card.amount:
            second = QRectF(inner.left(), first.bottom() + 2.0, inner.width(), plain)
            yield from self._pair(second, self.card.below, self.card.amount, bold=False)


class FrameItem(BoxItem):
    """An opened container around its nodes. ``header`` is painted above the wires, by HeaderItem."""

    def __init__(self, card: Card, rect: Rect, style: Style, depth: int) -> None:
        super().__init__(card, rect, style)
        self._depth = depth
        self.header = QRectF(0.0, 0.0, rect.width, card.size.height)

    def button(self) -> QRectF | None:
        return self._button().translated(self.pos())

    def _button(self) -> QRectF:
        return QRectF(6.0, (self.header.height() - BUTTON) / 2, BUTTON, BUTTON)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        colors = self.style.colors
        self._paint_halo(painter)
        painter.setPen(self._border(colors.danger if self.card.failed else colors.border, scale_of(painter)))
        painter.setBrush(colors.ground(self._depth))
        painter.drawRoundedRect(self.box, _RADIUS, _RADIUS)

    def paint_header(self, painter: QPainter) -> None:
        """Paint name, kind and shape. Opaque: wires that enter the frame pass behind it."""
        colors = self.style.colors
        painter.setPen(self._border(colors.danger if self.card.failed else colors.border, scale_of(painter)))
        painter.setBrush(colors.header)
        painter.drawRoundedRect(self.header, _RADIUS, _RADIUS)
        if not self.style.is_far(painter):
            self._paint_button(painter, self._button(), plus=False)
            self._paint_texts(painter)

    def _place_texts(self) -> Iterable[Text]:
        line = self.header.adjusted(BUTTON + 14.0, 0.0, -PAD, 0.0)
        yield line, _LEFT, self.card.title, True, False
        beside = line.adjusted(self.style.bold.horizontalAdvance(self.card.title) + 8, 0, 0, 0)
        yield beside, _LEFT, self.card.right, False, True
        yield line, _RIGHT, self.card.shape, False, True


class HeaderItem(QGraphicsItem):
    """The header of a frame, above the wires."""

    def __init__(self, frame: FrameItem) -> None:
        super().__init__()
        self._frame = frame
        self.setPos(frame.pos())
        self.setToolTip(plain_tip(frame.card.tip))

    def boundingRect(self) -> QRectF:
        return self._frame.header.adjusted(-2.0, -2.0, 2.0, 2.0)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        self._frame.paint_header(painter)


class WireItem(QGraphicsItem):
    """Wires that are drawn as one tree, with arrow heads."""

    def __init__(self, wires: Sequence[Wire], style: Style, highlight: bool = False) -> None:
        super().__init__()
        self._style, self._highlight = style, highlight
        self._path = path_of(wires)
        self._heads = [_head(x, y) for x, y in {wire.points[-1] for wire in wires}]
        self._bounds = self._path.boundingRect().adjusted(-6.0, -6.0, 6.0, 6.0)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        colors, far = self._style.colors, self._style.is_far(painter)
        color = colors.accent if self._highlight else colors.faint_wire if far else colors.wire
        width = 2.4 if self._highlight else 1.5
        painter.setPen(QPen(color, max(width, 1.0 / scale_of(painter)) if far else width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        if not far:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            for head in self._heads:
                painter.drawPolygon(head)


class LabelItem(QGraphicsItem):
    """What flows out of a card: a text on the wire below it, which passes behind."""

    def __init__(self, text: str, wire: Wire, style: Style, depth: int) -> None:
        super().__init__()
        self._style, self._text, self._depth = style, text, depth
        width = style.plain.horizontalAdvance(text) + 6.0
        x, y = wire.points[0]
        self._rect = QRectF(x - width / 2, y + _LABEL_BELOW, width, style.plain.height())

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if self._style.is_far(painter):
            return
        colors = self._style.colors
        painter.fillRect(self._rect, colors.ground(self._depth))
        painter.setFont(self._style.fonts.plain)
        painter.setPen(colors.muted)
        painter.drawText(self._rect, Qt.AlignmentFlag.AlignCenter, self._text)


def path_of(wires: Sequence[Wire]) -> QPainterPath:
    """Return the wires as one path; what several of them share is in it once."""
    path, seen = QPainterPath(), set()
    for wire in wires:
        for start, end in pairwise(wire.points):
            if (start, end) not in seen:
                seen.add((start, end))
                _add_part(path, start, end)
    return path


def _add_part(path: QPainterPath, start: tuple[float, float], end: tuple[float, float]) -> None:
    if path.currentPosition() != QPointF(*start) or path.isEmpty():
        path.moveTo(*start)
    if abs(start[0] - end[0]) < 0.5:
        path.lineTo(*end)
    else:
        middle = (start[1] + end[1]) / 2
        path.cubicTo(start[0], middle, end[0], middle, *end)


def _head(x: float, y: float) -> QPolygonF:
    half, length = _ARROW
    return QPolygonF([QPointF(x, y), QPointF(x - half, y - length), QPointF(x + half, y - length)])


def scale_of(painter: QPainter) -> float:
    """Return how many screen pixels one pixel of the scene takes."""
    return QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
