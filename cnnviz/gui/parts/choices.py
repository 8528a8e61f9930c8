"""What stands chosen in lists, ticks and sliders, as text to be remembered, and the same chosen again."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox

Chooser = QComboBox | QAbstractButton | QAbstractSlider


def read_choices(choosers: Mapping[str, Chooser]) -> dict[str, str]:
    """Return what each chooser says."""
    return {name: _read(chooser) for name, chooser in choosers.items()}


def make_choices(choosers: Mapping[str, Chooser], texts: Mapping[str, str]) -> None:
    """Choose what was read; what a chooser does not know leaves it as it is."""
    for name, chooser in choosers.items():
        if name in texts:
            _choose(chooser, texts[name])


def _read(chooser: Chooser) -> str:
    match chooser:
        case QComboBox():
            return chooser.currentText()
        case QAbstractButton():
            return "yes" if chooser.isChecked() else "no"
        case _:
            return str(chooser.value())


def _choose(chooser: Chooser, text: str) -> None:
    match chooser:
        case QComboBox() if chooser.findText(text) >= 0:
            chooser.setCurrentText(text)
        case QAbstractButton() if text in ("yes", "no"):
            chooser.setChecked(text == "yes")
        case QAbstractSlider() if text.isascii() and text.isdigit() and len(text) < 9:
            chooser.setValue(int(text))
