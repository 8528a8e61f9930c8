"""The bottom line: messages at left; progress, memory and device at right."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QStatusBar, QWidget

from cnnviz import units
from cnnviz.gui.parts.labels import label, set_role
from cnnviz.gui.parts.plain_tip import plain_tip
from cnnviz.gui.parts.progress import Progress
from cnnviz.gui.theme import USUAL_TEXT
from cnnviz.inspection.made_with import MadeWith, made_here
from cnnviz.machine import resident_bytes

_MEMORY_MS = 2000
_CONFIRMED = "The network is inspected anew once PyTorch is loaded; where anything differs, that takes their place."


class StatusBar(QStatusBar):
    """Says what is going on without asking for attention."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._activity = label("")
        self._progress = Progress(textVisible=False)
        self._progress.setFixedWidth(140)
        self._progress.hide()
        self._device = label("PyTorch is loading…")
        self._device.setToolTip("What networks are computed on")
        self._kept = label("", "error")
        self._kept.hide()
        self._memory = label("")
        self._memory.setToolTip("Memory that cnnviz holds")
        self._text_size = label("")
        self._text_size.setToolTip("View, Text size: Ctrl++, Ctrl+-, and Ctrl+0 for the usual one")
        self.addWidget(self._activity, 1)
        for widget in (self._progress, self._kept, self._text_size, self._memory, self._device):
            self.addPermanentWidget(widget)
        self._timer = QTimer(self, interval=_MEMORY_MS)
        self._timer.timeout.connect(self._measure)
        self._timer.start()
        self._measure()

    @Slot(object)
    def show_device(self, words: str) -> None:
        """Say what is computed on."""
        self._device.setText(words)

    @Slot(object)
    def show_text_size(self, percent: int) -> None:
        """Say how large text is, where it is not of the usual size."""
        self._text_size.setText(f"Text {percent} %")
        self._text_size.setVisible(percent != USUAL_TEXT)

    @Slot(object)
    def show_kept(self, made_with: MadeWith | None) -> None:
        """Say, whatever page is in front, that the numbers are kept ones and of which versions; None: they are not."""
        self._kept.setVisible(made_with is not None)
        if made_with is not None:
            same = made_with == made_here()
            set_role(self._kept, "muted" if same else "error")
            self._kept.setText("Kept numbers, to be confirmed" if same else f"Kept numbers of {made_with}, unconfirmed")
            self._kept.setToolTip(plain_tip(f"Made with {made_with}. {_CONFIRMED}"))

    @Slot(object)
    def show_activity(self, text: str) -> None:
        """Say what is going on; empty: nothing."""
        self._activity.setText(text)

    @Slot(object)
    def show_progress(self, fraction: float | None) -> None:
        """Show how far a run is, 0..1; None: there is none."""
        self._progress.setVisible(fraction is not None)
        if fraction is not None:
            self._progress.setRange(0, 1000)
            self._progress.setValue(round(1000 * fraction))

    @Slot()
    def _measure(self) -> None:
        held = resident_bytes()
        self._memory.setVisible(held is not None)
        self._memory.setText(units.size(held))
