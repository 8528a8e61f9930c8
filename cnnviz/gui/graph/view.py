"""Shows a graph: the wheel zooms, dragging pans, a click selects, a double click opens or closes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsView, QWidget

from cnnviz.gui.graph.cards import Fonts, GraphDrawing
from cnnviz.gui.graph.family_colors import graph_colors_of
from cnnviz.gui.graph.items import BoxItem, Style
from cnnviz.gui.graph.scene import GraphScene
from cnnviz.gui.parts.looks import Looks
from cnnviz.inspection.graphs.graph_layout import Rect

_WHEEL_STEP = 1.0015  # zoom for each unit of the wheel; 120 units are a notch
_KEY_STEP = 1.25
_NEAREST, _READABLE = 3.0, 0.6  # scales: the largest, and the least that texts are easy to read at
_MARGIN = 24.0  # screen pixels around a graph that is fitted
_ROOM = 0.8  # of the view, beside the graph, that one can pan into

Anchor = tuple[int, QPointF]  # a call, and where in the viewport the middle of its top end is


class GraphView(QGraphicsView):
    """One graph. An id is Call.index."""

    call_clicked = Signal(object)  # int
    toggle_wanted = Signal(object)  # int: a container to open or close
    close_around_wanted = Signal(object)  # int: close the container around this call

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph = GraphScene(Style(graph_colors_of(self.palette()), Fonts.of(self.font())), self)
        self.setScene(self.graph)
        self._selected: int | None = None
        self._pressed: QPointF | None = None
        self._dragging = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Graph of the network")
        self.viewport().setMouseTracking(True)
        Looks(self).changed.connect(self._dress)

    @property
    def drawing(self) -> GraphDrawing | None:
        """What is drawn."""
        return self.graph.drawing

    @property
    def scale_(self) -> float:
        """Screen pixels for each pixel of the scene."""
        return self.transform().m11()

    def show_drawing(self, drawing: GraphDrawing, anchor: Anchor | None = None) -> None:
        """Show another graph. What the anchor names stays where it is; without one, the view starts anew."""
        self.graph.show_drawing(drawing)
        self.graph.select(self._selected)
        self._make_room()
        box = None if anchor is None else self.graph.box_of(anchor[0])
        if anchor is None or box is None:
            self.start_anew()
        else:
            self._put(_top_of(box), anchor[1])

    def selected_box(self) -> BoxItem | None:
        """Return the box of the selected call, or what stands for it."""
        return None if self._selected is None else self.graph.box_of(self._selected)

    def menu_place(self, pressed: QPoint | None) -> QPoint | None:
        """Select the box where the button was pressed. Return where a menu on the selected box opens."""
        if pressed is None:
            box = self.selected_box()
            return None if box is None else self._in_view(_top_of(box)).toPoint()
        box = self.graph.box_at(self._in_scene(pressed.toPointF()))
        if box is not None and box.card.id >= 0:
            self.call_clicked.emit(box.card.id)
            return pressed
        return None

    def anchor_at(self, call: int | None = None) -> Anchor | None:
        """Return what should stay in place: a call's box, or without one the box nearest to the middle of the view."""
        box = None if call is None else self.graph.box_of(call)
        if box is None and self.graph.boxes:
            middle = self.mapToScene(self.viewport().rect().center())
            box = min(self.graph.boxes.values(), key=lambda each: (_top_of(each) - middle).manhattanLength())
        return None if box is None else (box.card.id, self._in_view(_top_of(box)))

    def select(self, call: int | None, center: bool = True) -> None:
        """Show the selected call, or what stands for it; bring it to the middle when it is out of sight."""
        self._selected = call
        box = self.graph.select(call)
        if center and box is not None and not self._sees(box):
            self.center_on(box.card.id)

    def center_on(self, call: int) -> None:
        """Bring a call, or what stands for it, to the middle."""
        box = self.graph.box_of(call)
        if box is not None:
            height = min(box.box.height(), 0.5 * self.viewport().height() / self.scale_)
            self._put(_top_of(box) + QPointF(0.0, height / 2), QPointF(self.viewport().rect().center()))

    def start_anew(self) -> None:
        """Show the whole graph if it can be read then; else its top, or the selected call."""
        area = self.graph.content
        if area.isEmpty():
            return
        fitting = self._fitting_scale()
        wide = (self.viewport().width() - 2 * _MARGIN) / area.width()
        self._set_scale(fitting if fitting >= _READABLE else max(_READABLE, min(1.0, wide)))
        if fitting >= _READABLE:
            self._put(area.center(), QPointF(self.viewport().rect().center()))
            return
        first = next(iter(self.graph.boxes[node.id] for node in self.drawing.graph.nodes)) if self.drawing else None
        across = area.center().x() if first is None else _top_of(first).x()
        self._put(QPointF(across, 0.0), QPointF(self.viewport().width() / 2, _MARGIN))
        self.select(self._selected)

    @Slot()
    def fit(self) -> None:
        """Show the whole graph."""
        if not self.graph.content.isEmpty():
            self._set_scale(self._fitting_scale())
            self._put(self.graph.content.center(), QPointF(self.viewport().rect().center()))

    @Slot()
    def zoom_in(self) -> None:
        """Enlarge around the middle."""
        self.zoom(_KEY_STEP)

    @Slot()
    def zoom_out(self) -> None:
        """Shrink around the middle."""
        self.zoom(1 / _KEY_STEP)

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge by ``factor``; what is under ``around`` (viewport's coordinates; default: the middle) stays there."""
        at = around if around is not None else QPointF(self.viewport().rect().center())
        fixed = self._in_scene(at)
        self._set_scale(self.scale_ * factor)
        self._put(fixed, at)

    def pan(self, by: QPointF) -> None:
        """Move the graph by screen pixels."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - round(by.x()))
        down.setValue(down.value() - round(by.y()))

    @Slot()
    def _dress(self) -> None:
        self.graph.set_style(Style(graph_colors_of(self.palette()), Fonts.of(self.font())))
        self.graph.select(self._selected)

    def _fitting_scale(self) -> float:
        area, room = self.graph.content, self.viewport().size()
        across, down = (room.width() - 2 * _MARGIN) / area.width(), (room.height() - 2 * _MARGIN) / area.height()
        return max(1e-3, min(across, down, 1.25))

    def _set_scale(self, scale: float) -> None:
        least = min(0.2, self._fitting_scale() / 2) if not self.graph.content.isEmpty() else 0.2
        factor = min(_NEAREST, max(least, scale)) / self.scale_
        self.scale(factor, factor)
        self._make_room()

    def _make_room(self) -> None:
        """Let the view pan a little beyond the graph, so that whatever is at its rim can stand in the middle."""
        across = _ROOM * self.viewport().width() / self.scale_
        down = _ROOM * self.viewport().height() / self.scale_
        self.setSceneRect(self.graph.content.adjusted(-across, -down, across, down))

    def _put(self, place: QPointF, at: QPointF) -> None:
        """Move the view so that a place of the scene is at a point of the viewport."""
        self.pan(at - self._in_view(place))

    def _in_view(self, place: QPointF) -> QPointF:
        return self.viewportTransform().map(place)

    def _in_scene(self, at: QPointF) -> QPointF:
        return self.viewportTransform().inverted()[0].map(at)

    def _sees(self, box: BoxItem) -> bool:
        seen = QRectF(self.viewport().rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        return seen.contains(self._in_view(_top_of(box)))

    def _step(self, key: Qt.Key) -> None:
        """Select the next box in the direction of an arrow key."""
        here = self.selected_box()
        if self.drawing is None or here is None:
            return
        layout = self.drawing.layout
        rects = {**layout.groups, **layout.nodes}
        found = next_box(rects, {(w.source, w.target) for w in layout.wires}, here.card.id, key)
        if found is not None and found >= 0:
            self.call_clicked.emit(found)

    # Overrides of Qt.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(_WHEEL_STEP ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            over = self.graph.box_at(self._in_scene(event.position()))
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
            return
        way = event.position() - self._pressed
        if self._dragging or way.manhattanLength() >= QApplication.startDragDistance():
            self._dragging, self._pressed = True, event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(way)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._pressed is not None and not self._dragging
        self._pressed, self._dragging = None, False
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        place = self._in_scene(event.position())
        box = self.graph.box_at(place) if clicked else None
        if box is not None and box.card.id >= 0:
            button = box.button()
            if button is not None and button.contains(place):
                self.toggle_wanted.emit(box.card.id)
            else:
                self.call_clicked.emit(box.card.id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        box = self.graph.box_at(self._in_scene(event.position()))
        if box is not None and box.card.opens:
            self.toggle_wanted.emit(box.card.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        box = self.selected_box()
        is_open = self.drawing is not None and box is not None and box.card.id in self.drawing.layout.groups
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down | Qt.Key.Key_Left | Qt.Key.Key_Right as key:
                self._step(Qt.Key(key))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if box is not None and box.card.opens:
                self.toggle_wanted.emit(box.card.id)
            case Qt.Key.Key_Plus if box is not None and box.card.opens and not is_open:
                self.toggle_wanted.emit(box.card.id)
            case Qt.Key.Key_Minus if box is not None and is_open:
                self.toggle_wanted.emit(box.card.id)
            case Qt.Key.Key_Minus if box is not None:
                self.close_around_wanted.emit(box.card.id)
            case Qt.Key.Key_Home:
                self.start_anew()
            case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown as key:
                self.pan(QPointF(0.0, (0.8 if key == Qt.Key.Key_PageUp else -0.8) * self.viewport().height()))
            case _:
                event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave:
            self.viewport().unsetCursor()
        return super().viewportEvent(event)


def next_box(rects: dict[int, Rect], wires: set[tuple[int, int]], here: int, arrow: Qt.Key) -> int | None:
    """Return the box that an arrow key leads to: along the wires up and down, else the nearest beside."""
    x, y = _middle(rects[here])
    if arrow in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        down = arrow == Qt.Key.Key_Down
        linked = [b if down else a for a, b in wires if (a if down else b) == here]
        linked = linked or [box for box, rect in rects.items() if (_middle(rect)[1] - y) * (1 if down else -1) > 1]
        return min(linked, key=lambda box: _apart(rects[box], x, y), default=None)
    side = 1 if arrow == Qt.Key.Key_Right else -1
    beside = [box for box, rect in rects.items() if (_middle(rect)[0] - x) * side > 1]
    beside = [box for box in beside if abs(_middle(rects[box])[1] - y) < 200]
    return min(beside, key=lambda box: _apart(rects[box], x, y), default=None)


def _middle(rect: Rect) -> tuple[float, float]:
    return rect.x + rect.width / 2, rect.y + min(rect.height, 40.0) / 2


def _apart(rect: Rect, x: float, y: float) -> float:
    middle = _middle(rect)
    return abs(middle[0] - x) + abs(middle[1] - y)


def _top_of(box: BoxItem) -> QPointF:
    return box.pos() + QPointF(box.box.width() / 2, 0.0)
