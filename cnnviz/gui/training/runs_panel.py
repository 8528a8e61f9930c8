"""The list of runs on screen: a table, and what can be done with the run that is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.parts.context_menu import ContextMenu
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.looks import follow_looks, room_for_text
from cnnviz.gui.training.run_table_model import RunTableModel
from cnnviz.gui.training.runs_plot import RunsPlot
from cnnviz.training.run_list import ListedRun

_BUTTONS = 3  # commands that have one of their own
_ROW = 28  # pixels, in text of the usual size
_IN_SIGHT = 4  # rows, at the least
_WIDTHS = (196, 80, 150, 66, 96, 80, 150, 74, 92, 130, 100)  # pixels, in text of the usual size
_NAME, _DIFFERS, _NOTE = 0, 2, 6  # columns; the second takes what room is left
_HINT = "A tick draws a run beside the one on the page, named by what tells it from the others. Double-click opens."
_NONE = "No run is kept here yet. The form at the left starts one."


class RunsPanel(QWidget):
    """Says what is wished for; others do it."""

    open_wanted = Signal(object)  # Path
    repeat_wanted = Signal(object)  # ListedRun
    weights_wanted = Signal(object)  # ListedRun: to begin another run with
    rename_wanted = Signal(object)  # Path
    note_wanted = Signal(object)  # ListedRun
    trash_wanted = Signal(object)  # ListedRun
    folder_wanted = Signal(object)  # Path
    shown = Signal()  # somebody looks at it now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RunTableModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.plot = RunsPlot()
        self._opened: Path | None = None  # and in the list
        self._hint = label(_NONE, "caption", wrap=True)
        self.more = QToolButton()
        self.more.setText("More ▾")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip("Rename the run, note something, show its folder, move it to the trash")
        self._buttons: list[tuple[QPushButton, Command]] = []
        self._dress_table()
        self._lay_out()
        actions, ids = Actions(self.commands(), self), [command.id for command in self.commands()]
        ContextMenu(self.table, actions.context_menu(ids), self._place)
        self.more.setMenu(actions.context_menu(ids[_BUTTONS:]))
        self.table.doubleClicked.connect(self._open)
        self.table.selectionModel().selectionChanged.connect(self._offer)
        self.model.modelReset.connect(self._offer)
        self.plot.chosen.connect(self._select_dot)
        self._offer()

    @property
    def selected(self) -> ListedRun | None:
        """The run that is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.run_at(rows[0].row()) if rows else None

    def show_runs(self, runs: Sequence[ListedRun], opened: Path | None) -> None:
        """List these; what is selected stays so, until another run of them is opened."""
        listed = opened if any(run.folder == opened for run in runs) else None
        kept = listed if self.selected is None or listed not in (None, self._opened) else self.selected.folder
        self.model.show_runs(runs)
        self._make_room()
        self.select(kept)
        self._opened = listed

    def select(self, folder: Path | None) -> None:
        """Select a run, if it is in the list."""
        for row, run in enumerate(self.model.runs):
            if run.folder == folder:
                self.table.selectRow(row)

    def commands(self) -> tuple[Command, ...]:
        """Return what can be done with the run that is selected."""

        def of_run(signal: Callable[[ListedRun], object], needs_config: bool = False) -> Callable[[], object]:
            return lambda: signal(run) if (run := self._usable(needs_config)) is not None else None

        def usable(needs_config: bool = False) -> Callable[[], bool]:
            return lambda: self._usable(needs_config) is not None

        readable, any_run = usable(True), usable()
        wishes = (
            ("open-run", "Open", of_run(lambda run: self.open_wanted.emit(run.folder), True), readable),
            ("repeat-run", "Repeat with a change", of_run(self.repeat_wanted.emit, True), readable),
            ("begin-with-run", "Begin with its weights", of_run(self.weights_wanted.emit, True), readable),
            ("rename-run", "Rename…", of_run(lambda run: self.rename_wanted.emit(run.folder)), any_run),
            ("note-run", "Note…", of_run(self.note_wanted.emit), any_run),
            ("show-run", "Show its folder", of_run(lambda run: self.folder_wanted.emit(run.folder)), any_run),
            ("trash-run", "Move to trash", of_run(self.trash_wanted.emit), any_run),
        )
        return tuple(Command(f"training.{id_}", title, run, enabled=enabled) for id_, title, run, enabled in wishes)

    def _usable(self, needs_config: bool) -> ListedRun | None:
        run = self.selected
        return None if run is None or (needs_config and run.config is None) else run

    @Slot()
    def _offer(self) -> None:
        for button, command in self._buttons:
            button.setEnabled(command.enabled())
        self.more.setEnabled(self.selected is not None)
        self.plot.mark(None if self.selected is None else self.selected.folder)
        self._hint.setText(_HINT if self.model.rowCount() else _NONE)

    @Slot(object)
    def _select_dot(self, folder: Path) -> None:
        self.select(folder)
        self.table.scrollTo(self.table.currentIndex())

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        run = self.model.run_at(index.row())
        if run is not None and run.config is not None:
            self.open_wanted.emit(run.folder)

    def _place(self, pressed: QPoint | None) -> QPoint | None:
        index = self.table.currentIndex() if pressed is None else self.table.indexAt(pressed)
        if not index.isValid():
            return None
        self.table.selectRow(index.row())
        return self.table.visualRect(index).center() if pressed is None else pressed

    def _dress_table(self) -> None:
        table = self.table
        table.setAccessibleName("Runs")
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of runs, and what differs, often end unlike
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setSortingEnabled(True)
        header = table.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        follow_looks(table, self._make_room)

    @Slot()
    def _make_room(self) -> None:
        row = room_for_text(self.table, _ROW)
        self.table.verticalHeader().setDefaultSectionSize(row)
        rows = min(max(self.model.rowCount(), 1), _IN_SIGHT)
        self.table.setMinimumHeight((rows + 2) * row)  # with its header and what scrolls it sideways
        widths = [room_for_text(self.table, width) for width in _WIDTHS]
        if not any(run.note for run in self.model.runs):
            widths[_NOTE] = min(widths[_NOTE], self.table.horizontalHeader().sectionSizeHint(_NOTE))
        left = max(0, self.table.viewport().width() - sum(widths))
        for column in (_NAME, _DIFFERS, _NOTE):  # as wide as their longest, as far as there is room
            more = min(max(0, self.table.sizeHintForColumn(column) - widths[column]), left)
            widths[column] += more
            left -= more
        widths[_DIFFERS] += left
        for column, width in enumerate(widths):
            self.table.setColumnWidth(column, width)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for command in self.commands()[:_BUTTONS]:
            button = QPushButton(command.title)
            button.clicked.connect(command.run)
            self._buttons.append((button, command))
            row.addWidget(button)
        row.addWidget(self.more)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.table)
        parts.addWidget(self.plot)
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 0)
        column.addWidget(parts, 1)
        column.addWidget(self._hint)

    # Overrides of Qt.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
