"""The main window: which widget stands where, and who hears whom. No decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QSplitter

from cnnviz.errors import CnnvizError
from cnnviz.gui.closing import Closing
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.details.details_panel import DetailsPanel
from cnnviz.gui.inspector import Inspect, Inspector, Memory
from cnnviz.gui.last_network import LastNetwork
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.page_menu import PageMenu
from cnnviz.gui.page_tabs import PageTabs
from cnnviz.gui.pages import PageEntry
from cnnviz.gui.panel_widths import PanelWidths
from cnnviz.gui.parts.file_drop import FileDrop
from cnnviz.gui.parts.reading_order import neighbour
from cnnviz.gui.picker.network_panel import NetworkPanel
from cnnviz.gui.picker.own_networks import SUFFIXES, OwnNetworks
from cnnviz.gui.preferences import Preferences
from cnnviz.gui.session import Session
from cnnviz.gui.status_bar import StatusBar
from cnnviz.gui.theme import Theme
from cnnviz.gui.window_commands import MENUS, window_commands
from cnnviz.gui.window_memory import FIRST_SIZE, last_page, remember_window, restore_window
from cnnviz.gui.workers.warmup import Warmup
from cnnviz.inspection.inspected import inspect_spec
from cnnviz.zoo.catalog import ModelSpec, find

if TYPE_CHECKING:
    from cnnviz.training.data.numbered_picture import FoundPicture

_COLUMNS = (256, 754, 270)


class MainWindow(QMainWindow):
    """Left: which network. Middle: the pages. Right: the selected call."""

    painted = Signal()  # once: the first frame is on its way to the screen

    def __init__(
        self,
        session: Session,
        theme: Theme,
        settings: Preferences,
        inspect: Inspect = inspect_spec,
        memory: Memory | None = None,
    ) -> None:
        super().__init__()
        self.session, self._theme, self._settings = session, theme, settings
        self._was_painted = False
        self.inspector = Inspector(session, inspect, memory, self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.setCentralWidget(self.splitter)  # first: the style sheet is read anew for all in what gets a parent
        self.network = NetworkPanel(session, self.splitter)
        self.own = OwnNetworks(session, settings, self)
        self.last_network = LastNetwork(session, settings, self)
        self.tabs = PageTabs(Shared(session, inspect), settings, parent=self.splitter)
        self.details = DetailsPanel(session, self.splitter)
        self.status = StatusBar()
        self.warmup = Warmup([entry.module for entry in self.tabs.entries], self)
        enders = [each.close for each in (self.inspector, self.own, self.last_network)]
        self.closing = Closing(self, self.tabs, enders, self.warmup)
        self._commands = window_commands(self, theme)
        self._actions = Actions(self._commands, self)
        self._lay_out()
        self._add_menus()
        self._connect()
        self._list_own()
        self.status.show_text_size(theme.text_size)
        self.tabs.build(at_once=True)
        restore_window(self, self.splitter, settings)
        self.tabs.show_page(last_page(settings))

    def page(self, id_: str) -> Page:
        """Return a page that is built."""
        return self.tabs.page(id_)

    def commands(self) -> tuple[Command, ...]:
        """Return everything that can be done, the window's own first, then page by page."""
        return (*self._commands, *(command for page in self.tabs.pages for command in page.commands()))

    @Slot()
    def build_pages(self) -> None:
        """Build at once the pages that else come one by one behind the first frame."""
        self.tabs.build(at_once=False)

    @Slot()
    def start_work(self) -> None:
        """Import what the first frame did without; the other pages and the first inspection follow."""
        self.warmup.start()

    @Slot(object)
    def open_picture(self, picture: Path | FoundPicture) -> None:
        """Look at a picture, a file or one of data."""
        self.session.set_picture(picture)
        self.tabs.show_page("maps")

    @Slot(object)
    def open_run(self, folder: Path) -> None:
        """Show the curves of a run on disk."""
        self.tabs.show_page("training")
        self.session.set_run(folder)

    @Slot(object)
    def _hear(self, page: Page) -> None:
        page.activity_changed.connect(self.status.show_activity)
        page.progress_changed.connect(self.status.show_progress)
        page.work_ended.connect(self.closing.go_on_soon)
        self._actions.give_way_to(page.commands(), page)

    @Slot(object)
    def _show_details(self, entry: PageEntry) -> None:
        self.details.setVisible(entry.beside_details)

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
    def _miss_torch(self, error: CnnvizError) -> None:
        self.status.show_device("No PyTorch")
        self.tabs.show_notice(error.message, error.hint)

    def _connect(self) -> None:
        self.session.spec_changed.connect(self._show_spec)
        for answered in (self.session.inspected_changed, self.session.kept_changed):
            answered.connect(self.tabs.clear_error)
        self.session.kept_changed.connect(self.status.show_kept)
        self.own.list_changed.connect(self._list_own)
        self.own.network_wanted.connect(self.network.pick_or_ask)
        self.own.allowed.connect(self.inspector.inspect_again)
        self.own.failed.connect(self.tabs.show_error)
        FileDrop(self, SUFFIXES).dropped.connect(self.own.open)
        self.network.forget_requested.connect(self.own.forget)
        self.tabs.entry_shown.connect(self._show_details)
        self._theme.text_size_changed.connect(self.status.show_text_size)
        self.tabs.page_built.connect(self._hear)
        for waiting in (self.closing, self.last_network):
            waiting.activity_changed.connect(self.status.show_activity)
        self.inspector.busy_changed.connect(self._show_inspecting)
        self.warmup.imported.connect(self.tabs.build_in_turn)
        self.warmup.ready.connect(self._greet_torch)
        self.warmup.failed.connect(self._miss_torch)

    def _lay_out(self) -> None:
        for widget, width in zip((self.network, self.tabs, self.details), _COLUMNS, strict=True):
            widget.resize(width, FIRST_SIZE.height())
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setCollapsible(1, False)
        self.splitter.setSizes(list(_COLUMNS))
        self._widths = PanelWidths(self.splitter, self.network, self.tabs, self.details)
        self.setStatusBar(self.status)

    def _add_menus(self) -> None:
        menus = {title: self.menuBar().addMenu(f"&{title}") for title in MENUS}
        for title, menu in menus.items():
            self._actions.fill(menu, title)
        self.menuBar().insertMenu(menus["Help"].menuAction(), PageMenu(self.tabs.commands, self))

    # Overrides of Qt.

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._was_painted:
            self._was_painted = True
            self.painted.emit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._widths.fit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        found = neighbour(self, self.focusWidget(), forward)
        if found is not None:
            reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            found.setFocus(reason)
        return found is not None

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closing.may_close():
            event.ignore()
            return
        self.tabs.remember_choices()
        self.last_network.remember()
        remember_window(self, self.splitter, self.tabs.entry.id, self._settings, self._theme)
        self.hide()
        self.closing.end_threads()
        event.accept()
