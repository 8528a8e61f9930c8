"""What a graph says: the texts and sizes of its cards, measured and laid out in a worker thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF

from cnnviz import units
from cnnviz.gui.calls.columns import settings_text, without_batch
from cnnviz.inspection.graphs.graph import OUTPUT, Graph, Nesting, Node, graph_of
from cnnviz.inspection.graphs.graph_layout import Layout, Size, lay_out
from cnnviz.inspection.kinds.kind import Family
from cnnviz.inspection.report import Report

PAD = 10.0  # inside a card, pixels of the scene
STRIPE = 5.0  # the family's colour at a card's left end
BUTTON = 16.0  # side of the + and − buttons
GAP = 14.0  # between two texts of one line
_LEAST, _MOST = 144.0, 300.0  # width of a card
_STEP = 12.0  # widths are multiples of this, so that neighbours look alike


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts of a graph. Their sizes are pixels of the scene, so that a zoom enlarges them."""

    bold: QFont
    plain: QFont

    @classmethod
    def of(cls, font: QFont) -> Fonts:
        """Return the fonts that go with a widget's."""
        pixels = max(9, QFontInfo(font).pixelSize())
        bold, plain = QFont(font), QFont(font)
        bold.setPixelSize(pixels)
        bold.setWeight(QFont.Weight.DemiBold)
        plain.setPixelSize(max(8, pixels - 2))
        return cls(bold, plain)


@dataclass(frozen=True, slots=True)
class Card:
    """One node, or the header of one frame, in words. A node's output shape stands on the edge below it."""

    id: int
    family: Family
    title: str
    right: str  # of the first line
    below: str  # second line, left; a card without one has one line
    amount: str  # second line, right
    shape: str  # of the output; on the edge below a card, at the right of a header
    tip: str
    share: float | None
    size: Size
    opens: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class GraphDrawing:
    """A graph, ready to be drawn."""

    report: Report
    opened: frozenset[int]
    graph: Graph
    layout: Layout
    cards: Mapping[int, Card]  # of nodes and frames, by id


def draw_graph(report: Report, opened: frozenset[int], font: QFont) -> GraphDrawing:
    """Return the graph of ``report`` with these containers open. May run in any thread."""
    graph = graph_of(report, opened, Nesting.of(report))
    words = _Words(report, Fonts.of(font))
    cards = {node.id: words.card(node) for node in graph.nodes}
    cards |= {group.id: words.header(group) for group in graph.groups}
    layout = lay_out(graph, {key: card.size for key, card in cards.items()})
    return GraphDrawing(report, opened, graph, layout, cards)


class _Words:
    """Writes and measures cards; the same text is measured once."""

    def __init__(self, report: Report, fonts: Fonts) -> None:
        self._report = report
        self._bold, self._plain = QFontMetricsF(fonts.bold), QFontMetricsF(fonts.plain)
        self._known: dict[tuple[bool, str], float] = {}

    def card(self, node: Node) -> Card:
        shape = without_batch(node.shapes) if node.shapes else ""
        title, right, below, amount = node.kind.capitalize(), shape if node.id == OUTPUT else "", "", ""
        if node.id >= 0:
            call = self._report.calls[node.id]
            title, right = node.kind, "" if node.name == node.kind else node.name
            below = f"{node.holds} inside" if node.holds else settings_text(call)
            amount = f"{units.short(call.params)} params" if call.params else ""
            below, amount = (below, amount) if below else (amount, "")
        room = BUTTON + 4 if node.holds else 0.0
        width = max(_LEAST if below or amount else 0.0, self._line((title, right), room), self._line((below, amount)))
        width = -(-min(_MOST, width) // _STEP) * _STEP
        height = self._bold.height() + (self._plain.height() + 20.0 if below or amount else 12.0)
        return Card(
            node.id, node.family, title, right, below, amount, shape, self._tip(node), node.share,
            Size(width, round(height)), bool(node.holds), node.failed,
        )  # fmt: skip

    def header(self, group: Node) -> Card:
        shape = without_batch(group.shapes) if group.shapes else ""
        width = self._line((group.name, group.kind, shape), BUTTON + 8)
        size = Size(width, round(self._bold.height() + 12.0))
        return Card(
            group.id, group.family, group.name, group.kind, "", "", shape, self._tip(group), group.share, size,
            opens=True, failed=group.failed,
        )  # fmt: skip

    def _line(self, texts: tuple[str, ...], more: float = 0.0) -> float:
        """Return the width of texts in one line; the first is taken to be bold."""
        widths = [self._width(text, i == 0) for i, text in enumerate(texts) if text]
        return sum(widths) + GAP * max(0, len(widths) - 1) + more + 2 * PAD + STRIPE

    def _width(self, text: str, bold: bool) -> float:
        key = (bold, text)
        if key not in self._known:
            self._known[key] = (self._bold if bold else self._plain).horizontalAdvance(text)
        return self._known[key]

    def _tip(self, node: Node) -> str:
        if node.id < 0:
            return f"The network's {node.kind}"
        call = self._report.calls[node.id]
        lines = [f"{call.path or self._report.title}  {call.kind}"]
        lines.append(f"{without_batch(call.input_shapes)} → {without_batch(call.output_shapes)}")
        lines.append(units.counted(call.params, "parameter"))
        share = "" if node.share is None else f" ({node.share:.1%} of the network)"
        lines.append(f"{units.exact(call.macs)} multiply-adds{share}")
        if node.holds:
            lines.append("A double click opens or closes it")
        return "\n".join(lines)
