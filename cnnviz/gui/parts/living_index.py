"""Indexes of a model that outlived their rows: a view, or whoever reads the window aloud, may still ask for them.

An ``IndexError`` that leaves an override of Qt's ends the process on some versions of Python and PySide.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex


def is_in(model: QAbstractTableModel, index: QModelIndex | QPersistentModelIndex) -> bool:
    """Return whether ``index`` is a cell that ``model`` has."""
    return 0 <= index.row() < model.rowCount() and 0 <= index.column() < model.columnCount()
