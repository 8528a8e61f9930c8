"""The layer table: every call of the network, its shapes and costs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QItemSelectionRange, QModelIndex, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from cnnviz.errors import CnnvizError
from cnnviz.gui.calls.call_view import CallView
from cnnviz.gui.calls.columns import COLUMNS, Column
from cnnviz.gui.calls.tree_model import CallTreeModel
from cnnviz.gui.commands import Actions, Command
from cnnviz.gui.layers.agreement import published_agreement
from cnnviz.gui.layers.memory_line import MemoryLine
from cnnviz.gui.layers.notes_list import NotesList
from cnnviz.gui.layers.row_commands import ROW_MENU, row_commands
from cnnviz.gui.layers.table_commands import COPY_MENU, table_commands
from cnnviz.gui.layers.table_export import TableExport
from cnnviz.gui.layers.table_picture import TablePicture
from cnnviz.gui.layers.totals_strip import TotalsStrip
from cnnviz.gui.page import Page, Shared
from cnnviz.gui.parts.banner import Banner
from cnnviz.gui.parts.choices import make_choices, read_choices
from cnnviz.gui.parts.context_menu import ContextMenu
from cnnviz.gui.parts.labels import label, line
from cnnviz.gui.session import Session
from cnnviz.gui.workers.saver import Saver
from cnnviz.inspection.call import Call
from cnnviz.inspection.inspected import Inspected
from cnnviz.inspection.report import Report
from cnnviz.zoo.own.permission import NotAllowedError

_DEPTHS = ("All levels", "1 level", "2 levels", "3 levels")
_EXPAND_AT_MOST = 300  # rows: a longer table opens folded to two levels


class LayersPage(Page):
    """Shows the session's report; its current row and the session's selected call follow each other."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = CallTreeModel(self)
        self.banner = Banner()
        self.search = QLineEdit(placeholderText="Filter by name or type…", clearButtonEnabled=True)
        self.search.setAccessibleName("Filter layers")
        self.search.setMaximumWidth(280)
        self.search.textChanged.connect(self._filter)
        self.levels = QComboBox()
        self.levels.addItems(_DEPTHS)
        self.levels.setAccessibleName("How many levels are unfolded")
        self.levels.activated.connect(self._unfold)
        self._everything = False  # every row is selected, and none is painted so
        self.view = self._make_view()
        self._waiting = label("PyTorch is loading. The layers appear when it is there.", "muted")
        self.totals = TotalsStrip()
        self.memory = MemoryLine()
        self._choosers = {"levels": self.levels, "batch": self.memory.batch, "optimizer": self.memory.optimizer}
        self.notes = NotesList()
        self.notes.call_chosen.connect(session.select_call)
        self._saver = Saver(self)
        self.export = TableExport(session, self._saver, self)
        self.picture = TablePicture(self.view, self._saver)
        self.copy_button = _menu_button("Copy ▾", QMenu(self))
        self.copy_button.setToolTip("Copy or save the table in other forms")
        self._lay_out()
        self._connect_export()
        actions = Actions(self.commands(), self)
        actions.fill(self.copy_button.menu(), COPY_MENU)
        self.row_menu = ContextMenu(self.view, actions.context_menu(ROW_MENU), self.view.menu_place)
        session.inspected_changed.connect(self._show_inspected)
        session.failure_changed.connect(self._show_failure)
        session.call_selected.connect(self._show_selection)
        session.frozen_changed.connect(self._show_frozen)
        self._show_frozen(session.frozen)

    def has_rows(self) -> bool:
        """Return whether there is a table."""
        return self.model.report is not None

    def selection_as_text(self) -> str:
        """Return the selected rows, or all when none is, as tab-separated text under the titles of the columns."""
        shown = self.view.shown_columns()
        rows = [[COLUMNS[i].title for i in shown]]
        rows += [[_copied(self.model.columns[i], call) for i in shown] for call in self.selected_calls()]
        return "\n".join("\t".join(row) for row in rows)

    def selected_calls(self) -> list[Call]:
        """Return the calls of the selected rows in the order of execution."""
        if self._everything:
            return list(self.model.on_show)
        selection = self.view.selectionModel().selection()
        ranges = (selection.at(i) for i in range(selection.size()))
        calls = {call.index: call for each in ranges for call in self._calls_in(each)}
        current = self.model.call_at(self.view.currentIndex())
        return [calls[index] for index in sorted(calls)] or ([] if current is None else [current])

    def _calls_in(self, rows: QItemSelectionRange) -> tuple[Call, ...]:
        return self.model.calls_in(rows.top(), rows.bottom(), rows.parent())

    @Slot()
    def copy_selection(self) -> None:
        """Put ``selection_as_text`` on the clipboard."""
        QGuiApplication.clipboard().setText(self.selection_as_text())

    def commands(self) -> tuple[Command, ...]:
        return (
            *row_commands(self, self._session),
            *table_commands(self),
            *(self._unfold_command(depth) for depth in range(len(_DEPTHS))),
        )

    def choices(self) -> dict[str, str]:
        return read_choices(self._choosers) | {"columns": self.view.columns_as_text()}

    def choose(self, choices: Mapping[str, str]) -> None:
        make_choices(self._choosers, choices)
        self.view.show_columns(choices.get("columns", ""))

    def end(self) -> None:
        self.export.end()
        self.picture.end()
        self._saver.end()

    @Slot(object)
    def _show_inspected(self, inspected: Inspected) -> None:
        report = inspected.report
        self._waiting.hide()
        self._everything = False
        self.model.set_report(report)
        self._unfold_at_first()
        self.memory.show_report(report)
        self.notes.show_report(report)
        self.totals.show_report(report, published_agreement(inspected))
        self.totals.show_params(report, self.model.learning)
        self._show_selected()
        self._show_problem(report)

    def _show_problem(self, report: Report) -> None:
        if report.error is None:
            self.banner.clear()
        else:
            where = f" ({report.error.source})" if report.error.source else ""
            self.banner.show_error(CnnvizError(report.error.message, f"{report.error.hint}{where}"))

    @Slot(str)
    def _tell_done(self, text: str) -> None:
        self.banner.show_notice(text)

    @Slot(object)
    def _show_error(self, error: CnnvizError) -> None:
        self._waiting.hide()
        self.banner.show_error(error)

    @Slot(object)
    def _show_failure(self, error: CnnvizError | None) -> None:
        if error is not None and not isinstance(error, NotAllowedError):  # that one is being asked about
            self._show_error(error)
        elif error is None and self._session.report is not None:
            self._show_problem(self._session.report)

    @Slot(object)
    def _show_frozen(self, paths: tuple[str, ...]) -> None:
        self.view.show_frozen(paths)
        if self.model.report is not None:
            self.totals.show_params(self.model.report, self.model.learning)

    def _show_selected(self) -> None:
        selected = self._session.selected_call
        self._show_selection(None if selected is None else selected.index)

    @Slot(object)
    def _show_selection(self, call: int | None) -> None:
        index = self.model.index_of(-1 if call is None else call)
        if index.isValid() and index.siblingAtColumn(0) != self.view.currentIndex().siblingAtColumn(0):
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().setCurrentIndex(index, flags)
            self.view.scrollTo(index)

    @Slot(QModelIndex, QModelIndex)
    def _select_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        call = self.model.call_at(current)
        if call is not None:
            self._session.select_call(call.index)

    @Slot()
    def _select_some(self) -> None:
        self._everything = False

    @Slot()
    def _select_everything(self) -> None:
        self._everything = True
        self.banner.show_notice(f"All {len(self.model.on_show):,} rows are selected.", "Ctrl+C copies them.")

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.model.set_text(text)
        if text:
            self.view.expandAll()
        else:
            self._unfold_at_first()
        self._show_selected()

    def _unfold_at_first(self) -> None:
        """Unfold what the list of levels says, of a long table two levels: the list asks for all of it."""
        depth, report = self.levels.currentIndex(), self.model.report
        long = report is not None and len(report.calls) > _EXPAND_AT_MOST
        self._unfold(2 if long and depth == 0 else depth)

    def _choose_depth(self, depth: int) -> None:
        self.levels.setCurrentIndex(depth)
        self._unfold(depth)

    def _unfold_command(self, depth: int) -> Command:
        title = f"Unfold {_DEPTHS[depth].lower()}"
        unfold = partial(self._choose_depth, depth)
        return Command(f"layers.unfold-{depth or 'all'}", title, unfold, enabled=self.has_rows)

    @Slot(int)
    def _unfold(self, depth: int) -> None:
        if depth == 0:
            self.view.expandAll()
        else:
            self.view.collapseAll()
            self.view.expandToDepth(depth - 1)

    def _make_view(self) -> CallView:
        view = CallView(self.model)
        view.selectionModel().currentChanged.connect(self._select_row)
        view.selectionModel().selectionChanged.connect(self._select_some)
        view.everything_selected.connect(self._select_everything)
        return view

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(12, 8, 12, 8)
        tools.setSpacing(8)
        tools.addWidget(self.search, 1)
        tools.addWidget(self.levels)
        tools.addStretch(1)
        tools.addWidget(_menu_button("Columns ▾", self.view.columns_menu))
        tools.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addLayout(tools)
        column.addWidget(line())
        column.addWidget(self.view, 1)
        inside = QVBoxLayout(self.view.viewport())
        inside.addWidget(self._waiting, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(line())
        column.addWidget(self.totals)
        column.addWidget(line())
        column.addWidget(self.notes)
        below = QHBoxLayout()
        below.setContentsMargins(12, 5, 8, 5)
        below.addWidget(self.memory, 1)
        below.addWidget(self.notes.button)
        column.addLayout(below)

    def _connect_export(self) -> None:
        for way in (self.export, self.picture):
            way.done.connect(self._tell_done)
            way.failed.connect(self._show_error)
        self._saver.saved.connect(self.banner.show_saved)
        self._saver.failed.connect(self.banner.show_error)
        self.export.device_known.connect(self.memory.show_device)


def build(shared: Shared) -> LayersPage:
    """Make the page for the window."""
    return LayersPage(shared.session)


def _menu_button(text: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button


def _copied(column: Column, call: Call) -> str:
    """Return a cell as a spreadsheet wants it: the full path, the whole number."""
    if column is COLUMNS[0]:
        return call.path or call.kind
    if column.total is not None:
        number = column.total(call)
        return "" if number is None else str(number)
    return column.text(call)
