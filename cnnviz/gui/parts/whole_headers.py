"""Columns in which no title is cut: a table that is too narrow for them is scrolled."""

from __future__ import annotations

from PySide6.QtWidgets import QTableView

from cnnviz.gui.parts.looks import follow_looks, room_for_text


def keep_titles_whole(view: QTableView, pixels: int) -> None:
    """Let no column be narrower than its longest title, which is ``pixels`` wide in text of the usual size."""

    def fit() -> None:
        view.horizontalHeader().setMinimumSectionSize(room_for_text(view, pixels))

    follow_looks(view, fit)
