"""Files and folders that are dragged onto a widget and dropped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

_KINDS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class FileDrop(QObject):
    """Takes the first file whose name ends as is wanted; what holds no such file is not taken."""

    dropped = Signal(object)  # Path

    def __init__(self, widget: QWidget, suffixes: Sequence[str] = ("",)) -> None:
        """Let ``widget`` take what is dropped onto it.

        Args:
            suffixes: how names may end, in small letters; default: any file or folder is taken.
        """
        super().__init__(widget)
        self._suffixes = tuple(suffixes)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def _file_in(self, event: QDropEvent) -> Path | None:
        names = (url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())
        files = (Path(name) for name in names if name)  # an address without a path would be the current folder
        return next((file for file in files if file.name.lower().endswith(self._suffixes)), None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QDropEvent) or event.type() not in _KINDS or (file := self._file_in(event)) is None:
            return super().eventFilter(watched, event)
        event.acceptProposedAction()
        if event.type() is QEvent.Type.Drop:
            self.dropped.emit(file)
        return True
