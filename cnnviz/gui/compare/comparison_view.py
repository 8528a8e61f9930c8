"""The tables of the comparison: a colour and a name, then numbers that share the width."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHeaderView, QTableView

from cnnviz.gui.calls.delegate import CallDelegate
from cnnviz.gui.compare.comparison_models import ComparisonTable
from cnnviz.gui.parts.whole_headers import keep_titles_whole

_SWATCH = 9  # pixels


def table_view(model: ComparisonTable, name: str, fitted: tuple[int, ...], title_width: int) -> QTableView:
    """Return a view in which the ``fitted`` columns are as wide as their text and the others share the rest."""
    view = QTableView()
    view.setModel(model)
    view.setItemDelegate(CallDelegate(view))
    view.verticalHeader().hide()
    view.setShowGrid(False)
    view.setSelectionMode(QTableView.SelectionMode.NoSelection)
    view.setTabKeyNavigation(False)
    keep_titles_whole(view, title_width)
    view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    for column in fitted:
        view.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    view.horizontalHeader().setHighlightSections(False)
    view.setIconSize(QSize(_SWATCH, _SWATCH))
    view.setAccessibleName(name)
    return view
