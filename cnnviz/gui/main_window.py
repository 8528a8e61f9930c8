"""The main window: which widget stands where, and who hears whom. No decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QSplitter, QTabWidget, QWidget

from cnnviz.gui import dialogs
from cnnviz.gui.commands import Command, add_menu, add_theme_menu
from cnnviz.gui.details.details_panel import DetailsPanel
from cnnviz.gui.inspector import Inspect, Inspector
from cnnviz.gui.layers.page import LayersPage
from cnnviz.gui.parts.labels import label
from cnnviz.gui.picker.network_panel import NetworkPanel
from cnnviz.gui.picker.own_networks import OwnNetworks, dropped_network
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.status_bar import StatusBar
from cnnviz.gui.tabs import Tab
from cnnviz.gui.theme import Theme
from cnnviz.gui.warmup import Warmup
from cnnviz.gui.window_memory import remember_window, restore_window
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.zoo.catalog import ModelSpec, find

if TYPE_CHECKING:
    from cnnviz.gui.compare.page import ComparePage
    from cnnviz.gui.graph.page import GraphPage
    from cnnviz.gui.maps.page import FeatureMapsPage
    from cnnviz.gui.training.page import TrainingPage

_SIZE = (1280, 800)  # pixels
_IMPORT_SECONDS = 20  # an import that is under way cannot be cut short
_COLUMNS = (256, 754, 270)


class MainWindow(QMainWindow):
    """Left: which network. Middle: the pages. Right: the selected call."""

    painted = Signal()  # once: the first frame is on its way to the screen

    def __init__(self, session: Session, theme: Theme, settings: Preferences, inspect: Inspect = inspect_spec) -> None:
        super().__init__()
        self.session, self._theme, self._settings = session, theme, settings
        self._was_painted = False
        self._closing = False
        self.feature_maps: FeatureMapsPage | None = None  # built after the first frame
        self.training: TrainingPage | None = None
        self.compare: ComparePage | None = None
        self.graph: GraphPage | None = None
        self._inspect = inspect
        self.inspector = Inspector(session, inspect, self)
        self.warmup = Warmup(self)
        self.network = NetworkPanel(session)
        self.own = OwnNetworks(session, settings, self)
        self.layers = LayersPage(session)
        self.details = DetailsPanel(session)
        self.status = StatusBar()
        self.tabs = QTabWidget(documentMode=True)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._add_menus()
        self._connect()
        self._list_own()
        self.setAcceptDrops(True)
        self.resize(*_SIZE)
        restore_window(self, self.splitter, settings)

    @Slot()
    def build_pages(self) -> None:
        """Build the pages that need pyqtgraph, whose import costs more than the whole rest of the window."""
        from cnnviz.gui.compare.page import ComparePage
        from cnnviz.gui.graph.page import GraphPage
        from cnnviz.gui.maps.page import FeatureMapsPage
        from cnnviz.gui.training.page import TrainingPage

        self.compare = ComparePage(self.session, self._inspect)
        self._fill_tab(Tab.COMPARE, self.compare)
        self.graph = GraphPage(self.session)
        self._fill_tab(Tab.GRAPH, self.graph)
        self.feature_maps = FeatureMapsPage(self.session)
        self.training = TrainingPage(self.session)
        self._fill_tab(Tab.FEATURE_MAPS, self.feature_maps)
        self._fill_tab(Tab.TRAINING, self.training)
        self.training.feature_maps_wanted.connect(self._show_feature_maps)
        self.training.activity_changed.connect(self.status.show_activity)
        self.training.progress_changed.connect(self.status.show_progress)
        self.training.run_ended.connect(self._close_after_run)

    @Slot()
    def start_work(self) -> None:
        """Import what the first frame did without; ``build_pages`` and the first inspection follow."""
        self.warmup.start()

    def show_tab(self, tab: Tab) -> None:
        """Bring a page to the front."""
        self.tabs.setCurrentIndex(tab)

    def open_picture(self, picture: Path) -> None:
        """Look at a picture."""
        self.session.set_picture(picture)
        self._show_feature_maps()

    def open_run(self, folder: Path) -> None:
        """Show the curves of a run on disk."""
        self.show_tab(Tab.TRAINING)
        self.session.set_run(folder)

    @Slot()
    def stop_and_close(self) -> None:
        """Close without asking; a run that is under way is ended first, and what it has learned is kept."""
        if self.training is None or not self.training.running:
            self.close()
            return
        self._closing = True
        self.status.show_activity("Stopping the run…")
        self.training.stop()

    @Slot()
    def _show_feature_maps(self) -> None:
        self.show_tab(Tab.FEATURE_MAPS)

    @Slot(int)
    def _show_details(self, tab: int) -> None:
        # The maps need the room, and a run or a comparison is of whole networks.
        self.details.setVisible(tab in (Tab.LAYERS, Tab.GRAPH))

    @Slot(int)
    def _give_room_to(self, tab: int) -> None:
        # A page that is out of sight must not widen the window beyond a small screen.
        for position in range(self.tabs.count()):
            wanted = QSizePolicy.Policy.Preferred if position == tab else QSizePolicy.Policy.Ignored
            if (page := self.tabs.widget(position)) is not None:
                page.setSizePolicy(wanted, page.sizePolicy().verticalPolicy())

    @Slot(object)
    def _show_spec(self, spec: ModelSpec) -> None:
        self.setWindowTitle(f"{find(spec.name).title} – cnnviz")

    @Slot()
    def _list_own(self) -> None:
        self.network.show_own(self.own.architectures(), self.own.unreadable())

    @Slot(bool)
    def _show_inspecting(self, busy: bool) -> None:
        self.status.show_activity("Inspecting…" if busy else "")

    @Slot(object)
    def _greet_torch(self, device: str) -> None:
        self.status.show_device(device)
        self.session.announce_torch()

    @Slot(object)
    def _miss_torch(self, reason: str) -> None:
        self.status.show_device("PyTorch cannot be loaded")
        self.layers.banner.show_notice("PyTorch cannot be loaded.", f"{reason} Install it again: pip install torch")

    def _quit(self) -> None:
        self.close()

    @Slot()
    def _close_after_run(self) -> None:
        if self._closing:
            QTimer.singleShot(0, self.close)

    @Slot()
    def end_threads(self) -> None:
        """End every thread of the window now, and wait for them."""
        self.inspector.close()
        self.layers.close()
        if self.compare is not None:
            self.compare.close()
        if self.graph is not None:
            self.graph.close()
        if self.feature_maps is not None and self.training is not None:
            self.feature_maps.close()
            self.training.shut_down()
        self.warmup.wait(_IMPORT_SECONDS)

    def _connect(self) -> None:
        self.session.spec_changed.connect(self._show_spec)
        self.own.list_changed.connect(self._list_own)
        self.own.network_wanted.connect(self.network.pick_or_ask)
        self.own.allowed.connect(self.inspector.inspect_again)
        self.own.failed.connect(self.layers.banner.show_error)
        self.network.forget_requested.connect(self.own.forget)
        self.tabs.currentChanged.connect(self._give_room_to)
        self.tabs.currentChanged.connect(self._show_details)
        self.inspector.busy_changed.connect(self._show_inspecting)
        self.warmup.pages_imported.connect(self.build_pages)
        self.warmup.ready.connect(self._greet_torch)
        self.warmup.failed.connect(self._miss_torch)

    def _lay_out(self) -> None:
        for tab in Tab:
            self.tabs.addTab(self.layers if tab is Tab.LAYERS else _placeholder(), tab.title)
        for widget, width in zip((self.network, self.tabs, self.details), _COLUMNS, strict=True):
            self.splitter.addWidget(widget)
            widget.resize(width, _SIZE[1])
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setCollapsible(1, False)
        self.splitter.setSizes(list(_COLUMNS))
        self.network.setMinimumWidth(256)
        self.details.setMinimumWidth(220)
        self.setCentralWidget(self.splitter)
        self.setStatusBar(self.status)

    def _fill_tab(self, index: int, page: QWidget) -> None:
        current, title, empty = self.tabs.currentIndex(), self.tabs.tabText(index), self.tabs.widget(index)
        self.tabs.removeTab(index)
        self.tabs.insertTab(index, page, title)
        self.tabs.setCurrentIndex(current)
        self._give_room_to(current)
        if empty is not None:
            empty.deleteLater()

    def _add_menus(self) -> None:
        files = (
            Command("Open network…", lambda: dialogs.ask_for_network(self, self.own.open), "Ctrl+Shift+O"),
            Command("Open picture…", lambda: dialogs.ask_for_picture(self, self.open_picture), "Ctrl+O"),
            Command("Open run folder…", lambda: dialogs.ask_for_folder(self, "Open a run", self.open_run)),
            None,
            Command("Quit", self._quit, "Ctrl+Q"),
        )
        add_menu(self, "&File", files)
        view = add_menu(self, "&View", (Command("Search networks", self.network.focus_search, "Ctrl+F"), None))
        add_theme_menu(view, self._theme)
        helps = (
            Command("Doctor: what is installed, what is wrong", lambda: dialogs.show_doctor(self)),
            Command("About cnnviz", lambda: dialogs.show_about(self)),
        )
        add_menu(self, "&Help", helps)
        for number in range(self.tabs.count()):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            shortcut.activated.connect(lambda at=number: self.tabs.setCurrentIndex(at))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._was_painted:
            self._was_painted = True
            self.painted.emit()
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_network(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (file := dropped_network(event)) is not None:
            event.acceptProposedAction()
            self.own.open(file)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.training is not None and self.training.running:
            event.ignore()  # destroying a running QThread aborts; the run's end closes the window
            if not self._closing:
                dialogs.ask_to_stop(self, self.stop_and_close)
            return
        remember_window(self, self.splitter, self._settings, self._theme, self.session)
        self.hide()
        self.end_threads()
        event.accept()


def _placeholder() -> QWidget:
    waiting = label("Loading…", "muted")
    waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return waiting
