"""The table of classes on screen: as many pictures in a row as there is room for; it tells which rows are in sight."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPersistentModelIndex, QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from cnnviz.gui.data.class_delegate import ClassDelegate, class_height, class_width
from cnnviz.gui.data.class_model import AnyIndex, ClassModel
from cnnviz.gui.data.sample_image import side_on_screen
from cnnviz.gui.parts.looks import follow_looks, room_for_text

_ROOM = 72  # pixels, in text of the usual size: no picture is larger
_GAP = 8  # pixels between pictures
_MOST_COLUMNS = 40
ROOT = QModelIndex()


class ClassGrid(QTableView):
    """Arrow keys walk through classes and pictures; typing goes to the class of that name."""

    sight_changed = Signal()  # other rows, or other columns
    pointed = Signal(object)  # AnyIndex: under the mouse, else the current one

    def __init__(self, model: ClassModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = model
        self._size = 28  # pixels of a picture
        self._delegate = ClassDelegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Classes and some of their pictures")
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.horizontalHeader().hide()
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.setMinimumSectionSize(1)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._pointed = QPersistentModelIndex()
        self.entered.connect(self._point)
        model.modelReset.connect(self._arrange)
        follow_looks(self, self._arrange)

    @property
    def pointed_at(self) -> QModelIndex:
        """The cell that was pointed at last, or gone to."""
        return self._classes.index(self._pointed.row(), self._pointed.column()) if self._pointed.isValid() else ROOT

    @property
    def rows_in_sight(self) -> range:
        """The rows of which any part is seen."""
        count = self._classes.rowCount()
        if not count:
            return range(0)
        last = self.rowAt(self.viewport().height() - 1)
        return range(max(self.rowAt(0), 0), (count if last < 0 else last + 1))

    def show_pictures_of(self, size: int) -> None:
        """Make room for pictures of so many pixels."""
        self._size = size
        self._arrange()

    @Slot(QModelIndex)
    def _point(self, index: AnyIndex) -> None:
        self._pointed = QPersistentModelIndex(index)
        self.pointed.emit(index)

    @Slot()
    def _arrange(self) -> None:
        side = side_on_screen(self._size, room_for_text(self, _ROOM), self.devicePixelRatioF())
        self._delegate.set_side(side)
        cell = round(side) + _GAP
        self.verticalHeader().setDefaultSectionSize(max(cell, class_height(self) + _GAP))
        self.horizontalHeader().setDefaultSectionSize(cell)
        self.setColumnWidth(0, class_width(self))
        room = self.viewport().width() - class_width(self)
        self._classes.set_pictures(min(max(1, room // cell), _MOST_COLUMNS))
        self.horizontalHeader().resizeSection(0, class_width(self))
        self.viewport().update()
        self.sight_changed.emit()

    # Overrides of Qt.

    def minimumSizeHint(self) -> QSize:
        rows = 2 * self.verticalHeader().defaultSectionSize()
        return QSize(class_width(self) + 2 * self.horizontalHeader().defaultSectionSize(), rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.sight_changed.emit()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        self._point(current)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update()  # a frame is painted around its cell

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._point(self.currentIndex())
        return super().viewportEvent(event)
