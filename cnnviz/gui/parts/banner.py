"""What went wrong, or is worth knowing, in place: above the page it concerns, until the user dismisses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cnnviz import units
from cnnviz.errors import CnnvizError
from cnnviz.gui.unexpected import UnexpectedError


class Banner(QFrame):
    """Hidden until it has something to say. Its text can be selected and copied.

    Args:
        flush: keep no distance of its own: the layout that it is in does.
    """

    dismissed = Signal()  # by the user

    def __init__(self, parent: QWidget | None = None, *, flush: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setProperty("flush", flush)
        self._details = ""
        self._message = _text_label("bannerMessage")
        self._hint = _text_label("bannerHint")
        self._copy = QPushButton("Copy details", self)
        self._copy.clicked.connect(self.copy_details)
        self._dismiss = QToolButton(self)
        self._dismiss.setText("✕")
        self._dismiss.setToolTip("Dismiss")
        self._dismiss.setAccessibleName("Dismiss")
        self._dismiss.setProperty("role", "bare")
        self._dismiss.clicked.connect(self.clear)
        self._dismiss.clicked.connect(self.dismissed)
        self._offers: list[QPushButton] = []
        self._lay_out()
        self.clear()

    @property
    def text(self) -> str:
        """Message and hint as shown; empty when nothing is."""
        return " ".join(part for part in (self._message.text(), self._hint.text()) if part)

    @Slot(object)
    def show_error(self, error: CnnvizError) -> None:
        """Show what is wrong and what to do about it."""
        details = error.details if isinstance(error, UnexpectedError) else ""
        self._show("error", error.message, error.hint, details)

    def show_notice(self, text: str, hint: str = "") -> None:
        """Show something worth knowing that is not an error."""
        self._show("notice", text, hint, "")

    @Slot(object, object)
    def show_saved(self, file: Path, size: int) -> None:
        """Say that a file of so many bytes is written."""
        self.show_notice(f"Saved to {file}.", units.size(size))

    def offer(self, text: str, take: Callable[[], object]) -> None:
        """Put a button beside what is shown; whatever is shown next takes it away."""
        button = QPushButton(text, self)
        button.clicked.connect(lambda: take())
        self._offers.append(button)
        self._row.insertWidget(len(self._offers), button, 0, Qt.AlignmentFlag.AlignTop)
        button.show()

    @Slot()
    def clear(self) -> None:
        """Say nothing and take no room."""
        self._message.clear()
        self._hint.clear()
        self._details = ""
        self._withdraw_offers()
        self.hide()

    def copy_details(self) -> None:
        """Put message, hint and traceback on the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(part for part in (self.text, self._details) if part))

    def _show(self, level: str, message: str, hint: str, details: str) -> None:
        self._withdraw_offers()
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._details = details
        self._copy.setVisible(bool(details))
        self.show()

    def _withdraw_offers(self) -> None:
        for button in self._offers:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._offers.clear()

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._message)
        texts.addWidget(self._hint)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addLayout(texts, 1)
        row.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)


def _text_label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label
