"""The pages in their tabs: one is built with the window, the others one after another behind its first frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QLabel, QScrollArea, QTabWidget, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.commands import Command
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.pages import PAGES, PageEntry
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import one_change
from cnnviz.gui.preferences import Preferences


class PageTabs(QTabWidget):
    """Speaks of pages by their ids."""

    page_built = Signal(object)  # Page
    entry_shown = Signal(object)  # PageEntry: its tab is in front, and the page may still be to come

    def __init__(
        self,
        shared: Shared,
        settings: Preferences,
        entries: Sequence[PageEntry] = PAGES,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, documentMode=True)
        self._shared, self._settings = shared, settings
        self.entries = tuple(entries)
        self._pages: dict[str, Page] = {}
        self._notice: tuple[str, str] | None = None  # for every page
        self._told: tuple[Banner, str] | None = None  # where an error was shown, and in which words
        self._waiting = {entry.id: _waiting() for entry in self.entries}
        for entry in self.entries:
            self.addTab(self._waiting[entry.id], entry.title)
        self.currentChanged.connect(self._tell_shown)

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages that are built, in the order of their tabs."""
        return tuple(self._pages[entry.id] for entry in self.entries if entry.id in self._pages)

    @property
    def entry(self) -> PageEntry:
        """What is in front."""
        return self.entries[self.currentIndex()]

    def page(self, id_: str) -> Page:
        """Return a page that is built."""
        return self._pages[id_]

    def commands(self) -> tuple[Command, ...]:
        """Return what can be done on the page in front; nothing while it is not built."""
        page = self._pages.get(self.entry.id)
        return () if page is None else page.commands()

    def build(self, at_once: bool) -> None:
        """Build the pages that are made with the window, or those that come after its first frame, unless they are."""
        for entry in self.entries:
            if entry.at_once is at_once:
                self._build(entry)

    @Slot()
    def build_in_turn(self) -> None:
        """Build the pages that come after the first frame, that in front first, and answer the user between two."""
        waiting = [entry for entry in self.entries if entry.id in self._waiting]
        if waiting:
            self._build(self.entry if self.entry in waiting else waiting[0])
            QTimer.singleShot(0, self, self.build_in_turn)

    def end(self) -> None:
        """End the threads of every page; none is built any more."""
        self._waiting.clear()
        for page in self.pages:
            page.end()

    def remember_choices(self) -> None:
        """Write what was chosen on every page that was built."""
        for id_, page in self._pages.items():
            self._settings.store_mapping(f"page/{id_}", page.choices())

    @Slot(str)
    def show_page(self, id_: str) -> None:
        """Bring a page to the front; one that is not in the list is not."""
        for position, entry in enumerate(self.entries):
            if entry.id == id_:
                self.setCurrentIndex(position)

    @Slot(object)
    def show_error(self, error: CnnvizError) -> None:
        """Say what went wrong where it is seen: on the page in front, or on the first while that one is not built."""
        banner = self._pages.get(self.entry.id, self.pages[0]).banner
        banner.show_error(error)
        self._told = banner, banner.text

    @Slot()
    def clear_error(self) -> None:
        """Take back what ``show_error`` said, if it still stands: it has been mended."""
        if self._told is not None and self._told[0].text == self._told[1]:
            self._told[0].clear()
        self._told = None

    def show_notice(self, text: str, hint: str) -> None:
        """Say on every page what concerns all of them."""
        self._notice = text, hint
        for page in self._pages.values():
            page.banner.show_notice(text, hint)

    def _build(self, entry: PageEntry) -> None:
        """Build a page, unless that was tried before."""
        if (waiting := self._waiting.pop(entry.id, None)) is None:
            return
        try:
            with one_change():
                page = entry.build(self._shared)
                self._pages[entry.id] = page
                page.choose(self._settings.mapping(f"page/{entry.id}"))
                page.page_wanted.connect(self.show_page)
                self._fill_tab(entry, page, waiting)
        except ImportError as error:  # of a library that is missing; the other pages do without it
            waiting.setText(f"{entry.title} cannot be shown: {error}")
            return
        if self._notice is not None:
            page.banner.show_notice(*self._notice)
        self.page_built.emit(page)

    def _fill_tab(self, entry: PageEntry, page: Page, waiting: QLabel) -> None:
        """Put the page in the place of what waits there; no other page comes to the front even for a moment."""
        position = self.entries.index(entry)
        in_front = self.currentIndex() == position
        room = QScrollArea(widgetResizable=True)  # a page that needs more room scrolls: none widens the window
        room.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.insertTab(position, room, self.tabText(position))
        room.setWidget(page)
        if in_front:
            self.setCurrentIndex(position)
        self.removeTab(position + 1)
        waiting.deleteLater()

    @Slot(int)
    def _tell_shown(self, position: int) -> None:
        self.entry_shown.emit(self.entries[position])


def _waiting() -> QLabel:
    waiting = label("Loading…", "muted")
    waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return waiting
