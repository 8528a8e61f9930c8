"""A progress bar that costs nothing while it stands still."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QProgressBar


class Progress(QProgressBar):
    """To and fro without a known share; with one, painted when it changes.

    Once it was drawn without one, Qt's style would go on painting it 15 times a second for as long as it stands at 0.
    """

    def event(self, event: QEvent) -> bool:
        """End the style's animation where there is nothing to animate: it stops at an update that nobody takes."""
        if event.type() == QEvent.Type.StyleAnimationUpdate and self.minimum() < self.maximum():
            event.ignore()
            return True
        return super().event(event)
