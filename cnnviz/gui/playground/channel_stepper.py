"""Which of a few channels is shown: one back, one on."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.parts.labels import label


class ChannelStepper(QWidget):
    """Hidden while there is only one, in the room that it keeps."""

    channel_chosen = Signal(object)  # int

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._channel, self._count = 0, 1
        self._text = label("", "muted")
        self.back, self.forward = QToolButton(), QToolButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addStretch(1)
        for button, text, says, step in (
            (self.back, "‹", "one back", self._step_back),
            (self.forward, "›", "one on", self._step_forward),
        ):
            button.setText(text)
            button.setAccessibleName(f"{name}: {says}")
            button.clicked.connect(step)
        row.addWidget(self.back)
        row.addWidget(self._text)
        row.addWidget(self.forward)
        row.addStretch(1)
        keeping = self.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self.setSizePolicy(keeping)
        self.show_count(1)

    @property
    def channel(self) -> int:
        """The channel that is shown, from 0."""
        return self._channel

    def show_count(self, count: int) -> None:
        """Say how many there are; one that is no more becomes the last."""
        self._count = count
        self.show_channel(self._channel)
        self.setVisible(count > 1)

    def show_channel(self, channel: int) -> None:
        """Show one, or the nearest that there is, without saying so."""
        self._channel = min(max(channel, 0), self._count - 1)
        self._text.setText(f"channel {self._channel}")
        self.back.setEnabled(self._channel > 0)
        self.forward.setEnabled(self._channel < self._count - 1)

    @Slot()
    def _step_back(self) -> None:
        self.show_channel(self._channel - 1)
        self.channel_chosen.emit(self._channel)

    @Slot()
    def _step_forward(self) -> None:
        self.show_channel(self._channel + 1)
        self.channel_chosen.emit(self._channel)
