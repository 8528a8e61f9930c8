"""The network as a graph: modules that open and close, branches, shapes on the edges."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QShowEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.graph.bar import GraphBar
from cnnviz.gui.graph.box_commands import BOX_MENU, box_commands
from cnnviz.gui.graph.cards import GraphDrawing, draw_graph
from cnnviz.gui.graph.legend import GraphLegend
from cnnviz.gui.graph.view import Anchor, GraphView
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.context_menu import ContextMenu
from cnnviz.gui.parts.drawing_file import DRAWING_KINDS, record, write
from cnnviz.gui.parts.file_dialog import ask_where_to_save
from cnnviz.gui.parts.labels import label, line
from cnnviz.gui.parts.looks import Looks
from cnnviz.gui.session import Session
from cnnviz.gui.workers.latest_job import LatestJob
from cnnviz.gui.workers.saver import Saver
from cnnviz.inspection.call import Call
from cnnviz.inspection.graphs.graph import Nesting, opened_at_first
from cnnviz.inspection.report import Report

_SAVED_MARGIN = 24.0  # pixels of the scene around a saved graph
_ENTER, _SHIFT_ENTER = ("Enter", "Return"), ("Shift+Enter", "Shift+Return")  # that of the digits, and the other one
_WAITING = "PyTorch is loading. The graph appears when it is there."


class GraphPage(Page):
    """Follows the session while it is visible; hidden, it lays out nothing."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._report: Report | None = None  # whose graph is shown, or under way
        self._opened: frozenset[int] = frozenset()  # of that report
        self._anchor: Anchor | None = None  # what stays in place when the next picture comes; None: a new network
        self._hits: tuple[int, ...] = ()
        self._at: int | None = None  # position among the hits
        self.banner = Banner()
        self.bar = GraphBar()
        self.view = GraphView()
        self.legend = GraphLegend()
        self._font = self.view.font()  # that the boxes have room for
        self._waiting = label(_WAITING, "muted")
        self._soon = QTimer(self, singleShot=True, interval=0)  # many changes at once are one
        self._layouts = LatestJob(self, "graph-layout")
        self._saver = Saver(self)
        self._lay_out()
        self._connect()
        actions = Actions(self.commands(), self)
        for button, command in self.bar.buttons.items():
            actions.wire(button, f"graph.{command}")
        self.box_menu = ContextMenu(self.view, actions.context_menu(BOX_MENU), self.view.menu_place)

    @property
    def drawing(self) -> GraphDrawing | None:
        """The graph on screen."""
        return self.view.drawing

    @property
    def opened(self) -> frozenset[int]:
        """The containers that are open, or will be in the next picture."""
        return self._opened

    @property
    def selected(self) -> Call | None:
        """The call that is selected, whichever box stands for it; None while no graph shows it."""
        return self._session.selected_call if self._has_drawing() else None

    @Slot(object)
    def toggle(self, call: int) -> None:
        """Open a closed container, close an open one. It stays where it is on screen."""
        if self._report is not None and Nesting.of(self._report).is_container(call):
            self._open(self._opened ^ {call}, call)

    @Slot()
    def open_all(self) -> None:
        """Show every operation."""
        if self._report is not None:
            self._open(Nesting.of(self._report).containers())

    @Slot()
    def close_all(self) -> None:
        """Show only the outermost modules."""
        self._open(frozenset())

    def save(self, file: Path) -> None:
        """Write the graph on screen to a .svg or .png."""
        if self.drawing is not None:
            ground = self.view.graph.style_.colors.background
            self._saver.save(partial(write, record(self._paint), self._saved_size(), ground), file)

    @Slot()
    def ask_where_to_save(self) -> QFileDialog | None:
        """Ask for a file and write the graph on screen to it."""
        if self.drawing is None:
            return None
        return ask_where_to_save(self, "Save the graph", f"{self.drawing.report.title} graph", DRAWING_KINDS, self.save)

    def commands(self) -> tuple[Command, ...]:
        view, search, shown, found = self.view, self.bar.search, self._has_drawing, self._has_hits
        return (
            *box_commands(self, self._session),
            Command("graph.find-next", "The next hit", partial(self._step, 1), _ENTER, search, enabled=found),
            Command(
                "graph.find-previous", "The hit before", partial(self._step, -1), _SHIFT_ENTER, search, enabled=found
            ),
            Command("graph.open-all", "Show every operation", self.open_all, enabled=shown),
            Command("graph.close-all", "Show only the outermost modules", self.close_all, enabled=shown),
            Command("graph.zoom-out", "Zoom out", view.zoom_out, ("Ctrl+-",), enabled=shown),
            Command("graph.zoom-in", "Zoom in", view.zoom_in, ("Ctrl++", "Ctrl+="), enabled=shown),
            Command("graph.fit", "Show the whole graph", view.fit, ("Ctrl+0",), enabled=shown),
            Command("graph.save", "Save the graph as SVG or PNG…", self.ask_where_to_save, enabled=shown),
        )

    def end(self) -> None:
        self._layouts.close()
        self._saver.end()

    # From what is wanted to what is shown.

    @Slot()
    def _update(self) -> None:
        report = self._session.report
        if not self.isVisible() or report is None:
            return
        if report is not self._report:
            same = self._report is not None and _outline(report) == _outline(self._report)
            self._anchor = self.view.anchor_at() if same else None
            self._opened = self._opened if same else opened_at_first(report)
            self._report = report
            self._find(self.bar.search.text())
            self._request()
        self._show_selection(None)

    def _open(self, opened: frozenset[int], anchor: int | None = None) -> None:
        if self._report is not None and opened != self._opened:
            self._opened = opened
            self._anchor = self.view.anchor_at(anchor if anchor is not None else self._selected_index())
            self._request()

    def _request(self) -> None:
        self._font = self.view.font()
        if self._report is not None:
            self._layouts.submit(partial(draw_graph, self._report, self._opened, self._font))

    @Slot()
    def _follow_font(self) -> None:
        """Give the boxes room for text of another size."""
        if self._font != self.view.font():
            self._anchor = self.view.anchor_at()
            self._request()

    @Slot(object)
    def _show(self, drawing: GraphDrawing) -> None:
        self._waiting.hide()
        new = self.drawing is None or self.drawing.report is not drawing.report
        self.view.select(self._selected_index(), center=False)
        self.view.show_drawing(drawing, None if new and self._anchor is None else self._anchor)
        self.view.graph.mark(self._hits)
        self.legend.show_families(node.family for node in drawing.graph.nodes if node.id >= 0)
        if self._at is not None:
            self.view.select(self._selected_index())

    @Slot(object)
    def _show_selection(self, _call: int | None) -> None:
        if self.isVisible() and self.drawing is not None and self.drawing.report is self._session.report:
            self.view.select(self._selected_index())

    def _selected_index(self) -> int | None:
        selected = self._session.selected_call
        return None if selected is None else selected.index

    @Slot(object)
    def _close_around(self, call: int) -> None:
        if self._report is not None:
            around = next((each for each in Nesting.of(self._report).around(call) if each in self._opened), None)
            if around is not None:
                self._session.select_call(around)
                self.toggle(around)

    # Search.

    def _has_hits(self) -> bool:
        return bool(self._hits)

    @Slot(str)
    def _find(self, text: str) -> None:
        words = text.lower().split()
        calls = self._report.calls if self._report is not None and words else ()
        self._hits = tuple(call.index for call in calls if call.path and _matches(call, words))
        self._at = None
        self.view.graph.mark(self._hits)
        self.bar.show_hits(None, len(self._hits))

    @Slot(int)
    def _step(self, by: int) -> None:
        """Select the next hit, and open whatever is around it."""
        if not self._hits or self._report is None:
            return
        self._at = (0 if by > 0 else -1) if self._at is None else self._at + by
        self._at %= len(self._hits)
        call = self._hits[self._at]
        self.bar.show_hits(self._at, len(self._hits))
        around = frozenset(Nesting.of(self._report).around(call))
        self._session.select_call(call)
        self._open(self._opened | (around & Nesting.of(self._report).containers()))

    # Saving.

    def _has_drawing(self) -> bool:
        return self.drawing is not None

    def _paint(self, painter: QPainter) -> None:
        self.view.graph.paint_all(painter, _SAVED_MARGIN)

    def _saved_size(self) -> QSize:
        area = self.view.graph.content
        return QSize(round(area.width() + 2 * _SAVED_MARGIN), round(area.height() + 2 * _SAVED_MARGIN))

    # Wiring.

    def _connect(self) -> None:
        Looks(self.view).changed.connect(self._follow_font)
        session, bar, view = self._session, self.bar, self.view
        session.inspected_changed.connect(self._soon_update)
        session.call_selected.connect(self._show_selection)
        view.call_clicked.connect(session.select_call)
        view.toggle_wanted.connect(self.toggle)
        view.close_around_wanted.connect(self._close_around)
        bar.search_changed.connect(self._find)
        self._soon.timeout.connect(self._update)
        self._layouts.succeeded.connect(self._show)
        self._layouts.failed.connect(self.banner.show_error)
        self._saver.saved.connect(self.banner.show_saved)
        self._saver.failed.connect(self.banner.show_error)

    @Slot()
    def _soon_update(self) -> None:
        self._soon.start()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.banner, self.bar, line()):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addWidget(line())
        column.addWidget(self.legend)
        inside = QVBoxLayout(self.view.viewport())
        inside.addWidget(self._waiting, 0, Qt.AlignmentFlag.AlignCenter)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()


def build(shared: Shared) -> GraphPage:
    """Make the page for the window."""
    return GraphPage(shared.session)


def _outline(report: Report) -> tuple[tuple[int | None, str, str], ...]:
    """Return what makes two reports have the same containers: a changed input size leaves the same ones open."""
    return tuple((call.parent, call.path, call.kind) for call in report.calls)


def _matches(call: Call, words: list[str]) -> bool:
    text = f"{call.path} {call.kind}".lower()
    return all(word in text for word in words)
