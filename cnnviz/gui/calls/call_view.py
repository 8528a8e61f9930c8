"""The tree of calls: columns that fill the width, sorting that a third click undoes, and copying."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QMenu, QTreeView, QWidget

from cnnviz.gui.calls.columns import COLUMNS, TRAINABLE
from cnnviz.gui.calls.delegate import CallDelegate
from cnnviz.gui.calls.tree_model import CallTreeModel
from cnnviz.gui.parts.looks import Looks, room_for_text

_NAME_WIDTH = 144  # pixels, at the least; the name takes what the other columns leave
_NAME_ENOUGH = 300  # pixels; beyond it the bars get longer
_ROOMY = 1320  # pixels; from here on every column is on show, until the user chooses
_WIDTHS = {"Type": 106, "Settings": 180, "Input": 124, "Output": 124, "Receptive field": 124}
_NUMBER_WIDTH = 80
_RANGES = 80  # Qt asks every range of a selection about every cell: more of them, one a container, stop the window


class CallView(QTreeView):
    """Shows a filtered call tree. Its header's context menu says which columns are on show."""

    everything_selected = Signal()  # in a table that is too long to paint it row by row

    def __init__(self, model: CallTreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._calls = model
        self.setViewport(QWidget())  # one that PySide6 knows: asked for Qt's own, it makes every class of widget first
        self.setModel(model)
        self.setItemDelegate(CallDelegate(self))
        self.setUniformRowHeights(True)
        self.setIndentation(18)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Layers")
        self._dress_header(self.header())
        self.columns_menu = self._make_columns_menu()
        self._chosen = False  # True once the user has said which columns to show, or how wide
        self._filling = False
        Looks(self).changed.connect(self._fill_width)

    def shown_columns(self) -> list[int]:
        """Return the positions of the columns on show."""
        return [position for position in range(len(COLUMNS)) if not self.isColumnHidden(position)]

    def show_column(self, position: int, shown: bool) -> None:
        """Show or hide a column, from now on whatever the width."""
        self._chosen = True
        self.setColumnHidden(position, not shown)
        self._fill_width()

    def columns_as_text(self) -> str:
        """Return the columns on show where the user has said which; empty: they follow the width."""
        return ",".join(COLUMNS[position].title for position in self.shown_columns()) if self._chosen else ""

    def show_columns(self, text: str) -> None:
        """Show what ``columns_as_text`` said; a column that is no more is left out."""
        titles = text.split(",")
        if titles[0] == COLUMNS[0].title:
            for column, action in zip(COLUMNS, self.columns_menu.actions(), strict=True):
                action.setChecked(column.title in titles)
            self._chosen = True

    def menu_place(self, pressed: QPoint | None) -> QPoint | None:
        """Return where a menu on the current row opens: where the button was pressed on it, else under its name."""
        index = self.currentIndex()
        if pressed is not None:
            return pressed if self.indexAt(pressed).isValid() else None
        if index.isValid():
            self.scrollTo(index)
        return self.visualRect(index.siblingAtColumn(0)).bottomLeft() if index.isValid() else None

    def rows_on_show(self) -> Iterator[QModelIndex]:
        """Yield every row that is not folded away, from the first to the last, wherever the view is scrolled to."""
        row = self.model().index(0, 0)
        while row.isValid():
            yield row
            row = self.indexBelow(row)

    def size_of_all(self) -> QSize:
        """Return how large the header and every row on show are together, in pixels."""
        rows, first = sum(1 for _ in self.rows_on_show()), self.model().index(0, 0)
        return QSize(self.header().length(), self.header().sizeHint().height() + rows * self.rowHeight(first))

    def unrolled(self) -> CallView:
        """Return a view of the same rows and columns, so large that all of them are in it. It is not for the screen."""
        whole = CallView(self._calls)
        with QSignalBlocker(whole.header()):  # else it would sort the calls anew
            whole.header().restoreState(self.header().saveState())
        whole._chosen = True
        whole.setFrameShape(QFrame.Shape.NoFrame)
        whole.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for row in filter(self.isExpanded, self.rows_on_show()):
            whole.expand(row)
        whole.resize(self.size_of_all())
        return whole

    def show_frozen(self, paths: tuple[str, ...]) -> None:
        """Mark these modules as frozen, and show how much learns, unless the user has said which columns to show."""
        self._calls.set_frozen(paths)
        self._fill_width()

    @Slot(QPoint)
    def _choose_columns(self, position: QPoint) -> None:
        self.columns_menu.popup(self.header().mapToGlobal(position))

    @Slot(int, Qt.SortOrder)
    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        self.model().sort(column, order)

    @Slot(int, int, int)
    def _follow_resize(self, column: int, _old: int, _new: int) -> None:
        if column and not self._filling:
            self._chosen = True
            self._fill_width()

    @Slot()
    def _fill_width(self) -> None:
        self._filling = True
        if not self._chosen:
            self._use_room()
        others = sum(self.columnWidth(position) for position in self.shown_columns() if position)
        self.setColumnWidth(0, max(room_for_text(self, _NAME_WIDTH), self.viewport().width() - others))
        self._filling = False

    def _use_room(self) -> None:
        """Show more columns where they fit, then make the bars longer."""
        roomy = self.viewport().width() >= room_for_text(self, _ROOMY)
        for position, (column, action) in enumerate(zip(COLUMNS, self.columns_menu.actions(), strict=True)):
            on_show = column.shown or roomy or (column.title == TRAINABLE and bool(self._calls.frozen))
            self.setColumnHidden(position, not on_show)
            with QSignalBlocker(action):
                action.setChecked(on_show)
        shown = self.shown_columns()
        spare = (
            self.viewport().width()
            - room_for_text(self, _NAME_ENOUGH)
            - sum(self._width(position) for position in shown if position)
        )
        bars = [position for position in shown if COLUMNS[position].total is not None]
        for position in shown[1:]:
            longer = max(0, spare) // len(bars) if position in bars else 0
            self.setColumnWidth(position, self._width(position) + longer)

    def _width(self, position: int) -> int:
        """Return the width that a column needs, in pixels."""
        return room_for_text(self, _WIDTHS.get(COLUMNS[position].title, _NUMBER_WIDTH))

    def _dress_header(self, header: QHeaderView) -> None:
        header.setStretchLastSection(False)
        header.setSectionsClickable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)  # the third click brings the order of execution back
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._sort)
        for position, column in enumerate(COLUMNS):
            self.setColumnWidth(position, self._width(position))
            self.setColumnHidden(position, not column.shown)
        titles = [column.title for column in COLUMNS]
        header.moveSection(titles.index(TRAINABLE), titles.index("Params") + 1)
        header.sectionResized.connect(self._follow_resize)

    def _make_columns_menu(self) -> QMenu:
        menu = QMenu("Columns", self)
        for position, column in enumerate(COLUMNS):
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.shown)
            action.setEnabled(position > 0)
            action.toggled.connect(lambda on, at=position: self.show_column(at, on))
        return menu

    def selectAll(self) -> None:
        if self._calls.containers_on_show <= _RANGES:
            super().selectAll()
        else:
            self.clearSelection()
            self.everything_selected.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill_width()
