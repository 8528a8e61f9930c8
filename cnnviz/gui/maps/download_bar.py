"""How far a download is, and a button that ends it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from cnnviz import units
from cnnviz.gui.parts.labels import label
from cnnviz.gui.parts.progress import Progress


class DownloadBar(QWidget):
    """Hidden until a download is under way."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = label("")
        self._bar = Progress()
        self._bar.setTextVisible(False)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(cancel)
        self.hide()

    @property
    def text(self) -> str:
        """What is said about the download."""
        return self._text.text()

    def show_progress(self, received: int, total: int | None) -> None:
        """Show so many bytes of so many; None: unknown."""
        of = "" if total is None else f" of {units.size(total)}"
        self._text.setText(f"Downloading weights: {units.size(received)}{of}")
        self._bar.setRange(0, 0 if total is None else 1000)
        self._bar.setValue(0 if not total else round(1000 * received / total))
        self.show()
