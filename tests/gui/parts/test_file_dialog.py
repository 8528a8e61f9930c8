"""One dialog asks where to save: the chosen kind gives the suffix, and no file is replaced unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.gui.parts.file_dialog import FileKind, ask_where_to_save

_KINDS = (FileKind("Picture", ".png"), FileKind("Numbers, for numpy", ".npz"))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def taken() -> list[Path]:
    return []


@pytest.fixture
def dialog(window: QWidget, taken: list[Path]) -> QFileDialog:
    dialog = ask_where_to_save(window, "Save", "vgg11 a/b", _KINDS, taken.append)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    return dialog


def test_name_is_proposed_with_the_suffix_of_the_first_kind(dialog: QFileDialog) -> None:
    assert Path(dialog.selectedFiles()[0]).name == "vgg11 a-b.png"
    dialog.reject()


def test_another_kind_may_be_the_first(window: QWidget, taken: list[Path]) -> None:
    dialog = ask_where_to_save(window, "Save", "maps", _KINDS, taken.append, first=".npz")
    assert Path(dialog.selectedFiles()[0]).name == "maps.npz"
    assert dialog.selectedNameFilter() == "Numbers, for numpy (*.npz)"
    dialog.reject()


@pytest.mark.parametrize(
    ("typed", "kind", "named"),
    [
        ("maps", 0, "maps.png"),
        ("maps", 1, "maps.npz"),
        ("features.0", 1, "features.0.npz"),
        ("maps.PNG", 1, "maps.PNG"),
        ("maps.gif", 0, "maps.gif"),  # refused by what writes it, in words
    ],
)
def test_chosen_kind_gives_the_suffix_where_none_is_typed(
    dialog: QFileDialog, taken: list[Path], tmp_path: Path, typed: str, kind: int, named: str
) -> None:
    dialog.filterSelected.emit(_KINDS[kind].filter)
    dialog.fileSelected.emit(str(tmp_path / typed))
    assert taken == [tmp_path / named]
    dialog.reject()


@pytest.mark.parametrize("answer", ["Replace", "Cancel"])
def test_file_that_qt_did_not_ask_about_is_replaced_only_when_wanted(
    window: QWidget, dialog: QFileDialog, taken: list[Path], tmp_path: Path, answer: str
) -> None:
    there = tmp_path / "features.0.png"
    there.touch()
    dialog.fileSelected.emit(str(tmp_path / "features.0"))
    dialog.reject()
    assert taken == []
    box = window.findChild(QMessageBox)
    assert box is not None
    next(button for button in box.buttons() if button.text() == answer).click()
    assert taken == ([there] if answer == "Replace" else [])
