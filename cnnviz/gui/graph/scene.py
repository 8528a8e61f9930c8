"""The scene of a graph: makes the items of a graph and says which of them are selected and marked."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene

from cnnviz.gui.calls.columns import without_batch
from cnnviz.gui.graph.cards import GraphDrawing
from cnnviz.gui.graph.items import BoxItem, CardItem, FrameItem, HeaderItem, LabelItem, Style, WireItem
from cnnviz.inspection.call import Shape
from cnnviz.inspection.graphs.graph import Graph, Nesting
from cnnviz.inspection.graphs.graph_layout import Wire

_FRAME_Z, _WIRE_Z, _BRIGHT_Z, _LABEL_Z, _HEADER_Z, _CARD_Z = 0.0, 1000.0, 1001.0, 1002.0, 2000.0, 3000.0


class GraphScene(QGraphicsScene):
    """Draws one graph at a time. An id is Call.index, or INPUT, or OUTPUT."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.style_ = style
        self.drawing: GraphDrawing | None = None
        self.boxes: dict[int, BoxItem] = {}  # cards and frames
        self._selected: int | None = None
        self._bright: WireItem | None = None
        self.setBackgroundBrush(style.colors.background)

    def show_drawing(self, drawing: GraphDrawing | None) -> None:
        """Show another graph; selection and marks are gone."""
        self.clear()
        self.drawing, self.boxes, self._selected, self._bright = drawing, {}, None, None
        if drawing is not None:
            self._nesting = Nesting.of(drawing.report)
            depths = _depths(drawing.graph)
            self._add_frames(drawing, depths)
            self._add_wires(drawing, depths)
            for node in drawing.graph.nodes:
                card = CardItem(drawing.cards[node.id], drawing.layout.nodes[node.id], self.style_)
                self._add_box(card, _CARD_Z)

    @property
    def content(self) -> QRectF:
        """Where the graph is, in scene coordinates."""
        layout = None if self.drawing is None else self.drawing.layout
        return QRectF() if layout is None else QRectF(0.0, 0.0, layout.width, layout.height)

    def box_of(self, call: int) -> BoxItem | None:
        """Return the card or frame of a call, or of the closed container that stands for it."""
        if call in self.boxes or self.drawing is None or not 0 <= call < len(self.drawing.report.calls):
            return self.boxes.get(call)
        return self.boxes.get(self._nesting.shown_for(call, self.drawing.opened))

    def box_at(self, position: QPointF) -> BoxItem | None:
        """Return the card at a place, or the frame whose header is there."""
        cards = [box for box in self.boxes.values() if _catches(box, position)]
        return cards[-1] if cards else None

    def select(self, call: int | None) -> BoxItem | None:
        """Show a call as the selected one, with all that flows into and out of it, and return its box."""
        box = None if call is None else self.box_of(call)
        if self._selected is not None and self._selected in self.boxes:
            self._set_selected(self.boxes[self._selected], False)
        if self._bright is not None:
            self.removeItem(self._bright)
        self._bright = None
        self._selected = None if box is None else box.card.id
        if box is not None and self.drawing is not None:
            self._set_selected(box, True)
            around = [w for w in self.drawing.layout.wires if box.card.id in (w.source, w.target)]
            if around:
                self._bright = WireItem(around, self.style_, highlight=True)
                self._bright.setZValue(_BRIGHT_Z)
                self.addItem(self._bright)
        return box

    def mark(self, calls: Iterable[int]) -> None:
        """Mark the boxes that stand for these calls, and no others."""
        wanted = {box.card.id for box in map(self.box_of, calls) if box is not None}
        for key, box in self.boxes.items():
            if box.is_marked != (key in wanted):
                box.is_marked = key in wanted
                box.update()

    def set_style(self, style: Style) -> None:
        """Paint in other colours or fonts."""
        self.style_ = style
        self.setBackgroundBrush(style.colors.background)
        self.show_drawing(self.drawing)

    def paint_all(self, painter: QPainter, margin: float) -> None:
        """Paint the whole graph as it is printed, with nothing selected, its left and top end at ``margin``."""
        area = self.content.adjusted(-margin, -margin, margin, margin)
        selected, marked = self._selected, [key for key, box in self.boxes.items() if box.is_marked]
        self.select(None)
        self.mark(())
        self.style_.for_file = True
        try:
            self.render(painter, QRectF(0.0, 0.0, area.width(), area.height()), area)
        finally:
            self.style_.for_file = False
            self.select(selected)
            self.mark(marked)

    def _set_selected(self, box: BoxItem, selected: bool) -> None:
        box.is_selected = selected
        self.update(box.sceneBoundingRect())  # a frame's header too

    def _add_box(self, box: BoxItem, z: float) -> None:
        box.setZValue(z)
        self.addItem(box)
        self.boxes[box.card.id] = box

    def _add_frames(self, drawing: GraphDrawing, depths: dict[int | None, int]) -> None:
        for group in drawing.graph.groups:
            depth = depths[group.id]
            frame = FrameItem(drawing.cards[group.id], drawing.layout.groups[group.id], self.style_, depth)
            self._add_box(frame, _FRAME_Z + depth)
            header = HeaderItem(frame)
            header.setZValue(_HEADER_Z + depth)
            self.addItem(header)

    def _add_wires(self, drawing: GraphDrawing, depths: dict[int | None, int]) -> None:
        wires: dict[int, list[Wire]] = {}
        for wire in drawing.layout.wires:
            wires.setdefault(wire.source, []).append(wire)
        shapes: dict[int, tuple[Shape, ...]] = {}
        for edge in drawing.graph.edges:
            shapes[edge.source] = tuple(dict.fromkeys((*shapes.get(edge.source, ()), *edge.shapes)))
        inside = {node.id: node.group for node in drawing.graph.nodes}
        for source, together in wires.items():
            item = WireItem(together, self.style_)
            item.setZValue(_WIRE_Z)
            self.addItem(item)
            if shapes[source]:
                label = LabelItem(without_batch(shapes[source]), together[0], self.style_, depths[inside[source]])
                label.setZValue(_LABEL_Z)
                self.addItem(label)


def _depths(graph: Graph) -> dict[int | None, int]:
    """Return how many frames are around what is inside each frame, itself included; 0 for the network."""
    depths: dict[int | None, int] = {None: 0}
    for group in graph.groups:
        depths[group.id] = depths[group.group] + 1
    return depths


def _catches(box: BoxItem, position: QPointF) -> bool:
    area = box.header if isinstance(box, FrameItem) else box.box
    return area.translated(box.pos()).contains(position)
