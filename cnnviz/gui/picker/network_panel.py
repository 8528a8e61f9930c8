"""The left panel: search, the tree of architectures, and the options of the one that is picked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QSplitter, QTreeView, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.tall_column import TallColumn
from cnnviz.gui.picker.catalog_model import ARCHITECTURE_ROLE, FILE_ROLE, CatalogFilter, CatalogModel
from cnnviz.gui.picker.options_form import OptionsForm
from cnnviz.gui.session import Session
from cnnviz.zoo.catalog import Architecture, ModelSpec, architectures, find, resolve
from cnnviz.zoo.own.permission import NotAllowedError


class NetworkPanel(QWidget):
    """Picks the session's spec, and follows it."""

    forget_requested = Signal(object)  # Path: take this file of the user's off the list

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._selecting = True  # False while the list is filled anew or filtered
        self._catalog = CatalogModel(architectures(), self)
        self._filter = CatalogFilter(self)
        self._filter.setSourceModel(self._catalog)
        self.search = QLineEdit(placeholderText="Search networks…  (Ctrl+F)", clearButtonEnabled=True)
        self.search.setAccessibleName("Search networks")
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.tree = self._make_tree()
        self.options = OptionsForm()
        self.options.spec_edited.connect(session.set_spec)
        self._title = label("", "heading", wrap=True)
        self._summary = label("", "muted", wrap=True)
        self._source = label("", "caption", wrap=True, selectable=True)
        self._lay_out()
        self._fill_tree()
        session.spec_changed.connect(self._show_spec)
        session.failure_changed.connect(self._show_failure)

    def pick(self, name: str) -> None:
        """Make the architecture of this name, with its default options, the one that is picked.

        Raises:
            CnnvizError: there is no such architecture.
        """
        self._session.set_spec(resolve(name))

    @Slot(object)
    def pick_or_ask(self, name: str) -> None:
        """Pick a network; where an option has no default, show the form, which picks it once a value is given."""
        architecture = find(name)
        try:
            self.pick(name)
        except CnnvizError as error:
            self._describe(architecture)
            self.options.show_unresolved(architecture)
            self.options.show_error(error)
            self._show_current(name)

    def show_own(self, own: tuple[Architecture, ...], missing: tuple[Path, ...]) -> None:
        """List the user's own networks, and their files that are gone."""
        self._selecting = False
        self._catalog.set_architectures((*architectures(), *own), missing)
        self._selecting = True
        for row in (0, self._filter.rowCount() - 1):
            self.tree.expand(self._filter.index(row, 0))
        if self._session.spec is not None:
            self._show_current(self._session.spec.name)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot(object)
    def _show_spec(self, spec: ModelSpec) -> None:
        self._describe(find(spec.name))
        self.options.show_spec(spec)
        self._show_current(spec.name)

    def _describe(self, architecture: Architecture) -> None:
        self._title.setText(architecture.title.replace("_", "_\u200b"))  # where a long name may be broken
        self._summary.setText(architecture.summary)
        self._source.setText(architecture.source)

    @Slot(object)
    def _show_failure(self, error: CnnvizError | None) -> None:
        self.options.show_error(None if isinstance(error, NotAllowedError) else error)  # that one is being asked about

    @Slot(str)
    def _search(self, text: str) -> None:
        """Looking for a network picks none: Qt makes another row current when the current one is filtered out."""
        self._selecting = False
        self._filter.set_text(text)
        self.tree.setCurrentIndex(QModelIndex())  # else a click on that row would change nothing
        if text:
            self.tree.expandAll()
        if self._session.spec is not None:
            self._show_current(self._session.spec.name)
        self._selecting = True

    @Slot(QModelIndex, QModelIndex)
    def _pick_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        architecture = current.data(ARCHITECTURE_ROLE)
        spec = self._session.spec
        if not self._selecting or not isinstance(architecture, Architecture):
            return
        if spec is None or spec.name != architecture.name:
            self.pick_or_ask(architecture.name)

    @Slot(QPoint)
    def _offer_to_forget(self, position: QPoint) -> None:
        file = self.tree.indexAt(position).data(FILE_ROLE)
        if isinstance(file, Path):
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(f"Take {file.name} off the list").triggered.connect(lambda: self.forget_requested.emit(file))
            menu.popup(self.tree.viewport().mapToGlobal(position))

    @Slot(QModelIndex)
    def _toggle_heading(self, index: QModelIndex) -> None:
        if index.data(ARCHITECTURE_ROLE) is None:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _show_current(self, name: str) -> None:
        index = self._filter.mapFromSource(self._catalog.index_of(name))
        if index.isValid() and index != self.tree.currentIndex():
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)

    def _pick_first_hit(self) -> None:
        index = self._filter.index(0, 0)
        while index.isValid() and index.data(ARCHITECTURE_ROLE) is None:
            index = self.tree.indexBelow(index)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.setFocus()

    def _make_tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setHeaderHidden(True)
        tree.setUniformRowHeights(True)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of a family begin alike
        tree.setIndentation(16)
        tree.setAccessibleName("Networks")
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._offer_to_forget)
        tree.clicked.connect(self._toggle_heading)
        return tree

    def _fill_tree(self) -> None:
        """Show the catalogue once the tree is dressed: it measures the height of its rows when it unfolds the first."""
        self.tree.ensurePolished()
        self.tree.setModel(self._filter)
        self.tree.expand(self._filter.index(0, 0))
        self.tree.selectionModel().currentChanged.connect(self._pick_row)

    def _lay_out(self) -> None:
        halves = QSplitter(Qt.Orientation.Vertical)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(halves)
        top = QWidget(halves)
        above = QVBoxLayout(top)
        above.setContentsMargins(12, 12, 12, 4)
        above.setSpacing(8)
        above.addWidget(label("Network", "heading"))
        above.addWidget(self.search)
        above.addWidget(self.tree, 1)
        below = QWidget()
        below.setProperty("role", "panel")
        column = QVBoxLayout(below)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        for widget in (self._title, self._summary, self.options, self._source):
            column.addWidget(widget)
        column.addStretch(1)
        halves.setChildrenCollapsible(False)
        halves.addWidget(TallColumn(below))
        halves.setStretchFactor(0, 1)
        halves.setSizes([380, 340])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._pick_first_hit()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)
